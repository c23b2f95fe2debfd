"""The map: where things stand, and labels that can be read."""

import pytest

from bot.domain.rulebook import Point
from bot.web.county_map import CountyMap


def test_everything_that_can_be_chosen_stands_inside(county_map: CountyMap) -> None:
    frame = county_map.frame
    assert len(county_map.spots) >= 60
    assert all(0 <= spot.x <= frame.width and 0 <= spot.y <= frame.height for spot in county_map.spots)
    assert {"grid", "road", "river", "park"} <= {shape.kind for shape in county_map.shapes}


def test_a_point_of_the_drawing_is_the_point_of_the_place(county_map: CountyMap) -> None:
    frame, spot = county_map.frame, county_map.spots[0]
    assert frame.at(Point(spot.lat, spot.lon)) == (spot.x, spot.y)
    assert frame.north - spot.y / frame.down == pytest.approx(spot.lat, abs=1e-4)
    assert frame.west + spot.x / frame.across == pytest.approx(spot.lon, abs=1e-4)


def test_the_nearest_place_is_named_only_if_it_is_near(county_map: CountyMap) -> None:
    spot = county_map.spots[0]
    assert county_map.nearest(spot.lat + 0.0001, spot.lon) == spot.name
    assert county_map.nearest(spot.lat + 5, spot.lon) is None


def test_at_least_half_of_the_places_have_a_label(county_map: CountyMap) -> None:
    labelled = [spot for spot in county_map.spots if spot.label]
    assert len(county_map.spots) / 2 <= len(labelled) <= len(county_map.spots)
