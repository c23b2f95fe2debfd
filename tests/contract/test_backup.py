"""Backups: whole, verified, taken while others write."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.backup import BackupFault, back_up, verify
from storage.database import open_database
from storage.sqlite import SqliteDatabase, open_sqlite

ROWS = 6_000  # of a kilobyte: six steps of copying


@pytest.fixture
async def large(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """An SQLite database of some megabytes, all rows of one mark."""
    database = await open_sqlite(str(tmp_path / "wudayuan.db"))
    async with database.write() as tx:
        await tx.run("CREATE TABLE agencies (id INTEGER PRIMARY KEY) STRICT")
        await tx.run(
            "CREATE TABLE cases (id INTEGER PRIMARY KEY, mark INTEGER NOT NULL, note TEXT NOT NULL,"
            " agency INTEGER REFERENCES agencies (id)) STRICT"
        )
        await tx.run(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)"
            " INSERT INTO cases (id, mark, note) SELECT i, 0, hex(randomblob(500)) FROM n",
            rows=ROWS,
        )
    database.longest_hold_ms = 0
    yield database
    await database.close()


def marks(path: Path) -> list[tuple[int, int]]:
    copy = sqlite3.connect(path)
    found = copy.execute("SELECT mark, count(*) FROM cases GROUP BY mark").fetchall()
    copy.close()
    return found


async def test_a_backup_is_whole_private_and_alone(large: SqliteDatabase, tmp_path: Path) -> None:
    target = tmp_path / "backups" / "today.db"
    await back_up(large, target)

    assert [path.name for path in target.parent.iterdir()] == ["today.db"]
    assert target.stat().st_mode & 0o777 == 0o600
    verify(target)
    assert marks(target) == [(0, ROWS)]


async def test_others_write_meanwhile_and_the_copy_is_of_one_moment(large: SqliteDatabase, tmp_path: Path) -> None:
    written = 0
    copying = asyncio.ensure_future(back_up(large, tmp_path / "copy.db"))
    while not copying.done():
        async with large.write() as tx:
            if copying.done():
                break
            written += 1
            # the first and the last page in one transaction: a torn copy would have two marks
            await tx.run("UPDATE cases SET mark = :mark WHERE id IN (1, :last)", mark=written, last=ROWS)
        await asyncio.sleep(0)
    await copying

    copy = sqlite3.connect(tmp_path / "copy.db")
    ends = copy.execute("SELECT DISTINCT mark FROM cases WHERE id IN (1, ?)", (ROWS,)).fetchall()
    copy.close()
    assert written > 3
    assert len(ends) == 1
    assert 0 < ends[0][0] <= written


async def test_the_gate_is_never_held_for_100_ms(large: SqliteDatabase, tmp_path: Path) -> None:
    await back_up(large, tmp_path / "copy.db")
    assert 0 < large.longest_hold_ms <= 100


async def test_a_cancelled_backup_leaves_no_half_file_and_no_closed_gate(large: SqliteDatabase, tmp_path: Path) -> None:
    target, ends = tmp_path / "backups" / "copy.db", 0
    for others in range(4):  # transactions of others before the cancellation: the copy is further each time
        copying = asyncio.ensure_future(back_up(large, target))
        await asyncio.sleep(0)
        for _ in range(others):
            async with large.write() as tx:
                await tx.run("UPDATE cases SET mark = 1 WHERE id = 1")
        copying.cancel()
        await asyncio.wait({copying})
        left = list(target.parent.iterdir())
        assert left in ([], [target])  # never the unfinished one
        ends += len(left) == 0
        for whole in left:
            verify(whole)
            whole.unlink()
    assert ends > 0
    await back_up(large, target)
    assert sum(rows for _, rows in marks(target)) == ROWS


async def test_a_backup_is_never_overwritten(large: SqliteDatabase, tmp_path: Path) -> None:
    await back_up(large, tmp_path / "copy.db")
    before = (tmp_path / "copy.db").read_bytes()
    with pytest.raises(BackupFault, match="exists already"):
        await back_up(large, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_bytes() == before


async def test_a_place_that_cannot_be_written_is_one_sentence(large: SqliteDatabase, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupFault, match="cannot be written"):
        await back_up(large, tmp_path / "file" / "copy.db")


async def test_a_damaged_copy_is_found(large: SqliteDatabase, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    await back_up(large, copy)
    content = bytearray(copy.read_bytes())
    content[4096 * 2 : 4096 * 3] = b"\0" * 4096
    copy.write_bytes(content)
    with pytest.raises(BackupFault, match=r"damaged|cannot be read"):
        verify(copy)

    copy.write_text("a letter")
    with pytest.raises(BackupFault, match="cannot be read"):
        verify(copy)


async def test_rows_that_refer_to_nothing_make_no_backup(large: SqliteDatabase, tmp_path: Path) -> None:
    async with large.write() as tx:
        await tx.run("CREATE TABLE loose (agency INTEGER REFERENCES agencies (id))")
    stranger = sqlite3.connect(tmp_path / "wudayuan.db")
    stranger.execute("INSERT INTO loose VALUES (7)")
    stranger.commit()
    stranger.close()
    with pytest.raises(BackupFault, match="1 rows that refer to nothing, first in table loose"):
        await back_up(large, tmp_path / "backups" / "copy.db")
    assert not list((tmp_path / "backups").iterdir())


async def test_postgresql_names_its_own_tool(empty_postgres_url: str, tmp_path: Path) -> None:
    database = await open_database(empty_postgres_url)
    with pytest.raises(BackupFault, match="pg_dump --format=custom"):
        await back_up(database, tmp_path / "copy.db")
    await database.close()
    assert not list(tmp_path.iterdir())
