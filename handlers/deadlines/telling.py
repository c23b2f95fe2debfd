"""What waits for one person is told: alone, or as one list when it is much or the day's messages are used up."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.chat.feature import Work
from bot.chat.messages import Attachment, Effects, Lines, Outgoing, Rank, Text, While
from bot.domain.case import Case
from bot.domain.casenumber import spoken
from bot.domain.ladder import Leg, morning_at
from bot.domain.people import MemberId
from bot.domain.times import local_day, stored
from handlers.deadlines import lists, order, wording
from handlers.deadlines.declared import MORNING, STEP, TELL, text
from handlers.deadlines.hours import FOR_LIST, permitted
from handlers.deadlines.people import Part
from handlers.deadlines.plan import clocks_of
from storage import cases, reminders, timers
from storage.reminders import Reminder

_PATIENCE: Final = timedelta(minutes=1)  # for steps of the same instant that are still being worked off
SOON: Final = timedelta(milliseconds=1)

Told = tuple[Reminder, Case]


async def tell(member: MemberId, work: Work, at: datetime) -> Effects:
    """Tell somebody what waits; what may not leave yet gets its time."""
    if await still_coming(work, at):
        await timers.set_timer(work.tx, TELL, member, at + SOON)
        return []
    found = await still_true(await reminders.waiting(work.tx, member, at, for_list=False), work, at)
    ready = await _apart(found, work, at)
    urgent = [one for one in ready if one[1].is_urgent]
    calm = await _in_hours([one for one in ready if not one[1].is_urgent], work, at)
    effects = [*await said(urgent, work, at, most=None), *await _within_budget(calm, member, work, at)]
    await wake(member, work, at + SOON)
    return effects


async def wake(member: MemberId, work: Work, at: datetime) -> None:
    """See to it that what waits for somebody is told when it may be, from `at` on."""
    first = await reminders.next_at(work.tx, member)
    if first is not None:
        await timers.set_timer(work.tx, TELL, member, max(first, at))


async def still_coming(work: Work, at: datetime) -> bool:
    """Whether steps of this instant are still being worked off: what they lead to is told together."""
    return await timers.any_due(work.tx, STEP, at, at - _PATIENCE)


async def _in_hours(ready: Sequence[Told], work: Work, at: datetime) -> list[Told]:
    """What was put off into a break, or past the end of work, is put off once more; so is what an outage held up."""
    now: list[Told] = []
    for reminder, case in ready:
        send_at, reason = permitted(case, work, at)
        if send_at > at:
            await reminders.postpone(work.tx, reminder.id, send_at, reason or reminder.reason)
        else:
            now.append((reminder, case))
    return now


async def at_once(reminder: Reminder, case: Case, work: Work, at: datetime) -> Effects:
    """A danger to life waits for nothing."""
    return [await _single(reminder, case, work, at)]


async def _within_budget(ready: Sequence[Told], member: MemberId, work: Work, at: datetime) -> Effects:
    """So many messages a day that can wait; over it they are lines of the next list."""
    if not ready:
        return []
    left = await budget(member, work, at)
    if left <= 0:
        listed = morning_at(work.town.calendar, at + SOON)
        for reminder, _ in ready:
            await reminders.postpone(work.tx, reminder.id, listed, FOR_LIST)
        return []
    return await said(ready, work, at, most=left)


async def budget(member: MemberId, work: Work, at: datetime) -> int:
    """How many messages that can wait somebody may still get today, one kept back for each list that is to come."""
    kept = await lists.will_have_evening(member, work, at) + await timers.is_set(work.tx, MORNING, member)
    had = await reminders.count_messages(work.tx, member, midnight(work, at))
    return work.town.rulebook.ladder.most_a_day - had - kept


def midnight(work: Work, at: datetime) -> datetime:
    """The beginning of the county's day."""
    return datetime.combine(local_day(at, work.town.zone), datetime.min.time(), work.town.zone)


async def said(ready: Sequence[Told], work: Work, at: datetime, *, most: int | None) -> Effects:
    """Each alone while they are few, else one list."""
    if not ready:
        return []
    ladder = work.town.rulebook.ladder
    within = ladder.bundle_within.length(work.town.calendar)
    lately = await reminders.told_times(work.tx, ready[0][0].member, at - within)
    if len(ready) + len(lately) <= ladder.bundle_more_than and (most is None or len(ready) <= most):
        return [await _single(reminder, case, work, at) for reminder, case in ready]
    if lately and len(ready) + len(lately) > ladder.bundle_more_than:  # together with what comes until then
        for reminder, _ in ready:
            await reminders.postpone(work.tx, reminder.id, lately[0] + within, "bundle")
        return []
    return [await listed(ready, work, at)]


async def listed(ready: Sequence[Told], work: Work, at: datetime) -> Outgoing:
    """One list for all of them."""
    member = ready[0][0].member
    once = f"list:{member}:{stored(at)}"
    for reminder, _ in ready:
        await reminders.settle(work.tx, reminder.id, "bundled", at, reason="list", told_in=once)
    shown = [case for _, case in ready]
    rank = Rank.CARD if any(case.is_urgent for case in shown) else Rank.REMINDER
    if all(reminder.part == Part.COPY for reminder, _ in ready):
        return Outgoing(member, await _copies(ready, work), rank=rank, once=once)
    lines = [await lists.line(index, one, work, at) for index, one in enumerate(ready[: lists.MOST_LINES], 1)]
    head = text("list.reminders", n=len(ready))
    more = (text("list.more", n=len(ready) - len(lines)),) if len(ready) > len(lines) else ()
    return Outgoing(
        member,
        Lines((head, *lines, *more)),
        lists.buttons(shown, all_of_them=any(one.part != Part.LEAD_OFFICE for one, _ in ready)),
        rank=rank,
        once=once,
    )


async def _copies(ready: Sequence[Told], work: Work) -> Text:
    """The contact knows these cases from the lists: only that somebody above was told is new."""
    (first, case), numbers = ready[0], "、".join(spoken(case.number) for _, case in ready)
    step = work.town.rulebook.ladder.step(first.step)
    whom = await wording.whom(case, step, work) if step is not None else text("above.the_office")
    return text("list.copies", numbers=numbers, whom=whom)


async def _single(reminder: Reminder, case: Case, work: Work, at: datetime) -> Outgoing:
    step, part = work.town.rulebook.ladder.step(reminder.step), Part(reminder.part)
    if step is None:
        raise ValueError(f"the ladder has no step {reminder.step}")
    once = f"remind:{reminder.id}"
    await reminders.settle(work.tx, reminder.id, "told", at, told_in=once)
    failed = case.reworks > 1 and reminder.due_at == case.moved_at
    message = Outgoing(
        reminder.member,
        await wording.words(case, step, part, work, at, failed=failed),
        wording.buttons(case, step, part),
        case=case.id,
        rank=Rank.CARD if case.is_urgent else Rank.REMINDER,
        once=once,
        valid=While(case.id, case.round, (case.state,)),
    )
    ordered = await order.of_step(case, step.level, work) if part is Part.LEAD_OFFICE else None
    return message if ordered is None else _with_order(message, *ordered)


def _with_order(message: Outgoing, said: Text, drawn: Attachment, button: object) -> Outgoing:
    lines = message.text.parts if isinstance(message.text, Lines) else (message.text,)
    return replace(message, text=Lines((said, *lines)), attachments=(drawn,), buttons=(button, *message.buttons))


async def still_true(waiting: Sequence[Reminder], work: Work, at: datetime) -> list[Told]:
    """What still makes sense: the clock runs, and of two about one case only the later."""
    found: dict[int, Told] = {}
    for reminder in waiting:
        case, step = await cases.get(work.tx, reminder.case), work.town.rulebook.ladder.step(reminder.step)
        leg = step.leg if step is not None else Leg.RATING
        if leg not in clocks_of(case, work) or (reminder.part == Part.CONTACT and case.contact_id != reminder.member):
            await reminders.settle(work.tx, reminder.id, "dropped", at, reason="moved")
            continue
        if case.id in found:
            await reminders.settle(work.tx, found[case.id][0].id, "dropped", at, reason="overtaken")
        found[case.id] = (reminder, case)
    return list(found.values())


async def _apart(found: Sequence[Told], work: Work, at: datetime) -> list[Told]:
    """Two reminders about one case are so far apart at least; the later one waits."""
    gap = work.town.rulebook.ladder.gap.length(work.town.calendar)
    ready: list[Told] = []
    for reminder, case in found:
        last = await reminders.last_told(work.tx, case.id, reminder.member)
        if last is not None and at - last < gap:
            await reminders.postpone(work.tx, reminder.id, last + gap, "gap")
        else:
            ready.append((reminder, case))
    return ready
