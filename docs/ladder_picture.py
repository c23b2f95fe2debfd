"""Draws the ladder of reminders from the county's data: one panel a clock, in it who is told at each step, and a lane a severity.

Run by `make docs-pictures`; `python -m docs.ladder_picture FOLDER` draws that of another county folder.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

from bot import county
from bot.domain.ladder import At, Leg, Moment, Step, To
from bot.domain.limits import Limit, Unit
from bot.domain.rulebook import Rulebook, Severity
from bot.render import kit
from bot.render.canvas import Canvas, centred
from bot.render.colour import WHITE, Colour
from bot.render.fonts import Role
from bot.render.marks import Mark
from bot.render.text import Line, Span, Style, width, wrap

PICTURE: Final = Path(__file__).parent / "pictures" / "ladder.png"
WIDE: Final = 1080
EDGE: Final = 32
PAD: Final = 28
LEFT: Final = EDGE + PAD
RIGHT: Final = WIDE - LEFT
NAMES: Final = 148  # width of the column that names people and severities
HEADER: Final = 214
TOP: Final = 176  # of the first panel
TITLE: Final = 84
STEPS: Final = 112  # where the steps are named
PERSON: Final = 56
LANE: Final = 84
OTHERS: Final = 112
GAP: Final = 28

PEOPLE: Final = {
    To.LEAD_OFFICE: "牵头单位", To.LEADER: "分管领导", To.DEPUTY: "替岗", To.CONTACT: "承办人",
    To.GROUP: "工作群", To.NEXT_RIDER: "下一名骑手", To.COMMUNITY: "社区", To.REPORTER: "上报人",
}  # fmt: skip
PANELS: Final = {Leg.ACCEPT: "没人接收", Leg.RESOLVE: "没有办结"}
UNITS: Final = {
    Unit.MINUTE: "分钟", Unit.HOUR: "小时", Unit.DAY: "天", Unit.WORKING_MINUTE: "工作分钟",
    Unit.WORKING_HOUR: "工作小时", Unit.WORKING_DAY: "工作日",
}  # fmt: skip
COLOURS: Final[Mapping[To, Colour]] = {
    To.LEAD_OFFICE: (158, 18, 24), To.LEADER: (176, 66, 16), To.DEPUTY: (132, 90, 24), To.CONTACT: (92, 80, 72),
    To.GROUP: (40, 110, 84),
}  # fmt: skip
LANES: Final[Mapping[Severity, Colour]] = {
    Severity.P1: (158, 18, 24), Severity.P2: (180, 74, 20), Severity.P3: (134, 94, 26), Severity.P4: (92, 80, 72),
}  # fmt: skip
SAND: Final[Colour] = (252, 244, 231)
STAIR: Final[Colour] = (240, 208, 138)
LIMIT_GROUND: Final[Colour] = (253, 232, 214)

HEAD: Final = Style(Role.TITLE, 62, kit.PALE, track=4)
UNDER: Final = Style(Role.TEXT, 29, kit.PALE)
NAME: Final = Style(Role.BOLD, 38, kit.INK, track=1)
FROM: Final = Style(Role.TEXT, 25, kit.GREY)
STEP: Final = Style(Role.BOLD, 25, kit.INK)
LEVEL: Final = Style(Role.BOLD, 21, WHITE)
WHO: Final = Style(Role.BOLD, 27, kit.INK)
WHEN: Final = Style(Role.BOLD, 26, kit.INK)
LEAST: Final = Style(Role.TEXT, 22, kit.GREY)
OTHER: Final = Style(Role.BOLD, 27, kit.INK)
OTHER_WHEN: Final = Style(Role.TEXT, 25, kit.INK)


@dataclass(frozen=True, slots=True)
class Column:
    """A step, or one of its moments where it has several."""

    step: Step
    moment: int

    def at(self, severity: Severity) -> Moment | None:
        moments = self.step.moments.get(severity, ())
        return moments[self.moment] if self.moment < len(moments) else None


def main() -> None:
    book = county.load(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    PICTURE.parent.mkdir(exist_ok=True)
    small = draw(book).image.quantize(256, dither=Image.Dither.NONE)
    small.save(PICTURE, optimize=True)


def draw(book: Rulebook) -> Canvas:
    """The whole page, with the draw log."""
    panels = {leg: columns(book, leg) for leg in PANELS}
    others = [step for step in book.ladder.steps if step.leg not in PANELS]
    high = TOP + sum(_panel_high(book, found) + GAP for found in panels.values()) + _others_high(others) + EDGE
    canvas = Canvas((WIDE, high), kit.CREAM)
    _header(canvas)
    top = TOP
    for leg, found in panels.items():
        _panel(canvas, top, leg, found, book)
        top += _panel_high(book, found) + GAP
    if others:
        _others(canvas, top, others, book)
    return canvas


def columns(book: Rulebook, leg: Leg) -> list[Column]:
    """The steps of a clock in the order of the file."""
    return [
        Column(step, moment)
        for step in book.ladder.steps
        if step.leg is leg
        for moment in range(max(len(moments) for moments in step.moments.values()))
    ]


def told(found: Sequence[Column]) -> list[To]:
    """Everybody a clock tells, from the top of the ladder down."""
    return [who for who in PEOPLE if any(who in column.step.to for column in found)]


def spoken(moment: Moment) -> str:
    """When a moment is, in a few words."""
    length = "" if moment.length is None else said(moment.length)
    match moment.at:
        case At.NOW:
            return "立即"
        case At.WORKING:
            return "上班时间"
        case At.DIGEST:
            return "早间清单"
        case At.SHARE:
            return "过半" if moment.share == 50 else f"过 {moment.share}%"
        case At.EVERY:
            return f"每 {length}"
        case At.LIMIT if not length:
            return "到时限"
        case At.LIMIT:
            return f"超 {length}" if moment.sign > 0 else f"剩 {length}"
        case At.AFTER:
            return length


def said(limit: Limit) -> str:
    return f"{limit.amount} {UNITS[limit.unit]}"


def _header(canvas: Canvas) -> None:
    strip = canvas.panel((0, 0, WIDE, HEADER), kit.HEADER, canvas.page, free=True)
    kit.rays(canvas, (0, 0, WIDE, HEADER), strip, 0.07)
    canvas.gradient_words((WIDE / 2, 82), "没人动，就往上一级", HEAD, kit.GILT, strip)
    canvas.words((WIDE / 2, 136), "一有动作就停；同一件事不催两遍", UNDER, strip, "m")


def _panel_high(book: Rulebook, found: Sequence[Column]) -> int:
    return TITLE + STEPS + PERSON * len(told(found)) + 30 + LANE * len(book.severities) + 22


def _panel(canvas: Canvas, top: int, leg: Leg, found: Sequence[Column], book: Rulebook) -> None:
    sheet = kit.card(canvas, (EDGE, top, WIDE - EDGE, top + _panel_high(book, found)), canvas.page)
    canvas.panel((LEFT, top + 30, LEFT + 9, top + 68), kit.RED, sheet, 4)
    canvas.words((LEFT + 26, centred(top + 49, NAME)), PANELS[leg], NAME, sheet)
    canvas.words((RIGHT, centred(top + 49, FROM)), "从转办算起，按默认时限", FROM, sheet, "r")
    wide = (RIGHT - LEFT - NAMES) / len(found)
    middles = [LEFT + NAMES + wide * (place + 0.5) for place in range(len(found))]
    _steps(canvas, top + TITLE, found, middles, sheet)
    _people(canvas, top + TITLE + STEPS, found, middles, sheet)
    lanes = top + TITLE + STEPS + PERSON * len(told(found)) + 30
    for place, severity in enumerate(book.severities):
        _lane(canvas, lanes + place * LANE, severity, leg, found, middles, book, sheet)


def _steps(canvas: Canvas, top: float, found: Sequence[Column], middles: Sequence[float], sheet: Mark) -> None:
    """Each step's name in two or three lines, above it its level."""
    room = middles[1] - middles[0] - 18 if len(middles) > 1 else 400
    for column, middle in zip(found, middles, strict=True):
        if column.step.level:
            fill = COLOURS[_highest(column.step)]
            kit.pill(canvas, (middle, top + 16), column.step.level, LEVEL, sheet, fill, "m")
        several = sum(other.step is column.step for other in found) > 1
        name = f"{column.step.name}{'①②③④'[column.moment]}" if several else column.step.name
        for number, line in enumerate(_broken(name, STEP, room)[:2]):
            canvas.paragraph((middle - line.width / 2, top + 62 + number * 32), [line], 32, sheet)


def _broken(name: str, style: Style, room: float) -> list[Line]:
    """The name on as few lines as it needs, broken after a comma where it has one."""
    parts = name.split("，") if width(name, style) > room else [name]
    return [line for part in parts for line in wrap([Span(part, style)], room)]


def _people(canvas: Canvas, top: float, found: Sequence[Column], middles: Sequence[float], sheet: Mark) -> None:
    """A row a person: a dot where a step tells them. A line climbs along the highest."""
    rows = {who: top + PERSON * (place + 0.5) for place, who in enumerate(told(found))}
    ground = canvas.panel((LEFT, top, RIGHT, top + PERSON * len(rows)), SAND, sheet, 16)
    heights = [rows[_highest(column.step)] for column in found if column.step.to]
    _stairs(canvas, list(zip(middles, heights, strict=True)), ground)
    for who, y in rows.items():
        canvas.words(
            (LEFT + 18, centred(y, WHO)),
            PEOPLE[who],
            replace(WHO, colour=COLOURS.get(who, kit.INK)),
            ground,
            room=NAMES,
        )
        for column, x in zip(found, middles, strict=True):
            if who in column.step.to:
                canvas.panel((x - 15, y - 15, x + 15, y + 15), COLOURS.get(who, kit.GREY), ground, 15, free=True)
            else:
                canvas.panel((x - 3, y - 3, x + 3, y + 3), kit.LINE, ground, 3, free=True)


def _highest(step: Step) -> To:
    """Who of those told stands highest."""
    return next(who for who in PEOPLE if who in step.to)


def _stairs(canvas: Canvas, points: Sequence[tuple[float, float]], ground: Mark) -> None:
    box = ground.box

    def paint(draw: ImageDraw.ImageDraw, scale: float) -> None:
        path = [((x - box[0]) * scale, (y - box[1]) * scale) for x, y in points]
        for (x, y), (right, up) in pairwise(path):
            middle = (x + right) / 2
            draw.line([(x, y), (middle, y), (middle, up), (right, up)], fill=255, width=round(8 * scale), joint="curve")

    canvas.shape(box, paint, STAIR, ground, free=True)


def _lane(
    canvas: Canvas, top: float, severity: Severity, leg: Leg, found: Sequence[Column], middles: Sequence[float],
    book: Rulebook, sheet: Mark,
) -> None:  # fmt: skip
    """A severity: its name and limit, and on a line when each step comes."""
    level, colour = book.severities[severity], LANES[severity]
    y = top + 54
    limit = level.accept if leg is Leg.ACCEPT else level.resolve
    kit.pill(canvas, (LEFT, top + 24), level.name, replace(LEVEL, size=25), sheet, colour, room=NAMES - 16)
    canvas.words((LEFT, top + 72), f"限 {said(limit)}", LEAST, sheet, room=NAMES - 10)
    canvas.panel((middles[0] - 40, y - 2, RIGHT, y + 2), kit.LINE, sheet, free=True)
    for column, middle in zip(found, middles, strict=True):
        moment = column.at(severity)
        if moment is None:
            continue
        if moment.at in (At.LIMIT, At.AFTER) and not moment.sign and moment.length in (None, limit):
            half = (RIGHT - LEFT - NAMES) / len(found) / 2 - 4
            canvas.panel((middle - half, top + 4, middle + half, top + LANE - 10), LIMIT_GROUND, sheet, 12, free=True)
        room = (RIGHT - LEFT - NAMES) / len(found) - 14
        canvas.words((middle, top + 36), spoken(moment), WHEN, sheet, "m", room)
        canvas.panel((middle - 8, y - 8, middle + 8, y + 8), colour, sheet, 8, free=True)


def _others_high(others: Sequence[Step]) -> int:
    return TITLE + OTHERS * len(others) + 14 if others else 0


def _others(canvas: Canvas, top: float, others: Sequence[Step], book: Rulebook) -> None:
    """The clocks that are no ladder: what is asked, whom, and under it when for each severity."""
    sheet = kit.card(canvas, (EDGE, top, WIDE - EDGE, top + _others_high(others)), canvas.page)
    canvas.panel((LEFT, top + 30, LEFT + 9, top + 68), kit.RED, sheet, 4)
    canvas.words((LEFT + 26, centred(top + 49, NAME)), "还会问一问", NAME, sheet)
    for place, step in enumerate(others):
        y = top + TITLE + place * OTHERS
        canvas.panel((LEFT, y, RIGHT, y + 2), kit.LINE, sheet)
        canvas.words((LEFT, y + 42), step.name, OTHER, sheet, room=480)
        if step.to:
            canvas.words((RIGHT, y + 42), "、".join(PEOPLE[who] for who in step.to), FROM, sheet, "r", 440)
        _whens(canvas, y + 84, step, book, sheet)


def _whens(canvas: Canvas, base: float, step: Step, book: Rulebook, sheet: Mark) -> None:
    whens = {severity: "、".join(map(spoken, moments)) for severity, moments in step.moments.items()}
    if len(whens) == len(book.severities) and len(set(whens.values())) == 1:
        canvas.words((LEFT, base), f"不分级别  {next(iter(whens.values()))}", OTHER_WHEN, sheet)
        return
    wide = (RIGHT - LEFT) / len(book.severities)
    for place, (severity, level) in enumerate(book.severities.items()):
        if severity not in whens:
            continue
        left = LEFT + place * wide
        canvas.words((left, base), level.name, replace(OTHER, size=24, colour=LANES[severity]), sheet)
        taken = width(level.name, replace(OTHER, size=24)) + 14
        canvas.words((left + taken, base), whens[severity], OTHER_WHEN, sheet, room=wide - taken - 12)


if __name__ == "__main__":
    main()
