"""Supervision orders: numbered within their year, made for the lead office, sent to an agency by a person."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.case import CaseId
from bot.domain.people import MemberId
from bot.domain.rulebook import AgencyId
from bot.domain.times import read, stored
from storage.database import Row, Tx, maybe_text, number, text


@dataclass(frozen=True, slots=True)
class Order:
    id: int
    year: int
    number: int
    case: CaseId
    agency: AgencyId
    level: str  # of the ladder; empty: the office's own decision
    words: str
    made_at: datetime
    sent_at: datetime | None


async def add(
    tx: Tx, case: CaseId, agency: AgencyId, year: int, by: MemberId, at: datetime, *, level: str = "", words: str = ""
) -> Order:
    """A new order with the next number of its year."""
    counted = await tx.one(
        "INSERT INTO counters (name, value) VALUES (:name, 1) ON CONFLICT (name) DO UPDATE SET value = counters.value + 1"
        " RETURNING value",
        name=f"supervision:{year}",
    )
    row = await tx.one(
        "INSERT INTO supervisions (year, number, case_id, agency, level, words, made_by, made_at)"
        " VALUES (:year, :number, :case, :agency, :level, :words, :by, :at) RETURNING *",
        year=year, number=number(counted, "value"), case=case, agency=agency, level=level, words=words, by=by,
        at=stored(at),
    )  # fmt: skip
    return _order(row)


async def get(tx: Tx, order: int) -> Order:
    return _order(await tx.one("SELECT * FROM supervisions WHERE id = :id", id=order))


async def newest(tx: Tx, case: CaseId, level: str) -> Order | None:
    """The last order about a case that this level led to."""
    row = await tx.maybe(
        "SELECT * FROM supervisions WHERE case_id = :case AND level = :level ORDER BY id DESC LIMIT 1",
        case=case,
        level=level,
    )
    return _order(row) if row else None


async def send(tx: Tx, order: int, by: MemberId, at: datetime) -> bool:
    """Note that it goes to the agency; False if it went before."""
    return bool(
        await tx.run(
            "UPDATE supervisions SET sent_by = :by, sent_at = :at WHERE id = :id AND sent_at IS NULL",
            id=order,
            by=by,
            at=stored(at),
        )
    )


def _order(row: Row) -> Order:
    sent = maybe_text(row, "sent_at")
    return Order(
        id=number(row, "id"),
        year=number(row, "year"),
        number=number(row, "number"),
        case=CaseId(number(row, "case_id")),
        agency=AgencyId(text(row, "agency")),
        level=text(row, "level"),
        words=text(row, "words"),
        made_at=read(text(row, "made_at")),
        sent_at=read(sent) if sent else None,
    )
