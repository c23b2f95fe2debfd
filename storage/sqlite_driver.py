"""The one connection to an SQLite file: its settings, and visits to the thread of aiosqlite."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Generic, NamedTuple, TypeVar, cast

import aiosqlite

from storage.guard import to_the_end
from storage.transaction import Args

T = TypeVar("T")

PRAGMAS: Final = (
    "busy_timeout = 5000",
    "journal_mode = WAL",
    "synchronous = FULL",  # an event is acknowledged after its commit, and a power cut must not forget it
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "secure_delete = ON",  # erased personal data leaves the pages
    "journal_size_limit = 67108864",
)


class _Visit(NamedTuple):
    """One visit to the driver's thread: orders that have no result, then the values of the statement itself.

    A visit costs two changes of thread, many times the statement, so BEGIN and SAVEPOINT travel with what follows.
    """

    before: Sequence[str]
    args: Args


class _Whole(Generic[T]):
    """A visit that runs a function of ours with the connection."""

    result: T

    def __init__(self, before: Sequence[str], work: Callable[[sqlite3.Connection], T]) -> None:
        self.before = before
        self.work = work


class _Connection(sqlite3.Connection):
    """Keeps its last cursor, so that the count of rows changed needs no visit of its own."""

    last: sqlite3.Cursor | None = None

    def execute(self, sql: str, visit: object = None, /) -> sqlite3.Cursor:
        if isinstance(visit, _Whole):
            whole = cast("_Whole[object]", visit)  # what it returns is the caller's affair
            for order in whole.before:
                super().execute(order)
            whole.result = whole.work(self)
            return self.cursor()
        if isinstance(visit, dict):
            return super().execute(sql, cast("Args", visit))
        before, args = visit if isinstance(visit, _Visit) else ((), {})
        for order in before:
            super().execute(order)
        self.last = super().execute(sql, args)
        return self.last


class Driver:
    """A connection that may be dropped and made anew. Its errors are those of sqlite3."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connected = False
        self._owed: list[str] = []  # orders that travel with the next statement
        self._raw: _Connection
        self._connection: aiosqlite.Connection

    @property
    def in_transaction(self) -> bool:
        """Whether SQLite has a transaction open."""
        return self._raw.in_transaction

    @property
    def changed(self) -> int:
        """Rows the last statement changed; -1 where the driver does not say."""
        return self._raw.last.rowcount if self._raw.last else -1

    async def connect(self) -> None:
        """Open the file with every setting. Raises sqlite3.Error."""

        def connector() -> sqlite3.Connection:
            # Threads: a backup shares the connection with the driver's thread, never inside a transaction of it.
            self._raw = sqlite3.connect(
                self.path, isolation_level=None, check_same_thread=False, cached_statements=512, factory=_Connection
            )
            self._raw.row_factory = sqlite3.Row
            return self._raw

        self._connection = await aiosqlite.Connection(connector, iter_chunk_size=64)
        self._owed = [f"PRAGMA {pragma}" for pragma in PRAGMAS]
        try:
            await self.visit("SELECT count(*) FROM sqlite_schema", {})  # reads the file, so that a letter is refused
        except BaseException:
            await to_the_end(self._connection.close())
            raise
        self.connected = True

    async def disconnect(self) -> None:
        """Close; an open transaction ends without a trace."""
        self.connected = False
        self.forget()
        await self._connection.close()

    def owe(self, order: str) -> None:
        """Run `order` just before the next statement."""
        self._owed.append(order)

    def take_back(self, order: str) -> bool:
        """True if `order` is still owed, so that it and all after it never ran; then all of it is forgotten."""
        if order not in self._owed:
            return False
        self.forget()
        return True

    def forget(self) -> None:
        """Owe nothing any more."""
        self._owed = []

    async def visit(self, sql: str, args: Args) -> Iterable[sqlite3.Row]:
        """Run what is owed and then the statement; returns its rows. Cancelled, it runs all the same, in its turn."""
        # Handed over now: what is owed later must not overtake a statement that was cancelled but still runs.
        before, self._owed = self._owed, []
        return await self._connection.execute_fetchall(sql, _Visit(before, args))

    async def whole(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run what is owed and then `work` in the driver's thread. Cancelled, it runs all the same, in its turn."""
        before, self._owed = self._owed, []
        visit = _Whole(before, work)
        await self._connection.execute_fetchall("", cast("Any", visit))  # handed through to our own `execute`
        return visit.result

    def back_up(self, copy: sqlite3.Connection, pages: int, between: Callable[[int, int, int], None]) -> None:
        """Copy `pages` pages at a time and call `between` after each step; for another thread than the loop's."""
        self._raw.backup(copy, pages=pages, progress=between)
