"""What came is committed first, and then known: how to answer it, who used which way, which press waits."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

import structlog

from bot.chat.events import FromPerson, Incoming, Pressed
from bot.chat.platform import Deliver, NotCommitted, Raw, TryLater
from bot.platforms.wecom import frames, reading, stored
from bot.platforms.wecom.app_api import AppApi
from bot.platforms.wecom.doors import OpenChats
from bot.platforms.wecom.kinds import Channel, Json, Refusal
from bot.platforms.wecom.memory import Memory
from bot.platforms.wecom.presses import OpenPresses, Press
from bot.platforms.wecom.spool import Spool
from bot.platforms.wecom.userids import is_encrypted, userid_of, with_userid

log = structlog.get_logger(__name__)

_AGAIN_S: Final = 1.0
_PLAIN_S: Final = 2.0


class Clock(Protocol):
    def now(self) -> datetime: ...


class Hearing:
    """`req_ids` are those of messages, `written` how the platform writes a chat, `last` the way somebody used last."""

    def __init__(
        self, clock: Clock, names: Sequence[str], app: AppApi | None, chats: OpenChats, presses: OpenPresses,
        spool: Spool,
    ) -> None:  # fmt: skip
        self.req_ids: Memory[str] = Memory()
        self.written: Memory[str] = Memory()
        self.last: Memory[Channel] = Memory()
        self._clock = clock
        self._names = names
        self._app = app
        self._chats = chats
        self._presses = presses
        self._spool = spool
        self._plain: Memory[str] = Memory()

    async def heard(self, deliver: Deliver, frame: Json) -> None:
        """Something came over the bot's connection, which never brings it again: it is kept until it is committed.

        How it can be answered is known before that: work on it may begin with the commit, and a press is answered in
        time also while the database is slow.
        """
        frame = await self._identified(frame)
        raw = reading.raw_of(frame, self._clock.now(), self._names)
        event = self.note(raw, Channel.BOT)
        if event is not None:
            self._answerable(event, frame)
        await committed(deliver, raw)
        self._spool.take_in(reading.media_in(frame))
        if event is not None:
            await self._persist()

    def glimpse(self, frame: Json) -> None:
        """A frame has come and may wait for others: a press is answered in time all the same."""
        if reading.press_in(frame) is not None:
            self.note(reading.raw_of(frame, self._clock.now(), self._names), Channel.BOT)

    def note(self, raw: Raw, channel: Channel) -> FromPerson | None:
        """What is to be known of what comes: who used which way, and which press waits."""
        try:
            event = stored.read(raw)
        except (ValueError, LookupError, TypeError):
            return None  # it is set aside where it is worked on
        if not isinstance(event, FromPerson):
            return None
        if event.where.private:
            self.last.put(event.sender, channel)
        if isinstance(event, Pressed) and event.token:
            self._presses.opened(Press(event.token, event.message, event.sender, event.where.private))
        return event

    async def _identified(self, frame: Json) -> Json:
        """With the plain id of who speaks, where the bot gets encrypted ones and the app knows better."""
        sender = userid_of(frame)
        if self._app is None or not is_encrypted(sender):
            return frame
        plain = self._plain.get(sender)
        if plain is None:
            try:
                plain = (await asyncio.wait_for(self._app.plain_ids([sender]), _PLAIN_S)).get(sender)
            except (TimeoutError, TryLater, Refusal) as fault:
                log.warning("id_not_plain", error=type(fault).__name__)
        if plain is None:
            return frame
        self._plain.put(sender, plain)
        return with_userid(frame, plain)

    def _answerable(self, event: FromPerson, frame: Json) -> None:
        self.written.put(event.where.chat, userid_of(frame) if event.where.private else event.where.chat)
        entered = isinstance(event, Incoming) and event.message.startswith(reading.WELCOME)
        if isinstance(event, Incoming) and not entered:
            self.req_ids.put(event.message, frames.req_id_of(frame))
        if not entered:  # to enter is not to write
            self._chats.heard(event.where.chat)

    async def _persist(self) -> None:
        try:
            await self._chats.keep(self._clock.now())
        except NotCommitted as fault:
            log.warning("chat_not_noted", error=type(fault).__name__)  # noted when the next one writes, wherever


async def committed(deliver: Deliver, raw: Raw) -> None:
    """Have it committed, however long that takes: it is never brought again."""
    while True:
        try:
            return await deliver([raw])
        except NotCommitted as fault:
            log.warning("frame_waits", error=type(fault).__name__)
            await asyncio.sleep(_AGAIN_S)
