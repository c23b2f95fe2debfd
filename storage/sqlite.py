"""The SQLite database: one process, one connection, one transaction at a time."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Event
from typing import Any, Final, TypeVar

from storage.database import DatabaseUnusable, Dialect, Retry, Row, Tx, Unknown, number
from storage.guard import to_the_end
from storage.lockfile import LockFile
from storage.sqlite_driver import Driver
from storage.sqlite_faults import commit_fault, statement_fault
from storage.sqlite_inline import run_whole
from storage.transaction import Args, Transaction, opened

T = TypeVar("T")

OLDEST: Final = (3, 38, 0)  # STRICT tables came with 3.37, UNIXEPOCH and the fixed RETURNING with 3.38
BEGIN_TO_WRITE: Final = "BEGIN IMMEDIATE"
BEGIN_TO_READ: Final = "BEGIN"
PAGES_A_STEP: Final = 256  # 1 MiB: a few milliseconds of copying while nobody else may use the database


class SqliteDatabase:
    """See `Database`. `open_sqlite` makes one."""

    dialect: Dialect = "sqlite"
    exclusive = True

    def __init__(self, path: Path, lock: LockFile, *, guarded: bool) -> None:
        self.longest_hold_ms = 0.0
        self.driver = Driver(path)
        self._lock = lock
        self._guarded = guarded
        self._gate = asyncio.Lock()
        self._owner: asyncio.Task[object] | None = None
        self._held_since = 0.0
        self._closed = False

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[Transaction]:
        """See `Database.write`."""
        async with self._held():
            try:
                self.driver.owe(BEGIN_TO_WRITE)
                async with opened(_Channel(self.driver), guarded=self._guarded) as tx:
                    yield tx
            except BaseException:
                # Also after a cancelled BEGIN: the driver's thread runs it all the same, and the rollback after it.
                await to_the_end(self._roll_back())
                raise
            await to_the_end(self._commit())

    async def apply(self, body: Callable[[Tx], Coroutine[Any, Any, T]]) -> T:
        """See `Database.apply`: one visit to the driver's thread for the whole transaction."""
        async with self._held():
            try:
                return await to_the_end(self.driver.whole(lambda connection: run_whole(connection, body)))
            except Unknown:
                await to_the_end(self.driver.disconnect())
                raise

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[Transaction]:
        """See `Database.read`."""
        async with self._held():
            try:
                self.driver.owe(BEGIN_TO_READ)
                self.driver.owe("PRAGMA query_only = ON")
                async with opened(_Channel(self.driver), guarded=self._guarded) as tx:
                    yield tx
            finally:
                await to_the_end(self._end_reading())

    async def copy_to(self, target: Path) -> None:
        """Copy the whole database into a new file, page group by page group, with the gate open in between.

        What is written meanwhile is in the copy. The file is not yet synced to the disk.
        """
        stop = Event()
        async with self._held():
            copying = asyncio.ensure_future(asyncio.to_thread(self._copy, target, asyncio.get_running_loop(), stop))
            try:
                await asyncio.shield(copying)
            except asyncio.CancelledError:
                stop.set()
                await to_the_end(_ended(copying))
                raise

    async def close(self) -> None:
        """See `Database.close`."""
        async with self._gate:
            if not self._closed:
                self._closed = True
                await to_the_end(self.driver.disconnect())
                self._lock.release()

    async def _commit(self) -> None:
        if self.driver.take_back(BEGIN_TO_WRITE):
            return  # no statement was run
        try:
            await self.driver.visit("COMMIT", {})
        except sqlite3.Error as error:
            fault = commit_fault(error)
            if isinstance(fault, Unknown):
                await self.driver.disconnect()
            else:
                await self._roll_back()
            raise fault from error

    async def _roll_back(self) -> None:
        if self.driver.take_back(BEGIN_TO_WRITE):
            return
        self.driver.forget()
        try:
            await self.driver.visit("ROLLBACK", {})
        except sqlite3.Error:
            if self.driver.in_transaction:  # otherwise SQLite had rolled back by itself, or BEGIN had failed
                await self.driver.disconnect()

    async def _end_reading(self) -> None:
        if self.driver.take_back(BEGIN_TO_READ):
            return
        self.driver.forget()
        self.driver.owe("PRAGMA query_only = OFF")
        try:
            await self.driver.visit("ROLLBACK", {})
        except sqlite3.Error:
            await self.driver.disconnect()

    @asynccontextmanager
    async def _held(self) -> AsyncGenerator[None]:
        if self._owner is not None and self._owner is asyncio.current_task():
            raise RuntimeError("a transaction inside a transaction would wait for itself for ever")
        async with self._gate:
            if self._closed:
                raise DatabaseUnusable(f"{self.driver.path} was closed")
            if not self.driver.connected:
                await self._connect_again()
            self._owner, self._held_since = asyncio.current_task(), time.monotonic()
            try:
                yield
            finally:
                self._owner = None
                self._note_hold()

    async def _connect_again(self) -> None:
        try:
            await self.driver.connect()
        except sqlite3.Error as error:
            raise Retry(f"{self.driver.path} cannot be opened: {error}") from error

    def _note_hold(self) -> None:
        self.longest_hold_ms = max(self.longest_hold_ms, (time.monotonic() - self._held_since) * 1000)

    def _copy(self, target: Path, loop: asyncio.AbstractEventLoop, stop: Event) -> None:
        def breathe(_status: int, _remaining: int, _total: int) -> None:
            asyncio.run_coroutine_threadsafe(self._let_others(), loop).result()
            if stop.is_set():
                raise InterruptedError("the copy was cancelled")

        copy = sqlite3.connect(target, isolation_level=None)
        try:
            # The caller syncs the finished file; a sync inside the last step would be waited for by everybody.
            copy.execute("PRAGMA synchronous = OFF")
            copy.execute("PRAGMA journal_mode = OFF")
            self.driver.back_up(copy, PAGES_A_STEP, breathe)
        finally:
            copy.close()

    async def _let_others(self) -> None:
        self._note_hold()
        owner, self._owner = self._owner, None
        self._gate.release()
        await self._gate.acquire()
        self._owner, self._held_since = owner, time.monotonic()


class _Channel:
    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def order(self, sql: str) -> None:
        self._driver.owe(sql)

    async def change(self, sql: str, args: Args) -> int:
        await self.fetch(sql, args)
        changed = self._driver.changed
        if changed < 0 and sql.lstrip()[:4].upper() == "WITH":  # the driver counts only what begins with a verb
            (row,) = await self.fetch("SELECT changes() AS changed", {})
            return number(row, "changed")
        return max(0, changed)

    async def fetch(self, sql: str, args: Args) -> Sequence[Row]:
        try:
            return [dict(row) for row in await self._driver.visit(sql, args)]
        except sqlite3.Error as error:
            raise statement_fault(error) from None


async def open_sqlite(name: str, *, guarded: bool = False) -> SqliteDatabase:
    """Open the file `name`, made with mode 0600 (and its folder) if it is not there, and take its lock.

    Raises:
        DatabaseInUse: somebody else holds the lock.
        DatabaseUnusable: the SQLite library is too old or not safe between threads, or the file cannot be opened.
    """
    refuse_library(sqlite3.sqlite_version_info, sqlite3.threadsafety)
    path = Path(name)
    lock = _locked(path)
    try:
        database = SqliteDatabase(path, lock, guarded=guarded)
        await database.driver.connect()
    except sqlite3.Error as error:
        lock.release()
        raise DatabaseUnusable(f"[storage] url: {name} cannot be opened: {error}") from error
    except BaseException:
        lock.release()
        raise
    return database


def _locked(path: Path) -> LockFile:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        return LockFile(path)
    except OSError as error:
        raise DatabaseUnusable(f"[storage] url: {path} cannot be opened: {error.strerror}") from error


def refuse_library(version: tuple[int, ...], threadsafety: int) -> None:
    """Raises DatabaseUnusable if the SQLite library (as `sqlite3` describes it) cannot carry this program."""
    if version < OLDEST:
        have, need = ".".join(map(str, version)), ".".join(map(str, OLDEST))
        raise DatabaseUnusable(
            f"SQLite {have} is too old: {need} or newer is needed; use a newer Python, or PostgreSQL"
        )
    if threadsafety != 3:
        raise DatabaseUnusable("this SQLite was built without threads; use another Python, or PostgreSQL")


async def _ended(work: asyncio.Future[None]) -> None:
    await asyncio.wait({work})
    if not work.cancelled():
        work.exception()  # an interrupted copy is what was asked for
