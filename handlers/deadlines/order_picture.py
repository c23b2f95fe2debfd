"""Draws a supervision order in the image worker: one page of A4 proportions to be printed and signed. No seal, no emblem."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.render import kit
from bot.render.canvas import Canvas, centred
from bot.render.colour import WHITE, Colour
from bot.render.fonts import Role
from bot.render.marks import Mark
from bot.render.text import ELLIPSIS, Line, Span, Style, fit, width, wrap

LIMIT_BYTES: Final = 500_000
SIZE: Final = (1080, 1528)
LEFT: Final = 104
RIGHT: Final = SIZE[0] - LEFT
LABEL: Final = 184  # width of the first column
CELL: Final = 26  # from a cell's rim to its words
TOP: Final = 406  # of the table
FOOT: Final = 1286  # nothing of the case reaches below
MOST_ROWS: Final = 9
SPREAD: Final = 6  # letters of a title that may stand far apart
SIZES: Final = ((32, 4), (30, 4), (28, 4), (26, 4), (24, 4), (22, 4))  # of letters, and the most lines of a row
SMALLEST: Final = (20, 2)

RED: Final[Colour] = (186, 24, 28)
RULE: Final[Colour] = (201, 178, 150)
SHADE: Final[Colour] = (252, 245, 234)

TITLE: Final = Style(Role.TITLE, 104, RED, track=34)
NUMBER: Final = Style(Role.TEXT, 30, kit.GREY)
TO: Final = Style(Role.BOLD, 38, kit.INK)
HEAD: Final = Style(Role.BOLD, 32, kit.INK, track=2)
VALUE: Final = Style(Role.SERIF, 32, kit.INK)
ASK: Final = Style(Role.KAI, 36, kit.INK)
SIGN: Final = Style(Role.BOLD, 32, kit.INK)
DATE: Final = Style(Role.TEXT, 30, kit.INK)


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    lines: list[Line]
    high: float


@dataclass(frozen=True, slots=True)
class _Body:
    """The table and what is asked, set in one size of letters."""

    size: int
    rows: list[_Row]
    ask: list[Line]

    @property
    def leading(self) -> float:
        return self.size * 1.42

    @property
    def ask_leading(self) -> float:
        return self.size * 1.74

    @property
    def high(self) -> float:
        return sum(row.high for row in self.rows) + 116 + len(self.ask) * self.ask_leading


def supervision(arguments: str, _pictures: Sequence[bytes]) -> bytes:
    """The order of `handlers.deadlines.order.picture`."""
    return page({name: str(value) for name, value in json.loads(arguments).items()})


def page(words: Mapping[str, str]) -> bytes:
    """The page as JPEG. Rows are `row1_label`, `row1` and so on; what is missing leaves no gap."""
    return draw(words).jpeg(LIMIT_BYTES)


def draw(words: Mapping[str, str]) -> Canvas:
    """The page on its canvas, with the draw log."""
    canvas = Canvas(SIZE, WHITE)
    frame = canvas.panel((36, 36, SIZE[0] - 36, SIZE[1] - 36), WHITE, canvas.page, outline=RED, line=5)
    inner = canvas.panel((49, 49, SIZE[0] - 49, SIZE[1] - 49), WHITE, frame, outline=kit.GOLD_LIGHT)
    _head(canvas, words, inner)
    body = _body(words)
    bottom = _table(canvas, body, inner)
    _ask(canvas, bottom, words["ask_label"], body, inner)
    _foot(canvas, words, inner)
    return canvas


def _head(canvas: Canvas, words: Mapping[str, str], inner: Mark) -> None:
    spread = TITLE if len(words["title"]) <= SPREAD else replace(TITLE, track=2)
    title, style = fit(words["title"], spread, RIGHT - LEFT)
    canvas.words((SIZE[0] / 2, 204), title, style, inner, "m")
    canvas.panel((LEFT, 244, RIGHT, 249), RED, inner)
    canvas.panel((LEFT, 255, RIGHT, 257), kit.GOLD, inner)
    canvas.words((RIGHT, 306), f"{words['number_label']}  {words['number']}", NUMBER, inner, "r", RIGHT - LEFT)
    to = f"{words['to_label']}  "
    canvas.words((LEFT, 372), to, TO, inner)
    canvas.words(
        (LEFT + width(to, TO), 372), words["to"], replace(TO, colour=RED), inner, room=RIGHT - LEFT - width(to, TO)
    )


def _body(words: Mapping[str, str]) -> _Body:
    """In the largest letters in which everything has its room; in the smallest what is asked is cut to it."""
    pairs = [(words[f"row{n}_label"], words[f"row{n}"]) for n in range(1, MOST_ROWS + 1) if words.get(f"row{n}")]
    for size, most in SIZES:
        body = _set(pairs, words["ask"], size, most)
        if TOP + body.high <= FOOT:
            return body
    least = _set(pairs, words["ask"], *SMALLEST)
    over = max(0, math.ceil((TOP + least.high - FOOT) / least.ask_leading))
    return replace(least, ask=_cut(least.ask, max(1, len(least.ask) - over)))


def _set(pairs: Sequence[tuple[str, str]], ask: str, size: int, most: int) -> _Body:
    style, room = replace(VALUE, size=size), RIGHT - LEFT - LABEL - 2 * CELL
    rows: list[_Row] = []
    for label, value in pairs:
        lines = _cut(wrap([Span(value, style)], room), most)
        rows.append(_Row(label, lines, 2 * round(size * 0.52) + len(lines) * size * 1.42))
    asked = replace(ASK, size=round(size * 1.12))
    return _Body(size, rows, wrap([Span(ask, asked)], RIGHT - LEFT, indent=2 * asked.size))


def _cut(lines: list[Line], most: int) -> list[Line]:
    """At most so many lines; the last one says that there was more."""
    if len(lines) <= most:
        return lines
    last = lines[most - 1].pieces[-1]
    ended = replace(last, text=last.text.rstrip()[:-1] + ELLIPSIS)
    return [*lines[: most - 1], replace(lines[most - 1], pieces=(*lines[most - 1].pieces[:-1], ended))]


def _table(canvas: Canvas, body: _Body, inner: Mark) -> float:
    """Labels in a shaded column, values beside them; returns where it ends."""
    if not body.rows:
        return TOP - 28
    high = sum(row.high for row in body.rows)
    sheet = canvas.panel((LEFT, TOP, RIGHT, TOP + high), WHITE, inner, outline=RULE)
    shade = canvas.panel((LEFT + 2, TOP + 2, LEFT + LABEL, TOP + high - 2), SHADE, sheet, free=True)
    canvas.panel((LEFT + LABEL, TOP, LEFT + LABEL + 2, TOP + high), RULE, sheet, free=True)
    top = float(TOP)
    for place, row in enumerate(body.rows):
        if place:
            canvas.panel((LEFT, top - 1, RIGHT, top + 1), RULE, sheet, free=True)
        head = replace(HEAD, size=min(HEAD.size, body.size))
        middle = top + row.high / 2
        canvas.words((LEFT + LABEL / 2, centred(middle, head)), row.label, head, shade, "m", LABEL - 28)
        first = middle - (len(row.lines) - 1) * body.leading / 2
        canvas.paragraph(
            (LEFT + LABEL + CELL, centred(first, replace(VALUE, size=body.size))), row.lines, body.leading, sheet
        )
        top += row.high
    return top


def _ask(canvas: Canvas, bottom: float, label: str, body: _Body, inner: Mark) -> None:
    canvas.panel((LEFT, bottom + 40, LEFT + 9, bottom + 76), RED, inner, 4)
    canvas.words((LEFT + 26, centred(bottom + 58, HEAD)), label, HEAD, inner, room=RIGHT - LEFT - 30)
    canvas.paragraph((LEFT, bottom + 92 + body.size * 1.3), body.ask, body.ask_leading, inner)


def _foot(canvas: Canvas, words: Mapping[str, str], inner: Mark) -> None:
    """A line to sign on at the left, who sends it and when at the right."""
    label, style = fit(words["sign_label"], SIGN, 220)
    canvas.words((LEFT, 1432), label, style, inner)
    begin = LEFT + width(label, style) + 16
    canvas.panel((begin, 1438, begin + 230, 1440), kit.INK, inner)
    room = RIGHT - begin - 230 - 40
    canvas.words((RIGHT, 1376), words["sign"], SIGN, inner, "r", RIGHT - LEFT)
    canvas.words((RIGHT, 1432), words["date"], DATE, inner, "r", room)
