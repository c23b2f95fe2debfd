"""Messages sent call by call: what was done of a message in several parts is not done again."""

from typing import Any, Final, Protocol

from bot.chat.events import Address
from bot.chat.platform import NeverWill, Rendered, Sent, TryLater
from bot.platforms.telegram import writing
from bot.platforms.telegram.api import Api, Call
from bot.platforms.telegram.ids import items, of_message, table

_MOST_PARTLY: Final = 200
_FLOOD_S: Final = 60.0
_CHATS_FOR_ALL: Final = 3  # so many chats told to wait at once: it is the bot that is too fast, not a chat


class Clock(Protocol):
    def monotonic(self) -> float: ...


class Sender:
    """`previews`: the server knows how to leave link previews out; a reduced one may refuse what it does not know."""

    def __init__(self, api: Api, clock: Clock, *, previews: bool = True) -> None:
        self._api = api
        self._clock = clock
        self._previews = previews
        self._partly: dict[str, tuple[str, ...]] = {}  # key of a message: ids of its album, sent before its words
        self._floods: dict[int, float] = {}

    async def send(self, message: Rendered) -> Sent:
        """Send or change a message.

        Raises:
            TryLater, Lost, NeverWill, Elsewhere: see `PlatformAdapter`.
        """
        plan = writing.plan(message, previews=self._previews)
        if plan.words is None:
            shown = await self._pictures(plan.pictures)
            return Sent(shown[0], shown[1:])
        if plan.words_last:
            return await self._album_then_words(message, plan.words, plan.pictures)
        sent = await self._call(plan.words)
        also = await self._pictures(plan.pictures)
        return Sent(message.edits or of_message(table(sent)), also)

    async def react(self, where: Address, message: str, emoji: str) -> None:
        """Put a sign on a message."""
        await self._call(writing.reaction(where, message, emoji))

    async def _album_then_words(self, message: Rendered, words: Call, pictures: Call | None) -> Sent:
        shown = self._partly.get(message.key, ())
        if not shown:
            shown = await self._pictures(pictures)
            self._remember(message.key, shown)
        if message.answers is None and shown:
            words = writing.answering(words, shown[0])
        sent = await self._call(words)
        self._partly.pop(message.key, None)
        return Sent(of_message(table(sent)), shown)

    async def _pictures(self, call: Call | None) -> tuple[str, ...]:
        if call is None:
            return ()
        sent = await self._call(call)
        return tuple(of_message(table(one)) for one in items(sent) or (sent,))

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

    def _remember(self, key: str, shown: tuple[str, ...]) -> None:
        if not key:
            return
        self._partly[key] = shown
        while len(self._partly) > _MOST_PARTLY:
            del self._partly[next(iter(self._partly))]
