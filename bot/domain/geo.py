"""Geometry on the county's map: distances in metres, rings, which place is near and which grid a point is in.

All positions are WGS-84. A ring is closed (first point == last) and its edge belongs to it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import asin, cos, hypot, radians, sin, sqrt

from bot.domain.rulebook import Grid, Place, Point

_EARTH_M = 6_371_008.8  # mean radius, IUGG
_ON_EDGE = 1e-12  # square degrees: far below the rounding of a stored position
_SAMPLES_PER_EDGE = 8


def metres(a: Point, b: Point) -> float:
    """Great-circle distance of two points (haversine)."""
    height = sin(radians(b.lat - a.lat) / 2) ** 2
    width = sin(radians(b.lon - a.lon) / 2) ** 2
    return 2 * _EARTH_M * asin(min(1.0, sqrt(height + cos(radians(a.lat)) * cos(radians(b.lat)) * width)))


def metres_to_line(point: Point, line: Sequence[Point]) -> float:
    """Distance from `point` to the nearest spot of a line; right to a metre within some tens of kilometres.

    Raises:
        ValueError: the line has no point.
    """
    if not line:
        raise ValueError("a line without points is nowhere")
    if len(line) == 1:
        return metres(point, line[0])
    return min(_metres_to_stretch(point, a, b) for a, b in pairwise(line))


def inside(point: Point, ring: Sequence[Point]) -> bool:
    """Whether `point` lies in the ring or on its edge; never in a ring of fewer than three corners."""
    if len(ring) < 4:
        return False
    odd = False
    for a, b in pairwise(ring):
        if _on_edge(point, a, b):
            return True
        if (a.lat > point.lat) != (b.lat > point.lat):
            crossing = a.lon + (b.lon - a.lon) * (point.lat - a.lat) / (b.lat - a.lat)
            odd ^= point.lon < crossing
    return odd


def metres_to_place(point: Point, place: Place) -> float:
    """Distance to a place; to the nearest spot of a road or bridge, not to its middle."""
    direct = metres(point, place.at)
    return min(direct, metres_to_line(point, place.line)) if place.line else direct


def nearest(point: Point, places: Iterable[Place], *, within_m: float) -> tuple[tuple[Place, float], ...]:
    """The places at most `within_m` metres away with their distance in metres, nearest first."""
    measured = ((place, metres_to_place(point, place)) for place in places)
    return tuple(sorted((found for found in measured if found[1] <= within_m), key=lambda found: found[1]))


def grid_of(point: Point, grids: Iterable[Grid]) -> Grid | None:
    """The grid `point` lies in: the first one given where two touch, None where none reaches."""
    return next((grid for grid in grids if inside(point, grid.ring)), None)


def in_county(point: Point, boundary: Sequence[Point], grids: Iterable[Grid]) -> bool:
    """Whether `point` lies in the county at all: within its boundary or, where none is drawn, in one of its grids."""
    return inside(point, boundary) if boundary else grid_of(point, grids) is not None


def crosses_itself(ring: Sequence[Point]) -> bool:
    """Whether two edges of a closed ring meet anywhere but at the corner they share."""
    edges = list(pairwise(ring))
    last = len(edges) - 1
    for i, first in enumerate(edges):
        for j in range(i + 1, len(edges)):
            neighbours = j == i + 1 or (i == 0 and j == last)
            if _meet(first, edges[j], neighbours=neighbours):
                return True
    return False


def overlap(a: Sequence[Point], b: Sequence[Point], *, deeper_than_m: float) -> bool:
    """Whether one ring reaches into the other by more than `deeper_than_m` metres.

    Found by sampling both edges and both middles, so that the slivers two surveys leave between neighbours are no
    overlap.
    """
    return _reaches_into(a, b, deeper_than_m) or _reaches_into(b, a, deeper_than_m)


def _metres_to_stretch(point: Point, a: Point, b: Point) -> float:
    """Distance to a straight stretch, on a plane that touches the earth at `point`."""
    ax, ay = _flat(a, point)
    bx, by = _flat(b, point)
    length = (bx - ax) ** 2 + (by - ay) ** 2
    share = 0.0 if length == 0 else max(0.0, min(1.0, -(ax * (bx - ax) + ay * (by - ay)) / length))
    return hypot(ax + share * (bx - ax), ay + share * (by - ay))


def _flat(point: Point, origin: Point) -> tuple[float, float]:
    """Metres east and north of `origin`."""
    east = radians(point.lon - origin.lon) * cos(radians((point.lat + origin.lat) / 2))
    return _EARTH_M * east, _EARTH_M * radians(point.lat - origin.lat)


def _turn(a: Point, b: Point, c: Point) -> float:
    """Positive where the way a → b → c turns left, zero on a straight line; in square degrees."""
    return (b.lon - a.lon) * (c.lat - a.lat) - (b.lat - a.lat) * (c.lon - a.lon)


def _on_edge(point: Point, a: Point, b: Point) -> bool:
    return abs(_turn(a, b, point)) <= _ON_EDGE and _between(point, a, b)


def _between(point: Point, a: Point, b: Point) -> bool:
    lats, lons = sorted((a.lat, b.lat)), sorted((a.lon, b.lon))
    return lats[0] <= point.lat <= lats[1] and lons[0] <= point.lon <= lons[1]


def _meet(first: tuple[Point, Point], second: tuple[Point, Point], *, neighbours: bool) -> bool:
    """Whether two edges meet; neighbours share a corner and meet only by running back over each other."""
    (a, b), (c, d) = first, second
    if neighbours:
        loose = [point for point in (a, b) if point not in (c, d)] + [point for point in (c, d) if point not in (a, b)]
        return len(loose) < 2 or _on_edge(loose[0], c, d) or _on_edge(loose[1], a, b)
    if _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0:
        return True
    return _on_edge(c, a, b) or _on_edge(d, a, b) or _on_edge(a, c, d) or _on_edge(b, c, d)


def _reaches_into(a: Sequence[Point], b: Sequence[Point], deeper_than_m: float) -> bool:
    lats, lons = [point.lat for point in b], [point.lon for point in b]
    return any(
        min(lats) < point.lat < max(lats)
        and min(lons) < point.lon < max(lons)
        and inside(point, b)
        and metres_to_line(point, b) > deeper_than_m
        for point in _samples(a)
    )


def _samples(ring: Sequence[Point]) -> Iterator[Point]:
    corners = ring[:-1]
    yield Point(sum(p.lat for p in corners) / len(corners), sum(p.lon for p in corners) / len(corners))
    for a, b in pairwise(ring):
        for step in range(_SAMPLES_PER_EDGE):
            share = step / _SAMPLES_PER_EDGE
            yield Point(a.lat + (b.lat - a.lat) * share, a.lon + (b.lon - a.lon) * share)
