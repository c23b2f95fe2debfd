"""The machine's clock is set, or the machine sleeps: it is noticed, and what is due is what the clock says now."""

from collections.abc import AsyncIterator, MutableMapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.chat.events import Due
from bot.chat.feature import Feature, Work
from bot.chat.messages import Effects, Outgoing, Rank
from bot.chat.schedule import Daily, Every, Schedule
from bot.domain.people import Role
from storage import leases, timers
from storage.database import Database, Retry, open_database
from tests.engine.stage import Stage, open_stage


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await open_database(database_url, guarded=True)
    yield database
    await database.close()


@pytest.fixture
def came() -> list[str]:
    """Names and instants of what came, in order."""
    return []


def listening(came: list[str], **ticks: Schedule) -> Feature:
    feature = Feature("t")

    async def note(event: Due, work: Work) -> Effects:
        came.append(f"{event.name.removeprefix('t.')}@{event.due_at:%m-%d %H:%M}")
        return []

    feature.due("timer")(note)
    for name, when in ticks.items():
        feature.tick(name, when)(note)
    return feature


async def settle(stage: Stage) -> None:
    await stage.engine.look_at_clock()
    while await stage.engine.tick():
        pass
    await stage.engine.drain()


async def passes(stage: Stage, **length: float) -> None:
    """Time passes hour by hour, and the engine looks at the clock as it goes."""
    end = stage.clock.now() + timedelta(**length)
    while stage.clock.now() < end:
        stage.clock.move(min(end, stage.clock.now() + timedelta(hours=1)))
        await settle(stage)


async def jumps(stage: Stage) -> list[str]:
    return [
        str(row["detail"]) for row in await stage.rows("SELECT * FROM audit WHERE action = 'clock.jumped' ORDER BY id")
    ]


async def test_a_clock_that_was_set_is_noted_with_its_length_and_direction(
    database: Database, tmp_path: Path, came: list[str], logged: list[MutableMapping[str, Any]]
) -> None:
    stage = await open_stage(database, tmp_path, listening(came))
    await passes(stage, hours=3)
    stage.clock.jump(seconds=29)  # as a time server may
    await settle(stage)
    stage.clock.jump(seconds=-29)
    await settle(stage)
    assert await jumps(stage) == []

    stage.clock.jump(seconds=31)
    await settle(stage)
    stage.clock.jump(hours=-8)  # the county's time taken for that of Greenwich
    await settle(stage)
    await settle(stage)

    assert await jumps(stage) == [
        "+31 s, from 2026-11-23T04:00:00.000Z to 2026-11-23T04:00:31.000Z",
        "-28800 s, from 2026-11-23T04:00:31.000Z to 2026-11-22T20:00:31.000Z",
    ]
    assert [line["seconds"] for line in logged if line["event"] == "clock_jumped"] == [31, -28800]


async def test_a_sleep_is_noted_whether_the_counting_clock_slept_or_not(
    database: Database, tmp_path: Path, came: list[str]
) -> None:
    stage = await open_stage(database, tmp_path, listening(came))
    await stage.engine.look_at_clock()
    stage.clock.move(stage.clock.now() + timedelta(minutes=5))  # much work: no rest, and no jump
    await stage.engine.look_at_clock()
    stage.clock.move(stage.clock.now() + timedelta(seconds=1))
    await stage.engine.look_at_clock(1.0)
    assert await jumps(stage) == []

    stage.clock.move(stage.clock.now() + timedelta(hours=2, seconds=1))  # a counting clock that went on
    await stage.engine.look_at_clock(1.0)
    stage.clock.move(stage.clock.now() + timedelta(seconds=1))
    stage.clock.jump(hours=2)  # one that stood still
    await stage.engine.look_at_clock(1.0)
    assert [detail.partition(",")[0] for detail in await jumps(stage)] == ["+7200 s", "+7200 s"]


async def test_what_could_not_be_written_is_written_with_the_next_look(
    database: Database, tmp_path: Path, came: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = await open_stage(database, tmp_path, listening(came))
    await settle(stage)
    stage.clock.jump(hours=1)

    def away() -> None:
        raise Retry("the connection slept, too")

    with monkeypatch.context() as gone, pytest.raises(Retry):
        gone.setattr(stage.engine.clock_watch, "database", type("Away", (), {"write": staticmethod(away)}))
        await stage.engine.look_at_clock()
    assert await jumps(stage) == []
    await stage.engine.look_at_clock()
    await stage.engine.look_at_clock()
    assert len(await jumps(stage)) == 1


async def test_admins_hear_of_a_long_jump_once_a_day_and_direction(
    database: Database, tmp_path: Path, came: list[str]
) -> None:
    stage = await open_stage(database, tmp_path, listening(came))
    await stage.member("王", Role.ADMIN)
    await settle(stage)
    for seconds in (600, 601, 3600, -601, -3600):
        stage.clock.jump(seconds=seconds)
        await settle(stage)
    other = await stage.another()  # a second process of the same machine
    await settle(other)
    stage.clock.jump(seconds=3600)
    for each in (stage, other):
        await settle(each)

    ahead, back = stage.bot_says("王")
    assert "10 分" in ahead and "往前" in ahead
    assert "10 分" in back and "往回" in back
    assert len(await jumps(stage)) == 7, "each process notes what it saw"


async def test_after_a_step_back_nothing_comes_twice_and_what_comes_next_is_not_waited_for(
    database: Database, tmp_path: Path, came: list[str]
) -> None:
    stage = await open_stage(database, tmp_path, listening(came, morning=Daily(time(8, 40)), often=Every(360)))
    async with database.write() as tx:
        await timers.set_timer(tx, "t.timer", "1", stage.clock.now() + timedelta(hours=23))
        await timers.set_timer(tx, "t.timer", "2", stage.clock.now() + timedelta(hours=26))
    await passes(stage, days=1)
    first = list(came)
    assert sorted(first) == [
        "morning@11-24 00:40", "often@11-23 06:00", "often@11-23 12:00", "often@11-23 18:00", "often@11-24 00:00",
        "timer@11-24 00:00",
    ]  # fmt: skip

    stage.clock.jump(hours=-8)
    await settle(stage)
    await passes(stage, hours=8)
    assert came == first, "it is the same time again"
    await passes(stage, days=1)
    assert sorted(came[len(first) :]) == [
        "morning@11-25 00:40", "often@11-24 06:00", "often@11-24 12:00", "often@11-24 18:00", "often@11-25 00:00",
        "timer@11-24 03:00",
    ]  # fmt: skip


async def test_days_that_a_wrong_clock_ran_through_are_lived_after_all(
    database: Database, tmp_path: Path, came: list[str]
) -> None:
    stage = await open_stage(database, tmp_path, listening(came, morning=Daily(time(8, 40))))
    await settle(stage)
    stage.clock.jump(days=400)
    await settle(stage)
    assert len(came) == 400
    came.clear()
    stage.clock.jump(days=-400)
    again = await stage.another()  # also if the program was started anew in between

    await passes(again, days=3)
    assert came == ["morning@11-24 00:40", "morning@11-25 00:40", "morning@11-26 00:40"]


async def test_a_clock_without_a_battery_is_not_believed(database: Database, tmp_path: Path, came: list[str]) -> None:
    stage = await open_stage(database, tmp_path, listening(came, morning=Daily(time(8, 40))))
    await settle(stage)
    right = stage.clock.now()
    stage.clock.at = datetime(2018, 1, 1, tzinfo=UTC)
    await settle(stage)
    stage.clock.at = right
    await passes(stage, days=1)
    assert came == ["morning@11-24 00:40"], "eight years are not made up for"


async def test_a_timer_handed_out_by_a_clock_ahead_is_not_lost(
    database: Database, tmp_path: Path, came: list[str]
) -> None:
    stage = await open_stage(database, tmp_path, listening(came))
    at = stage.clock.now() + timedelta(hours=1)
    async with database.write() as tx:
        await timers.set_timer(tx, "t.timer", "1", at)
    await settle(stage)
    stage.clock.jump(hours=2)
    await stage.engine.look_at_clock()
    await stage.engine.tick()  # handed out, and not run yet
    stage.clock.jump(hours=-2)
    await settle(stage)
    assert came == ["timer@11-23 02:00"]

    async with database.write() as tx:  # the same instant is meant once more
        await timers.set_timer(tx, "t.timer", "1", at)
    await passes(stage, hours=1)
    assert came == ["timer@11-23 02:00"] * 2
    assert await stage.rows("SELECT * FROM timers") == []


async def test_what_was_to_go_at_once_and_what_is_leased_does_not_wait_for_a_clock_that_was_ahead(
    database: Database, tmp_path: Path, came: list[str]
) -> None:
    stage = await open_stage(database, tmp_path, listening(came))
    member = await stage.member("王")
    await settle(stage)
    stage.clock.jump(days=300)
    await settle(stage)
    feature = Feature("t")
    for words, not_before in (("现在", None), ("明年", stage.clock.now() + timedelta(days=1))):
        said = feature.text("said", words=words)
        await stage.queues(Outgoing(member, said, rank=Rank.CARD, not_before=not_before))
    async with database.write() as tx:
        until = stage.clock.now() + timedelta(minutes=1)
        await leases.seize(tx, "courier:sandbox", "a process that was killed", until)
        await leases.seize(tx, "listener:sandbox", "a process that was killed", until)
    stage.clock.jump(days=-300)
    await settle(stage)

    assert stage.bot_says("王") == ["现在"]
    async with database.write() as tx:
        now = stage.clock.now() + timedelta(seconds=1)
        assert await leases.take(tx, "listener:sandbox", "another process", now, now)
