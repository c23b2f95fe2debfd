"""What the riders of a period did and got, page by page."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from bot.domain.indices import Rate, valid_rate
from bot.domain.people import MemberId
from bot.domain.tallies import Riders
from bot.domain.times import stored
from storage.database import Row, Tx, number, text


async def page(
    tx: Tx, period: tuple[str, datetime, datetime], after: MemberId, most: int, *, acting: Collection[str], fixing: str
) -> tuple[Riders, MemberId | None]:
    """Counts of riders with a larger id, and the last of them; None for it: there are no more.

    `period`: the county's month, and the part [since, until) of it that is counted. `acting`: the items whose confirmed
    rows make a rider active; `fixing`: the item of what was put right on the spot.
    """
    month, since, until = period
    riders = await _riders(tx, month, since, until, after, most)
    if not riders:
        return Riders(), None
    last = MemberId(number(riders[-1], "member_id"))
    lines = await _lines(tx, month, after, last)
    reports = {number(row, "member_id"): row for row in await _reports(tx, since, until, after, last)}
    here = [row for row in riders if number(row, "in_office")]
    sampled = [rate for row in here if (rate := _valid(reports.get(number(row, "member_id")))) is not None]
    active = {number(line, "member_id") for line in lines if number(line, "n") and text(line, "item") in acting}
    counted = Riders(
        in_office=len(here),
        active=sum(number(row, "member_id") in active for row in here),
        filed=sum(number(reports[who], "filed") for row in here if (who := number(row, "member_id")) in reports),
        sampled_filed=sum(rate.part for rate in sampled),
        sampled_reported=sum(rate.whole for rate in sampled),
        points=Counter(number(row, "points") for row in here),
        **_moved(lines, fixing),
    )
    return counted, last if len(riders) == most else None


def _moved(lines: Sequence[Row], fixing: str) -> Mapping[str, int]:
    return {
        "fixed": sum(number(line, "n") for line in lines if text(line, "item") == fixing),
        "issued": sum(number(line, "gained") for line in lines),
        "deducted": sum(number(line, "lost") for line in lines),
        "spent": sum(number(line, "spent") for line in lines),
    }


def _valid(row: Row | None) -> Rate | None:
    return valid_rate(number(row, "filed"), number(row, "reported"), number(row, "withdrawn")) if row else None


async def _riders(tx: Tx, month: str, since: datetime, until: datetime, after: MemberId, most: int) -> Sequence[Row]:
    """Everybody who held a rider's post in the period, whether they hold one at its end, and their points."""
    return await tx.all(
        "SELECT o.member_id, max(CASE WHEN o.until_at IS NULL OR o.until_at >= :until THEN 1 ELSE 0 END) AS in_office,"
        " COALESCE((SELECT b.ranking FROM balances b WHERE b.member_id = o.member_id AND b.period = :month), 0) AS points"
        " FROM posts o WHERE o.member_id > :after AND o.role IN ('rider', 'captain') AND o.from_at < :until"
        " AND (o.until_at IS NULL OR o.until_at > :since) GROUP BY o.member_id ORDER BY o.member_id"
        " LIMIT CAST(:most AS BIGINT)",
        month=month,
        since=stored(since),
        until=stored(until),
        after=after,
        most=most,
    )


async def _lines(tx: Tx, month: str, after: MemberId, last: MemberId) -> Sequence[Row]:
    """Of members in (after, last], by item: rows of the month that count and were not taken back, and what was spent."""
    return await tx.all(
        "SELECT member_id, item, sum(counts) AS n, sum(CASE WHEN delta > 0 THEN counts * delta ELSE 0 END) AS gained,"
        " sum(CASE WHEN delta < 0 THEN counts * -delta ELSE 0 END) AS lost, sum(spent) AS spent FROM ("
        "SELECT p.member_id, p.item, p.delta, CASE WHEN p.step = 'spent' THEN -p.delta ELSE 0 END AS spent,"
        " CASE WHEN p.step = 'confirmed' AND NOT EXISTS (SELECT 1 FROM points r WHERE r.of_id = COALESCE(p.of_id, p.id)"
        " AND r.step = 'reversed') THEN 1 ELSE 0 END AS counts FROM points p WHERE p.period = :month"
        " AND p.member_id > :after AND p.member_id <= :last AND p.step IN ('confirmed', 'spent')) AS lines"
        " GROUP BY member_id, item",
        month=month,
        after=after,
        last=last,
    )


async def _reports(tx: Tx, since: datetime, until: datetime, after: MemberId, last: MemberId) -> Sequence[Row]:
    """What riders in (after, last] reported in the period, found rider by rider."""
    return await tx.all(
        "SELECT m.id AS member_id, count(*) AS reported, sum(CASE WHEN c.state = 'withdrawn' THEN 1 ELSE 0 END) AS withdrawn,"
        " sum(CASE WHEN c.filed_at IS NOT NULL AND c.state NOT IN ('withdrawn', 'rejected', 'merged') THEN 1 ELSE 0 END)"
        " AS filed FROM members m JOIN cases c ON c.reporter_id = m.id WHERE m.id > :after AND m.id <= :last"
        " AND c.opened_at >= :since AND c.opened_at < :until AND c.practice_at IS NULL AND c.state <> 'draft'"
        " AND (c.state <> 'withdrawn' OR EXISTS (SELECT 1 FROM case_events e WHERE e.case_id = c.id"
        " AND e.move = 'report')) GROUP BY m.id",
        since=stored(since),
        until=stored(until),
        after=after,
        last=last,
    )
