"""The ledger as a rider reads it: a month line by line, and what it comes to item by item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.domain.people import SYSTEM, MemberId
from storage.database import Row, Tx, maybe_number, maybe_text, number, text


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a month: an entry and where it stands or, of an entry of an earlier month, what happened to it in this one.

    `entry`: which entry; `id`: the line's own place. `standing`: a step, or "later" for what counts in a later month.
    `by`: the person who booked, confirmed or took it back last, "" if nobody did. `reason` is why it was booked,
    `undone` why it was taken back: words of a person, or a code.
    """

    id: int
    entry: int
    item: str
    delta: int
    standing: str
    day: date
    case_number: int | None
    reason: str
    undone: str
    by: str


@dataclass(frozen=True, slots=True)
class Sums:
    """Points of a month that count, by item, and those that wait."""

    by_item: Mapping[str, int]
    pending: int


# The lines of a month: what was booked in it, and what it gained or lost by entries of earlier months.
_OF_MONTH: Final = (
    " FROM points p LEFT JOIN points e ON e.id = p.of_id WHERE p.member_id = :member AND p.period = :period"
    " AND (p.of_id IS NULL OR (e.period <> p.period AND p.delta <> 0))"
)
# What was taken back after its month was closed counts in that month, and the later one loses it. Who caused a row is a
# person of the office only where it is neither the system nor the member themselves.
_LINES: Final = (
    "SELECT p.id, p.item, p.delta, p.day, COALESCE(p.of_id, p.id) AS entry, c.number AS case_number,"
    " COALESCE(e.reason, p.reason) AS reason, CASE WHEN p.of_id IS NOT NULL THEN p.reason ELSE r.reason END AS undone,"
    " CASE WHEN r.id IS NOT NULL THEN 'reversed' WHEN k.period <> p.period THEN 'later' WHEN k.id IS NOT NULL"
    " THEN 'confirmed' ELSE p.step END AS standing, COALESCE(ra.name, ka.name, pa.name, '') AS by_name"
    " FROM points p LEFT JOIN points e ON e.id = p.of_id LEFT JOIN cases c ON c.id = p.case_id"
    " LEFT JOIN points r ON r.of_id = p.id AND r.step = 'reversed' AND (r.period = p.period OR r.delta = 0)"
    " LEFT JOIN points k ON k.of_id = p.id AND k.step = 'confirmed'"
    " LEFT JOIN members ra ON ra.id = r.actor_id AND ra.id NOT IN (:system, p.member_id)"
    " LEFT JOIN members ka ON ka.id = k.actor_id AND ka.id NOT IN (:system, p.member_id)"
    " LEFT JOIN members pa ON pa.id = p.actor_id AND pa.id NOT IN (:system, p.member_id)"
    " AND (p.reason <> '' OR p.of_id IS NOT NULL)"
)


async def page(tx: Tx, member: MemberId, period: str, before: int | None, most: int) -> Sequence[Line]:
    """Lines of a month with a smaller id than `before`, newest first."""
    rows = await tx.all(
        f"{_LINES} WHERE p.id IN (SELECT p.id {_OF_MONTH} AND (CAST(:before AS BIGINT) = 0"
        " OR p.id < CAST(:before AS BIGINT)) ORDER BY p.id DESC LIMIT CAST(:most AS BIGINT)) ORDER BY p.id DESC",
        system=SYSTEM,
        member=member,
        period=period,
        before=before or 0,
        most=most,
    )
    return [_line(row) for row in rows]


async def count(tx: Tx, member: MemberId, period: str) -> int:
    """How many lines a month has."""
    return number(await tx.one(f"SELECT count(*) AS n {_OF_MONTH}", member=member, period=period), "n")


async def sums(tx: Tx, member: MemberId, period: str) -> Sums:
    """What the ranking points of a month are made of; what can only be spent is left out."""
    rows = await tx.all(
        "SELECT item, CAST(SUM(CASE WHEN step = 'pending' THEN 0 ELSE delta END) AS BIGINT) AS counted,"
        " CAST(SUM(CASE WHEN step = 'pending' AND NOT EXISTS (SELECT 1 FROM points s WHERE s.of_id = p.id)"
        " THEN delta ELSE 0 END) AS BIGINT) AS pending FROM points p WHERE member_id = :member AND period = :period"
        " AND spendable_only IS NULL GROUP BY item ORDER BY item",
        member=member,
        period=period,
    )
    by_item = {text(row, "item"): number(row, "counted") for row in rows}
    return Sums(by_item, sum(number(row, "pending") for row in rows))


async def list_of_item(tx: Tx, member: MemberId, item: str, period: str) -> Sequence[int]:
    """Ids of a member's entries of an item in a month that were not taken back, oldest first."""
    rows = await tx.all(
        "SELECT id FROM points p WHERE member_id = :member AND period = :period AND item = :item AND of_id IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM points r WHERE r.of_id = p.id AND r.step = 'reversed') ORDER BY id",
        member=member,
        period=period,
        item=item,
    )
    return [number(row, "id") for row in rows]


def _line(row: Row) -> Line:
    return Line(
        id=number(row, "id"),
        entry=number(row, "entry"),
        item=text(row, "item"),
        delta=number(row, "delta"),
        standing=text(row, "standing"),
        day=date.fromisoformat(text(row, "day")),
        case_number=maybe_number(row, "case_number"),
        reason=text(row, "reason"),
        undone=maybe_text(row, "undone") or "",
        by=text(row, "by_name"),
    )
