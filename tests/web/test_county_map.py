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


def test_forty_places_have_a_label_and_no_label_covers_another(county_map: CountyMap) -> None:
    letter, high = 14.5, 16
    boxes: list[tuple[float, float, float, float]] = []
    for spot in county_map.spots:
        width = len(spot.name) * letter
        left = {"right": spot.x + 8, "left": spot.x - 8 - width, "below": spot.x - width / 2}.get(spot.label)
        top = spot.y + 8 if spot.label == "below" else spot.y - high / 2
        if left is not None:
            boxes.append((left, top, left + width, top + high))
    assert len(boxes) >= 40
    for number, one in enumerate(boxes):
        for other in boxes[:number]:
            assert one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]
