"""The county changed its calendar: what is left of every working clock is counted again, a few cases at a time."""

from datetime import datetime
from typing import Final

from bot.chat.events import Due
from bot.chat.feature import Work
from bot.chat.messages import Effects
from bot.domain.calendar import Calendar, Limit
from bot.domain.case import Case
from bot.domain.dispatching import limits_of
from handlers.deadlines.declared import feature
from handlers.deadlines.plan import PAUSED, replan, stands_as
from storage import calendar_days, cases, day_figures, timers

_AT_ONCE: Final = 40


async def go_on(event: Due, work: Work) -> Effects:
    """`before:after:case`: between which rows of the calendar it changed, and up to which case it is counted."""
    before, after, last = (int(part) for part in event.key.split(":"))
    was = work.town.calendar.with_days(await calendar_days.as_of(work.tx, before))
    now = work.town.calendar.with_days(await calendar_days.as_of(work.tx, after))  # a later change counts its own part
    page = await day_figures.open_with_clocks(work.tx, last, _AT_ONCE)
    for case in page:
        if case.dispatched_at is not None and case.dispatched_at <= event.due_at:  # later ones know the new days
            await _count(case, was, now, work, event)
    if len(page) == _AT_ONCE:
        key = f"{before}:{after}:{page[-1].id}"
        await timers.set_timer(work.tx, f"{feature.name}.recount", key, event.due_at)
    return []


async def _count(case: Case, was: Calendar, now: Calendar, work: Work, event: Due) -> None:
    """As much working time is left as was left before; a limit that has passed stays. A paused clock stands since then."""
    since = case.moved_at if stands_as(case) in PAUSED else event.due_at
    limits = limits_of(case, work.town.rulebook)
    accept = _moved(case.accept_due, limits.accept, since, was, now)
    resolve = _moved(case.resolve_due, limits.resolve, since, was, now)
    if (accept, resolve) == (case.accept_due, case.resolve_due):
        return
    counted = await cases.amend(work.tx, case, accept_due=accept, resolve_due=resolve)
    await replan(counted, work, event.at, moved=False)


def _moved(due: datetime | None, limit: Limit, since: datetime, was: Calendar, now: Calendar) -> datetime | None:
    if due is None or due <= since or not limit.is_working:
        return due
    return now.after(since, was.working_between(since, due))
