"""Scaling pictures, and masks made weaker or bent to a curve."""

from collections.abc import Sequence
from typing import Protocol

from PIL import Image, ImageChops

Filter = Image.Resampling


class Scalable(Protocol):
    """A Pillow picture, as far as scaling goes."""

    # Pillow annotates `resize` with numpy types, unknown where numpy is not installed; this is the part used here.
    def resize(
        self,
        size: tuple[int, int],
        resample: int | None = None,
        box: tuple[float, float, float, float] | None = None,
        reducing_gap: float | None = None,
    ) -> Image.Image: ...


class Bendable(Protocol):
    """A one-channel Pillow picture, as far as curves go."""

    def point(self, lut: Sequence[float]) -> Image.Image: ...


def resized(
    picture: Scalable,
    size: tuple[int, int],
    how: Filter = Filter.BICUBIC,
    box: tuple[float, float, float, float] | None = None,
) -> Image.Image:
    """The picture, or the part of it in `box`, at that size; great reductions go by a fast first step."""
    return picture.resize(size, how, box, reducing_gap=2.0 if how in {Filter.BICUBIC, Filter.LANCZOS} else None)


def weaker(mask: Image.Image, strength: float) -> Image.Image:
    """The mask with every value times `strength`, 0 to 1."""
    return ImageChops.multiply(mask, Image.new("L", mask.size, round(255 * strength)))


def curved(mask: Bendable, table: Sequence[int]) -> Image.Image:
    """The mask with every value replaced by the table's entry for it; 256 entries."""
    return mask.point(table)
