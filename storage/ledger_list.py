"""The ledger of a month as a list for the office: every row with the names beside it, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ledger import Step
from bot.domain.people import SYSTEM
from bot.domain.times import read
from storage.database import Row, Tx, maybe_number, maybe_text, number, text

Key = tuple[int, int]  # member and row: the order of the list
FIRST: Key = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedLine:
    """A row of the ledger. `of`: the row it confirms or takes back; `by`: who booked it, "" for the program."""

    id: int
    member: int
    rider: str
    firm: str
    station: str
    item: str
    delta: int
    step: Step
    spendable_only: bool
    case: tuple[int, datetime] | None  # number, and when it was reported
    reason: str
    by: str
    day: str
    at: datetime
    of: int | None

    @property
    def key(self) -> Key:
        return self.member, self.id


async def page(tx: Tx, period: str, after: Key, most: int) -> Sequence[ListedLine]:
    """Rows of a month that come after a key, rider by rider in the order of booking."""
    rows = await tx.all(
        "SELECT p.*, m.name AS rider, m.firm, m.station, a.name AS actor, c.number, c.opened_at"
        " FROM points p JOIN members m ON m.id = p.member_id JOIN members a ON a.id = p.actor_id"
        " LEFT JOIN cases c ON c.id = p.case_id WHERE p.period = :period AND p.member_id >= :member"
        " AND (p.member_id > :member OR p.id > :row) ORDER BY p.member_id, p.id LIMIT CAST(:most AS BIGINT)",
        period=period,
        member=after[0],
        row=after[1],
        most=most,
    )
    return [_listed(row) for row in rows]


def _listed(row: Row) -> ListedLine:
    case = maybe_number(row, "number")
    return ListedLine(
        id=number(row, "id"),
        member=number(row, "member_id"),
        rider=text(row, "rider"),
        firm=maybe_text(row, "firm") or "",
        station=maybe_text(row, "station") or "",
        item=text(row, "item"),
        delta=number(row, "delta"),
        step=Step(text(row, "step")),
        spendable_only=row["spendable_only"] is not None,
        case=(case, read(text(row, "opened_at"))) if case is not None else None,
        reason=text(row, "reason"),
        by="" if number(row, "actor_id") == SYSTEM else text(row, "actor"),
        day=text(row, "day"),
        at=read(text(row, "at")),
        of=maybe_number(row, "of_id"),
    )
