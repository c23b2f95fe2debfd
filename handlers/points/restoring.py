"""Rule 5: learning and persuading give a deducted point back, as a row of its own that names the deduction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.chat.feature import Work
from bot.chat.messages import Effects, Outgoing, Rank
from bot.domain.case import CaseId
from bot.domain.ledger import FAKE_REPORT, Step, entry_key, item_with
from bot.domain.people import SYSTEM
from bot.domain.times import local_day, local_month
from handlers.points.declared import text
from handlers.points.rules import LESSON, PERSUADED
from storage import points, restored, rule_versions
from storage.points import Entry, NewEntry
from storage.restored import Row

A_QUARTER: Final = 2  # points by lessons, and as many by persuading
LESSONS: Final = 3  # for one point
BY_LESSONS, BY_PERSUADING = "lessons", "persuading"


@dataclass(frozen=True, slots=True)
class Restorable:
    """A deduction that is not wholly given back yet. `wallet`: what the wallet gets back of it with the next point."""

    id: int
    item: str
    case: CaseId | None
    wallet: int = 1


def restorable(rows: Sequence[Row], how: str, never: Sequence[str]) -> Restorable | None:
    """The oldest deduction of the quarter of which a point may be given back; `never`: codes of which none ever is."""
    given = [(*_named(row.reason), row) for row in rows if row.step is Step.RESTORED]
    if sum(one_how == how for one_how, _, _ in given) >= A_QUARTER:
        return None
    for row in rows:
        back = [one for _, of, one in given if of == row.id]
        if row.step is Step.CONFIRMED and row.delta + len(back) < 0 and row.item not in never:
            taken = row.wallet + sum(one.wallet for one in back)
            return Restorable(row.id, row.item, row.case, 1 if taken < 0 else 0)
    return None


def reason_of(how: str, deduction: Restorable) -> str:
    """What a row that gives back says, by code: "restored lessons E04 17"."""
    return f"restored {how} {deduction.item} {deduction.id}"


def _named(reason: str) -> tuple[str, int]:
    _, how, _, deduction = reason.split()
    return how, int(deduction)


def quarter(period: str) -> tuple[str, str]:
    """First and last month of the quarter of a month: "2026-11" → "2026-10", "2026-12"."""
    year, month = period.split("-")
    first = (int(month) - 1) // 3 * 3 + 1
    return f"{year}-{first:02d}", f"{year}-{first + 2:02d}"


async def after_persuasion(entry: int, work: Work, at: datetime) -> Effects:
    """A persuasion counts: one point back."""
    return await _after(await points.get(work.tx, entry), PERSUADED, work, at)


async def after_lesson(entry: int, work: Work, at: datetime) -> Effects:
    """A lesson counts: with every third one of the quarter one point back."""
    return await _after(await points.get(work.tx, entry), LESSON, work, at)


async def take_back(entry: Entry, work: Work, at: datetime) -> None:
    """What was learned does not count after all: neither does what was given back for it."""
    given = await points.find(work.tx, _key(entry))
    if given is not None and given.step is not Step.REVERSED:
        await points.reverse(work.tx, given, work.actor.id, at, "undone")


async def _after(entry: Entry, trigger: str, work: Work, at: datetime) -> Effects:
    version = await rule_versions.in_force(work.tx, local_day(at, work.town.zone).isoformat())
    item = item_with(entry.item, version.rules) if version else None
    if version is None or item is None or item.trigger != trigger:
        return []
    first, last = quarter(local_month(at, work.town.zone))
    rows = await restored.of_months(work.tx, entry.member_id, first, last, entry.item)
    by_lessons = trigger == LESSON
    learned = sum(row.item == entry.item and row.delta > 0 for row in rows)
    how = BY_LESSONS if by_lessons else BY_PERSUADING
    never = [one.code for one in version.rules.items if one.trigger == FAKE_REPORT]
    found = restorable(rows, how, never)
    again = await points.find(work.tx, _key(entry)) is not None
    if found is None or again or (by_lessons and learned % LESSONS):
        return []
    await points.add(work.tx, _row(entry, found, how, version.id, at, work), wallet=found.wallet)
    said = text(f"restored_by.{how}", code=found.item)
    return [Outgoing(entry.member_id, said, rank=Rank.CARD, not_before=work.town.quiet.first_allowed(at))]


def _key(entry: Entry) -> str:
    """What was learned gives a point back once."""
    return entry_key("", f"restored:{entry.id}", entry.member_id, 1)


def _row(entry: Entry, deduction: Restorable, how: str, rules: int, at: datetime, work: Work) -> NewEntry:
    return NewEntry(
        key=_key(entry),
        member_id=entry.member_id,
        item="",
        delta=1,
        step=Step.RESTORED,
        case_id=deduction.case,
        actor_id=SYSTEM,
        rules_id=rules,
        period=local_month(at, work.town.zone),
        day=local_day(at, work.town.zone).isoformat(),
        at=at,
        reason=reason_of(how, deduction),
    )
