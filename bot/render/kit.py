"""Pieces pictures are built of: cards, bars, pills, avatars, ornaments. The county's red and gold."""

import math
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw

from bot.render.canvas import Canvas, centred
from bot.render.colour import WHITE, Colour, Gradient, Paint
from bot.render.fonts import Role
from bot.render.marks import Box, Mark
from bot.render.shapes import Shadow
from bot.render.text import Style, fit, width

RED: Final[Colour] = (176, 26, 30)
DEEP: Final[Colour] = (136, 14, 20)
GOLD: Final[Colour] = (201, 152, 66)
GOLD_DARK: Final[Colour] = (140, 94, 24)
GOLD_LIGHT: Final[Colour] = (240, 208, 138)
PALE: Final[Colour] = (255, 244, 214)
CREAM: Final[Colour] = (255, 250, 241)
INK: Final[Colour] = (58, 36, 28)
GREY: Final[Colour] = (122, 103, 90)
LINE: Final[Colour] = (238, 224, 204)

HEADER: Final = Gradient(((0.0, (124, 12, 18)), (0.6, (160, 20, 26)), (1.0, RED)))
GILT: Final = Gradient(((0.0, (255, 248, 222)), (0.5, (250, 222, 150)), (1.0, (246, 212, 136))))
CARD_SHADOW: Final = Shadow((90, 30, 12), blur=14, drop=6, strength=0.22)


@dataclass(frozen=True, slots=True)
class Ring:
    """The rim of an avatar: its colour and width in pixels."""

    colour: Paint
    width: int


def card(canvas: Canvas, box: Box, inside: Mark, radius: int = 26, outline: Colour | None = None) -> Mark:
    """A white sheet with a soft shadow."""
    return canvas.panel(box, WHITE, inside, radius, outline=outline, shadow=CARD_SHADOW)


def bar(canvas: Canvas, box: Box, share: float, inside: Mark, fill: Paint, ground: Colour) -> Mark:
    """A level bar, `share` from 0 to 1 full; a little is always seen so that it reads as a bar."""
    radius = round(box[3] - box[1]) // 2
    trough = canvas.panel(box, ground, inside, radius)
    filled = max(2 * radius, (box[2] - box[0]) * min(1.0, max(0.0, share)))
    canvas.panel((box[0], box[1], box[0] + filled, box[3]), fill, trough, radius)
    return trough


def pill(
    canvas: Canvas,
    at: tuple[float, float],
    words: str,
    style: Style,
    inside: Mark,
    fill: Paint | None,
    anchor: str = "l",
    outline: Colour | None = None,
    room: float = 10_000,
    free: bool = False,
) -> Mark:
    """Words in a rounded capsule whose left end, middle or right end is at `at`, at half its height.

    `room` is the greatest width in pixels; longer words shrink.
    """
    high, pad = style.size * 1.76, style.size * 0.72
    wide = min(room, width(words, style) + 2 * pad)
    left = at[0] - wide * {"l": 0.0, "m": 0.5, "r": 1.0}[anchor]
    box = (left, at[1] - high / 2, left + wide, at[1] + high / 2)
    capsule = canvas.panel(box, fill, inside, round(high / 2), outline=outline, free=free)
    canvas.words((left + wide / 2, centred(at[1], style)), words, style, capsule, "m", wide - 2 * pad + 1)
    return capsule


def avatar(
    canvas: Canvas,
    middle: tuple[float, float],
    radius: int,
    inside: Mark,
    ring: Ring,
    content: str | Image.Image,
    ground: Paint = RED,
    free: bool = False,
) -> Mark:
    """A round portrait in a ring: a photo, or a family name of one or two characters, else a name's first one."""
    x, y = middle
    outer = canvas.panel(_around(middle, radius + ring.width), ring.colour, inside, radius + ring.width, free=free)
    gap = canvas.panel(_around(middle, radius + ring.width / 3), WHITE, outer, round(radius + ring.width / 3))
    if isinstance(content, Image.Image):
        canvas.photo(_around(middle, radius), content, gap, radius)
        return outer
    disc = canvas.panel(_around(middle, radius), ground, gap, radius)
    words, style = fit(content if len(content) <= 2 else content[:1], Style(Role.BOLD, radius, PALE), 1.5 * radius)
    canvas.words((x, centred(y, style)), words, style, disc, "m")
    return outer


def _around(middle: tuple[float, float], radius: float) -> Box:
    return (middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius)


def rays(canvas: Canvas, box: Box, inside: Mark, strength: float = 0.1) -> Mark:
    """Light that fans out from below the box; quiet enough to write on."""
    wide, high = box[2] - box[0], box[3] - box[1]
    foot, reach = (wide / 2, high * 1.1), math.hypot(wide, high) * 1.2

    def paint(draw: ImageDraw.ImageDraw, scale: float) -> None:
        for step in range(36):
            ends = [math.radians(180 + 5 * step + turn) for turn in (0.0, 2.3)]
            tips = [(foot[0] + reach * math.cos(end), foot[1] + reach * math.sin(end)) for end in ends]
            draw.polygon([(x * scale, y * scale) for x, y in (foot, *tips)], fill=255)

    return canvas.shape(box, paint, (255, 214, 140), inside, strength, free=True)


def ornament(canvas: Canvas, middle: tuple[float, float], length: float, inside: Mark, colour: Colour) -> Mark:
    """A thin rule with a lozenge in its middle, `length` pixels long."""
    x, y = middle
    box = (round(x - length / 2), round(y - 7), round(x + length / 2), round(y + 7))
    half = (box[2] - box[0]) / 2

    def paint(draw: ImageDraw.ImageDraw, scale: float) -> None:
        top = 7 * scale
        for start, end in ((0.0, half - 14), (half + 14, 2 * half)):
            draw.rectangle((start * scale, top - scale, end * scale, top + scale - 1), fill=255)
        corners = ((half, 0.0), (half + 7, 7.0), (half, 14.0), (half - 7, 7.0))
        draw.polygon([(px * scale, py * scale) for px, py in corners], fill=255)

    return canvas.shape(box, paint, colour, inside)


def tick(canvas: Canvas, box: Box, inside: Mark, colour: Colour, free: bool = False) -> Mark:
    """A check mark that fills the square box."""
    side = box[2] - box[0]
    points = ((0.20, 0.53), (0.42, 0.74), (0.81, 0.30))

    def paint(draw: ImageDraw.ImageDraw, scale: float) -> None:
        path = [(px * side * scale, py * side * scale) for px, py in points]
        thick = side * 0.115 * scale
        draw.line(path, fill=255, width=round(thick), joint="curve")
        for px, py in (path[0], path[-1]):
            draw.ellipse((px - thick / 2, py - thick / 2, px + thick / 2, py + thick / 2), fill=255)

    return canvas.shape(box, paint, colour, inside, free=free)
