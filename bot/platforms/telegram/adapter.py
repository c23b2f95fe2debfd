"""Telegram as a platform: see `PlatformAdapter`."""

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat
from typing import Any, Final, Protocol, TypeVar

import structlog
from telegram.error import BadRequest, TelegramError

from bot.chat.events import Address, FromPlatform, Platform
from bot.chat.platform import Abilities, Deliver, Lost, NeverWill, Pace, Raw, Rendered, Sent
from bot.platforms.telegram import stored
from bot.platforms.telegram.account import Account
from bot.platforms.telegram.api import Api
from bot.platforms.telegram.length import MOST_NOTICE, cut
from bot.platforms.telegram.polling import KINDS, Poller
from bot.platforms.telegram.presses import PATIENCE_S, OpenPresses
from bot.platforms.telegram.sending import Sender

log = structlog.get_logger(__name__)

T = TypeVar("T")

MOST_BODY: Final = 1_000_000  # bytes of an update that is handed to us
_OK, _FORBIDDEN, _TOO_LARGE, _NOT_YET = 200, 403, 413, 503
_WAITS_S: Final = (1, 2, 4, 8, 16, 30)
_AT_ONCE: Final = 10  # connections by which updates are handed to us


class Clock(Protocol):
    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram hands updates over, and by which word it is known."""

    url: str
    secret: str


class TelegramPlatform:
    """Fetches updates, or with a `webhook` has them handed to `receive`."""

    name = Platform.TELEGRAM
    abilities = Abilities(
        buttons=True, edits=True, reactions=True, photos=9, text_bytes=12_000, starts_conversations=False, files=True
    )
    at_hand = True
    # Documented: about 1 a second in a chat, 20 a minute in a group, 30 a second over all (Bots FAQ, read 2026-11).
    pace: Sequence[Pace] = (Pace(1, 1.0, each_chat=True), Pace(15, 60.0, each_chat=True, groups=True), Pace(25, 1.0))

    def __init__(
        self, api: Api, clock: Clock, *, webhook: Webhook | None = None, previews: bool = True,
        patience_s: float = PATIENCE_S,
    ) -> None:  # fmt: skip
        self.api = api
        self.listens_alone = webhook is None
        self.forged = 0  # calls of somebody who does not know the word
        self._clock = clock
        self._webhook = webhook
        self._me: Account | None = None
        self._deliver: Deliver | None = None
        self._presses = OpenPresses(self._answer_in_time, patience_s)
        self._sender = Sender(api, clock, previews=previews)
        self._poller = Poller(api, clock, self._take, self._report)

    async def run(self, deliver: Deliver) -> None:
        """Receive until cancelled.

        Raises:
            Unusable: the token is not accepted.
        """
        await self.begin(deliver)
        try:
            if self._webhook is None:
                await self._poller.run()
            await asyncio.Event().wait()
        finally:
            self._presses.close()

    async def begin(self, deliver: Deliver) -> None:
        """Learn who we are and say how updates shall come; waits for a network as long as it takes.

        Raises:
            Unusable: the token is not accepted.
        """
        self._me = self._me or await self._patiently(self.api.me)
        if self._webhook is None:
            await self._patiently(lambda: self.api.call("deleteWebhook", {"drop_pending_updates": False}))
            self._deliver = deliver
        else:
            hook, self._deliver = self._webhook, deliver
            await self._patiently(lambda: self._hand_over_at(hook))

    async def _hand_over_at(self, hook: Webhook) -> None:
        params = {
            "url": hook.url, "secret_token": hook.secret, "allowed_updates": list(KINDS),
            "max_connections": _AT_ONCE, "drop_pending_updates": False,
        }  # fmt: skip
        try:
            await self.api.call("setWebhook", params)
        except BadRequest:
            await self._report("address", "")  # Telegram does not like it; the doctor says why
            raise

    async def look(self) -> None:
        """Fetch once what is there now (tests)."""
        await self._poller.once(0)

    async def receive(self, secret: str, body: bytes) -> int:
        """An update handed to us: the HTTP status to answer, 200 only after the commit."""
        if self._webhook is None or not hmac.compare_digest(secret.encode(), self._webhook.secret.encode()):
            self.forged += 1
            return _FORBIDDEN
        if len(body) > MOST_BODY:
            return _TOO_LARGE
        if self._deliver is None:
            return _NOT_YET
        try:
            update: Any = json.loads(body)
        except (ValueError, RecursionError):
            update = body.decode("utf-8", "replace")  # kept and set aside: refused, it would block its chat for a day
        await self._take([update])
        return _OK

    def silent_s(self) -> float | None:
        """Seconds since updates could last be fetched; None before the first time, and where they are handed to us."""
        heard = self._poller.heard_at
        return None if heard is None or self._webhook is not None else self._clock.monotonic() - heard

    def read(self, raw: Raw) -> FromPlatform | None:
        """The event of an update."""
        return stored.read(raw)

    async def send(self, message: Rendered) -> Sent:
        """Send a message, or change one."""
        return await self._sender.send(message)

    async def react(self, where: Address, message: str, emoji: str) -> None:
        """Put a sign on somebody's message."""
        await self._sender.react(where, message, emoji)

    async def acknowledge(self, token: str, text: str | None, *, alert: bool) -> None:
        """Show a notice to the one who pressed."""
        if self._presses.take(token):
            await self._answer(token, text, alert=alert)
        elif text is not None:
            raise NeverWill("answered in time without words")

    async def fetch(self, ref: str, most_bytes: int) -> bytes:
        """The bytes of a file."""
        return await self.api.download(ref, most_bytes)

    async def close(self) -> None:
        """Close every connection."""
        await self.api.close()

    async def _take(self, updates: Sequence[object]) -> None:
        if self._me is None or self._deliver is None:
            raise RuntimeError("updates before `begin`")
        now = self._clock.now()
        await self._deliver([stored.raw_of(update, self._me, now) for update in updates])
        self._presses.opened(stored.presses_in(updates))

    async def _report(self, what: str, detail: str) -> None:
        log.error("telegram_trouble", what=what, detail=detail)
        if self._me is not None and self._deliver is not None:
            await self._deliver([stored.trouble(what, detail, self._me, self._clock.now())])

    async def _answer(self, press: str, text: str | None, *, alert: bool) -> None:
        params: dict[str, object] = {"callback_query_id": press}
        if text is not None:
            params |= {"text": cut(text, MOST_NOTICE), "show_alert": alert}
        try:
            await self.api.call("answerCallbackQuery", params)
        except BadRequest as fault:
            raise NeverWill("too late") from fault
        except TelegramError as fault:
            raise Lost(type(fault).__name__) from fault

    async def _answer_in_time(self, press: str) -> None:
        """The work on a press takes long: the clock on the button ends, the words follow as a message."""
        try:
            await self._answer(press, None, alert=False)
        except (Lost, NeverWill) as fault:
            log.info("press_not_answered", error=type(fault).__name__)

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask until there is an answer: at a start the network may not be there yet."""
        waits = chain(_WAITS_S, repeat(_WAITS_S[-1]))
        while True:
            try:
                return await ask()
            except TelegramError as fault:
                pause = next(waits)
                log.warning("telegram_not_reached", error=type(fault).__name__, again_s=pause)
                await asyncio.sleep(pause)
