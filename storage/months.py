"""The months of the county: open until their close begins, then counted, shown, settled. A month without a row is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.times import month_after, read, stored
from storage.database import Row, Stale, Tx, maybe_text, number, text


class MonthState(StrEnum):
    OPEN = "open"
    FREEZING = "freezing"  # its ranking is being counted
    FROZEN = "frozen"  # a draft for the admins
    PUBLICITY = "publicity"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Totals:
    """Of the ranking that holds: its riders, those with points, places that several of these share, cases taken up and
    mended.
    """

    riders: int = 0
    active: int = 0
    shared: int = 0
    reported: int = 0
    resolved: int = 0


@dataclass(frozen=True, slots=True)
class Month:
    """Where a month stands. `checkpoint` is empty unless a version of its ranking is being made.

    `version` is the one that holds; 0 until the first is made. `hash` is that of its lines, in hexadecimal.
    """

    period: str
    state: MonthState
    version: int
    checkpoint: str
    frozen_at: datetime | None
    publicity_at: datetime | None
    publicity_until: datetime | None
    final_at: datetime | None
    announced_at: datetime | None
    hash: str | None
    totals: Totals


async def find(tx: Tx, period: str) -> Month | None:
    """The month, once its close has begun."""
    row = await tx.maybe("SELECT * FROM months WHERE period = :period", period=period)
    return None if row is None else _month(row)


async def landing(tx: Tx, period: str) -> str:
    """The month into which what happens to an entry of `period` counts: that one while it is open, else the running one.

    Asked after `points.hold` of the member: the close holds its riders, too, so that it leaves out none of their entries.
    """
    row = await tx.one(
        "SELECT count(*) AS shut, (SELECT MAX(period) FROM months WHERE state <> 'open') AS newest FROM months"
        " WHERE period = :period AND state <> 'open'",
        period=period,
    )
    return month_after(text(row, "newest")) if number(row, "shut") else period


async def list_newest(tx: Tx, most: int) -> Sequence[Month]:
    """Months whose close has begun, newest first."""
    rows = await tx.all("SELECT * FROM months ORDER BY period DESC LIMIT CAST(:most AS BIGINT)", most=most)
    return [_month(row) for row in rows]


async def begin(tx: Tx, period: str, checkpoint: str) -> bool:
    """From now on nothing more is booked into the month by itself; False if its close had begun before."""
    return bool(
        await tx.run(
            "INSERT INTO months (period, state, version, checkpoint) VALUES (:period, 'freezing', 0, :checkpoint)"
            " ON CONFLICT (period) DO UPDATE SET state = excluded.state, version = excluded.version,"
            " checkpoint = excluded.checkpoint WHERE months.state = 'open'",
            period=period,
            checkpoint=checkpoint,
        )
    )


async def advance(tx: Tx, month: Month, checkpoint: str) -> None:
    """Note how far the counting has come.

    Raises:
        Stale: another process has counted meanwhile.
    """
    changed = await tx.run(
        "UPDATE months SET checkpoint = :checkpoint WHERE period = :period AND checkpoint = :seen",
        checkpoint=checkpoint,
        period=month.period,
        seen=month.checkpoint,
    )
    _check(month, changed)


async def complete(tx: Tx, month: Month, version: int, digest: str, totals: Totals, at: datetime) -> None:
    """A version of the ranking is complete and holds from now on; the first one makes the month a draft.

    Raises:
        Stale: another process has counted meanwhile.
    """
    changed = await tx.run(
        "UPDATE months SET version = :version, hash = :hash, checkpoint = '', frozen_at = COALESCE(frozen_at, :at),"
        " state = CASE WHEN state = 'freezing' THEN 'frozen' ELSE state END, riders = :riders, active = :active,"
        " shared = :shared, reported = :reported, resolved = :resolved WHERE period = :period AND checkpoint = :seen",
        version=version,
        hash=digest,
        at=stored(at),
        riders=totals.riders,
        active=totals.active,
        shared=totals.shared,
        reported=totals.reported,
        resolved=totals.resolved,
        period=month.period,
        seen=month.checkpoint,
    )
    _check(month, changed)


async def publish(tx: Tx, period: str, at: datetime, until: datetime) -> bool:
    """The draft is shown to everybody until then; False if it is no draft (any more)."""
    return bool(
        await tx.run(
            "UPDATE months SET state = 'publicity', publicity_at = :at, publicity_until = :until"
            " WHERE period = :period AND state = 'frozen' AND checkpoint = ''",
            at=stored(at),
            until=stored(until),
            period=period,
        )
    )


async def settle(tx: Tx, period: str, at: datetime) -> bool:
    """The month is final and announced; False if it was, or is not shown yet, or is being counted anew."""
    return bool(
        await tx.run(
            "UPDATE months SET state = 'final', final_at = :at, announced_at = :at"
            " WHERE period = :period AND state = 'publicity' AND checkpoint = ''",
            at=stored(at),
            period=period,
        )
    )


def _check(month: Month, changed: int) -> None:
    if changed == 0:
        raise Stale(f"month {month.period}")


def _month(row: Row) -> Month:
    return Month(
        period=text(row, "period"),
        state=MonthState(text(row, "state")),
        version=number(row, "version"),
        checkpoint=text(row, "checkpoint"),
        frozen_at=_instant(row, "frozen_at"),
        publicity_at=_instant(row, "publicity_at"),
        publicity_until=_instant(row, "publicity_until"),
        final_at=_instant(row, "final_at"),
        announced_at=_instant(row, "announced_at"),
        hash=maybe_text(row, "hash"),
        totals=Totals(
            number(row, "riders"),
            number(row, "active"),
            number(row, "shared"),
            number(row, "reported"),
            number(row, "resolved"),
        ),
    )


def _instant(row: Row, column: str) -> datetime | None:
    written = maybe_text(row, column)
    return read(written) if written else None
