"""A backup of the database, taken while the bot runs, and verified before it gets its name."""

import asyncio
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from storage.database import Database
from storage.guard import to_the_end
from storage.sqlite import SqliteDatabase

PG_DUMP = 'pg_dump --format=custom --no-owner --file=backup.dump "$WDY_STORAGE__URL"'


class BackupFault(Exception):
    """No backup was made; the message says why in one sentence."""


async def back_up(database: Database, target: Path) -> None:
    """Write a verified copy of the database to `target` (mode 0600). All or nothing: `target` is whole or not there.

    Others use the database meanwhile; what they commit during the copy is in it.

    Raises:
        BackupFault: `target` exists, the copy is damaged, or the database is PostgreSQL, which has its own tool.
    """
    if not isinstance(database, SqliteDatabase):
        raise BackupFault(f"PostgreSQL is backed up with its own tool: {PG_DUMP}")
    partial = target.with_name(f"{target.name}.partial")
    try:
        await to_the_end(asyncio.to_thread(_make_room, target, partial))
        await database.copy_to(partial)
        await to_the_end(asyncio.to_thread(_keep, partial, target))
    finally:
        with suppress(NotADirectoryError):
            partial.unlink(missing_ok=True)


def verify(path: Path) -> None:
    """Open a copy without changing it and check its pages and its foreign keys.

    Raises:
        BackupFault: it is damaged, or is no SQLite database.
    """
    try:
        # immutable: a copy nobody writes, so no -wal or -shm file is made beside it
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
            verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
            orphans = copy.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.Error as error:
        raise BackupFault(f"{path.name} cannot be read: {error}") from error
    if verdict != "ok":
        raise BackupFault(f"{path.name} is damaged: {verdict}")
    if orphans:
        raise BackupFault(f"{path.name} has {len(orphans)} rows that refer to nothing, first in table {orphans[0][0]}")


def _make_room(target: Path, partial: Path) -> None:
    if target.exists():
        raise BackupFault(f"{target} exists already; a backup is never overwritten")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
    except OSError as error:
        raise BackupFault(f"{target} cannot be written: {error.strerror}") from error


def _keep(partial: Path, target: Path) -> None:
    verify(partial)
    _sync(partial, os.O_RDWR)
    partial.rename(target)
    if os.name == "posix":
        _sync(target.parent, os.O_RDONLY)


def _sync(path: Path, mode: int) -> None:
    file = os.open(path, mode)
    try:
        os.fsync(file)
    finally:
        os.close(file)
