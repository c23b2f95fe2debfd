"""The ladder of reminders as the county wrote it down, and the instants at which its steps are due for one case."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final, Self

from bot.domain.calendar import Calendar, Limit, Span
from bot.domain.quiet import RIDER_QUIET
from bot.domain.severity import Severity

VERIFY: Final = "verify_unanswered"  # how long somebody asked to look at a repair is waited for
RATING_ASKED: Final = "rating_asked"
RATING_CLOSED: Final = "rating_closed"
MORNING_LIST: Final = time(8, 40)  # when a contact's list comes, and a case that has no card of its own
EVENING_LIST: Final = time(16, 40)
GROUP_DIGEST: Final = time(20, 30)

_SHARE: Final = re.compile(r"([1-9]\d?)%")
_AROUND: Final = re.compile(r"limit([+-])(\S+)")


class Leg(StrEnum):
    """From where the moments of a step count."""

    ACCEPT = "accept"
    SECURE = "secure"
    ACCEPTED = "accepted"  # since the contact accepted, while nothing was heard
    RESOLVE = "resolve"
    VERIFY = "verify"
    RATING = "rating"


class To(StrEnum):
    """Who hears of a step."""

    CONTACT = "contact"  # the one responsible
    DEPUTY = "deputy"
    LEADER = "leader"
    LEAD_OFFICE = "lead_office"
    GROUP = "group"
    REPORTER = "reporter"
    NEXT_RIDER = "next_rider"
    COMMUNITY = "community"


class At(StrEnum):
    NOW = "now"
    WORKING = "working"  # the next working instant
    DIGEST = "digest"  # a line of the morning list
    AFTER = "after"  # so long after the clock began
    SHARE = "share"  # when so many hundredths of the limit have passed
    LIMIT = "limit"  # at the limit, or so long before or after it
    EVERY = "every"


@dataclass(frozen=True, slots=True)
class Moment:
    """When a step is due. `sign` is -1 before and 1 after the limit."""

    at: At
    length: Limit | None = None
    share: int = 0
    sign: int = 0

    @classmethod
    def parse(cls, written: str) -> Self:
        """What `now`, `working`, `digest`, `15m`, `50%`, `limit`, `limit+2wh`, `limit-1h` or `every 6h` means.

        Raises:
            ValueError: it is written in another way.
        """
        if written in (At.NOW, At.WORKING, At.DIGEST, At.LIMIT):
            return cls(At(written))
        if share := _SHARE.fullmatch(written):
            return cls(At.SHARE, share=int(share[1]))
        if around := _AROUND.fullmatch(written):
            return cls(At.LIMIT, Limit.parse(around[2]), sign=1 if around[1] == "+" else -1)
        if written.startswith("every "):
            return cls(At.EVERY, Limit.parse(written.removeprefix("every ")))
        return cls(At.AFTER, Limit.parse(written))


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `level`: L1–L3 and O1–O3 where it is more than a reminder."""

    id: str
    name: str
    leg: Leg
    level: str
    to: tuple[To, ...]
    moments: Mapping[Severity, tuple[Moment, ...]]


@dataclass(frozen=True, slots=True)
class Ladder:
    """All steps in the order of the file, and the manners of telling them."""

    steps: tuple[Step, ...] = ()
    gap: Limit = field(default_factory=lambda: Limit.parse("10m"))  # between two reminders about one case
    gap_except: frozenset[Severity] = frozenset({Severity.P1})
    bundle_more_than: int = 3
    bundle_within: Limit = field(default_factory=lambda: Limit.parse("5m"))
    quiet: tuple[Span, ...] = RIDER_QUIET
    most_a_day: int = 3  # reminders and lists to one person that can wait

    def of(self, leg: Leg, severity: Severity) -> Iterator[tuple[Step, int, Moment]]:
        """Steps of a leg with the numbers of their moments."""
        for step in self.steps:
            if step.leg is leg:
                for index, moment in enumerate(step.moments.get(severity, ())):
                    yield step, index, moment

    def step(self, name: str) -> Step | None:
        """The step with this id; None if the county has it no more."""
        return next((step for step in self.steps if step.id == name), None)


@dataclass(frozen=True, slots=True)
class Running:
    """A clock of a case: when it is up, how long it is in all, and how long the severity's own is."""

    began: datetime
    due: datetime
    limit: Limit
    usual: Limit


@dataclass(frozen=True, slots=True)
class Rung:
    """A moment of a step for one case."""

    step: str
    moment: int
    at: datetime

    @property
    def key(self) -> str:
        return f"{self.step}:{self.moment}"


def rungs(ladder: Ladder, severity: Severity, clocks: Mapping[Leg, Running], calendar: Calendar) -> list[Rung]:
    """When each step of the running clocks is due, earliest first; of what recurs only the first."""
    found: list[Rung] = []
    for leg, clock in clocks.items():
        for step, index, moment in ladder.of(leg, severity):
            at = due_at(moment, clock, calendar)
            if at is not None:
                found.append(Rung(step.id, index, at))
    return sorted(found, key=lambda rung: (rung.at, rung.step, rung.moment))


def due_at(moment: Moment, clock: Running, calendar: Calendar) -> datetime | None:
    """When a moment comes; None where it has no instant of its own or the limit is too short for it.

    Shares and what is left count back from the limit, so that they move along when the limit does. A length after the
    beginning is written for the severity's usual limit: a case with a longer one is reminded as much later.
    """
    match moment.at:
        case At.SHARE:
            length = clock.limit.length(calendar)
            return _back(clock, length - length * moment.share / 100, calendar, working=clock.limit.is_working)
        case At.LIMIT if moment.length is None:
            return clock.due
        case At.LIMIT if moment.sign > 0:
            return _on(clock.due, moment.length, calendar)
        case At.LIMIT if moment.length is not None:
            return _back(clock, moment.length.length(calendar), calendar, working=moment.length.is_working)
        case At.AFTER if moment.length is not None:
            return _after(clock, moment.length, calendar)
        case At.EVERY if moment.length is not None:
            return _on(clock.began, moment.length, calendar)
        case _:
            return None


def again_at(moment: Moment, last: datetime, now: datetime, calendar: Calendar) -> datetime:
    """The next instant after `now` of what recurs; what was missed meanwhile is not made up for."""
    if moment.length is None:
        raise ValueError("this moment does not recur")
    at = _on(last, moment.length, calendar)
    while at <= now:
        at = _on(at, moment.length, calendar)
    return at


def _on(at: datetime, length: Limit | None, calendar: Calendar) -> datetime:
    return at if length is None else calendar.due(at, length)


def _back(clock: Running, length: timedelta, calendar: Calendar, *, working: bool) -> datetime | None:
    """So long before the limit; None if the clock had not begun then."""
    at = calendar.before(clock.due, length) if working else clock.due - length
    return at if at > clock.began else None


def _after(clock: Running, length: Limit, calendar: Calendar) -> datetime | None:
    if length.is_working != clock.usual.is_working:
        return calendar.due(clock.began, length)
    apart = length.length(calendar) - clock.usual.length(calendar)
    if apart >= timedelta():
        return calendar.after(clock.due, apart) if length.is_working else clock.due + apart
    return _back(clock, -apart, calendar, working=length.is_working)


def morning_at(calendar: Calendar, at: datetime) -> datetime:
    """The first morning list not before `at`: at 8:40 of a working day, or when work begins if that is later."""
    day = at.astimezone(calendar.zone).date()
    while True:
        if calendar.is_workday(day):
            listed = calendar.next_working_instant(datetime.combine(day, MORNING_LIST, calendar.zone))
            if listed >= at:
                return listed
        day = calendar.next_workday(day)
