"""What storage modules are written against: a transaction `Tx`, a `Database` that opens them, and their faults."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol, TypeVar

T = TypeVar("T")

Value = str | int | float | bytes | None
Row = Mapping[str, Value]
Dialect = Literal["sqlite", "postgres"]


class Stale(Exception):
    """A compare-and-set lost: what was read is no longer true, so the whole event runs again."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Retry(Exception):
    """Nothing was stored, for a passing reason (deadlock, lock time-out, lost connection): run it again."""


class Conflict(Exception):
    """A unique constraint was hit.

    `constraint` is `table(column, column)`, or the name of the index where it is one on an expression.
    """

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class Violation(Exception):
    """The database refused a row: foreign key, CHECK, NOT NULL, or a trigger. Always a bug of ours."""


class NotOne(LookupError):
    """A statement that must find one row found none or several."""


class Unknown(Exception):
    """COMMIT failed and nobody knows whether it was stored: look the event's key up, then decide.

    `restart` is True after a failed fsync: the process must exit with status 75 and be started anew.
    """

    def __init__(self, what: str, *, restart: bool = False) -> None:
        super().__init__(what)
        self.restart = restart


class DatabaseUnusable(Exception):
    """The database cannot be used as configured; the message says why and names the cure in one sentence."""


class DatabaseInUse(DatabaseUnusable):
    """Another process (`pid`, None if it is not known) owns this SQLite database."""

    def __init__(self, message: str, pid: int | None) -> None:
        super().__init__(message)
        self.pid = pid


class SchemaFault(DatabaseUnusable):
    """The schema is older or newer than this program, or an applied migration was changed."""


class Tx(Protocol):
    """One open transaction. Parameters are `:name` in the SQL and keywords in the call.

    After a statement has failed, every further one fails too until the savepoint around it is left; that is
    PostgreSQL's rule, kept on both databases. Statements run one after another, never at once.

    Raises, from every method: Conflict, Violation, Retry.
    """

    async def run(self, sql: str, **args: Value) -> int:
        """Run one statement; returns the number of rows changed."""
        ...

    async def all(self, sql: str, **args: Value) -> Sequence[Row]:
        """Every row, in the order of the statement."""
        ...

    async def one(self, sql: str, **args: Value) -> Row:
        """The only row. Raises NotOne if there are none or several."""
        ...

    async def maybe(self, sql: str, **args: Value) -> Row | None:
        """The only row, or None. Raises NotOne if there are several."""
        ...

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        """Undo what the block wrote if it raises; the exception goes on."""
        ...


class Database(Protocol):
    """Opens transactions. On SQLite one at a time for the whole process, reading ones included."""

    dialect: Dialect
    exclusive: bool
    """True when this process alone owns the database (SQLite), so work may be claimed in memory."""
    longest_hold_ms: float
    """Longest time a transaction was open, in milliseconds; may be set to 0 to measure anew."""

    def write(self) -> AbstractAsyncContextManager[Tx]:
        """A transaction that commits when the block ends and rolls back when it raises or is cancelled.

        Raises, at the end of the block: Retry (nothing stored), Unknown (perhaps stored).
        """
        ...

    def apply(self, body: Callable[[Tx], Coroutine[Any, Any, T]]) -> Awaitable[T]:
        """Run `body` as one transaction, as in `write`, and return what it returns; a cancelled caller does not stop it.

        The way of everything that is frequent: on SQLite the whole body runs in the driver's thread, so `body` may
        await nothing but its `Tx` and must not touch the event loop.

        Raises, beside what `body` raises: Retry (nothing stored), Unknown (perhaps stored).
        """
        ...

    def read(self) -> AbstractAsyncContextManager[Tx]:
        """One consistent view; a statement that writes fails."""
        ...

    async def close(self) -> None:
        """Wait for the running transaction and close. Idempotent."""
        ...


async def open_database(url: str, *, guarded: bool = False) -> Database:
    """Open `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://…`; it is not migrated here.

    `guarded` is for tests: a transaction then fails when its task waited for anything but the database.

    Raises:
        DatabaseInUse: another process owns the SQLite file.
        DatabaseUnusable: unknown scheme, missing driver, SQLite too old, server out of reach.
    """
    if url.startswith("sqlite:///"):
        from storage.sqlite import open_sqlite

        return await open_sqlite(url.removeprefix("sqlite:///"), guarded=guarded)
    if url.startswith(("postgresql://", "postgres://")):
        try:
            from storage.postgres import open_postgres
        except ModuleNotFoundError as missing:
            raise DatabaseUnusable("PostgreSQL needs the extra pg: pip install 'wudayuan[pg]'") from missing
        return await open_postgres(url, guarded=guarded)
    scheme = url.partition(":")[0]
    raise DatabaseUnusable(f"[storage] url: unknown scheme {scheme!r}; use sqlite:///path or postgresql://…")


def number(row: Row, column: str) -> int:
    """The integer in `column`; anything else there (NULL too) is a bug and a TypeError."""
    value = row[column]
    if isinstance(value, int):
        return value
    raise TypeError(f"{column}: {type(value).__name__} where an integer was expected")


def maybe_number(row: Row, column: str) -> int | None:
    """The integer in `column`, or None."""
    return None if row[column] is None else number(row, column)


def text(row: Row, column: str) -> str:
    """The text in `column`; anything else there (NULL too) is a bug and a TypeError."""
    value = row[column]
    if isinstance(value, str):
        return value
    raise TypeError(f"{column}: {type(value).__name__} where text was expected")


def maybe_text(row: Row, column: str) -> str | None:
    """The text in `column`, or None."""
    return None if row[column] is None else text(row, column)


def real(row: Row, column: str) -> float:
    """The number in `column` as a float; anything else there (NULL too) is a bug and a TypeError."""
    value = row[column]
    if isinstance(value, int | float):
        return float(value)
    raise TypeError(f"{column}: {type(value).__name__} where a number was expected")


def maybe_real(row: Row, column: str) -> float | None:
    """The number in `column` as a float, or None."""
    return None if row[column] is None else real(row, column)
