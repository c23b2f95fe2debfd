"""The weekly brief as one tall page: figures, rates, what is overdue agency by agency, what is supervised."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from bot.render import kit
from bot.render.canvas import Canvas, centred
from bot.render.colour import WHITE, Colour, Gradient
from bot.render.fonts import Role
from bot.render.marks import Mark
from bot.render.shapes import Shadow
from bot.render.text import Span, Style, fit, width, wrap

LIMIT_BYTES: Final = 600_000
WIDE: Final = 1080
EDGE: Final = 40
PAD: Final = 34
LEFT: Final = EDGE + PAD
RIGHT: Final = WIDE - LEFT
GAP: Final = 28
HEADER: Final = 338
FIGURES_TOP: Final = 286
FIGURES: Final = 166
RATES: Final = 202
USUAL_HEAD: Final = 66
USUAL_ROW: Final = 44
HEADING: Final = 86
ROW: Final = 86
QUIET: Final = 176
AGENCY: Final = 196  # width of the first column of a list
SIDE: Final = 168  # width of its last column

GREEN: Final[Colour] = (30, 116, 74)
SAND: Final[Colour] = (250, 238, 219)
BAR: Final = Gradient(((0.0, kit.GOLD), (1.0, kit.RED)), across=True)
DARK: Final = Shadow((70, 0, 4), blur=6, drop=4, strength=0.7)

COUNTY: Final = Style(Role.BOLD, 32, kit.GOLD_LIGHT, track=3)
TITLE: Final = Style(Role.TITLE, 88, kit.PALE, track=8)
SPAN: Final = Style(Role.BOLD, 33, kit.PALE, track=2)
NUMBER: Final = Style(Role.TITLE, 68, kit.INK)
ALARM: Final = Style(Role.TITLE, 68, kit.RED)
UNIT: Final = Style(Role.BOLD, 26, kit.GREY)
LABEL: Final = Style(Role.TEXT, 28, kit.GREY)
SMALL: Final = Style(Role.TEXT, 24, kit.GREY)
NAME: Final = Style(Role.BOLD, 31, kit.INK)
RATE: Final = Style(Role.TITLE, 72, kit.RED)
LENGTH: Final = Style(Role.BOLD, 27, kit.INK)
HEAD: Final = Style(Role.BOLD, 36, kit.INK, track=1)
COUNT: Final = Style(Role.BOLD, 27, kit.DEEP)
CASE_NUMBER: Final = Style(Role.BOLD, 31, kit.GOLD_DARK)
OVER: Final = Style(Role.BOLD, 31, kit.RED)
REST: Final = Style(Role.TEXT, 25, kit.GREY)
CALM: Final = Style(Role.BOLD, 34, GREEN)
FOOT: Final = Style(Role.BOLD, 28, kit.INK)


@dataclass(frozen=True, slots=True)
class Count:
    label: str
    number: str
    unit: str


@dataclass(frozen=True, slots=True)
class Usual:
    """How long it usually takes, by the levels of one clock."""

    levels: str
    length: str


@dataclass(frozen=True, slots=True)
class Rate:
    """`percent` is empty where no limit came; `words` say the part and the whole. Beside it how long it usually takes."""

    label: str
    percent: str
    part: int
    whole: int
    words: str
    usual_title: str
    usual: tuple[Usual, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A case in a list. `side`: how long it is overdue, or why it is supervised; `place` is never one to be hidden."""

    agency: str
    of_agency: str
    number: str
    matter: str
    place: str
    contact: str
    side: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A list with its title and how many it has in all; without items `none` stands there, or nothing."""

    title: str
    count: str
    items: tuple[Item, ...]
    none: str = ""


@dataclass(frozen=True, slots=True)
class Brief:
    """Every word of the page; texts come from the catalogue, in the reader's language."""

    county: str
    title: str
    span: str
    counts: tuple[Count, ...]
    rates: tuple[Rate, Rate]
    late: Listing
    reached: Listing
    note: str
    office: str
    made: str


def page(brief: Brief) -> bytes:
    """The page as JPEG, 1080 px wide and at most 600 kB."""
    return draw(brief).jpeg(LIMIT_BYTES)


def draw(brief: Brief) -> Canvas:
    """The page on its canvas, with the draw log."""
    rates = FIGURES_TOP + FIGURES + GAP
    late = rates + max(_rate_high(rate) for rate in brief.rates) + GAP
    reached = late + _listing_high(brief.late) + GAP
    foot = reached + (_listing_high(brief.reached) + GAP if brief.reached.items else 0)
    note = wrap([Span(brief.note, SMALL)], WIDE - 2 * EDGE)
    high = foot + 24 + 36 * len(note) + 96
    canvas = Canvas((WIDE, high), kit.CREAM)
    _header(canvas, brief)
    _counts(canvas, brief.counts)
    for number, rate in enumerate(brief.rates):
        _rate(canvas, (EDGE + number * (WIDE - 2 * EDGE + GAP) / 2, rates), rate)
    _listing(canvas, late, brief.late, kit.RED)
    if brief.reached.items:
        _listing(canvas, reached, brief.reached, kit.GOLD_DARK)
    canvas.paragraph((EDGE, foot + 44), note, 36, canvas.page)
    _footer(canvas, high, brief)
    return canvas


def _header(canvas: Canvas, brief: Brief) -> None:
    strip = canvas.panel((0, 0, WIDE, HEADER), kit.HEADER, canvas.page, free=True)
    kit.rays(canvas, (0, 0, WIDE, HEADER), strip, 0.08)
    canvas.panel((0, HEADER, WIDE, HEADER + 5), kit.GOLD_LIGHT, canvas.page, free=True)
    county, style = fit(brief.county, COUNTY, WIDE - 320)
    canvas.words((WIDE / 2, centred(58, style)), county, style, strip, "m")
    for sign in (-1, 1):
        away = width(county, style) / 2 + 76
        kit.ornament(canvas, (WIDE / 2 + sign * away, 58), 96, strip, kit.GOLD_LIGHT)
    title, style = fit(brief.title, TITLE, WIDE - 2 * EDGE)
    canvas.gradient_words((WIDE / 2, centred(146, style)), title, style, kit.GILT, strip, "m", DARK)
    kit.pill(canvas, (WIDE / 2, 240), brief.span, SPAN, strip, None, "m", outline=kit.GOLD_LIGHT, room=WIDE - 240)


def _counts(canvas: Canvas, counts: Sequence[Count]) -> None:
    sheet = kit.card(canvas, (EDGE, FIGURES_TOP, WIDE - EDGE, FIGURES_TOP + FIGURES), canvas.page)
    wide = (WIDE - 2 * EDGE) / len(counts)
    for place, count in enumerate(counts):
        if place:
            left = EDGE + place * wide
            canvas.panel((left - 1, FIGURES_TOP + 36, left + 1, FIGURES_TOP + FIGURES - 36), kit.LINE, sheet)
        middle = EDGE + (place + 0.5) * wide
        alarming = place == len(counts) - 1 and count.number != "0"
        _number(canvas, (middle, FIGURES_TOP + 86), count, ALARM if alarming else NUMBER, sheet, wide - 24)
        canvas.words((middle, FIGURES_TOP + 134), count.label, LABEL, sheet, "m", wide - 24)


def _number(canvas: Canvas, at: tuple[float, float], count: Count, style: Style, sheet: Mark, room: float) -> None:
    """A number with its unit behind it, both together around the middle."""
    unit = width(count.unit, UNIT) + 8 if count.unit else 0
    number, style = fit(count.number, style, room - unit)
    left = at[0] - (width(number, style) + unit) / 2
    canvas.words((left, at[1]), number, style, sheet)
    if count.unit:
        canvas.words((left + width(number, style) + 8, at[1]), count.unit, UNIT, sheet)


def _rate_high(rate: Rate) -> int:
    return RATES + (USUAL_HEAD + USUAL_ROW * len(rate.usual) + 8 if rate.usual else 0)


def _rate(canvas: Canvas, at: tuple[float, float], rate: Rate) -> None:
    """The rate with its bar and what it is of; under a line how long it usually takes."""
    wide = (WIDE - 2 * EDGE - GAP) / 2
    left, top, right = at[0] + PAD, at[1], at[0] + wide - PAD
    sheet = kit.card(canvas, (at[0], top, at[0] + wide, top + _rate_high(rate)), canvas.page)
    canvas.words((left, top + 66), rate.label, NAME, sheet, room=right - left - 220)
    if rate.percent:
        percent, style = fit(rate.percent, RATE, 180)
        taken = width(percent, style) + 8 + width("%", UNIT)
        _number(canvas, (right - taken / 2, top + 88), Count("", percent, "%"), style, sheet, taken + 2)
    else:
        canvas.words((right, top + 84), "—", RATE, sheet, "r")
    box = (left, top + 114, right, top + 134)
    if rate.whole:
        kit.bar(canvas, box, rate.part / rate.whole, sheet, BAR, SAND)
    else:
        canvas.panel(box, SAND, sheet, 10)
    canvas.words((left, top + 176), rate.words, REST, sheet, room=right - left)
    if rate.usual:
        _usual(canvas, (left, top + RATES, right), rate, sheet)


def _usual(canvas: Canvas, across: tuple[float, float, float], rate: Rate, sheet: Mark) -> None:
    left, top, right = across
    canvas.panel((left, top, right, top + 2), kit.LINE, sheet)
    canvas.words((left, top + 48), rate.usual_title, SMALL, sheet, room=right - left)
    for place, usual in enumerate(rate.usual):
        base = top + USUAL_HEAD + place * USUAL_ROW + 26
        length, style = fit(usual.length, LENGTH, 230)
        canvas.words((right, base), length, style, sheet, "r")
        canvas.words((left, base), usual.levels, REST, sheet, room=right - left - width(length, style) - 16)


def _listing_high(listing: Listing) -> int:
    return HEADING + ROW * len(listing.items) + 14 if listing.items else QUIET


def _listing(canvas: Canvas, top: float, listing: Listing, colour: Colour) -> None:
    sheet = kit.card(canvas, (EDGE, top, WIDE - EDGE, top + _listing_high(listing)), canvas.page)
    if not listing.items:
        _calm(canvas, top, listing.none, sheet)
        return
    canvas.panel((LEFT, top + 30, LEFT + 9, top + 66), colour, sheet, 4)
    canvas.words((LEFT + 26, centred(top + 48, HEAD)), listing.title, HEAD, sheet, room=400)
    kit.pill(canvas, (RIGHT, top + 48), listing.count, COUNT, sheet, SAND, "r", room=420)
    line = top + HEADING
    for _, group in groupby(listing.items, key=lambda item: item.agency):
        for place, item in enumerate(group):
            start = LEFT if place == 0 else LEFT + AGENCY
            canvas.panel((start, line, RIGHT, line + 2), kit.LINE, sheet)
            if place == 0:
                _of_agency(canvas, line, item, sheet)
            _item(canvas, line, item, sheet)
            line += ROW


def _of_agency(canvas: Canvas, line: float, item: Item, sheet: Mark) -> None:
    base = line + (39 if item.of_agency else 54)
    canvas.words((LEFT, base), item.agency, NAME, sheet, room=AGENCY - 22)
    if item.of_agency:
        canvas.words((LEFT, line + 71), item.of_agency, SMALL, sheet, room=AGENCY - 22)


def _item(canvas: Canvas, line: float, item: Item, sheet: Mark) -> None:
    """Two lines: number and matter over the place; at the right how long it is overdue over the contact."""
    left, right = LEFT + AGENCY, RIGHT - SIDE
    canvas.words((left, line + 39), item.number, CASE_NUMBER, sheet)
    matter = left + width(item.number, CASE_NUMBER) + 16
    canvas.words((matter, line + 39), item.matter, NAME, sheet, room=right - matter - 10)
    canvas.words((left, line + 71), item.place, REST, sheet, room=right - left - 10)
    canvas.words((RIGHT, line + 39), item.side, OVER, sheet, "r", SIDE)
    canvas.words((RIGHT, line + 71), item.contact, REST, sheet, "r", SIDE)


def _calm(canvas: Canvas, top: float, words: str, sheet: Mark) -> None:
    """A green tick and a line: good news needs no table."""
    middle = top + QUIET / 2
    text, style = fit(words, CALM, RIGHT - LEFT - 120)
    left = (WIDE - width(text, style) - 92) / 2
    disc = canvas.panel((left, middle - 34, left + 68, middle + 34), GREEN, sheet, 34)
    kit.tick(canvas, disc.box, disc, WHITE)
    canvas.words((left + 92, centred(middle, style)), text, style, sheet)


def _footer(canvas: Canvas, high: float, brief: Brief) -> None:
    base = high - 40
    made, style = fit(brief.made, SMALL, 420)
    canvas.words((WIDE - EDGE, base), made, style, canvas.page, "r")
    canvas.words((EDGE, base), brief.office, FOOT, canvas.page, room=WIDE - 2 * EDGE - width(made, style) - 40)
