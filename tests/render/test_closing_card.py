"""The closing card: orderly in every variant, small enough to send, quick, and as it was last looked at."""

import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

import bot.demo
from bot.render.marks import Kind, faults
from handlers.feedback.picture import LIMIT_BYTES, ClosingCard, Fact, Side, before_after, draw

PHOTOS = Path(bot.demo.__file__).parent / "photos"
GOLDEN = Path(__file__).parent / "golden"
LONG_NAME = "阿卜杜热合曼·艾合买提师傅"
LONG_PLACE = "示例县清河街道幸福北路与人民东路交叉口东南角公交换乘中心二号出入口旁边的人行道上"


def photo(name: str) -> bytes:
    return (PHOTOS / f"{name}.jpg").read_bytes()


def portrait() -> bytes:
    out = BytesIO()
    with Image.open(BytesIO(photo("manhole-before"))) as picture:
        picture.rotate(90, expand=True).save(out, "JPEG")
    return out.getvalue()


WITH = ClosingCard(
    number="0127",
    status="已办结",
    category="公交站点违停",
    place="客运站东门公交站",
    deed="车已劝离，加设锥桶",
    duration=Fact("用时", "3 小时 50 分"),
    people=(Fact("上报", "赵师傅"), Fact("办理", "交警大队")),
    steps=tuple(
        Fact(label, at)
        for label, at in (("上报", "10:12"), ("转办", "10:14"), ("签收", "10:31"), ("处置", "13:20"), ("办结", "14:02"))
    ),
    county="示例县新就业群体“五大员”",
    date="2026 年 10 月 23 日",
    photos=(Side("处置前", (photo("bus-stop-before"),)), Side("处置后", (photo("bus-stop-after"),))),
)
WITHOUT = replace(WITH, photos=None)
SENSITIVE = replace(WITHOUT, place="", people=(Fact("办理", "消防救援大队"),), steps=())
LONG = replace(
    WITH,
    number="12345",
    status="已办结（转交上级）",
    category="建筑垃圾和渣土运输车辆沿途抛洒污染路面",
    place=LONG_PLACE,
    deed="已清理路面散落渣土约二十平方米，对责任企业当场教育并责令整改，" * 3,
    people=(Fact("上报", LONG_NAME), Fact("办理", "示例县城市管理综合行政执法局")),
    county="示例县新就业群体“五大员”社会治理工作协调小组办公室（县委社会工作部）",
    photos=(
        Side("处置之前的样子", (photo("garbage-before"), photo("vending-before"))),
        Side("处置后", (photo("garbage-after"),)),
    ),
)
TALL = replace(WITH, photos=(Side("处置前", (portrait(),)), Side("处置后", (portrait(), portrait(), portrait()))))
ENGLISH = replace(
    WITH,
    status="Closed",
    category="Vehicle parked at a bus stop",
    place="Bus station, east gate",
    deed="The car was moved away and two cones were put up",
    duration=Fact("Time taken", "3 h 50 min"),
    people=(Fact("Reported by", "Rider Zhao"), Fact("Handled by", "Traffic police")),
    steps=tuple(Fact(word, "10:12") for word in ("Reported", "Dispatched", "Accepted", "Handled", "Closed")),
)
CARDS = {
    "with": WITH, "without": WITHOUT, "sensitive": SENSITIVE, "long": LONG, "tall": TALL, "english": ENGLISH,
}  # fmt: skip


@pytest.fixture(params=CARDS, ids=str)
def card(request: pytest.FixtureRequest) -> ClosingCard:
    return CARDS[request.param]


def words(card: ClosingCard) -> dict[str, int]:
    """What is written on the card, and how large."""
    return {mark.words: mark.size for mark in draw(card).log if mark.kind is Kind.WORDS}


def test_nothing_leaves_its_place_overlaps_or_is_hard_to_read(card: ClosingCard) -> None:
    assert faults(draw(card).log) == []


def test_it_is_a_jpeg_small_enough_to_send(card: ClosingCard) -> None:
    data = before_after(card)

    assert len(data) <= LIMIT_BYTES
    with Image.open(BytesIO(data)) as picture:
        assert picture.format == "JPEG"
        assert picture.width == 1080
        assert 850 <= picture.height <= 1600


def test_every_word_of_the_card_is_on_it() -> None:
    shown = words(WITH)

    wanted = {
        WITH.number,
        WITH.status,
        WITH.category,
        WITH.place,
        WITH.deed,
        WITH.county,
        WITH.date,
        "处置前",
        "处置后",
    }
    wanted |= {part for fact in (WITH.duration, *WITH.people, *WITH.steps) for part in (fact.label, fact.value)}
    assert wanted <= set(shown)


def test_without_photos_neither_photo_nor_label_is_drawn() -> None:
    shown = draw(WITHOUT)

    assert not [mark for mark in shown.log if mark.kind is Kind.IMAGE]
    assert "处置前" not in words(WITHOUT)
    assert [mark.kind for mark in draw(WITH).log].count(Kind.IMAGE) == 2


def test_sides_without_any_photo_are_as_good_as_none() -> None:
    bare = replace(WITH, photos=(Side("处置前", ()), Side("处置后", ())))

    assert before_after(bare) == before_after(WITHOUT)


def test_a_sensitive_case_shows_neither_place_nor_reporter() -> None:
    shown = " ".join(words(SENSITIVE))

    assert "客运站" not in shown
    assert "赵" not in shown
    assert "消防救援大队" in shown


def test_a_long_name_shrinks_and_is_never_cut() -> None:
    long, short = words(LONG), words(WITH)

    assert long[LONG_NAME] < short["赵师傅"]
    assert long["示例县城市管理综合行政执法局"] >= 20


def test_a_long_place_shrinks_before_it_is_cut() -> None:
    [place] = [text for text in words(LONG) if text.startswith("示例县清河街道")]

    assert words(LONG)[place] < words(WITH)[WITH.place]
    assert place == LONG_PLACE or place.endswith("…")


def test_the_deed_takes_two_lines_at_most() -> None:
    deed = [mark for mark in draw(LONG).log if len(mark.words) > 15 and mark.words[:-1] in LONG.deed]

    assert len(deed) == 2
    assert deed[1].words.endswith("…")
    assert "".join(mark.words for mark in deed)[:-1] in LONG.deed


def test_upright_photos_get_a_taller_frame_and_at_most_two_a_side_are_shown() -> None:
    def heights(card: ClosingCard) -> list[float]:
        return [mark.box[3] - mark.box[1] for mark in draw(card).log if mark.kind is Kind.IMAGE]

    assert len(heights(TALL)) == 3
    assert heights(TALL)[0] > 1.5 * heights(WITH)[0]


def test_a_broken_photo_is_an_error_and_not_a_grey_card() -> None:
    broken = replace(WITH, photos=(Side("处置前", (photo("pothole-before")[:9000],)), Side("处置后", ())))

    with pytest.raises(OSError, match="truncated"):
        before_after(broken)


def test_a_card_takes_at_most_half_a_second(card: ClosingCard) -> None:
    before_after(WITHOUT)  # fonts are loaded once a process

    start = time.perf_counter()
    before_after(card)
    assert time.perf_counter() - start <= 0.5


@pytest.mark.parametrize("name", ["with", "without", "sensitive"])
def test_it_looks_as_it_did_when_it_was_last_looked_at(name: str) -> None:
    """The golden pictures are small; `python -m tests.render.test_closing_card` draws them anew."""
    seen = small(CARDS[name])
    with Image.open(GOLDEN / f"closing-{name}.png") as golden:
        assert golden.size == seen.size
        difference = ImageChops.difference(golden.convert("RGB"), seen)
    assert max(ImageStat.Stat(difference).mean) <= 1.5
    assert max(high for _, high in difference.getextrema()) <= 60


def small(card: ClosingCard) -> Image.Image:
    return draw(card).image.reduce(6)


if __name__ == "__main__":
    for name in ("with", "without", "sensitive"):
        small(CARDS[name]).save(GOLDEN / f"closing-{name}.png", optimize=True)
