"""One connection of the AI bot, from its opening to its end: what is asked over it, and what comes."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State as Phase

from bot.chat.platform import Lost, TryLater
from bot.platforms.wecom import frames
from bot.platforms.wecom.kinds import Answer, Json

log = structlog.get_logger(__name__)

_REMEMBERED: Final = 10_000  # callbacks that may be answered; a reply is possible for a day
_SILENT_PINGS: Final = 2
AGAIN_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Intervals:
    """Seconds. An answer took 0.24 to 0.46 s when measured; late ones have been seen after six."""

    ping: float = 30.0
    answer: float = 20.0
    opening: float = 10.0
    closing: float = 2.0
    first_pause: float = 1.0
    longest_pause: float = 30.0
    first_refused: float = 60.0
    longest_refused: float = 600.0
    chunk_again: float = 0.5
    last_calls: float = 5.0  # for what has come when we are told to end


class Line:
    """`take` gets each callback in order, `alive` is told that something came."""

    def __init__(
        self, connection: ClientConnection, intervals: Intervals, take: Callable[[Json], Awaitable[None]],
        alive: Callable[[], None],
    ) -> None:  # fmt: skip
        self.kicked = False
        self._connection = connection
        self._intervals = intervals
        self._take = take
        self._alive = alive
        self._frames = 0
        self._taking = False
        self._asked: dict[str, asyncio.Future[Answer | None]] = {}  # None: the connection ended
        self._answerable: dict[str, None] = {}

    @property
    def open(self) -> bool:
        """Whether something can be written."""
        return not self.kicked and self._connection.state is Phase.OPEN

    def answerable(self, req_id: str) -> bool:
        """Whether it belongs to a callback that came over this connection and may still be answered."""
        return req_id in self._answerable

    def give_up(self, req_id: str) -> None:
        """Answer nothing more to it: a late answer of the server could not be told from the next one's."""
        self._answerable.pop(req_id, None)

    async def ask(
        self, cmd: str, body: Mapping[str, object] | None, *, req_id: str = "", wait_s: float | None = None
    ) -> Answer:
        """What the server says to a request, which has a new id unless one is given.

        Raises:
            TryLater: nothing was written.
            Lost: it was written, and no answer came in time.
        """
        if not self.open:
            raise TryLater(AGAIN_S, "not connected", chat_only=False)
        own = req_id or f"{cmd}_{secrets.token_hex(8)}"
        answer = self._asked[own] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._intervals.answer if wait_s is None else wait_s):
                await self._connection.send(frames.write(cmd, own, body))
                said = await answer
        except TimeoutError:
            raise Lost("no answer") from None
        except ConnectionClosed:
            raise Lost("connection") from None
        finally:
            del self._asked[own]
        if said is None:
            raise Lost("connection")
        return said

    async def read(self) -> None:
        """Take in what comes until the connection ends or another one has taken its place."""
        try:
            while not self.kicked:
                await self._came(await self._connection.recv(decode=False))
        except ConnectionClosed as end:
            log.info("line_ended", code=end.rcvd.code if end.rcvd else None)
        finally:
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_result(None)

    async def ping(self) -> None:
        """Ask at intervals whether the server is there; returns when it was silent twice."""
        loop, half = asyncio.get_running_loop(), self._intervals.ping / 2
        silent = 0
        while True:
            await asyncio.sleep(half)
            asked_at = loop.time()
            silent = 0 if await self._there(half) else silent + 1
            if silent == _SILENT_PINGS:
                log.warning("line_silent")
                return
            await asyncio.sleep(asked_at + half - loop.time())

    async def _there(self, wait_s: float) -> bool:
        """Whether anything comes within so many seconds of a ping."""
        before = self._frames
        try:
            await self.ask(frames.PING, None, wait_s=wait_s)
        except (Lost, TryLater):
            # While nothing is read because too much waits to be worked on, silence means nothing.
            return self._frames > before or self._taking
        return True

    async def _came(self, raw: bytes) -> None:
        self._frames += 1
        self._alive()
        frame = frames.parse(raw)
        if frame is None:
            log.warning("frame_unreadable", bytes=len(raw))
        elif frames.ends_it(frame):
            self.kicked = True
        elif frame.get("cmd") in (frames.MESSAGE, frames.EVENT):
            await self._hand_over(frame)
        elif (answer := frames.answer_of(frame)) is not None:
            waiting = self._asked.get(frames.req_id_of(frame))
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)

    async def _hand_over(self, frame: Json) -> None:
        if req_id := frames.req_id_of(frame):
            self._answerable[req_id] = None
            if len(self._answerable) > _REMEMBERED:
                del self._answerable[next(iter(self._answerable))]
        self._taking = True
        try:
            await self._take(frame)
        finally:
            self._taking = False
