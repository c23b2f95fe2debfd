"""One process at a time listens to a platform; when it ends or loses its lease, another one does."""

import asyncio
from datetime import timedelta

from bot.engine.clock import SystemClock
from bot.engine.listening import Listener
from storage import leases
from storage.database import Database

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


def listener(database: Database, holder: str) -> Listener:
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


async def test_a_fault_of_what_receives_comes_up(database: Database) -> None:
    async def receive() -> None:
        raise ValueError("the token is not accepted")

    running = asyncio.create_task(listener(database, "a").run(receive))
    await asyncio.wait({running}, timeout=5)
    assert isinstance(running.exception(), ValueError)
