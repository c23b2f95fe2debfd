"""Objections of riders to a line of the ledger or to a month: who said what, who was asked, what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.people import MemberId
from bot.domain.times import read, stored
from storage.database import Row, Tx, maybe_number, number, text


class ObjectionState(StrEnum):
    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Objection:
    """`entry_id`: the line of the ledger it is about; None: the month as a whole. `asked_id`: None if nobody may answer."""

    id: int
    period: str
    member_id: MemberId
    entry_id: int | None
    words: str
    at: datetime
    due_at: datetime
    state: ObjectionState
    asked_id: MemberId | None
    answer: str


async def insert(
    tx: Tx,
    period: str,
    member: MemberId,
    entry: int | None,
    words: str,
    *,
    at: datetime,
    due_at: datetime,
    asked: MemberId | None,
) -> Objection:
    """Note an objection."""
    row = await tx.one(
        "INSERT INTO objections (period, member_id, entry_id, words, at, due_at, asked_id)"
        " VALUES (:period, :member, :entry, :words, :at, :due, :asked) RETURNING *",
        period=period,
        member=member,
        entry=entry,
        words=words,
        at=stored(at),
        due=stored(due_at),
        asked=asked,
    )
    return _objection(row)


async def get(tx: Tx, objection: int) -> Objection:
    """An objection by its id."""
    return _objection(await tx.one("SELECT * FROM objections WHERE id = CAST(:id AS BIGINT)", id=objection))


async def list_open(tx: Tx, period: str) -> Sequence[Objection]:
    """Open objections to a month, oldest first."""
    rows = await tx.all("SELECT * FROM objections WHERE period = :period AND state = 'open' ORDER BY id", period=period)
    return [_objection(row) for row in rows]


async def list_overdue(tx: Tx, now: datetime) -> Sequence[Objection]:
    """Open objections whose time to answer is up, oldest first."""
    rows = await tx.all("SELECT * FROM objections WHERE state = 'open' AND due_at <= :now ORDER BY id", now=stored(now))
    return [_objection(row) for row in rows]


async def find_open(tx: Tx, member: MemberId, period: str, entry: int | None) -> Objection | None:
    """The open objection of a member to this line, or to the month as a whole."""
    row = await tx.maybe(
        "SELECT * FROM objections WHERE member_id = :member AND period = :period AND state = 'open'"
        " AND COALESCE(entry_id, 0) = CAST(:entry AS BIGINT)",
        member=member,
        period=period,
        entry=entry or 0,
    )
    return None if row is None else _objection(row)


async def set_words(tx: Tx, objection: int, words: str) -> bool:
    """Change what is said; False if it is not open any more."""
    return bool(
        await tx.run(
            "UPDATE objections SET words = :words WHERE id = :id AND state = 'open'", words=words, id=objection
        )
    )


async def settle(tx: Tx, objection: int, state: ObjectionState, by: MemberId, at: datetime, answer: str = "") -> bool:
    """End an objection: upheld, dismissed or withdrawn; False if somebody has ended it before."""
    return bool(
        await tx.run(
            "UPDATE objections SET state = :state, answered_by = :by, answered_at = :at, answer = :answer"
            " WHERE id = :id AND state = 'open'",
            state=state,
            by=by,
            at=stored(at),
            answer=answer,
            id=objection,
        )
    )


async def list_bookers(tx: Tx, entry: int) -> Sequence[MemberId]:
    """Everybody who had a hand in a line of the ledger: booked, confirmed or proposed it."""
    rows = await tx.all(
        "SELECT actor_id AS member_id FROM points WHERE id = :id OR of_id = :id"
        " UNION SELECT asked_by FROM deductions WHERE entry_id = :id"
        " UNION SELECT decided_by FROM deductions WHERE entry_id = :id AND decided_by IS NOT NULL ORDER BY 1",
        id=entry,
    )
    return [MemberId(number(row, "member_id")) for row in rows]


async def list_month_bookers(tx: Tx, rider: MemberId, period: str) -> Sequence[MemberId]:
    """Everybody who booked a line of a rider's month by hand, or settled one."""
    rows = await tx.all(
        "SELECT DISTINCT actor_id FROM points WHERE member_id = :rider AND period = :period"
        " AND (reason <> '' OR of_id IS NOT NULL) ORDER BY actor_id",
        rider=rider,
        period=period,
    )
    return [MemberId(number(row, "actor_id")) for row in rows]


def _objection(row: Row) -> Objection:
    asked = maybe_number(row, "asked_id")
    return Objection(
        id=number(row, "id"),
        period=text(row, "period"),
        member_id=MemberId(number(row, "member_id")),
        entry_id=maybe_number(row, "entry_id"),
        words=text(row, "words"),
        at=read(text(row, "at")),
        due_at=read(text(row, "due_at")),
        state=ObjectionState(text(row, "state")),
        asked_id=None if asked is None else MemberId(asked),
        answer=text(row, "answer"),
    )
