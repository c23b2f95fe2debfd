"""The county's own days: the newest row of a day counts, and what counted before can be asked, on both databases."""

import asyncio
from datetime import UTC, date, datetime

from bot.domain.people import SYSTEM
from storage import calendar_days
from storage.database import Database

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SATURDAY, SUNDAY, MONDAY = date(2027, 2, 6), date(2027, 2, 7), date(2027, 2, 8)


async def set_day(database: Database, day: date, works: bool | None) -> int:
    async with database.write() as tx:
        await calendar_days.hold(tx)
        return await calendar_days.add(tx, day, works, SYSTEM, AT)


async def test_without_a_row_no_day_is_the_countys_own(database: Database) -> None:
    async with database.read() as tx:
        assert await calendar_days.latest(tx) == 0
        assert await calendar_days.as_of(tx, 0) == {}


async def test_the_newest_row_of_a_day_counts_and_older_ones_tell_what_was_true_before(database: Database) -> None:
    first = await set_day(database, SUNDAY, True)
    second = await set_day(database, SATURDAY, False)
    third = await set_day(database, SUNDAY, False)
    fourth = await set_day(database, SUNDAY, None)

    async with database.read() as tx:
        assert await calendar_days.latest(tx) == fourth
        assert await calendar_days.as_of(tx, fourth) == {SATURDAY: False}, "as published again: no day of the county's"
        assert list((await calendar_days.as_of(tx, third)).items()) == [(SATURDAY, False), (SUNDAY, False)]
        assert await calendar_days.as_of(tx, second) == {SATURDAY: False, SUNDAY: True}
        assert await calendar_days.as_of(tx, first) == {SUNDAY: True}
        assert await calendar_days.as_of(tx, 0) == {}


async def test_who_holds_the_days_knows_the_newest_row(database: Database) -> None:
    made = await set_day(database, MONDAY, True)

    async with database.write() as tx:
        assert await calendar_days.hold(tx) == made
        assert await calendar_days.hold(tx) == made


async def test_two_who_set_days_at_once_do_so_one_after_the_other(database: Database) -> None:
    """Else a higher id could be seen before a lower one, and who keeps days by the newest id would never see both."""

    async def one(day: date) -> tuple[int, int]:
        async with database.write() as tx:
            before = await calendar_days.hold(tx)
            return before, await calendar_days.add(tx, day, True, SYSTEM, AT)

    made = await asyncio.gather(*(one(date(2027, 3, day)) for day in range(1, 9)))

    steps = sorted(made, key=lambda step: step[1])
    assert [before for before, _ in steps] == [0, *(after for _, after in steps[:-1])]
