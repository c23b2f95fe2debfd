"""Positions as maps in China show them, and back."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.platforms.wecom.datum import Point, to_gcj02, to_wgs84

KNOWN = (
    (Point(36.264600, 120.033500), Point(36.264838, 120.038835)),  # Jiaozhou
    (Point(47.023000, 130.719000), Point(47.025252, 130.726777)),  # Huachuan
)
INSIDE = st.builds(Point, st.floats(18, 54), st.floats(73.5, 135.5))


@pytest.mark.parametrize(("wgs84", "gcj02"), KNOWN)
def test_known_points_to_six_digits(wgs84: Point, gcj02: Point) -> None:
    shown, found = to_gcj02(wgs84), to_wgs84(gcj02)
    assert (round(shown.lat, 6), round(shown.lon, 6)) == (gcj02.lat, gcj02.lon)
    assert (found.lat, found.lon) == pytest.approx((wgs84.lat, wgs84.lon), abs=6e-7)


@given(INSIDE)
@example(Point(35, 105))  # where every term begins anew
@settings(max_examples=500)
def test_there_and_back_is_the_same_place(point: Point) -> None:
    back = to_wgs84(to_gcj02(point))
    assert abs(back.lat - point.lat) < 1e-7
    assert abs(back.lon - point.lon) < 1e-7


@given(INSIDE)
@settings(max_examples=300)
def test_in_china_a_map_is_off_by_less_than_a_kilometre_and_never_by_nothing(point: Point) -> None:
    shown = to_gcj02(point)
    assert 0 < abs(shown.lat - point.lat) + abs(shown.lon - point.lon) < 0.02


@given(st.builds(Point, st.floats(-80, 80), st.floats(-180, 71)))
def test_elsewhere_nothing_changes(point: Point) -> None:
    assert to_gcj02(point) == point == to_wgs84(point)
