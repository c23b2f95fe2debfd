"""From when to when a case took to be accepted, handled and closed, and when its clocks stood still meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.rulebook import AgencyId, CategoryId, Severity
from bot.domain.times import read, stored
from storage.database import Row, Tx, maybe_text, number, text

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Took:
    """From when to when, and the pauses in between, in order; what kind of case tells by which clock."""

    agency: AgencyId
    category: CategoryId | None
    severity: Severity
    begin: datetime
    end: datetime
    pauses: Sequence[Span]


async def accepting(tx: Tx, since: datetime, until: datetime) -> Sequence[Took]:
    """From dispatch to acceptance, of dispatches whose limit to accept came in [since, until)."""
    rows = await tx.all(
        "SELECT d.case_id, d.agency_id, c.category, c.severity, d.at AS begin_at, d.accepted_at AS end_at"
        " FROM dispatches d JOIN cases c ON c.id = d.case_id WHERE d.accept_due >= :since AND d.accept_due < :until"
        " AND d.accepted_at IS NOT NULL"
        " AND c.practice_at IS NULL AND c.state NOT IN ('draft', 'withdrawn', 'rejected', 'merged')",
        since=stored(since),
        until=stored(until),
    )
    pauses = await tx.all(
        "SELECT e.case_id, e.at, CASE WHEN e.to_state IN ('need_info', 'on_hold') THEN 'yes' ELSE '' END AS pauses"
        " FROM case_events e WHERE e.case_id IN (SELECT d.case_id FROM dispatches d WHERE d.accept_due >= :since"
        " AND d.accept_due < :until AND d.accepted_at IS NOT NULL) AND (e.to_state IN ('need_info', 'on_hold')"
        " OR e.from_state IN ('need_info', 'on_hold')) ORDER BY e.case_id, e.version",
        since=stored(since),
        until=stored(until),
    )
    return _took(rows, _pauses(pauses))


async def closing(tx: Tx, since: datetime, until: datetime) -> tuple[Sequence[Took], Sequence[Took]]:
    """Of cases closed in [since, until): from dispatch to the result that was confirmed, and from report to closing.

    A case that was reopened begins anew with the dispatch after it.
    """
    rows = await tx.all(
        "SELECT d.case_id, d.agency_id, c.category, c.severity, d.at AS begin_at, d.handled_at AS end_at, d.closed_at,"
        " CASE WHEN EXISTS (SELECT 1 FROM dispatches f WHERE f.case_id = d.case_id AND f.id < d.id"
        " AND f.closed_at IS NOT NULL) THEN d.at ELSE c.opened_at END AS opened_at"
        " FROM dispatches d JOIN cases c ON c.id = d.case_id WHERE d.closed_at >= :since AND d.closed_at < :until"
        " AND d.handled_at IS NOT NULL"
        " AND c.practice_at IS NULL AND c.state NOT IN ('draft', 'withdrawn', 'rejected', 'merged')",
        since=stored(since),
        until=stored(until),
    )
    pauses = _pauses(
        await tx.all(
            "SELECT e.case_id, e.at, CASE WHEN e.to_state IN ('need_info', 'on_hold') THEN 'yes' ELSE '' END AS pauses"
            " FROM case_events e WHERE e.case_id IN (SELECT d.case_id FROM dispatches d WHERE d.closed_at >= :since"
            " AND d.closed_at < :until) AND (e.to_state IN ('need_info', 'on_hold')"
            " OR e.from_state IN ('need_info', 'on_hold')) ORDER BY e.case_id, e.version",
            since=stored(since),
            until=stored(until),
        )
    )
    whole = [{**row, "begin_at": row["opened_at"], "end_at": row["closed_at"]} for row in rows]
    return _took(rows, pauses), _took(whole, pauses)


def _pauses(rows: Sequence[Row]) -> Mapping[int, Sequence[Span]]:
    """Of each case, from each move into a pause to the move out of it; one that still runs takes nothing from a length."""
    found: dict[int, list[Span]] = {}
    begun: dict[int, datetime] = {}
    for row in rows:
        case, at = number(row, "case_id"), read(text(row, "at"))
        if text(row, "pauses"):
            begun.setdefault(case, at)
        elif case in begun:
            found.setdefault(case, []).append((begun.pop(case), at))
    return found


def _took(rows: Sequence[Row], pauses: Mapping[int, Sequence[Span]]) -> Sequence[Took]:
    return [
        Took(
            agency=AgencyId(text(row, "agency_id")),
            category=CategoryId(category) if (category := maybe_text(row, "category")) else None,
            severity=Severity(text(row, "severity")),
            begin=read(text(row, "begin_at")),
            end=read(text(row, "end_at")),
            pauses=pauses.get(number(row, "case_id"), ()),
        )
        for row in rows
    ]
