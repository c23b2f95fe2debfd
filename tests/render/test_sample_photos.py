"""The sandbox's sample photos: the index and the files agree."""

import tomllib
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

import bot.demo
from bot.demo.make_photos import SCENES

FOLDER = Path(bot.demo.__file__).parent
INDEX = tomllib.loads((FOLDER / "photos.toml").read_text(encoding="utf-8"))["photo"]


def test_the_index_names_every_file_once() -> None:
    named = [entry["file"] for entry in INDEX]

    assert sorted(named) == sorted(f"photos/{path.name}" for path in (FOLDER / "photos").iterdir())
    assert len(named) == 2 * len(SCENES)


def test_every_photo_has_a_title_in_both_languages_and_a_pair() -> None:
    pairs = {entry["id"]: entry["pair"] for entry in INDEX}

    assert all(pairs[pairs[name]] == name != pairs[name] for name in pairs)
    titles = [entry[key] for entry in INDEX for key in ("title_zh", "title_en")]
    assert all(titles)
    assert len(set(titles)) == len(titles)


def test_photos_are_of_the_right_size_and_not_heavy() -> None:
    for entry in INDEX:
        data = (FOLDER / entry["file"]).read_bytes()
        assert len(data) <= 200_000, entry["file"]
        with Image.open(BytesIO(data)) as photo:
            assert (photo.format, photo.size) == ("JPEG", (1280, 960))


def test_before_and_after_show_the_same_place_in_another_state() -> None:
    for name in SCENES:
        before, after = (
            Image.open(FOLDER / f"photos/{name}-{state}.jpg").convert("L") for state in ("before", "after")
        )
        changed = ImageStat.Stat(ImageChops.difference(before, after)).mean[0]
        assert 3 < changed < 60, name


def test_a_scene_can_be_drawn_again() -> None:
    with (
        Image.open(BytesIO(SCENES["stairwell"](True))) as drawn,
        Image.open(FOLDER / "photos/stairwell-after.jpg") as kept,
    ):
        difference = ImageChops.difference(drawn.convert("RGB"), kept.convert("RGB"))
    assert max(ImageStat.Stat(difference).mean) < 8  # the grain differs from run to run
