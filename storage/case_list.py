"""Cases as a list for the office: what stands in the case and the names beside it, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.times import read, stored
from storage.database import Row, Tx, maybe_number, maybe_text, number, text

_SELECT: Final = (
    "SELECT c.*, r.name AS reporter, r.firm AS firm, r.station AS station, k.name AS contact, h.name AS handler,"
    " v.name AS verifier, m.number AS merged_number,"
    " (SELECT count(*) FROM photos p WHERE p.case_id = c.id AND p.media IS NULL) AS photos"
    " FROM cases c JOIN members r ON r.id = c.reporter_id LEFT JOIN members k ON k.id = c.contact_id"
    " LEFT JOIN members h ON h.id = c.handler_id LEFT JOIN members v ON v.id = c.verifier_id"
    " LEFT JOIN cases m ON m.id = c.merged_into"
    " WHERE c.id > :after AND c.state <> 'draft' AND c.practice_at IS NULL"
    " AND c.opened_at >= :since AND c.opened_at < :before ORDER BY c.id LIMIT CAST(:most AS BIGINT)"
)
_COUNT: Final = (
    "SELECT count(*) AS n FROM cases WHERE state <> 'draft' AND practice_at IS NULL"
    " AND opened_at >= :since AND opened_at < :before"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCase:
    """A line of the list; ids of the county's book are as the book has them, names are those of people."""

    id: int
    number: int
    state: str
    severity: str
    category: str | None
    description: str
    place: str
    grid: str | None
    community: str | None
    reporter: str
    firm: str
    station: str
    agency: str | None
    contact: str
    handler: str
    verifier: str
    resolution: str | None
    repair_note: str
    photos: int
    returns: int
    extensions: int
    reworks: int
    reopens: int
    merged_number: int | None
    opened_at: datetime
    dispatched_at: datetime | None
    accepted_at: datetime | None
    resolve_due: datetime | None
    handled_at: datetime | None
    verified_at: datetime | None
    closed_at: datetime | None


async def page(tx: Tx, after: int, since: datetime, before: datetime, most: int) -> Sequence[ListedCase]:
    """Cases with a larger id opened in [since, before), by id; drafts and practice are left out."""
    rows = await tx.all(_SELECT, after=after, since=stored(since), before=stored(before), most=most)
    return [_listed(row) for row in rows]


async def count(tx: Tx, since: datetime, before: datetime) -> int:
    """How many cases the pages will have."""
    return number(await tx.one(_COUNT, since=stored(since), before=stored(before)), "n")


def _listed(row: Row) -> ListedCase:
    return ListedCase(
        id=number(row, "id"),
        number=number(row, "number"),
        state=text(row, "state"),
        severity=text(row, "severity"),
        category=maybe_text(row, "category"),
        description=text(row, "description"),
        place=text(row, "place"),
        grid=maybe_text(row, "grid"),
        community=maybe_text(row, "community"),
        reporter=text(row, "reporter"),
        firm=maybe_text(row, "firm") or "",
        station=maybe_text(row, "station") or "",
        agency=maybe_text(row, "agency_id"),
        contact=maybe_text(row, "contact") or "",
        handler=maybe_text(row, "handler") or "",
        verifier=maybe_text(row, "verifier") or "",
        resolution=maybe_text(row, "resolution"),
        repair_note=text(row, "repair_note"),
        photos=number(row, "photos"),
        returns=number(row, "returns"),
        extensions=number(row, "extensions"),
        reworks=number(row, "reworks"),
        reopens=number(row, "reopens"),
        merged_number=maybe_number(row, "merged_number"),
        opened_at=read(text(row, "opened_at")),
        dispatched_at=_at(row, "dispatched_at"),
        accepted_at=_at(row, "accepted_at"),
        resolve_due=_at(row, "resolve_due"),
        handled_at=_at(row, "handled_at"),
        verified_at=_at(row, "verified_at"),
        closed_at=_at(row, "closed_at"),
    )


def _at(row: Row, column: str) -> datetime | None:
    value = maybe_text(row, column)
    return None if value is None else read(value)
