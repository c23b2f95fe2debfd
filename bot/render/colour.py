"""Colours, mixing, gradients and how well one reads on another."""

from dataclasses import dataclass
from typing import Final

from PIL import Image

from bot.render.scale import Filter, resized

Colour = tuple[int, int, int]
Stop = tuple[float, Colour]  # place from 0 to 1, colour there

WHITE: Final[Colour] = (255, 255, 255)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """The colour `share` of the way from the first to the second; 0 is the first."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def luminance(colour: Colour) -> float:
    """Relative luminance, 0 to 1 (source: WCAG 2.2, relative luminance)."""
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: Colour, second: Colour) -> float:
    """Contrast ratio, 1 to 21 (source: WCAG 2.2, contrast ratio)."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@dataclass(frozen=True, slots=True)
class Gradient:
    """A run of colours from top to bottom, or from left to right when `across`.

    Stops are in order; the first is at 0 and the last at 1.
    """

    stops: tuple[Stop, ...]
    across: bool = False

    def at(self, place: float) -> Colour:
        """The colour at `place`, 0 to 1."""
        for (start, first), (end, second) in zip(self.stops, self.stops[1:], strict=False):
            if place <= end:
                return mix(first, second, (place - start) / (end - start))
        return self.stops[-1][1]

    def image(self, size: tuple[int, int]) -> Image.Image:
        """A picture of that size, filled."""
        steps = max(2, size[0] if self.across else size[1])
        line = bytes(part for step in range(steps) for part in self.at(step / (steps - 1)))
        strip = Image.frombytes("RGB", (steps, 1) if self.across else (1, steps), line)
        return resized(strip, size, Filter.BILINEAR)


Paint = Colour | Gradient


def painted(paint: Paint, size: tuple[int, int]) -> Image.Image:
    """A picture of that size in one colour or one gradient."""
    return paint.image(size) if isinstance(paint, Gradient) else Image.new("RGB", size, paint)


def faintest(paint: Paint, ground: Colour) -> Colour:
    """The colour of `paint` that reads worst on `ground`."""
    colours = [colour for _, colour in paint.stops] if isinstance(paint, Gradient) else [paint]
    return min(colours, key=lambda colour: contrast(colour, ground))
