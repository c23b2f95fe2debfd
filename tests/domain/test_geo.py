"""Geometry on small figures whose answers are known beforehand."""

from dataclasses import replace

import pytest

from bot.domain.geo import crosses_itself, grid_of, in_county, inside, metres, metres_to_line, nearest, overlap
from bot.domain.rulebook import AgencyId, Grid, GridId, Place, PlaceId, Point

DEGREE_M = 111_195  # of latitude, on a sphere of mean radius
HERE = Point(46.9, 130.4)


def at(north_m: float, east_m: float) -> Point:
    """So many metres north and east of HERE."""
    return Point(HERE.lat + north_m / DEGREE_M, HERE.lon + east_m / (DEGREE_M * 0.683274))


def ring(*corners: tuple[float, float]) -> tuple[Point, ...]:
    return tuple(at(*corner) for corner in (*corners, corners[0]))


SQUARE = ring((0, 0), (0, 100), (100, 100), (100, 0))


def place(name: str, where: Point, *line: Point) -> Place:
    return Place(PlaceId(name), name, (), where, AgencyId("community:a"), GridId("g"), "other", line=line)


def grid(name: str, corners: tuple[Point, ...]) -> Grid:
    return Grid(GridId(name), name, AgencyId("community:a"), AgencyId("township:a"), corners)


def test_a_degree_of_latitude_and_half_the_earth() -> None:
    assert metres(Point(46, 130), Point(47, 130)) == pytest.approx(DEGREE_M, rel=1e-5)
    assert metres(Point(0, 0), Point(0, 180)) == pytest.approx(20_015_115, rel=1e-6)
    assert metres(Point(90, 0), Point(-90, 77)) == pytest.approx(20_015_115, rel=1e-6)


def test_a_degree_of_longitude_shrinks_with_the_latitude() -> None:
    assert metres(Point(60, 10), Point(60, 10.01)) == pytest.approx(DEGREE_M * 0.01 / 2, rel=1e-4)


def test_distance_is_the_same_both_ways_and_nothing_to_itself() -> None:
    assert metres(HERE, at(300, 400)) == metres(at(300, 400), HERE) == pytest.approx(500, abs=0.5)
    assert metres(HERE, HERE) == 0


def test_distance_to_a_line_ends_at_its_ends() -> None:
    line = (at(0, 0), at(0, 1000), at(500, 1000))
    assert metres_to_line(at(30, 500), line) == pytest.approx(30, abs=0.5)
    assert metres_to_line(at(0, -40), line) == pytest.approx(40, abs=0.5)
    assert metres_to_line(at(530, 1040), line) == pytest.approx(50, abs=0.5)
    assert metres_to_line(at(0, 7), (HERE,)) == pytest.approx(7, abs=0.1)
    with pytest.raises(ValueError, match="without points"):
        metres_to_line(HERE, ())


@pytest.mark.parametrize(
    ("north", "east", "expected"),
    [(50, 50, True), (50, -1, False), (50, 101, False), (-1, 50, False), (101, 50, False), (1, 99, True)],
)
def test_inside_a_square(north: float, east: float, expected: bool) -> None:
    assert inside(at(north, east), SQUARE) is expected


def test_edge_and_corner_belong_to_the_ring() -> None:
    square = (Point(1, 1), Point(1, 2), Point(2, 2), Point(2, 1), Point(1, 1))
    assert inside(Point(1, 1.5), square)
    assert inside(Point(1.5, 2), square)
    assert inside(Point(2, 2), square)
    assert not inside(Point(2, 2.000001), square)
    assert not inside(Point(1, 0.5), square), "on the line of an edge, but beside it"


def test_the_bay_of_a_hollow_ring_is_outside() -> None:
    horseshoe = ring((0, 0), (0, 100), (100, 100), (100, 70), (30, 70), (30, 30), (100, 30), (100, 0))
    assert not inside(at(60, 50), horseshoe)
    assert inside(at(15, 50), horseshoe)
    assert inside(at(60, 15), horseshoe)


def test_a_ray_through_a_corner_counts_it_once() -> None:
    diamond = (Point(0, -1), Point(1, 0), Point(0, 1), Point(-1, 0), Point(0, -1))
    assert inside(Point(0, 0), diamond)
    assert not inside(Point(0, -2), diamond)
    assert not inside(Point(1, -1), diamond)


@pytest.mark.parametrize("corners", [(), (HERE,), (HERE, at(0, 9), HERE)])
def test_nothing_lies_in_a_ring_without_an_area(corners: tuple[Point, ...]) -> None:
    assert not inside(HERE, corners)


def test_nearest_gives_distance_in_order_and_stops_at_the_radius() -> None:
    shop, school, far = place("shop", at(0, 80)), place("school", at(30, 0)), place("far", at(0, 251))
    found = nearest(HERE, [far, shop, school], within_m=250)
    assert [near.id for near, _ in found] == ["school", "shop"]
    assert [round(distance) for _, distance in found] == [30, 80]
    assert nearest(HERE, [far], within_m=250) == ()


def test_a_road_is_near_along_its_whole_length() -> None:
    road = place("road", at(0, 2000), at(0, 0), at(0, 4000))
    [(found, distance)] = nearest(at(12, 3500), [road], within_m=50)
    assert found.id == "road"
    assert distance == pytest.approx(12, abs=0.5)
    assert nearest(at(12, 3500), [replace(road, line=())], within_m=50) == ()


def test_grid_of_a_point() -> None:
    west, east = grid("west", SQUARE), grid("east", ring((0, 100), (0, 200), (100, 200), (100, 100)))
    assert grid_of(at(50, 20), [west, east]) is west
    assert grid_of(at(50, 150), [west, east]) is east
    assert grid_of(at(50, 250), [west, east]) is None


def test_in_the_county_by_its_boundary_or_by_its_grids() -> None:
    only = [grid("west", SQUARE)]
    boundary = ring((-500, -500), (-500, 500), (500, 500), (500, -500))
    assert in_county(at(400, 400), boundary, only)
    assert not in_county(at(400, 600), boundary, only)
    assert in_county(at(50, 50), (), only)
    assert not in_county(at(400, 400), (), only)


def test_a_ring_that_crosses_itself() -> None:
    assert not crosses_itself(SQUARE)
    assert crosses_itself(ring((0, 0), (100, 100), (0, 100), (100, 0))), "a bow tie"
    assert crosses_itself(ring((0, 0), (0, 100), (100, 100), (0, 100))), "it runs back on itself"
    assert crosses_itself(ring((0, 0), (0, 0), (0, 100), (100, 100))), "a corner said twice"
    touching = (Point(0, 0), Point(0, 2), Point(2, 2), Point(0, 1), Point(2, 0), Point(0, 0))
    assert crosses_itself(touching), "a corner on another edge"


def test_neighbours_do_not_overlap_and_a_sliver_is_forgiven() -> None:
    neighbour = ring((0, 100), (0, 200), (100, 200), (100, 100))
    assert not overlap(SQUARE, neighbour, deeper_than_m=0.5)
    sliver = ring((0, 96), (0, 200), (100, 200), (100, 96))
    assert not overlap(SQUARE, sliver, deeper_than_m=10)
    assert overlap(SQUARE, sliver, deeper_than_m=1)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(SQUARE, id="the same"),
        pytest.param(ring((20, 20), (20, 80), (80, 80), (80, 20)), id="within"),
        pytest.param(ring((-100, 40), (-100, 60), (200, 60), (200, 40)), id="across"),
        pytest.param(ring((50, 50), (50, 150), (150, 150), (150, 50)), id="corner"),
    ],
)
def test_rings_that_overlap(other: tuple[Point, ...]) -> None:
    assert overlap(SQUARE, other, deeper_than_m=5)
    assert overlap(other, SQUARE, deeper_than_m=5)
