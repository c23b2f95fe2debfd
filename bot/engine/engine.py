"""The engine put together: what `run`, the demo and the tests start."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog

from bot.chat.feature import Features, Town
from bot.chat.platform import PlatformAdapter, Raw
from bot.chat.routing import Router, build
from bot.chat.texts import Texts
from bot.engine.acknowledge import Acknowledger
from bot.engine.buttons import Signer
from bot.engine.clock import Clock
from bot.engine.clock_watch import ClockWatch
from bot.engine.courier import Courier
from bot.engine.identity import ensure_admins
from bot.engine.imaging import ImageWorker
from bot.engine.intake import Intake
from bot.engine.listening import Listener, lease_of
from bot.engine.photos import PhotoFetcher
from bot.engine.process import Processor
from bot.engine.render import Renderer
from bot.engine.route import Routes
from bot.engine.throttle import Throttle
from bot.engine.ticks import Ticker
from bot.engine.upkeep import Upkeep
from storage import ahead
from storage.blobs import BlobStore
from storage.database import Database, Retry

log = structlog.get_logger(__name__)

_TICK_S: Final = 1.0
_SOON_S: Final = 0.01
_STOP_S: Final = 8.0
_LAND_S: Final = 1.0
_AWAY_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything an engine is made of; the edges are swapped in tests."""

    database: Database
    town: Town
    texts: Texts
    signer: Signer
    clock: Clock
    platforms: Sequence[PlatformAdapter]
    features: Features
    blobs: BlobStore
    worker: ImageWorker
    most_photo_bytes: int = 20_000_000
    lease: timedelta = timedelta(seconds=60)


@dataclass(slots=True)
class Engine:
    parts: Parts
    router: Router
    intake: Intake
    couriers: Mapping[str, Courier]
    fetcher: PhotoFetcher
    ticker: Ticker
    clock_watch: ClockWatch
    acknowledger: Acknowledger
    upkeep: Upkeep
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    fault: BaseException | None = None

    async def prepare(self) -> None:
        """What has to be there before the first event."""
        async with self.parts.database.write() as tx:
            await ensure_admins(tx, self.parts.town, self.parts.clock.now())
            await ahead.bring_back(tx, self.parts.clock.now())

    async def run(self) -> None:
        """Work until `stopping` is set; then take nothing more, finish what runs, and return.

        Raises:
            BaseException: what made the engine stop by itself.
        """
        sending = [self._task(courier.run, f"courier {name}") for name, courier in self.couriers.items()]
        loops = [self._task(partial(self._receive, one), f"receive {one.name}") for one in self.parts.platforms]
        loops += [
            self._task(self.intake.watch, "intake"),
            self._task(self.fetcher.run, "photos"),
            self._task(self._tick, "ticks"),
            self._task(self.upkeep.run, "upkeep"),
        ]
        await self.stopping.wait()
        await self._end(sending, loops)
        await self.intake.close()
        await self.acknowledger.drain()
        for courier in self.couriers.values():
            await courier.release()
        if self.fault is not None:
            raise self.fault

    async def _end(self, sending: Sequence[asyncio.Task[None]], loops: Sequence[asyncio.Task[None]]) -> None:
        """Sending ends first: where it goes over what is received by, the answers to it come before that is closed."""
        for task in sending:
            task.cancel()
        await asyncio.gather(*(courier.land(_LAND_S) for courier in self.couriers.values()))
        for task in loops:
            task.cancel()
        await asyncio.wait([*sending, *loops], timeout=_STOP_S)

    def fail(self, fault: BaseException) -> None:
        """Stop the engine for a reason."""
        self.fault = self.fault or fault
        self.stopping.set()

    async def drain(self) -> None:
        """Run events, fetch photos and send until nothing more can be done now (tests and the scripted demo)."""
        while True:
            await self.intake.drain()
            worked = await self.fetcher.once()
            await self.intake.drain()
            for courier in self.couriers.values():
                worked += await courier.once()
            await self.acknowledger.drain()
            if not worked:
                return

    async def tick(self, until: datetime | None = None) -> bool:
        """Make events of what is due; True if there was something."""
        lanes = await self.ticker.tick(until)
        for lane in lanes:
            self.intake.wake(lane)
        return bool(lanes)

    def committed(self) -> None:
        """Rows may be waiting for courier and photo fetcher."""
        for courier in self.couriers.values():
            courier.woken.set()
        self.fetcher.woken.set()

    async def _receive(self, platform: PlatformAdapter) -> None:
        async def deliver(updates: Sequence[Raw]) -> None:
            await self.intake.deliver(platform.name, updates)

        if not platform.listens_alone or self.parts.database.exclusive:
            return await platform.run(deliver)
        listener = Listener(self.parts.database, self.parts.clock, lease_of(platform.name), self.parts.lease)
        return await listener.run(lambda: platform.run(deliver))

    async def look_at_clock(self, rested_s: float | None = None) -> None:
        """Notice that the machine's clock was set, or that the machine slept (see `ClockWatch.look`)."""
        if await self.clock_watch.look(rested_s):
            self.committed()

    async def _tick(self) -> None:
        await self.look_at_clock()
        rest = _TICK_S
        while True:
            # What has come may have set a timer for what follows: soon, and then ever less often, it is looked for.
            rest = 0.0 if await self.tick() else min(_TICK_S, max(_SOON_S, 2 * rest))
            await self.look_at_clock()
            await asyncio.sleep(rest)
            await self.look_at_clock(rest)

    async def _persists(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        """Begin a loop anew while the database is away for a passing reason."""
        while True:
            try:
                return await work()
            except Retry as fault:
                log.warning("loop_waits", loop=name, error=type(fault).__name__)
                await asyncio.sleep(_AWAY_S)

    def _task(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(self._persists(work, name), name=name)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or self.stopping.is_set():
            return
        fault = task.exception() or RuntimeError(f"{task.get_name()} ended by itself")
        log.error("loop_ended", loop=task.get_name(), error=type(fault).__name__, exc_info=fault)
        self.fail(fault)


def assemble(parts: Parts) -> Engine:
    """An engine over `parts`.

    Raises:
        RoutingFault: two features make equal claims.
    """
    engine: Engine

    def committed() -> None:
        engine.committed()

    def failed(fault: BaseException) -> None:
        engine.fail(fault)

    router = build(parts.features)
    acknowledger = Acknowledger(parts.database, _platforms(parts), parts.texts, parts.town, committed)
    processor = _processor(parts, router, acknowledger, committed)
    intake = Intake(parts.database, processor, parts.clock, failed, parts.lease)
    engine = Engine(
        parts=parts,
        router=router,
        intake=intake,
        couriers=_couriers(parts, intake.wake),
        fetcher=_fetcher(parts, intake.wake),
        ticker=Ticker(parts.database, parts.features, parts.town.zone, parts.clock),
        clock_watch=ClockWatch(parts.database, parts.clock, parts.town),
        acknowledger=acknowledger,
        upkeep=Upkeep(parts.database, parts.blobs, parts.clock),
    )
    return engine


def _platforms(parts: Parts) -> Mapping[str, PlatformAdapter]:
    return {str(platform.name): platform for platform in parts.platforms}


def _processor(parts: Parts, router: Router, acknowledger: Acknowledger, committed: Callable[[], None]) -> Processor:
    return Processor(
        database=parts.database,
        routes=Routes(router, parts.texts, parts.signer, Throttle(parts.town.limits.commands_minute)),
        town=parts.town,
        clock=parts.clock,
        readers={str(platform.name): platform.read for platform in parts.platforms},
        signs=frozenset(str(platform.name) for platform in parts.platforms if platform.abilities.reactions),
        acknowledge=acknowledger.start,
        committed=committed,
    )


def _couriers(parts: Parts, wake: Callable[[str], None]) -> Mapping[str, Courier]:
    renderer = Renderer(parts.texts, parts.signer, parts.blobs, parts.worker, parts.town.public_url)
    return {
        str(platform.name): Courier(
            parts.database, platform, renderer, parts.clock, parts.town.language, wake, lease=parts.lease
        )
        for platform in parts.platforms
    }


def _fetcher(parts: Parts, wake: Callable[[str], None]) -> PhotoFetcher:
    return PhotoFetcher(
        database=parts.database,
        platforms=_platforms(parts),
        worker=parts.worker,
        blobs=parts.blobs,
        clock=parts.clock,
        most_bytes=parts.most_photo_bytes,
        wake=wake,
        limits=parts.town.limits,
        lease=parts.lease,
    )
