"""The draw log: what was drawn where, in which colours, and the layout faults that can be read from it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Final

from bot.render.colour import Colour, contrast

Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels

READABLE: Final = 4.5  # least contrast of words (source: WCAG 2.2, level AA)
SLACK: Final = 1.0  # pixels; anti-aliased edges reach over by less than this


class Kind(StrEnum):
    """What a mark is."""

    BOX = "box"
    WORDS = "words"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing on the canvas.

    `inside` is the number of the mark that must contain it; `free` marks may lie over their neighbours. For words,
    `box` is the ink, `ink` the part of their colour that reads worst, `ground` the worst spot beneath them, `size`
    pixels an em.
    """

    number: int
    kind: Kind
    box: Box
    inside: int | None = None
    free: bool = False
    words: str = ""
    size: int = 0
    ink: Colour | None = None
    ground: Colour | None = None


def faults(log: Sequence[Mark]) -> list[str]:
    """Every fault of a layout in words; an empty list for a clean one."""
    return [*_outside(log), *_overlaps(log), *_faint(log)]


def _outside(log: Sequence[Mark]) -> Iterator[str]:
    by_number = {mark.number: mark for mark in log}
    for mark in log:
        if mark.inside is not None and not contains(by_number[mark.inside].box, mark.box):
            yield f"outside: {_name(mark)} {mark.box} leaves {_name(by_number[mark.inside])}"


def _overlaps(log: Sequence[Mark]) -> Iterator[str]:
    for first, second in combinations([mark for mark in log if not mark.free], 2):
        if first.inside == second.inside and meet(first.box, second.box):
            yield f"overlap: {_name(first)} {first.box} and {_name(second)} {second.box}"


def _faint(log: Sequence[Mark]) -> Iterator[str]:
    for mark in log:
        if mark.ink and mark.ground and (ratio := contrast(mark.ink, mark.ground)) < READABLE:
            yield f"faint: {_name(mark)} has contrast {ratio:.2f}, {mark.ink} on {mark.ground}"


def whole(box: Box) -> tuple[int, int, int, int]:
    """The box with its edges rounded to pixels."""
    return round(box[0]), round(box[1]), round(box[2]), round(box[3])


def contains(outer: Box, inner: Box) -> bool:
    """Whether the inner box lies in the outer one, to within a pixel."""
    return (
        inner[0] >= outer[0] - SLACK
        and inner[1] >= outer[1] - SLACK
        and inner[2] <= outer[2] + SLACK
        and inner[3] <= outer[3] + SLACK
    )


def meet(first: Box, second: Box) -> bool:
    """Whether two boxes share more than a pixel's rim."""
    across = min(first[2], second[2]) - max(first[0], second[0])
    down = min(first[3], second[3]) - max(first[1], second[1])
    return across > SLACK and down > SLACK


def _name(mark: Mark) -> str:
    return f"{mark.kind} {mark.number} {mark.words!r}" if mark.words else f"{mark.kind} {mark.number}"
