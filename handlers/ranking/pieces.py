"""What the pictures of a month share: the red head, medals, moves in place, figures, the foot with its QR code."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from PIL import ImageDraw

from bot.domain.scrub import surname
from bot.render import kit
from bot.render.canvas import Canvas, centred
from bot.render.colour import Colour, Gradient
from bot.render.fonts import Role
from bot.render.marks import Box, Mark
from bot.render.qr import QUIET, draw_qr, modules
from bot.render.shapes import Shadow
from bot.render.text import Style, fit, width

LIMIT_BYTES: Final = 400_000
WIDE: Final = 1080
EDGE: Final = 54
RIGHT: Final = WIDE - EDGE
SWEEP: Final = 62  # how far the middle of the head's lower edge hangs below its ends
QR: Final = 206  # the widest that a QR code gets; below 200 some fail after scaling and JPEG
FOOT: Final = 276

SAND: Final[Colour] = (252, 242, 224)
TROUGH: Final[Colour] = (247, 236, 222)
FALLEN: Final[Colour] = (84, 104, 92)
GROUND: Final = Gradient(((0.0, kit.DEEP), (0.55, (172, 24, 28)), (1.0, (186, 34, 33))))
FILL: Final = Gradient(((0.0, (226, 176, 92)), (1.0, kit.RED)), across=True)
LIFT: Final = Shadow((90, 20, 10), blur=14, drop=10, strength=0.34)
DARK: Final = Shadow((70, 0, 4), blur=7, drop=7, strength=0.75)

COUNTY: Final = Style(Role.BOLD, 34, kit.PALE, track=5)
TITLE: Final = Style(Role.TITLE, 136, kit.PALE, track=14)
MONTH: Final = Style(Role.BOLD, 32, kit.PALE, track=2)
MOVE: Final = Style(Role.BOLD, 22, kit.RED)
FOOT_FIRST: Final = Style(Role.BOLD, 29, kit.INK)
FOOT_NEXT: Final = Style(Role.TEXT, 25, kit.GREY)
LABEL: Final = Style(Role.TEXT, 25, kit.GREY)


@dataclass(frozen=True, slots=True)
class Head:
    """The words on the red: whose it is, what it is, which month."""

    county: str
    title: str
    month: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, its unit and what it counts; `change` as `move` draws it."""

    value: str
    unit: str
    label: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Foot:
    """Up to three lines, the first in bold, and what the QR code says; without a payload there is no code."""

    lines: tuple[str, ...]
    qr: str = ""


@dataclass(frozen=True, slots=True)
class Metal:
    """Gold, silver or bronze: the shine of a ring and of a ribbon, and what is written on it."""

    ring: Gradient
    ribbon: Gradient
    ink: Colour
    ground: Gradient
    rim: Colour


METALS: Final = (
    Metal(
        Gradient(((0.0, (250, 222, 150)), (0.5, (212, 160, 66)), (1.0, (242, 206, 128)))),
        Gradient(((0.0, (255, 232, 170)), (1.0, (240, 200, 112)))),
        (112, 62, 6),
        Gradient(((0.0, (206, 44, 38)), (1.0, (142, 12, 20)))),
        (240, 208, 138),
    ),
    Metal(
        Gradient(((0.0, (226, 231, 236)), (0.5, (150, 160, 172)), (1.0, (206, 213, 220)))),
        Gradient(((0.0, (238, 241, 244)), (1.0, (202, 209, 217)))),
        (66, 74, 86),
        Gradient(((0.0, (168, 66, 54)), (1.0, (118, 34, 30)))),
        (218, 223, 229),
    ),
    Metal(
        Gradient(((0.0, (238, 196, 158)), (0.5, (186, 122, 76)), (1.0, (224, 172, 130)))),
        Gradient(((0.0, (250, 222, 196)), (1.0, (232, 184, 146)))),
        (110, 54, 20),
        Gradient(((0.0, (150, 84, 62)), (1.0, (106, 52, 38)))),
        (240, 212, 188),
    ),
)


def snug(text: str, style: Style, room: float, smallest: float = 0.6) -> tuple[str, Style]:
    """As `fit`, but letter spacing is given up before size."""
    fitted = fit(text, style, room, smallest)
    return fitted if fitted[1].size == style.size else fit(text, replace(style, track=0), room, smallest)


def family(name: str) -> str:
    """What stands in the ring: a family name in Chinese characters if it is no longer than two, else its first one."""
    family = surname(name)
    return family if len(family) == 2 and not family.isascii() else family[:1]


def head(canvas: Canvas, words: Head, depth: int, title: Style = TITLE) -> None:
    """Red with rays and a swung lower edge, and the words on it; the month stands in a capsule."""
    strip = canvas.panel((0, 0, WIDE, depth), GROUND, canvas.page, free=True)
    kit.rays(canvas, (0, 0, WIDE, depth), strip, 0.055)
    _swing(canvas, depth)
    county, style = snug(words.county, COUNTY, WIDE - 2 * EDGE, smallest=0.5)
    canvas.words((WIDE / 2, centred(105, style)), county, style, strip, "m")
    _flourishes(canvas, 106, width(county, style), strip)
    name, style = snug(words.title, title, WIDE - 2 * EDGE, smallest=0.4)
    place = (WIDE / 2, centred(146 + title.size * 0.51, style))
    canvas.gradient_words(place, name, style, kit.GILT, strip, "m", DARK)
    month, style = fit(words.month, MONTH, WIDE - 2 * EDGE - 80)
    half, middle = max(150, width(month, style) / 2 + 40), 200 + title.size * 0.98
    box = (WIDE / 2 - half, middle - 29, WIDE / 2 + half, middle + 29)
    capsule = canvas.panel(box, None, strip, 29, outline=kit.GOLD_LIGHT)
    canvas.words((WIDE / 2, centred(middle, style)), month, style, capsule, "m")


def _swing(canvas: Canvas, depth: int) -> None:
    """The lower edge of the head: an arc, with a thin rule of gold along it."""
    top, rule = depth - SWEEP - 8, 5
    box = (0, top, WIDE, depth + 2)
    circle = (-560, -140 + depth - 800 - top, WIDE + 560, depth - top)

    def below(draw: ImageDraw.ImageDraw, scale: float) -> None:
        draw.rectangle((0, 0, WIDE * scale, (depth + 2 - top) * scale), fill=255)
        draw.ellipse([edge * scale for edge in circle], fill=0)

    def along(draw: ImageDraw.ImageDraw, scale: float) -> None:
        draw.arc([edge * scale for edge in circle], 10, 170, fill=255, width=round(rule * scale))

    canvas.shape(box, below, kit.CREAM, canvas.page, free=True)
    canvas.shape(box, along, kit.GOLD_LIGHT, canvas.page, free=True)


def _flourishes(canvas: Canvas, middle: float, taken: float, strip: Mark) -> None:
    """A rule with a lozenge at its inner end on either side of the county, if there is room for them."""
    room = (WIDE - taken) / 2 - EDGE - 40
    if room < 60:
        return
    long = round(min(118, room))

    def paint(draw: ImageDraw.ImageDraw, scale: float, tip: int) -> None:
        draw.rectangle((0, 7 * scale, long * scale, 9 * scale - 1), fill=255)
        corners = ((tip - 8, 8), (tip, 2), (tip + 8, 8), (tip, 14))
        draw.polygon([(x * scale, y * scale) for x, y in corners], fill=255)

    inner = (WIDE - taken) / 2 - 40
    for left, tip in ((round(inner) - long, long - 8), (WIDE - round(inner), 8)):
        box = (left, round(middle) - 8, left + long, round(middle) + 8)
        canvas.shape(box, lambda draw, scale, tip=tip: paint(draw, scale, tip), kit.GOLD_LIGHT, strip)


def medal(canvas: Canvas, middle: tuple[float, float], radius: int, place: int, inside: Mark) -> Mark:
    """A small disc with a place: of metal for the first three, else of sand."""
    x, y = middle
    box = (x - radius, y - radius, x + radius, y + radius)
    fill, ink = (METALS[place - 1].ribbon, METALS[place - 1].ink) if 1 <= place <= 3 else (SAND, kit.GOLD_DARK)
    disc = canvas.panel(box, fill, inside, radius)
    words, style = fit(str(place), Style(Role.BOLD, 27, ink), 1.7 * radius)
    canvas.words((x, centred(y, style)), words, style, disc, "m")
    return disc


def link(canvas: Canvas, x: float, border: float, row: float, inside: Mark) -> None:
    """A thin rule over the border of two rows, from the upper medal to the lower: they share a place."""
    reach = row / 2 - 23
    canvas.panel((x - 1, border - reach, x + 1, border + reach), kit.GOLD_LIGHT, inside, free=True)


def move(canvas: Canvas, at: tuple[float, float], change: str, inside: Mark, room: float) -> None:
    """How a place has changed: ▲2 and ▼1 with a drawn triangle, — as a dash, anything else in its own words."""
    x, y = at
    if change in {"—", "-", ""}:
        if change:
            canvas.panel((x, y - 2, x + 16, y + 2), (190, 176, 160), inside, 2)
        return
    up = change.startswith("▲")
    if not up and not change.startswith("▼"):
        style = Style(Role.TEXT, 21, kit.GOLD_DARK)
        canvas.words((x, centred(y, style)), change, style, inside, room=room)
        return
    colour = kit.RED if up else FALLEN
    corners = ((0, 14), (16, 14), (8, 0)) if up else ((0, 0), (16, 0), (8, 14))

    def paint(draw: ImageDraw.ImageDraw, scale: float) -> None:
        draw.polygon([(px * scale, py * scale) for px, py in corners], fill=255)

    canvas.shape((round(x), round(y) - 7, round(x) + 16, round(y) + 7), paint, colour, inside)
    style = Style(Role.BOLD, 22, colour)
    canvas.words((x + 22, centred(y, style)), change[1:].strip(), style, inside, room=room - 22)


def bar(canvas: Canvas, box: Box, share: float, inside: Mark) -> None:
    """A level bar from gold to red; a trough alone for nothing."""
    if share > 0:
        kit.bar(canvas, box, share, inside, FILL, TROUGH)
    else:
        canvas.panel(box, TROUGH, inside, round(box[3] - box[1]) // 2)


def amount(
    canvas: Canvas, at: tuple[float, float], figure: Figure, styles: tuple[Style, Style], inside: Mark, room: float
) -> None:
    """A number, its smaller unit and its change, centred together on a baseline."""
    large, small = styles
    gap = small.size * 0.24 if figure.unit else 0
    moved = 32 + width(figure.change[1:], MOVE) if figure.change else 0
    taken = gap + width(figure.unit, small) + moved
    value, large = fit(figure.value, large, room - taken, smallest=0.4)
    x = at[0] - (width(value, large) + taken) / 2
    canvas.words((x, at[1]), value, large, inside)
    x += width(value, large) + gap
    if figure.unit:
        canvas.words((x, at[1]), figure.unit, small, inside)
    if figure.change:
        move(canvas, (x + width(figure.unit, small) + 10, at[1] - small.size * 0.36), figure.change, inside, moved)


def figures(canvas: Canvas, box: Box, shown: Sequence[Figure], inside: Mark, size: int = 52) -> None:
    """Figures side by side, thin rules between them, in the middle of the box's height."""
    left, top, right, bottom = box
    wide, middle = (right - left) / max(1, len(shown)), (top + bottom) / 2
    styles = Style(Role.TITLE, size, kit.RED), Style(Role.BOLD, round(size * 0.46), kit.RED)
    label = Style(Role.TEXT, max(25, round(size * 0.46)), kit.GREY)
    label = min(
        (fit(figure.label, label, wide - 24)[1] for figure in shown), key=lambda style: style.size, default=label
    )
    for number, figure in enumerate(shown):
        x = left + wide * (number + 0.5)
        amount(canvas, (x, middle + size * 0.08), figure, styles, inside, wide - 24)
        canvas.words((x, middle + size * 0.16 + label.size * 1.36), figure.label, label, inside, "m", wide - 24)
        if number:
            edge = left + wide * number
            canvas.panel((edge - 1, middle - size * 0.66, edge + 1, middle + size * 0.8), kit.LINE, inside)


def foot(canvas: Canvas, top: float, words: Foot) -> None:
    """A rule, lines at the left, the QR code on a white card at the right; FOOT pixels high."""
    canvas.panel((EDGE, top, RIGHT, top + 2), kit.LINE, canvas.page)
    middle = top + 26 + QR / 2
    room = RIGHT - EDGE - (_code(canvas, middle, words.qr) + 36 if words.qr else 0)
    lines = [line for line in words.lines if line]
    for number, line in enumerate(lines):
        style = FOOT_FIRST if number == 0 else FOOT_NEXT
        text, style = fit(line, style, room, smallest=0.7)
        y = middle + (number - (len(lines) - 1) / 2) * 54
        canvas.words((EDGE, centred(y, style)), text, style, canvas.page)


def _code(canvas: Canvas, middle: float, payload: str) -> float:
    """The QR code with its dark edge on the right margin, as large as QR allows; returns its width."""
    side = len(modules(payload))
    scale = QR // side
    half, quiet = side * scale / 2, QUIET * scale
    box = (RIGHT - 2 * half - quiet, middle - half - quiet, RIGHT + quiet, middle + half + quiet)
    draw_qr(canvas, box, payload, canvas.page, kit.DEEP, kit.CREAM)
    return 2 * half
