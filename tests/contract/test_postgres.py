"""What only a PostgreSQL server can do to us."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from storage.database import (
    Database,
    DatabaseUnusable,
    Retry,
    Tx,
    Unknown,
    Violation,
    open_database,
    text,
)
from storage.postgres import commit_fault as postgres_commit_fault


async def names(database: Database) -> list[str]:
    async with database.read() as tx:
        return [text(row, "name") for row in await tx.all("SELECT name FROM riders ORDER BY id")]


@pytest.fixture
async def server(empty_postgres_url: str) -> AsyncIterator[Database]:
    """An unguarded PostgreSQL database with a table, for what only a server can do to us."""
    database = await open_database(empty_postgres_url)
    async with database.write() as tx:
        await tx.run("CREATE TABLE riders (id BIGINT PRIMARY KEY, name TEXT NOT NULL)")
        await tx.run("INSERT INTO riders (id, name) VALUES (1, 'a'), (2, 'b')")
    yield database
    await database.close()


async def end_session(tx: Tx, url: str) -> None:
    session = await tx.one("SELECT pg_backend_pid() AS pid")
    connection = await asyncpg.connect(url)
    await connection.execute(f"SELECT pg_terminate_backend({session['pid']}, 5000)")
    await connection.close()


async def test_a_connection_lost_before_commit_may_be_run_again(server: Database, postgres_url: str) -> None:
    with pytest.raises(Retry):
        async with server.write() as tx:
            await tx.run("DELETE FROM riders")
            await end_session(tx, postgres_url)
            await tx.run("DELETE FROM riders")
    assert await names(server) == ["a", "b"]


async def test_a_connection_lost_at_commit_is_unknown(server: Database, postgres_url: str) -> None:
    with pytest.raises(Unknown) as lost:
        async with server.write() as tx:
            await tx.run("DELETE FROM riders")
            await end_session(tx, postgres_url)
    assert not lost.value.restart
    assert await names(server) == ["a", "b"]


async def test_locks_and_deadlocks_are_run_again(server: Database) -> None:
    async with server.write() as first:
        await first.run("UPDATE riders SET name = 'c' WHERE id = 1")
        with pytest.raises(Retry):
            async with server.write() as second:
                await second.all("SELECT id FROM riders WHERE id = 1 FOR UPDATE NOWAIT")

    async def swap(one: int, other: int, ready: asyncio.Barrier) -> None:
        async with server.write() as tx:
            await tx.run("SET LOCAL deadlock_timeout = '20ms'")
            await tx.run("UPDATE riders SET name = 'd' WHERE id = :id", id=one)
            await ready.wait()
            await tx.run("UPDATE riders SET name = 'e' WHERE id = :id", id=other)

    ready = asyncio.Barrier(2)
    ends = await asyncio.gather(swap(1, 2, ready), swap(2, 1, ready), return_exceptions=True)
    assert [type(end) for end in ends if end] == [Retry]


def test_what_a_server_error_at_commit_means() -> None:
    assert isinstance(postgres_commit_fault(asyncpg.SerializationError("s"), lost=False), Retry)
    assert isinstance(postgres_commit_fault(asyncpg.SerializationError("s"), lost=True), Unknown)
    assert isinstance(postgres_commit_fault(asyncpg.ForeignKeyViolationError("f"), lost=False), Violation)
    for error in (asyncpg.DiskFullError("d"), ConnectionResetError(), asyncpg.QueryCanceledError("q")):
        assert isinstance(postgres_commit_fault(error, lost=False), Unknown)


async def test_the_session_settings_hold(server: Database) -> None:
    async with server.read() as tx:
        rows = await tx.all("SELECT name, setting FROM pg_settings WHERE name LIKE '%timeout' OR name LIKE 'synch%'")
    settings = {row["name"]: row["setting"] for row in rows}
    assert settings["synchronous_commit"] == "on"
    assert (settings["lock_timeout"], settings["statement_timeout"]) == ("5000", "15000")
    assert settings["idle_in_transaction_session_timeout"] == "30000"


async def test_a_server_out_of_reach_is_said_without_the_password() -> None:
    with pytest.raises(DatabaseUnusable) as fault:
        await open_database("postgresql://bot:geheim@127.0.0.1:1/town")
    assert "127.0.0.1/town" in str(fault.value)
    assert "geheim" not in str(fault.value)
