"""The county's map as plain drawing values: grids, roads, waters and parks, and places with labels."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.rulebook import Place, Point, Rulebook

WIDTH: Final = 1000.0  # units of the drawing
MARGIN: Final = 40.0
LETTER: Final = 15.0  # width of a letter of a label
LINE: Final = 19.0
# What people steer by stands first, so that it keeps its label where there is no room for all.
IMPORTANT: Final = ("station", "hospital", "square", "market", "school", "office", "shops", "kindergarten", "estate")
DRAWN: Final = ("park", "lake", "river", "rail", "road", "bridge")  # later ones lie above
METRES_A_DEGREE: Final = 111_320.0

Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Frame:
    """From degrees to the drawing and back: x = (lon - west) * across, y = (north - lat) * down."""

    west: float
    north: float
    across: float
    down: float
    width: float
    height: float

    def at(self, point: Point) -> tuple[float, float]:
        """Where a point stands in the drawing."""
        return round((point.lon - self.west) * self.across, 1), round((self.north - point.lat) * self.down, 1)


@dataclass(frozen=True, slots=True)
class Shape:
    """A line or an area; `name` is "" where there is no room for it, `path` is SVG path data."""

    kind: str  # grid, park, lake, river, rail, road or bridge
    name: str
    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the drawing; `label` is "left", "right", "below", or "" where it would cover another."""

    name: str
    lat: float
    lon: float
    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class CountyMap:
    frame: Frame
    shapes: tuple[Shape, ...]
    spots: tuple[Spot, ...]

    def nearest(self, lat: float, lon: float, within_m: float = 400) -> str | None:
        """Name of the nearest place within so many metres."""
        found = min(self.spots, key=lambda spot: _metres(spot, lat, lon), default=None)
        return found.name if found and _metres(found, lat, lon) <= within_m else None


def draw_map(rulebook: Rulebook) -> CountyMap:
    """The map of a county."""
    points = [place.at for place in rulebook.places.values()]
    points += [point for grid in rulebook.grids.values() for point in grid.ring]
    frame = _frame(points)
    grids = [_shape(frame, "grid", grid.name, grid.ring) for grid in rulebook.grids.values()]
    shapes = [_shape(frame, shape.kind, shape.name, shape.points) for shape in rulebook.shapes]
    shapes += [_shape(frame, place.kind, place.name, place.line) for place in rulebook.places.values() if place.line]
    shapes.sort(key=lambda shape: DRAWN.index(shape.kind) if shape.kind in DRAWN else 0)
    lines = {shape.name for shape in shapes}
    places = [place for place in rulebook.places.values() if place.name not in lines]
    named = [_box(shape) for shape in shapes if shape.kind in {"river", "park"}]
    grids = [replace(grid, name="") if any(_overlap(_box(grid), box) for box in named) else grid for grid in grids]
    named += [_box(grid) for grid in grids if grid.name]
    named += [_along(frame, place) for place in rulebook.places.values() if len(place.line) > 1]
    return CountyMap(frame, (*grids, *shapes), tuple(_labelled(frame, places, named)))


def _frame(points: Sequence[Point]) -> Frame:
    west, east = min(p.lon for p in points), max(p.lon for p in points)
    south, north = min(p.lat for p in points), max(p.lat for p in points)
    narrow = math.cos(math.radians((south + north) / 2))
    across = (WIDTH - 2 * MARGIN) / max(east - west, 1e-6)
    down = across / narrow
    return Frame(
        west=west - MARGIN / across,
        north=north + MARGIN / down,
        across=across,
        down=down,
        width=WIDTH,
        height=round((north - south) * down + 2 * MARGIN, 1),
    )


def _shape(frame: Frame, kind: str, name: str, line: Sequence[Point]) -> Shape:
    drawn = [frame.at(point) for point in line]
    closed = "Z" if line[0] == line[-1] else ""
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in drawn) + closed
    corners = drawn[:-1] if closed else drawn
    if closed:
        x, y = (sum(part) / len(corners) for part in zip(*corners, strict=True))
    else:
        x, y = corners[len(corners) // 2]
    return Shape(kind, name, path, round(x, 1), round(y, 1))


def _labelled(frame: Frame, places: Iterable[Place], named: Sequence[Box]) -> Iterable[Spot]:
    """Places with labels that cover neither each other nor what is named; the important ones choose first."""
    ordered = sorted(places, key=lambda place: IMPORTANT.index(place.kind) if place.kind in IMPORTANT else 99)
    points = {place.id: frame.at(place.at) for place in ordered}
    taken = [*named, *((x - 5, y - 5, x + 5, y + 5) for x, y in points.values())]
    for place in ordered:
        x, y = points[place.id]
        label = ""
        for side, box in _boxes(x, y, len(place.name) * LETTER).items():
            inside = box[0] >= 0 and box[2] <= frame.width and box[1] >= 0 and box[3] <= frame.height
            if inside and not any(_overlap(box, other) for other in taken):
                label = side
                taken.append(box)
                break
        yield Spot(place.name, place.at.lat, place.at.lon, x, y, label)


def _boxes(x: float, y: float, width: float) -> dict[str, Box]:
    half = LINE / 2
    return {
        "right": (x + 7, y - half, x + 9 + width, y + half),
        "left": (x - 9 - width, y - half, x - 7, y + half),
        "below": (x - width / 2, y + 7, x + width / 2, y + 7 + LINE),
    }


def _box(shape: Shape) -> Box:
    half = len(shape.name) * LETTER / 2
    return shape.x - half, shape.y - LETTER, shape.x + half, shape.y + 4


def _along(frame: Frame, road: Place) -> Box:
    """Where the name of a road stands: along its beginning."""
    (x, y), (next_x, next_y) = frame.at(road.line[0]), frame.at(road.line[1])
    part = (len(road.name) * LETTER + 20) / max(math.hypot(next_x - x, next_y - y), 1)
    end_x, end_y = x + (next_x - x) * part, y + (next_y - y) * part
    return min(x, end_x) - 7, min(y, end_y) - 7, max(x, end_x) + 7, max(y, end_y) + 7


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _metres(spot: Spot, lat: float, lon: float) -> float:
    east = (spot.lon - lon) * METRES_A_DEGREE * math.cos(math.radians(lat))
    return math.hypot(east, (spot.lat - lat) * METRES_A_DEGREE)
