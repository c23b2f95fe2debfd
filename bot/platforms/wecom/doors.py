"""What has to outlive a restart: where the AI bot may write, and when it was last connected."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

BOT: Final = "bot"
_LIVE_EVERY: Final = timedelta(seconds=30)


class Doors(Protocol):
    """Where it is kept. What cannot be written now is written with the next of its kind."""

    async def known(self) -> Mapping[str, frozenset[str]]:
        """The open ways of every chat."""
        ...

    async def opened(self, chat: str, door: str, at: datetime) -> None: ...

    async def shut(self, chat: str, door: str) -> None: ...

    async def last_live(self) -> datetime | None:
        """When the long connection was last known to be up."""
        ...

    async def live(self, at: datetime) -> None: ...


class OpenChats:
    """The chats in which somebody has written to the AI bot, so that it may write there."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._heard: set[str] = set()
        self._kept: set[str] | None = None

    def forget(self) -> None:
        """Look anew: another process may have heard and been refused since."""
        self._heard.clear()
        self._kept = None

    async def has(self, chat: str) -> bool:
        """Whether the bot may write there."""
        return chat in self._heard or chat in await self._loaded()

    def heard(self, chat: str) -> None:
        """Somebody writes there now."""
        self._heard.add(chat)

    async def keep(self, at: datetime) -> None:
        """Have it known after a restart, too, where somebody has written, also what could not be kept before."""
        kept = await self._loaded()
        for chat in sorted(self._heard - kept):
            await self._doors.opened(chat, BOT, at)
            kept.add(chat)

    async def remove(self, chat: str) -> None:
        """The bot was refused there."""
        self._heard.discard(chat)
        await self._doors.shut(chat, BOT)
        (await self._loaded()).discard(chat)

    async def _loaded(self) -> set[str]:
        if self._kept is None:
            known = await self._doors.known()
            self._kept = {chat for chat, ways in known.items() if BOT in ways}
        return self._kept


class Liveness:
    """Notes now and then that the connection is up, so that a gap is known also after a restart."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._noted: datetime | None = None

    async def lives(self, now: datetime) -> None:
        """The connection is up."""
        if self._noted is None or now - self._noted >= _LIVE_EVERY:
            await self._doors.live(now)
            self._noted = now

    async def since(self) -> datetime | None:
        """When it was last known to be up, in whichever process; None if it never was."""
        return await self._doors.last_live()

    async def ends(self, now: datetime) -> None:
        """The connection is given up now, while it was up."""
        await self._doors.live(now)
        self._noted = now
