"""The ledger as an upheld objection wants it: a line taken back, confirmed or booked again, what was left out added."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from bot.chat.feature import Work
from bot.domain.case import Case
from bot.domain.casenumber import case_number
from bot.domain.ledger import Step, item_with
from bot.domain.refusal import Refused
from bot.domain.rulebook import PointItem
from bot.domain.times import local_day, span_of_month
from handlers.ranking import closing
from storage import booking, cases, hints, months, points, restored
from storage.booking import Occurrence
from storage.months import MonthState
from storage.objections import Objection
from storage.points import Entry

_SIGNS: Final = str.maketrans("\uff0b\uff0d\u2212", "+--")
_ITEM: Final = re.compile(r"\s*(?P<code>[A-Ea-e]\d{2})\s*(?P<points>[-+]?\d{1,3})(?!\d)\s*分?[,，、;；]?")
_MOST_ITEMS: Final = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """Items to be booked, each with which of its figures; `number`: the case they are about."""

    items: tuple[tuple[PointItem, int], ...]
    number: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """`how`: added, confirmed, taken_back or restored."""

    how: str
    item: str
    delta: int


def read(words: str, work: Work) -> Wanted:
    """「A01 2 A04 1 0112 漏记」.

    Raises:
        Refused: an item is not known or is not worth that, or there is no reason.
    """
    rest, items = words.strip().translate(_SIGNS), list[tuple[PointItem, int]]()
    while found := _ITEM.match(rest):
        items.append(_figure(found["code"].upper(), found["points"], work))
        rest = rest[found.end() :].strip()
    if len(items) > _MOST_ITEMS:
        raise Refused("ranking.correct.too_many", most=_MOST_ITEMS)
    first = rest.partition(" ")[0]
    if not rest.strip(" ,，。"):
        raise Refused("ranking.correct.why")
    return Wanted(tuple(items), case_number(first, alone_or_after_command=True), rest)


def _figure(code: str, written: str, work: Work) -> tuple[PointItem, int]:
    item = item_with(code, work.town.rulebook.points)
    if item is None:
        raise Refused("ranking.correct.no_item", code=code)
    wanted = int(written)
    if wanted not in item.points:
        figures = "、".join(f"{figure:+d}" for figure in item.points)
        raise Refused("ranking.correct.not_worth", code=code, figures=figures)
    return item, item.points.index(wanted)


async def apply(found: Objection, wanted: Wanted, reason: str, work: Work, at: datetime) -> Sequence[Change]:
    """Write to the ledger: into the month of the objection while it is not settled, else into the running one.

    Raises:
        Refused: nothing would change, as no item is named or the caps leave nothing.
    """
    month = await months.find(work.tx, found.period)
    settled = month is not None and month.state is MonthState.FINAL
    await points.hold(work.tx, found.member_id)
    entry = await points.get(work.tx, found.entry_id) if found.entry_id is not None else None
    into = None if settled else found.period
    changes = [] if entry is None else await _line(entry, into, reason, wanted, work, at)
    case = await _case(entry, wanted, work)
    on = None if settled else await _day(found.period, entry, case, work)
    for item, grade in wanted.items:
        what = Occurrence(
            code=item.code, member=found.member_id, subject=f"objection:{found.id}", at=at, by=work.actor.id,
            reason=reason, grade=grade, case=case, on=on, pending=False,
        )  # fmt: skip
        if (booked := await booking.book_item(work.tx, work.town.zone, what)) is not None:
            changes.append(Change("added", item.code, (await points.get(work.tx, booked)).delta))
    if not changes:
        raise Refused("ranking.correct.no_room" if wanted.items else "ranking.correct.what")
    if month is not None and not settled:
        await closing.reward_if_clean(found.period, found.member_id, work, at)
    return changes


async def _line(entry: Entry, into: str | None, reason: str, wanted: Wanted, work: Work, at: datetime) -> list[Change]:
    """What becomes of the line itself; a gain that counts is taken back if other items are named instead."""
    if entry.step is Step.PENDING:
        return await _confirm(entry, into, work, at)
    if entry.step is Step.REVERSED:
        return await _again(entry, into, reason, work, at)
    if entry.delta > 0 and not wanted.items:
        raise Refused("ranking.correct.what")
    await points.reverse(work.tx, entry, work.actor.id, at, reason, into=into)
    if entry.delta < 0:
        await restored.take_back(work.tx, entry, work.actor.id, at, reason, into=into)
    return [Change("taken_back", entry.item, -entry.delta)]


async def _confirm(entry: Entry, into: str | None, work: Work, at: datetime) -> list[Change]:
    """The line and what else waits with its case: it was one thing that a person had to look at, and somebody has."""
    waiting = [entry]
    if entry.case_id is not None:
        booked = await points.list_of_case(work.tx, entry.case_id, entry.member_id)
        waiting = [one for one in booked if one.step is Step.PENDING]
    for one in waiting:
        await points.confirm(work.tx, one, work.actor.id, at, into=into if into == one.period else None)
        await hints.settle(work.tx, one.id, work.actor.id, at)
    return [Change("confirmed", one.item, one.delta) for one in waiting]


async def _again(entry: Entry, into: str | None, reason: str, work: Work, at: datetime) -> list[Change]:
    """A line that was taken back is booked once more."""
    if entry.case_id is None and not entry.item:
        return []
    what = Occurrence(
        code=entry.item, member=entry.member_id, subject=f"again:{entry.id}", at=at, by=work.actor.id, reason=reason,
        grade=entry.grade, case=await cases.get(work.tx, entry.case_id) if entry.case_id is not None else None,
        on=date.fromisoformat(entry.day) if into else None, pending=False,
    )  # fmt: skip
    booked = await booking.book_item(work.tx, work.town.zone, what)
    return [] if booked is None else [Change("restored", entry.item, (await points.get(work.tx, booked)).delta)]


async def _case(entry: Entry | None, wanted: Wanted, work: Work) -> Case | None:
    """The case that is named, else that of the line."""
    named = await cases.find_number(work.tx, wanted.number) if wanted.number is not None else None
    if named is None and entry is not None and entry.case_id is not None:
        return await cases.get(work.tx, entry.case_id)
    return named


async def _day(period: str, entry: Entry | None, case: Case | None, work: Work) -> date | None:
    """The day of the month whose caps count: that of the line or of the case, else its last one if it is closed."""
    if entry is not None and entry.period == period:
        return date.fromisoformat(entry.day)
    opened = local_day(case.opened_at, work.town.zone) if case is not None else None
    if opened is not None and f"{opened:%Y-%m}" == period:
        return opened
    if await months.landing(work.tx, period) == period:
        return None
    return span_of_month(period, work.town.zone)[1].date() - timedelta(days=1)
