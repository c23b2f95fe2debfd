"""Telegram: the token, how updates come, and what is missing in each group."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.chat.events import Platform
from bot.config import Settings
from bot.control import Json
from bot.doctor.finding import Finding, Verdict, judged

if TYPE_CHECKING:
    from bot.app.probing import Line
    from bot.platforms.telegram import Account, Api

_MANY_WAIT: Final = 100  # updates at Telegram; a running bot leaves none
_RECENT: Final = timedelta(hours=24)


async def telegram(settings: Settings, groups: Sequence[Json]) -> AsyncGenerator[Finding]:
    """Every check of it."""
    from telegram.error import TelegramError

    from bot.app.chats import telegram_api
    from bot.app.probing import NotReached, account_of, line_of

    api = telegram_api(settings)
    try:
        me = await account_of(api, proxy=bool(settings.telegram.proxy))
        yield judged("telegram", True, name=me.username)
        for finding in _line(settings, await line_of(api)):
            yield finding
        async for finding in _standings(api, me, [one for one in groups if one["platform"] == Platform.TELEGRAM]):
            yield finding
    except NotReached as fault:
        yield Finding(f"telegram_{fault.why}", Verdict.BAD, {})
    except TelegramError as fault:
        yield judged("telegram_broken", False, why=type(fault).__name__)
    finally:
        await api.close()


def _line(settings: Settings, line: "Line") -> Iterator[Finding]:
    from bot.app.chats import TELEGRAM_PATH

    if settings.telegram.mode == "polling":
        yield judged("telegram_polling", not line.url, care=True)
    else:
        wanted = settings.web.public_url + TELEGRAM_PATH
        yield judged("telegram_webhook", line.url == wanted, care=True, url=wanted)
    yield judged("telegram_waiting", line.waiting <= _MANY_WAIT, care=True, n=line.waiting)
    if line.error_at is not None and datetime.now(UTC) - line.error_at <= _RECENT:
        zone = ZoneInfo(settings.town.timezone)
        at = f"{line.error_at.astimezone(zone):%Y-%m-%d %H:%M}"
        yield judged("telegram_error", False, care=True, why=line.error, at=at)


async def _standings(api: "Api", me: "Account", groups: Sequence[Json]) -> AsyncGenerator[Finding]:
    from bot.app.probing import standing_in

    if not groups:
        yield judged("telegram_no_group", False, care=True)
    for one in groups:
        title = one["title"]
        match await standing_in(api, me, one["chat"]):
            case "gone":
                yield judged("telegram_gone", False, title=title)
            case "deaf":
                yield judged("telegram_deaf", False, title=title)
            case "hears" if one["deaf"]:  # privacy mode was switched off after it had joined
                yield judged("telegram_rejoin", False, title=title)
            case "hears":
                yield judged("telegram_group", True, title=title)
