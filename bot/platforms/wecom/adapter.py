"""WeCom as a platform: see `PlatformAdapter`. Three ways, one space of accounts."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

import structlog

from bot.chat.events import Address, FromPlatform, Platform
from bot.chat.platform import Abilities, Deliver, FetchNever, NotCommitted, Pace, Raw, Rendered, Sent
from bot.platforms.wecom import app_reading, stored
from bot.platforms.wecom.app_api import AppApi
from bot.platforms.wecom.app_callback import AppCallback, Forged, Query
from bot.platforms.wecom.doors import Doors, Liveness, OpenChats
from bot.platforms.wecom.hearing import Hearing, committed
from bot.platforms.wecom.hook import Hook
from bot.platforms.wecom.kinds import Channel, Misconfigured
from bot.platforms.wecom.media import BotMedia, is_ref
from bot.platforms.wecom.memory import Memory
from bot.platforms.wecom.presses import GRACE_S, PATIENCE_S, OpenPresses, Press
from bot.platforms.wecom.sending import Sender
from bot.platforms.wecom.socket import BotSocket, Link, State
from bot.platforms.wecom.spool import Spool
from bot.platforms.wecom.ways import AppWay, BotWay, HookWay

log = structlog.get_logger(__name__)

GAP: Final = timedelta(seconds=1)  # nothing that is said meanwhile comes later
_LOOK_S: Final = 15.0
_NOT_FOUND, _NOT_YET = 404, 503
_TOLD_EVERY_S: Final = 600.0
_UNTRUSTED_IP: Final = 60020
_TROUBLES: Final = {Link.REFUSED: "bot_refused", Link.KICKED: "kicked"}


class Clock(Protocol):
    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What a county has set up; each may be missing. `hooks`: by chat id or by a name of the county's own."""

    bot: BotSocket | None = None
    app: AppApi | None = None
    callback: AppCallback | None = None
    hooks: Mapping[str, Hook] = field(default_factory=dict[str, Hook])


class WeComPlatform:
    """Hears over the bot's connection and over the app's callback; sends in whichever way leads there.

    `names` are what people call the bot in a group. `loopback`: media may lie on this machine (tests).
    """

    name = Platform.WECOM
    abilities = Abilities(
        buttons=True,
        edits=True,
        reactions=False,
        photos=9,
        text_bytes=20_480,
        starts_conversations=False,
        files=True,
        captions=False,
        media_last=False,
    )
    # Replies and pushes together (WeCom developer documentation, page 101463; the app's are the same, page 90454).
    pace: Sequence[Pace] = (Pace(30, 60.0, each_chat=True), Pace(1000, 3600.0, each_chat=True))

    def __init__(
        self, ways: Ways, doors: Doors, clock: Clock, *, names: Sequence[str], most_photo_bytes: int,
        loopback: bool = False, patience_s: float = PATIENCE_S, grace_s: float = GRACE_S,
    ) -> None:  # fmt: skip
        self.ways = ways
        self.listens_alone = ways.bot is not None
        self._clock = clock
        self._doors = doors
        self._here = False
        self._deliver: Deliver | None = None
        self._chats = OpenChats(doors)
        self._liveness = Liveness(doors)
        self._media = BotMedia(loopback=loopback)
        self._spool = Spool(self._media.fetch, clock, most_photo_bytes)
        self._told: Memory[float] = Memory()
        self._link: Link | None = None
        self._presses = OpenPresses(self._idle, patience_s=patience_s, grace_s=grace_s)
        self._hearing = Hearing(clock, names, ways.app, self._chats, self._presses, self._spool)
        codes: Memory[str] = Memory()
        self._sender = Sender(
            clock, self._chats, self._presses, self._hearing.last, codes=codes,
            bot=BotWay(ways.bot, self._hearing.req_ids, self._hearing.written) if ways.bot else None,
            app=AppWay(ways.app, codes) if ways.app else None,
            hooks={name: HookWay(hook) for name, hook in ways.hooks.items()}, wrong=self._wrong,
        )  # fmt: skip

    @property
    def at_hand(self) -> bool:
        """The bot's connection belongs to one process, and what is sent goes over it."""
        return self._here or self.ways.bot is None

    async def run(self, deliver: Deliver) -> None:
        """Receive until cancelled."""
        self._chats.forget()
        self._deliver, self._here = deliver, True
        try:
            if self.ways.bot is None:
                await asyncio.Event().wait()
            else:
                async with asyncio.TaskGroup() as both:
                    heard = partial(self._hearing.heard, deliver)
                    run = self.ways.bot.run(heard, self._changed, glimpsed=self._hearing.glimpse)
                    both.create_task(run)
                    both.create_task(self._watch())
        finally:
            self._here = False
            self._presses.close()
            last, self._link = self._link, None
            if last is Link.CONNECTED:
                await self._noted(self._liveness.ends(self._clock.now()))

    def url_check(self, query: Query) -> str | None:
        """What to answer when the callback's address is entered in the console; None to anybody but the platform."""
        if self.ways.callback is None:
            return None
        try:
            return self.ways.callback.url_check(query)
        except Forged:
            return None

    @property
    def forged(self) -> int:
        """Calls of somebody who is not the platform, since the start."""
        return self.ways.callback.forged.total() if self.ways.callback else 0

    async def receive(self, query: Query, body: bytes, deliver: Deliver) -> int:
        """A call of the app handed to us: the HTTP status to answer, 200 only after the commit."""
        if self.ways.callback is None:
            return _NOT_FOUND

        async def take(updates: Sequence[Raw]) -> None:
            for raw in updates:
                self._hearing.note(raw, Channel.APP)
            await deliver(updates)

        try:
            return await self.ways.callback.receive(query, body, take)
        except NotCommitted:
            return _NOT_YET  # the platform brings it again

    def read(self, raw: Raw) -> FromPlatform | None:
        """The event of an update."""
        return stored.read(raw)

    async def send(self, message: Rendered) -> Sent:
        """Send a message, or change a card."""
        return await self._sender.send(message)

    async def react(self, where: Address, message: str, emoji: str) -> None:
        """Nothing of the kind is possible here."""

    async def acknowledge(self, token: str, text: str | None, *, alert: bool) -> None:
        """Show an answer to a press on its card."""
        await self._sender.notice(token, text)

    async def fetch(self, ref: str, most_bytes: int) -> bytes:
        """The bytes behind a reference, as the way needs it by which it came."""
        if is_ref(ref):
            return await self._spool.fetch(ref, most_bytes)
        media = app_reading.media_of(ref)
        if self.ways.app is None or media is None:
            raise FetchNever("no_app")
        return await self.ways.app.download(media, most_bytes)

    @property
    def link(self) -> Link | None:
        """How the bot's connection stands here; None without a bot, or where another process has it."""
        return self._link if self._here and self.ways.bot is not None else None

    async def close(self) -> None:
        """Close every connection."""
        await self._spool.close()
        await self._media.close()
        if self.ways.app is not None:
            await self.ways.app.close()
        for hook in self.ways.hooks.values():
            await hook.close()

    async def _idle(self, press: Press) -> None:
        await self._sender.idle(press)

    async def _changed(self, state: State) -> None:
        """The connection is up or down: the senders are told, and of what matters to people, the admins."""
        before, self._link = self._link, state.link
        now = self._clock.now()
        self._sender.link_is(up=state.link is Link.CONNECTED)
        if state.link in _TROUBLES:
            await self._trouble(_TROUBLES[state.link], "")
        if state.link is not Link.CONNECTED:
            return
        if before in _TROUBLES:
            await self._trouble("again", "")
        away = timedelta(seconds=state.was_away_s) if state.was_away_s is not None else None
        since = now - away if away is not None else await self._liveness.since()
        if since is not None and now - since >= GAP:
            await self._trouble("gap", str(int(since.timestamp())))
        await self._lives()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            if self._link is Link.CONNECTED:
                await self._lives()

    async def _lives(self) -> None:
        await self._noted(self._liveness.lives(self._clock.now()))

    async def _noted(self, noting: Awaitable[None]) -> None:
        try:
            await noting
        except NotCommitted as fault:
            log.warning("liveness_not_noted", error=type(fault).__name__)

    async def _wrong(self, wrong: Misconfigured) -> None:
        await self._trouble("untrusted_ip" if wrong.code == _UNTRUSTED_IP else "app_refused", str(wrong.code))

    async def _trouble(self, what: str, detail: str) -> None:
        """Once in a while for each kind, as one fault meets many messages."""
        now = self._clock.monotonic()
        told = self._told.get(what)
        if self._deliver is None or (what != "gap" and told is not None and now - told < _TOLD_EVERY_S):
            return
        self._told.put(what, now)
        log.error("wecom_trouble", what=what, detail=detail)
        await committed(self._deliver, stored.trouble(what, detail, self._clock.now()))
