"""The transaction both databases share: order of statements, savepoints, and what must hold before a commit."""

from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Protocol

from storage.database import NotOne, Row, Value
from storage.guard import Watch, to_the_end

Args = dict[str, Value]


class Channel(Protocol):
    """One connection inside one transaction; its errors are those of `storage.database`."""

    async def order(self, sql: str) -> None:
        """Run a statement without a result, at the latest just before the next one."""
        ...

    async def change(self, sql: str, args: Args) -> int:
        """Run a statement; returns the number of rows changed."""
        ...

    async def fetch(self, sql: str, args: Args) -> Sequence[Row]:
        """Run a statement; returns its rows."""
        ...


class Transaction:
    """A `Tx` over a channel; after its block, or from two tasks at once, it raises RuntimeError."""

    def __init__(self, channel: Channel, *, guarded: bool) -> None:
        self._channel = channel
        self._watch = Watch() if guarded else None
        self._closed = False
        self._running = False
        self._failed = False
        self._savepoints = 0
        self._arm()

    async def run(self, sql: str, **args: Value) -> int:
        """See `Tx.run`."""
        with self._one_at_a_time(sql):
            return await self._channel.change(sql, args)

    async def all(self, sql: str, **args: Value) -> Sequence[Row]:
        """See `Tx.all`."""
        with self._one_at_a_time(sql):
            return await self._channel.fetch(sql, args)

    async def one(self, sql: str, **args: Value) -> Row:
        """See `Tx.one`."""
        rows = await self.all(sql, **args)
        if len(rows) != 1:
            raise NotOne(f"{len(rows)} rows for: {sql}")
        return rows[0]

    async def maybe(self, sql: str, **args: Value) -> Row | None:
        """See `Tx.maybe`."""
        rows = await self.all(sql, **args)
        if len(rows) > 1:
            raise NotOne(f"{len(rows)} rows for: {sql}")
        return rows[0] if rows else None

    @asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None]:
        """See `Tx.savepoint`."""
        self._savepoints += 1
        name = f"s{self._savepoints}"
        await self._order(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            if not self._closed:
                await to_the_end(self._undo(name))
                self._arm()
            raise
        await self._order(f"RELEASE SAVEPOINT {name}")

    def finish(self) -> None:
        """Close before COMMIT.

        Raises:
            RuntimeError: a failed statement was passed over in silence (PostgreSQL would answer COMMIT with a rollback
                and report nothing), or a guarded transaction waited for something else at its end.
        """
        if self._failed:
            raise RuntimeError("a statement failed and its error was swallowed outside a savepoint")
        if self._watch:
            self._watch.check("COMMIT")
        self.close()

    def close(self) -> None:
        """From here on every statement raises."""
        self._closed = True
        if self._watch:
            self._watch.disarm()

    async def _undo(self, name: str) -> None:
        self._failed = False
        self._arm()
        await self._order(f"ROLLBACK TO SAVEPOINT {name}")
        await self._order(f"RELEASE SAVEPOINT {name}")

    async def _order(self, sql: str) -> None:
        with self._one_at_a_time(sql):
            await self._channel.order(sql)

    @contextmanager
    def _one_at_a_time(self, sql: str) -> Generator[None]:
        self._check(sql)
        self._running = True
        try:
            yield
        except BaseException:
            self._failed = True
            raise
        finally:
            self._running = False
        self._arm()

    def _check(self, sql: str) -> None:
        if self._closed:
            raise RuntimeError(f"the transaction is over: {sql}")
        if self._running:
            raise RuntimeError(f"another statement of this transaction is still running: {sql}")
        if self._failed:
            raise RuntimeError(f"an earlier statement of this transaction failed: {sql}")
        if self._watch:
            self._watch.check(sql)

    def _arm(self) -> None:
        if self._watch and not self._closed:
            self._watch.arm()


@asynccontextmanager
async def opened(channel: Channel, *, guarded: bool) -> AsyncGenerator[Transaction]:
    """A transaction over a channel that has begun; when the block ends well it is ready for COMMIT."""
    tx = Transaction(channel, guarded=guarded)
    try:
        yield tx
        tx.finish()
    finally:
        tx.close()
