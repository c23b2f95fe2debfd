"""`Database.apply`: a whole transaction in one go, on both databases."""

import asyncio

import pytest

from storage.database import Conflict, Database, Tx


async def _count(database: Database) -> int:
    async with database.read() as tx:
        return int(str((await tx.one("SELECT count(*) AS n FROM notes"))["n"]))


async def _insert(tx: Tx, name: str) -> int:
    return await tx.run("INSERT INTO notes (name, value) VALUES (:name, 'x')", name=name)


async def test_commits_what_the_body_wrote_and_returns_its_value(database: Database) -> None:
    async def body(tx: Tx) -> str:
        assert await _insert(tx, "a") == 1
        row = await tx.one("SELECT name FROM notes")
        return str(row["name"])

    assert await database.apply(body) == "a"
    assert await _count(database) == 1


async def test_rolls_back_when_the_body_raises(database: Database) -> None:
    async def body(tx: Tx) -> None:
        await _insert(tx, "a")
        raise LookupError("no")

    with pytest.raises(LookupError):
        await database.apply(body)
    assert await _count(database) == 0


async def test_a_savepoint_undoes_its_part_only(database: Database) -> None:
    async def body(tx: Tx) -> None:
        await _insert(tx, "kept")
        with pytest.raises(Conflict):
            async with tx.savepoint():
                await _insert(tx, "gone")
                await _insert(tx, "kept")
        await _insert(tx, "after")

    await database.apply(body)
    async with database.read() as tx:
        rows = await tx.all("SELECT name FROM notes ORDER BY name")
    assert [row["name"] for row in rows] == ["after", "kept"]


async def test_waiting_for_anything_else_is_an_error_and_leaves_nothing(database: Database) -> None:
    async def body(tx: Tx) -> None:
        await _insert(tx, "a")
        await asyncio.sleep(0)
        await _insert(tx, "b")

    with pytest.raises(RuntimeError, match="other than the database"):
        await database.apply(body)
    assert await _count(database) == 0


async def test_a_cancelled_caller_leaves_no_open_transaction(database: Database) -> None:
    async def body(tx: Tx) -> None:
        await _insert(tx, "a")

    for _ in range(50):
        task = asyncio.ensure_future(database.apply(body))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await database.apply(_clear)
    assert await _count(database) == 0


async def _clear(tx: Tx) -> None:
    await tx.run("DELETE FROM notes")
