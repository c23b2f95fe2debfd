"""The page of the agencies of a month: each with its rate on time, the counts beside it, and the other rates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.render import kit
from bot.render.canvas import Canvas, centred
from bot.render.fonts import Role
from bot.render.marks import Mark
from bot.render.text import Style, fit, width
from handlers.ranking import pieces
from handlers.ranking.pieces import EDGE, RIGHT, WIDE, Foot, Head

HIGH: Final = 1920
HEAD: Final = 470
TOP: Final = 372
MOST: Final = 12
ROW: Final = 112  # of an agency that is ranked: no lower, and where there are few
MOST_ROW: Final = 140
SMALL_ROW: Final = 62  # of an agency with too few cases to be ranked
LABELS: Final = 62  # the line above a sheet's rows
NOTE: Final = 84
COLUMN: Final = EDGE + 470  # where the bars begin
INNER: Final = RIGHT - 38

TITLE: Final = replace(pieces.TITLE, size=104, track=10)
NAME: Final = Style(Role.BOLD, 33, kit.INK)
COUNT: Final = Style(Role.TEXT, 23, kit.GREY)
RATE: Final = Style(Role.TITLE, 42, kit.RED)
PART: Final = Style(Role.TEXT, 22, kit.GREY)
PART_VALUE: Final = Style(Role.BOLD, 23, kit.INK)


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency's line. `place` is 0 where it is not ranked; `rate` is a percentage, or — where there was no case.

    `parts` are the smaller rates, in the order of the page's labels.
    """

    place: int
    name: str
    rate: str
    count: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgencyPage:
    """Every word of the page; `agencies` by place, those without one last, at most twelve are drawn.

    `rate` says what the large number is, `unranked` why the last are not ranked, `none` that there is nobody.
    """

    head: Head
    agencies: tuple[Agency, ...]
    rate: str
    parts: tuple[str, ...]
    unranked: str
    note: str
    foot: Foot
    none: str


def draw(page: AgencyPage) -> Canvas:
    """The page on its canvas, with the draw log: 1920 pixels high, higher or lower as there are many or few."""
    shown = page.agencies[:MOST]
    ranked = [one for one in shown if one.place]
    unranked = [one for one in shown if not one.place]
    small = (LABELS + SMALL_ROW * len(unranked) + 34 + 16) if unranked else 0
    fixed = TOP + LABELS + 16 + small + NOTE + pieces.FOOT
    row = min(MOST_ROW, max(ROW, (HIGH - fixed) / max(1, len(ranked))))
    end = TOP + LABELS + 16 + round(row * max(1, len(ranked)))
    canvas = Canvas((WIDE, end + small + NOTE + pieces.FOOT), kit.CREAM)
    pieces.head(canvas, page.head, HEAD, TITLE)
    _ranked(canvas, end, row, ranked, page)
    if unranked:
        _unranked(canvas, end + 34, unranked, page.unranked)
    _note(canvas, end + small, page.note)
    pieces.foot(canvas, end + small + NOTE, page.foot)
    return canvas


def _ranked(canvas: Canvas, end: float, row: float, agencies: Sequence[Agency], page: AgencyPage) -> None:
    sheet = kit.card(canvas, (EDGE, TOP, RIGHT, end), canvas.page)
    if not agencies:
        middle = (TOP + end) / 2
        canvas.words((WIDE / 2, centred(middle, NAME)), page.none, NAME, sheet, "m", RIGHT - EDGE - 80)
        return
    label = centred(TOP + LABELS / 2 + 8, PART)
    canvas.words((INNER, label), page.rate, PART, sheet, "r", 400)
    before = None
    for number, one in enumerate(agencies):
        y = TOP + LABELS + row * number
        canvas.panel((EDGE + (106 if number else 34), y - 1, INNER, y), kit.LINE, sheet)
        if before == one.place:
            pieces.link(canvas, EDGE + 57, y, row, sheet)
        _agency(canvas, y + row / 2, one, page.parts, sheet)
        before = one.place


def _agency(canvas: Canvas, middle: float, one: Agency, labels: tuple[str, ...], sheet: Mark) -> None:
    pieces.medal(canvas, (EDGE + 57, middle), 23, one.place, sheet)
    upper, lower = middle - 17, middle + 26
    name, style = fit(one.name, NAME, COLUMN - EDGE - 126, smallest=0.6)
    canvas.words((EDGE + 106, centred(upper, style)), name, style, sheet)
    canvas.words((EDGE + 106, centred(lower, COUNT)), one.count, COUNT, sheet, room=COLUMN - EDGE - 126)
    pieces.bar(canvas, (COLUMN, upper - 7, INNER - 170, upper + 7), share(one.rate), sheet)
    canvas.words((INNER, upper + RATE.size * 0.36), one.rate, RATE, sheet, "r", 150)
    wide = (INNER - COLUMN) / max(1, len(labels))
    for number, (label, value) in enumerate(zip(labels, one.parts, strict=True)):
        x = COLUMN + wide * number
        text, style = fit(label, PART, wide - width("100%", PART_VALUE) - 20)
        canvas.words((x, centred(lower, PART)), text, style, sheet)
        canvas.words((x + width(text, style) + 8, centred(lower, PART)), value, PART_VALUE, sheet)


def _unranked(canvas: Canvas, top: float, agencies: Sequence[Agency], why: str) -> None:
    """A sheet of its own, without places: too few cases to say who is better."""
    high = LABELS + SMALL_ROW * len(agencies) + 16
    sheet = kit.card(canvas, (EDGE, top, RIGHT, top + high), canvas.page)
    canvas.words((EDGE + 34, centred(top + LABELS / 2 + 8, PART)), why, PART, sheet, room=INNER - EDGE - 34)
    for number, one in enumerate(agencies):
        y = top + LABELS + SMALL_ROW * number
        canvas.panel((EDGE + 34, y - 1, INNER, y), kit.LINE, sheet)
        middle = y + SMALL_ROW / 2
        name = replace(NAME, size=28)
        canvas.words((EDGE + 34, centred(middle, name)), one.name, name, sheet, room=COLUMN - EDGE - 54)
        canvas.words((COLUMN, centred(middle, COUNT)), one.count, COUNT, sheet, room=INNER - COLUMN - 130)
        rate = replace(NAME, size=28)
        canvas.words((INNER, centred(middle, rate)), one.rate, rate, sheet, "r", 120)


def _note(canvas: Canvas, top: float, note: str) -> None:
    if note:
        canvas.words((EDGE, centred(top + NOTE / 2 + 6, PART)), note, PART, canvas.page, room=RIGHT - EDGE)


def share(rate: str) -> float:
    """How full the bar is: 97.4% is 0.974; what is no percentage is 0."""
    number = rate.removesuffix("%").strip()
    try:
        return min(1.0, max(0.0, float(number) / 100))
    except ValueError:
        return 0.0
