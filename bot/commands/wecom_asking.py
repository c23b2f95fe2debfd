"""The part of `init` that asks for WeCom: bot, app, callback, webhook, each tried at once where it can be."""

import asyncio
import base64
import json
import os
import secrets
import string
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from bot import config, log
from bot.app.chats import WECOM_PATH
from bot.commands.asking import ask_no, ask_text
from bot.commands.showing import console
from bot.commands.wording import say
from bot.config import ConfigFault, Settings
from bot.control import JobFailed
from bot.init import WeComWishes, Wishes

_ADDRESSES: Final = ("WDY_WECOM__AIBOT__WS_URL", "WDY_WECOM__APP__API_BASE_URL")
_TYPED: Final = frozenset({"corp", "secret", "agent"})  # faults of what was typed; the others are put right elsewhere
_TOKEN_SIGNS, _KEY_BYTES = 32, 32
_DONE: Final = "[green]✓[/]"


class _Wrong(Exception):
    """What was typed cannot be right; `words` say why."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def wecom_wished(wishes: Wishes, *, asks: bool) -> Wishes:
    """The wishes with the ways into WeCom that were given or asked for.

    Raises:
        JobFailed: what was given is wrong, and nobody may be asked for something else.
    """
    if wishes.wecom == WeComWishes() and not (asks and ask_no("init.ask_wecom")):
        return wishes
    log.configure("critical", "console")  # what is tried and fails here is told in words
    return _with_hook(_with_callback(_with_app(_with_bot(wishes, asks), asks), asks), asks)


def _with_bot(wishes: Wishes, asks: bool) -> Wishes:
    while True:
        own = wishes.wecom
        if asks and not own.bot_id:
            own = replace(own, bot_id=ask_text("init.ask_bot_id"))
        if asks and own.bot_id and not own.secret:
            own = replace(own, secret=ask_text("init.ask_bot_secret"))
        wishes = replace(wishes, wecom=own)
        if not own.bot_id and (asks or not own.secret):
            return replace(wishes, wecom=replace(own, secret=""))
        try:
            _try_bot(wishes)
        except _Wrong as fault:
            _told(fault, asks)
            wishes = replace(wishes, wecom=replace(own, bot_id="", secret=""))
        else:
            return wishes


def _try_bot(wishes: Wishes) -> None:
    """Raises _Wrong if WeCom does not let it in; where it cannot be reached that is said only."""
    from bot.app.chats import wecom_bot
    from bot.app.wecom_probing import QUICK, link_of
    from bot.engine.clock import SystemClock
    from bot.platforms.wecom.socket import Link

    own = wishes.wecom
    settings = _settings({"WDY_WECOM__AIBOT__BOT_ID": own.bot_id, "WDY_WECOM__AIBOT__SECRET": own.secret})
    socket = wecom_bot(settings, SystemClock(), QUICK)
    if socket is None:
        raise _Wrong(say("init.wecom.malformed"))
    match asyncio.run(link_of(socket)):
        case Link.REFUSED:
            raise _Wrong(say("doctor.wecom_bot_refused_cure"))
        case Link.CONNECTED:
            _tick(say("doctor.wecom_bot"))
        case link:
            _warn(say(f"doctor.wecom_bot_{link}_cure"), say("init.wecom.not_tried"))


def _with_app(wishes: Wishes, asks: bool) -> Wishes:
    while True:
        own = _asked_app(wishes.wecom) if asks else wishes.wecom
        wishes, none = replace(wishes, wecom=own), replace(own, corp_id="", agent_id=0, app_secret="")
        if not own.corp_id and (asks or own == none):
            return replace(wishes, wecom=none)
        try:
            _try_app(wishes)
        except _Wrong as fault:
            _told(fault, asks)
            wishes = replace(wishes, wecom=none)
        else:
            return wishes


def _asked_app(own: WeComWishes) -> WeComWishes:
    if not own.corp_id:
        own = replace(own, corp_id=ask_text("init.ask_corp_id"))
    if own.corp_id and not own.agent_id:
        typed = ask_text("init.ask_agent_id")
        own = replace(own, agent_id=int(typed) if typed.isascii() and typed.isdecimal() else 0)
    if own.corp_id and not own.app_secret:
        own = replace(own, app_secret=ask_text("init.ask_app_secret"))
    return own


def _try_app(wishes: Wishes) -> None:
    """Raises _Wrong if WeCom does not know it; where it cannot be reached yet that is said only."""
    from bot.app.chats import wecom_app
    from bot.app.wecom_probing import AppNotReached, AppSeen, app_of
    from bot.engine.clock import SystemClock

    settings = _settings(_app_values(wishes.wecom))

    async def ask() -> AppSeen | None:
        if (api := wecom_app(settings, SystemClock())) is None:
            return None
        try:
            return await app_of(api)
        finally:
            await api.close()

    try:
        app = asyncio.run(ask())
    except AppNotReached as fault:
        cure = say(f"doctor.wecom_app_{fault.why}_cure", code=fault.code, address=fault.address or "?")
        if fault.why in _TYPED:
            raise _Wrong(cure) from fault
        _warn(cure, say("init.wecom.not_tried"))
    else:
        _tick(say("doctor.wecom_app", name=app.name if app else ""))


def _with_callback(wishes: Wishes, asks: bool) -> Wishes:
    """With the callback's words, made here if nobody has others; the page of the console where they belong is shown."""
    own = wishes.wecom
    if not own.corp_id and (asks or not (own.token or own.aes_key)):
        return replace(wishes, wecom=replace(own, token="", aes_key=""))
    if asks and not wishes.public_url:
        wishes = replace(wishes, public_url=ask_text("init.ask_public_url"))
    if not (wishes.public_url or own.token):
        return wishes
    if asks and not own.token:
        own = replace(own, token=ask_text("init.ask_callback_token"))
    if asks and own.token and not own.aes_key:
        own = replace(own, aes_key=ask_text("init.ask_aes_key"))
    own = replace(own, token=own.token or _new_token(), aes_key=own.aes_key or _new_aes_key())
    wishes = replace(wishes, wecom=own)
    try:
        _settings({"WDY_WEB__PUBLIC_URL": wishes.public_url} | _app_values(own))
    except _Wrong as fault:
        _told(fault, asks)
        own = replace(own, token="", aes_key="")
        return _with_callback(replace(wishes, public_url="", wecom=own), asks)
    _show_callback(wishes)
    return wishes


def _show_callback(wishes: Wishes) -> None:
    url, own = wishes.public_url.rstrip("/") + WECOM_PATH, wishes.wecom
    words = say("init.wecom.callback", url=url, token=own.token, aes_key=own.aes_key)
    console.print(words, markup=False, soft_wrap=True)


def _with_hook(wishes: Wishes, asks: bool) -> Wishes:
    while True:
        own = wishes.wecom
        if asks and not own.hook_url:
            own = replace(own, hook_url=ask_text("init.ask_hook"))
        wishes = replace(wishes, wecom=own)
        if not own.hook_url:
            return wishes
        try:
            _settings({"WDY_WECOM__WEBHOOK__URLS": json.dumps({own.hook_name: own.hook_url})})
        except _Wrong as fault:
            _told(fault, asks)
            wishes = replace(wishes, wecom=replace(own, hook_url=""))
        else:
            return wishes


def _app_values(own: WeComWishes) -> dict[str, str]:
    return {
        "WDY_WECOM__APP__CORP_ID": own.corp_id, "WDY_WECOM__APP__AGENT_ID": str(own.agent_id),
        "WDY_WECOM__APP__SECRET": own.app_secret, "WDY_WECOM__APP__TOKEN": own.token,
        "WDY_WECOM__APP__AES_KEY": own.aes_key,
    }  # fmt: skip


def _settings(values: dict[str, str]) -> Settings:
    """Settings with these values, checked as the configuration will be.

    Raises:
        _Wrong: one of them cannot be right.
    """
    given = {name: os.environ[name] for name in _ADDRESSES if name in os.environ}
    try:
        return config.load(None, given | {name: value for name, value in values.items() if value})
    except ConfigFault as fault:
        lines = (_typed(line, values) for line in fault.lines)
        raise _Wrong("\n".join((say("init.wecom.malformed"), *lines))) from fault


def _typed(line: str, values: Collection[str]) -> str:
    """A fault of what was typed: it stands in no environment variable, though it was checked as if it did."""
    place, _, fault = line.partition(": ")
    return fault if place.removeprefix("environment variable ") in values else line


def _told(fault: _Wrong, asks: bool) -> None:
    """Say what is wrong; without questions it ends here."""
    if not asks:
        raise JobFailed("plain", words=fault.words) from fault
    console.print(fault.words, markup=False, soft_wrap=True)


def _tick(words: str) -> None:
    console.print(f"{_DONE} ", end="")
    console.print(words, markup=False, soft_wrap=True)


def _warn(*lines: str) -> None:
    console.print("[yellow]![/] ", end="")
    console.print("\n  ".join(lines), markup=False, soft_wrap=True)


def _new_token() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(_TOKEN_SIGNS))


def _new_aes_key() -> str:
    """A key in base64 without its end, as the console makes it: letters and digits only."""
    while True:
        written = base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode().rstrip("=")
        if written.isalnum():
            return written
