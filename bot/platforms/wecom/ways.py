"""The three ways in which a part of a message goes out."""

from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from bot.chat.platform import File, NeverWill, Picture, TryLater
from bot.platforms.wecom.app_api import AppApi
from bot.platforms.wecom.hook import Hook
from bot.platforms.wecom.kinds import Channel, Part, Refusal, message_of_card
from bot.platforms.wecom.memory import Memory
from bot.platforms.wecom.parts import welcome_body
from bot.platforms.wecom.reading import WELCOME
from bot.platforms.wecom.socket import BotSocket

log = structlog.get_logger(__name__)

# The bot may not write there: nobody has written to it, or it is not in the group (pages 90313, 101463, read 2026-11).
_SHUT: Final = frozenset({93001, 93006, 93008, 40003, 60111})
_BUSY: Final = -1


class Shut(Exception):
    """This way does not lead into this chat; perhaps another one does."""


class Way(Protocol):
    """A way into a chat. `channel` says how messages look there."""

    channel: Channel

    async def send(self, chat: str, part: Part, *, private: bool, answers: str | None) -> None:
        """Send one part, as an answer to the message `answers` where that is possible.

        Raises:
            Shut: this way is closed for the chat.
            TryLater, Lost, NeverWill: see `PlatformAdapter`.
        """
        ...


class BotWay:
    """The AI bot: an answer to what was just said, else a push. `req_ids` are those of messages, by their ids."""

    channel = Channel.BOT

    def __init__(self, socket: BotSocket, req_ids: Memory[str], written: Memory[str]) -> None:
        self.socket = socket
        self._req_ids = req_ids
        self._written = written  # chats as the platform writes them, which may have capital letters

    async def send(self, chat: str, part: Part, *, private: bool, answers: str | None) -> None:
        try:
            media = await self._uploaded(part.upload) if part.upload else None
            if not await self._answered(part, part.body(media), answers):
                await self.socket.push(self._written.get(chat) or chat, private, part.body(media))
        except Refusal as refusal:
            if not _is_there(part, refusal.message):
                raise _meaning(refusal) from refusal

    async def _answered(self, part: Part, body: dict[str, object], answers: str | None) -> bool:
        """Whether it went as an answer; what can be answered no more is pushed."""
        entered = answers is not None and answers.startswith(WELCOME)
        req_id = answers.removeprefix(WELCOME) if answers and entered else self._req_ids.get(answers)
        if req_id is None or not self.socket.answerable(req_id):
            return False
        try:
            if not entered:
                await self.socket.reply(req_id, body)
            elif part.upload is not None:  # somebody's entering is answered with words or a card, once
                return False
            else:
                words = part.content.get("content")
                await self.socket.welcome(req_id, welcome_body(words) if isinstance(words, str) else body)
        except Refusal as refusal:  # with which code after a day is not documented; a push says what is wrong in itself
            log.info("answer_refused", code=refusal.code)
            return False
        return True

    async def _uploaded(self, what: Picture | File) -> str:
        return await self.socket.upload("image" if isinstance(what, Picture) else "file", what.data, what.name)


class AppWay:
    """The self-built app, to one person. `codes` change a card once, by its message."""

    channel = Channel.APP

    def __init__(self, app: AppApi, codes: Memory[str]) -> None:
        self.app = app
        self._codes = codes

    async def send(self, chat: str, part: Part, *, private: bool, answers: str | None) -> None:
        try:
            media = await self.app.upload(part.msgtype, part.upload) if part.upload else None
            shown = await self.app.send(chat, part, media)
        except NeverWill as never:
            if never.unreachable:
                raise Shut(never.reason) from never
            if _is_there(part, never.reason):
                return
            raise
        if part.is_card and shown.response_code:
            self._codes.put(message_of(part), shown.response_code)


class HookWay:
    """A robot that only posts into its group."""

    channel = Channel.HOOK

    def __init__(self, hook: Hook) -> None:
        self._hook = hook

    async def send(self, chat: str, part: Part, *, private: bool, answers: str | None) -> None:
        try:
            await self._hook.send(part)
        except NeverWill as never:
            if never.unreachable:
                raise Shut(never.reason) from never
            raise


class Progress:
    """How far each message has come in which way, so that another try goes on from there."""

    def __init__(self) -> None:
        self._done: Memory[tuple[Channel, int]] = Memory(500)

    def channel(self, key: str) -> Channel | None:
        """The way in which a part of it has gone already."""
        done = self._done.get(key)
        return done[0] if done else None

    async def send(
        self, way: Way, key: str, chat: str, parts: Sequence[Part], *, private: bool, answers: str | None
    ) -> None:
        """Send what is left of a message. Raises as `Way.send`."""
        done = self._done.get(key)
        gone = done[1] if done and done[0] is way.channel else 0
        for part in parts[gone:]:
            await way.send(chat, part, private=private, answers=answers)
            gone += 1
            self._done.put(key, (way.channel, gone))
        self._done.take(key)


def message_of(part: Part) -> str:
    """The id of a card as a message; empty for any other part."""
    task = part.content.get("task_id")
    return message_of_card(task) if part.is_card and isinstance(task, str) else ""


def _is_there(part: Part, reason: str) -> bool:
    """Whether a card was refused because an earlier try brought it, whose answer was lost.

    Task ids are ours alone and well formed, so a complaint about one means that it was used (page 101032, read 2026-11).
    """
    return part.is_card and "task_id" in reason.lower()


def _meaning(refusal: Refusal) -> Exception:
    """What a refused request of the bot means for the message."""
    if refusal.code in _SHUT:
        return Shut(str(refusal))
    if refusal.code == _BUSY:
        return TryLater(5.0, str(refusal), counts=True)
    return NeverWill(str(refusal))
