"""Text before it is drawn: runs of one font, measured widths, fitting, Chinese line breaking."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Final

from bot.render.colour import Colour
from bot.render.fonts import Role, face, glyph

ELLIPSIS: Final = "…"
# Kinsoku: signs that never begin a line, and signs that never end one.
NEVER_FIRST: Final = frozenset("，。、；：？！）》」』】〕〉”’％%…—～·,.;:?!)]}°℃")
NEVER_LAST: Final = frozenset("（《「『【〔〈“‘([{￥$#")


@dataclass(frozen=True, slots=True)
class Style:
    """How words look: font role, size in pixels an em, colour, letter spacing in pixels."""

    role: Role
    size: int
    colour: Colour
    track: float = 0


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring characters drawn from one file; `thin` asks for a false bold."""

    file: Path
    text: str
    thin: bool


@dataclass(frozen=True, slots=True)
class Span:
    """Words in one style, part of a paragraph."""

    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of one style on a line, `x` pixels from its left end."""

    x: float
    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a broken paragraph; `width` is where its last piece ends."""

    pieces: tuple[Piece, ...]
    width: float


Letter = tuple[str, Style]


def runs(text: str, role: Role) -> list[Run]:
    """The text cut where the font changes; characters that are not seen are left out."""
    glyphs = [found for char in unicodedata.normalize("NFC", text) if (found := glyph(char, role))]
    grouped = groupby(glyphs, key=lambda found: (found.file, found.thin))
    return [Run(file, "".join(found.char for found in group), thin) for (file, thin), group in grouped]


def width(text: str, style: Style) -> float:
    """Pixels the text takes on the line, letter spacing between its characters included."""
    parts = runs(text, style.role)
    spaces = sum(len(part.text) for part in parts) - 1
    return sum(face(part.file, style.size).getlength(part.text) for part in parts) + style.track * max(0, spaces)


def fit(text: str, style: Style, room: float, smallest: float = 0.6) -> tuple[str, Style]:
    """The text and style that fit into `room` pixels: first smaller, then cut with an ellipsis.

    `smallest` is the part of the asked size that shrinking stops at.
    """
    size, least = style.size, max(1, round(style.size * smallest))
    while size > least and (taken := width(text, replace(style, size=size))) > room:
        size = max(least, min(size - 1, int(size * room / taken)))
    fitted = replace(style, size=size)
    if width(text, fitted) <= room:
        return text, fitted
    kept = text
    while kept and width(kept + ELLIPSIS, fitted) > room:
        kept = kept[:-1]
    return kept.rstrip() + ELLIPSIS, fitted


def wrap(spans: Iterable[Span], room: float, indent: float = 0, justify: bool = False) -> list[Line]:
    """The spans broken into lines of at most `room` pixels.

    A newline ends a paragraph; each paragraph begins `indent` pixels in. Latin words and numbers stay whole. With
    `justify` every line but a paragraph's last is spread to the full width.
    """
    lines: list[Line] = []
    letters = [(char, span.style) for span in spans for char in unicodedata.normalize("NFC", span.text)]
    for ends, paragraph in groupby(letters, key=lambda letter: letter[0] == "\n"):
        if ends:
            continue
        filled = list(_fill(_units(list(paragraph)), room, indent))
        for number, units in enumerate(filled):
            start = indent if number == 0 else 0.0
            spread = _spread(units, room - start) if justify and number < len(filled) - 1 else 0.0
            lines.append(_set(units, start, spread))
    return lines


def _units(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    """Groups of letters between which a line may break."""
    unit: list[Letter] = []
    for char, style in letters:
        if unit and not _glued(unit[-1][0], char):
            yield unit
            unit = []
        unit.append((char, style))
    if unit:
        yield unit


def _glued(left: str, right: str) -> bool:
    together = _latin(left) and _latin(right)
    return together or right in NEVER_FIRST or left in NEVER_LAST


def _latin(char: str) -> bool:
    return char.isascii() and not char.isspace()


def _fill(units: Iterable[list[Letter]], room: float, indent: float) -> Iterator[list[list[Letter]]]:
    line: list[list[Letter]] = []
    used = indent
    for unit in units:
        for part in _at_most(unit, room):
            taken = _length(part)
            if line and used + taken > room:
                yield line
                line, used = [], 0.0
            if line or not part[0][0].isspace():
                line.append(part)
                used += taken
    if line:
        yield line


def _at_most(unit: list[Letter], room: float) -> Iterator[list[Letter]]:
    """The unit whole, or letter by letter when it is longer than a line."""
    if _length(unit) <= room:
        yield unit
    else:
        yield from ([letter] for letter in unit)


def _length(letters: Sequence[Letter]) -> float:
    return sum(width(char, style) + style.track for char, style in letters)


def _spread(units: Sequence[list[Letter]], room: float) -> float:
    """Extra pixels after each unit; none when the line is so short that spreading would tear it."""
    left = room - sum(_length(unit) for unit in units)
    gap = left / max(1, len(units) - 1)
    return gap if gap <= units[0][0][1].size * 0.25 else 0.0


def _set(units: Sequence[list[Letter]], start: float, spread: float) -> Line:
    pieces: list[Piece] = []
    x = start
    for unit in units:
        for style, letters in groupby(unit, key=lambda letter: letter[1]):
            text = "".join(char for char, _ in letters)
            last = pieces[-1] if pieces else None
            if last and not spread and last.style == style:
                pieces[-1] = Piece(last.x, last.text + text, style)
            else:
                pieces.append(Piece(x, text, style))
            x += width(text, style) + style.track
        x += spread
    return Line(tuple(pieces), x - spread)
