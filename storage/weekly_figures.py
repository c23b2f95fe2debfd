"""What the weekly brief counts: every figure by a range of an index, so that a county of many years is as fast as a new one.

Practice, withdrawn, rejected and merged cases are left out everywhere. A clock that stood still when its limit came
(on hold, or waiting for the reporter; never P1) was not due then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.rulebook import AgencyId, CategoryId, Severity
from bot.domain.times import read, stored
from storage.database import Row, Tx, maybe_text, number, text


@dataclass(frozen=True, slots=True)
class Leg:
    """Limits of one agency that came in the period: how many, at how many the clock stood still, how many were kept."""

    due: int
    stood: int
    kept: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Open cases of one agency, and those of them that are past their limit."""

    open: int
    late: int


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case of a list. `since`: the limit it is past, or when it reached `level`."""

    number: int
    category: CategoryId | None
    severity: Severity
    state: str
    place: str
    agency: AgencyId | None
    contact: str
    since: datetime
    level: str = ""


@dataclass(frozen=True, slots=True)
class Took:
    """From when to when something took in a case."""

    severity: Severity
    begin: datetime
    end: datetime


async def any_before(tx: Tx, until: datetime) -> bool:
    """Whether there is a case from before `until`, of any kind."""
    return await tx.maybe("SELECT id FROM cases WHERE opened_at < :until LIMIT 1", until=stored(until)) is not None


async def count_opened(tx: Tx, since: datetime, until: datetime) -> tuple[int, int]:
    """Cases reported in the period, and how many of them have been filed."""
    row = await tx.one(
        "SELECT count(*) AS reported, count(filed_at) AS filed FROM cases"
        " WHERE opened_at >= :since AND opened_at < :until AND practice_at IS NULL"
        " AND state NOT IN ('draft', 'withdrawn', 'rejected', 'merged')",
        since=stored(since),
        until=stored(until),
    )
    return number(row, "reported"), number(row, "filed")


async def count_closed(tx: Tx, since: datetime, until: datetime) -> int:
    """Cases closed in the period that still are."""
    row = await tx.one(
        "SELECT count(*) AS n FROM cases WHERE closed_at >= :since AND closed_at < :until AND practice_at IS NULL"
        " AND state NOT IN ('draft', 'withdrawn', 'rejected', 'merged')",
        since=stored(since),
        until=stored(until),
    )
    return number(row, "n")


async def resolve_legs(tx: Tx, since: datetime, until: datetime) -> Mapping[AgencyId | None, Leg]:
    """By agency: limits to mend that came in the period. Kept is what was handled by then and not sent back."""
    rows = await tx.all(
        "SELECT agency_id, count(*) AS due,"
        " sum(CASE WHEN state IN ('on_hold', 'need_info') AND severity <> 'P1' AND (SELECT max(e.at) FROM case_events e"
        " WHERE e.case_id = cases.id AND e.move IN ('hold', 'ask')) <= resolve_due THEN 1 ELSE 0 END) AS stood,"
        " sum(CASE WHEN state IN ('handled', 'verifying', 'verified', 'closed') AND handled_at <= resolve_due"
        " THEN 1 ELSE 0 END) AS kept"
        " FROM cases WHERE resolve_due >= :since AND resolve_due < :until AND practice_at IS NULL"
        " AND state NOT IN ('draft', 'withdrawn', 'rejected', 'merged') GROUP BY agency_id",
        since=stored(since),
        until=stored(until),
    )
    return _legs(rows)


async def accept_legs(tx: Tx, since: datetime, until: datetime) -> Mapping[AgencyId | None, Leg]:
    """By agency: limits to answer that came in the period, each case by its last dispatch. A return is an answer."""
    rows = await tx.all(
        "SELECT agency_id, count(*) AS due,"
        " sum(CASE WHEN accepted_at IS NULL AND state IN ('on_hold', 'need_info') AND severity <> 'P1'"
        " AND (SELECT max(e.at) FROM case_events e WHERE e.case_id = cases.id AND e.move IN ('hold', 'ask'))"
        " <= accept_due THEN 1 ELSE 0 END) AS stood,"
        " sum(CASE WHEN accepted_at <= accept_due OR (state = 'returned' AND moved_at <= accept_due)"
        " THEN 1 ELSE 0 END) AS kept"
        " FROM cases WHERE accept_due >= :since AND accept_due < :until AND practice_at IS NULL"
        " AND state NOT IN ('draft', 'withdrawn', 'rejected', 'merged') GROUP BY agency_id",
        since=stored(since),
        until=stored(until),
    )
    return _legs(rows)


async def standings(tx: Tx, now: datetime) -> Mapping[AgencyId | None, Standing]:
    """By agency: what is open now."""
    rows = await tx.all(
        "SELECT agency_id, count(*) AS n, sum(CASE WHEN resolve_due < :now AND (state IN ('dispatched', 'accepted',"
        " 'rework') OR (state IN ('on_hold', 'need_info') AND severity = 'P1')) THEN 1 ELSE 0 END) AS late FROM cases"
        " WHERE state NOT IN ('closed', 'rejected', 'merged', 'withdrawn') AND state <> 'draft'"
        " AND practice_at IS NULL GROUP BY agency_id",
        now=stored(now),
    )
    return {_agency(row): Standing(number(row, "n"), number(row, "late")) for row in rows}


async def list_late(tx: Tx, now: datetime, most: int) -> Sequence[ListedCase]:
    """Cases past their limit that nobody has handled yet, the latest first."""
    rows = await tx.all(
        "SELECT number, category, severity, state, place, agency_id, resolve_due AS since,"
        " (SELECT name FROM members m WHERE m.id = cases.contact_id) AS contact"
        " FROM cases WHERE id IN (SELECT id FROM cases WHERE resolve_due < :now"
        " AND (state IN ('dispatched', 'accepted', 'rework') OR (state IN ('on_hold', 'need_info') AND severity = 'P1'))"
        " AND state NOT IN ('closed', 'rejected', 'merged', 'withdrawn') AND practice_at IS NULL"
        " ORDER BY resolve_due, id LIMIT CAST(:most AS BIGINT)) ORDER BY resolve_due, id",
        now=stored(now),
        most=most,
    )
    return [_listed(row) for row in rows]


async def list_reached(tx: Tx, since: datetime, until: datetime, most: int) -> Sequence[ListedCase]:
    """Cases that came to the last rung of a leg (L3, O3) in the period, in the order in which they did."""
    rows = await tx.all(
        "SELECT number, category, severity, state, place, agency_id, r.since, r.level,"
        " (SELECT name FROM members m WHERE m.id = cases.contact_id) AS contact FROM cases"
        " JOIN (SELECT case_id, max(due_at) AS since, max(level) AS level FROM reminders WHERE level <> ''"
        " AND level IN ('L3', 'O3') AND due_at >= :since AND due_at < :until GROUP BY case_id) r ON r.case_id = cases.id"
        " WHERE practice_at IS NULL AND state NOT IN ('draft', 'withdrawn', 'rejected', 'merged')"
        " ORDER BY r.since, number LIMIT CAST(:most AS BIGINT)",
        since=stored(since),
        until=stored(until),
        most=most,
    )
    return [_listed(row, text(row, "level")) for row in rows]


async def accept_times(tx: Tx, since: datetime, until: datetime, most: int) -> Sequence[Took]:
    """From dispatch to acceptance, of cases whose limit to answer came in the period; the newest `most`."""
    rows = await tx.all(
        "SELECT severity, dispatched_at AS begin_at, accepted_at AS end_at FROM cases"
        " WHERE accept_due >= :since AND accept_due < :until AND practice_at IS NULL"
        " AND state NOT IN ('draft', 'withdrawn', 'rejected', 'merged')"
        " AND dispatched_at IS NOT NULL AND accepted_at >= dispatched_at"
        " ORDER BY accept_due DESC LIMIT CAST(:most AS BIGINT)",
        since=stored(since),
        until=stored(until),
        most=most,
    )
    return [_took(row) for row in rows]


async def close_times(tx: Tx, since: datetime, until: datetime, most: int) -> Sequence[Took]:
    """From report to closing, of cases closed in the period; the newest `most`."""
    rows = await tx.all(
        "SELECT severity, opened_at AS begin_at, closed_at AS end_at FROM cases"
        " WHERE closed_at >= :since AND closed_at < :until AND practice_at IS NULL"
        " AND state NOT IN ('draft', 'withdrawn', 'rejected', 'merged')"
        " ORDER BY closed_at DESC LIMIT CAST(:most AS BIGINT)",
        since=stored(since),
        until=stored(until),
        most=most,
    )
    return [_took(row) for row in rows]


def _agency(row: Row) -> AgencyId | None:
    found = maybe_text(row, "agency_id")
    return AgencyId(found) if found else None


def _legs(rows: Sequence[Row]) -> Mapping[AgencyId | None, Leg]:
    return {_agency(row): Leg(number(row, "due"), number(row, "stood"), number(row, "kept")) for row in rows}


def _listed(row: Row, level: str = "") -> ListedCase:
    category = maybe_text(row, "category")
    return ListedCase(
        number=number(row, "number"),
        category=CategoryId(category) if category else None,
        severity=Severity(text(row, "severity")),
        state=text(row, "state"),
        place=text(row, "place"),
        agency=_agency(row),
        contact=maybe_text(row, "contact") or "",
        since=read(text(row, "since")),
        level=level,
    )


def _took(row: Row) -> Took:
    return Took(Severity(text(row, "severity")), read(text(row, "begin_at")), read(text(row, "end_at")))
