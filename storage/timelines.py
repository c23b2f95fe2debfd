"""What happened to a case, read from `case_events` as a line of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.case import Case, CaseId, Move
from bot.domain.rulebook import AgencyId
from bot.domain.times import read
from storage.database import Tx, maybe_text, number, text


@dataclass(frozen=True, slots=True)
class Happened:
    """A move that was made. `agency`: where the case was afterwards."""

    move: Move
    at: datetime
    agency: AgencyId | None


async def list_of_case(tx: Tx, case: CaseId) -> Sequence[Happened]:
    """Every move of a case, the first first."""
    rows = await tx.all("SELECT move, at, agency_id FROM case_events WHERE case_id = :case ORDER BY version", case=case)
    return [_happened(text(row, "move"), text(row, "at"), maybe_text(row, "agency_id")) for row in rows]


async def handed(tx: Tx, case: Case) -> int:
    """The version at which the case, as it stands in `case`, was given to its contact; 0 if nobody has it."""
    row = await tx.one(
        "SELECT COALESCE(max(version), 0) AS n FROM case_events WHERE case_id = :case AND version <= :version"
        " AND contact_id = :contact AND move IN ('dispatch', 'reassign', 'undo_return')",
        case=case.id,
        version=case.version,
        contact=case.contact_id,
    )
    return number(row, "n")


def _happened(move: str, at: str, agency: str | None) -> Happened:
    return Happened(Move(move), read(at), None if agency is None else AgencyId(agency))
