"""Messages sent call by call: what was done of a message in several parts is not done again."""

from typing import Any, Final, Protocol

import structlog

from bot.chat.events import Address
from bot.chat.platform import NeverWill, Rendered, Sent, TryLater
from bot.platforms.telegram import writing
from bot.platforms.telegram.api import Api, Call
from bot.platforms.telegram.ids import items, of_message, table
from bot.platforms.telegram.writing import Plan

log = structlog.get_logger(__name__)

_MOST_PARTLY: Final = 200
_FLOOD_S: Final = 60.0
_CHATS_FOR_ALL: Final = 3  # so many chats told to wait at once: it is the bot that is too fast, not a chat

_Shown = tuple[str, ...]  # ids of the messages that one call made


class Clock(Protocol):
    def monotonic(self) -> float: ...


class Sender:
    """`previews`: the server knows how to leave link previews out; a reduced one may refuse what it does not know."""

    def __init__(self, api: Api, clock: Clock, *, previews: bool = True) -> None:
        self._api = api
        self._clock = clock
        self._previews = previews
        self._partly: dict[str, tuple[_Shown, ...]] = {}  # key of a message: what its first calls made
        self._floods: dict[int, float] = {}

    async def send(self, message: Rendered) -> Sent:
        """Send or change a message.

        Raises:
            TryLater, Lost, NeverWill, Elsewhere: see `PlatformAdapter`.
        """
        plan = writing.plan(message, previews=self._previews)
        shown = self._partly.get(message.key, ())
        for call in plan.calls[len(shown) :]:
            shown = (*shown, await self._made(call, plan, message, shown))
            self._remember(message.key, shown)
        self._partly.pop(message.key, None)
        return _sent(plan, message, shown)

    async def react(self, where: Address, message: str, emoji: str) -> None:
        """Put a sign on a message."""
        await self._call(writing.reaction(where, message, emoji))

    async def _made(self, call: Call, plan: Plan, message: Rendered, shown: tuple[_Shown, ...]) -> _Shown:
        """Do one call of a plan of which `shown` is done; what follows answers what it belongs to."""
        if any(call is file for file in plan.files):
            return await self._file(writing.answering(call, _sent(plan, message, shown).message) if shown else call)
        if call is plan.words and shown and shown[0] and message.answers is None:
            call = writing.answering(call, shown[0][0])
        answer = await self._call(call)
        if call.method.startswith("edit"):
            return (message.edits or "",)
        return tuple(of_message(table(one)) for one in items(answer) or (answer,))

    async def _file(self, call: Call) -> _Shown:
        """One that is refused is left out: the words it belongs to are there already."""
        try:
            return (of_message(table(await self._call(call))),)
        except NeverWill as never:
            log.error("file_refused", reason=never.reason)
            return ()

    async def _call(self, call: Call) -> Any:
        try:
            return await self._api.send(call)
        except TryLater as later:
            if later.reason == "flood":
                later.chat_only = not self._is_flood_of_all(call)
            raise

    def _is_flood_of_all(self, call: Call) -> bool:
        now, chat = self._clock.monotonic(), call.params["chat_id"]
        if not isinstance(chat, int):
            raise NeverWill("no chat")
        self._floods[chat] = now
        self._floods = {one: at for one, at in self._floods.items() if at > now - _FLOOD_S}
        return len(self._floods) >= _CHATS_FOR_ALL

    def _remember(self, key: str, shown: tuple[_Shown, ...]) -> None:
        if not key:
            return
        self._partly[key] = shown
        while len(self._partly) > _MOST_PARTLY:
            del self._partly[next(iter(self._partly))]


def _sent(plan: Plan, message: Rendered, shown: tuple[_Shown, ...]) -> Sent:
    """The ids of a message, its words first; of one without words the first of what it shows."""
    made = list(zip(plan.calls, shown, strict=False))
    words = next((ids[0] for call, ids in made if call is plan.words and ids), message.edits)
    ids = [one for call, group in made if call is not plan.words for one in group]
    return Sent(words, tuple(ids)) if words else Sent(ids[0], tuple(ids[1:]))
