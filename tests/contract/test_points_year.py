"""A year of seventy riders, with new rules in the middle of it: every month comes out as it was booked.

`WDY_PROVE_POINTS` is the number of bookings (100,000 by `make prove`).
"""

import os
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain.ledger import Step
from bot.domain.people import SYSTEM, MemberId, Post, Role
from bot.domain.rulebook import PointItem, PointRules
from handlers.points.versions import remember_rules
from storage import booking, ledger_check, members, months, points
from storage.booking import Occurrence
from storage.database import Database, open_database
from tests.town import RULEBOOK, ZONE

BOOKINGS = int(os.environ.get("WDY_PROVE_POINTS", "2400"))
RIDERS, DAYS = 70, 365
A_DAY = max(1, BOOKINGS // DAYS)
CHANGE = date(2027, 7, 1)
OLD = RULEBOOK.points


def dearer(item: PointItem) -> PointItem:
    return replace(item, points=tuple(2 * figure for figure in item.points), cap_day=None, mode="auto")


NEW = replace(OLD, effective_from=CHANGE.isoformat(), items=tuple(dearer(item) for item in OLD.items))


class Year:
    """Books day by day; a tenth of what was booked is taken back, most of what waits is confirmed."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.chance = random.Random(2027)
        self.riders: list[MemberId] = []
        self.waiting: list[int] = []
        self.booked = 0

    async def begin(self, rules: PointRules) -> None:
        async with self.database.write() as tx:
            await remember_rules(tx, replace(RULEBOOK, points=rules), noon(date(2027, 1, 1)))
            for number in range(RIDERS):
                who = await members.insert(tx, f"赵强{number}", noon(date(2026, 12, 1)))
                await members.add_post(tx, who, Post(Role.RIDER), noon(date(2026, 12, 1)))
                self.riders.append(who)

    async def live(self, first: date, last: date) -> None:
        """From day to day; on the first the month before is closed."""
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
            if day.day == 1 and day.month > 1:
                async with self.database.write() as tx:
                    await months.begin(tx, f"{day.year}-{day.month - 1:02d}", "")
            await self._day(day)

    async def _day(self, day: date) -> None:
        async with self.database.write() as tx:
            for _ in range(A_DAY):
                self.booked += 1
                item = self.chance.choice(OLD.items)
                what = Occurrence(
                    code=item.code,
                    member=self.chance.choice(self.riders),
                    subject=f"thing:{self.booked}",
                    at=noon(day),
                    by=SYSTEM,
                    grade=self.chance.randrange(len(item.points)),
                )
                entry = await booking.book_item(tx, ZONE, what)
                if entry is not None:
                    self.waiting.append(entry)
            for _ in range(A_DAY // 3):
                entry = await points.get(tx, self.waiting.pop(self.chance.randrange(len(self.waiting))))
                if entry.step is Step.PENDING and self.chance.random() < 0.9:
                    await points.confirm(tx, entry, SYSTEM, noon(day))
                elif self.chance.random() < 0.3:
                    await points.reverse(tx, entry, SYSTEM, noon(day), "test")

    async def verified(self, *numbers: int) -> list[int]:
        """How many rows each month has; each is equal."""
        verdicts = [await ledger_check.verify(self.database, f"2027-{number:02d}") for number in numbers]
        assert [verdict.difference for verdict in verdicts] == [None] * len(numbers)
        return [verdict.rows for verdict in verdicts]


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, 0, tzinfo=UTC)


@pytest.mark.timeout(3600)
async def test_every_month_of_a_year_comes_out_under_its_own_rules(sqlite_url: str) -> None:
    database = await open_database(sqlite_url, guarded=True)
    year = Year(database)
    await year.begin(OLD)
    await year.live(date(2027, 1, 1), date(2027, 6, 30))
    before = await year.verified(*range(1, 7))
    sums = await balances_until(database, "2027-05")

    async with database.write() as tx:
        await remember_rules(tx, replace(RULEBOOK, points=NEW), noon(date(2027, 6, 30)))
    assert await year.verified(*range(1, 7)) == before
    await year.live(CHANGE, date(2027, 12, 31))
    after = await year.verified(*range(1, 13))
    assert all(rows > 0 for rows in after)
    assert after[:5] == before[:5]
    assert await balances_until(database, "2027-05") == sums
    async with database.read() as tx:
        used = await tx.all("SELECT rules_id, min(day) AS first, max(day) AS last FROM points WHERE of_id IS NULL"
                            " GROUP BY rules_id ORDER BY rules_id")  # fmt: skip
    assert [(row["first"], row["last"]) for row in used] == [("2027-01-01", "2027-06-30"), ("2027-07-01", "2027-12-31")]
    await database.close()


async def balances_until(database: Database, last: str) -> list[tuple[object, ...]]:
    async with database.read() as tx:
        rows = await tx.all("SELECT * FROM balances WHERE period <= :last ORDER BY member_id, period", last=last)
    return [(row["member_id"], row["period"], row["ranking"]) for row in rows]
