"""The work calendar: which days and hours are worked, when a limit falls due, how much working time has passed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Self
from zoneinfo import ZoneInfo

from bot.domain.limits import Limit, Unit

__all__ = ["OFFICE_HOURS", "Calendar", "Limit", "Span", "Unit"]

_DAY = timedelta(days=1)
_NONE = timedelta(0)
_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])[-–]([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the day by the wall clock, from `start` up to but without `end`; over midnight if `end` is earlier.

    Raises:
        ValueError: it is empty, is not in whole minutes, or its times carry a zone.
    """

    start: time
    end: time

    def __post_init__(self) -> None:
        for at in (self.start, self.end):
            if at.second or at.microsecond or at.tzinfo:
                raise ValueError(f"a span of the day is given in whole minutes of local time, not {at.isoformat()}")
        if self.start == self.end:
            raise ValueError(f"the span {self} is empty: it ends when it begins")

    @classmethod
    def parse(cls, written: str) -> Self:
        """The span written as "08:30-11:30"; `str(span)` writes it back.

        Raises:
            ValueError: it is written in another way, or is empty.
        """
        found = _SPAN.fullmatch(written)
        if found is None:
            raise ValueError(f"{written!r} is not a span of the day; write it like 08:30-11:30")
        numbers = [int(number) for number in found.groups()]
        return cls(time(numbers[0], numbers[1]), time(numbers[2], numbers[3]))

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    def __contains__(self, at: time) -> bool:
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end

    @property
    def minutes(self) -> int:
        """Length by the wall clock."""
        return (_minute(self.end) - _minute(self.start)) % (24 * 60)


OFFICE_HOURS = (Span(time(8, 30), time(11, 30)), Span(time(13, 30), time(17, 0)))


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked and when; every instant taken is aware, every instant given back is in UTC.

    `weekend` holds weekday numbers, Monday is 0. `exceptions` wins over it: True is a make-up day that is worked,
    False a holiday. `own_days`, which the county set itself, win over both. A year outside `published_years` is counted by its plain weeks and its exceptions: a case must
    have a deadline even in December, before next year's holidays are announced; `is_published` says so to the admin.

    Spans are read by the wall clock of `zone`. On a day the clock is changed, a time that comes twice means the first
    one, a time that is skipped means as much later as the clock jumps, and what lies inside a span counts in real time.

    Raises:
        ValueError: no span or no weekday is left to work, or spans overlap, run over midnight or are out of order.
    """

    zone: ZoneInfo
    spans: tuple[Span, ...] = OFFICE_HOURS
    weekend: frozenset[int] = frozenset({5, 6})
    exceptions: Mapping[date, bool] = field(default_factory=dict[date, bool], hash=False)
    published_years: frozenset[int] = frozenset()
    own_days: Mapping[date, bool] = field(default_factory=dict[date, bool], hash=False)
    day_minutes: int = field(init=False, compare=False)  # working minutes of an ordinary working day
    _opens: time = field(init=False, repr=False, compare=False)
    _closes: time = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_spans(self.spans)
        if self.weekend >= frozenset(range(7)):
            raise ValueError("all seven weekdays are weekend: at least one must be worked")
        object.__setattr__(self, "exceptions", MappingProxyType(dict(self.exceptions)))
        object.__setattr__(self, "own_days", MappingProxyType(dict(self.own_days)))
        object.__setattr__(self, "day_minutes", sum(span.minutes for span in self.spans))
        object.__setattr__(self, "_opens", self.spans[0].start.replace(tzinfo=self.zone))
        object.__setattr__(self, "_closes", self.spans[-1].end.replace(tzinfo=self.zone, fold=1))

    def with_days(self, days: Mapping[date, bool]) -> Self:
        """This calendar with `days` as the county's own, in place of those it had; True is worked."""
        return replace(self, own_days=days)

    def is_workday(self, day: date) -> bool:
        """Whether `day` is worked: what the county says, else what its exception says, else whether it is no weekend."""
        works = self.own_days.get(day)
        if works is None:
            works = self.exceptions.get(day)
        return day.weekday() not in self.weekend if works is None else works

    def is_published(self, day: date) -> bool:
        """Whether the holidays of that year are known, so that a deadline in it is final."""
        return day.year in self.published_years

    def next_workday(self, day: date) -> date:
        """First working day after `day`; a make-up Saturday or Sunday counts."""
        day += _DAY
        while not self.is_workday(day):
            day += _DAY
        return day

    def due(self, start: datetime, limit: Limit) -> datetime:
        """The last instant in time for `limit`, its clock started at `start`.

        A natural limit is added as it is. A working limit starts at the next working instant and ends inside a span or
        at its end, never in a break: four working hours from 08:30 are due at 14:30, three at 11:30.
        """
        length = limit.length(self)
        return self.after(start, length) if limit.is_working else _utc(start) + length

    def after(self, start: datetime, working: timedelta) -> datetime:
        """The instant when `working` time has passed since `start`: what is left of a clock after a pause.

        Never in a break, except that no time at all gives `start` itself.

        Raises:
            ValueError: `working` is negative, or `start` has no time zone.
        """
        start = _utc(start)
        if working < _NONE:
            raise ValueError(f"working time to add cannot be negative: {working}")
        if not working:
            return start
        day = self._day_of(start)
        left = self._worked_until(start, day) + working  # counted from the day's first span
        while left > (whole := self._worked_on(day)):
            left -= whole
            day = self.next_workday(day)
        for begin, end in self._spans_on(day):
            if left <= end - begin:
                return begin + left
            left -= end - begin
        raise AssertionError(f"the spans of {day} are shorter than their sum")

    def before(self, end: datetime, working: timedelta) -> datetime:
        """The last instant from which `working` time remains until `end`: when half of a clock is left, for one.

        Always working time, so never in a break and never the end of a span: of two working hours until 14:30 the
        first begins at 10:30, and one until then begins at 13:30. No time at all gives `end` itself.

        Raises:
            ValueError: `working` is negative, or `end` has no time zone.
        """
        end = _utc(end)
        if working < _NONE:
            raise ValueError(f"working time to go back cannot be negative: {working}")
        if not working:
            return end
        day = self._day_of(end)
        ahead = self._worked_until(end, day) - working  # of the instant looked for, counted from the day's first span
        while ahead < _NONE:
            day -= _DAY
            ahead += self._worked_on(day)
        for begin, close in self._spans_on(day):
            if ahead < close - begin:
                return begin + ahead
            ahead -= close - begin
        raise AssertionError(f"the spans of {day} are shorter than their sum")

    def working_between(self, begin: datetime, end: datetime) -> timedelta:
        """Working time from `begin` to `end`, negative if `end` is earlier.

        The exact inverse of `due`, `after` and `before`.
        """
        begin, end = _utc(begin), _utc(end)
        if end < begin:
            return -self.working_between(end, begin)
        day, last = self._day_of(begin), self._day_of(end)
        worked = self._worked_until(end, last) - self._worked_until(begin, day)
        while day < last:
            worked += self._worked_on(day)
            day = self.next_workday(day)
        return worked

    def working_now(self, at: datetime) -> bool:
        """Whether `at` is working time; the end of a span is not."""
        at = _utc(at)
        return any(begin <= at < end for begin, end in self._spans_on(self._day_of(at)))

    def next_working_instant(self, at: datetime) -> datetime:
        """`at` itself in working time, else the beginning of the next span: when a contact may first be told."""
        at = _utc(at)
        day = self._day_of(at)
        while True:
            for begin, end in self._spans_on(day):
                if at < end and begin < end:
                    return max(at, begin)
            day = self.next_workday(day)

    def _day_of(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def _worked_until(self, at: datetime, day: date) -> timedelta:
        return sum((min(at, end) - begin for begin, end in self._spans_on(day) if begin < at), _NONE)

    def _worked_on(self, day: date) -> timedelta:
        if not self.is_workday(day):
            return _NONE
        opens, closes = datetime.combine(day, self._opens), datetime.combine(day, self._closes)
        if opens.utcoffset() == closes.utcoffset():  # as on nearly every day: the clock is not changed in between
            return timedelta(minutes=self.day_minutes)
        return sum((end - begin for begin, end in self._spans_on(day)), _NONE)

    def _spans_on(self, day: date) -> list[tuple[datetime, datetime]]:
        """The spans of `day` in UTC, in order and apart even where the clock jumps; none unless it is worked."""
        if not self.is_workday(day):
            return []
        midnight = self._instant(day + _DAY, time.min)
        found: list[tuple[datetime, datetime]] = []
        free = self._instant(day, time.min)
        for span in self.spans:
            begin = max(free, min(midnight, self._instant(day, span.start)))
            free = max(begin, min(midnight, self._instant(day, span.end)))
            found.append((begin, free))
        return found

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)


def _check_spans(spans: tuple[Span, ...]) -> None:
    if not spans:
        raise ValueError("a working day needs at least one span, such as 08:30-17:00")
    for span in spans:
        if span.end < span.start:
            raise ValueError(f"the working span {span} runs over midnight; a working day ends before 24:00")
    for earlier, later in pairwise(spans):
        if later.start < earlier.end:
            raise ValueError(f"the working spans {earlier} and {later} overlap or are out of order")


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone")
    return at.astimezone(UTC)
