"""What became of a message: sent, put back, doubtful or given up; a failed delivery becomes an event."""

import secrets
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from bot.chat.events import Address, Migrated, NotDelivered, Platform
from bot.chat.platform import NeverWill, Sent
from bot.chat.wire import write_internal
from bot.engine.clock import Clock
from bot.engine.reading import INTERNAL
from storage import inbox, outbox, said
from storage.database import Tx
from storage.inbox import Arrival
from storage.outbox import Queued

_RETRIES_S: Final = (1, 4, 15, 60, 300, 900)
_HOURLY: Final = 24
_GROUP_WAIT: Final = timedelta(minutes=5)  # a group message perhaps sent: an admin may say that it is there
_MOVING: Final = timedelta(seconds=1)  # until the event that renames the chat has been worked off


Note = Callable[[Tx], Coroutine[Any, Any, None]]
"""What is written down of one send, in a transaction of the courier's."""


@dataclass(slots=True)
class Settler:
    """Says how the outcome of a send is noted. `wake` is told the lane of an event, perhaps from the database's thread."""

    clock: Clock
    wake: Callable[[str], object]

    def sent(self, queued: Queued, sent: Sent, pictures: int = 0) -> Note:
        """The platform took it; from now on a quote of it, or of a picture of it, finds its case."""

        async def note(tx: Tx) -> None:
            await outbox.sent(tx, queued.id, sent.message, self.clock.now(), pictures)
            if queued.case_id is None:
                return
            for message in filter(None, (sent.message, *sent.also)):
                await said.note(tx, queued.platform, queued.chat, message, queued.case_id)

        return note

    def back(self, queued: Queued, wait: timedelta, reason: str) -> Note:
        """Surely not sent: it waits, and the try does not count."""
        return lambda tx: self.put_back(tx, queued, wait, reason)

    async def put_back(self, tx: Tx, queued: Queued, wait: timedelta, reason: str) -> None:
        """As `back`, at once."""
        at = self.clock.now() + wait
        await outbox.put_back(tx, queued.id, at, counts=False, state=queued.state, reason=reason)

    def lost(self, queued: Queued, *, edited: bool) -> Note:
        """The answer was lost. An edit may be repeated; a personal message once; a group is asked about."""
        if edited:
            return self.failed(queued, "lost")
        if queued.state == "unknown":
            return lambda tx: self._give_up(tx, queued, "lost")
        return lambda tx: self.doubt(tx, [queued])

    async def doubt(self, tx: Tx, doubtful: Sequence[Queued]) -> None:
        """Perhaps sent: a personal message goes once more, a group message only if no admin says that it is there."""
        now = self.clock.now()
        for queued in doubtful:
            wait = timedelta() if queued.private else _GROUP_WAIT
            await outbox.put_back(tx, queued.id, now + wait, counts=True, state="unknown", reason="lost")
            if not queued.private:
                await self._tell(tx, queued, "unclear")

    def vanished(self, queued: Queued, message: str) -> Note:
        """The message that should be changed is gone: a mere change is dropped, anything else goes as a new message."""

        async def note(tx: Tx) -> None:
            await outbox.forget(tx, queued.platform, queued.chat, message)
            if queued.only_edit:
                await outbox.end(tx, queued.id, "dropped", "nothing to edit")
            else:
                await self.put_back(tx, queued, timedelta(), "nothing to edit")

        return note

    def unchanged(self, queued: Queued) -> Note:
        """A mere change that cannot be made now; what stands there may be changed another time."""
        return lambda tx: outbox.end(tx, queued.id, "dropped", "nothing to edit")

    def elsewhere(self, queued: Queued, to: str) -> Note:
        """The chat has another id: that becomes an event, which sends on what waits for the old one."""

        async def note(tx: Tx) -> None:
            now, old = self.clock.now(), Address(Platform(queued.platform), queued.chat, queued.private)
            # One for each message: another one was perhaps under way while the first event took along what waited.
            event = Migrated(f"moved:{queued.id}:{queued.chat}:{to}", old, to, now)
            await self.put_back(tx, queued, _MOVING, "moved")
            await self._happens(tx, event, f"{INTERNAL}:moved:{queued.platform}:{queued.chat}")

        return note

    def never(self, queued: Queued, never: NeverWill) -> Note:
        """It cannot be sent like this; its topic goes on."""

        async def note(tx: Tx) -> None:
            await outbox.end(tx, queued.id, "dead", never.reason)
            await self._tell(tx, queued, "unreachable" if never.unreachable else "refused")

        return note

    def failed(self, queued: Queued, reason: str) -> Note:
        """Something broke: tried again after 1, 4, 15, 60, 300, 900 s, then hourly for a day, then given up."""
        if queued.tries >= len(_RETRIES_S) + _HOURLY:
            return lambda tx: self._give_up(tx, queued, reason)
        wait = _RETRIES_S[queued.tries] if queued.tries < len(_RETRIES_S) else 3600
        jitter = 0.9 + secrets.randbelow(21) / 100
        at = self.clock.now() + timedelta(seconds=wait * jitter)
        return lambda tx: outbox.put_back(tx, queued.id, at, counts=True, state=queued.state, reason=reason)

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
