"""Masks with smooth edges, soft shadows, and photos cut to a frame."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from bot.render.colour import Colour
from bot.render.scale import Filter, resized

SUPER: Final = 4  # edges are drawn this many times larger and reduced
Corners = tuple[bool, bool, bool, bool]  # top left, top right, bottom right, bottom left
ALL: Final[Corners] = (True, True, True, True)

# Draws in white on black, on a surface `scale` times the size asked for.
Painter = Callable[[ImageDraw.ImageDraw, float], None]


@dataclass(frozen=True, slots=True)
class Shadow:
    """A soft shadow: colour, blur radius and drop in pixels, strength from 0 to 1."""

    colour: Colour
    blur: int
    drop: int
    strength: float


@lru_cache(maxsize=64)
def _disc(radius: int) -> Image.Image:
    side = 2 * radius * SUPER
    large = Image.new("L", (side, side), 0)
    ImageDraw.Draw(large).ellipse((0, 0, side - 1, side - 1), fill=255)
    return large.reduce(SUPER)


@lru_cache(maxsize=64)
def rounded(size: tuple[int, int], radius: int, corners: Corners = ALL) -> Image.Image:
    """Mask of a rectangle with smooth round corners; not to be drawn into, it is shared."""
    wide, high = size
    radius = min(radius, wide // 2, high // 2)
    mask = Image.new("L", size, 255)
    if radius == 0:
        return mask
    disc, far = _disc(radius), 2 * radius
    left, top = wide - radius, high - radius
    quarters = (
        ((0, 0, radius, radius), (0, 0)),
        ((radius, 0, far, radius), (left, 0)),
        ((radius, radius, far, far), (left, top)),
        ((0, radius, radius, far), (0, top)),
    )
    for wanted, (part, place) in zip(corners, quarters, strict=True):
        if wanted:
            mask.paste(disc.crop(part), place)
    return mask


def smooth(size: tuple[int, int], paint: Painter, scale: int = 3) -> Image.Image:
    """Mask of whatever `paint` draws, with smooth edges."""
    large = Image.new("L", (size[0] * scale, size[1] * scale), 0)
    paint(ImageDraw.Draw(large), scale)
    return large.reduce(scale)


@lru_cache(maxsize=32)
def soft(size: tuple[int, int], radius: int, blur: int, strength: float) -> Image.Image:
    """Mask of a blurred rounded rectangle, three blurs wider than `size` on each side.

    Blurred at a quarter of the size: a shadow has no detail that would be lost.
    """
    rim, part = 3 * blur, 4
    whole = (size[0] + 2 * rim, size[1] + 2 * rim)
    small = Image.new("L", (math.ceil(whole[0] / part), math.ceil(whole[1] / part)), 0)
    inner = (rim / part, rim / part, (rim + size[0]) / part, (rim + size[1]) / part)
    ImageDraw.Draw(small).rounded_rectangle(inner, radius / part, fill=round(255 * strength))
    return resized(small.filter(ImageFilter.GaussianBlur(blur / part)), whole)


def read_photo(data: bytes, least: tuple[int, int]) -> Image.Image:
    """The photo upright and in RGB, decoded no larger than needed to cover `least` pixels.

    Raises:
        OSError: the bytes are not a whole picture.
    """
    with Image.open(BytesIO(data)) as photo:
        # A draft must cover the frame in either orientation: the rotation is not applied yet.
        photo.draft("RGB", (max(least), max(least)))
        upright = ImageOps.exif_transpose(photo)
        return upright.convert("RGB")


def cover(photo: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The photo scaled and cut so that it fills `size`, keeping the part with the most detail."""
    wide, high = photo.size
    scale = max(size[0] / wide, size[1] / high)
    part = (size[0] / scale, size[1] / scale)
    x, y = _detail(photo, part)
    return resized(photo, size, Filter.LANCZOS, (x, y, x + part[0], y + part[1]))


def _detail(photo: Image.Image, part: tuple[float, float]) -> tuple[float, float]:
    """Left top corner of the window of that size whose edges are strongest; the middle is preferred."""
    wide, high = photo.size
    steps = 12
    across = wide - part[0] > high - part[1]
    room = wide - part[0] if across else high - part[1]
    if room < 1:
        return 0.0, 0.0
    grey = resized(photo.convert("L"), (64, 64), Filter.BOX).filter(ImageFilter.FIND_EDGES)
    inner = resized(grey.crop((1, 1, 63, 63)), (62, 1) if across else (1, 62), Filter.BOX)
    sums = list(inner.tobytes())
    share = (part[0] / wide) if across else (part[1] / high)
    span = max(1, round(62 * share))

    def worth(step: int) -> float:
        first = round((62 - span) * step / steps)
        return sum(sums[first : first + span]) * (1 - 0.35 * abs(step / steps - 0.5))

    best = max(range(steps + 1), key=worth) / steps * room
    return (best, max(0.0, high - part[1]) / 2) if across else (max(0.0, wide - part[0]) / 2, best)
