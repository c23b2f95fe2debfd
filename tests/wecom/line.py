"""A bot's connection to the peer, with intervals of hundredths of a second."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from bot.platforms.wecom.line import Intervals
from bot.platforms.wecom.socket import BotSocket, Link, State
from tests.wecom.bot_peer import SECRET, BotPeer

Json = dict[str, Any]

QUICK: Final = Intervals(
    ping=0.08, answer=0.3, opening=1.0, closing=0.02, first_pause=0.01, longest_pause=0.04, first_refused=0.1,
    longest_refused=0.4, chunk_again=0.001,
)  # fmt: skip


@dataclass
class Clock:
    """The machine's clock, moved by hand as well."""

    ahead_s: float = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead_s


@dataclass
class Bot:
    """What came over the connection. `before`: awaited at the start of each callback."""

    socket: BotSocket
    clock: Clock
    heard: list[Json] = field(default_factory=list[Json])
    states: list[State] = field(default_factory=list[State])
    before: Callable[[Json], Awaitable[None]] | None = None
    glimpsed: list[Any] = field(default_factory=list[Any])
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def links(self) -> list[Link]:
        return [state.link for state in self.states]

    @property
    def texts(self) -> list[str]:
        return [frame["body"]["text"]["content"] for frame in self.heard]

    def req_id(self, number: int = -1) -> str:
        return self.heard[number]["headers"]["req_id"]

    async def hears(self, number: int) -> None:
        """Wait until so many callbacks have come."""
        await self.until(lambda: len(self.heard) >= number)

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def take(self, frame: Any) -> None:
        if self.before is not None:
            await self.before(frame)
        self.heard.append(frame)
        self._changed.set()

    def glimpse(self, frame: Any) -> None:
        self.glimpsed.append(frame)
        self._changed.set()

    async def change(self, state: State) -> None:
        self.states.append(state)
        self._changed.set()


@asynccontextmanager
async def running(
    peer: BotPeer, *, secret: str = SECRET, intervals: Intervals = QUICK, wait: bool = True, most_waiting: int = 2000
) -> AsyncIterator[Bot]:
    """A bot that is logged in, or with `wait` unset may be about to."""
    clock = Clock()
    socket = BotSocket(peer.bot_id, secret, clock, url=peer.url, intervals=intervals, most_waiting=most_waiting)
    bot = Bot(socket, clock)
    task = asyncio.create_task(socket.run(bot.take, bot.change, glimpsed=bot.glimpse))
    try:
        if wait:
            await bot.until(lambda: Link.CONNECTED in bot.links)
        yield bot
        assert not task.done(), "it ends only when it is cancelled"
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()
