"""Who answers for an agency outside working hours; of several at the same time the one noted last counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.people import MemberId
from bot.domain.rulebook import AgencyId
from bot.domain.times import read, stored
from storage.database import Row, Tx, number, text


@dataclass(frozen=True, slots=True)
class NightDuty:
    agency: AgencyId
    member: MemberId
    until_at: datetime


async def add(
    tx: Tx, agency: AgencyId, member: MemberId, span: tuple[datetime, datetime], by: MemberId, at: datetime
) -> None:
    """Note who has the nights of `span`, from an instant until before another."""
    await tx.run(
        "INSERT INTO night_duties (agency, member_id, from_at, until_at, noted_by, noted_at)"
        " VALUES (:agency, :member, :from_at, :until_at, :by, :at)",
        agency=agency,
        member=member,
        from_at=stored(span[0]),
        until_at=stored(span[1]),
        by=by,
        at=stored(at),
    )


async def find(tx: Tx, agency: AgencyId, at: datetime) -> NightDuty | None:
    """Who has the duty of an agency at `at`, or None."""
    row = await tx.maybe(
        "SELECT * FROM night_duties WHERE agency = :agency AND from_at <= :at AND until_at > :at"
        " ORDER BY id DESC LIMIT 1",
        agency=agency,
        at=stored(at),
    )
    return _duty(row) if row else None


async def list_at(tx: Tx, at: datetime) -> Sequence[NightDuty]:
    """Every agency's duty at `at`, by agency."""
    rows = await tx.all(
        "SELECT * FROM night_duties WHERE id IN (SELECT max(id) FROM night_duties"
        " WHERE from_at <= :at AND until_at > :at GROUP BY agency) ORDER BY agency",
        at=stored(at),
    )
    return [_duty(row) for row in rows]


def _duty(row: Row) -> NightDuty:
    return NightDuty(AgencyId(text(row, "agency")), MemberId(number(row, "member_id")), read(text(row, "until_at")))
