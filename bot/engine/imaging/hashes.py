"""Perceptual hashes of 64 bits, on grey levels; pure, so that the bot can compare them without opening pictures."""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Final

DHASH_SIZE: Final = (9, 8)
PHASH_SIZE: Final = (32, 32)

_SIDE: Final = PHASH_SIZE[0]
_KEPT: Final = 8  # lowest frequencies a side
_WAVES: Final = tuple(
    tuple(math.cos(math.pi * frequency * (2 * at + 1) / (2 * _SIDE)) for at in range(_SIDE))
    for frequency in range(_KEPT)
)


def dhash(levels: bytes) -> str:
    """Difference hash: whether the picture gets darker from left to right; `levels` is 9 × 8, row by row."""
    wide, high = DHASH_SIZE
    rows = [levels[wide * row : wide * (row + 1)] for row in range(high)]
    return _hex([left > right for row in rows for left, right in pairwise(row)])


def phash(levels: bytes) -> str:
    """Frequency hash: which of the 64 lowest cosine terms are above their median; `levels` is 32 × 32, row by row.

    The mean brightness (the first term) does not count: its bit is always 0.
    """
    rows = [levels[_SIDE * row : _SIDE * (row + 1)] for row in range(_SIDE)]
    across = [[_along(row, wave) for row in rows] for wave in _WAVES]
    # Whole numbers: a frequency that is not there is 0, not what is left of its rounding.
    terms = [round(_along(column, wave)) for wave in _WAVES for column in across]
    middle = median(terms[1:])
    return _hex([False, *(term > middle for term in terms[1:])])


def distance(one: str, other: str) -> int:
    """In how many of 64 bits two hashes differ; up to 8 is a near copy."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _along(values: Sequence[float], wave: Sequence[float]) -> float:
    return sum(value * height for value, height in zip(values, wave, strict=True))


def _hex(bits: Sequence[bool]) -> str:
    return f"{int(''.join('1' if bit else '0' for bit in bits), 2):016x}"
