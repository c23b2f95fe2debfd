"""One process at a time listens to a platform; when it ends or loses its lease, another one does."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.engine.clock import SystemClock
from bot.engine.listening import Listener
from storage import leases
from storage.database import Database, Retry

LEASE = timedelta(seconds=1)  # renewed three times in it, also on a busy machine


class Ear:
    """Something that receives until it is cancelled."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()

    async def receive(self) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.begun.clear()
            self.ended.set()


class Away:
    """A database that has no connection while `away` is set. `asked` counts who came meanwhile."""

    def __init__(self, inner: Database) -> None:
        self.inner = inner
        self.away = False
        self.asked = 0

    def write(self) -> Any:
        if self.away:
            self.asked += 1
            raise Retry("no connection")
        return self.inner.write()


def listener(database: Database | Away, holder: str) -> Listener:
    return Listener(database, SystemClock(), "listener:telegram", LEASE, holder)


async def test_the_second_process_listens_when_the_first_one_ends(database: Database) -> None:
    ears = Ear(), Ear()
    first = asyncio.create_task(listener(database, "a").run(ears[0].receive))
    await asyncio.wait_for(ears[0].begun.wait(), 5)
    second = asyncio.create_task(listener(database, "b").run(ears[1].receive))
    await asyncio.wait({second}, timeout=1.2 * LEASE.total_seconds())
    assert ears[0].begun.is_set()
    assert not ears[1].begun.is_set(), "two would take each other's updates"
    first.cancel()
    await asyncio.wait_for(ears[1].begun.wait(), 5)
    assert ears[0].ended.is_set()
    second.cancel()
    await asyncio.wait({first, second})


async def test_who_lost_the_lease_stops_to_listen(database: Database) -> None:
    ear = Ear()
    running = asyncio.create_task(listener(database, "a").run(ear.receive))
    await asyncio.wait_for(ear.begun.wait(), 5)
    async with database.write() as tx:
        await leases.seize(tx, "listener:telegram", "b", SystemClock().now() + timedelta(hours=1))
    await asyncio.wait_for(ear.ended.wait(), 5)
    running.cancel()
    await asyncio.wait({running})
    async with database.read() as tx:
        row = await tx.one("SELECT holder FROM leases WHERE name = 'listener:telegram'")
    assert row["holder"] == "b"


async def test_who_cannot_renew_the_lease_listens_until_it_runs_out(database: Database) -> None:
    """What is heard meanwhile waits in memory, and would be lost with the connection."""
    ear, away = Ear(), Away(database)
    running = asyncio.create_task(listener(away, "a").run(ear.receive))
    await asyncio.wait_for(ear.begun.wait(), 5)
    away.away = True
    async with asyncio.timeout(5):
        while away.asked == 0:
            await asyncio.sleep(0.001)
    away.away = False
    await asyncio.wait({running}, timeout=1.2 * LEASE.total_seconds())
    assert ear.begun.is_set() and not ear.ended.is_set()

    away.away = True
    await asyncio.wait_for(ear.ended.wait(), 5)  # another process may have taken it
    with pytest.raises(Retry):
        await running


async def test_a_fault_of_what_receives_comes_up(database: Database) -> None:
    async def receive() -> None:
        raise ValueError("the token is not accepted")

    running = asyncio.create_task(listener(database, "a").run(receive))
    await asyncio.wait({running}, timeout=5)
    assert isinstance(running.exception(), ValueError)
