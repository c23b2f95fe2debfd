"""The ledger in slices, in the order in which a month is worked out again, each row beside the sums kept of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.ledger import Step
from bot.domain.people import MemberId
from bot.domain.replay import Line, Settled
from storage.database import Row, Tx, maybe_number, maybe_text, number, text


@dataclass(frozen=True, slots=True)
class Kept:
    """A row with its member's sum of the month as it is kept; `ranked`: points of the ranking's line, if there is one."""

    line: Line
    balance: int
    ranked: int | None


@dataclass(frozen=True, slots=True)
class Sum:
    """What is kept of a member, and what it should be."""

    member: MemberId
    found: int
    expected: int


async def page(tx: Tx, period: str, version: int, after: Line | None, most: int) -> Sequence[Kept]:
    """Rows of a month by member and id; `version`: of the ranking to be read beside them, 0 for none."""
    rows = await tx.all(
        "SELECT p.*, e.delta AS of_delta, CASE WHEN e.step <> 'pending' OR EXISTS (SELECT 1 FROM points k"
        " WHERE k.of_id = e.id AND k.step = 'confirmed' AND k.id < p.id) THEN 1 ELSE 0 END AS of_counts,"
        " g.id AS gone_id, COALESCE(b.ranking, 0) AS balance, l.points AS ranked"
        " FROM points p LEFT JOIN points e ON e.id = p.of_id"
        " LEFT JOIN points g ON g.of_id = p.id AND g.step = 'reversed' AND g.period <> p.period"
        " LEFT JOIN balances b ON b.member_id = p.member_id AND b.period = p.period"
        " LEFT JOIN ranking_lines l ON l.period = p.period AND l.version = CAST(:version AS BIGINT)"
        " AND l.member_id = p.member_id WHERE p.period = :period AND p.member_id >= :member"
        " AND (p.member_id > :member OR p.id > CAST(:id AS BIGINT))"
        " ORDER BY p.member_id, p.id LIMIT CAST(:most AS BIGINT)",
        period=period,
        version=version,
        member=after.member if after else 0,
        id=after.id if after else 0,
        most=most,
    )
    return [_kept(row) for row in rows]


async def balances_without_rows(tx: Tx, period: str, after: Sum | None, most: int) -> Sequence[Sum]:
    """Balances of a month in slices; expected is 0 where the ledger has no row for one, else whatever is found."""
    rows = await tx.all(
        "SELECT b.member_id, b.ranking AS found, EXISTS (SELECT 1 FROM points p WHERE p.period = b.period"
        " AND p.member_id = b.member_id) AS has FROM balances b WHERE b.period = :period"
        " AND b.ranking >= CAST(:ranking AS BIGINT) AND (b.ranking > CAST(:ranking AS BIGINT) OR b.member_id > :member)"
        " ORDER BY b.ranking, b.member_id LIMIT CAST(:most AS BIGINT)",
        period=period,
        ranking=after.found if after else -(2**40),
        member=after.member if after else 0,
        most=most,
    )
    return [_sum_without_rows(row) for row in rows]


async def ranked_without_rows(tx: Tx, period: str, version: int, after: Sum | None, most: int) -> Sequence[Sum]:
    """Likewise the lines of a ranking."""
    rows = await tx.all(
        "SELECT l.member_id, l.points AS found, EXISTS (SELECT 1 FROM points p WHERE p.period = l.period"
        " AND p.member_id = l.member_id) AS has FROM ranking_lines l WHERE l.period = :period"
        " AND l.version = CAST(:version AS BIGINT) AND l.member_id > :member ORDER BY l.member_id"
        " LIMIT CAST(:most AS BIGINT)",
        period=period,
        version=version,
        member=after.member if after else 0,
        most=most,
    )
    return [_sum_without_rows(row) for row in rows]


async def wallets(tx: Tx, after: Sum | None, most: int) -> Sequence[Sum]:
    """What every member can spend, and what all rows of the ledger come to."""
    rows = await tx.all(
        "SELECT m.id AS member_id, COALESCE(w.spendable, 0) AS found, (SELECT CAST(COALESCE(SUM(COALESCE(p.wallet,"
        " p.delta)), 0) AS BIGINT) FROM points p WHERE p.member_id = m.id AND p.step <> 'pending') AS expected"
        " FROM members m LEFT JOIN wallets w ON w.member_id = m.id WHERE m.id > :member ORDER BY m.id"
        " LIMIT CAST(:most AS BIGINT)",
        member=after.member if after else 0,
        most=most,
    )
    return [Sum(MemberId(number(row, "member_id")), number(row, "found"), number(row, "expected")) for row in rows]


def _sum_without_rows(row: Row) -> Sum:
    found = number(row, "found")
    return Sum(MemberId(number(row, "member_id")), found, found if row["has"] else 0)


def _kept(row: Row) -> Kept:
    of = maybe_number(row, "of_id")
    line = Line(
        id=number(row, "id"),
        member=MemberId(number(row, "member_id")),
        key=text(row, "key"),
        item=text(row, "item"),
        delta=number(row, "delta"),
        step=Step(text(row, "step")),
        spendable_only=maybe_text(row, "spendable_only") is not None,
        grade=number(row, "grade"),
        rules=maybe_number(row, "rules_id"),
        day=text(row, "day"),
        settles=None if of is None else Settled(of, number(row, "of_delta"), bool(row["of_counts"])),
        gone=maybe_number(row, "gone_id"),
    )
    return Kept(line, number(row, "balance"), maybe_number(row, "ranked"))
