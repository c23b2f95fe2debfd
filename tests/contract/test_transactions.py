"""What keeps a transaction whole: savepoints, failed statements, strangers awaited, cancellation."""

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from storage.database import (
    Conflict,
    Database,
    DatabaseUnusable,
    Tx,
    number,
    open_database,
    text,
)

INSERT = "INSERT INTO riders (id, name) VALUES (:id, :name)"


async def names(database: Database) -> list[str]:
    async with database.read() as tx:
        return [text(row, "name") for row in await tx.all("SELECT name FROM riders ORDER BY id")]


async def test_after_a_failed_statement_only_a_savepoint_helps(riders: Database) -> None:
    """PostgreSQL's rule, so that code that passes on SQLite passes there."""
    async with riders.write() as tx:
        await tx.run(INSERT, id=1, name="a")
        with pytest.raises(Conflict):
            async with tx.savepoint():
                await tx.run(INSERT, id=1, name="b")
        await tx.run(INSERT, id=2, name="c")
    assert await names(riders) == ["a", "c"]

    with pytest.raises(RuntimeError, match="earlier statement"):
        async with riders.write() as tx:
            with pytest.raises(Conflict):
                await tx.run(INSERT, id=1, name="b")
            await tx.run(INSERT, id=3, name="d")
    assert await names(riders) == ["a", "c"]


async def test_a_swallowed_error_does_not_end_in_a_silent_rollback(riders: Database) -> None:
    with pytest.raises(RuntimeError, match="swallowed"):
        async with riders.write() as tx:
            await tx.run(INSERT, id=1, name="a")
            with pytest.raises(Conflict):
                await tx.run(INSERT, id=1, name="b")

    assert await names(riders) == []


async def test_savepoints_nest_and_undo_only_their_own(riders: Database) -> None:
    async with riders.write() as tx:
        async with tx.savepoint():
            await tx.run(INSERT, id=1, name="outer")
            with pytest.raises(ValueError, match="inner"):
                async with tx.savepoint():
                    await tx.run(INSERT, id=2, name="inner")
                    raise ValueError("inner")
            await tx.run(INSERT, id=3, name="after")
        with pytest.raises(ValueError, match="second"):
            async with tx.savepoint():
                await tx.run("DELETE FROM riders")
                raise ValueError("second")

    assert await names(riders) == ["outer", "after"]


# ---- reading, nesting, the end


async def test_a_reading_transaction_refuses_to_write_and_the_next_one_may(riders: Database) -> None:
    with pytest.raises((sqlite3.OperationalError, asyncpg.ReadOnlySQLTransactionError)):
        async with riders.read() as tx:
            await tx.run(INSERT, id=1, name="a")
    async with riders.write() as tx:
        await tx.run(INSERT, id=2, name="b")
    assert await names(riders) == ["b"]


async def test_a_transaction_is_of_no_use_after_its_block(riders: Database) -> None:
    async with riders.write() as tx:
        await tx.run(INSERT, id=1, name="a")
    with pytest.raises(RuntimeError, match="over"):
        await tx.run(INSERT, id=2, name="b")
    assert await names(riders) == ["a"]


async def test_two_tasks_cannot_use_one_transaction_at_once(riders: Database) -> None:
    with pytest.raises(RuntimeError):
        async with riders.write() as tx:
            await asyncio.gather(tx.run(INSERT, id=1, name="a"), tx.run(INSERT, id=2, name="b"))
    assert await names(riders) == []


async def test_many_writers_lose_nothing(riders: Database) -> None:
    async def write(rider: int) -> None:
        async with riders.write() as tx:
            await tx.run(INSERT, id=rider, name=f"rider {rider}")

    await asyncio.gather(*(write(rider) for rider in range(50)))

    assert len(await names(riders)) == 50


async def test_a_closed_database_refuses(fresh_url: str) -> None:
    database = await open_database(fresh_url)
    await database.close()
    await database.close()
    with pytest.raises((DatabaseUnusable, asyncpg.InterfaceError)):
        async with database.write():
            pass


# ---- nothing but the database is awaited inside


async def wait_for_something_else(tx: Tx) -> None:
    await asyncio.sleep(0)


async def await_a_thread(tx: Tx) -> None:
    await asyncio.to_thread(lambda: None)


async def start_a_task(tx: Tx) -> None:
    await asyncio.create_task(tx.all("SELECT name FROM riders"))


@pytest.mark.parametrize("astray", [wait_for_something_else, await_a_thread, start_a_task])
@pytest.mark.parametrize("last", [True, False])
async def test_waiting_for_anything_else_fails_the_transaction(
    riders: Database, astray: Callable[[Tx], Awaitable[None]], last: bool
) -> None:
    with pytest.raises(RuntimeError, match="something other than the database"):
        async with riders.write() as tx:
            await tx.run(INSERT, id=1, name="a")
            await astray(tx)
            if not last:
                await tx.run(INSERT, id=2, name="b")
    assert await names(riders) == []


async def test_statements_savepoints_and_plain_coroutines_are_no_leaving(riders: Database) -> None:
    async def decide() -> int:
        return 2

    async with riders.write() as tx:
        await tx.run(INSERT, id=1, name="a")
        with pytest.raises(Conflict):
            async with tx.savepoint():
                await tx.run(INSERT, id=1, name="b")
        await tx.run(INSERT, id=await decide(), name="c")

    assert await names(riders) == ["a", "c"]


async def test_without_the_guard_nothing_is_watched(fresh_url: str) -> None:
    database = await open_database(fresh_url)
    async with database.write() as tx:
        await tx.run("CREATE TABLE t (id BIGINT)")
        await asyncio.sleep(0)
    async with database.read() as tx:
        assert await tx.all("SELECT id FROM t") == []
    await database.close()


# ---- cancellation and loss


async def test_600_random_cancellations_leave_no_open_transaction(riders: Database) -> None:
    """aiosqlite runs a cancelled BEGIN all the same; once that wedged the connection for ever."""
    chance = random.Random(20261123)
    outcomes: dict[str, int] = {"stored": 0, "cancelled": 0}

    async def work(rider: int) -> None:
        async with riders.write() as tx:
            await tx.run(INSERT, id=rider, name=f"rider {rider}")
            async with tx.savepoint():
                await tx.run("UPDATE riders SET badge = :badge WHERE id = :id", badge=rider, id=rider)
            await tx.run("INSERT INTO helmets (rider) VALUES (:id)", id=rider)

    async def cancelled_somewhere(rider: int) -> None:
        task = asyncio.ensure_future(work(rider))
        for _ in range(chance.randrange(60)):
            await asyncio.sleep(0)
            if task.done():
                break
        task.cancel()
        if chance.random() < 0.3:  # a second cancellation while the first one is being cleaned up
            await asyncio.sleep(0)
            task.cancel()
        try:
            await task
            outcomes["stored"] += 1
        except asyncio.CancelledError:
            outcomes["cancelled"] += 1

    for first in range(0, 600, 8):
        await asyncio.gather(*(cancelled_somewhere(rider) for rider in range(first, first + 8)))

    async with riders.write() as tx:
        await tx.run(INSERT, id=1000, name="after")
        whole = await tx.one(
            "SELECT count(*) AS riders, count(h.rider) AS helmets, count(r.badge) AS badges"
            " FROM riders r LEFT JOIN helmets h ON h.rider = r.id WHERE r.id < 600"
        )
    assert outcomes["stored"] + outcomes["cancelled"] == 600
    assert outcomes["cancelled"] > 100
    assert whole["riders"] == whole["helmets"] == whole["badges"]  # each is whole or not there
    assert number(whole, "riders") >= outcomes["stored"]  # a cancellation during COMMIT is stored, too


async def test_a_cancellation_at_each_single_step_ends_the_transaction(riders: Database) -> None:
    async def work(rider: int) -> None:
        async with riders.write() as tx, tx.savepoint():
            await tx.run(INSERT, id=rider, name=f"rider {rider}")

    for steps in range(25):
        task = asyncio.ensure_future(work(steps))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        async with riders.write() as tx:
            await tx.run("UPDATE riders SET badge = NULL")
