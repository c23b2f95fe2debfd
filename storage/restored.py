"""Deductions of a quarter, what was learned since, and what was given back for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.case import CaseId
from bot.domain.ledger import Step
from bot.domain.people import MemberId
from storage.database import Tx, maybe_number, number, text


@dataclass(frozen=True, slots=True)
class Row:
    """An entry that counts: a deduction, a lesson, or points given back (`reason` says for what and of which)."""

    id: int
    item: str
    delta: int
    step: Step
    reason: str
    case: CaseId | None


async def of_months(tx: Tx, member: MemberId, first: str, last: str, lesson: str) -> Sequence[Row]:
    """Deductions, lessons (the item `lesson`) and what was given back, from month to month, oldest first."""
    rows = await tx.all(
        "SELECT id, item, delta, step, reason, case_id FROM points p WHERE member_id = :member AND period >= :first"
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
            )
        )
    return found
