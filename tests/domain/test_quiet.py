"""Quiet hours: meal peaks and nights of riders."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar import Span
from bot.domain.quiet import QuietHours

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
RIDERS = QuietHours(SHANGHAI)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-03-02T10:59:59.999", "2026-03-02T10:59:59.999"),
        ("2026-03-02T11:00", "2026-03-02T13:30"),
        ("2026-03-02T13:29:59.999", "2026-03-02T13:30"),
        ("2026-03-02T13:30", "2026-03-02T13:30"),
        ("2026-03-02T17:00", "2026-03-02T19:30"),
        ("2026-03-02T19:30", "2026-03-02T19:30"),
        ("2026-03-02T21:59", "2026-03-02T21:59"),
        ("2026-03-02T22:00", "2026-03-03T07:00"),
        ("2026-03-03T00:00", "2026-03-03T07:00"),
        ("2026-03-03T06:59", "2026-03-03T07:00"),
        ("2026-12-31T23:00", "2027-01-01T07:00"),
    ],
)
def test_when_a_message_to_a_rider_may_leave(now: str, then: str) -> None:
    assert RIDERS.first_allowed(at(now)) == at(then)
    assert RIDERS.is_quiet(at(now)) is (now != then)


def test_instants_are_read_by_the_county_and_given_in_utc() -> None:
    allowed = RIDERS.first_allowed(datetime(2026, 3, 2, 4, 0, tzinfo=UTC))  # noon in the county

    assert allowed == datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
    assert allowed.tzinfo is UTC


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        RIDERS.first_allowed(at("2026-03-02T12:00").replace(tzinfo=None))


def test_spans_that_touch_are_one() -> None:
    quiet = QuietHours(SHANGHAI, (Span.parse("11:00-13:00"), Span.parse("12:30-14:00"), Span.parse("14:00-15:00")))

    assert quiet.first_allowed(at("2026-03-02T11:15")) == at("2026-03-02T15:00")


def test_no_spans_hold_nothing_and_a_whole_day_of_them_is_refused() -> None:
    assert QuietHours(SHANGHAI, ()).first_allowed(at("2026-03-02T03:00")) == at("2026-03-02T03:00")
    assert not QuietHours(SHANGHAI, (Span.parse("00:00-23:59"),)).is_quiet(at("2026-03-02T23:59"))
    with pytest.raises(ValueError, match="cover the whole day"):
        QuietHours(SHANGHAI, (Span.parse("06:00-18:00"), Span.parse("18:00-06:00")))


def test_the_night_is_an_hour_shorter_or_longer_when_the_clock_changes() -> None:
    quiet = QuietHours(BERLIN)

    for evening, hours in (("2026-03-28T22:00", 8), ("2026-10-24T22:00", 10), ("2026-06-01T22:00", 9)):
        assert quiet.first_allowed(at(evening, BERLIN)) - at(evening, BERLIN).astimezone(UTC) == timedelta(hours=hours)


def test_an_end_the_clock_skips_comes_later_and_one_it_repeats_comes_first() -> None:
    quiet = QuietHours(BERLIN, (Span.parse("22:00-02:30"),))
    first_time, second_time = datetime(2026, 10, 25, 0, 10, tzinfo=UTC), datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert [now.astimezone(BERLIN).hour for now in (first_time, second_time)] == [2, 2]

    assert quiet.first_allowed(at("2026-03-29T01:00", BERLIN)) == at("2026-03-29T03:30", BERLIN)
    assert quiet.first_allowed(at("2026-10-25T01:00", BERLIN)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert quiet.first_allowed(first_time) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert quiet.first_allowed(second_time) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@given(st.sampled_from([SHANGHAI, BERLIN]), st.lists(st.integers(0, 400 * 86_400_000), min_size=2, max_size=6))
def test_allowed_is_never_quiet_never_earlier_and_in_order(zone: ZoneInfo, shifts: list[int]) -> None:
    quiet = QuietHours(zone)
    asked = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=shift) for shift in sorted(shifts)]
    allowed = [quiet.first_allowed(now) for now in asked]

    assert not any(quiet.is_quiet(then) for then in allowed)
    assert all(
        (then == now) is not quiet.is_quiet(now) and then >= now for now, then in zip(asked, allowed, strict=True)
    )
    assert all(earlier <= later for earlier, later in pairwise(allowed))
