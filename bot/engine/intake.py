"""Raw events are committed first; then a lane per chat works them off, oldest first."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.chat.platform import Raw
from bot.engine import crash
from bot.engine.clock import Clock
from bot.engine.process import Outcome, Processor
from bot.engine.reading import INTERNAL
from storage import inbox
from storage.database import Database, Retry, Tx, Unknown
from storage.inbox import Arrival, Kept

log = structlog.get_logger(__name__)

_LANES_AT_ONCE: Final = 16
_LANES_SEEN: Final = 500  # at one look; the next one sees the rest
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
    _waiting: dict[str, None] = field(
        default_factory=dict[str, None]
    )  # lanes for which there was no room, oldest first
    _storing: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _closing: bool = False

    async def deliver(self, source: str, updates: Sequence[Raw]) -> None:
        """Commit updates and wake their lanes. Returns after the commit: now they may be confirmed."""
        arrivals = [
            Arrival(source, update.event_id, f"{source}:{update.lane}", update.payload, update.at) for update in updates
        ]
        await self.store(arrivals)

    async def store(self, arrivals: Sequence[Arrival]) -> None:
        """Commit arrivals in one transaction, in a task that a cancelled caller cannot tear apart."""
        storing = asyncio.create_task(self._store(arrivals))
        self._storing.add(storing)
        storing.add_done_callback(self._storing.discard)
        await asyncio.shield(storing)

    async def _store(self, arrivals: Sequence[Arrival]) -> None:
        lanes = {arrival.lane for arrival in arrivals}

        async def body(tx: Tx) -> Mapping[str, Kept | None]:
            await inbox.add(tx, arrivals)
            # Where nobody else takes events the heads are read along, or each would cost a transaction of its own.
            return {lane: await inbox.head(tx, lane) for lane in lanes} if self.database.exclusive else {}

        try:
            heads = await self.database.apply(body)
        except Unknown as fault:
            if fault.restart:
                self.fatal(fault)
                raise
            raise Retry("perhaps stored") from fault  # to store it again changes nothing
        crash.point("intake.committed")
        for lane in lanes:
            self.wake(lane, heads.get(lane))

    def wake(self, lane: str, head: Kept | None = None) -> None:
        """Work the lane off, now or when its present work ends. `head`: its oldest event, if that is known."""
        if self._closing:
            return
        if lane in self._awake:
            self._again.add(lane)
        elif len(self._awake) < _LANES_AT_ONCE:
            self._awake[lane] = asyncio.create_task(self._work(lane, head), name=f"lane {lane}")
        else:
            self._waiting[lane] = None  # a name each: after an outage there are many

    async def watch(self) -> None:
        """Wake lanes that wait in the inbox: after a restart, a pause before a retry, or another process's arrival."""
        while True:
            async with self.database.read() as tx:
                waiting = await inbox.lanes(tx, _LANES_SEEN)
            for lane in waiting:
                self.wake(lane)
            await asyncio.sleep(_OTHERS_S)

    async def drain(self) -> None:
        """Run everything that can be run now (tests and the scripted demo)."""
        while True:
            running = [task for task in self._awake.values() if not task.done()]
            if running:
                await asyncio.wait(running)
                continue
            async with self.database.read() as tx:
                waiting = list(await inbox.lanes(tx, _LANES_SEEN))
            done = [await self._next(lane) for lane in waiting]
            if not any(ran for ran, _ in done):
                return

    async def close(self) -> None:
        """Take no more, and let running transactions end."""
        self._closing = True
        running = [*self._storing, *(task for task in self._awake.values() if not task.done())]
        if running:
            await asyncio.wait(running, timeout=8)

    async def _work(self, lane: str, head: Kept | None) -> None:
        try:
            while not self._closing:
                self._again.discard(lane)
                _, more = await self._next(lane, head)
                head = None
                if not more and lane not in self._again:
                    break
        except Unknown as fault:
            self.fatal(fault)
        except Retry as fault:  # the database is away: `watch` comes back to this lane
            log.warning("lane_waits", error=type(fault).__name__)
        finally:
            self._awake.pop(lane, None)
            if self._waiting and not self._closing:
                following = next(iter(self._waiting))
                del self._waiting[following]
                self.wake(following)

    async def _next(self, lane: str, head: Kept | None = None) -> tuple[bool, bool]:
        """Run the head of a lane; whether there was one that had not to wait, and whether another may be run now."""
        kept = _due(head, self.clock.now()) if head else await self._head(lane)
        if kept is None:
            return False, False
        outcome = await self.processor.process(kept)
        crash.point("process.committed")
        ran = outcome is not Outcome.LATER
        return ran, ran and kept.followed

    async def _head(self, lane: str) -> Kept | None:
        """What may be run now, taken for this process; None if nothing may, as a lane never runs ahead of its head."""
        now = self.clock.now()
        if self.database.exclusive:
            return _due(await self.database.apply(lambda tx: inbox.head(tx, lane)), now)
        async with self.database.write() as tx:
            kept = _due(await inbox.head(tx, lane), now)
            if kept is None or not await inbox.claim(tx, kept.id, now + self.lease, now):
                return None
            return kept


def _due(kept: Kept | None, now: datetime) -> Kept | None:
    return None if kept is None or (kept.next_try_at is not None and kept.next_try_at > now) else kept


def internal(event_id: str, lane: str, payload: str, at_clock: Clock) -> Arrival:
    """An event of our own as an arrival."""
    return Arrival(INTERNAL, event_id, lane, payload, at_clock.now())
