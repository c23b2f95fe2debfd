"""The lists of a contact: in the morning what is to do, in the evening what falls due on the next working day."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from bot.chat.feature import Work
from bot.chat.messages import Button, Effects, Lines, Outgoing, Rank, Text
from bot.domain.case import Case, CaseState
from bot.domain.casenumber import spoken
from bot.domain.ladder import EVENING_LIST, Leg, morning_at
from bot.domain.people import MemberId
from bot.domain.rulebook import Severity
from bot.domain.times import local_day
from bot.domain.todo import in_order, limit_of
from handlers.deadlines import wording
from handlers.deadlines.declared import text
from handlers.deadlines.people import Part
from storage import case_queries
from storage.reminders import Reminder

MOST_LINES: Final = 5
_MOST_BUTTONS: Final = 3


async def morning(member: MemberId, work: Work, at: datetime, *, folded: int) -> Effects:
    """T07, if something falls due today, is new without a card, or a reminder waited for this list (`folded`)."""
    todo = in_order(await case_queries.list_of_contact(work.tx, member))
    today = [case for case in todo if is_due_by(case, local_day(at, work.town.zone), work)]
    fresh = [case for case in todo if _is_new(case, work, at)]
    if not todo or not (today or fresh or folded):
        return []
    shown = _first(today, fresh, todo)
    lines = [_todo(index, case, work, at) for index, case in enumerate(shown, 1)]
    rest = (text("list.rest", n=len(todo) - len(shown)),) if len(todo) > len(shown) else ()
    return [_list(member, Lines((_head(todo, today, at), *lines, *rest)), shown, "morning", work, at)]


def _head(todo: Sequence[Case], today: Sequence[Case], at: datetime) -> Text:
    late = sum(limit is not None and limit <= at for limit in map(limit_of, todo))
    if late and late == len(today):
        return text("list.morning_past", n=len(todo), late=late)
    if late:
        return text("list.morning_late", n=len(todo), late=late, today=len(today) - late)
    return text("list.morning", n=len(todo), today=len(today)) if today else text("list.morning_calm", n=len(todo))


async def evening(member: MemberId, work: Work, at: datetime) -> Effects:
    """Only if something falls due until the end of the next working day."""
    tomorrow = await due_tomorrow(member, work, at)
    if not tomorrow:
        return []
    shown = tomorrow[:MOST_LINES]
    lines = [_todo(index, case, work, at) for index, case in enumerate(shown, 1)]
    more = (text("list.more", n=len(tomorrow) - len(shown)),) if len(tomorrow) > len(shown) else ()
    return [_list(member, Lines((text("list.evening", n=len(tomorrow)), *lines, *more)), shown, "evening", work, at)]


def _list(member: MemberId, said: Lines, shown: Sequence[Case], which: str, work: Work, at: datetime) -> Outgoing:
    return Outgoing(member, said, buttons(shown), rank=Rank.REMINDER, once=key(member, which, work, at))


def key(member: MemberId, which: str, work: Work, at: datetime) -> str:
    """The name of a list in the outbox: one of its kind a day."""
    return f"list:{member}:{local_day(at, work.town.zone)}:{which}"


async def due_tomorrow(member: MemberId, work: Work, at: datetime) -> Sequence[Case]:
    """What falls due after today and until the end of the next working day, earliest first."""
    today = local_day(at, work.town.zone)
    last = work.town.calendar.next_workday(today)
    todo = in_order(await case_queries.list_of_contact(work.tx, member))
    return [case for case in todo if is_due_by(case, last, work) and not is_due_by(case, today, work)]


async def will_have_evening(member: MemberId, work: Work, at: datetime) -> int:
    """1 while today's evening list is to come for somebody, else 0."""
    local = at.astimezone(work.town.zone)
    if local.time() >= EVENING_LIST or not work.town.calendar.is_workday(local.date()):
        return 0
    return 1 if await due_tomorrow(member, work, at) else 0


def is_due_by(case: Case, day: date, work: Work) -> bool:
    limit = limit_of(case)
    return limit is not None and local_day(limit, work.town.zone) <= day


def _is_new(case: Case, work: Work, at: datetime) -> bool:
    """Whether this is the first list after a case came that has no card of its own."""
    if case.severity is not Severity.P4 or case.state is not CaseState.DISPATCHED or case.dispatched_at is None:
        return False
    listed = morning_at(work.town.calendar, case.dispatched_at)
    return local_day(listed, work.town.zone) == local_day(at, work.town.zone)


def _first(today: Sequence[Case], fresh: Sequence[Case], todo: Sequence[Case]) -> Sequence[Case]:
    """What is due today, then what is new; of the rest only the number is told, unless it fits."""
    first = list({case.id: case for case in (*today, *fresh)}.values())
    return (first or list(todo))[:MOST_LINES] if len(todo) > MOST_LINES else todo


def _todo(index: int, case: Case, work: Work, at: datetime) -> Text:
    limit = limit_of(case)
    due = text("list.no_limit")
    if limit is not None:
        what = "accept" if case.state is CaseState.DISPATCHED else "mend"
        due = text(f"list.{what}_{'by' if limit > at else 'late'}", due=limit)
    return text("list.line", index=index, number=spoken(case.number), what=wording.what(case, work), due=due)


async def line(index: int, told: tuple[Reminder, Case], work: Work, at: datetime) -> Text:
    """A reminder as a line: for whoever is at it what is due, for everybody else who is at it."""
    reminder, case = told
    if reminder.part in (Part.CONTACT, Part.COPY):
        return _todo(index, case, work, at)
    step = work.town.rulebook.ladder.step(reminder.step)
    accept = step is not None and step.leg is Leg.ACCEPT
    due = case.accept_due if accept else case.resolve_due
    key = "list.above_accept" if accept else "list.above_resolve"
    return text(
        key,
        index=index,
        number=spoken(case.number),
        what=wording.what(case, work),
        who=await wording.contact(case, work),
        due=due or case.moved_at,
    )


def buttons(shown: Sequence[Case], *, all_of_them: bool = True) -> tuple[Button, ...]:
    """The first few open by a tap; what somebody has to do in all by 〔全部〕, where they have such a list."""
    opened = tuple(wording.work_on(case) for case in shown[:_MOST_BUTTONS])
    return (*opened, Button("progress.more", text("button.all"), target="0", row=1)) if all_of_them else opened
