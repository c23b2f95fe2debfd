"""Deductions by people: proposed by one, the rider heard, decided by another; only then a row of the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.case import CaseId
from bot.domain.people import MemberId
from bot.domain.times import read, stored
from storage.database import Row, Tx, maybe_number, maybe_text, number, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What an admin wants to deduct; `points` below 0."""

    member: MemberId
    item: str
    points: int
    case: CaseId | None
    reason: str
    photo: int | None
    asked_by: MemberId
    asked_at: datetime
    heard_until: datetime


@dataclass(frozen=True, slots=True)
class Deduction:
    """A proposal and what became of it. `answer`: the rider's words, "" if there are none."""

    id: int
    proposal: Proposal
    answer: str
    decided_at: datetime | None

    def may_be_decided(self, at: datetime) -> bool:
        """Whether the rider was heard: they have answered, or their time is over."""
        return self.decided_at is None and (self.answer != "" or self.proposal.heard_until <= at)


async def add(tx: Tx, proposal: Proposal) -> int:
    """Note a proposal; returns its id."""
    row = await tx.one(
        "INSERT INTO deductions (member_id, item, points, case_id, reason, photo_id, asked_by, asked_at, heard_until)"
        " VALUES (:member, :item, :points, :case, :reason, :photo, :by, :at, :until) RETURNING id",
        member=proposal.member,
        item=proposal.item,
        points=proposal.points,
        case=proposal.case,
        reason=proposal.reason,
        photo=proposal.photo,
        by=proposal.asked_by,
        at=stored(proposal.asked_at),
        until=stored(proposal.heard_until),
    )
    return number(row, "id")


async def get(tx: Tx, deduction: int) -> Deduction:
    return _deduction(await tx.one("SELECT * FROM deductions WHERE id = :id", id=deduction))


async def find(tx: Tx, deduction: int) -> Deduction | None:
    row = await tx.maybe("SELECT * FROM deductions WHERE id = :id", id=deduction)
    return None if row is None else _deduction(row)


async def list_open(tx: Tx) -> Sequence[Deduction]:
    """What nobody has decided, oldest first."""
    rows = await tx.all("SELECT * FROM deductions WHERE decided_at IS NULL ORDER BY id")
    return [_deduction(row) for row in rows]


async def answer(tx: Tx, deduction: int, words: str, at: datetime) -> bool:
    """Keep the rider's words, the last ones hold; False if it was decided before."""
    return bool(
        await tx.run(
            "UPDATE deductions SET answer = :words, answered_at = :at WHERE id = :id AND decided_at IS NULL",
            id=deduction,
            words=words,
            at=stored(at),
        )
    )


async def decide(tx: Tx, deduction: int, by: MemberId, at: datetime) -> bool:
    """Close a proposal; False if that was done before."""
    return bool(
        await tx.run(
            "UPDATE deductions SET decided_by = :by, decided_at = :at WHERE id = :id AND decided_at IS NULL",
            id=deduction,
            by=by,
            at=stored(at),
        )
    )


async def set_entry(tx: Tx, deduction: int, entry: int) -> None:
    """Name the row of the ledger it led to."""
    await tx.run("UPDATE deductions SET entry_id = :entry WHERE id = :id", id=deduction, entry=entry)


def _deduction(row: Row) -> Deduction:
    case, decided = maybe_number(row, "case_id"), maybe_text(row, "decided_at")
    proposal = Proposal(
        member=MemberId(number(row, "member_id")),
        item=text(row, "item"),
        points=number(row, "points"),
        case=None if case is None else CaseId(case),
        reason=text(row, "reason"),
        photo=maybe_number(row, "photo_id"),
        asked_by=MemberId(number(row, "asked_by")),
        asked_at=read(text(row, "asked_at")),
        heard_until=read(text(row, "heard_until")),
    )
    return Deduction(number(row, "id"), proposal, text(row, "answer"), None if decided is None else read(decided))
