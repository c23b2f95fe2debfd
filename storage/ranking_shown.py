"""A ranking as people see it: lines with names, duties and what the places were a month before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.people import MemberId
from storage.consents import PUBLIC_NAME
from storage.database import Row, Tx, maybe_number, maybe_text, number, text
from storage.ranking_lines import Line


@dataclass(frozen=True, slots=True)
class Shown:
    """`duty`: one that is held on the day asked for. `named`: agreed to be named. `was`: the place a month before."""

    line: Line
    name: str
    duty: str | None
    named: bool
    was: int | None


@dataclass(frozen=True, slots=True)
class Leader:
    """A rider far ahead in a month that is still open."""

    member_id: MemberId
    points: int
    name: str
    named: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A rider as an office lists them."""

    name: str
    firm: str
    station: str
    duty: str | None


# The newest answer counts: a later wording of the question may have been refused.
_NAMED: Final = (
    "EXISTS (SELECT 1 FROM consents c WHERE c.member_id = m.id AND c.purpose = :purpose AND c.given_at IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM consents n WHERE n.member_id = c.member_id AND n.purpose = c.purpose"
    " AND n.version > c.version AND n.refused_at IS NOT NULL)) AS named"
)
_SHOWN: Final = " ".join(
    (
        "SELECT l.*, m.name, (SELECT MIN(d.duty) FROM duties d WHERE d.member_id = l.member_id AND d.from_day <= :day"
        " AND d.until_day >= :day) AS duty, (SELECT q.place FROM ranking_lines q WHERE q.period = :earlier"
        " AND q.version = CAST(:earlier_version AS BIGINT) AND q.member_id = l.member_id) AS was,",
        _NAMED,
        "FROM ranking_lines l JOIN members m ON m.id = l.member_id WHERE l.period = :period AND l.version = :version",
    )
)
_LISTED: Final = (
    "SELECT m.id, m.name, m.firm, m.station, (SELECT MIN(d.duty) FROM duties d WHERE d.member_id = m.id"
    " AND d.from_day <= :day AND d.until_day >= :day) AS duty FROM members m WHERE m.id IN ("
)
_LEADING: Final = " ".join(
    (
        "SELECT b.member_id, b.ranking, m.name,",
        _NAMED,
        "FROM balances b JOIN members m ON m.id = b.member_id WHERE b.period = :period AND b.ranking > 0"
        " AND EXISTS (SELECT 1 FROM posts o WHERE o.member_id = b.member_id AND o.role IN ('rider', 'captain')"
        " AND o.until_at IS NULL) ORDER BY b.ranking DESC, b.member_id LIMIT CAST(:most AS BIGINT)",
    )
)


async def list_first(
    tx: Tx, period: str, version: int, earlier: tuple[str, int], day: str, most: int
) -> Sequence[Shown]:
    """The first lines in the order of the places; `earlier`: month and version the places are compared with."""
    rows = await tx.all(
        _SHOWN + " ORDER BY l.points DESC, l.resolved DESC, l.invalid, l.reached_at, l.member_id"
        " LIMIT CAST(:most AS BIGINT)",
        period=period,
        version=version,
        earlier=earlier[0],
        earlier_version=earlier[1],
        day=day,
        purpose=PUBLIC_NAME,
        most=most,
    )
    return [_shown(row) for row in rows]


async def find(tx: Tx, period: str, version: int, earlier: tuple[str, int], day: str, member: MemberId) -> Shown | None:
    """The line of a member; None for who was no rider in that month."""
    row = await tx.maybe(
        _SHOWN + " AND l.member_id = :member",
        period=period,
        version=version,
        earlier=earlier[0],
        earlier_version=earlier[1],
        day=day,
        purpose=PUBLIC_NAME,
        member=member,
    )
    return None if row is None else _shown(row)


async def list_people(tx: Tx, riders: Sequence[MemberId], day: str) -> Mapping[MemberId, Listed]:
    """Names, firms and stations of a page of riders, and a duty that each holds on the day."""
    if not riders:
        return {}
    ids = ", ".join(f":m{n}" for n in range(len(riders)))
    rows = await tx.all(f"{_LISTED} {ids})", day=day, **{f"m{n}": rider for n, rider in enumerate(riders)})
    return {
        MemberId(number(row, "id")): Listed(
            text(row, "name"), maybe_text(row, "firm") or "", maybe_text(row, "station") or "", maybe_text(row, "duty")
        )
        for row in rows
    }


async def list_leading(tx: Tx, period: str, most: int) -> Sequence[Leader]:
    """Who of the riders in office has most points in a month that is still open; nobody without points."""
    rows = await tx.all(_LEADING, period=period, purpose=PUBLIC_NAME, most=most)
    return [
        Leader(MemberId(number(row, "member_id")), number(row, "ranking"), text(row, "name"), bool(row["named"]))
        for row in rows
    ]


def _shown(row: Row) -> Shown:
    line = Line(
        MemberId(number(row, "member_id")),
        number(row, "place"),
        number(row, "points"),
        number(row, "resolved"),
        number(row, "invalid"),
        number(row, "reported"),
        text(row, "reached_at"),
    )
    return Shown(line, text(row, "name"), maybe_text(row, "duty"), bool(row["named"]), maybe_number(row, "was"))
