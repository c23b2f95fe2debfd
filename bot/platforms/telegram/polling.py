"""Our own loop over getUpdates: updates are committed before the offset moves, and no fault of the line ends it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from telegram.error import Conflict, EndPointNotFound, InvalidToken, TelegramError

from bot.platforms.telegram.api import Api
from bot.platforms.telegram.ids import table

log = structlog.get_logger(__name__)

KINDS: Final = ("message", "edited_message", "callback_query", "my_chat_member")
WAIT_S: Final = 30
_WAITS_S: Final = (1, 2, 4, 8, 16, 30)
_TOKEN_S: Final = 60.0
_OUTAGE_S: Final = 300.0
_PROVEN: Final = 3

Take = Callable[[Sequence[object]], Awaitable[None]]
Report = Callable[[str, str], Awaitable[None]]


class Clock(Protocol):
    def monotonic(self) -> float: ...


@dataclass(slots=True)
class Poller:
    """`take` returns after the commit; `report` is told what is wrong with the line, in words of this package."""

    api: Api
    clock: Clock
    take: Take
    report: Report
    wait_s: int = WAIT_S
    hung_s: float = 20.0  # beyond the wait: then the connection is thrown away
    heard_at: float | None = None  # monotonic instant of the last good answer
    offset: int | None = None
    _faults: int = 0
    _reported: str = ""

    async def run(self) -> None:
        """Receive until cancelled."""
        while True:
            pause = await self.once(self.wait_s)
            if pause:
                await asyncio.sleep(pause)

    async def once(self, wait_s: int) -> float:
        """Ask once; returns how many seconds to wait before the next time."""
        try:
            async with asyncio.timeout(wait_s + self.hung_s):
                updates = await self.api.updates(self.offset, wait_s, KINDS)
        except TimeoutError:
            await self.api.renew()
            return self._failed("hung")
        except TelegramError as fault:
            return await self._faulty(fault)
        await self._good()
        if updates:
            await self.take(updates)
            self.offset = _after(updates, self.offset)
        return 0.0

    async def _faulty(self, fault: TelegramError) -> float:
        match fault:
            case InvalidToken() | EndPointNotFound():  # also what the gate of a network answers to everything
                self._failed("token")
                await self._report("token", "")
                return _TOKEN_S
            case Conflict():
                pause = self._failed("conflict")
                webhook = "webhook" in fault.message.lower()
                if webhook:
                    await self._drop_webhook()
                if self._faults >= _PROVEN:  # one alone is the end of our own earlier wait
                    await self._report("webhook" if webhook else "conflict", "")
                return pause
            case _:
                return self._failed(type(fault).__name__)

    def _failed(self, why: str) -> float:
        pause = float(_WAITS_S[min(self._faults, len(_WAITS_S) - 1)])
        self._faults += 1
        log.warning("updates_failed", error=why, again_s=pause)
        return pause

    async def _good(self) -> None:
        now, before = self.clock.monotonic(), self.heard_at
        self.heard_at = now
        if not self._faults:
            return
        self._faults = 0
        if self._reported:
            await self._report("again", "")
        if before is not None and now - before >= _OUTAGE_S:
            await self.report("outage", str(round((now - before) / 60)))

    async def _report(self, what: str, detail: str) -> None:
        """Once for a run of faults of one kind."""
        if what == self._reported:
            return
        self._reported = "" if what == "again" else what
        await self.report(what, detail)

    async def _drop_webhook(self) -> None:
        """The settings say that updates are fetched; those that wait are kept."""
        try:
            await self.api.call("deleteWebhook", {"drop_pending_updates": False})
        except TelegramError as fault:
            log.warning("webhook_not_dropped", error=type(fault).__name__)


def _after(updates: Sequence[object], offset: int | None) -> int | None:
    """The offset that confirms `updates`. Ids begin anew at random after a quiet week, so only this batch counts."""
    ids = [number for update in updates if isinstance(number := table(update).get("update_id"), int)]
    return max(ids) + 1 if ids else offset
