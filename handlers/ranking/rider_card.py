"""A rider's own card of a month: for the rider alone, who may share it."""

from dataclasses import dataclass, replace
from typing import Final

from bot.render import kit
from bot.render.canvas import Canvas, centred
from bot.render.colour import WHITE
from bot.render.fonts import Role
from bot.render.marks import Mark
from bot.render.text import Style, fit, width
from handlers.ranking import pieces
from handlers.ranking.pieces import EDGE, METALS, RIGHT, WIDE, Figure, Foot, Head

HIGH: Final = 1350
HEAD: Final = 500
TOP: Final = 374
FOOT_TOP: Final = HIGH - pieces.FOOT
BOTTOM: Final = FOOT_TOP - 40
LEFT: Final = EDGE + 44
INNER: Final = RIGHT - 44
BAND: Final = TOP + 196
ITEMS: Final = BAND + 152
MOST: Final = 5
ROW: Final = 84  # no line of an item is higher

TITLE: Final = replace(pieces.TITLE, size=96, track=10)
NAME: Final = Style(Role.TITLE, 56, kit.INK, track=4)
DUTY: Final = Style(Role.TEXT, 28, kit.GREY)
LABEL: Final = Style(Role.TEXT, 25, kit.GREY)
POINTS: Final = Style(Role.TITLE, 104, kit.RED), Style(Role.BOLD, 38, kit.RED)
ITEM: Final = Style(Role.TEXT, 28, kit.INK)
ITEM_POINTS: Final = Style(Role.TITLE, 33, kit.RED)


@dataclass(frozen=True, slots=True)
class Item:
    """Points of one kind in the month; below 0 where they were taken away."""

    label: str
    points: int


@dataclass(frozen=True, slots=True)
class RiderCard:
    """Every word of the card. `place` decides the metal of the ring, 0 for a rider without one.

    `items` are at most five, drawn in their order; `none` is said where there are none.
    """

    head: Head
    name: str
    duty: str
    place: int
    points: str
    unit: str
    points_label: str
    figures: tuple[Figure, ...]
    items_label: str
    items: tuple[Item, ...]
    foot: Foot
    none: str


def draw(card: RiderCard) -> Canvas:
    """The card on its canvas, with the draw log."""
    canvas = Canvas((WIDE, HIGH), kit.CREAM)
    pieces.head(canvas, card.head, HEAD, TITLE)
    sheet = canvas.panel((EDGE, TOP, RIGHT, BOTTOM), WHITE, canvas.page, 30, shadow=pieces.LIFT)
    _rider(canvas, card, sheet)
    band = canvas.panel((LEFT, BAND, INNER, BAND + 128), pieces.SAND, sheet, 20)
    pieces.figures(canvas, band.box, card.figures, band, 48)
    _items(canvas, card, sheet)
    pieces.foot(canvas, FOOT_TOP, card.foot)
    return canvas


def _rider(canvas: Canvas, card: RiderCard, sheet: Mark) -> None:
    """Who it is at the left, the points at the right; a long name gets what the points leave."""
    metal = METALS[card.place - 1] if 1 <= card.place <= 3 else METALS[0]
    middle = (TOP + BAND) / 2
    ring = kit.Ring(metal.ring, 8)
    kit.avatar(canvas, (LEFT + 68, middle), 60, sheet, ring, pieces.family(card.name), metal.ground)
    large, small = POINTS
    points, large = fit(card.points, large, 300, smallest=0.5)
    taken = width(points, large) + 10 + width(card.unit, small)
    canvas.words((INNER - taken, middle + 24), points, large, sheet)
    canvas.words((INNER, middle + 24), card.unit, small, sheet, "r")
    label = canvas.words((INNER, middle + 70), card.points_label, LABEL, sheet, "r", 360)
    left = LEFT + 160
    room = min(INNER - taken, label.box[0]) - left - 30
    style = replace(NAME, track=0) if card.name.isascii() else NAME
    name, style = pieces.snug(card.name, style, room, smallest=0.5)
    canvas.words((left, centred(middle - 22, style)), name, style, sheet)
    canvas.words((left, centred(middle + 44, DUTY)), card.duty, DUTY, sheet, room=room)


def _items(canvas: Canvas, card: RiderCard, sheet: Mark) -> None:
    """Where the points came from: a line for each kind, its bar measured against the largest."""
    items = card.items[:MOST]
    if not items:
        middle = (BAND + 128 + BOTTOM) / 2
        kit.ornament(canvas, (WIDE / 2, middle - 44), 360, sheet, kit.GOLD)
        canvas.words((WIDE / 2, centred(middle + 24, ITEM)), card.none, ITEM, sheet, "m", INNER - LEFT)
        return
    canvas.words((LEFT, centred(ITEMS + 12, LABEL)), card.items_label, LABEL, sheet, room=INNER - LEFT)
    high = min(ROW, (BOTTOM - 26 - ITEMS - 40) / len(items))
    room = max(120, min(300, max(width(item.label, ITEM) for item in items)))
    most = max(1, *(item.points for item in items))
    for number, item in enumerate(items):
        middle = ITEMS + 40 + high * (number + 0.5)
        canvas.words((LEFT, centred(middle, ITEM)), item.label, ITEM, sheet, room=room)
        pieces.bar(canvas, (LEFT + room + 34, middle - 8, INNER - 120, middle + 8), item.points / most, sheet)
        style = ITEM_POINTS if item.points > 0 else replace(ITEM_POINTS, colour=pieces.FALLEN)
        said = str(item.points).replace("-", "−")
        canvas.words((INNER, middle + style.size * 0.36), said, style, sheet, "r", 100)
