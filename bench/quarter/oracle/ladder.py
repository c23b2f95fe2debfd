"""Which rows of the ladder were due for a case, when, and to whom."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bench.quarter.oracle.clocks import Clock, Life, Standing, due
from bench.quarter.oracle.county import Moment, Row
from bench.quarter.oracle.facts import Facts
from bench.quarter.oracle.worktime import Almanac, Worktime

_MILLISECOND: Final = timedelta(milliseconds=1)
GAP: Final = timedelta(minutes=10)
_CLOCKS: Final = ("accept", "secure", "accepted", "resolve")
_ABOVE: Final = ("leader", "lead_office")

Key = tuple[str, int]  # row of the ladder, number of its moment
Told = tuple[str, int]  # as whom, which member


@dataclass(frozen=True, slots=True)
class Due:
    """A row that came due for one person. `came_at`: when the bot saw it; `overtaken`: a later one had come as well."""

    case: int
    step: str
    moment: int
    part: str
    member: int
    due_at: datetime
    came_at: datetime
    overtaken: bool

    @property
    def key(self) -> tuple[int, str, int, str, int, datetime]:
        return self.case, self.step, self.moment, self.part, self.member, self.due_at


@dataclass(slots=True)
class Climb:
    """The ladder of one case, climbed from its first move to the end of the quarter."""

    life: Life
    facts: Facts
    almanac: Almanac
    planned: dict[Key, datetime] = field(default_factory=dict[Key, datetime])
    fired: dict[Key, list[datetime]] = field(default_factory=dict[Key, list[datetime]])
    found: list[Due] = field(default_factory=list[Due])
    perhaps: list[Due] = field(default_factory=list[Due])  # in the very millisecond of a move: either may come first

    def climb(self) -> "Climb":
        standings = self.life.standings
        for now, following in zip(standings, [*standings[1:], None], strict=True):
            if now.anew:
                self._plan(now)
            if now.move == "dispute":
                self._failed_again(now)
            if following is None:
                self._run(now, self.facts.end + _MILLISECOND)
            else:
                self._run(now, following.since)
                self._ties(now, following.since)
        return self

    def _plan(self, now: Standing) -> None:
        """Everything still to come; of what is past the highest level of each clock, unless that was told before."""
        clocks = self.life.clocks(now)
        self.planned = {}
        missed: dict[str, Key] = {}
        for at, row, number in self._rows(clocks, now.since):
            if at > now.since:
                self.planned[row.id, number] = at
            elif row.level:
                missed[row.clock] = (row.id, number)
        since = min((clock.began for clock in clocks.values()), default=now.since)
        for key in missed.values():
            if not any(before >= since for before in self.fired.get(key, ())):
                self.planned[key] = now.since

    def _rows(self, clocks: dict[str, Clock], now: datetime) -> list[tuple[datetime, Row, int]]:
        """Every moment of the clocks that run, earliest first; of what recurs the first one that is still to come."""
        days, severity = self.almanac.at(now), self.life.case.severity_at(now)
        found: list[tuple[datetime, Row, int]] = []
        for row in self.life.county.ladder:
            for number, moment in enumerate(row.moments.get(severity, ())):
                if row.clock in clocks and row.clock in _CLOCKS:
                    at = when(moment, clocks[row.clock], days)
                    if moment.kind == "every" and at is not None:
                        at = self._recurs(moment, at, now, days)
                    found += [(at, row, number)] if at is not None else []
        return sorted(found, key=lambda one: (one[0], one[1].id, one[2]))

    def _recurs(self, moment: Moment, at: datetime, now: datetime, days: Worktime) -> datetime:
        assert moment.length is not None
        while at <= now:
            at = due(at, moment.length, days)
        return at

    def _run(self, now: Standing, until: datetime) -> None:
        """What comes due while the case stands like this; the bot sees it when it is there."""
        while self.planned:
            key, at = min(self.planned.items(), key=lambda one: (one[1], one[0]))
            came = self.facts.up(at)
            if came >= until:
                return
            del self.planned[key]
            row = self.life.county.row(key[0])
            moment = row.moments[self.life.case.severity_at(at)][key[1]]
            if moment.kind == "every" and not self._still_silent(key, moment, at, came, now):
                continue
            self._fire(now, row, key[1], at, came, overtaken=self._overtaken(now, row, moment, at, came))

    def _ties(self, now: Standing, came: datetime) -> None:
        for (name, number), at in self.planned.items():
            if self.facts.up(at) == came:
                row = self.life.county.row(name)
                overtaken = self._overtaken(now, row, row.moments[self.life.case.severity_at(at)][number], at, came)
                for part, member in addressed(row, now, self.facts, came):
                    self.perhaps.append(Due(self.life.case.id, name, number, part, member, at, came, overtaken))

    def _still_silent(self, key: Key, moment: Moment, at: datetime, came: datetime, now: Standing) -> bool:
        """A question how it goes is put again and again; words since then put it off."""
        assert moment.length is not None
        days = self.almanac.at(came)
        heard = due(self.life.clocks(now)["accepted"].began, moment.length, days)
        if heard > at:
            self.planned[key] = heard
            return False
        self.planned[key] = self._recurs(moment, at, came, days)
        return True

    def _overtaken(self, now: Standing, row: Row, moment: Moment, at: datetime, came: datetime) -> bool:
        """After an outage only the last step of a clock is told."""
        if came - at <= GAP or moment.kind == "every":
            return False
        clocks = {name: clock for name, clock in self.life.clocks(now).items() if name == row.clock}
        later = self._rows(clocks, came)
        return any(at < other <= came for other, other_row, _ in later if other_row.clock == row.clock)

    def _failed_again(self, now: Standing) -> None:
        """A repair that failed the second time goes to the leader, from the third on to the lead office."""
        level = {0: "", 1: "", 2: "O2"}.get(now.reworks, "O3")
        severity = self.life.case.severity_at(now.since)
        for row in self.life.county.ladder:
            if level and row.level == level:
                last = len(row.moments[severity]) - 1
                self._fire(now, row, last, now.since, now.since, overtaken=False)

    def _fire(self, now: Standing, row: Row, number: int, at: datetime, came: datetime, *, overtaken: bool) -> None:
        self.fired.setdefault((row.id, number), []).append(at)
        for part, member in addressed(row, now, self.facts, came):
            self.found.append(Due(self.life.case.id, row.id, number, part, member, at, came, overtaken))


def when(moment: Moment, clock: Clock, days: Worktime) -> datetime | None:
    """The instant of a moment; None if the clock had not begun then, or it has none."""
    match moment:
        case Moment("limit", None):
            return clock.due
        case Moment("limit", length, sign=1) if length is not None:
            return due(clock.due, length, days)
        case Moment("limit", length) if length is not None:
            return _before(clock, length.time, days, working=length.working)
        case Moment("share", percent=percent):
            left = clock.limit.time - clock.limit.time * percent / 100
            return _before(clock, left, days, working=clock.limit.working)
        case Moment("after", length) if length is not None:
            apart = length.time - clock.usual.time  # written for the level's usual limit
            if apart >= timedelta():
                return clock.due + apart
            return _before(clock, -apart, days, working=False)
        case Moment("every", length) if length is not None:
            return due(clock.began, length, days)
        case _:
            return None


def _before(clock: Clock, left: timedelta, days: Worktime, *, working: bool) -> datetime | None:
    at = days.back(clock.due, left) if working else clock.due - left
    return at if at > clock.began else None


def addressed(row: Row, now: Standing, facts: Facts, at: datetime) -> Iterator[Told]:
    """Everybody a row is for, each once; the contact is told when it goes over their head."""
    found: dict[int, str] = {}
    for to in row.to:
        for part, member in _of(to, now, facts, at):
            found.setdefault(member, part)
    if now.contact is not None and any(part in _ABOVE for part in found.values()):
        found.setdefault(now.contact, "copy")
    for member, part in found.items():
        yield part, member


def _of(to: str, now: Standing, facts: Facts, at: datetime) -> Sequence[Told]:
    match to:
        case "contact" if now.contact is not None:
            return [("contact", now.contact)]
        case "deputy":
            others = [one for one in _there(facts, "contact", at, now.agency) if one != now.contact]
            return [("deputy", one) for one in others[:1]]
        case "leader":
            led = [("leader", one) for one in _there(facts, "leader", at, now.agency)]
            return led or _of("lead_office", now, facts, at)
        case "lead_office":
            office = _there(facts, "dispatcher", at) or _there(facts, "admin", at)
            return [("lead_office", one) for one in office]
        case _:
            return []


def _there(facts: Facts, role: str, at: datetime, agency: str | None = None) -> list[int]:
    """Everybody with the post who is not on leave; A before B."""
    held = [one for one in facts.people.values() if one.role == role and agency in (None, one.agency)]
    away = {member for member, begins, ends in facts.leaves if begins <= at < ends}
    return [one.id for one in sorted(held, key=lambda one: (one.rank, one.id)) if one.id not in away]
