"""Days the county set itself: written, never changed; the newest row of a day counts."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from bot.domain.people import MemberId
from bot.domain.times import stored
from storage.database import Tx, maybe_number, number, text

_WRITTEN: Final = {True: "yes", False: "no", None: ""}


async def hold(tx: Tx) -> int:
    """`latest`, and until the commit nobody else adds a day: rows become visible in the order of their ids."""
    await tx.run(
        "INSERT INTO counters (name, value) VALUES ('calendar', 1)"
        " ON CONFLICT (name) DO UPDATE SET value = counters.value + 1"
    )
    return await latest(tx)


async def add(tx: Tx, day: date, works: bool | None, by: MemberId, at: datetime) -> int:
    """Set a day: worked, not worked, or None as published again; returns the id of the row. Only after `hold`."""
    row = await tx.one(
        "INSERT INTO calendar_days (day, works, noted_by, noted_at) VALUES (:day, :works, :by, :at) RETURNING id",
        day=day.isoformat(),
        works=_WRITTEN[works],
        by=by,
        at=stored(at),
    )
    return number(row, "id")


async def latest(tx: Tx) -> int:
    """The id of the newest row, 0 when there is none; it changes whenever a day is set."""
    return maybe_number(await tx.one("SELECT max(id) AS id FROM calendar_days"), "id") or 0


async def as_of(tx: Tx, row: int) -> Mapping[date, bool]:
    """The county's own days, in order, as they were when `row` was the newest; True is worked."""
    rows = await tx.all(
        "SELECT day, works FROM calendar_days WHERE works <> ''"
        " AND id IN (SELECT max(id) FROM calendar_days WHERE id <= :row GROUP BY day) ORDER BY day",
        row=row,
    )
    return {date.fromisoformat(text(found, "day")): text(found, "works") == "yes" for found in rows}
