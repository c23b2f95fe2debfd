"""The closing card of a case: one picture for the group, with before and after photos or without."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from PIL import Image, ImageDraw

from bot.render import kit
from bot.render.canvas import Canvas, centred
from bot.render.colour import WHITE, Colour, Gradient
from bot.render.fonts import Role
from bot.render.marks import Box, Mark
from bot.render.shapes import Shadow, read_photo
from bot.render.text import Line, Span, Style, fit, width, wrap

LIMIT_BYTES: Final = 400_000
WIDE: Final = 1080
EDGE: Final = 40  # from the page's rim to the sheet
PAD: Final = 26  # from the sheet's rim to what it holds
LEFT: Final = EDGE + PAD
RIGHT: Final = WIDE - LEFT
HEADER: Final = 336
SHEET_TOP: Final = 288
SEAM: Final = 20  # between the photo columns and between two photos of one side
COLUMN: Final = (RIGHT - LEFT - SEAM) // 2
LEAST_HIGH: Final = 360  # of a photo column
MOST_HIGH: Final = 640
MOST_PHOTOS: Final = 2  # of one side
HERO: Final = 236  # what stands in place of the photos
LEADING: Final = 56
FACTS: Final = 150
STEPS: Final = 164
FOOTER: Final = 100

GREEN: Final[Colour] = (30, 116, 74)
SLATE: Final[Colour] = (74, 62, 56)
SAND: Final[Colour] = (253, 245, 231)
BADGE: Final = Gradient(((0.0, (255, 240, 200)), (1.0, (240, 204, 132))))
DISC: Final = Gradient(((0.0, (206, 48, 42)), (1.0, kit.DEEP)))
RING: Final = Gradient(((0.0, (250, 226, 164)), (0.5, (214, 168, 84)), (1.0, (244, 212, 140))))
GLOW: Final = Shadow((120, 60, 10), blur=10, drop=5, strength=0.35)
DARK: Final = Shadow((70, 0, 4), blur=6, drop=4, strength=0.7)

NUMBER: Final = Style(Role.BOLD, 34, kit.PALE, track=4)
STATUS: Final = Style(Role.BOLD, 32, kit.DEEP, track=3)
CATEGORY: Final = Style(Role.TITLE, 76, kit.PALE, track=3)
PLACE: Final = Style(Role.TEXT, 33, kit.PALE)
LABEL: Final = Style(Role.BOLD, 27, WHITE, track=2)
DEED: Final = Style(Role.BOLD, 38, kit.INK)
FACT_LABEL: Final = Style(Role.TEXT, 26, kit.GREY)
FACT: Final = Style(Role.BOLD, 36, kit.INK)
DURATION: Final = Style(Role.TITLE, 42, kit.RED)
STEP: Final = Style(Role.BOLD, 28, kit.INK)
STEP_TIME: Final = Style(Role.TEXT, 25, kit.GREY)
FOOT: Final = Style(Role.TEXT, 26, kit.GREY)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the comparison: its label and its photos (JPEG, PNG or WebP bytes; the first two are shown)."""

    label: str
    photos: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A small label and what belongs to it: a duration, a name, the time of a step."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ClosingCard:
    """Every word and photo of a closing card; texts come from the catalogue, in the reader's language.

    For a sensitive case `place` is empty and `people` names no reporter. `photos` is None when they are not for the
    public, else the sides before and after. `people` are at most two, `steps` at most five, drawn in their order.
    """

    number: str
    status: str
    category: str
    place: str
    deed: str
    duration: Fact
    people: tuple[Fact, ...]
    steps: tuple[Fact, ...]
    county: str
    date: str
    photos: tuple[Side, Side] | None = None


def before_after(card: ClosingCard) -> bytes:
    """The closing card as JPEG, 1080 px wide and at most 400 kB.

    Raises:
        OSError: a photo is not a whole picture.
    """
    return draw(card).jpeg(LIMIT_BYTES)


def draw(card: ClosingCard) -> Canvas:
    """The closing card on its canvas, with the draw log."""
    columns = [_opened(side) for side in card.photos or ()]
    if not any(columns):
        columns = []
    high = _column_high(columns) if columns else HERO
    deed = _deed(card.deed)
    facts = SHEET_TOP + PAD + high + 30 + LEADING * len(deed) + 22
    bottom = facts + FACTS + (STEPS if card.steps else 0)
    canvas = Canvas((WIDE, bottom + FOOTER), kit.CREAM)
    _header(canvas, card)
    sheet = kit.card(canvas, (EDGE, SHEET_TOP, WIDE - EDGE, bottom), canvas.page, radius=28)
    if card.photos and columns:
        _comparison(canvas, card.photos, columns, high, sheet)
    else:
        _medal(canvas, sheet)
    _centred_lines(canvas, SHEET_TOP + PAD + high + 30 + 42, deed, sheet)
    _facts(canvas, facts, (card.duration, *card.people), sheet)
    if card.steps:
        _steps(canvas, facts + FACTS, card.steps, sheet)
    _footer(canvas, bottom, card)
    return canvas


def _header(canvas: Canvas, card: ClosingCard) -> None:
    strip = canvas.panel((0, 0, WIDE, HEADER), kit.HEADER, canvas.page, free=True)
    kit.rays(canvas, (0, 0, WIDE, HEADER), strip, 0.07)
    canvas.panel((0, HEADER, WIDE, HEADER + 5), kit.GOLD_LIGHT, canvas.page, free=True)
    kit.pill(canvas, (EDGE, 68), card.number, NUMBER, strip, None, outline=kit.GOLD_LIGHT, room=420)
    _badge(canvas, card.status, strip)
    category, style = fit(card.category, CATEGORY, WIDE - 2 * EDGE, smallest=0.5)
    middle = 164 if card.place else 186
    canvas.gradient_words((EDGE, centred(middle, style)), category, style, kit.GILT, strip, "l", DARK)
    if card.place:
        _pin(canvas, (EDGE, 220, EDGE + 30, 260), strip)
        canvas.words((EDGE + 42, centred(239, PLACE)), card.place, PLACE, strip, room=WIDE - 2 * EDGE - 42)


def _badge(canvas: Canvas, status: str, strip: Mark) -> None:
    """The golden capsule at the right: a tick and the state."""
    words, style = fit(status, STATUS, 360)
    wide = width(words, style) + 92
    box = (WIDE - EDGE - wide, 36, WIDE - EDGE, 100)
    capsule = canvas.panel(box, BADGE, strip, 32, shadow=DARK)
    disc = canvas.panel((box[0] + 14, 48, box[0] + 54, 88), DISC, capsule, 20)
    kit.tick(canvas, disc.box, disc, kit.PALE)
    canvas.words((box[0] + 66, centred(68, style)), words, style, capsule)


def _pin(canvas: Canvas, box: Box, inside: Mark) -> None:
    """A map pin."""

    def paint(draw: ImageDraw.ImageDraw, scale: float) -> None:
        draw.ellipse((2 * scale, scale, 28 * scale, 27 * scale), fill=255)
        draw.polygon([(4 * scale, 20 * scale), (26 * scale, 20 * scale), (15 * scale, 39 * scale)], fill=255)
        draw.ellipse((10 * scale, 9 * scale, 20 * scale, 19 * scale), fill=0)

    canvas.shape(box, paint, kit.GOLD_LIGHT, inside)


def _opened(side: Side) -> list[Image.Image]:
    return [read_photo(photo, (COLUMN, MOST_HIGH)) for photo in side.photos[:MOST_PHOTOS]]


def _column_high(columns: list[list[Image.Image]]) -> int:
    """The height at which the photos lose least: what they ask for on average, within bounds."""
    asked = [COLUMN * photo.height / photo.width for column in columns for photo in column]
    stacked = max((len(column) for column in columns), default=1)
    mean = sum(asked) / len(asked) if asked else LEAST_HIGH
    return round(min(MOST_HIGH, max(LEAST_HIGH, mean * stacked)))


def _comparison(
    canvas: Canvas, sides: tuple[Side, Side], columns: list[list[Image.Image]], high: int, sheet: Mark
) -> None:
    top = SHEET_TOP + PAD
    for number, (side, photos) in enumerate(zip(sides, columns, strict=True)):
        left = LEFT + number * (COLUMN + SEAM)
        _column(canvas, (left, top, left + COLUMN, top + high), photos, sheet)
        fill = GREEN if number else SLATE
        kit.pill(canvas, (left + 16, top + 42), side.label, LABEL, sheet, fill, room=COLUMN - 32, free=True)
    _arrow(canvas, (WIDE / 2, top + high / 2), sheet)


def _column(canvas: Canvas, box: Box, photos: list[Image.Image], sheet: Mark) -> None:
    """One or two photos in a column; a sand-coloured sheet when there is none."""
    if not photos:
        canvas.panel(box, SAND, sheet, 18)
        return
    high = (box[3] - box[1] - SEAM * (len(photos) - 1)) / len(photos)
    for row, photo in enumerate(photos):
        top = box[1] + row * (high + SEAM)
        canvas.photo((box[0], top, box[2], top + high), photo, sheet, 18)


def _arrow(canvas: Canvas, middle: tuple[float, float], sheet: Mark) -> None:
    """A round chip between the columns that points to the right."""
    x, y = middle
    chip = canvas.panel((x - 36, y - 36, x + 36, y + 36), WHITE, sheet, 36, shadow=GLOW, free=True)
    disc = canvas.panel((x - 29, y - 29, x + 29, y + 29), DISC, chip, 29)

    def paint(draw: ImageDraw.ImageDraw, scale: float) -> None:
        points = [(px * scale, py * scale) for px, py in ((24, 18), (36, 29), (24, 40))]
        draw.line(points, fill=255, width=round(6 * scale), joint="curve")

    canvas.shape(disc.box, paint, kit.PALE, disc)


def _medal(canvas: Canvas, sheet: Mark) -> None:
    """A gilt medal with a tick: what a card without photos opens with."""
    x, y, radius = WIDE / 2, SHEET_TOP + PAD + HERO / 2 + 6, 92
    for sign in (-1, 1):
        kit.ornament(canvas, (x + sign * 300, y), 300, sheet, kit.GOLD)
    ring = canvas.panel((x - radius, y - radius, x + radius, y + radius), RING, sheet, radius, shadow=GLOW)
    gap = canvas.panel((x - 80, y - 80, x + 80, y + 80), WHITE, ring, 80)
    disc = canvas.panel((x - 74, y - 74, x + 74, y + 74), DISC, gap, 74)
    kit.tick(canvas, (x - 62, y - 62, x + 62, y + 62), disc, kit.PALE)


def _deed(words: str) -> list[Line]:
    """What was done, on one line if it fits, else on two; the second is cut if need be."""
    room = RIGHT - LEFT - 40
    text, style = fit(words, DEED, room, smallest=0.85)
    if text == words:
        return wrap([Span(text, style)], room)
    lines = wrap([Span(words, style)], room)
    rest = "".join(piece.text for line in lines[1:] for piece in line.pieces)
    return [lines[0], *wrap([Span(fit(rest, style, room, smallest=1)[0], style)], room)[:1]]


def _centred_lines(canvas: Canvas, baseline: float, lines: list[Line], sheet: Mark) -> None:
    for number, line in enumerate(lines):
        left = (WIDE - line.width) / 2
        canvas.paragraph((left, baseline + number * LEADING), [line], LEADING, sheet)


def _facts(canvas: Canvas, top: float, facts: tuple[Fact, ...], sheet: Mark) -> None:
    """Columns side by side: the duration first, then the people; a long name gets the room short ones leave."""
    canvas.panel((LEFT, top, RIGHT, top + 2), kit.LINE, sheet)
    styles = [DURATION, *[FACT] * (len(facts) - 1)]
    asked = [min(520, max(200, width(fact.value, style) + 48)) for fact, style in zip(facts, styles, strict=True)]
    left = float(LEFT)
    for number, (fact, style, wide) in enumerate(zip(facts, styles, _shared(asked, RIGHT - LEFT), strict=True)):
        if number:
            canvas.panel((left - 1, top + 36, left + 1, top + 118), kit.LINE, sheet)
        middle = left + wide / 2
        canvas.words((middle, top + 56), fact.label, FACT_LABEL, sheet, "m", wide - 28)
        canvas.words((middle, top + 111), fact.value, style, sheet, "m", wide - 28)
        left += wide


def _shared(asked: list[float], room: float) -> list[float]:
    """The room shared out: equally where everybody has enough, else in proportion to what is asked."""
    even = room / len(asked)
    return [even] * len(asked) if max(asked) <= even else [room * part / sum(asked) for part in asked]


def _steps(canvas: Canvas, top: float, steps: tuple[Fact, ...], sheet: Mark) -> None:
    """The way of the case: a chain of dots with what happened and when; the last is the tick."""
    band = canvas.panel((LEFT, top, RIGHT, top + STEPS - PAD), SAND, sheet, 18)
    wide = (RIGHT - LEFT) / len(steps)
    middles = [LEFT + wide * (number + 0.5) for number in range(len(steps))]
    y = top + 38
    for left, right in pairwise(middles):
        canvas.panel((left + 22, y - 2, right - 22, y + 2), kit.GOLD_LIGHT, band)
    for number, (x, step) in enumerate(zip(middles, steps, strict=True)):
        if number == len(steps) - 1:
            disc = canvas.panel((x - 17, y - 17, x + 17, y + 17), DISC, band, 17)
            kit.tick(canvas, disc.box, disc, kit.PALE)
        else:
            canvas.panel((x - 10, y - 10, x + 10, y + 10), WHITE, band, 10, outline=kit.GOLD, line=4)
        canvas.words((x, y + 50), step.label, STEP, band, "m", wide - 14)
        canvas.words((x, y + 83), step.value, STEP_TIME, band, "m", wide - 14)


def _footer(canvas: Canvas, top: float, card: ClosingCard) -> None:
    baseline = centred(top + FOOTER / 2 + 2, FOOT)
    date, style = fit(card.date, FOOT, 300)
    canvas.words((WIDE - EDGE, baseline), date, style, canvas.page, "r")
    canvas.words((EDGE, baseline), card.county, FOOT, canvas.page, room=WIDE - 2 * EDGE - width(date, style) - 40)
