"""The limits of a case along its moves, and which clocks run meanwhile."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final

from bench.quarter.oracle.county import County, Length, Limits
from bench.quarter.oracle.facts import CaseFacts, Deed, Move
from bench.quarter.oracle.worktime import Almanac, Worktime, instant

URGENT: Final = ("P1", "P2")
PAUSED: Final = ("need_info", "on_hold")
IN_HAND: Final = ("accepted", "rework")
WITH_CONTACT: Final = ("dispatched", *IN_HAND, *PAUSED)
MORNING: Final = time(8, 40)
_IS_ACCEPTED: Final = {"dispatch": False, "accept": True, "undo_accept": False, "handle": True}
_UNANSWERED: Final = ("report", "archive")  # moves that the ladder does not follow


@dataclass(frozen=True, slots=True)
class Standing:
    """A case from an instant on. `anew`: its ladder is planned anew then; `move` is what led to it."""

    since: datetime
    state: str
    moved_at: datetime
    move: str = ""
    anew: bool = True
    resume: str = ""  # what it was before it was paused
    contact: int | None = None
    agency: str = ""
    accepted: bool = False
    reworks: int = 0
    dispatched_at: datetime | None = None
    handled_at: datetime | None = None
    words_at: datetime | None = None
    accept_due: datetime | None = None
    secure_due: datetime | None = None
    resolve_due: datetime | None = None

    @property
    def limit(self) -> datetime | None:
        """The limit that its contact has in mind now."""
        if self.state == "dispatched":
            return self.accept_due
        return self.resolve_due if self.state in IN_HAND else None


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that runs: since when, until when, how long, and how long the level's own is."""

    began: datetime
    due: datetime
    limit: Length
    usual: Length


@dataclass(frozen=True, slots=True)
class Life:
    """One case through all its standings."""

    case: CaseFacts
    county: County
    standings: tuple[Standing, ...]

    def at(self, when: datetime) -> Standing | None:
        """How it stands just after that instant."""
        return next((one for one in reversed(self.standings) if one.since <= when), None)

    def clocks(self, now: Standing) -> dict[str, Clock]:
        """The clocks that run; a danger to life is never paused."""
        severity = self.case.severity_at(now.since)
        state = now.resume if now.state in PAUSED and severity == "P1" else now.state
        if state not in ("dispatched", *IN_HAND) or now.dispatched_at is None:
            return {}
        own, level = self.county.limits(self.case.category, severity), self.county.levels[severity]
        began = now.dispatched_at
        if state == "rework" and now.handled_at is not None:
            began = max(began, now.handled_at)
        found: dict[str, Clock] = {}
        if state == "dispatched" and now.accept_due:
            found["accept"] = Clock(began, now.accept_due, own.accept, level.accept)
        if now.secure_due and own.secure and state != "rework":
            found["secure"] = Clock(began, now.secure_due, own.secure, level.secure or own.secure)
        if now.resolve_due:
            limit = own.resolve.half if state == "rework" else own.resolve
            found["resolve"] = Clock(began, now.resolve_due, limit, level.resolve)
            if state in IN_HAND:
                heard = max(now.moved_at, now.words_at or now.moved_at)
                found["accepted"] = Clock(heard, now.resolve_due, limit, limit)
        return found


def due(at: datetime, length: Length, days: Worktime) -> datetime:
    return days.add(at, length.time) if length.working else at + length.time


def morning(at: datetime, days: Worktime) -> datetime:
    """The first morning list that is not before `at`."""
    day = at.astimezone(days.zone).date()
    while not days.is_workday(day) or (listed := instant(day, MORNING, days.zone)) < at:
        day = days.next_workday(day)
    return listed


def tellable(severity: str, at: datetime, days: Worktime) -> datetime:
    """When a contact may hear of a new case: at once, in working time, or with the morning list."""
    if severity in URGENT:
        return at
    return morning(at, days) if severity == "P4" else days.opens(at)


def live(case: CaseFacts, county: County, almanac: Almanac, deeds: Sequence[Deed]) -> Life:
    """Everything that happened to a case, one after the other."""
    standings: list[Standing] = []
    now = Standing(case.opened_at, "draft", case.opened_at, anew=False)
    for when, what in _happened(case, almanac, deeds):
        days, severity = almanac.at(when), case.severity_at(when)
        own = county.limits(case.category, severity)
        if isinstance(what, Move):
            now = _moved(now, what, severity, own, days, _granted(deeds, when))
        elif isinstance(what, Deed) and what.what == "calm":
            now = replace(_fresh(now, when, severity, own, days), since=when, move="calm", anew=True)
        elif isinstance(what, Deed):
            counts = now.state in WITH_CONTACT
            now = replace(now, since=when, move="words", anew=False, words_at=when if counts else now.words_at)
        else:
            now = _counted(now, when, severity, own, *what)
        standings.append(now)
    return Life(case, county, tuple(standings))


_Happening = Move | Deed | tuple[Worktime, Worktime]


def _happened(case: CaseFacts, almanac: Almanac, deeds: Sequence[Deed]) -> Iterator[tuple[datetime, _Happening]]:
    found: list[tuple[datetime, int, _Happening]] = [(move.at, 1, move) for move in case.moves]
    found += [(deed.at, 0, deed) for deed in deeds if deed.what == "words" or deed.at == case.calm_at]
    found += [(when, 2, (before, after)) for when, before, after in almanac.changes]
    for when, _, what in sorted(found, key=lambda one: one[:2]):
        yield when, what


def _granted(deeds: Sequence[Deed], when: datetime) -> int:
    return next((deed.days for deed in deeds if deed.what == "extend" and deed.at == when), 0)


def _moved(now: Standing, move: Move, severity: str, own: Limits, days: Worktime, granted: int) -> Standing:
    after = replace(
        now,
        since=move.at,
        state=move.after,
        moved_at=move.at,
        move=move.name,
        anew=move.name not in _UNANSWERED,
        contact=move.contact,
        agency=move.agency,
        resume=now.state if move.name in ("ask", "hold") else now.resume,
        accepted=_IS_ACCEPTED.get(move.name, now.accepted),
        handled_at=move.at if move.name == "handle" else None if move.name == "undo_handle" else now.handled_at,
    )
    return _limited(now, after, severity, own, days, granted)


def _limited(now: Standing, after: Standing, severity: str, own: Limits, days: Worktime, granted: int) -> Standing:
    """The limits after a move: fresh ones with another agency, otherwise those of before, or more, or less."""
    at = after.since
    match after.move:
        case "dispatch":
            return replace(_fresh(after, at, severity, own, days), dispatched_at=at)
        case "reassign" if after.agency != now.agency:
            return _fresh(after, at, severity, own, days)
        case "dispute":
            start = at if severity in URGENT else days.opens(at)
            return replace(after, reworks=now.reworks + 1, resolve_due=due(start, own.resolve.half, days))
        case "extend":
            return replace(after, resolve_due=_extended(now.resolve_due or at, at, granted, own, days))
        case "supply" | "resume" if severity != "P1":
            return _went_on(after, now.moved_at, own, days)
        case _:
            return after


def _fresh(now: Standing, at: datetime, severity: str, own: Limits, days: Worktime) -> Standing:
    """Limits from when the contact may be told."""
    start = tellable(severity, at, days)
    secure = due(start, own.secure, days) if severity == "P1" and own.secure else None
    return replace(
        now, accept_due=due(start, own.accept, days), secure_due=secure, resolve_due=due(start, own.resolve, days)
    )


def _extended(limit: datetime, at: datetime, granted: int, own: Limits, days: Worktime) -> datetime:
    """By so many working days, by no more than the case had to begin with."""
    base = max(limit, at)
    return min(days.add(base, timedelta(minutes=granted * 390)), due(base, own.resolve, days))


def _went_on(now: Standing, stopped: datetime, own: Limits, days: Worktime) -> Standing:
    """What was left of a clock when it stopped is left of it now; one that had run out stays."""

    def shifted(limit: datetime | None, length: Length) -> datetime | None:
        if limit is None or limit <= stopped:
            return limit
        if not length.working:
            return limit + (now.since - stopped)
        return days.add(now.since, days.between(stopped, limit))

    accept = now.accept_due if now.accepted else shifted(now.accept_due, own.accept)
    return replace(now, accept_due=accept, resolve_due=shifted(now.resolve_due, own.resolve))


def _counted(now: Standing, when: datetime, severity: str, own: Limits, before: Worktime, after: Worktime) -> Standing:
    """The county set a day: as much working time is left of each clock as was left before."""
    if now.state not in WITH_CONTACT or now.dispatched_at is None:
        return replace(now, since=when, anew=False, move="calendar")
    paused = now.state in PAUSED and severity != "P1"
    since = now.moved_at if paused else when

    def counted(limit: datetime | None, length: Length) -> datetime | None:
        if limit is None or limit <= since or not length.working:
            return limit
        return after.add(since, before.between(since, limit))

    then = replace(
        now, accept_due=counted(now.accept_due, own.accept), resolve_due=counted(now.resolve_due, own.resolve)
    )
    changed = (then.accept_due, then.resolve_due) != (now.accept_due, now.resolve_due)
    return replace(then, since=when, anew=changed, move="calendar")
