"""Which clocks of a case run, and the rows by which its ladder comes due."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.chat.feature import Work
from bot.domain.case import Case, CaseState
from bot.domain.dispatching import limits_of
from bot.domain.ladder import At, Ladder, Leg, Rung, Running, Step, again_at, rungs
from bot.domain.rulebook import Severity
from handlers.deadlines.declared import STEP
from storage import reminders, timers

PAUSED: Final = frozenset({CaseState.NEED_INFO, CaseState.ON_HOLD})
_IN_HAND: Final = frozenset({CaseState.ACCEPTED, CaseState.REWORK})


def stands_as(case: Case) -> CaseState:
    """The state whose clocks run: a critical case is never paused."""
    if case.state in PAUSED and case.severity is Severity.P1 and case.resume_state is not None:
        return case.resume_state
    return case.state


def clocks_of(case: Case, work: Work) -> Mapping[Leg, Running]:
    """The clocks that run now; none while a case is paused, checked or over."""
    state = stands_as(case)
    if state not in (CaseState.DISPATCHED, *_IN_HAND) or case.dispatched_at is None:
        return {}
    own, level = limits_of(case, work.town.rulebook), work.town.rulebook.severities[case.severity]
    began = _began(case, state)
    found: dict[Leg, Running] = {}
    if state is CaseState.DISPATCHED and case.accept_due is not None:
        found[Leg.ACCEPT] = Running(began, case.accept_due, own.accept, level.accept)
    if case.secure_due is not None and own.secure is not None and state is not CaseState.REWORK:
        found[Leg.SECURE] = Running(began, case.secure_due, own.secure, level.secure or own.secure)
    if case.resolve_due is not None:
        limit = own.resolve.half(work.town.calendar) if state is CaseState.REWORK else own.resolve
        found[Leg.RESOLVE] = Running(began, case.resolve_due, limit, level.resolve)
        if state in _IN_HAND:
            heard = max(case.moved_at, case.progressed_at or case.moved_at)
            found[Leg.ACCEPTED] = Running(heard, case.resolve_due, limit, limit)
    return found


def _began(case: Case, state: CaseState) -> datetime:
    if case.dispatched_at is None:
        raise ValueError(f"case {case.id} was never dispatched")
    reworked = state is CaseState.REWORK and case.handled_at is not None
    return max(case.dispatched_at, case.handled_at) if reworked and case.handled_at else case.dispatched_at


async def replan(case: Case, work: Work, at: datetime, *, moved: bool = True) -> None:
    """Set the timers of the ladder anew; what waited to be told is dropped.

    A case that has not `moved` is as late as before: what was to be told about that is told.

    Of the past only escalations count that have not happened: the highest of each clock comes at once.
    """
    await timers.cancel_of_case(work.tx, STEP, case.id)
    await reminders.drop_waiting(work.tx, case.id, at, "moved", escalations=moved)
    running = clocks_of(case, work)
    if not running or case.practice:
        return
    ladder = work.town.rulebook.ladder
    planned = rungs(ladder, case.severity, running, work.town.calendar)
    coming = [rung for rung in planned if rung.at > at]
    missed = [rung for rung in planned if rung.at <= at]
    if missed:
        fired = await reminders.fired(work.tx, case.id, min(clock.began for clock in running.values()))
        coming += [Rung(rung.step, rung.moment, at) for rung in _highest(missed, fired, ladder)]
        coming += _again(missed, case, work, at)
    await timers.set_all(work.tx, STEP, [(key_of(case, rung), rung.at) for rung in coming], case.id)


def _highest(missed: list[Rung], fired: frozenset[tuple[str, int]], ladder: Ladder) -> list[Rung]:
    """The last escalation of each clock, unless it or a later one has happened."""
    last: dict[Leg, Rung] = {}
    for rung in missed:
        step = ladder.step(rung.step)
        if step is not None and step.level:
            last[step.leg] = rung
    return [rung for rung in last.values() if (rung.step, rung.moment) not in fired]


def _again(missed: list[Rung], case: Case, work: Work, at: datetime) -> list[Rung]:
    """What recurs goes on where it was: the calendar has changed, and nobody has said anything since."""
    found: list[Rung] = []
    for rung in missed:
        step = work.town.rulebook.ladder.step(rung.step)
        moment = step.moments[case.severity][rung.moment] if step is not None else None
        if moment is not None and moment.at is At.EVERY:
            found.append(Rung(rung.step, rung.moment, again_at(moment, rung.at, at, work.town.calendar)))
    return found


def key_of(case: Case, rung: Rung) -> str:
    return f"{case.id}:{rung.key}"


def overtaken(case: Case, step: Step, moment: int, due_at: datetime, work: Work, at: datetime) -> bool:
    """Whether the bot was away so long that a later step of the same clock has come as well."""
    gap = work.town.rulebook.ladder.gap.length(work.town.calendar)
    if at - due_at <= max(gap, timedelta()) or step.moments[case.severity][moment].at is At.EVERY:
        return False
    clock = clocks_of(case, work).get(step.leg)
    if clock is None:
        return True
    planned = rungs(work.town.rulebook.ladder, case.severity, {step.leg: clock}, work.town.calendar)
    return any(due_at < rung.at <= at for rung in planned)
