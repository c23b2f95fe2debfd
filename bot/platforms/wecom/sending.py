"""Which way a message goes, and how a card is changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

import structlog

from bot.chat.platform import Lost, NeverWill, NothingToEdit, Rendered, Sent, TryLater
from bot.platforms.wecom import cards
from bot.platforms.wecom.app_reading import press_of
from bot.platforms.wecom.doors import OpenChats
from bot.platforms.wecom.kinds import Channel, Part, Refusal
from bot.platforms.wecom.memory import Memory
from bot.platforms.wecom.parts import parts
from bot.platforms.wecom.presses import OpenPresses, Press
from bot.platforms.wecom.reading import PRESS
from bot.platforms.wecom.ways import AppWay, BotWay, HookWay, Progress, Shut, Way, message_of

log = structlog.get_logger(__name__)

PATIENT_S: Final = 60.0  # a connection that fell this long ago does not come back at once: another way is taken
_AGAIN_S: Final = 2.0
_UNHEARD_S: Final = 300.0


class Clock(Protocol):
    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


class Sender:
    """Sends over the ways there are. `last` knows which way each person used last."""

    def __init__(
        self, clock: Clock, chats: OpenChats, presses: OpenPresses, last: Memory[Channel], *,
        bot: BotWay | None, app: AppWay | None, hooks: Mapping[str, HookWay], codes: Memory[str],
    ) -> None:  # fmt: skip
        self._clock = clock
        self._chats = chats
        self._presses = presses
        self._last = last
        self._bot = bot
        self._app = app
        self._hooks = hooks
        self._codes = codes
        self._cards: Memory[Part] = Memory()
        self._progress = Progress()
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
        ways = await self._ways(message)
        if not ways and not message.where.private:
            raise TryLater(_UNHEARD_S, "nobody has written there")
        for way in ways:
            shown = parts(message, way.channel)
            try:
                await self._go(way, message, shown)
            except Shut as shut:
                log.info("way_shut", way=way.channel.value, reason=str(shut))
                if way.channel is Channel.BOT:
                    await self._chats.remove(message.where.chat)
                continue
            return self._sent(message, shown)
        raise NeverWill("no way", unreachable=True)

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
        """Nobody answered a press in time: the card is shown as it is, so that the telephone stops waiting."""
        card = self._cards.get(press.message)
        if card is None:
            return
        try:
            await self._update(card, press, _only(press))
        except (TryLater, Lost, NeverWill, Refusal) as fault:
            log.info("press_not_answered", error=type(fault).__name__)

    async def _ways(self, message: Rendered) -> Sequence[Way]:
        """The ways into a chat, the best first; a message of which a part has gone keeps its way."""
        chat, private = message.where.chat, message.where.private
        found: list[Way] = []
        if self._bot is not None and (message.answers is not None or await self._chats.has(chat)):
            found.append(self._bot)
        if private and self._app is not None:
            found.append(self._app)
        if not private and chat in self._hooks:
            found.append(self._hooks[chat])
        begun = self._progress.channel(message.key)
        if private and begun is None:
            found.sort(key=lambda way: way.channel is not self._last.get(chat))
        elif begun is not None:
            found.sort(key=lambda way: way.channel is not begun)
        return self._up(found)

    def _up(self, ways: list[Way]) -> Sequence[Way]:
        """Without the bot while it has been away for long and there is another way.

        Raises:
            TryLater: it is away, and soon back or the only way.
        """
        if not ways or ways[0] is not self._bot or self._down_since is None:
            return ways
        if len(ways) > 1 and self._clock.monotonic() - self._down_since >= PATIENT_S:
            return ways[1:]
        raise TryLater(_AGAIN_S, "not connected", chat_only=False)

    async def _go(self, way: Way, message: Rendered, shown: Sequence[Part]) -> None:
        where = message.where
        await self._progress.send(way, message.key, where.chat, shown, private=where.private, answers=message.answers)

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
            return await self._beside(message, edits, [part for part in await self._shown(message) if part.upload])
        channel = Channel.BOT if press is not None and press.token.startswith(PRESS) else Channel.APP
        shown = parts(message, channel)
        card = next(part for part in shown if message_of(part) == edits)
        await self._put(card, press or self._unpressed(message, edits))
        self._cards.put(edits, card)
        return await self._beside(message, edits, [part for part in shown if part is not card])

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
        code, who = press_of(press.token) or ("", "")
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


def _only(press: Press) -> Sequence[str]:
    """Who sees the answer to a press: in a group nobody else needs to."""
    return () if press.private else [press.who]
