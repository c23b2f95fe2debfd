"""The PostgreSQL database: a pool of connections, READ COMMITTED, any number of processes."""

import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, Final, Protocol, TypeVar, cast
from urllib.parse import urlsplit

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - asyncpg ships no types

from storage.database import Conflict, DatabaseUnusable, Dialect, Retry, Row, Tx, Unknown, Value, Violation
from storage.guard import to_the_end
from storage.parameters import numbered
from storage.transaction import Args, Transaction, opened

T = TypeVar("T")

SESSION: Final = {
    "application_name": "wudayuan",
    "synchronous_commit": "on",
    "lock_timeout": "5s",
    "statement_timeout": "15s",
    "idle_in_transaction_session_timeout": "30s",
    "timezone": "UTC",
}
CONNECTIONS: Final = 8
PASSING: Final = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,  # statement_timeout
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TooManyConnectionsError,
)
LOST: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    OSError,
)
KEY: Final = re.compile(r"\((?P<columns>\w+(?:, \w+)*)\)=\(")  # of the detail "Key (a, b)=(1, 2) already exists."


class _Connection(Protocol):
    """What is used of asyncpg, whose own types are partly unknown to a type checker."""

    async def execute(self, query: str, *args: Value) -> str: ...
    async def fetch(self, query: str, *args: Value) -> Sequence[Row]: ...
    def is_closed(self) -> bool: ...


class _Pool(Protocol):
    async def acquire(self) -> _Connection: ...
    async def release(self, connection: _Connection) -> None: ...
    async def close(self) -> None: ...


class PostgresDatabase:
    """See `Database`. `open_postgres` makes one."""

    dialect: Dialect = "postgres"
    exclusive = False

    def __init__(self, pool: _Pool, *, guarded: bool) -> None:
        self.longest_hold_ms = 0.0
        self._pool = pool
        self._guarded = guarded

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[Transaction]:
        """See `Database.write`."""
        async with self._connection() as connection:
            async with self._begun(connection, "BEGIN ISOLATION LEVEL READ COMMITTED") as tx:
                yield tx
            await to_the_end(_commit(connection))

    async def apply(self, body: Callable[[Tx], Coroutine[Any, Any, T]]) -> T:
        """See `Database.apply`."""
        async with self.write() as tx:
            return await body(tx)

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[Transaction]:
        """See `Database.read`."""
        async with self._connection() as connection:
            async with self._begun(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as tx:
                yield tx
            await to_the_end(_roll_back(connection))

    async def close(self) -> None:
        """See `Database.close`."""
        await self._pool.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[_Connection]:
        try:
            connection = await self._pool.acquire()
        except (*LOST, *PASSING) as error:
            raise Retry(_said(error)) from error
        since = time.monotonic()
        try:
            yield connection
        finally:
            await to_the_end(self._pool.release(connection))
            self.longest_hold_ms = max(self.longest_hold_ms, (time.monotonic() - since) * 1000)

    @asynccontextmanager
    async def _begun(self, connection: _Connection, begin: str) -> AsyncGenerator[Transaction]:
        channel = _Channel(connection)
        try:
            await channel.order(begin)
            async with opened(channel, guarded=self._guarded) as tx:
                yield tx
        except BaseException:
            await to_the_end(_roll_back(connection))
            raise


class _Channel:
    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    async def order(self, sql: str) -> None:
        await self.change(sql, {})

    async def change(self, sql: str, args: Args) -> int:
        query, names = numbered(sql)
        try:
            status = await self._connection.execute(query, *(args[name] for name in names))
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise statement_fault(error, lost=_lost(self._connection)) from None
        verb, _, count = status.rpartition(" ")
        return int(count) if verb.partition(" ")[0] in {"INSERT", "UPDATE", "DELETE"} else 0

    async def fetch(self, sql: str, args: Args) -> Sequence[Row]:
        query, names = numbered(sql)
        try:
            rows = await self._connection.fetch(query, *(args[name] for name in names))
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise statement_fault(error, lost=_lost(self._connection)) from None
        return [dict(row) for row in rows]


async def open_postgres(url: str, *, guarded: bool = False) -> PostgresDatabase:
    """Open a pool of up to eight connections on `url` (`postgresql://user:password@host:port/name`).

    Raises:
        DatabaseUnusable: the server is out of reach or refuses; the message has no password in it.
    """
    try:
        # Untyped in asyncpg; the protocols above are what is used of it.
        pool = await cast(Callable[..., Awaitable[_Pool]], asyncpg.create_pool)(  # pyright: ignore[reportUnknownMemberType]
            url,
            min_size=1,
            max_size=CONNECTIONS,
            init=_same_values_as_sqlite,
            reset=_nothing_to_reset,
            server_settings=SESSION,
        )
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
        where = urlsplit(url)
        raise DatabaseUnusable(
            f"[storage] url: PostgreSQL at {where.hostname or 'the local socket'}{where.path}: {_said(error)}"
        ) from None
    return PostgresDatabase(pool, guarded=guarded)


def statement_fault(error: Exception, *, lost: bool = False) -> Exception:
    """What a driver error of a statement means; an error that is none of ours comes back as it is.

    The details of a refusal hold the row's values, so they are left out.
    """
    if isinstance(error, asyncpg.UniqueViolationError):
        # The server's fields are set on the exception when it arrives.
        table, detail, name = (getattr(error, field, None) for field in ("table_name", "detail", "constraint_name"))
        key = KEY.search(detail or "")
        return Conflict(f"{table}({key['columns']})" if key else str(name))
    if isinstance(error, asyncpg.IntegrityConstraintViolationError | asyncpg.RaiseError):
        return Violation(_said(error))
    if lost or isinstance(error, PASSING + LOST):
        return Retry(_said(error))
    return error


async def _commit(connection: _Connection) -> None:
    try:
        await connection.execute("COMMIT")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise commit_fault(error, lost=_lost(connection)) from None


def commit_fault(error: Exception, *, lost: bool) -> Exception:
    """What a driver error of COMMIT means: what is no plain refusal leaves the outcome unknown."""
    fault = statement_fault(error)
    refused = isinstance(fault, Conflict | Violation) or isinstance(
        error, asyncpg.SerializationError | asyncpg.DeadlockDetectedError
    )
    return fault if refused and not lost else Unknown(_said(error))


async def _roll_back(connection: _Connection) -> None:
    try:
        await connection.execute("ROLLBACK")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        if not _lost(connection):  # the server rolls back what it lost
            raise


def _lost(connection: _Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # the pool has already taken it back
        return True


def _said(error: Exception) -> str:
    """The first line of the message: the lines after it can hold values of the row."""
    return (str(error).splitlines() or [type(error).__name__])[0]


class _Codecs(Protocol):
    async def set_type_codec(self, name: str, /, **options: object) -> None: ...


async def _same_values_as_sqlite(connection: _Codecs) -> None:
    """Sums of integers (numeric) arrive as int, averages as float, comparisons as 0 or 1."""
    for name, encoder, decoder in (("numeric", str, _plain_number), ("bool", _truth, _bit)):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=encoder, decoder=decoder, format="text")


def _truth(value: object) -> str:
    return "t" if value else "f"


def _bit(value: str) -> int:
    return int(value == "t")


def _plain_number(digits: str) -> int | float:
    number = Decimal(digits)
    return int(number) if number == number.to_integral_value() else float(number)


async def _nothing_to_reset(_connection: object) -> None:
    """A transaction leaves no session state behind; asyncpg's own reset would cost a round trip each time."""
