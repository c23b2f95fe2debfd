"""When the lists are made: an event for each contact, at hours in which they work."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.chat.events import Due
from bot.chat.feature import Work
from bot.chat.messages import Effect, Effects
from bot.domain.ladder import EVENING_LIST
from bot.domain.people import MemberId
from bot.domain.times import local_day
from handlers.deadlines import lists, telling
from handlers.deadlines.declared import MORNING, feature
from handlers.deadlines.people import Part
from storage import day_figures, reminders, timers

EVENING = f"{feature.name}.evening"


async def begin_mornings(event: Due, work: Work) -> None:
    """Once a working day, for everybody with cases or with something that waits for a list."""
    if not _still_today(event, work):
        return
    opens = work.town.calendar.next_working_instant(max(event.due_at, event.at))
    if local_day(opens, work.town.zone) != local_day(event.due_at, work.town.zone):
        return  # nobody works today, or not any more
    waiting = await reminders.wait_for_list(work.tx, opens)
    await _begin(MORNING, [*await day_figures.contacts_with_cases(work.tx), *waiting], opens, work)


async def begin_evenings(event: Due, work: Work) -> None:
    """On working days only; too late for an evening is no evening list."""
    works = work.town.calendar.is_workday(local_day(event.due_at, work.town.zone))
    if works and event.at - event.due_at < timedelta(hours=1):
        await _begin(EVENING, await day_figures.contacts_with_cases(work.tx), event.at, work)


async def _begin(name: str, people: Sequence[MemberId], at: datetime, work: Work) -> None:
    for member in dict.fromkeys(people):
        await timers.set_timer(work.tx, name, member, at)


async def morning(event: Due, work: Work) -> Effects:
    """The list of one person: what is theirs to do, and what they were to be told since the last one."""
    member, at = MemberId(int(event.key)), event.at
    if await telling.still_coming(work, at):
        await timers.set_timer(work.tx, MORNING, member, at + telling.SOON)
        return []
    found = await telling.still_true(await reminders.waiting(work.tx, member, at, for_list=True), work, at)
    own = [one for one in found if one[0].part in (Part.CONTACT, Part.COPY)]
    above = [one for one in found if one[0].part not in (Part.CONTACT, Part.COPY)]
    effects: list[Effect] = list(await lists.morning(member, work, at, folded=len(own)))
    for reminder, _ in own:
        once = lists.key(member, "morning", work, at)
        await reminders.settle(work.tx, reminder.id, "bundled", at, reason="morning", told_in=once)
    effects += await telling.said(above, work, at, most=1)
    await telling.wake(member, work, at)  # for what was put off a little
    return effects


async def evening(event: Due, work: Work) -> Effects:
    member, at = MemberId(int(event.key)), event.at
    midnight = telling.midnight(work, at)
    if await reminders.count_messages(work.tx, member, midnight) >= work.town.rulebook.ladder.most_a_day:
        return []
    return await lists.evening(member, work, at)


def _still_today(event: Due, work: Work) -> bool:
    """A list made up for after an outage makes sense on its own day only, and before the evening's."""
    late = event.at.astimezone(work.town.zone)
    same = local_day(event.at, work.town.zone) == local_day(event.due_at, work.town.zone)
    return same and late.time() < EVENING_LIST
