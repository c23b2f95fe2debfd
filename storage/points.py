"""The ledger of points: rows are only added. What becomes of an entry is a further row that names it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.domain.case import CaseId
from bot.domain.people import MemberId
from bot.domain.times import stored
from storage.database import Row, Tx, maybe_number, maybe_text, number, text


class Step(StrEnum):
    """Where an entry stands. A row counts for balances unless its own step is PENDING."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry to be booked. `key`: item:subject:rider:occurrence; `period` and `day` are the county's."""

    key: str
    member_id: MemberId
    item: str
    delta: int
    step: Step
    case_id: CaseId | None
    actor_id: MemberId
    rules_id: int | None
    period: str
    day: str
    at: datetime
    spendable_only: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry and where it stands now, after the rows that name it."""

    id: int
    key: str
    member_id: MemberId
    item: str
    delta: int
    step: Step
    spendable_only: bool
    case_id: CaseId | None
    period: str
    day: str
    case_number: int | None


@dataclass(frozen=True, slots=True)
class Given:
    """Points a member was given and has not lost again, pending ones included: what caps are measured by.

    `all_day` and `all_month`: gains of the items that stand under the caps over all items.
    """

    item_day: int
    item_month: int
    all_day: int
    all_month: int


@dataclass(frozen=True, slots=True)
class Balance:
    """`rank` among the riders in office this month, from 1; equal points share a rank."""

    month: int
    rank: int
    spendable: int


async def hold(tx: Tx, member: MemberId) -> None:
    """Let nobody else book for this member until the transaction ends, so that two of them share one cap."""
    await tx.run("UPDATE members SET name = name WHERE id = :id", id=member)


async def add(tx: Tx, entry: NewEntry) -> None:
    """Book an entry.

    Raises:
        Conflict: an entry with this key was booked before.
    """
    await tx.run(
        "INSERT INTO points (key, member_id, item, delta, spendable_only, step, case_id, actor_id, rules_id, period, day,"
        " at) VALUES (:key, :member, :item, :delta, :spendable, :step, :case, :actor, :rules, :period, :day, :at)",
        key=entry.key,
        member=entry.member_id,
        item=entry.item,
        delta=entry.delta,
        spendable="yes" if entry.spendable_only else None,
        step=entry.step,
        case=entry.case_id,
        actor=entry.actor_id,
        rules=entry.rules_id,
        period=entry.period,
        day=entry.day,
        at=stored(entry.at),
    )


async def confirm(tx: Tx, entry: Entry, actor: MemberId, at: datetime) -> None:
    """A pending entry counts from now on, in the month in which it was earned."""
    await _settle(tx, entry, Step.CONFIRMED, entry.delta, actor, at, "")


async def reverse(tx: Tx, entry: Entry, actor: MemberId, at: datetime, reason: str) -> None:
    """Take an entry back, whether it counted already or not; its caps have that room again."""
    counted = entry.delta if entry.step is Step.CONFIRMED else 0
    await _settle(tx, entry, Step.REVERSED, -counted, actor, at, reason)


async def _settle(tx: Tx, entry: Entry, step: Step, delta: int, actor: MemberId, at: datetime, reason: str) -> None:
    await tx.run(
        "INSERT INTO points (key, member_id, item, delta, spendable_only, step, case_id, actor_id, reason, period, day, at,"
        " of_id) VALUES (:key, :member, :item, :delta, :spendable, :step, :case, :actor, :reason, :period, :day, :at, :of)",
        key=f"{entry.key}:{step}",
        member=entry.member_id,
        item=entry.item,
        delta=delta,
        spendable="yes" if entry.spendable_only else None,
        step=step,
        case=entry.case_id,
        actor=actor,
        reason=reason,
        period=entry.period,
        day=entry.day,
        at=stored(at),
        of=entry.id,
    )


# Every entry with where it stands; the rows that only settle one are left out.
_ENTRIES: Final = (
    "SELECT p.*, c.number AS case_number, CASE"
    " WHEN EXISTS (SELECT 1 FROM points r WHERE r.of_id = p.id AND r.step = 'reversed') THEN 'reversed'"
    " WHEN EXISTS (SELECT 1 FROM points r WHERE r.of_id = p.id AND r.step = 'confirmed') THEN 'confirmed'"
    " ELSE p.step END AS standing FROM points p LEFT JOIN cases c ON c.id = p.case_id WHERE p.of_id IS NULL"
)


async def list_of_case(tx: Tx, case: CaseId, member: MemberId | None = None) -> Sequence[Entry]:
    """Entries of a case (and of one member), oldest first."""
    rows = await tx.all(
        _ENTRIES + " AND p.case_id = :case AND (CAST(:member AS BIGINT) = 0 OR p.member_id = CAST(:member AS BIGINT))"
        " ORDER BY p.id",
        case=case,
        member=member or 0,
    )
    return [_entry(row) for row in rows]


async def list_recent(tx: Tx, member: MemberId, most: int) -> Sequence[Entry]:
    """The newest entries of a member, newest first, by the month they were earned in."""
    newest = await tx.all(
        "SELECT id, period FROM points WHERE member_id = :member AND of_id IS NULL ORDER BY period DESC, id DESC"
        " LIMIT CAST(:most AS BIGINT)",
        member=member,
        most=most,
    )
    if not newest:
        return []
    rows = await tx.all(
        _ENTRIES + " AND p.member_id = :member AND p.period >= :since ORDER BY p.period DESC, p.id DESC"
        " LIMIT CAST(:most AS BIGINT)",
        member=member,
        since=text(newest[-1], "period"),
        most=most,
    )
    return [_entry(row) for row in rows]


async def given(tx: Tx, member: MemberId, item: str, day: str, period: str, outside: Sequence[str]) -> Given:
    """What a member was given on a day and in its month; `outside`: items that stand outside the caps over all."""
    row = await tx.one(
        "SELECT CAST(COALESCE(SUM(CASE WHEN item = :item AND day = :day THEN delta ELSE 0 END), 0) AS BIGINT) AS item_day,"
        " CAST(COALESCE(SUM(CASE WHEN item = :item THEN delta ELSE 0 END), 0) AS BIGINT) AS item_month,"
        " CAST(COALESCE(SUM(CASE WHEN day = :day THEN counted ELSE 0 END), 0) AS BIGINT) AS all_day,"
        " CAST(COALESCE(SUM(counted), 0) AS BIGINT) AS all_month FROM ("
        "SELECT p.item, p.day, p.delta, CASE WHEN p.delta > 0 AND p.spendable_only IS NULL"
        " AND (',' || CAST(:outside AS TEXT) || ',') NOT LIKE ('%,' || p.item || ',%') THEN p.delta ELSE 0 END AS counted"
        " FROM points p WHERE p.member_id = :member AND p.period = :period AND p.of_id IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM points r WHERE r.of_id = p.id AND r.step = 'reversed')) AS standing",
        member=member,
        item=item,
        day=day,
        period=period,
        outside=",".join(outside),
    )
    return Given(number(row, "item_day"), number(row, "item_month"), number(row, "all_day"), number(row, "all_month"))


async def balance(tx: Tx, member: MemberId, period: str) -> Balance:
    """Confirmed points of a member: those of the month with its rank, and all that can be spent."""
    row = await tx.one(
        "SELECT CAST(COALESCE(SUM(CASE WHEN period = :period AND spendable_only IS NULL THEN delta ELSE 0 END), 0)"
        " AS BIGINT) AS month, CAST(COALESCE(SUM(delta), 0) AS BIGINT) AS spendable FROM points"
        " WHERE member_id = :member AND step <> 'pending'",
        member=member,
        period=period,
    )
    month = number(row, "month")
    above = await tx.one(
        "SELECT count(DISTINCT o.member_id) AS n FROM posts o WHERE o.role IN ('rider', 'captain') AND o.until_at IS NULL"
        " AND (SELECT COALESCE(SUM(p.delta), 0) FROM points p WHERE p.member_id = o.member_id AND p.period = :period"
        " AND p.step <> 'pending' AND p.spendable_only IS NULL) > CAST(:month AS BIGINT)",
        period=period,
        month=month,
    )
    return Balance(month, number(above, "n") + 1, number(row, "spendable"))


def _entry(row: Row) -> Entry:
    case = maybe_number(row, "case_id")
    return Entry(
        id=number(row, "id"),
        key=text(row, "key"),
        member_id=MemberId(number(row, "member_id")),
        item=text(row, "item"),
        delta=number(row, "delta"),
        step=Step(text(row, "standing")),
        spendable_only=maybe_text(row, "spendable_only") is not None,
        case_id=None if case is None else CaseId(case),
        period=text(row, "period"),
        day=text(row, "day"),
        case_number=maybe_number(row, "case_number"),
    )
