"""Who could take a case of an agency, whether they can be reached now, and who has the night."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.dispatching import Candidate
from bot.domain.people import MemberId, Rank, Role
from bot.domain.rulebook import AgencyId
from bot.domain.times import stored
from storage.database import Tx, number, text


async def candidates(tx: Tx, agency: AgencyId, at: datetime) -> Sequence[Candidate]:
    """Contacts of an agency: A before B, then by seniority."""
    rows = await tx.all(
        "SELECT p.member_id, p.rank, m.name, (SELECT count(*) FROM leaves l WHERE l.member_id = p.member_id"
        " AND l.from_at <= :at AND l.until_at > :at) AS away, (SELECT count(*) FROM accounts a"
        " WHERE a.member_id = p.member_id AND a.unreachable_at IS NULL) AS doors, CASE WHEN p.member_id ="
        " (SELECT n.member_id FROM night_duties n WHERE n.agency = :agency AND n.from_at <= :at AND n.until_at > :at"
        " ORDER BY n.id DESC LIMIT 1) THEN 1 ELSE 0 END AS on_duty"
        " FROM posts p JOIN members m ON m.id = p.member_id WHERE p.role = :role AND p.agency = :agency"
        " AND p.until_at IS NULL AND m.left_at IS NULL"
        " ORDER BY CASE p.rank WHEN 'A' THEN 0 WHEN 'B' THEN 1 ELSE 2 END, p.id",
        role=Role.CONTACT,
        agency=agency,
        at=stored(at),
    )
    return [
        Candidate(
            member=MemberId(number(row, "member_id")),
            name=text(row, "name"),
            rank=Rank(text(row, "rank")),
            away=number(row, "away") > 0,
            reachable=number(row, "doors") > 0,
            on_duty=number(row, "on_duty") > 0,
        )
        for row in rows
    ]
