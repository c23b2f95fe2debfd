"""What holds for SQLite alone: settings, its file and lock, full disks."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import (
    Database,
    DatabaseInUse,
    DatabaseUnusable,
    Retry,
    Unknown,
    open_database,
    text,
)
from storage.sqlite import SqliteDatabase, open_sqlite, refuse_library
from storage.sqlite_faults import commit_fault


async def names(database: Database) -> list[str]:
    async with database.read() as tx:
        return [text(row, "name") for row in await tx.all("SELECT name FROM riders ORDER BY id")]


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """An unguarded SQLite database with a table."""
    database = await open_sqlite(str(tmp_path / "town" / "wudayuan.db"))
    async with database.write() as tx:
        await tx.run("CREATE TABLE riders (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT")
    yield database
    await database.close()


async def test_the_settings_hold(file: SqliteDatabase) -> None:
    expected = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "secure_delete": 1,
        "journal_size_limit": 67108864,
    }
    async with file.read() as tx:
        found = {name: (await tx.one(f"PRAGMA {name}"))[name] for name in expected}
        timeout = await tx.one("PRAGMA busy_timeout")
    assert found == expected
    assert timeout == {"timeout": 5000}


async def test_the_file_is_for_its_owner_only(file: SqliteDatabase, tmp_path: Path) -> None:
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "town").iterdir()} == {0o600}


FULL_DISK = """
import asyncio, resource, sys
from storage.database import Retry, Unknown, open_database

async def store(database, rider):
    try:
        async with database.write() as tx:
            await tx.run("INSERT INTO riders (id, name) VALUES (:id, :name)", id=rider, name="x" * 200_000)
            if rider == 2:
                resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))  # no file can grow any more
    except (Unknown, Retry) as fault:
        print(rider, type(fault).__name__)

async def main():
    database = await open_database(sys.argv[1])
    async with database.write() as tx:
        await tx.run("CREATE TABLE riders (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT")
    for rider in (1, 2, 3):
        await store(database, rider)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await store(database, 4)
    async with database.read() as tx:
        print([row["id"] for row in await tx.all("SELECT id FROM riders ORDER BY id")])
    await database.close()

asyncio.run(main())
"""


def test_a_commit_that_cannot_be_written_is_unknown_and_the_database_lives_on(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, f"sqlite:///{tmp_path}/a.db"], check=True, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["2 Unknown", "3 Retry", "[1, 4]"]


def test_a_failed_fsync_asks_for_a_restart() -> None:
    for code, restart in ((sqlite3.SQLITE_IOERR_FSYNC, True), (sqlite3.SQLITE_FULL, False)):
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = code
        fault = commit_fault(error)
        assert isinstance(fault, Unknown)
        assert fault.restart is restart


async def test_a_file_locked_by_a_stranger_is_tried_again(file: SqliteDatabase, tmp_path: Path) -> None:
    async with file.write() as tx:
        await tx.run("PRAGMA busy_timeout = 0")
    stranger = sqlite3.connect(tmp_path / "town" / "wudayuan.db", isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    with pytest.raises(Retry):
        async with file.write() as tx:
            await tx.run("INSERT INTO riders (id, name) VALUES (1, 'a')")
    stranger.close()
    async with file.write() as tx:
        await tx.run("INSERT INTO riders (id, name) VALUES (2, 'b')")


async def test_a_transaction_inside_another_is_an_error_and_no_deadlock(file: SqliteDatabase) -> None:
    async with file.write():
        with pytest.raises(RuntimeError, match="inside a transaction"):
            async with file.read():
                pass


async def test_the_longest_hold_is_measured(file: SqliteDatabase) -> None:
    file.longest_hold_ms = 0
    async with file.write() as tx:
        await tx.run("INSERT INTO riders (id, name) VALUES (1, 'a')")
    short = file.longest_hold_ms
    async with file.read() as tx:
        await tx.all(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT max(i) FROM n"
        )
    assert 0 < short < file.longest_hold_ms


async def test_a_second_process_refuses_and_says_who_holds_the_file(file: SqliteDatabase, tmp_path: Path) -> None:
    script = (
        "import asyncio, sys\n"
        "from storage.database import DatabaseInUse, open_database\n"
        "try: asyncio.run(open_database(sys.argv[1]))\n"
        "except DatabaseInUse as fault: print(fault.pid, fault)"
    )
    command = [sys.executable, "-c", script, f"sqlite:///{tmp_path}/town/wudayuan.db"]
    second = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=30)
    assert second.stdout.startswith(f"{os.getpid()} ")
    assert f"in use by process {os.getpid()}" in second.stdout


async def test_one_process_cannot_open_a_file_twice_but_again_after_closing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    first = await open_database(url)
    with pytest.raises(DatabaseInUse):
        await open_database(url)
    await first.close()
    again = await open_database(url)
    await again.close()


async def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    script = (
        "import asyncio, os, sys\n"
        "from storage.database import open_database\n"
        "asyncio.run(open_database(sys.argv[1])); os.kill(os.getpid(), 9)"
    )
    url = f"sqlite:///{tmp_path}/a.db"
    killed = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", script, url], timeout=30)
    assert killed.returncode == -9
    database = await open_database(url)
    await database.close()


def test_an_old_sqlite_is_refused() -> None:
    refuse_library((3, 38, 0), 3)
    with pytest.raises(DatabaseUnusable, match=r"SQLite 3\.37\.2 is too old"):
        refuse_library((3, 37, 2), 3)
    with pytest.raises(DatabaseUnusable, match="without threads"):
        refuse_library((3, 45, 0), 1)


@pytest.mark.parametrize("url", ["mysql://x/y", "wudayuan.db", "sqlite://wudayuan.db"])
async def test_an_unknown_address_is_one_clear_sentence(url: str) -> None:
    with pytest.raises(DatabaseUnusable, match="unknown scheme"):
        await open_database(url)


async def test_a_relative_address_is_below_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    database = await open_database("sqlite:///var/wudayuan.db")
    await database.close()
    assert (tmp_path / "var" / "wudayuan.db").exists()


async def test_a_file_that_is_no_database_is_refused_and_unlocked(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_text("this is a letter, not a database" * 100)
    for _ in range(2):
        with pytest.raises(DatabaseUnusable, match="cannot be opened"):
            await open_database(f"sqlite:///{path}")


def test_postgresql_without_its_driver_names_the_extra() -> None:
    script = (
        "import asyncio, sys; sys.modules['asyncpg'] = None\n"
        "from storage.database import DatabaseUnusable, open_database\n"
        "try: asyncio.run(open_database('postgresql://h/d'))\n"
        "except DatabaseUnusable as fault: print(fault)"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=30)
    assert "pip install 'wudayuan[pg]'" in done.stdout
