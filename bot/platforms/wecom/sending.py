"""Which way a message goes, and how a card is changed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol
from weakref import WeakValueDictionary

import structlog

from bot.chat.platform import Lost, NeverWill, NothingToEdit, Rendered, Sent, TryLater
from bot.platforms.wecom import app_reading, cards
from bot.platforms.wecom.doors import OpenChats
from bot.platforms.wecom.kinds import Channel, Misconfigured, Part, Refusal
from bot.platforms.wecom.memory import Memory
from bot.platforms.wecom.parts import parts
from bot.platforms.wecom.presses import OpenPresses, Press
from bot.platforms.wecom.reading import PRESS
from bot.platforms.wecom.ways import AppWay, BotWay, HookWay, Progress, Shut, Way, message_of

log = structlog.get_logger(__name__)

PATIENT_S: Final = 60.0  # a connection that fell this long ago does not come back at once: another way is taken
_AGAIN_S: Final = 2.0
_LATER_S: Final = 10.0  # once it has been away for long


class Clock(Protocol):
    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


Wrong = Callable[[Misconfigured], Awaitable[None]]


class Sender:
    """Sends over the ways there are. `last` knows which way each person used last; `wrong` hears what is set up wrongly."""

    def __init__(
        self, clock: Clock, chats: OpenChats, presses: OpenPresses, last: Memory[Channel], *,
        bot: BotWay | None, app: AppWay | None, hooks: Mapping[str, HookWay], codes: Memory[str],
        wrong: Wrong,
    ) -> None:  # fmt: skip
        self._clock = clock
        self._chats = chats
        self._presses = presses
        self._last = last
        self._bot = bot
        self._app = app
        self._hooks = hooks
        self._codes = codes
        self._wrong = wrong
        self._cards: Memory[Part] = Memory()
        self._progress = Progress()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._down_since: float | None = clock.monotonic()

    def link_is(self, *, up: bool) -> None:
        """The long connection is up, or down from now on."""
        if up:
            self._down_since = None
        elif self._down_since is None:
            self._down_since = self._clock.monotonic()

    async def send(self, message: Rendered) -> Sent:
        """Send a message, or change a card.

        Raises:
            TryLater, Lost, NeverWill: see `PlatformAdapter`.
        """
        if message.edits is not None:
            return await self._change(message, message.edits)
        return await self._fresh(message)

    async def notice(self, token: str, words: str | None) -> None:
        """Answer a press with words on its card, for whoever pressed.

        Raises:
            Lost, NeverWill: it was not, or not in time; the words have to go as a message.
        """
        try:
            press = await self._presses.for_notice(token)
        except LookupError:
            if words is None:
                return
            raise NeverWill("too late") from None
        if press is None:
            return
        await self._noticed(press, words)

    async def idle(self, press: Press) -> None:
        """Nobody answered a press in time: the card is shown as it is, so that the telephone stops waiting.

        An app's waits for nothing, and its card may still be changed by the code of the press.
        """
        if code := app_reading.press_of(press.token):
            self._codes.put(press.message, code[0])
            return
        card = self._cards.get(press.message)
        if card is None:
            return
        try:
            await self._update(card, press, _only(press))
        except (TryLater, Lost, NeverWill, Refusal) as fault:
            log.info("press_not_answered", error=type(fault).__name__)

    async def _fresh(self, message: Rendered) -> Sent:
        ways = await self._ways(message)
        if not ways and not message.where.private:
            # Given up after a day: when somebody writes there again, nobody wants to read the news of months. The chat
            # itself is not held, as what somebody says there then is to be answered.
            raise TryLater(_AGAIN_S, "nobody has written there", counts=True)
        refused: Misconfigured | None = None
        for way in ways:
            shown = parts(message, way.channel)
            try:
                await self._go(way, message, shown)
            except Shut as shut:
                log.info("way_shut", way=way.channel.value, reason=str(shut))
                if way.channel is Channel.BOT:
                    await self._chats.remove(message.where.chat)
                continue
            except Misconfigured as wrong:
                refused = wrong
                continue
            return self._sent(message, shown)
        raise refused or NeverWill("no way", unreachable=True)

    async def _ways(self, message: Rendered) -> Sequence[Way]:
        """The ways into a chat, the best first; a message of which a part has gone keeps its way."""
        chat, private = message.where.chat, message.where.private
        asked = _way_of(message.answers)
        found: list[Way] = []
        if self._bot is not None and (asked is Channel.BOT or await self._chats.has(chat)):
            found.append(self._bot)
        if private and self._app is not None:
            found.append(self._app)
        if not private and chat in self._hooks:
            found.append(self._hooks[chat])
        begun = self._progress.channel(message.key)
        if private and begun is None:
            used = asked or self._last.get(chat)  # another process may have heard it
            found.sort(key=lambda way: way.channel is not used)
        elif begun is not None:
            found.sort(key=lambda way: way.channel is not begun)
        return self._up(found)

    def _up(self, ways: list[Way]) -> Sequence[Way]:
        """Without the bot while it has been away for long and there is another way.

        Raises:
            TryLater: it is away, and soon back or the only way. Other chats go on if there are other ways.
        """
        if not ways or ways[0] is not self._bot or self._down_since is None:
            return ways
        long = self._clock.monotonic() - self._down_since >= PATIENT_S
        if len(ways) > 1 and long:
            return ways[1:]
        others = self._app is not None or bool(self._hooks)
        raise TryLater(_LATER_S if others and long else _AGAIN_S, "not connected", chat_only=others)

    async def _go(self, way: Way, message: Rendered, shown: Sequence[Part]) -> None:
        """Send the parts together: a picture says nothing of its case, but stands above its words."""
        where = message.where
        turn = self._turns.setdefault(where.chat, asyncio.Lock())
        try:
            async with turn:
                await self._progress.send(
                    way, message.key, where.chat, shown, private=where.private, answers=message.answers
                )
        except Misconfigured as wrong:
            await self._wrong(wrong)
            raise

    def _sent(self, message: Rendered, shown: Sequence[Part]) -> Sent:
        """What has no id of its own has one of ours, under which it can be neither quoted nor changed."""
        ids = [message_of(part) for part in shown if part.is_card]
        for part in shown:
            if part.is_card:
                self._cards.put(message_of(part), part)
        return Sent(ids[0], tuple(ids[1:])) if ids else Sent(f"sent:{message.key}")

    async def _change(self, message: Rendered, edits: str) -> Sent:
        """Change a card while a press on it waits, or an app's card once; what has no place on it goes beside it.

        Raises:
            NothingToEdit: it cannot be changed now.
        """
        press, code = self._presses.of_card(edits), self._codes.get(edits)
        fresh = message.pictures[message.had :]
        if press is None and code is None and not fresh:
            raise NothingToEdit("no press waits", stays=True)
        if press is None and code is None:
            return await self._beside(message, edits, _pictures(await self._shown(message)))
        channel = Channel.BOT if press is not None and press.token.startswith(PRESS) else Channel.APP
        shown = parts(message, channel)
        card = next(part for part in shown if message_of(part) == edits)
        rest = [part for part in shown if part is not card]
        try:
            await self._put(card, press or self._unpressed(message, edits))
            self._cards.put(edits, card)
        except NothingToEdit:
            if not fresh:
                raise
            rest = _pictures(rest)
        return await self._beside(message, edits, rest)

    async def _put(self, card: Part, press: Press, only: Sequence[str] = ()) -> None:
        """Show a changed card, as the answer to a press or, of the app, of our own accord.

        Raises:
            NothingToEdit: it was too late.
            TryLater, Lost: see `PlatformAdapter`.
        """
        done = False
        try:
            await self._update(card, press, only)
            done = True
        except Refusal as refusal:
            raise NothingToEdit(str(refusal), stays=True) from refusal
        except Misconfigured as wrong:
            await self._wrong(wrong)
            raise
        finally:
            press.end(changed=done)

    async def _update(self, card: Part, press: Press, only: Sequence[str]) -> None:
        if press.token.startswith(PRESS):
            if self._bot is None:
                raise NothingToEdit("no bot", stays=True)
            await self._bot.socket.update(press.token.removeprefix(PRESS), cards.bot_update(card, only))
            return
        if self._app is None:
            raise NothingToEdit("no app", stays=True)
        code, who = app_reading.press_of(press.token) or ("", "")
        await self._app.app.update_card(code, [who], cards.app_update(card))

    def _unpressed(self, message: Rendered, edits: str) -> Press:
        """A change of the app's card without a press, by the code that came when it was sent."""
        code = self._codes.take(edits)
        return Press(f"{Channel.APP}:{code}:{message.where.chat}", edits, message.where.chat, private=True)

    async def _shown(self, message: Rendered) -> Sequence[Part]:
        ways = await self._ways(message)
        return parts(message, ways[0].channel) if ways else ()

    async def _beside(self, message: Rendered, edits: str, rest: Sequence[Part]) -> Sent:
        """Send what is new and has no place on the card, as messages of their own."""
        ways = await self._ways(message) if rest else ()
        for way in ways[:1]:
            try:
                await self._go(way, message, rest)
            except Shut as shut:
                raise NeverWill(str(shut)) from shut
        return Sent(edits, tuple(message_of(part) for part in rest if part.is_card))

    async def _noticed(self, press: Press, words: str | None) -> None:
        """The card as it is known, with a word on it; what is not known here cannot be shown again."""
        card = self._cards.get(press.message)
        if card is None:
            press.end(changed=False)
            raise NeverWill("card not known")
        await self._put(cards.marked(card, words) if words else card, press, _only(press))


def _pictures(shown: Sequence[Part]) -> list[Part]:
    return [part for part in shown if part.msgtype == "image"]


def _way_of(message: str | None) -> Channel | None:
    """The way by which a message came that is answered; None for no message."""
    if message is None:
        return None
    return Channel.APP if app_reading.is_message(message) else Channel.BOT


def _only(press: Press) -> Sequence[str]:
    """Who sees the answer to a press: in a group nobody else needs to."""
    return () if press.private else [press.who]
