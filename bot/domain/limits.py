"""Time limits as the rule book writes them: `30m`, `2h`, `3d` run around the clock, `4wh`, `3wd` in working time."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol, Self

_WRITTEN = re.compile(r"([0-9]{1,7})(m|h|d|wm|wh|wd)")


class Unit(StrEnum):
    """What a limit is counted in; the value is how the rule book writes it."""

    MINUTE = "m"
    HOUR = "h"
    DAY = "d"
    WORKING_MINUTE = "wm"  # what half of an odd working limit comes to
    WORKING_HOUR = "wh"
    WORKING_DAY = "wd"


class WorkingDay(Protocol):
    """How long a working day is; every `Calendar` is one."""

    @property
    def day_minutes(self) -> int: ...


_NATURAL_MINUTES = {Unit.MINUTE: 1, Unit.HOUR: 60, Unit.DAY: 24 * 60}
_TEN_YEARS = {
    Unit.MINUTE: 5_256_000,
    Unit.HOUR: 87_600,
    Unit.DAY: 3_650,
    Unit.WORKING_MINUTE: 5_256_000,
    Unit.WORKING_HOUR: 87_600,
    Unit.WORKING_DAY: 3_650,
}
_WORKING = frozenset({Unit.WORKING_MINUTE, Unit.WORKING_HOUR, Unit.WORKING_DAY})


@dataclass(frozen=True, slots=True)
class Limit:
    """A length of time from the rule book: at least one of its unit, at most ten years.

    Raises:
        ValueError: it is shorter or longer than that.
    """

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        most = _TEN_YEARS[self.unit]
        if not 1 <= self.amount <= most:
            raise ValueError(f"a time limit is from 1{self.unit} to {most}{self.unit}, not {self}")

    @classmethod
    def parse(cls, written: str) -> Self:
        """The limit written as "30m", "2h", "3d", "90wm", "4wh" or "3wd"; `str(limit)` writes it back.

        Raises:
            ValueError: it is written in another way, is zero or longer than ten years.
        """
        found = _WRITTEN.fullmatch(written)
        if found is None:
            raise ValueError(
                f"{written!r} is not a time limit; write a whole number and its unit without a space, "
                "such as 30m, 2h, 3d (around the clock) or 4wh, 3wd (working time)"
            )
        return cls(int(found[1]), Unit(found[2]))

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    @property
    def is_working(self) -> bool:
        """Whether the work calendar counts it; otherwise its clock runs day and night."""
        return self.unit in _WORKING

    def minutes(self, calendar: WorkingDay) -> int:
        """Minutes around the clock, or working minutes where `is_working`; `1wd` is the calendar's working day."""
        if self.unit is Unit.WORKING_DAY:
            return self.amount * calendar.day_minutes
        if self.unit is Unit.WORKING_HOUR:
            return self.amount * 60
        return self.amount * _NATURAL_MINUTES.get(self.unit, 1)

    def length(self, calendar: WorkingDay) -> timedelta:
        """The same as `minutes`, as a timedelta."""
        return timedelta(minutes=self.minutes(calendar))

    def half(self, calendar: WorkingDay) -> Self:
        """Half of the limit, on the same clock; half of an odd minute is given to the person who must act.

        An even amount keeps its unit (`2wd` → `1wd`), another is told in minutes (`3wh` → `90wm`, `15m` → `8m`).
        """
        if self.amount % 2 == 0:
            return type(self)(self.amount // 2, self.unit)
        unit = Unit.WORKING_MINUTE if self.is_working else Unit.MINUTE
        return type(self)((self.minutes(calendar) + 1) // 2, unit)
