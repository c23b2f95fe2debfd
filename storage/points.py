"""The ledger of points: rows are only added. What becomes of an entry is a further row that names it.

Whoever writes has called `hold` for the member first; the sums beside the ledger change with every row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.case import CaseId
from bot.domain.ledger import Given, Step
from bot.domain.people import MemberId
from bot.domain.times import read, stored
from storage import balances, months
from storage.database import Row, Tx, maybe_number, maybe_text, number, text


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry to be booked. `key`: item:subject:rider:occurrence; `period` and `day` are the county's.

    `grade`: which of the item's figures, from 0. `may_owe`: it may take more than there is to spend.
    """

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
    may_owe: bool = False
    grade: int = 0
    reason: str = ""
    photo_id: int | None = None


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
    grade: int
    case_id: CaseId | None
    rules_id: int | None
    period: str
    day: str
    case_number: int | None
    actor_id: MemberId
    at: datetime
    reason: str
    photo_id: int | None


async def hold(tx: Tx, member: MemberId) -> None:
    """Let nobody else book for this member until the transaction ends, so that two of them share one cap."""
    await tx.run("UPDATE members SET name = name WHERE id = :id", id=member)


async def add(tx: Tx, entry: NewEntry, *, wallet: int | None = None) -> int:
    """Book an entry; returns its id. `wallet`: what it changes there, where that is not as usual.

    Raises:
        Conflict: an entry with this key was booked before.
    """
    if entry.step is Step.PENDING:
        return await _append(tx, entry, 0, None)
    if wallet is None:
        wallet = await balances.change_of(tx, entry.member_id, entry.delta, may_owe=entry.may_owe)
    return await _append(tx, entry, wallet, None)


async def confirm(tx: Tx, entry: Entry, actor: MemberId, at: datetime, *, into: str | None = None) -> None:
    """A pending entry counts from now on, in the month in which it was earned, or the running one if that is closed.

    `into`: the month in any case, as an objection decides.
    """
    period = into or await months.landing(tx, entry.period)
    wallet = await balances.change_of(tx, entry.member_id, entry.delta)
    await _append(tx, _settling(entry, Step.CONFIRMED, entry.delta, actor, at, "", period), wallet, entry.id)


async def reverse(tx: Tx, entry: Entry, actor: MemberId, at: datetime, reason: str, *, into: str | None = None) -> None:
    """Take an entry back, whether it counted already or not; its caps have that room again.

    The month in which it counted loses it, or the running one if that is closed; `into`: this month in any case. The
    wallet gets back what was taken from it, and gives what is left of what it got.
    """
    period = into or await months.landing(tx, await _counted_in(tx, entry))
    counted = 0 if entry.step is Step.PENDING else entry.delta
    wallet = await balances.change_of(tx, entry.member_id, -await balances.moved_by(tx, entry.id))
    await _append(tx, _settling(entry, Step.REVERSED, -counted, actor, at, reason, period), wallet, entry.id)


async def _counted_in(tx: Tx, entry: Entry) -> str:
    """The month an entry counts in: another one than its own if it was confirmed after the close."""
    row = await tx.maybe("SELECT period FROM points WHERE of_id = :id AND step = 'confirmed'", id=entry.id)
    return text(row, "period") if row else entry.period


def _settling(
    entry: Entry, step: Step, delta: int, actor: MemberId, at: datetime, reason: str, period: str
) -> NewEntry:
    return NewEntry(
        key=f"{entry.key}:{step}",
        member_id=entry.member_id,
        item=entry.item,
        delta=delta,
        step=step,
        case_id=entry.case_id,
        actor_id=actor,
        rules_id=entry.rules_id,
        period=period,
        day=entry.day if period == entry.period else f"{period}-01",
        at=at,
        spendable_only=entry.spendable_only,
        grade=entry.grade,
        reason=reason,
    )


async def _append(tx: Tx, entry: NewEntry, wallet: int, of: int | None) -> int:
    """`wallet`: what the row changes there; nothing while it is pending."""
    row = await tx.one(
        "INSERT INTO points (key, member_id, item, delta, spendable_only, step, case_id, actor_id, reason, rules_id, grade,"
        " wallet, photo_id, period, day, at, of_id) VALUES (:key, :member, :item, :delta, :spendable, :step, :case, :actor,"
        " :reason, :rules, :grade, :wallet, :photo, :period, :day, :at, :of) RETURNING id",
        key=entry.key,
        member=entry.member_id,
        item=entry.item,
        delta=entry.delta,
        spendable="yes" if entry.spendable_only else None,
        step=entry.step,
        case=entry.case_id,
        actor=entry.actor_id,
        reason=entry.reason,
        rules=entry.rules_id,
        grade=entry.grade,
        wallet=None if wallet == entry.delta or entry.step is Step.PENDING else wallet,
        photo=entry.photo_id,
        period=entry.period,
        day=entry.day,
        at=stored(entry.at),
        of=of,
    )
    if entry.step is not Step.PENDING:
        ranking = 0 if entry.spendable_only else entry.delta
        await balances.shift(tx, entry.member_id, entry.period, ranking=ranking, wallet=wallet)
    return number(row, "id")


# Every entry with where it stands; the rows that only settle one are left out.
_ENTRIES: Final = (
    "SELECT p.*, c.number AS case_number, CASE"
    " WHEN EXISTS (SELECT 1 FROM points r WHERE r.of_id = p.id AND r.step = 'reversed') THEN 'reversed'"
    " WHEN EXISTS (SELECT 1 FROM points r WHERE r.of_id = p.id AND r.step = 'confirmed') THEN 'confirmed'"
    " ELSE p.step END AS standing FROM points p LEFT JOIN cases c ON c.id = p.case_id WHERE p.of_id IS NULL"
)


async def find(tx: Tx, key: str) -> Entry | None:
    """The entry with this key."""
    row = await tx.maybe(_ENTRIES + " AND p.key = :key", key=key)
    return None if row is None else _entry(row)


async def get(tx: Tx, entry: int) -> Entry:
    """An entry by its id; a row that only settles one is none."""
    return _entry(await tx.one(_ENTRIES + " AND p.id = CAST(:id AS BIGINT)", id=entry))


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
        "SELECT p.item, p.day, p.delta, CASE WHEN p.delta > 0 AND p.spendable_only IS NULL AND p.item <> ''"
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
        grade=number(row, "grade"),
        case_id=None if case is None else CaseId(case),
        rules_id=maybe_number(row, "rules_id"),
        period=text(row, "period"),
        day=text(row, "day"),
        case_number=maybe_number(row, "case_number"),
        actor_id=MemberId(number(row, "actor_id")),
        at=read(text(row, "at")),
        reason=text(row, "reason"),
        photo_id=maybe_number(row, "photo_id"),
    )
