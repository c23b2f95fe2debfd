"""What a rider reported a moment ago, and the place they work from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.case import CaseId
from bot.domain.people import MemberId
from bot.domain.rulebook import Point
from bot.domain.times import read, stored
from storage.database import Row, Tx, maybe_number, maybe_text, number, text

_MOST = 100


@dataclass(frozen=True, slots=True)
class Report:
    """When a case was opened and where it is, if that is known."""

    case: CaseId
    number: int
    at: datetime
    place: str
    point: Point | None


async def of(tx: Tx, member: MemberId, since: datetime, until: datetime) -> Sequence[Report]:
    """Reports of a member from `since` to `until`, both included, newest first; drafts, withdrawn and practice left out."""
    rows = await tx.all(
        "SELECT id, number, opened_at, place, lat_e6, lon_e6 FROM cases WHERE reporter_id = :member AND opened_at >= :since"
        " AND opened_at <= :until AND state NOT IN ('draft', 'withdrawn') AND practice_at IS NULL"
        " ORDER BY opened_at DESC, id DESC LIMIT CAST(:most AS BIGINT)",
        member=member,
        since=stored(since),
        until=stored(until),
        most=_MOST,
    )
    return [_report(row) for row in rows]


async def count_rejected(tx: Tx, member: MemberId, since: datetime, until: datetime) -> int:
    """Reports of a member that were rejected from `since` up to and without `until` and still are.

    Practice is left out, and what an agency had dealt with before.
    """
    row = await tx.one(
        "SELECT count(*) AS n FROM cases c WHERE c.reporter_id = :member AND c.state = 'rejected' AND c.handled_at IS NULL"
        " AND c.practice_at IS NULL AND EXISTS (SELECT 1 FROM case_events e WHERE e.case_id = c.id AND e.move = 'reject'"
        " AND e.at >= :since AND e.at < :until)",
        member=member,
        since=stored(since),
        until=stored(until),
    )
    return number(row, "n")


async def station(tx: Tx, member: MemberId) -> str:
    """The station a member works from, "" if none is known."""
    return maybe_text(await tx.one("SELECT station FROM members WHERE id = :id", id=member), "station") or ""


def _report(row: Row) -> Report:
    lat, lon = maybe_number(row, "lat_e6"), maybe_number(row, "lon_e6")
    return Report(
        CaseId(number(row, "id")),
        number(row, "number"),
        read(text(row, "opened_at")),
        text(row, "place"),
        None if lat is None or lon is None else Point(lat / 1_000_000, lon / 1_000_000),
    )
