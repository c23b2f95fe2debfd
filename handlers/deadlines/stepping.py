"""A step of the ladder has come: who hears of it, and when they may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.chat.events import Due
from bot.chat.feature import Work
from bot.chat.messages import Effect, Effects
from bot.domain.case import Case, CaseId
from bot.domain.ladder import At, Moment, Step, again_at, due_at
from bot.domain.people import MemberId
from handlers.deadlines import order, telling
from handlers.deadlines.declared import MORNING, STEP
from handlers.deadlines.hours import FOR_LIST, permitted
from handlers.deadlines.people import Part, addressed
from handlers.deadlines.plan import clocks_of, overtaken
from storage import cases, reminders, timers
from storage.reminders import Reminder


@dataclass(frozen=True, slots=True)
class Came:
    """A moment of a step that has come. `by_clock`: not because the repair failed again."""

    case: Case
    step: Step
    moment: int
    due_at: datetime
    at: datetime
    by_clock: bool = True

    @property
    def when(self) -> Moment:
        return self.step.moments[self.case.severity][self.moment]


async def meant(event: Due, work: Work) -> Came | None:
    """What a timer is about; None if the case or the county's ladder has changed meanwhile."""
    case_id, name, moment = event.key.split(":")
    case, step = await cases.get(work.tx, CaseId(int(case_id))), work.town.rulebook.ladder.step(name)
    if step is None or int(moment) >= len(step.moments.get(case.severity, ())):
        return None
    return Came(case, step, int(moment), event.due_at, event.at)


async def come(came: Came, work: Work) -> Effects:
    """Note for everybody it is for what they are to be told, and when; a danger to life is told at once."""
    case = came.case
    clock = clocks_of(case, work).get(came.step.leg)
    if clock is None:
        return []
    if came.when.at is At.EVERY:
        heard = due_at(came.when, clock, work.town.calendar)
        still = heard is not None and heard > came.due_at  # something was heard since this was planned
        after = heard if still and heard else again_at(came.when, came.due_at, came.at, work.town.calendar)
        await timers.set_timer(work.tx, STEP, f"{case.id}:{came.step.id}:{came.moment}", after, case.id)
        if still:
            return []
    if overtaken(case, came.step, came.moment, came.due_at, work, came.at):
        await _dropped(came, work)
        return []
    return await reach(came, work)


async def reach(came: Came, work: Work) -> Effects:
    """Everybody the step is for."""
    effects: list[Effect] = []
    people = await addressed(came.step, came.case, work, came.at)
    if came.step.level.endswith("3") and any(part is Part.LEAD_OFFICE for part, _ in people):
        await order.make(came.case, came.step.level, work, came.at)
    for part, who in people:
        effects += await _note(came, part, who, work)
    return effects


async def _note(came: Came, part: Part, who: MemberId, work: Work) -> Effects:
    ladder, at = work.town.rulebook.ladder, came.at
    send_at, reason = permitted(came.case, work, at)
    named = (came.step.id, came.moment, came.step.level)
    noted = await reminders.add(work.tx, came.case.id, named, part, who, came.due_at, send_at, reason)
    if noted is None:
        return []
    if came.case.severity in ladder.gap_except:
        return await telling.at_once(Reminder(
            noted, came.case.id, *named, part, who, came.due_at, send_at, "waiting", reason
        ), came.case, work, at)  # fmt: skip
    if reason != FOR_LIST:
        await telling.wake(who, work, at)
    elif send_at <= at:  # today's list is made in this very instant
        await timers.set_timer(work.tx, MORNING, who, at)
    return []


async def _dropped(came: Came, work: Work) -> None:
    """The bot was away and a later step of the same clock says more; noted, so that every step can be accounted for."""
    for part, who in await addressed(came.step, came.case, work, came.at):
        named = (came.step.id, came.moment, came.step.level)
        noted = await reminders.add(work.tx, came.case.id, named, part, who, came.due_at, came.at)
        if noted is not None:
            await reminders.settle(work.tx, noted, "dropped", came.at, reason="overtaken")


def failed_again(case: Case, work: Work, at: datetime) -> Sequence[Came]:
    """The steps a repair leads to that failed again: O2 the second time, O3 from the third."""
    level = {0: "", 1: "", 2: "O2"}.get(case.reworks, "O3")
    return [
        Came(case, step, len(step.moments[case.severity]) - 1, at, at, by_clock=False)
        for step in work.town.rulebook.ladder.steps
        if level and step.level == level and case.severity in step.moments
    ]
