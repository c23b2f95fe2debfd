"""Booking an item of the rule book: by the rules in force on its day, once, and no further than its caps."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.domain.case import Case
from bot.domain.ledger import FAKE_REPORT, Step, entry_key, item_with, outside_caps, points_for
from bot.domain.people import RIDERS, MemberId
from bot.domain.rulebook import PointItem
from bot.domain.times import local_day
from storage import members, months, points, rule_versions
from storage.database import Tx
from storage.points import NewEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """What a rider did or is charged with. `subject` names it in the key, e.g. "case:7", "month:2026-11".

    `at`: the server's receipt of the event. `on`: the county's day it belongs to, be its month closed or not; if not
    said, that of `at`. `grade`: which of the item's figures, from 0. `case`: the case it stands with. `pending`: it waits
    for a person; by itself an item to be checked does.
    """

    code: str
    member: MemberId
    subject: str
    at: datetime
    by: MemberId
    reason: str = ""
    photo: int | None = None
    grade: int = 0
    case: Case | None = None
    on: date | None = None
    pending: bool | None = None


async def book_item(tx: Tx, zone: ZoneInfo, what: Occurrence) -> int | None:
    """Book an occurrence; returns its entry, also one that was booked before and stands.

    None: the caps leave nothing, the day has no such item, the member is no appointed rider, or the case is practice.
    A thing that was taken back may be booked again.
    """
    if (what.case is not None and what.case.practice) or not await is_appointed(tx, what.member):
        return None
    await points.hold(tx, what.member)  # before anything is read: two who book at once share the room
    happened = what.on or local_day(what.at, zone)
    version = await rule_versions.in_force(tx, happened.isoformat())
    item = item_with(what.code, version.rules) if version else None
    if version is None or item is None:
        return None
    occurrence = 1
    while before := await points.find(tx, entry_key(item.code, what.subject, what.member, occurrence)):
        if before.step is not Step.REVERSED:
            return before.id
        occurrence += 1
    on = happened if what.on else await _counting_day(tx, happened)
    given = await points.given(tx, what.member, item.code, on.isoformat(), f"{on:%Y-%m}", outside_caps(version.rules))
    delta = points_for(item, version.rules, given, what.grade)
    if delta == 0:
        return None
    return await points.add(tx, _entry(what, item, delta, version.id, on, occurrence))


async def _counting_day(tx: Tx, day: date) -> date:
    """The day itself while its month is open, else the first of the month that runs."""
    own = f"{day:%Y-%m}"
    period = await months.landing(tx, own)
    return day if period == own else date.fromisoformat(f"{period}-01")


async def is_appointed(tx: Tx, member: MemberId) -> bool:
    """Whether a member is a rider in office; nobody else earns or loses points."""
    found = await members.get(tx, member)
    return not found.is_system and found.is_any(RIDERS)


def _entry(what: Occurrence, item: PointItem, delta: int, rules: int, on: date, occurrence: int) -> NewEntry:
    waits = item.mode == "check" if what.pending is None else what.pending
    pending = waits and delta > 0  # a deduction was decided before
    return NewEntry(
        key=entry_key(item.code, what.subject, what.member, occurrence),
        member_id=what.member,
        item=item.code,
        delta=delta,
        step=Step.PENDING if pending else Step.CONFIRMED,
        case_id=what.case.id if what.case else None,
        actor_id=what.by,
        rules_id=rules,
        period=f"{on:%Y-%m}",
        day=on.isoformat(),
        at=what.at,
        spendable_only=item.spendable_only,
        may_owe=item.trigger == FAKE_REPORT,
        grade=what.grade,
        reason=what.reason,
        photo_id=what.photo,
    )
