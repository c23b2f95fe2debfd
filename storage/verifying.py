"""Who could look at a repair on site."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.case import CaseId
from bot.domain.people import MemberId
from bot.domain.rulebook import AgencyId, GridId
from bot.domain.times import stored
from storage.database import Tx, number


async def riders_of_grid(tx: Tx, grid: GridId | None, since: datetime, most: int) -> Sequence[MemberId]:
    """Appointed riders, those first who were in the grid most often since then (by their reports)."""
    rows = await tx.all(
        "SELECT p.member_id, (SELECT count(*) FROM cases c WHERE c.reporter_id = p.member_id AND c.opened_at >= :since"
        " AND c.grid = CAST(:grid AS TEXT)) AS been FROM posts p JOIN members m ON m.id = p.member_id"
        " WHERE p.role = 'rider' AND p.until_at IS NULL AND m.left_at IS NULL AND EXISTS (SELECT 1 FROM accounts a"
        " WHERE a.member_id = p.member_id AND a.unreachable_at IS NULL) ORDER BY been DESC, p.id"
        " LIMIT CAST(:most AS BIGINT)",
        since=stored(since),
        grid=grid or "",
        most=most,
    )
    return [MemberId(number(row, "member_id")) for row in rows]


async def verifiers_of(tx: Tx, community: AgencyId | None) -> Sequence[MemberId]:
    """Community verifiers that can be reached, those of the community first."""
    rows = await tx.all(
        "SELECT p.member_id FROM posts p JOIN members m ON m.id = p.member_id WHERE p.role = 'verifier'"
        " AND p.until_at IS NULL AND m.left_at IS NULL AND EXISTS (SELECT 1 FROM accounts a"
        " WHERE a.member_id = p.member_id AND a.unreachable_at IS NULL)"
        " ORDER BY CASE WHEN p.agency = CAST(:community AS TEXT) THEN 0 ELSE 1 END, p.id",
        community=community or "",
    )
    return [MemberId(number(row, "member_id")) for row in rows]


async def was_rated(tx: Tx, case: CaseId, member: MemberId) -> bool:
    """Whether the person rated the case."""
    row = await tx.one(
        "SELECT count(*) AS n FROM ratings WHERE case_id = :case AND member_id = :member", case=case, member=member
    )
    return number(row, "n") > 0


async def rate(tx: Tx, case: CaseId, member: MemberId, score: str, at: datetime) -> bool:
    """Note a rating; False if the person rated the case before."""
    return bool(
        await tx.run(
            "INSERT INTO ratings (case_id, member_id, score, at) VALUES (:case, :member, :score, :at)"
            " ON CONFLICT DO NOTHING",
            case=case,
            member=member,
            score=score,
            at=stored(at),
        )
    )
