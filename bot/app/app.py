"""The running program: engine, web pages, control socket, begun and ended in order."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app.chats import telegram, wecom
from bot.app.demo import Demo, open_demo
from bot.app.desk import Desk
from bot.app.life import Life
from bot.app.opening import Opened, opened, sqlite_file
from bot.app.version import version
from bot.app.watching import health, metrics
from bot.chat.platform import PlatformAdapter
from bot.config import Settings
from bot.control import ControlServer
from bot.engine.clock import Clock, SystemClock
from bot.engine.engine import Parts
from handlers import FEATURES
from handlers.points.versions import remember_rules
from storage import audit, groups

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from bot.platforms.telegram import TelegramPlatform
    from bot.platforms.wecom import WeComPlatform

Ready = Callable[[str, int], None]


class CannotListen(Exception):
    """The address of the web pages cannot be had."""

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(f"{host}:{port}: {why}")
        self.host, self.port, self.why = host, port, why


@dataclass(slots=True, kw_only=True)
class App:
    """Everything put together, not yet running. `demo` is there in the demo only."""

    open: Opened
    clock: Clock
    life: Life
    demo: Demo | None
    telegram: "TelegramPlatform | None" = None
    wecom: "WeComPlatform | None" = None

    @property
    def desk(self) -> Desk:
        """What commands work with."""
        return Desk(self.open, self.clock, self.life)

    async def prepare(self) -> None:
        """What the database has to hold before the first event: rules in force, work groups, admins. Idempotent."""
        now = self.clock.now()
        async with self.open.database.write() as tx:
            await remember_rules(tx, self.open.town.rulebook, now)
            for named in self.open.settings.groups.work:
                platform, _, chat = named.partition(":")
                await groups.bind(tx, platform, chat, now)
        await self.life.engine.prepare()

    async def run(self, stop: asyncio.Event, ready: Ready) -> None:
        """Work until `stop` is set, then end everything in order; `ready` hears where the web pages are.

        Raises:
            RulesChanged: the point rules were changed without a new date.
            CannotListen: the address of the web pages cannot be had.
            BaseException: what ended the engine before.
        """
        await self.prepare()
        await self._note("program.start")
        served = asyncio.Event()
        web = asyncio.create_task(self._serve(served, ready), name="web")
        try:
            await _first(served, web)
            if not web.done():
                async with self._controlled(), self._menus_kept(), self._members_found():
                    await self.life.begin()
                    await _first(stop, self.life.failed, web)
        finally:
            if not web.done():
                web.cancel()
            faults = await asyncio.gather(self.life.end(), web, return_exceptions=True)
            await self._note("program.stop")
        for fault in faults:
            if isinstance(fault, BaseException) and not isinstance(fault, asyncio.CancelledError):
                raise fault

    async def _serve(self, served: asyncio.Event, ready: Ready) -> None:
        from bot.web.server import make_app, serve

        def answering(host: str, port: int) -> None:
            served.set()
            ready(host, port)

        pages = make_app(
            health=self._health,
            metrics=lambda: metrics(self.open, self.clock, self._forged()),
            routes=self._routes(),
            sandbox=self.demo.pages() if self.demo else None,
        )
        web = self.open.settings.web
        try:
            await serve(pages, web.host, web.port, answering)
        except OSError as fault:
            raise CannotListen(web.host, web.port, fault.strerror or str(fault)) from fault

    async def _health(self) -> tuple[bool, dict[str, object]]:
        silent_s = self.telegram.silent_s() if self.telegram else None
        return await health(self.open, self.clock, silent_s, self.wecom.link if self.wecom else None)

    def _routes(self) -> "Sequence[BaseRoute]":
        from bot.app.routes import callbacks, case_pages

        intake = lambda: self.life.engine.intake  # noqa: E731 - the demo changes engines
        return [*case_pages(self.open, self.clock, intake), *callbacks(self.telegram, self.wecom, intake)]

    def _forged(self) -> int:
        return (self.telegram.forged if self.telegram else 0) + (self.wecom.forged if self.wecom else 0)

    @asynccontextmanager
    async def _controlled(self) -> AsyncGenerator[None]:
        """Commands beside the bot are heard. On a database server each command connects by itself instead."""
        file = sqlite_file(self.open.settings)
        if file is None:
            yield
            return
        from bot.app.jobs import JOBS

        async with ControlServer(file, lambda job, args, tell: JOBS[job](self.desk, args, tell), JOBS):
            yield

    @asynccontextmanager
    async def _menus_kept(self) -> AsyncGenerator[None]:
        if self.telegram is None:
            yield
            return
        from bot.app.menus import Menus

        menus = asyncio.create_task(Menus(self.telegram.api, self.open, self.clock).run(), name="menus")
        try:
            yield
        finally:
            menus.cancel()
            await asyncio.wait([menus])

    @asynccontextmanager
    async def _members_found(self) -> AsyncGenerator[None]:
        """Members are bound to WeCom by their phone numbers, where there is an app that may ask for them."""
        app = self.wecom.ways.app if self.wecom is not None else None
        if app is None:
            yield
            return
        from bot.app.wecom_members import keep

        asking = asyncio.create_task(keep(self.desk, app), name="members")
        try:
            yield
        finally:
            asking.cancel()
            await asyncio.wait([asking])

    async def _note(self, action: str) -> None:
        async with self.open.database.write() as tx:
            await audit.note(tx, self.clock.now(), None, action, f"version:{version()}")


@asynccontextmanager
async def open_app(settings: Settings, *, demo: Path | None = None) -> AsyncGenerator[App]:
    """Open and assemble everything; with `demo`, a folder of the demo's own, with the sandbox and invented people.

    Raises:
        ConfigFault, RulebookFault, CatalogueFault, BlobsUnusable: what was configured cannot be used.
        DatabaseUnusable: the database is held by another process, out of reach, or of another schema.
        RoutingFault: two features make equal claims (a bug of ours).
    """
    async with opened(settings, upgrades=demo is not None) as parts:
        clock = SystemClock()
        stage = await open_demo(parts, clock, demo) if demo is not None else None
        chat = telegram(settings, clock) if stage is None else None  # the demo reaches nobody
        office = wecom(settings, parts.database, clock) if stage is None else None
        everywhere = (stage and stage.platform, chat, office)
        platforms: Sequence[PlatformAdapter] = [one for one in everywhere if one is not None]
        life = Life(_engine_parts(parts, clock, platforms))
        told = Demo(stage, parts, clock, life) if stage else None
        app = App(open=parts, clock=clock, life=life, demo=told, telegram=chat, wecom=office)
        try:
            if app.demo is not None:
                await app.prepare()
                await app.demo.wake_up()
            yield app
        finally:
            for one in (chat, office):
                if one is not None:
                    await one.close()


def _engine_parts(parts: Opened, clock: Clock, platforms: Sequence[PlatformAdapter]) -> Parts:
    return Parts(
        database=parts.database,
        town=parts.town,
        texts=parts.texts,
        signer=parts.signer,
        clock=clock,
        platforms=platforms,
        features=FEATURES,
        blobs=parts.blobs,
        worker=parts.worker,
        most_photo_bytes=parts.settings.images.max_bytes,
    )


async def _first(*waited: asyncio.Event | asyncio.Task[None]) -> None:
    """Wait until one of these events is set or one of these tasks is over; the tasks are left alone."""
    own = [asyncio.create_task(one.wait()) for one in waited if isinstance(one, asyncio.Event)]
    tasks = [one for one in waited if not isinstance(one, asyncio.Event)]
    try:
        await asyncio.wait([*own, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in own:
            task.cancel()
