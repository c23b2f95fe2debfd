"""Working time, by walking from one stretch of work to the next."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

SPANS: Final = ((time(8, 30), time(11, 30)), (time(13, 30), time(17, 0)))  # of a working day, by the wall clock
DAY_MINUTES: Final = 180 + 210
MOMENT: Final = timedelta(seconds=1)  # what comes due in the same instant is worked off within
_DAY: Final = timedelta(days=1)


class Worktime:
    """The stretches of work between two days, earliest first. `days` says of some days whether they are worked."""

    def __init__(self, zone: ZoneInfo, days: Mapping[date, bool], first: date, last: date) -> None:
        self.zone = zone
        self.days = days
        self.stretches: list[tuple[datetime, datetime]] = []
        day = first
        while day <= last:
            if self.is_workday(day):
                self.stretches += [(instant(day, opens, zone), instant(day, closes, zone)) for opens, closes in SPANS]
            day += _DAY
        self._ends = [end for _, end in self.stretches]

    def is_workday(self, day: date) -> bool:
        return self.days.get(day, day.weekday() < 5)

    def next_workday(self, day: date) -> date:
        day += _DAY
        return day if self.is_workday(day) else self.next_workday(day)

    def is_working(self, at: datetime) -> bool:
        return self.opens(at) == at

    def opens(self, at: datetime) -> datetime:
        """`at` itself while people work, else when they begin again."""
        return max(at, self.stretches[bisect_right(self._ends, at)][0])

    def add(self, at: datetime, length: timedelta) -> datetime:
        """When so much working time has passed since `at`: never in a break."""
        left = length
        for opens, closes in self.stretches[bisect_right(self._ends, at) :]:
            begins = max(opens, at)
            if left <= closes - begins:
                return begins + left
            left -= closes - begins
        raise OverflowError("the stretches of work end before that")

    def back(self, at: datetime, length: timedelta) -> datetime:
        """From when on so much working time is left until `at`."""
        left = length
        for opens, closes in reversed(self.stretches[: bisect_right(self._ends, at) + 1]):
            ends = min(closes, at)
            if ends > opens:
                if left <= ends - opens:
                    return ends - left
                left -= ends - opens
        raise OverflowError("the stretches of work begin after that")

    def between(self, begin: datetime, end: datetime) -> timedelta:
        parts = (min(end, closes) - max(begin, opens) for opens, closes in self.stretches)
        return sum((part for part in parts if part > timedelta()), timedelta())


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A time of the wall clock as an instant."""
    return datetime.combine(day, at, zone).astimezone(UTC)


class Almanac:
    """Working time as it was known at each instant: a day that the county sets counts from then on."""

    def __init__(
        self,
        zone: ZoneInfo,
        published: Mapping[date, bool],
        own: Sequence[tuple[datetime, date, bool | None]],
        span: tuple[date, date],
    ) -> None:
        days = dict(published)
        self.zone = zone
        self.versions = [(datetime.min.replace(tzinfo=UTC), Worktime(zone, dict(days), *span))]
        for at, day, works in own:
            days[day] = published.get(day, day.weekday() < 5) if works is None else works
            self.versions.append((at, Worktime(zone, dict(days), *span)))

    def at(self, instant_: datetime) -> Worktime:
        """As it is known just after this instant."""
        return [days for since, days in self.versions if since <= instant_][-1]

    @property
    def changes(self) -> list[tuple[datetime, Worktime, Worktime]]:
        """When a day was set, and working time before and after."""
        return [
            (since, before, after)
            for (_, before), (since, after) in zip(self.versions, self.versions[1:], strict=False)
        ]
