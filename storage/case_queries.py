"""Cases as people ask for them: one's own, to do, unassigned, found by words; and how many there are."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.case import Case, CaseState
from bot.domain.people import MemberId
from bot.domain.rulebook import CategoryId
from bot.domain.times import stored
from storage.case_rows import case_of
from storage.database import Tx, number, text


async def list_of_reporter(tx: Tx, reporter: MemberId, most: int) -> Sequence[Case]:
    """A rider's own cases, newest first, open ones before the others; drafts and withdrawn ones left out."""
    rows = await tx.all(
        "SELECT * FROM cases WHERE reporter_id = :reporter AND state NOT IN ('draft', 'withdrawn')"
        " ORDER BY CASE WHEN state IN ('closed', 'rejected', 'merged') THEN 1 ELSE 0 END, opened_at DESC"
        " LIMIT CAST(:most AS BIGINT)",
        reporter=reporter,
        most=most,
    )
    return [case_of(row) for row in rows]


async def list_of_contact(tx: Tx, contact: MemberId) -> Sequence[Case]:
    """Open cases a contact has to act on, the earliest limit first."""
    rows = await tx.all(
        "SELECT * FROM cases WHERE contact_id = :contact AND closed_at IS NULL"
        " AND state IN ('dispatched', 'accepted', 'rework', 'on_hold', 'need_info')"
        " ORDER BY COALESCE(CASE WHEN state = 'dispatched' THEN accept_due END, resolve_due, opened_at), id",
        contact=contact,
    )
    return [case_of(row) for row in rows]


async def list_unassigned(tx: Tx, most: int) -> Sequence[Case]:
    """Cases that nobody is responsible for, oldest first."""
    rows = await tx.all(
        "SELECT * FROM cases WHERE state IN ('reported', 'filed', 'returned', 'reopened')"
        " ORDER BY opened_at LIMIT CAST(:most AS BIGINT)",
        most=most,
    )
    return [case_of(row) for row in rows]


async def list_open_of_category(tx: Tx, category: CategoryId, since: datetime, most: int) -> Sequence[Case]:
    """Open cases of a category, newest first: candidates for the same place."""
    rows = await tx.all(
        "SELECT * FROM cases WHERE category = :category AND opened_at >= :since"
        " AND state NOT IN ('closed', 'rejected', 'merged', 'withdrawn') AND state <> 'draft' AND practice_at IS NULL"
        " ORDER BY opened_at DESC LIMIT CAST(:most AS BIGINT)",
        category=category,
        since=stored(since),
        most=most,
    )
    return [case_of(row) for row in rows]


async def search(tx: Tx, words: str, state: CaseState | None, most: int, *, by_reporter: bool = True) -> Sequence[Case]:
    """Newest cases whose place, words, or people contain `words` (and that are in `state`).

    `by_reporter`: also by the reporter's name; not for those who may not learn who reported what.
    """
    rows = await tx.all(
        "SELECT c.* FROM cases c JOIN members r ON r.id = c.reporter_id LEFT JOIN members k ON k.id = c.contact_id"
        " WHERE c.state <> 'draft' AND (CAST(:state AS TEXT) = '' OR c.state = CAST(:state AS TEXT))"
        " AND (c.place LIKE :like ESCAPE '!' OR c.description LIKE :like ESCAPE '!' OR k.name LIKE :like ESCAPE '!'"
        " OR (CAST(:by_reporter AS TEXT) = 'yes' AND r.name LIKE :like ESCAPE '!')) ORDER BY c.opened_at DESC LIMIT CAST(:most AS BIGINT)",
        state=state or "",
        by_reporter="yes" if by_reporter else "",
        like="%" + words.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%",
        most=most,
    )
    return [case_of(row) for row in rows]


async def count_by_state(tx: Tx) -> dict[str, int]:
    """How many cases stand in each state; drafts left out."""
    rows = await tx.all("SELECT state, count(*) AS n FROM cases WHERE state <> 'draft' GROUP BY state")
    return {text(row, "state"): number(row, "n") for row in rows}


async def count_reports(tx: Tx, reporter: MemberId, since: datetime) -> int:
    """Cases a person opened since then."""
    row = await tx.one(
        "SELECT count(*) AS n FROM cases WHERE reporter_id = :reporter AND opened_at >= :since",
        reporter=reporter,
        since=stored(since),
    )
    return number(row, "n")
