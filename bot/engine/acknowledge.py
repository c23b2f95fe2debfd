"""The fast lane: a press is answered at once; what missed its time becomes a message."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog

from bot.chat.feature import Town
from bot.chat.messages import Acknowledge, Outgoing, Text
from bot.chat.platform import Lost, NeverWill, PlatformAdapter, TryLater
from bot.chat.texts import Texts
from bot.engine.queue import queue
from storage import members
from storage.database import Database

log = structlog.get_logger(__name__)

_WITHIN_S: Final = 5.0


@dataclass(slots=True)
class Acknowledger:
    """Answers presses beside the paced outbox. `committed` is called when it had to queue a message."""

    database: Database
    platforms: Mapping[str, PlatformAdapter]
    texts: Texts
    town: Town
    committed: Callable[[], None]
    _running: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def start(self, acknowledgement: Acknowledge) -> None:
        """Answer in a task of its own: a slow platform never holds a lane."""
        task = asyncio.create_task(self._answer(acknowledgement))
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def drain(self) -> None:
        """Wait for what is under way."""
        while self._running:
            await asyncio.wait(self._running)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("acknowledge_failed", error=type(fault).__name__, exc_info=fault)

    async def _answer(self, acknowledgement: Acknowledge) -> None:
        press = acknowledgement.to
        platform = self.platforms.get(press.where.platform)
        text = acknowledgement.text
        if platform is None or not press.token:
            if text is not None:
                await self._as_message(acknowledgement, text)
            return
        try:
            shown = await self._shown(acknowledgement, text) if text else None
            await asyncio.wait_for(platform.acknowledge(press.token, shown, alert=acknowledgement.alert), _WITHIN_S)
        except (TimeoutError, TryLater, Lost, NeverWill) as fault:
            log.info("acknowledge_missed", error=type(fault).__name__)
            if text is not None:
                await self._as_message(acknowledgement, text)

    async def _shown(self, acknowledgement: Acknowledge, text: Text) -> str:
        press = acknowledgement.to
        async with self.database.read() as tx:
            member = await members.by_account(tx, press.where.platform, press.sender)
        language = member.language if member else self.town.language
        return self.texts.render(text, language, press.at)

    async def _as_message(self, acknowledgement: Acknowledge, text: Text) -> None:
        press = acknowledgement.to
        async with self.database.write() as tx:
            member = await members.by_account(tx, press.where.platform, press.sender)
            if member is not None:
                once = f"ack:{press.where.platform}:{press.event_id}"
                await queue(tx, Outgoing(member.id, text, once=once), press, self.town)
        self.committed()
