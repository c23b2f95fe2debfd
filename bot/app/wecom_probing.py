"""Asking WeCom what it knows of the bot and the app, and whether the app's callback is answered."""

import asyncio
import re
import secrets
from dataclasses import dataclass
from typing import Final, Literal

import httpx

from bot.chat.platform import TryLater
from bot.engine.clock import Clock
from bot.platforms.wecom.app_api import AppApi
from bot.platforms.wecom.crypto import CallbackCipher
from bot.platforms.wecom.kinds import Json, Misconfigured, Refusal, items, table, words
from bot.platforms.wecom.line import Intervals
from bot.platforms.wecom.socket import BotSocket, Link, State

AppFault = Literal["secret", "corp", "agent", "right", "ip", "network", "odd"]

QUICK: Final = Intervals(answer=5.0, opening=5.0, closing=1.0)  # somebody waits at a terminal
_PATIENCE_S: Final = 15.0
_WAIT_S: Final = 5.0
# WeCom developer documentation, page 90313, read 2026-11.
_FAULTS: Final[dict[int, AppFault]] = {
    40001: "secret", 40013: "corp", 40056: "agent", 301002: "agent", 48002: "right", 60020: "ip",
}  # fmt: skip
_FROM: Final = re.compile(r"from ip: ?([0-9A-Fa-f.:]*[0-9A-Fa-f])")


class AppNotReached(Exception):
    """The app cannot work. `address`: ours, where WeCom says it; `code`: WeCom's, 0 for none."""

    def __init__(self, why: AppFault, *, code: int = 0, address: str = "") -> None:
        super().__init__(why)
        self.why: AppFault = why
        self.code = code
        self.address = address


@dataclass(frozen=True, slots=True)
class AppSeen:
    """The app as the console has it. `seen`: whether anybody is in its visible range."""

    name: str
    seen: bool


async def link_of(socket: BotSocket) -> Link:
    """How one login goes; the connection is closed again. Never while another process has the bot: it would lose it."""
    first: asyncio.Future[Link] = asyncio.get_running_loop().create_future()

    async def changed(state: State) -> None:
        if not first.done():
            first.set_result(state.link)

    async def heard(_frame: Json) -> None:
        return

    running = asyncio.create_task(socket.run(heard, changed))
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await first
    except TimeoutError:
        return Link.AWAY
    finally:
        running.cancel()
        await asyncio.wait([running])


async def app_of(api: AppApi) -> AppSeen:
    """The app, asked for with its own credentials.

    Raises:
        AppNotReached: something of them is wrong, or nobody answers.
    """
    try:
        found = await api.agent()
    except Misconfigured as wrong:
        why = _FAULTS.get(wrong.code, "odd")
        raise AppNotReached(why, code=wrong.code, address=_address(wrong.__cause__)) from wrong
    except Refusal as refusal:
        raise AppNotReached(_FAULTS.get(refusal.code, "odd"), code=refusal.code) from refusal
    except TryLater as later:
        raise AppNotReached("network") from later
    ranges = (("allow_userinfos", "user"), ("allow_partys", "partyid"), ("allow_tags", "tagid"))
    return AppSeen(words(found.get("name")), any(items(table(found.get(one)).get(key)) for one, key in ranges))


async def callback_fault(url: str, cipher: CallbackCipher, clock: Clock) -> str:
    """What goes wrong when the address is asked as WeCom asks it, in one word or a status; empty if it answers well."""
    echo, nonce = secrets.token_hex(8), secrets.token_hex(8)
    encrypted, timestamp = cipher.encrypt(echo), str(int(clock.now().timestamp()))
    signed = cipher.signature(timestamp, nonce, encrypted)
    query = {"msg_signature": signed, "timestamp": timestamp, "nonce": nonce, "echostr": encrypted}
    try:
        async with httpx.AsyncClient(timeout=_WAIT_S, trust_env=False) as client:
            answer = await client.get(url, params=query)
    except httpx.HTTPError as fault:
        return type(fault).__name__
    if not answer.is_success:
        return str(answer.status_code)
    return "" if answer.text == echo else "other words"


def _address(cause: BaseException | None) -> str:
    found = _FROM.search(cause.message) if isinstance(cause, Refusal) else None
    return found[1] if found else ""
