"""What a group did in a day: reported, closed, still open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.case import Case
from bot.domain.people import MemberId
from bot.domain.times import stored
from storage.case_rows import case_of
from storage.database import Tx, number


@dataclass(frozen=True, slots=True)
class Day:
    """Cases of one group; `open` are the oldest of `open_n`, without practice reports."""

    reported: int
    closed: Sequence[Case]
    open: Sequence[Case]
    open_n: int


async def of_group(tx: Tx, platform: str, chat: str, since: datetime, before: datetime, most: int) -> Day:
    """The cases at home in a group that were opened or closed in [since, before), and what is open now."""
    row = await tx.one(
        "SELECT count(*) AS n FROM cases WHERE opened_at >= :since AND opened_at < :before AND home_platform = :platform"
        " AND home_chat = :chat AND practice_at IS NULL AND state NOT IN ('draft', 'withdrawn', 'rejected', 'merged')",
        since=stored(since), before=stored(before), platform=platform, chat=chat,
    )  # fmt: skip
    closed = await tx.all(
        "SELECT * FROM cases WHERE closed_at >= :since AND closed_at < :before AND home_platform = :platform"
        " AND home_chat = :chat AND practice_at IS NULL AND state = 'closed' ORDER BY closed_at",
        since=stored(since), before=stored(before), platform=platform, chat=chat,
    )  # fmt: skip
    still = await tx.all(
        "SELECT * FROM cases WHERE state NOT IN ('closed', 'rejected', 'merged', 'withdrawn') AND state <> 'draft'"
        " AND home_platform = :platform AND home_chat = :chat AND practice_at IS NULL ORDER BY opened_at",
        platform=platform, chat=chat,
    )  # fmt: skip
    return Day(number(row, "n"), [case_of(one) for one in closed], [case_of(one) for one in still[:most]], len(still))


async def contacts_with_cases(tx: Tx) -> Sequence[MemberId]:
    """Everybody responsible for an open case, by id."""
    rows = await tx.all(
        "SELECT DISTINCT contact_id FROM cases WHERE closed_at IS NULL AND contact_id IS NOT NULL"
        " AND state IN ('dispatched', 'accepted', 'rework', 'on_hold', 'need_info') ORDER BY contact_id"
    )
    return [MemberId(number(row, "contact_id")) for row in rows]


async def open_with_clocks(tx: Tx, after: int, most: int) -> Sequence[Case]:
    """Open cases whose clocks may run, by id: page by page."""
    rows = await tx.all(
        "SELECT * FROM cases WHERE id > :after AND state IN ('dispatched', 'accepted', 'rework', 'on_hold', 'need_info')"
        " AND practice_at IS NULL ORDER BY id LIMIT CAST(:most AS BIGINT)",
        after=after,
        most=most,
    )
    return [case_of(row) for row in rows]
