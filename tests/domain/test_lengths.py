"""Lengths by a case's own clock, worked out by hand. A working day: 8:30–11:30 and 13:30–17:00, 6.5 hours."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.domain.calendar import Calendar
from bot.domain.lengths import own_minutes

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar(ZONE)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026; the 2nd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("begin", "end", "pauses", "natural", "working"),
    [
        (at(2, 9), at(2, 10, 30), [], 90, 90),
        (at(2, 9), at(2, 14), [], 300, 180),  # 2.5 h in the morning and half an hour after the break
        (at(6, 16), at(9, 9), [], 65 * 60, 90),  # Friday to Monday: an hour and half an hour
        # of three hours one stood still, from 10:00 to 11:00
        (at(2, 9), at(2, 12), [(at(2, 10), at(2, 11))], 120, 90),
        # a pause that began before and one that goes on after: an hour at each end
        (at(2, 9), at(2, 15), [(at(2, 8), at(2, 10)), (at(2, 14), at(3, 9))], 240, 120),
        # paused over the night: 17 h of day and night, 2 h of work
        (at(2, 15), at(3, 9), [(at(2, 16), at(3, 9))], 60, 60),
        (at(2, 9), at(2, 10), [(at(1, 9), at(2, 9)), (at(2, 10), at(3, 9))], 60, 60),  # pauses elsewhere
        (at(2, 9), at(2, 10), [(at(2, 8), at(2, 11))], 0, 0),
        (at(2, 20), at(2, 23), [], 180, 0),
    ],
)
def test_a_length_without_its_pauses(
    begin: datetime, end: datetime, pauses: list[tuple[datetime, datetime]], natural: int, working: int
) -> None:
    assert own_minutes(begin, end, pauses, CALENDAR, working=False) == natural
    assert own_minutes(begin, end, pauses, CALENDAR, working=True) == working


def test_a_minute_that_has_not_passed_does_not_count() -> None:
    assert own_minutes(at(2, 9), at(2, 9, 1).replace(second=59), [], CALENDAR, working=True) == 1
