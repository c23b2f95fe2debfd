"""The poster of a month: the first three as cards, the next as rows, four figures, the days of publicity."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.render import kit
from bot.render.canvas import Canvas, centred
from bot.render.colour import WHITE, Colour
from bot.render.fonts import Role
from bot.render.marks import Box, Mark
from bot.render.text import Style, fit
from handlers.ranking import pieces
from handlers.ranking.pieces import EDGE, METALS, RIGHT, WIDE, Figure, Foot, Head

HIGH: Final = 1920
HEAD: Final = 790
CARDS_END: Final = 884
BODY: Final = 920  # from here to the foot: the rows and the figures
FOOT_TOP: Final = HIGH - pieces.FOOT
MOST: Final = 12
ON_CARDS: Final = 4
ROW: Final = 100  # no row is higher
BAND: Final = 154  # the figures beneath a full list

BROWN: Final[Colour] = (140, 88, 28)
DUTY: Final = Style(Role.TEXT, 24, kit.GREY)
DETAIL: Final = Style(Role.TEXT, 22, BROWN)
NAME: Final = Style(Role.BOLD, 35, kit.INK)
POINTS: Final = Style(Role.TITLE, 36, kit.RED)


@dataclass(frozen=True, slots=True)
class Standing:
    """One rider's line; riders of equal rank have the same place. `detail` is seen on a card only."""

    place: int
    name: str
    duty: str
    points: int
    change: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Poster:
    """Every word of a poster; `standings` by place, at most twelve are drawn.

    `ribbons` are the first three places, `shared` the same for riders of equal rank; `none` is said without riders.
    """

    head: Head
    standings: tuple[Standing, ...]
    ribbons: tuple[str, str, str]
    shared: tuple[str, str, str]
    unit: str
    figures: tuple[Figure, ...]
    foot: Foot
    none: str


def draw(poster: Poster) -> Canvas:
    """The poster on its canvas, with the draw log."""
    canvas = Canvas((WIDE, HIGH), kit.CREAM)
    pieces.head(canvas, poster.head, HEAD)
    shown = poster.standings[:MOST]
    honoured = [one for one in shown if one.place <= 3]
    # Five or more share the first three places: on cards some would stand lower than their equals, so all get rows.
    cards = honoured if len(honoured) <= ON_CARDS else []
    rows = shown[len(cards) :]
    if not shown:
        _nobody(canvas, poster.none)
    _podium(canvas, cards, poster)
    top = BODY if cards or not shown else 430
    end = _list(canvas, top, rows, max((one.points for one in shown), default=0))
    _figures(canvas, (EDGE, end, RIGHT, FOOT_TOP), poster.figures)
    pieces.foot(canvas, FOOT_TOP, poster.foot)
    return canvas


def _nobody(canvas: Canvas, words: str) -> None:
    sheet = canvas.panel((EDGE, 560, RIGHT, CARDS_END), WHITE, canvas.page, 26, shadow=pieces.LIFT)
    kit.ornament(canvas, (WIDE / 2, 660), 420, sheet, kit.GOLD)
    canvas.words((WIDE / 2, 764), words, Style(Role.TITLE, 44, kit.INK), sheet, "m", RIGHT - EDGE - 80)


def _podium(canvas: Canvas, cards: Sequence[Standing], poster: Poster) -> None:
    """The cards side by side, the first in the middle of three."""
    if not cards:
        return
    seam = 30 if len(cards) < ON_CARDS else 18
    wide = min(400, (RIGHT - EDGE - seam * (max(3, len(cards)) - 1)) / max(3, len(cards)))
    if len(cards) < 3:
        wide = 400
    order = [cards[1], cards[0], cards[2]] if len(cards) == 3 else list(cards)
    left = (WIDE - wide * len(order) - seam * (len(order) - 1)) / 2
    for number, one in enumerate(order):
        x = left + number * (wide + seam)
        tied = sum(other.place == one.place for other in poster.standings) > 1
        ribbon = (poster.shared if tied else poster.ribbons)[one.place - 1]
        _card(canvas, (x, 470 if one.place == 1 else 536, x + wide, CARDS_END), one, ribbon, poster.unit)


def _card(canvas: Canvas, box: Box, one: Standing, ribbon: str, unit: str) -> None:
    first, metal = one.place == 1, METALS[one.place - 1]
    left, top, right, bottom = box
    x, room = (left + right) / 2, right - left - 40
    sheet = canvas.panel(box, WHITE, canvas.page, 26, outline=metal.rim, shadow=pieces.LIFT)
    radius = 74 if first else 64
    ring = kit.Ring(metal.ring, 9)
    kit.avatar(canvas, (x, top + 14), radius, canvas.page, ring, pieces.family(one.name), metal.ground, free=True)
    at = top + 14 + radius + 10
    style = Style(Role.BOLD, 25, metal.ink)
    kit.pill(canvas, (x, at), ribbon, style, sheet, metal.ribbon, "m", WHITE, room, free=True)
    style = Style(Role.TITLE, 50 if first else 46, kit.INK, track=0 if one.name.isascii() else 4)
    name, style = pieces.snug(one.name, style, room, smallest=0.36)
    base = at + 88
    canvas.words((x, base), name, style, sheet, "m")
    canvas.words((x, base + 46), one.duty, DUTY, sheet, "m", room)
    detail, style = fit(one.detail, DETAIL, room - 20, smallest=0.8)
    if first and detail and detail == one.detail:
        kit.pill(canvas, (x, base + 86), detail, style, sheet, pieces.SAND, "m")
    styles = Style(Role.TITLE, 66 if first else 56, kit.RED), Style(Role.BOLD, 26, kit.RED)
    pieces.amount(canvas, (x, bottom - 34), Figure(str(one.points), unit, ""), styles, sheet, room)


def _list(canvas: Canvas, top: float, rows: Sequence[Standing], most: int) -> float:
    """The sheet with a row for each; returns where it ends."""
    if not rows:
        return top - 36
    room = FOOT_TOP - top - BAND - 16
    high = min(ROW, room / len(rows))
    sheet = kit.card(canvas, (EDGE, top, RIGHT, top + 16 + high * len(rows)), canvas.page)
    before = None
    for number, one in enumerate(rows):
        y = top + 8 + high * number
        if number:
            canvas.panel((EDGE + 106, y - 1, RIGHT - 34, y), kit.LINE, sheet)
        _row(canvas, y + high / 2, one, sheet, most)
        if before == one.place:
            pieces.link(canvas, EDGE + 57, y, high, sheet)
        before = one.place
    return sheet.box[3]


def _row(canvas: Canvas, middle: float, one: Standing, sheet: Mark, most: int) -> None:
    pieces.medal(canvas, (EDGE + 57, middle), 23, one.place, sheet)
    name, style = fit(one.name, NAME, 250, smallest=0.5)
    canvas.words((EDGE + 106, centred(middle, style)), name, style, sheet)
    duty = Style(Role.TEXT, 25, kit.GREY)
    canvas.words((EDGE + 372, centred(middle, duty)), one.duty, duty, sheet, room=206)
    pieces.bar(canvas, (EDGE + 594, middle - 7, EDGE + 784, middle + 7), one.points / max(1, most), sheet)
    points = str(one.points)
    canvas.words((EDGE + 874, middle + POINTS.size * 0.36), points, POINTS, sheet, "r", 80)
    pieces.move(canvas, (EDGE + 894, middle), one.change, sheet, 64)


def _figures(canvas: Canvas, box: Box, shown: Sequence[Figure]) -> None:
    """A band where there is a full list; cards as large as the room a short one leaves."""
    left, top, right, bottom = box
    high = bottom - top
    if high < 210:
        pieces.figures(canvas, box, shown, canvas.page)
        return
    top, bottom = top + 38, bottom - 38
    if high < 400:
        sheet = kit.card(canvas, (left, top, right, bottom), canvas.page)
        pieces.figures(canvas, sheet.box, shown, sheet, round(min(76, 0.38 * (bottom - top))))
        return
    seam = 30
    wide, half = (right - left - seam) / 2, (bottom - top - seam) / 2
    for number, figure in enumerate(shown[:4]):
        x, y = left + (number % 2) * (wide + seam), top + (number // 2) * (half + seam)
        sheet = kit.card(canvas, (x, y, x + wide, y + half), canvas.page)
        pieces.figures(canvas, sheet.box, [figure], sheet, round(min(112, 0.38 * half)))
