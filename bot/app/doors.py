"""What WeCom's adapter has to remember over a restart, kept in the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.chat.events import Platform
from bot.domain.times import read, stored
from bot.engine.clock import Clock
from storage import doors, notes
from storage.database import Database

WECOM_LIVE: Final = "wecom.live"  # the note with the instant at which the AI bot was last known to be connected


@dataclass(frozen=True, slots=True)
class StoredDoors:
    """See `bot.platforms.wecom.doors.Doors`."""

    database: Database
    clock: Clock

    async def known(self) -> Mapping[str, frozenset[str]]:
        """The open ways of every chat."""
        async with self.database.read() as tx:
            return await doors.list_open(tx, Platform.WECOM)

    async def opened(self, chat: str, door: str, at: datetime) -> None:
        """Somebody wrote there."""
        async with self.database.write() as tx:
            await doors.open_up(tx, Platform.WECOM, chat, door, at)

    async def shut(self, chat: str, door: str) -> None:
        """This way was refused."""
        async with self.database.write() as tx:
            await doors.shut(tx, Platform.WECOM, chat, door)

    async def last_live(self) -> datetime | None:
        """When the connection was last known to be up."""
        async with self.database.read() as tx:
            found = await notes.find(tx, WECOM_LIVE)
        return read(found) if found else None

    async def live(self, at: datetime) -> None:
        """The connection is up."""
        async with self.database.write() as tx:
            await notes.put(tx, WECOM_LIVE, stored(at))
