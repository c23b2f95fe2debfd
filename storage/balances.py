"""What the ledger comes to: the ranking of a month and the wallet, kept beside it row by row and read by key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.people import MemberId
from storage.database import Tx, number

PLACES: Final = 1000  # counting further down would take longer than a rider should wait


@dataclass(frozen=True, slots=True)
class Balance:
    """`rank` among the riders in office this month, from 1; equal points share a rank, and so do all at or below 0.

    None is below the first `PLACES`. `month` and, through a fake report only, `spendable` may be below 0.
    """

    month: int
    rank: int | None
    spendable: int


async def balance(tx: Tx, member: MemberId, period: str) -> Balance:
    """Confirmed points of a member: those of the month with its rank, and all that can be spent."""
    row = await tx.one(
        "SELECT COALESCE((SELECT ranking FROM balances WHERE member_id = :member AND period = :period), 0) AS month,"
        " COALESCE((SELECT spendable FROM wallets WHERE member_id = :member), 0) AS spendable",
        member=member,
        period=period,
    )
    month = number(row, "month")
    above = await _above(tx, period, max(0, month))
    return Balance(month, above + 1 if above < PLACES else None, number(row, "spendable"))


async def _above(tx: Tx, period: str, ranking: int) -> int:
    """Riders in office with more points, counted up to PLACES."""
    row = await tx.one(
        "SELECT count(*) AS n FROM (SELECT 1 AS one FROM balances b WHERE b.period = :period"
        " AND b.ranking > CAST(:ranking AS BIGINT) AND EXISTS (SELECT 1 FROM posts o WHERE o.member_id = b.member_id"
        " AND o.role IN ('rider', 'captain') AND o.until_at IS NULL) LIMIT CAST(:most AS BIGINT)) AS above",
        period=period,
        ranking=ranking,
        most=PLACES,
    )
    return number(row, "n")


async def spendable(tx: Tx, member: MemberId) -> int:
    """All that a member can spend; below 0 only after a fake report."""
    row = await tx.maybe("SELECT spendable FROM wallets WHERE member_id = :member", member=member)
    return 0 if row is None else number(row, "spendable")


async def change_of(tx: Tx, member: MemberId, delta: int, *, may_owe: bool = False) -> int:
    """What a row of `delta` points changes in the wallet: it takes what is there, unless it may owe."""
    if delta >= 0 or may_owe:
        return delta
    return max(delta, -max(0, await spendable(tx, member)))


async def moved_by(tx: Tx, entry: int) -> int:
    """What an entry has changed in the wallet so far."""
    row = await tx.one(
        "SELECT CAST(COALESCE(SUM(COALESCE(wallet, delta)), 0) AS BIGINT) AS n FROM points"
        " WHERE (id = CAST(:id AS BIGINT) OR of_id = CAST(:id AS BIGINT)) AND step <> 'pending'",
        id=entry,
    )
    return number(row, "n")


async def shift(tx: Tx, member: MemberId, period: str, *, ranking: int, wallet: int) -> None:
    """Change the sums by what a row of the ledger brings; the ranking first, so that nobody waits in a ring."""
    if ranking:
        await tx.run(
            "INSERT INTO balances (member_id, period, ranking) VALUES (:member, :period, :ranking)"
            " ON CONFLICT (member_id, period) DO UPDATE SET ranking = balances.ranking + excluded.ranking",
            member=member,
            period=period,
            ranking=ranking,
        )
    if wallet:
        await tx.run(
            "INSERT INTO wallets (member_id, spendable) VALUES (:member, :wallet)"
            " ON CONFLICT (member_id) DO UPDATE SET spendable = wallets.spendable + excluded.spendable",
            member=member,
            wallet=wallet,
        )


async def list_holders(tx: Tx, after: int, most: int) -> Sequence[MemberId]:
    """Members with something to spend, by id."""
    rows = await tx.all(
        "SELECT member_id FROM wallets WHERE member_id > CAST(:after AS BIGINT) AND spendable > 0 ORDER BY member_id"
        " LIMIT CAST(:most AS BIGINT)",
        after=after,
        most=most,
    )
    return [MemberId(number(row, "member_id")) for row in rows]


async def earned_before(tx: Tx, member: MemberId, period: str) -> int:
    """What is left in the wallet of the months before `period`; what was spent or deducted came out of the oldest."""
    row = await tx.one(
        "SELECT CAST(COALESCE(SUM(COALESCE(p.wallet, p.delta)), 0) AS BIGINT) AS since FROM points p"
        " LEFT JOIN points e ON e.id = p.of_id WHERE p.member_id = :member AND p.period >= :period"
        " AND p.step <> 'pending' AND (COALESCE(p.wallet, p.delta) > 0 OR (p.step = 'reversed' AND e.period >= :period))",
        member=member,
        period=period,
    )
    return max(0, await spendable(tx, member) - max(0, number(row, "since")))
