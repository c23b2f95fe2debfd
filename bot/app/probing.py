"""Asking Telegram what it knows of the bot, and trying whether a group can be written to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

import httpx
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, TelegramError, TimedOut

from bot.chat.events import Address
from bot.chat.platform import Elsewhere, Lost, NeverWill, PlatformAdapter, Rendered, TryLater, Unusable
from bot.engine.clock import Clock
from bot.platforms.telegram import Account, Api, hears
from bot.platforms.telegram.ids import table

Fault = Literal["token", "proxy", "network", "server"]
Standing = Literal["hears", "deaf", "gone"]

_LIMITED: Final = "restricted"


class NotReached(Exception):
    """Telegram gave no answer that helps."""

    def __init__(self, why: Fault) -> None:
        super().__init__(why)
        self.why: Fault = why


@dataclass(frozen=True, slots=True)
class Line:
    """How updates come. `error` is what the last call of a webhook met."""

    url: str
    waiting: int
    error: str
    error_at: datetime | None


async def account_of(api: Api, *, proxy: bool) -> Account:
    """The bot's account. `proxy`: whether one stands between.

    Raises:
        NotReached: the token is wrong, or nobody answers.
    """
    try:
        return await api.me()
    except Unusable as fault:
        raise NotReached("token") from fault
    except TelegramError as fault:
        raise NotReached(_why(fault, proxy)) from fault


async def line_of(api: Api) -> Line:
    """How updates come.

    Raises:
        TelegramError: nobody answers.
    """
    found = table(await api.call("getWebhookInfo"))
    at, waiting = found.get("last_error_date"), found.get("pending_update_count")
    return Line(
        url=str(found.get("url") or ""),
        waiting=waiting if isinstance(waiting, int) else 0,
        error=str(found.get("last_error_message") or ""),
        error_at=datetime.fromtimestamp(at, UTC) if isinstance(at, int) else None,
    )


async def standing_in(api: Api, me: Account, chat: str) -> Standing:
    """What the bot is in a group.

    Raises:
        TelegramError: nobody answers.
    """
    try:
        member = table(await api.call("getChatMember", {"chat_id": int(chat), "user_id": me.id}))
    except ChatMigrated as fault:
        return await standing_in(api, me, str(fault.new_chat_id))
    except (Forbidden, BadRequest):
        return "gone"
    if member.get("status") in ("left", "kicked") or (
        member.get("status") == _LIMITED and member.get("is_member") is not True
    ):
        return "gone"
    return "hears" if hears(member, me) else "deaf"


async def try_group(platform: PlatformAdapter, chat: str, text: str, clock: Clock) -> tuple[int, str]:
    """Post `text` in a group; the milliseconds it took, and what went wrong: gone, refused, later, lost or nothing."""
    begun = clock.monotonic()
    try:
        await platform.send(Rendered(Address(platform.name, chat, private=False), text))
    except Elsewhere as fault:
        return await try_group(platform, fault.to, text, clock)
    except NeverWill as fault:
        return 0, "gone" if fault.unreachable else "refused"
    except TryLater:
        return 0, "later"
    except Lost:
        return 0, "lost"
    return round(1000 * (clock.monotonic() - begun)), ""


def _why(fault: TelegramError, proxy: bool) -> Fault:
    cause = fault.__cause__
    if isinstance(cause, httpx.ProxyError) or (proxy and isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout)):
        return "proxy"
    unanswered = isinstance(fault, TimedOut) or (isinstance(fault, NetworkError) and isinstance(cause, httpx.HTTPError))
    return "network" if unanswered else "server"
