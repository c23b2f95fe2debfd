"""Who verified whose reports, for the figures of the office."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.collusion import Verified
from bot.domain.people import MemberId
from bot.domain.times import stored
from storage.database import Tx, number


async def verified_by_riders(tx: Tx, since: datetime, until: datetime) -> Sequence[Verified]:
    """How often a rider found a colleague's report mended, from `since` up to and without `until`; practice left out."""
    rows = await tx.all(
        "SELECT c.reporter_id, e.actor_id, count(DISTINCT c.id) AS n FROM cases c JOIN case_events e ON e.case_id = c.id"
        " AND e.move = 'confirm' AND e.at = c.verified_at WHERE c.verified_at >= :since AND c.verified_at < :until"
        " AND c.practice_at IS NULL AND e.actor_id <> c.reporter_id AND EXISTS (SELECT 1 FROM posts o"
        " WHERE o.member_id = e.actor_id AND o.role IN ('rider', 'captain'))"
        " GROUP BY c.reporter_id, e.actor_id ORDER BY c.reporter_id, e.actor_id",
        since=stored(since),
        until=stored(until),
    )
    return [
        Verified(MemberId(number(row, "reporter_id")), MemberId(number(row, "actor_id")), number(row, "n"))
        for row in rows
    ]
