"""Deductions of a quarter, what was learned since, and what was given back for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.case import CaseId
from bot.domain.ledger import Step
from bot.domain.people import MemberId
from storage import points
from storage.database import Tx, maybe_number, number, text
from storage.points import Entry


@dataclass(frozen=True, slots=True)
class Row:
    """An entry that counts: a deduction, a lesson, or points given back (`reason` says for what and of which).

    `wallet`: what it changed there; a deduction takes no more than there is.
    """

    id: int
    item: str
    delta: int
    step: Step
    reason: str
    case: CaseId | None
    wallet: int


async def of_months(tx: Tx, member: MemberId, first: str, last: str, lesson: str) -> Sequence[Row]:
    """Deductions, lessons (the item `lesson`) and what was given back, from month to month, oldest first."""
    rows = await tx.all(
        "SELECT id, item, delta, COALESCE(wallet, delta) AS moved, step, reason, case_id FROM points p WHERE member_id = :member AND period >= :first"
        " AND period <= :last AND of_id IS NULL AND (step = 'restored' OR (step = 'confirmed'"
        " AND (delta < 0 OR item = :lesson))) AND NOT EXISTS (SELECT 1 FROM points r WHERE r.of_id = p.id"
        " AND r.step = 'reversed') ORDER BY id",
        member=member,
        first=first,
        last=last,
        lesson=lesson,
    )
    found: list[Row] = []
    for row in rows:
        case = maybe_number(row, "case_id")
        found.append(
            Row(
                number(row, "id"),
                text(row, "item"),
                number(row, "delta"),
                Step(text(row, "step")),
                text(row, "reason"),
                None if case is None else CaseId(case),
                number(row, "moved"),
            )
        )
    return found


async def take_back(
    tx: Tx, deduction: Entry, actor: MemberId, at: datetime, reason: str, *, into: str | None = None
) -> None:
    """A deduction does not hold after all: neither does what was given back of it.

    `into`: the month that changes in any case, for what was given back in it.
    """
    rows = await tx.all(
        "SELECT id FROM points p WHERE member_id = :member AND step = 'restored' AND reason LIKE :named"
        " AND NOT EXISTS (SELECT 1 FROM points r WHERE r.of_id = p.id AND r.step = 'reversed') ORDER BY id",
        member=deduction.member_id,
        named=f"restored % {deduction.id}",
    )
    for row in rows:
        given = await points.get(tx, number(row, "id"))
        await points.reverse(tx, given, actor, at, reason, into=into if into == given.period else None)
