"""The ranking of a month, a line a rider: counted and put in order in slices, version by version, never changed after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.people import MemberId
from bot.domain.times import stored
from storage.database import Row, Tx, Value, number, text

Span = tuple[datetime, datetime]
"""A month: its first instant and that of the month after it."""


@dataclass(frozen=True, slots=True)
class Line:
    """`points` are never below 0; `reached_at` as stored, empty for who gained nothing; `place` 0: not placed yet."""

    member_id: MemberId
    place: int
    points: int
    resolved: int
    invalid: int
    reported: int
    reached_at: str


# When a rider reached what they have: the last gain of the month that still stands. What an objection or the close
# itself adds afterwards sets nobody back.
_REACHED: Final = (
    "(SELECT p.member_id, MAX(p.at) AS at FROM points p WHERE p.period = :period AND p.member_id >= :first"
    " AND p.member_id <= :last AND p.at < :before AND p.of_id IS NULL AND p.delta > 0 AND p.spendable_only IS NULL"
    " AND (p.step = 'confirmed' OR EXISTS (SELECT 1 FROM points k WHERE k.of_id = p.id AND k.step = 'confirmed'"
    " AND k.period = p.period)) AND NOT EXISTS (SELECT 1 FROM points k WHERE k.of_id = p.id AND k.step = 'reversed'"
    " AND k.period = p.period) GROUP BY p.member_id) r"
)
# What a rider reported in the month, as the cases stand now.
_DEEDS: Final = (
    "(SELECT reporter_id,"
    " SUM(CASE WHEN state = 'closed' AND resolution = 'resolved' AND closed_at >= :since AND closed_at < :before"
    " THEN 1 ELSE 0 END) AS resolved,"
    " SUM(CASE WHEN state = 'rejected' AND moved_at >= :since AND moved_at < :before THEN 1 ELSE 0 END) AS invalid,"
    " SUM(CASE WHEN filed_at >= :since AND filed_at < :before AND state NOT IN ('rejected', 'withdrawn', 'merged')"
    " THEN 1 ELSE 0 END) AS reported FROM cases WHERE reporter_id >= :first AND reporter_id <= :last"
    " AND opened_at < :before AND practice_at IS NULL GROUP BY reporter_id) d"
)
_INTO: Final = (
    "INSERT INTO ranking_lines (period, version, member_id, place, points, resolved, invalid, reported, reached_at)"
)
_OF_MEMBERS: Final = (
    "SELECT :period, 1, m.id, 0, CASE WHEN b.ranking > 0 THEN b.ranking ELSE 0 END, COALESCE(d.resolved, 0),"
    " COALESCE(d.invalid, 0), COALESCE(d.reported, 0), COALESCE(r.at, '') FROM members m"
    " LEFT JOIN balances b ON b.member_id = m.id AND b.period = :period LEFT JOIN"
)
_IN_OFFICE: Final = (
    "ON r.member_id = m.id WHERE m.id >= :first AND m.id <= :last AND EXISTS (SELECT 1 FROM posts o"
    " WHERE o.member_id = m.id AND o.role IN ('rider', 'captain') AND o.from_at < :before"
    " AND (o.until_at IS NULL OR o.until_at > :since))"
)
_OF_LINES: Final = (
    "SELECT :period, CAST(:version AS BIGINT), l.member_id, 0, CASE WHEN b.ranking > 0 THEN b.ranking ELSE 0 END,"
    " l.resolved, l.invalid, l.reported, COALESCE(r.at, '') FROM ranking_lines l"
    " LEFT JOIN balances b ON b.member_id = l.member_id AND b.period = :period LEFT JOIN"
)
_BEFORE: Final = (
    "ON r.member_id = l.member_id WHERE l.period = :period AND l.version = CAST(:version AS BIGINT) - 1"
    " AND l.member_id >= :first AND l.member_id <= :last"
)
_COUNT: Final = " ".join((_INTO, _OF_MEMBERS, _DEEDS, "ON d.reporter_id = m.id LEFT JOIN", _REACHED, _IN_OFFICE))
_RECOUNT: Final = " ".join((_INTO, _OF_LINES, _REACHED, _BEFORE))
_GIVEN: Final = "WITH given (member_id, place) AS (VALUES"
_PLACED: Final = (
    ") UPDATE ranking_lines SET place = given.place FROM given WHERE ranking_lines.period = :period"
    " AND ranking_lines.version = :version AND ranking_lines.member_id = given.member_id"
)


async def list_riders(tx: Tx, span: Span, after: int, most: int) -> Sequence[tuple[MemberId, bool]]:
    """Who was an appointed rider at any time of the month, by id: page by page; and whether they still are."""
    rows = await tx.all(
        "SELECT m.id, EXISTS (SELECT 1 FROM posts n WHERE n.member_id = m.id AND n.role IN ('rider', 'captain')"
        " AND n.until_at IS NULL) AS stays FROM members m WHERE m.id > :after AND EXISTS (SELECT 1 FROM posts o"
        " WHERE o.member_id = m.id AND o.role IN ('rider', 'captain') AND o.from_at < :before"
        " AND (o.until_at IS NULL OR o.until_at > :since)) ORDER BY m.id LIMIT CAST(:most AS BIGINT)",
        after=after,
        most=most,
        **_span(span),
    )
    return [(MemberId(number(row, "id")), bool(row["stays"])) for row in rows]


async def hold(tx: Tx, first: MemberId, last: MemberId) -> None:
    """Let nobody else book for these members until the transaction ends; bookings under way are waited for."""
    await tx.run("UPDATE members SET name = name WHERE id >= :first AND id <= :last", first=first, last=last)


async def count(tx: Tx, period: str, span: Span, first: MemberId, last: MemberId) -> None:
    """Write the lines of version 1 of the riders from `first` to `last`, without places."""
    await tx.run(_COUNT, period=period, first=first, last=last, **_span(span))


async def recount(tx: Tx, period: str, span: Span, version: int, first: MemberId, last: MemberId) -> None:
    """Write the lines of a later version: points as they are now, deeds as they were counted for the one before."""
    await tx.run(_RECOUNT, period=period, version=version, first=first, last=last, before=stored(span[1]))


async def list_after(tx: Tx, period: str, version: int, last: Line | None, most: int) -> Sequence[Line]:
    """The lines that follow `last` (None: from the first on) in the order of rule 10, with or without places.

    Lines that differ by their member alone share a place.
    """
    if last is None:
        rows = await tx.all(
            "SELECT * FROM ranking_lines WHERE period = :period AND version = :version"
            " ORDER BY points DESC, resolved DESC, invalid, reached_at, member_id LIMIT CAST(:most AS BIGINT)",
            period=period,
            version=version,
            most=most,
        )
    else:
        rows = await tx.all(
            "SELECT * FROM ranking_lines WHERE period = :period AND version = :version AND points <= :points"
            " AND (points < :points OR resolved < :resolved OR (resolved = :resolved AND (invalid > :invalid"
            " OR (invalid = :invalid AND (reached_at > :reached OR (reached_at = :reached AND member_id > :member))))))"
            " ORDER BY points DESC, resolved DESC, invalid, reached_at, member_id LIMIT CAST(:most AS BIGINT)",
            period=period,
            version=version,
            points=last.points,
            resolved=last.resolved,
            invalid=last.invalid,
            reached=last.reached_at,
            member=last.member_id,
            most=most,
        )
    return [_line(row) for row in rows]


async def set_places(tx: Tx, period: str, version: int, placed: Sequence[tuple[MemberId, int]]) -> None:
    """Give lines their places, all in one statement."""
    values = ", ".join(f"(CAST(:m{n} AS BIGINT), CAST(:p{n} AS BIGINT))" for n in range(len(placed)))
    args: dict[str, Value] = {f"m{n}": member for n, (member, _) in enumerate(placed)}
    args |= {f"p{n}": place for n, (_, place) in enumerate(placed)}
    await tx.run(f"{_GIVEN} {values}{_PLACED}", period=period, version=version, **args)


async def find(tx: Tx, period: str, version: int, member: MemberId) -> Line | None:
    """The line of a member; None for who was no rider in that month."""
    row = await tx.maybe(
        "SELECT * FROM ranking_lines WHERE period = :period AND version = :version AND member_id = :member",
        period=period,
        version=version,
        member=member,
    )
    return None if row is None else _line(row)


async def list_members(tx: Tx, period: str, version: int, after: int, most: int) -> Sequence[Line]:
    """Lines by member: page by page."""
    rows = await tx.all(
        "SELECT * FROM ranking_lines WHERE period = :period AND version = :version AND member_id > :after"
        " ORDER BY member_id LIMIT CAST(:most AS BIGINT)",
        period=period,
        version=version,
        after=after,
        most=most,
    )
    return [_line(row) for row in rows]


def _span(span: Span) -> dict[str, Value]:
    return {"since": stored(span[0]), "before": stored(span[1])}


def _line(row: Row) -> Line:
    return Line(
        MemberId(number(row, "member_id")),
        number(row, "place"),
        number(row, "points"),
        number(row, "resolved"),
        number(row, "invalid"),
        number(row, "reported"),
        text(row, "reached_at"),
    )
