"""What became of a message: sent, put back, doubtful or given up; a failed delivery becomes an event."""

import secrets
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog

from bot.chat.events import Address, Migrated, NotDelivered, Platform
from bot.chat.platform import NeverWill, Sent
from bot.chat.wire import write_internal
from bot.engine.clock import Clock
from bot.engine.reading import INTERNAL
from storage import inbox, outbox, said
from storage.database import Database, Retry, Tx
from storage.inbox import Arrival
from storage.outbox import Queued

log = structlog.get_logger(__name__)

_RETRIES_S: Final = (1, 4, 15, 60, 300, 900)
_HOURLY: Final = 24
_GROUP_WAIT: Final = timedelta(minutes=5)  # a group message perhaps sent: an admin may say that it is there
_MOVING: Final = timedelta(seconds=1)  # until the event that renames the chat has been worked off
_TRIES: Final = 3


@dataclass(slots=True)
class Settler:
    """Notes the outcome of a send. `wake` is told the lane of an event, perhaps from the database's own thread."""

    database: Database
    clock: Clock
    wake: Callable[[str], object]

    async def sent(self, queued: Queued, sent: Sent, pictures: int = 0) -> None:
        """The platform took it; from now on a quote of it, or of a picture of it, finds its case."""

        async def body(tx: Tx) -> None:
            await outbox.sent(tx, queued.id, sent.message, self.clock.now(), pictures)
            if queued.case_id is None:
                return
            for message in filter(None, (sent.message, *sent.also)):
                await said.note(tx, queued.platform, queued.chat, message, queued.case_id)

        await self._noted(body)

    async def back(self, queued: Queued, wait: timedelta, reason: str) -> None:
        """Surely not sent: it waits, and the try does not count."""
        await self._noted(lambda tx: self.put_back(tx, queued, wait, reason))

    async def put_back(self, tx: Tx, queued: Queued, wait: timedelta, reason: str) -> None:
        """As `back`, in a transaction of the caller's."""
        at = self.clock.now() + wait
        await outbox.put_back(tx, queued.id, at, counts=False, state=queued.state, reason=reason)

    async def lost(self, queued: Queued, *, edited: bool) -> None:
        """The answer was lost. An edit may be repeated; a personal message once; a group is asked about."""
        if edited:
            await self.failed(queued, "lost")
        elif queued.state == "unknown":
            await self._noted(lambda tx: self._give_up(tx, queued, "lost"))
        else:
            await self._noted(lambda tx: self.doubt(tx, [queued]))

    async def doubt(self, tx: Tx, doubtful: Sequence[Queued]) -> None:
        """Perhaps sent: a personal message goes once more, a group message only if no admin says that it is there."""
        now = self.clock.now()
        for queued in doubtful:
            wait = timedelta() if queued.private else _GROUP_WAIT
            await outbox.put_back(tx, queued.id, now + wait, counts=True, state="unknown", reason="lost")
            if not queued.private:
                await self._tell(tx, queued, "unclear")

    async def vanished(self, queued: Queued, message: str) -> None:
        """The message that should be changed is gone: a mere change is dropped, anything else goes as a new message."""

        async def body(tx: Tx) -> None:
            await outbox.forget(tx, queued.platform, queued.chat, message)
            if queued.only_edit:
                await outbox.end(tx, queued.id, "dropped", "nothing to edit")
            else:
                await self.put_back(tx, queued, timedelta(), "nothing to edit")

        await self._noted(body)

    async def elsewhere(self, queued: Queued, to: str) -> None:
        """The chat has another id: that becomes an event, which sends on what waits for the old one."""

        async def body(tx: Tx) -> None:
            now, old = self.clock.now(), Address(Platform(queued.platform), queued.chat, queued.private)
            # One for each message: another one was perhaps under way while the first event took along what waited.
            event = Migrated(f"moved:{queued.id}:{queued.chat}:{to}", old, to, now)
            await self.put_back(tx, queued, _MOVING, "moved")
            await self._happens(tx, event, f"{INTERNAL}:moved:{queued.platform}:{queued.chat}")

        await self._noted(body)

    async def never(self, queued: Queued, never: NeverWill) -> None:
        """It cannot be sent like this; its topic goes on."""

        async def body(tx: Tx) -> None:
            await outbox.end(tx, queued.id, "dead", never.reason)
            await self._tell(tx, queued, "unreachable" if never.unreachable else "refused")

        await self._noted(body)

    async def failed(self, queued: Queued, reason: str) -> None:
        """Something broke: tried again after 1, 4, 15, 60, 300, 900 s, then hourly for a day, then given up."""
        if queued.tries >= len(_RETRIES_S) + _HOURLY:
            await self._noted(lambda tx: self._give_up(tx, queued, reason))
            return
        wait = _RETRIES_S[queued.tries] if queued.tries < len(_RETRIES_S) else 3600
        jitter = 0.9 + secrets.randbelow(21) / 100
        at = self.clock.now() + timedelta(seconds=wait * jitter)
        await self._noted(lambda tx: outbox.put_back(tx, queued.id, at, counts=True, state=queued.state, reason=reason))

    async def _give_up(self, tx: Tx, queued: Queued, reason: str) -> None:
        await outbox.end(tx, queued.id, "dead", reason)
        await self._tell(tx, queued, "tired")

    async def _tell(self, tx: Tx, queued: Queued, reason: str) -> None:
        """Make an event of a delivery that failed: what follows is decided where everything is."""
        now = self.clock.now()
        event = NotDelivered(f"outbox:{queued.id}:{reason}:{queued.tries}", queued.id, reason, now)
        await self._happens(tx, event, f"{INTERNAL}:outbox:{queued.id}")

    async def _happens(self, tx: Tx, event: Migrated | NotDelivered, lane: str) -> None:
        await inbox.add(tx, [Arrival(INTERNAL, event.event_id, lane, write_internal(event), event.at)])
        self.wake(lane)

    async def _noted(self, body: Callable[[Tx], Coroutine[Any, Any, None]]) -> None:
        """One transaction, begun anew while the database is away: an outcome that is not noted is sent again."""
        for last in (False,) * (_TRIES - 1) + (True,):
            try:
                await self.database.apply(body)
            except Retry as fault:
                if last:
                    raise
                log.warning("outcome_not_noted", error=type(fault).__name__)
            else:
                return
