"""Cases that somebody has in hand while the one they belong to is on leave; a case is lent once at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.case import CaseId
from bot.domain.people import MemberId
from bot.domain.times import stored
from storage.database import Row, Tx, number


@dataclass(frozen=True, slots=True)
class Loan:
    """`owner` gets the case back from `holder`."""

    case: CaseId
    owner: MemberId
    holder: MemberId


async def lend(tx: Tx, case: CaseId, owner: MemberId, holder: MemberId, at: datetime) -> None:
    """`holder` has the case until `owner` is back; an earlier loan of it is over."""
    await end(tx, case, at)
    await tx.run(
        "INSERT INTO loans (case_id, from_id, to_id, lent_at) VALUES (:case, :owner, :holder, :at)",
        case=case,
        owner=owner,
        holder=holder,
        at=stored(at),
    )


async def pass_on(tx: Tx, case: CaseId, giver: MemberId, taker: MemberId, at: datetime) -> bool:
    """What `giver` has on loan is with `taker` now, and at home if it is theirs; False if it is no loan of the giver."""
    loan = await find(tx, case)
    if loan is None or loan.holder != giver:
        return False
    if loan.owner == taker:
        await end(tx, case, at)
    else:
        await lend(tx, case, loan.owner, taker, at)
    return True


async def end(tx: Tx, case: CaseId, at: datetime) -> None:
    """The case is nobody's loan any more. Idempotent."""
    await tx.run("UPDATE loans SET ended_at = :at WHERE case_id = :case AND ended_at IS NULL", case=case, at=stored(at))


async def find(tx: Tx, case: CaseId) -> Loan | None:
    """The loan of a case that runs, or None."""
    row = await tx.maybe("SELECT * FROM loans WHERE case_id = :case AND ended_at IS NULL", case=case)
    return _loan(row) if row else None


async def list_from(tx: Tx, owner: MemberId) -> Sequence[Loan]:
    """What somebody has lent and not got back, in the order of lending."""
    rows = await tx.all("SELECT * FROM loans WHERE from_id = :owner AND ended_at IS NULL ORDER BY id", owner=owner)
    return [_loan(row) for row in rows]


def _loan(row: Row) -> Loan:
    return Loan(CaseId(number(row, "case_id")), MemberId(number(row, "from_id")), MemberId(number(row, "to_id")))
