"""A whole transaction inside the driver's thread: no change of thread between its statements."""

import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from storage.database import Row, Tx
from storage.sqlite_faults import commit_fault, statement_fault
from storage.transaction import Args, opened

T = TypeVar("T")


def run_whole(connection: sqlite3.Connection, body: Callable[[Tx], Coroutine[Any, Any, T]]) -> T:
    """Begin, drive `body` to its end, commit; or roll back and raise what it raised.

    Raises:
        RuntimeError: `body` waited for something other than its transaction.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        raise statement_fault(error) from error
    try:
        result = _driven(_in_transaction(connection, body))
    except BaseException:
        _roll_back(connection)
        raise
    try:
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        _roll_back(connection)
        raise commit_fault(error) from error
    return result


async def _in_transaction(connection: sqlite3.Connection, body: Callable[[Tx], Coroutine[Any, Any, T]]) -> T:
    async with opened(_Inline(connection), guarded=False) as tx:
        return await body(tx)


def _driven(work: Coroutine[Any, Any, T]) -> T:
    """Every statement answers at once, so one step is all it takes."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    work.close()
    raise RuntimeError("inside a transaction something other than the database was awaited")


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


class _Inline:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def order(self, sql: str) -> None:
        self._connection.execute(sql)

    async def change(self, sql: str, args: Args) -> int:
        cursor = self._cursor(sql, args)
        cursor.fetchall()
        if cursor.rowcount < 0 and sql.lstrip()[:4].upper() == "WITH":  # counted only for what begins with a verb
            return int(self._cursor("SELECT changes()", {}).fetchone()[0])
        return max(0, cursor.rowcount)

    async def fetch(self, sql: str, args: Args) -> Sequence[Row]:
        return [dict(row) for row in self._cursor(sql, args)]

    def _cursor(self, sql: str, args: Args) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, args)
        except sqlite3.Error as error:
            raise statement_fault(error) from None
