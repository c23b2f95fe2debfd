"""Golden pictures: as they were when somebody last looked at them, a sixth of the size."""

from pathlib import Path

from PIL import Image, ImageChops, ImageStat

FOLDER = Path(__file__).parent / "golden"
PART = 6


def compare(name: str, seen: Image.Image) -> None:
    """Fail where the picture is no longer what it was."""
    small = seen.reduce(PART)
    with Image.open(FOLDER / f"{name}.png") as golden:
        assert golden.size == small.size
        difference = ImageChops.difference(golden.convert("RGB"), small)
    assert max(ImageStat.Stat(difference).mean) <= 1.5
    assert max(high for _, high in difference.getextrema()) <= 60


def keep(name: str, seen: Image.Image) -> None:
    seen.reduce(PART).save(FOLDER / f"{name}.png", optimize=True)
