"""What a command works with, in the running bot or in a process of its own."""

import asyncio
import secrets
from dataclasses import dataclass
from typing import Final

from bot.app.life import Life
from bot.app.opening import Opened
from bot.chat.events import Ordered
from bot.chat.wire import write_internal
from bot.domain.people import SYSTEM
from bot.engine.clock import Clock
from bot.engine.intake import internal
from bot.engine.reading import INTERNAL
from storage import inbox_reading
from storage.inbox import InboxState

_LOOK_S: Final = 0.05
_PATIENCE_S: Final = 120.0  # three retries of an event take 71 s


class OrderFailed(Exception):
    """An order was stored but has failed; `inbox` is its number, for `wudayuan replay`."""

    def __init__(self, kept: int, error: str) -> None:
        super().__init__(f"inbox {kept}: {error}")
        self.inbox = kept
        self.error = error


@dataclass(frozen=True, slots=True)
class Desk:
    """Open parts, clock and engine."""

    open: Opened
    clock: Clock
    life: Life

    async def order(self, name: str, args: str) -> str | None:
        """Have a feature carry out `name` with `args` (JSON) as an event; None, or the key of the text that says no.

        Raises:
            OrderFailed: it was set aside, or is not done after two minutes.
        """
        event_id = f"order:{secrets.token_hex(8)}"
        now = self.clock.now()
        event = Ordered(event_id, name, args, SYSTEM, now)
        lane = f"{INTERNAL}:{event_id}"  # of its own, so that it waits for nobody
        await self.life.engine.intake.store([internal(event_id, lane, write_internal(event), self.clock)])
        deadline = self.clock.monotonic() + _PATIENCE_S
        while True:
            async with self.open.database.read() as tx:
                kept, state, error = await inbox_reading.state_of(tx, INTERNAL, event_id)
            if state is InboxState.DONE:
                return None
            if state is InboxState.REFUSED:
                return error
            if state is InboxState.SET_ASIDE or self.clock.monotonic() > deadline:
                raise OrderFailed(kept, error or "not done yet")
            await asyncio.sleep(_LOOK_S)
