"""Raw events are committed first; then a lane per chat works them off, oldest first."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from bot.chat.platform import Raw
from bot.engine import crash
from bot.engine.clock import Clock
from bot.engine.process import INTERNAL, Outcome, Processor
from storage import inbox
from storage.database import Database, Unknown
from storage.inbox import Arrival, Kept

_LANES_AT_ONCE: Final = 16
_OTHERS_S: Final = 1.0  # how often another process's rows are looked for


@dataclass(slots=True)
class Intake:
    """Takes raw events and runs them. One instance a process."""

    database: Database
    processor: Processor
    clock: Clock
    fatal: Callable[[BaseException], None]
    lease: timedelta = timedelta(seconds=60)  # how long a process that fell silent keeps an event
    _awake: dict[str, asyncio.Task[None]] = field(default_factory=dict[str, "asyncio.Task[None]"])
    _again: set[str] = field(default_factory=set[str])
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_LANES_AT_ONCE))
    _closing: bool = False

    async def deliver(self, source: str, updates: Sequence[Raw]) -> None:
        """Commit updates and wake their lanes. Returns after the commit: now they may be confirmed."""
        arrivals = [
            Arrival(source, update.event_id, f"{source}:{update.lane}", update.payload, update.at) for update in updates
        ]
        await self.store(arrivals)

    async def store(self, arrivals: Sequence[Arrival]) -> None:
        """Commit arrivals in one transaction, in a task that a cancelled caller cannot tear apart."""
        await asyncio.shield(asyncio.ensure_future(self._store(arrivals)))

    async def _store(self, arrivals: Sequence[Arrival]) -> None:
        async with self.database.write() as tx:
            await inbox.add(tx, arrivals)
        crash.point("intake.committed")
        for lane in {arrival.lane for arrival in arrivals}:
            self.wake(lane)

    def wake(self, lane: str) -> None:
        """Work the lane off, now or when its present work ends."""
        if self._closing:
            return
        running = self._awake.get(lane)
        if running is not None and not running.done():
            self._again.add(lane)
            return
        self._awake[lane] = asyncio.create_task(self._work(lane), name=f"lane {lane}")

    async def watch(self) -> None:
        """Wake lanes that wait in the inbox: after a restart, a pause before a retry, or another process's arrival."""
        while True:
            async with self.database.read() as tx:
                waiting = await inbox.lanes(tx)
            for lane in waiting:
                self.wake(lane)
            await asyncio.sleep(_OTHERS_S)

    async def drain(self) -> None:
        """Run everything that can be run now (tests and the scripted demo)."""
        while True:
            async with self.database.read() as tx:
                waiting = list(await inbox.lanes(tx))
            done = [await self._next(lane) for lane in waiting]
            if not any(done):
                return

    async def close(self) -> None:
        """Take no more, and let running transactions end."""
        self._closing = True
        running = [task for task in self._awake.values() if not task.done()]
        if running:
            await asyncio.wait(running, timeout=8)

    async def _work(self, lane: str) -> None:
        try:
            async with self._room:
                while not self._closing:
                    self._again.discard(lane)
                    if not await self._next(lane) and lane not in self._again:
                        break
        except Unknown as fault:
            self.fatal(fault)
        finally:
            self._awake.pop(lane, None)

    async def _next(self, lane: str) -> bool:
        """Run the head of a lane; False if there is none or it has to wait."""
        kept = await self._head(lane)
        if kept is None or (kept.next_try_at is not None and kept.next_try_at > self.clock.now()):
            return False
        outcome = await self.processor.process(kept)
        crash.point("process.committed")
        return outcome is not Outcome.LATER

    async def _head(self, lane: str) -> Kept | None:
        if self.database.exclusive:
            async with self.database.read() as tx:
                return await inbox.head(tx, lane)
        async with self.database.write() as tx:
            kept = await inbox.head(tx, lane)
            now = self.clock.now()
            if kept is None or not await inbox.claim(tx, kept.id, now + self.lease, now):
                return None
            return kept


def internal(event_id: str, lane: str, payload: str, at_clock: Clock) -> Arrival:
    """An event of our own as an arrival."""
    return Arrival(INTERNAL, event_id, lane, payload, at_clock.now())
