"""The AI bot's long connection: one for each bot, kept up for ever, and never fought over."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from weakref import WeakValueDictionary

import structlog
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidURI

from bot.chat.platform import Lost, TryLater
from bot.platforms.wecom import frames, upload
from bot.platforms.wecom.handover import Handover
from bot.platforms.wecom.kinds import Answer, Json, Refusal
from bot.platforms.wecom.line import AGAIN_S, Intervals, Line
from bot.platforms.wecom.pauses import Pauses

log = structlog.get_logger(__name__)

URL: Final = "wss://openws.work.weixin.qq.com"
WRONG_SECRET: Final = 853000
UNKNOWN_REQ_ID: Final = 846605
MOST_WAITING: Final = 2_000  # frames that were read and not yet worked on
_TOO_OFTEN: Final = 45009
_TOO_OFTEN_S: Final = 60.0
_MOST_FRAME: Final = 4 << 20  # bytes
_SINGLE, _GROUP = 1, 2

# At its debug level the library writes whole frames, and with them the secret.
_library_log = logging.getLogger("websockets.wecom")
_library_log.setLevel(logging.WARNING)

Heard = Callable[[Json], Awaitable[None]]
Glimpsed = Callable[[Json], None]


class Clock(Protocol):
    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


class Link(StrEnum):
    """How the connection stands."""

    CONNECTED = "connected"
    AWAY = "away"  # it is being tried again
    REFUSED = "refused"  # the credentials are wrong; tried again after minutes
    KICKED = "kicked"  # another process has the bot; never tried again


@dataclass(frozen=True, slots=True)
class State:
    """`was_away_s`: seconds in which what was said to the bot did not reach us; None at the first login."""

    link: Link
    epoch: int
    was_away_s: float | None = None


Changed = Callable[[State], Awaitable[None]]

Tell = Callable[[Link, float | None], Awaitable[None]]


class BotSocket:
    """What is sent raises `TryLater` (nothing was written), `Lost` (perhaps done) or `Refusal` (the server's no)."""

    def __init__(
        self, bot_id: str, secret: str, clock: Clock, *, url: str = URL, intervals: Intervals | None = None,
        most_waiting: int = MOST_WAITING,
    ) -> None:  # fmt: skip
        self.epoch = 0  # grows with each login
        self._bot_id = bot_id
        self._secret = secret
        self._clock = clock
        self._url = url
        self._intervals = intervals or Intervals()
        self._handover = Handover(most_waiting)
        self._line: Line | None = None  # logged in
        self._alive_at: float | None = None
        self._told: Link | None = None
        self._fallen = Pauses(self._intervals.first_pause, self._intervals.longest_pause)
        self._refused = Pauses(self._intervals.first_refused, self._intervals.longest_refused)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def connected(self) -> bool:
        """Whether something can be sent now."""
        return self._line is not None and self._line.open

    def answerable(self, req_id: str) -> bool:
        """Whether a callback may still be answered: it came over this very connection, and no answer to it was lost."""
        return self._line is not None and self._line.answerable(req_id)

    async def run(self, heard: Heard, changed: Changed, *, glimpsed: Glimpsed | None = None) -> None:
        """Keep the connection up until cancelled.

        `heard` gets each callback and `changed` each change, one after the other and in the order in which they
        happened, while pings and answers go on beside them. What either raises is logged and costs that call only.
        When it is cancelled, what has come is still handed over, for a few seconds at most.
        `glimpsed` gets each callback as soon as it comes, whatever waits before it: a press has 5 s.
        """

        async def take(frame: Json) -> None:
            if glimpsed is not None:
                asyncio.get_running_loop().call_soon(glimpsed, frame)
            await self._handover.put(lambda: heard(frame))

        self._alive_at = None  # meanwhile another process may have had the bot
        making = asyncio.create_task(self._handover.run())
        keeping = asyncio.create_task(self._keep(take, changed))
        try:
            await asyncio.wait([making, keeping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])
            await self._handover.finish(self._intervals.last_calls)  # what came is not brought again
            making.cancel()
            await asyncio.wait([making])
        for task in (keeping, making):
            if not task.cancelled():
                task.result()

    async def reply(self, req_id: str, body: Mapping[str, object]) -> Answer:
        """Answer a message. Answers to one message go out one after the other, each after the one before is confirmed.

        Raises:
            TryLater, Lost, Refusal: `UNKNOWN_REQ_ID` also for a callback that is not answerable any more.
        """
        return await self._in_turn(frames.REPLY, req_id, body)

    async def welcome(self, req_id: str, body: Mapping[str, object]) -> Answer:
        """Answer somebody's entering, within 5 s. Raises as `reply`."""
        return await self._in_turn(frames.WELCOME, req_id, body)

    async def update(self, req_id: str, body: Mapping[str, object]) -> Answer:
        """Change the card whose button was pressed, within 5 s. Raises as `reply`."""
        return await self._in_turn(frames.UPDATE, req_id, body)

    async def push(self, chat: str, single: bool, body: Mapping[str, object]) -> Answer:
        """Write into a chat, which works once somebody has written to the bot there.

        Raises:
            TryLater, Lost, Refusal: see the class.
        """
        where = {"chatid": chat, "chat_type": _SINGLE if single else _GROUP}  # without it the server guesses
        return _taken(await self._open_line().ask(frames.PUSH, {**where, **body}))

    async def upload(self, kind: upload.Kind, data: bytes, name: str) -> str:
        """The media id of a picture or file, good for three days.

        Raises:
            TryLater, NeverWill, Refusal: it is not there.
        """
        line = self._open_line()

        async def ask(cmd: str, body: Mapping[str, object]) -> Answer:
            return _taken(await line.ask(cmd, body))

        return await upload.upload(ask, kind, data, name, again_s=self._intervals.chunk_again)

    async def _in_turn(self, cmd: str, req_id: str, body: Mapping[str, object]) -> Answer:
        turn = self._turns.setdefault(req_id, asyncio.Lock())
        async with turn:
            line = self._open_line()
            if not line.answerable(req_id):
                raise Refusal(UNKNOWN_REQ_ID, "not answerable any more")
            answered = False
            try:
                answer = await line.ask(cmd, body, req_id=req_id)
                answered = True
            finally:
                if not answered:
                    line.give_up(req_id)
        return _taken(answer)

    def _open_line(self) -> Line:
        if self._line is None:
            raise TryLater(AGAIN_S, "not connected", chat_only=False)
        return self._line

    async def _keep(self, take: Heard, changed: Changed) -> None:
        async def tell(link: Link, was_away_s: float | None) -> None:
            self._told = link
            state = State(link, self.epoch, was_away_s)
            await self._handover.put(lambda: changed(state))

        while True:
            link, pause_s = await self._once(take, tell)
            if link is Link.AWAY and self._told is Link.REFUSED:
                link = Link.REFUSED  # it is so until a login works
            if link is not self._told:
                await tell(link, None)
            if link is Link.KICKED:
                log.error("bot_taken_by_another_process")
                await asyncio.Event().wait()
            log.warning("line_down", link=link.value, again_s=round(pause_s, 1))
            await asyncio.sleep(pause_s)

    async def _once(self, take: Heard, tell: Tell) -> tuple[Link, float]:
        """Connect, log in and stay while it lasts; returns how it stands then, and seconds until the next try."""
        opening = connect(
            self._url, open_timeout=self._intervals.opening, close_timeout=self._intervals.closing, ping_interval=None,
            compression=None, max_size=_MOST_FRAME, proxy=None, logger=_library_log,
        )  # fmt: skip
        try:
            async with opening as connection:
                return await self._live(Line(connection, self._intervals, take, self._lives), tell)
        except (OSError, InvalidHandshake, InvalidURI) as fault:  # their texts hold the address
            log.warning("not_reached", error=type(fault).__name__)
        return Link.AWAY, self._fallen.longer()

    async def _live(self, line: Line, tell: Tell) -> tuple[Link, float]:
        tasks = [asyncio.create_task(line.read())]
        try:
            answer = await line.ask(frames.SUBSCRIBE, {"bot_id": self._bot_id, "secret": self._secret})
            if answer.code != 0:
                return self._not_let_in(answer)
            await self._let_in(line, tell)
            tasks.append(asyncio.create_task(line.ping()))
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
        except (Lost, TryLater) as fault:
            log.warning("no_login", error=type(fault).__name__)
        finally:
            self._line = None
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        return (Link.KICKED, 0.0) if line.kicked else (Link.AWAY, self._fallen.longer())

    async def _let_in(self, line: Line, tell: Tell) -> None:
        self._fallen.forget()
        self._refused.forget()
        now = self._clock.monotonic()
        was_away_s = None if self._alive_at is None else now - self._alive_at
        self.epoch += 1
        self._line, self._alive_at = line, now
        log.info("line_up", epoch=self.epoch, was_away_s=None if was_away_s is None else round(was_away_s, 1))
        await tell(Link.CONNECTED, was_away_s)

    def _not_let_in(self, answer: Answer) -> tuple[Link, float]:
        """The server leaves such a connection open; it is closed by us."""
        log.error("login_refused", code=answer.code)
        if answer.code == WRONG_SECRET:
            return Link.REFUSED, self._refused.longer()
        return Link.AWAY, self._refused.longer() if _too_often(answer) else self._fallen.longer()

    def _lives(self) -> None:
        if self._line is not None:
            self._alive_at = self._clock.monotonic()


def _taken(answer: Answer) -> Answer:
    """An answer that is a yes.

    Raises:
        TryLater: the server wants us to be slower.
        Refusal: it said no.
    """
    if answer.code == 0:
        return answer
    if _too_often(answer):
        raise TryLater(_TOO_OFTEN_S, "frequency")
    raise Refusal(answer.code, answer.message)


def _too_often(answer: Answer) -> bool:
    return answer.code == _TOO_OFTEN or "freq" in answer.message.lower()
