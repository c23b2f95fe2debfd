"""Which days a brief covers, and how shares and usual lengths are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

SENT_AT: Final = time(9)
MADE_UP_UNTIL: Final = time(18)  # what was missed this morning may still come today; later it waits for a morning
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the county from `first` to `last`, and the instants [since, until) they mean."""

    first: date
    last: date
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many; of none there is no rate."""

    part: int
    whole: int

    @property
    def percent(self) -> str | None:
        """With one decimal where it has one; cut and not rounded, so that 100 means all."""
        if not self.whole:
            return None
        tenths = self.part * 1000 // self.whole
        return f"{tenths // 10}.{tenths % 10}".removesuffix(".0")


def monday_of(day: date) -> date:
    """The Monday of the week of `day`."""
    return day - timedelta(days=day.weekday())


def weeks_before(monday: date, told_until: date | None, zone: ZoneInfo) -> Period | None:
    """What a brief on the week of `monday` covers: everything since the last one; None if it was sent."""
    first = monday - WEEK if told_until is None else told_until
    if first >= monday:
        return None
    return Period(first, monday - timedelta(days=1), _midnight(first, zone), _midnight(monday, zone))


def week_so_far(at: datetime, zone: ZoneInfo) -> Period:
    """From Monday to this instant."""
    today = at.astimezone(zone).date()
    return Period(monday_of(today), today, _midnight(monday_of(today), zone), at)


def is_its_time(due_at: datetime, at: datetime, zone: ZoneInfo) -> bool:
    """Whether a tick that was `due_at` may still send: on its own day, before the evening."""
    due, now = due_at.astimezone(zone), at.astimezone(zone)
    return due.date() == now.date() and now.time() < MADE_UP_UNTIL


def middle(lengths: Sequence[timedelta]) -> timedelta | None:
    """The median; None of nothing."""
    return timedelta(seconds=median(one.total_seconds() for one in lengths)) if lengths else None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
