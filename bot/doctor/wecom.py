"""WeCom: the AI bot's login, the app and its callback, and who cannot be written to yet."""

import os
from collections.abc import AsyncGenerator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.config import Settings
from bot.control import Json
from bot.doctor.finding import Finding, judged
from bot.engine.clock import SystemClock

if TYPE_CHECKING:
    from bot.platforms.wecom.app_api import AppApi

_NAMED: Final = 10  # people named in one line
_FRESH: Final = timedelta(minutes=2)  # a running bot notes four times as often that it is connected


async def wecom(settings: Settings, status: Json | None) -> AsyncGenerator[Finding]:
    """Every check of it. `status`: what the process that holds the database says, None if it does not answer."""
    own = settings.wecom
    if own.aibot.bot_id:
        yield await _bot(settings, status)
    if own.app.corp_id:
        from bot.app.chats import wecom_app

        if (api := wecom_app(settings, SystemClock())) is not None:
            try:
                yield await _app(api)
            finally:
                await api.close()
        yield await _callback(settings, status)
    if own.webhook.urls:
        yield judged("wecom_hooks", True, n=len(own.webhook.urls))
    if status is not None:
        for finding in (*_groups(status["groups"]), *_people(settings, status)):
            yield finding


async def _bot(settings: Settings, status: Json | None) -> Finding:
    """A second login ends the first, so a bot that may be running is asked, and never tried."""
    if status is None:
        return judged("wecom_bot_untried", False, care=True)
    if _runs(status) and status["link"] is not None:
        return _link(status["link"])
    if _runs(status) or status["held"]:
        live = datetime.fromisoformat(status["live_at"]) if status["live_at"] else None
        return judged("wecom_bot_elsewhere", live is not None and datetime.now(UTC) - live <= _FRESH, care=True)
    from bot.app.chats import wecom_bot
    from bot.app.wecom_probing import QUICK, link_of

    socket = wecom_bot(settings, SystemClock(), QUICK)
    return _link(await link_of(socket)) if socket is not None else judged("wecom_bot_untried", False, care=True)


def _link(link: str) -> Finding:
    return judged("wecom_bot", True) if link == "connected" else judged(f"wecom_bot_{link}", False)


def _runs(status: Json) -> bool:
    return status["pid"] != os.getpid()


async def _app(api: "AppApi") -> Finding:
    from bot.app.wecom_probing import AppNotReached, app_of

    try:
        app = await app_of(api)
    except AppNotReached as fault:
        return judged(f"wecom_app_{fault.why}", False, code=fault.code, address=fault.address or "?")
    return judged("wecom_app" if app.seen else "wecom_app_unseen", app.seen, care=True, name=app.name)


async def _callback(settings: Settings, status: Json | None) -> Finding:
    from bot.app.chats import WECOM_PATH
    from bot.app.wecom_probing import callback_fault
    from bot.platforms.wecom.crypto import CallbackCipher

    own, url = settings.wecom.app, settings.web.public_url + WECOM_PATH
    if not own.token:
        return judged("wecom_callback_none", False, care=True)
    if status is None or not (_runs(status) or status["shared"]):
        return judged("wecom_callback_idle", False, care=True, url=url)
    cipher = CallbackCipher(own.token, own.aes_key, own.corp_id)
    why = await callback_fault(url, cipher, SystemClock())
    return judged("wecom_callback", not why, url=url, why=why)


def _groups(groups: Sequence[Json]) -> Iterator[Finding]:
    if not groups:
        yield judged("wecom_no_group", False, care=True)
    for one in groups:
        yield judged("wecom_group", one["open"], title=one["title"])


def _people(settings: Settings, status: Json) -> Iterator[Finding]:
    encrypted: int = status["encrypted"]
    if encrypted:
        yield judged("wecom_encrypted", False, care=True, n=encrypted)
    silent: list[str] = status["silent"]
    if settings.wecom.aibot.bot_id and not settings.wecom.app.corp_id:
        yield judged("wecom_silent", not silent, care=True, n=len(silent), names=_some(silent))


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:_NAMED]) + ("…" if len(names) > _NAMED else "")
