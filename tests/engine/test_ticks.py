"""Time as events: timers and the county's recurring hours, each once over restarts and processes."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.chat.events import Due
from bot.chat.feature import Feature, Work
from bot.chat.messages import Effects
from bot.chat.schedule import Daily, Every, Monthly, Schedule
from bot.engine.ticks import Ticker, instants
from storage import timers
from storage.database import Database, open_database
from tests.engine.stage import Stage, open_stage
from tests.town import ZONE

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await open_database(database_url, guarded=True)
    yield database
    await database.close()


@pytest.fixture
def came() -> list[str]:
    """Names, keys and instants of what came, in order."""
    return []


def listening(came: list[str], ticks: dict[str, Schedule] | None = None) -> Feature:
    feature = Feature("t")

    async def note(event: Due, work: Work) -> Effects:
        came.append(f"{event.name}:{event.key if event.name == 't.timer' else ''}@{event.due_at:%d %H:%M}")
        return []

    feature.due("timer")(note)
    for name, when in (ticks or {}).items():
        feature.tick(name, when)(note)
    return feature


async def set_timer(stage: Stage, key: str, at: datetime) -> None:
    async with stage.database.write() as tx:
        await timers.set_timer(tx, "t.timer", key, at)


async def run(*stages: Stage) -> None:
    """Let each process look at the clock, then do what came."""
    for stage in stages:
        while await stage.engine.tick():
            pass
    for stage in stages:
        await stage.engine.drain()


async def test_a_timer_comes_once_over_restarts_and_processes(
    database: Database, tmp_path: Path, came: list[str]
) -> None:
    stage = await open_stage(database, tmp_path, listening(came))
    other = await stage.another()
    at = stage.clock.now() + timedelta(minutes=5)
    await set_timer(stage, "7", at)
    await set_timer(stage, "8", at + timedelta(minutes=1))

    await run(stage, other)
    assert came == []
    await stage.wait(minutes=5)
    await run(stage, other)
    assert came == ["t.timer:7@23 01:05"]
    await stage.wait(minutes=5)
    again = await stage.another()
    await run(other, again, stage)
    assert came == ["t.timer:7@23 01:05", "t.timer:8@23 01:06"]
    assert await stage.rows("SELECT * FROM timers") == []


async def test_a_timer_moved_or_cancelled_after_it_was_handed_out_does_nothing(
    database: Database, tmp_path: Path, came: list[str]
) -> None:
    stage = await open_stage(database, tmp_path, listening(came))
    at = stage.clock.now() + timedelta(minutes=5)
    for key in ("moved", "cancelled", "kept"):
        await set_timer(stage, key, at)
    stage.clock.move(at)
    await stage.engine.ticker.tick()  # handed out, not yet run
    await set_timer(stage, "moved", at + timedelta(minutes=10))
    async with database.write() as tx:
        await timers.cancel(tx, "t.timer", "cancelled")
    await stage.engine.drain()
    assert came == ["t.timer:kept@23 01:05"]
    await stage.wait(minutes=10)
    await run(stage)
    assert came == ["t.timer:kept@23 01:05", "t.timer:moved@23 01:15"]


async def test_recurring_hours_missed_while_down_are_made_up_once_each_and_a_first_start_makes_up_nothing(
    database: Database, tmp_path: Path, came: list[str]
) -> None:
    ticks = {"morning": Daily(time(8, 30)), "month": Monthly(31, time(9)), "often": Every(600)}
    stage = await open_stage(database, tmp_path, listening(came, ticks))
    await run(stage)  # 9:00 in the county: the first start
    assert came == [], "a new installation does not make up for the past"

    await stage.wait(days=8)
    other = await stage.another()
    await run(stage, other)
    mornings = [one for one in came if one.startswith("t.morning")]
    assert mornings == [f"t.morning:@{day:02d} 00:30" for day in (24, 25, 26, 27, 28, 29, 30, 1)]
    assert [one for one in came if one.startswith("t.month")] == ["t.month:@30 01:00"], "November has no 31st"
    often = [one for one in came if one.startswith("t.often")]
    assert len(often) == len(set(often)) == 19

    before = len(came)
    await run(await stage.another())
    assert len(came) == before


async def test_a_tick_missed_very_often_is_handed_out_in_slices(
    database: Database, tmp_path: Path, came: list[str]
) -> None:
    stage = await open_stage(database, tmp_path, listening(came, {"often": Every(1)}))
    await run(stage)
    stage.clock.move(stage.clock.now() + timedelta(minutes=450))
    sizes: list[int] = []
    while await stage.engine.ticker.tick():
        (row,) = await stage.rows("SELECT count(*) AS n FROM inbox")
        sizes.append(int(str(row["n"])))
    assert sizes == [200, 400, 450]
    await stage.engine.drain()
    assert [one[-5:] for one in came[:3]] == ["01:01", "01:02", "01:03"], "in their order"
    assert len(came) == 450


def local(schedule: Schedule, zone: ZoneInfo, after: datetime, count: int) -> list[str]:
    return [f"{at.astimezone(zone):%m-%d %H:%M %z}" for at in islice(instants(schedule, zone, after), count)]


def test_months_without_the_day_take_their_last() -> None:
    after = datetime(2026, 12, 31, 20, tzinfo=UTC)
    for day, expected in (
        (31, ["01-31", "02-28", "03-31", "04-30"]),
        (30, ["01-30", "02-28", "03-30", "04-30"]),
        (29, ["01-29", "02-28", "03-29", "04-29"]),
        (1, ["01-01", "02-01", "03-01", "04-01"]),
    ):
        found = local(Monthly(day, time(22)), ZONE, after, 4)
        assert [one[:5] for one in found] == expected, day
    assert local(Monthly(29, time(9)), ZONE, datetime(2028, 2, 1, tzinfo=UTC), 1) == ["02-29 09:00 +0800"]


def test_a_day_with_a_change_of_clocks_has_each_hour_once() -> None:
    spring = datetime(2026, 3, 28, 0, tzinfo=UTC)
    assert local(Daily(time(2, 30)), BERLIN, spring, 3) == [
        "03-28 02:30 +0100",
        "03-29 03:30 +0200",  # there is no 2:30 on this day
        "03-30 02:30 +0200",
    ]
    autumn = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert local(Daily(time(2, 30)), BERLIN, autumn, 2) == ["10-25 02:30 +0200", "10-26 02:30 +0100"]
    assert local(Daily(time(8)), BERLIN, autumn, 2) == ["10-25 08:00 +0100", "10-26 08:00 +0100"]


def test_every_few_minutes_stands_on_the_clock_and_not_on_the_start() -> None:
    after = datetime(2026, 11, 23, 1, 7, tzinfo=UTC)
    assert [f"{at:%H:%M}" for at in islice(instants(Every(15), ZONE, after), 3)] == ["01:15", "01:30", "01:45"]


async def test_the_next_instant_is_the_earliest_of_timers_and_ticks(
    database: Database, tmp_path: Path, came: list[str]
) -> None:
    stage = await open_stage(database, tmp_path, listening(came, {"morning": Daily(time(8, 30))}))
    assert await stage.engine.ticker.next_due() == datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
    soon = stage.clock.now() + timedelta(minutes=3)
    await set_timer(stage, "7", soon)
    assert await stage.engine.ticker.next_due() == soon
    assert await replace_features(stage).next_due() == soon


def replace_features(stage: Stage) -> Ticker:
    return replace(stage.engine.ticker, features=())


async def test_a_timer_set_again_for_the_same_instant_comes_again(
    database: Database, tmp_path: Path, came: list[str]
) -> None:
    stage = await open_stage(database, tmp_path, listening(came))
    at = stage.clock.now()
    for _ in range(3):  # by what else falls on 13:30, or once more by a clock that went back
        await set_timer(stage, "7", at)
        await run(stage)
    assert came == ["t.timer:7@23 01:00"] * 3
    await run(stage, await stage.another())
    assert len(came) == 3
