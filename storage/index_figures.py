"""What the indices of a period are made of, by agency and for the county: each count by a range of an index.

Practice, withdrawn, rejected and merged cases are left out unless a count is about them. An agency is counted by its
dispatches; in columns that begin with `county_` each case counts once.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.people import SYSTEM
from bot.domain.rulebook import AgencyId
from bot.domain.tallies import Counts, Figures, Reports
from bot.domain.times import read, stored
from storage.database import Row, Tx, maybe_text, number, text

# A limit whose clock stood still before it has not come.
_ANSWERS: Final = (
    "SELECT agency_id, count(*) AS to_answer, sum(kept) AS answered, sum(is_first) AS county_to_answer,"
    " sum(kept * is_first) AS county_answered FROM (SELECT d.agency_id,"
    " CASE WHEN d.accepted_at <= d.accept_due OR (d.ending = 'return' AND d.ended_at <= d.accept_due"
    " AND d.baseless IS NULL) THEN 1 ELSE 0 END AS kept, CASE WHEN EXISTS (SELECT 1 FROM dispatches f"
    " WHERE f.case_id = d.case_id AND f.id < d.id AND f.accept_due IS NOT NULL) THEN 0 ELSE 1 END AS is_first"
    " FROM dispatches d JOIN cases c ON c.id = d.case_id WHERE d.accept_due >= :since AND d.accept_due < :until"
    " AND (d.paused_at IS NULL OR d.accepted_at IS NOT NULL OR d.paused_at >= d.accept_due)"
    " AND c.practice_at IS NULL AND c.state NOT IN ('draft', 'withdrawn', 'rejected', 'merged')) AS came"
    " GROUP BY agency_id"
)
_DUE: Final = (
    "SELECT agency_id, count(*) AS due, sum(held) AS held, sum(closed) AS closed, sum(on_time) AS on_time,"
    " sum(urgent) AS urgent_due, sum(urgent * held) AS urgent_held, sum(urgent * closed) AS urgent_closed,"
    " sum(urgent * on_time) AS urgent_on_time, sum(supervised) AS supervised, sum(is_last) AS county_due,"
    " sum(is_last * held) AS county_held, sum(is_last * closed) AS county_closed, sum(is_last * on_time) AS county_on_time,"
    " sum(is_last * urgent) AS county_urgent_due, sum(is_last * urgent * held) AS county_urgent_held,"
    " sum(is_last * urgent * closed) AS county_urgent_closed, sum(is_last * urgent * on_time) AS county_urgent_on_time,"
    " sum(is_last * supervised) AS county_supervised FROM (SELECT d.agency_id,"
    " CASE WHEN c.state = 'on_hold' AND d.paused_at < d.resolve_due THEN 1 ELSE 0 END AS held,"
    " CASE WHEN d.closed_at IS NOT NULL THEN 1 ELSE 0 END AS closed,"
    " CASE WHEN d.closed_at IS NOT NULL AND d.handled_at <= d.resolve_due THEN 1 ELSE 0 END AS on_time,"
    " CASE WHEN c.severity IN ('P1', 'P2') THEN 1 ELSE 0 END AS urgent,"
    " CASE WHEN EXISTS (SELECT 1 FROM reminders r WHERE r.case_id = d.case_id AND r.level = 'O3' AND r.due_at >= d.at"
    " AND r.due_at < COALESCE(d.ended_at, d.closed_at, '9')) THEN 1 ELSE 0 END AS supervised,"
    " CASE WHEN EXISTS (SELECT 1 FROM dispatches l WHERE l.case_id = d.case_id AND l.id > d.id"
    " AND l.resolve_due IS NOT NULL) THEN 0 ELSE 1 END AS is_last"
    " FROM dispatches d JOIN cases c ON c.id = d.case_id WHERE d.resolve_due >= :since AND d.resolve_due < :until"
    " AND (d.paused_at IS NULL OR c.state <> 'need_info' OR d.paused_at >= d.resolve_due)"
    " AND c.practice_at IS NULL AND c.state NOT IN ('draft', 'withdrawn', 'rejected', 'merged')) AS came"
    " GROUP BY agency_id"
)
# Nobody looked where the rule closed it: then the rating tells, if there is one. A case can be reopened for seven days.
_JUDGED: Final = (
    "SELECT agency_id, count(*) AS judged, sum(CASE WHEN resolution = 'resolved' AND reopened_at IS NULL"
    " AND (looked = 1 OR bad = 0) THEN 1 ELSE 0 END) AS solved FROM (SELECT d.agency_id, d.resolution, d.reopened_at,"
    " CASE WHEN d.confirmed_by <> :system THEN 1 ELSE 0 END AS looked, (SELECT count(*) FROM ratings r"
    " WHERE r.case_id = d.case_id AND r.at >= d.closed_at AND r.at < COALESCE(d.reopened_at, '9')) AS rated,"
    " (SELECT count(*) FROM ratings r WHERE r.case_id = d.case_id AND r.at >= d.closed_at"
    " AND r.at < COALESCE(d.reopened_at, '9') AND r.score = 'bad') AS bad FROM dispatches d JOIN cases c ON c.id = d.case_id"
    " WHERE d.closed_at >= :since AND d.closed_at < :until"
    " AND c.practice_at IS NULL AND c.state NOT IN ('draft', 'withdrawn', 'rejected', 'merged')) AS closed WHERE looked = 1 OR rated > 0"
    " GROUP BY agency_id"
)
_RATED: Final = (
    "SELECT agency_id, sum(CASE WHEN score = 'good' THEN 1 ELSE 0 END) AS good,"
    " sum(CASE WHEN score = 'fair' THEN 1 ELSE 0 END) AS fair, sum(CASE WHEN score = 'bad' THEN 1 ELSE 0 END) AS bad"
    " FROM (SELECT r.score, COALESCE((SELECT d.agency_id FROM dispatches d WHERE d.case_id = r.case_id"
    " AND d.closed_at <= r.at ORDER BY d.id DESC LIMIT 1), c.agency_id) AS agency_id FROM ratings r"
    " JOIN cases c ON c.id = r.case_id WHERE r.at >= :since AND r.at < :until"
    " AND c.practice_at IS NULL AND c.state NOT IN ('draft', 'withdrawn', 'rejected', 'merged')) AS rated GROUP BY agency_id"
)
_GIVEN: Final = (
    "SELECT d.agency_id, count(*) AS dispatches, sum(CASE WHEN d.ending = 'return' THEN 1 ELSE 0 END) AS returns"
    " FROM dispatches d JOIN cases c ON c.id = d.case_id WHERE d.at >= :since AND d.at < :until"
    " AND c.practice_at IS NULL AND c.state NOT IN ('draft', 'withdrawn', 'rejected', 'merged') GROUP BY d.agency_id"
)
_VERIFIED: Final = (
    "SELECT agency_id, count(*) AS verified, sum(failed) AS failed, sum(is_last) AS county_verified,"
    " sum(is_last * reworked) AS county_failed FROM (SELECT d.agency_id, CASE WHEN d.failed > 0 THEN 1 ELSE 0 END AS failed,"
    " CASE WHEN c.reworks > 0 THEN 1 ELSE 0 END AS reworked, CASE WHEN EXISTS (SELECT 1 FROM dispatches l"
    " WHERE l.case_id = d.case_id AND l.id > d.id AND l.sent_at IS NOT NULL) THEN 0 ELSE 1 END AS is_last"
    " FROM dispatches d JOIN cases c ON c.id = d.case_id WHERE d.sent_at >= :since AND d.sent_at < :until"
    " AND c.practice_at IS NULL AND c.state NOT IN ('draft', 'withdrawn', 'rejected', 'merged')) AS sent GROUP BY agency_id"
)
# A draft that was never finished was no report.
_REPORTED: Final = (
    "SELECT agency_id, count(*) AS reported, sum(CASE WHEN state = 'withdrawn' THEN 1 ELSE 0 END) AS withdrawn,"
    " sum(CASE WHEN state = 'merged' THEN 1 ELSE 0 END) AS merged, sum(was_asked) AS asked, sum(is_filed) AS filed,"
    " sum(CASE WHEN extensions > 0 THEN is_filed ELSE 0 END) AS extended FROM (SELECT c.agency_id, c.state, c.extensions,"
    " CASE WHEN c.filed_at IS NOT NULL AND c.state NOT IN ('withdrawn', 'rejected', 'merged') THEN 1 ELSE 0 END AS is_filed,"
    " CASE WHEN EXISTS (SELECT 1 FROM case_events e WHERE e.case_id = c.id AND e.move = 'ask') THEN 1 ELSE 0 END"
    " AS was_asked FROM cases c WHERE c.opened_at >= :since AND c.opened_at < :until AND c.practice_at IS NULL"
    " AND c.state <> 'draft' AND (c.state <> 'withdrawn' OR EXISTS (SELECT 1 FROM case_events e WHERE e.case_id = c.id"
    " AND e.move = 'report'))) AS came GROUP BY agency_id"
)
_COMMUNITIES: Final = (
    "SELECT DISTINCT c.community AS community FROM cases c WHERE c.opened_at >= :since AND c.opened_at < :until"
    " AND c.community IS NOT NULL"
    " AND c.practice_at IS NULL AND c.state NOT IN ('draft', 'withdrawn', 'rejected', 'merged')"
)
# Where the counts above find their rows: the instant after which there are too many for one slice.
_ENDS: Final = (
    "SELECT opened_at AS at FROM cases WHERE opened_at >= :since AND opened_at < :until"
    " ORDER BY opened_at LIMIT 1 OFFSET CAST(:most AS BIGINT)",
    "SELECT at FROM dispatches WHERE at >= :since AND at < :until ORDER BY at LIMIT 1 OFFSET CAST(:most AS BIGINT)",
    "SELECT accept_due AS at FROM dispatches WHERE accept_due >= :since AND accept_due < :until"
    " ORDER BY accept_due LIMIT 1 OFFSET CAST(:most AS BIGINT)",
    "SELECT resolve_due AS at FROM dispatches WHERE resolve_due >= :since AND resolve_due < :until"
    " ORDER BY resolve_due LIMIT 1 OFFSET CAST(:most AS BIGINT)",
    "SELECT sent_at AS at FROM dispatches WHERE sent_at >= :since AND sent_at < :until"
    " ORDER BY sent_at LIMIT 1 OFFSET CAST(:most AS BIGINT)",
    "SELECT closed_at AS at FROM dispatches WHERE closed_at >= :since AND closed_at < :until"
    " ORDER BY closed_at LIMIT 1 OFFSET CAST(:most AS BIGINT)",
    "SELECT at FROM ratings WHERE at >= :since AND at < :until ORDER BY at LIMIT 1 OFFSET CAST(:most AS BIGINT)",
)
_COUNTY: Final = "county_"
_STEP: Final = timedelta(milliseconds=1)  # between two instants that are stored apart


async def slice_end(tx: Tx, since: datetime, until: datetime, most: int) -> datetime:
    """The end of a part of the period, from `since` on, in which no count looks at more than `most` rows.

    What happened at one instant stays together, however much it is.
    """
    ends = [until]
    for sql in _ENDS:
        row = await tx.maybe(sql, since=stored(since), until=stored(until), most=most)
        if row is not None:
            ends.append(read(text(row, "at")))
    return max(min(ends), min(until, since + _STEP))


async def count(tx: Tx, since: datetime, until: datetime) -> Figures:
    """Everything but lengths and riders. What is counted in two parts of a period adds up to that of the whole."""
    agencies: dict[AgencyId, dict[str, int]] = {}
    county: dict[str, int] = {}
    for sql in (_ANSWERS, _DUE, _RATED, _GIVEN, _VERIFIED):
        _take(await tx.all(sql, since=stored(since), until=stored(until)), agencies, county)
    _take(await tx.all(_JUDGED, since=stored(since), until=stored(until), system=SYSTEM), agencies, county)
    reports = await tx.all(_REPORTED, since=stored(since), until=stored(until))
    _take([{name: row[name] for name in ("agency_id", "filed", "extended")} for row in reports], agencies, county)
    communities = await tx.all(_COMMUNITIES, since=stored(since), until=stored(until))
    return Figures(
        county=replace(Counts(), **county),
        agencies={agency: replace(Counts(), **counts) for agency, counts in agencies.items()},
        reports=Reports(
            reported=_sum(reports, "reported"),
            withdrawn=_sum(reports, "withdrawn"),
            filed=_sum(reports, "filed"),
            merged=_sum(reports, "merged"),
            asked=_sum(reports, "asked"),
        ),
        communities=frozenset(text(row, "community") for row in communities),
    )


def _take(rows: Sequence[Row], agencies: dict[AgencyId, dict[str, int]], county: dict[str, int]) -> None:
    """Add the columns of rows to their agencies and to the county, which has its own columns or the sums of theirs."""
    for row in rows:
        agency = maybe_text(row, "agency_id")
        for name in row:
            if name == "agency_id":
                continue
            if name.startswith(_COUNTY):
                _add(county, name.removeprefix(_COUNTY), number(row, name))
                continue
            if agency is not None:
                _add(agencies.setdefault(AgencyId(agency), {}), name, number(row, name))
            if f"{_COUNTY}{name}" not in row:
                _add(county, name, number(row, name))


def _add(counts: dict[str, int], name: str, n: int) -> None:
    counts[name] = counts.get(name, 0) + n


def _sum(rows: Sequence[Row], column: str) -> int:
    return sum(number(row, column) for row in rows)
