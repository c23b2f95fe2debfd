"""The moves of cases as the players see them: what is new since they last looked."""

from dataclasses import dataclass
from datetime import datetime

from storage.database import Database, Row, maybe_number, maybe_text, number, text

_NEWS = (
    "SELECT e.id AS event, e.move, e.at, e.actor_id, c.* FROM case_events e JOIN cases c ON c.id = e.case_id"
    " WHERE e.id > :last AND c.practice_at IS NULL ORDER BY e.id"
)
_ONE = "SELECT * FROM cases WHERE number = :number"


@dataclass(frozen=True, slots=True)
class Seen:
    """A case as it stands after a move."""

    number: int
    state: str
    version: int
    severity: str
    agency: str
    contact: int | None
    verifier: int | None
    reporter: int
    accept_due: datetime | None
    resolve_due: datetime | None
    returns: int
    extensions: int
    reworks: int
    move: str = ""
    actor: int = 0

    @property
    def urgent(self) -> bool:
        return self.severity in ("P1", "P2")

    @property
    def spoken(self) -> str:
        return f"{self.number:04d}"


@dataclass(slots=True)
class Moves:
    database: Database
    last: int = 0

    async def news(self) -> list[Seen]:
        """Every move since the last look, each with the case as it is now."""
        async with self.database.read() as tx:
            rows = await tx.all(_NEWS, last=self.last)
        if rows:
            self.last = number(rows[-1], "event")
        return [_seen(row, text(row, "move"), number(row, "actor_id")) for row in rows]

    async def now(self, named: int) -> Seen:
        """The case with this number as it stands."""
        async with self.database.read() as tx:
            return _seen(await tx.one(_ONE, number=named))


def _seen(row: Row, move: str = "", actor: int = 0) -> Seen:
    return Seen(
        number=number(row, "number"),
        state=text(row, "state"),
        version=number(row, "version"),
        severity=text(row, "severity"),
        agency=maybe_text(row, "agency_id") or "",
        contact=maybe_number(row, "contact_id"),
        verifier=maybe_number(row, "verifier_id"),
        reporter=number(row, "reporter_id"),
        accept_due=_instant(row, "accept_due"),
        resolve_due=_instant(row, "resolve_due"),
        returns=number(row, "returns"),
        extensions=number(row, "extensions"),
        reworks=number(row, "reworks"),
        move=move,
        actor=actor,
    )


def _instant(row: Row, name: str) -> datetime | None:
    written = maybe_text(row, name)
    return None if written is None else datetime.fromisoformat(written)
