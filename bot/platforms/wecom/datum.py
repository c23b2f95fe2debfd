"""Positions between WGS-84, which is stored, and GCJ-02, in which maps in China count."""

from dataclasses import dataclass
from math import cos, pi, radians, sin, sqrt
from typing import Final

_AXIS: Final = 6_378_245.0  # metres, and the square of the eccentricity: Krasovsky's ellipsoid
_E2: Final = 0.006_693_421_622_965_943_23
_ROUNDS: Final = 10
_SOUTH, _NORTH, _WEST, _EAST = 0.8293, 55.8271, 72.004, 137.8347  # the box in which GCJ-02 is shifted


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees."""

    lat: float
    lon: float


def to_gcj02(point: Point) -> Point:
    """Where a map in China shows a WGS-84 position; unchanged outside its box."""
    if not (_SOUTH <= point.lat <= _NORTH and _WEST <= point.lon <= _EAST):
        return point
    x, y, lat = point.lon - 105, point.lat - 35, radians(point.lat)
    m = 1 - _E2 * sin(lat) ** 2
    north = _metres_north(x, y) / (_AXIS * (1 - _E2) / (m * sqrt(m)))
    east = _metres_east(x, y) / (_AXIS / sqrt(m) * cos(lat))
    return Point(point.lat + north * 180 / pi, point.lon + east * 180 / pi)


def to_wgs84(point: Point) -> Point:
    """The WGS-84 position that a map in China shows at `point`; right to less than a centimetre."""
    guess = point
    for _ in range(_ROUNDS):
        shown = to_gcj02(guess)
        guess = Point(guess.lat - (shown.lat - point.lat), guess.lon - (shown.lon - point.lon))
    return guess


def _metres_north(x: float, y: float) -> float:
    waves = 20 * sin(pi * y) + 40 * sin(pi * y / 3) + 160 * sin(pi * y / 12) + 320 * sin(pi * y / 30)
    return -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + _ripple(x) + waves * 2 / 3


def _metres_east(x: float, y: float) -> float:
    waves = 20 * sin(pi * x) + 40 * sin(pi * x / 3) + 150 * sin(pi * x / 12) + 300 * sin(pi * x / 30)
    return 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + _ripple(x) + waves * 2 / 3


def _ripple(x: float) -> float:
    return (20 * sin(6 * pi * x) + 20 * sin(2 * pi * x)) * 2 / 3
