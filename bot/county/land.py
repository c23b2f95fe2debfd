"""Reading the county itself: boundary, emergency lines, places, grids and what else is on the map."""

from dataclasses import dataclass

from bot.county.entry import NOWHERE, Entry, as_list, as_table
from bot.county.files import Folder
from bot.domain.geo import crosses_itself
from bot.domain.rulebook import AgencyId, CategoryId, Grid, GridId, MapShape, Place, PlaceId, Point

_LINES = ("river", "rail")
_AREAS = ("park", "lake")
_HEAD = ("name", "code", "boundary")
_CORNERS = 4  # a triangle with its first corner said again
PLACE_KINDS = (
    *("road", "bridge", "crossing", "estate", "school", "kindergarten", "market", "stop", "hospital", "station"),
    *("square", "park", "shops", "shop", "restaurant", "office", "sports", "community", "other"),
)


@dataclass(frozen=True, slots=True)
class County:
    name: str
    code: str
    boundary: tuple[Point, ...]
    emergency_lines: dict[str, str]


def county(folder: Folder) -> County:
    file = "county.toml"
    content = folder.table(file, known=[*_HEAD, "emergency_lines"])
    if not content:
        return County("", "", (), {})
    head = Entry(folder.faults, file, "", content)
    lines = Entry(folder.faults, file, "[emergency_lines]", as_table(content.get("emergency_lines")))
    boundary = head.points("boundary", optional=True)
    if boundary:
        _is_ring(head, "boundary", boundary)
    return County(
        name=head.text("name"),
        code=head.text("code"),
        boundary=boundary,
        emergency_lines={number: lines.text(number) for number in as_table(content.get("emergency_lines"))},
    )


def places(folder: Folder) -> list[tuple[Entry, Place]]:
    return [(entry, _place(entry)) for entry in folder.entries("places.toml", "place")]


def _place(entry: Entry) -> Place:
    place = Place(
        id=PlaceId(entry.text("id")),
        name=entry.text("name"),
        aliases=entry.texts("aliases", optional=True),
        at=entry.point("at"),
        community=AgencyId(entry.text("community")),
        grid=GridId(entry.text("grid")),
        kind=entry.choice("kind", PLACE_KINDS),
        agency=AgencyId(entry.text("agency")) if entry.has("agency") else None,
        agency_for=tuple(CategoryId(name) for name in entry.texts("agency_for", optional=True)),
        line=entry.points("line", optional=True),
    )
    entry.finish()
    if (place.agency is None) != (not place.agency_for):
        entry.fault("agency and agency_for belong together", "write both or none")
    if len(place.line) == 1:
        entry.fault("line has one point only", "write at least two, or leave it out")
    return place


def grids(folder: Folder) -> list[tuple[Entry, Grid]]:
    return [(entry, _grid(entry, geometry)) for entry, geometry in folder.features("grids.geojson")]


def _grid(entry: Entry, geometry: object) -> Grid:
    # a map program exports columns of its own: what is not asked for is left alone
    return Grid(
        id=GridId(entry.text("id")),
        name=entry.text("name"),
        community=AgencyId(entry.text("community")),
        township=AgencyId(entry.text("township")),
        ring=_polygon(entry, as_table(geometry)),
    )


def _polygon(entry: Entry, geometry: dict[str, object]) -> tuple[Point, ...]:
    """The outer ring of a GeoJSON polygon, whose positions are [longitude, latitude]."""
    rings = as_list(geometry.get("coordinates"))
    if geometry.get("type") != "Polygon" or not rings:
        entry.fault("its geometry is not a Polygon", "draw one closed area for each grid")
        return ()
    if len(rings) > 1:
        entry.fault("its polygon has a hole", "draw the grid without holes, or as two grids")
    ring = tuple(_position(entry, position) for position in as_list(rings[0]))
    return ring if _is_ring(entry, "polygon", ring) else ()


def _position(entry: Entry, value: object) -> Point:
    pair = [float(part) for part in as_list(value)[:2] if isinstance(part, int | float)]
    if len(pair) != 2 or not (-180 <= pair[0] <= 180 and -90 <= pair[1] <= 90):
        entry.fault(f"{value} is not a position", "GeoJSON has the longitude first, then the latitude, in degrees")
        return NOWHERE
    return Point(lat=pair[1], lon=pair[0])


def shapes(folder: Folder) -> list[tuple[Entry, MapShape]]:
    return [(entry, _shape(entry)) for entry in folder.entries("map.toml", "shape")]


def _shape(entry: Entry) -> MapShape:
    shape = MapShape(
        id=entry.text("id"),
        name=entry.text("name"),
        kind=entry.choice("kind", (*_LINES, *_AREAS)),
        points=entry.points("points"),
    )
    entry.finish()
    if shape.kind in _AREAS:
        _is_ring(entry, "points", shape.points)
    elif len(shape.points) < 2:
        entry.fault("points must hold at least two positions", "write the course of the line")
    return shape


def _is_ring(entry: Entry, key: str, ring: tuple[Point, ...]) -> bool:
    """Whether it is a simple closed outline; what is wrong is noted, once."""
    if NOWHERE in ring:
        return False  # noted where the position was read
    if not ring or ring[0] != ring[-1]:
        entry.fault(f"{key} is not closed", "end it with the position it begins with")
    elif len(ring) < _CORNERS:
        entry.fault(f"{key} has fewer than three corners", "draw it again")
    elif crosses_itself(ring):
        entry.fault(f"{key} crosses itself or repeats a corner", "draw it again as one simple outline")
    else:
        return True
    return False
