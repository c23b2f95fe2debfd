"""The menu of commands that Telegram shows: one for everybody in each language, another for who has other posts."""

import asyncio
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot.app.chats import TELEGRAM_NAME
from bot.app.opening import Opened
from bot.chat.events import Platform
from bot.chat.messages import Text
from bot.chat.platform import Unusable
from bot.chat.texts import Texts
from bot.domain.people import Role
from bot.engine.clock import Clock
from bot.platforms.telegram import Api
from handlers import FEATURES
from handlers.help.rules import Entry, entries, for_roles, latin_word
from storage import members, notes
from storage.database import Retry

log = structlog.get_logger(__name__)

_SET: Final = "telegram.menus"  # the note with what was set: scope -> digest
_LOOK_S: Final = 180.0
_AGAIN_S: Final = 60.0
_MOST, _MOST_LETTERS = 100, 256  # Bot API, BotCommand
_CODES: Final = {"zh-CN": "zh", "en": "en"}
_ALL: Final = frozenset({Role.GUEST, Role.RIDER})

Menu = Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Setting:
    """One menu at one place. `code`: readers whose telephone speaks this language; empty: all others."""

    scope: Mapping[str, str | int]
    code: str
    menu: Menu

    @property
    def name(self) -> str:
        return ":".join([*map(str, self.scope.values()), self.code])

    def digest(self, bot: int) -> str:
        """Of what this bot was told; another token is another bot, which knows nothing."""
        return hashlib.sha256(json.dumps([bot, *self.menu]).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Menus:
    """Keeps Telegram's menus as the posts are. Faults are logged and tried again; nothing else depends on it."""

    api: Api
    open: Opened
    clock: Clock

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            pause_s = await self.once()
            await asyncio.sleep(pause_s)

    async def once(self) -> float:
        """Set what has changed; returns the seconds until the next look."""
        try:
            me = await self.api.me()
            await self._name(me.username)
            await self._set(me.id)
        except RetryAfter as fault:
            after = fault.retry_after
            return max(_AGAIN_S, float(after if isinstance(after, int | float) else after.total_seconds()))
        except (TelegramError, Unusable, Retry) as fault:
            log.warning("menus_wait", error=type(fault).__name__)
            return _AGAIN_S
        return _LOOK_S

    async def _name(self, username: str) -> None:
        async with self.open.database.read() as tx:
            known = await notes.find(tx, TELEGRAM_NAME)
        if username != known:
            async with self.open.database.write() as tx:
                await notes.put(tx, TELEGRAM_NAME, username)

    async def _set(self, bot: int) -> None:
        async with self.open.database.read() as tx:
            before: dict[str, Any] = json.loads(await notes.find(tx, _SET) or "{}")
            people = await members.list_posted(tx, Platform.TELEGRAM)
        wanted = {one.name: one for one in self._wanted(people)}
        done = dict(before)
        try:
            for name, one in wanted.items():
                if before.get(name) != one.digest(bot) and await self._put(one):
                    done[name] = one.digest(bot)
            for name in before.keys() - wanted.keys():
                await self._drop(name)
                del done[name]
        finally:
            if done != before:
                async with self.open.database.write() as tx:
                    await notes.put(tx, _SET, json.dumps(done))

    def _wanted(self, people: Mapping[str, tuple[str, frozenset[Role]]]) -> Iterator[Setting]:
        texts, now, own = self.open.texts, self.clock.now(), self.open.town.language
        for code, language in (*((code, language) for language, code in _CODES.items()), ("", own)):
            yield Setting({"type": "all_private_chats"}, code, menu(texts, _ALL, language, now, group=False))
            yield Setting({"type": "all_group_chats"}, code, menu(texts, _ALL, language, now, group=True))
        for account, (language, roles) in people.items():
            if not roles <= _ALL:
                yield Setting({"type": "chat", "chat_id": int(account)}, "", menu(texts, roles, language, now))

    async def _put(self, one: Setting) -> bool:
        """False where it cannot be done now: somebody who has deleted the chat is tried at the next look."""
        try:
            await self.api.call(
                "setMyCommands", {"scope": one.scope, "language_code": one.code, "commands": list(one.menu)}
            )
        except BadRequest as fault:
            log.info("menu_not_set", scope=one.scope["type"], error=fault.message[:60])
            return False
        return True

    async def _drop(self, name: str) -> None:
        """Whoever has no other post any more sees everybody's menu."""
        kind, *chat, code = name.split(":")
        scope = {"type": kind, **({"chat_id": int(chat[0])} if chat else {})}
        try:
            await self.api.call("deleteMyCommands", {"scope": scope, "language_code": code})
        except BadRequest as fault:
            log.info("menu_not_dropped", error=fault.message[:60])


def menu(texts: Texts, roles: frozenset[Role], language: str, now: datetime, *, group: bool = False) -> Menu:
    """What these roles are shown, help last; in groups what may be said there."""
    allowed = [one for one in for_roles(entries(FEATURES), roles) if not group or _in_groups(one)]
    lines = [(latin_word(one.command).replace("-", "_"), Text(one.key)) for one in allowed[: _MOST - 1]]
    return [
        {"command": word, "description": texts.render(does, language, now)[:_MOST_LETTERS]}
        for word, does in (*lines, ("help", Text("help.in_menu")))
    ]


def _in_groups(entry: Entry) -> bool:
    return entry.command.group or entry.command.privately
