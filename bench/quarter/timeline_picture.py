"""Draws a story: a lane for each person, working hours shaded, limits as lines; below, every mark in words."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final

from PIL import Image

from bench.quarter.timeline import LANES, Mark, Story
from bot.render import kit
from bot.render.canvas import Canvas, centred
from bot.render.colour import WHITE, Colour
from bot.render.fonts import Role
from bot.render.marks import Mark as Drawn
from bot.render.text import Style

WIDE: Final = 1400
EDGE: Final = 32
LEFT: Final = EDGE + 170
RIGHT: Final = WIDE - EDGE - 36
HEADER: Final = 190
TOP: Final = 166
DAYS: Final = 96
LANE: Final = 86
DOT: Final = 15
ROW: Final = 44
COLUMNS: Final = 2

HEAD: Final = Style(Role.TITLE, 58, kit.PALE, track=3)
UNDER: Final = Style(Role.TEXT, 28, kit.PALE)
DAY: Final = Style(Role.BOLD, 26, kit.INK)
WHO: Final = Style(Role.BOLD, 29, kit.INK)
NUMBER: Final = Style(Role.BOLD, 19, WHITE)
LIMIT: Final = Style(Role.BOLD, 23, kit.RED)
WHEN: Final = Style(Role.BOLD, 24, kit.GREY)
WORDS: Final = Style(Role.TEXT, 25, kit.INK)
WORK: Final[Colour] = (240, 232, 218)
COLOURS: Final[dict[str, Colour]] = {"move": (30, 116, 74), "told": (176, 66, 16), "dropped": (150, 138, 128)}
WEEKDAYS: Final = "一二三四五六日"


def draw(story: Story, path: Path) -> None:
    """Write the picture, in few colours, so that it is small."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture(story).image.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def picture(story: Story) -> Canvas:
    """The whole page, with the draw log."""
    lanes = DAYS + LANE * len(LANES) + 40
    rows = -(-len(story.marks) // COLUMNS)
    high = TOP + lanes + 28 + ROW * rows + 64 + EDGE
    canvas = Canvas((WIDE, high), kit.CREAM)
    strip = canvas.panel((0, 0, WIDE, HEADER), kit.HEADER, canvas.page, free=True)
    kit.rays(canvas, (0, 0, WIDE, HEADER), strip, 0.07)
    canvas.gradient_words((WIDE / 2, 76), story.title, HEAD, kit.GILT, strip)
    canvas.words((WIDE / 2, 128), story.under, UNDER, strip, "m", WIDE - 2 * EDGE)
    sheet = kit.card(canvas, (EDGE, TOP, WIDE - EDGE, TOP + lanes), canvas.page)
    _days(canvas, story, sheet)
    _limits(canvas, story, sheet)
    _lanes(canvas, story, sheet)
    below = kit.card(canvas, (EDGE, TOP + lanes + 28, WIDE - EDGE, high - EDGE), canvas.page)
    _words(canvas, story, TOP + lanes + 28 + 32, rows, below)
    return canvas


def _x(story: Story, at: datetime) -> float:
    return LEFT + (RIGHT - LEFT) * ((at - story.begins) / (story.ends - story.begins))


def _days(canvas: Canvas, story: Story, sheet: Drawn) -> None:
    """The hours that are worked, and over each day its date."""
    top, foot = TOP + DAYS, TOP + DAYS + LANE * len(LANES)
    for begins, ends in story.worked:
        canvas.panel((_x(story, begins), top, _x(story, ends), foot), WORK, sheet, free=True)
    day = story.begins
    while day < story.ends:
        left, right = _x(story, day), _x(story, day + timedelta(days=1))
        canvas.panel((left, TOP + 24, left + 2, foot), kit.LINE, sheet, free=True)
        said = f"{day.month}月{day.day}日 周{WEEKDAYS[day.weekday()]}"
        canvas.words(((left + right) / 2, TOP + 48), said, DAY, sheet, "m", right - left - 12)
        day += timedelta(days=1)


def _limits(canvas: Canvas, story: Story, sheet: Drawn) -> None:
    foot = TOP + DAYS + LANE * len(LANES)
    for (at, name), anchor in zip(story.limits, "rl", strict=False):
        if story.begins <= at <= story.ends:
            x = _x(story, at)
            canvas.panel((x - 2, TOP + DAYS - 8, x + 2, foot), kit.RED, sheet, free=True)
            canvas.words((x + (8 if anchor == "l" else -8), TOP + DAYS - 16), name, LIMIT, sheet, anchor)


def _lanes(canvas: Canvas, story: Story, sheet: Drawn) -> None:
    """A line for each person with the numbers of what they did or heard; what would cover another is put beside it."""
    for place, (lane, name) in enumerate(LANES.items()):
        y = TOP + DAYS + LANE * (place + 0.5)
        canvas.words((EDGE + 30, centred(y, WHO)), name, WHO, sheet)
        canvas.panel((LEFT, y - 1, RIGHT, y + 1), kit.LINE, sheet, free=True)
        marks = [(number, mark) for number, mark in enumerate(story.marks, 1) if lane in mark.lanes]
        for x, (number, mark) in zip(_places(story, [mark.at for _, mark in marks]), marks, strict=True):
            _dot(canvas, (x, y), number, mark, sheet)


def _places(story: Story, times: Sequence[datetime]) -> Sequence[float]:
    """Where the dots of a lane stand: none covers another, none leaves the lane."""
    apart = 2 * DOT + 2
    places: list[float] = []
    for at in times:
        places.append(max(_x(story, at), places[-1] + apart if places else LEFT))
    for place, right in zip(reversed(range(len(places))), count(RIGHT - DOT, -apart), strict=False):
        places[place] = min(places[place], right)
    return places


def _dot(canvas: Canvas, middle: tuple[float, float], number: int, mark: Mark, sheet: Drawn) -> None:
    x, y = middle
    colour = COLOURS[mark.kind]
    dot = canvas.panel((x - DOT, y - DOT, x + DOT, y + DOT), colour, sheet, DOT, free=True)
    canvas.words((x, centred(y, NUMBER)), str(number), NUMBER, dot, "m")


def _words(canvas: Canvas, story: Story, top: float, rows: int, sheet: Drawn) -> None:
    """Every mark by its number: when, what, to whom."""
    wide = (WIDE - 2 * EDGE - 40) / COLUMNS
    for place, mark in enumerate(story.marks):
        left, y = EDGE + 30 + wide * (place // rows), top + ROW * (place % rows + 0.5)
        _dot(canvas, (left + DOT, y), place + 1, mark, sheet)
        at = mark.at.astimezone(story.zone)
        when = f"{at.month}月{at.day}日 {at.hour}:{at.minute:02d}"
        canvas.words((left + 44, centred(y, WHEN)), when, WHEN, sheet, room=150)
        who = "" if mark.kind != "told" else f"：{_named(mark.lanes)}"
        ink = replace(WORDS, colour=kit.GREY) if mark.kind == "dropped" else WORDS
        canvas.words((left + 206, centred(y, ink)), f"{mark.words}{who}", ink, sheet, room=wide - 216)


def _named(lanes: Sequence[str]) -> str:
    return "、".join(LANES[lane] for lane in lanes)
