"""Who verified whose reports, for the figures of the office."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.collusion import Verified
from bot.domain.people import MemberId
from bot.domain.times import stored
from storage.database import Tx, number


async def verified_by_riders(tx: Tx, since: datetime, until: datetime) -> Sequence[Verified]:
    """How often a rider found a colleague's report mended that closed from `since` up to and without `until`."""
    rows = await tx.all(
        "SELECT c.reporter_id, d.confirmed_by, count(DISTINCT c.id) AS n FROM dispatches d JOIN cases c ON c.id = d.case_id"
        " WHERE d.closed_at >= :since AND d.closed_at < :until AND d.confirmed_by <> c.reporter_id"
        " AND c.practice_at IS NULL AND EXISTS (SELECT 1 FROM posts o"
        " WHERE o.member_id = d.confirmed_by AND o.role IN ('rider', 'captain'))"
        " GROUP BY c.reporter_id, d.confirmed_by ORDER BY c.reporter_id, d.confirmed_by",
        since=stored(since),
        until=stored(until),
    )
    return [
        Verified(MemberId(number(row, "reporter_id")), MemberId(number(row, "confirmed_by")), number(row, "n"))
        for row in rows
    ]
