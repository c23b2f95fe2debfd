"""The chat platforms a county has configured, put together."""

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bot.app.doors import StoredDoors
from bot.config import Settings
from bot.config.checks import is_loopback
from bot.engine.clock import Clock
from storage.database import Database

if TYPE_CHECKING:
    from bot.platforms.telegram import Api, TelegramPlatform
    from bot.platforms.wecom import WeComPlatform
    from bot.platforms.wecom.app_api import AppApi
    from bot.platforms.wecom.line import Intervals
    from bot.platforms.wecom.socket import BotSocket

TELEGRAM_PATH: Final = "/telegram"
WECOM_PATH: Final = "/wecom"
TELEGRAM_NAME: Final = "telegram.username"  # the note with the bot's name there, for links


def start_link(name: str) -> str:
    """The address that opens the chat with the bot of this name and sends it `{code}`."""
    return f"https://t.me/{name}?start={{code}}"


def telegram_api(settings: Settings) -> "Api":
    """The connection to Telegram, as configured. Loaded late: without a token nobody waits for the library."""
    from bot.platforms.telegram import Api

    own = settings.telegram
    return Api(own.token, base_url=own.api_base_url, file_base_url=own.file_base_url, proxy=own.proxy)


def telegram(settings: Settings, clock: Clock) -> "TelegramPlatform | None":
    """Telegram as a platform; None without a token."""
    own = settings.telegram
    if not own.token:
        return None
    from bot.platforms.telegram import TelegramPlatform, Webhook

    url = settings.web.public_url + TELEGRAM_PATH
    webhook = Webhook(url, own.webhook_secret) if own.mode == "webhook" else None
    return TelegramPlatform(telegram_api(settings), clock, webhook=webhook)


def wecom_bot(settings: Settings, clock: Clock, intervals: "Intervals | None" = None) -> "BotSocket | None":
    """The AI bot's connection, not opened yet; None without a bot."""
    own = settings.wecom.aibot
    if not own.bot_id:
        return None
    from bot.platforms.wecom.socket import BotSocket

    return BotSocket(own.bot_id, own.secret, clock, url=own.ws_url, intervals=intervals)


def wecom_app(settings: Settings, clock: Clock) -> "AppApi | None":
    """The self-built app; None without one."""
    own = settings.wecom.app
    if not own.corp_id:
        return None
    from bot.platforms.wecom.app_api import AppApi

    return AppApi(own.corp_id, own.agent_id, own.secret, clock, base_url=own.api_base_url)


def wecom(settings: Settings, database: Database, clock: Clock) -> "WeComPlatform | None":
    """WeCom as a platform; None where none of its ways is set up. Loaded late, as the libraries behind it cost time."""
    own = settings.wecom
    if not (own.aibot.bot_id or own.app.corp_id or own.webhook.urls):
        return None
    from bot.platforms.wecom import Ways, WeComPlatform
    from bot.platforms.wecom.app_callback import AppCallback
    from bot.platforms.wecom.hook import Hook

    app = own.app
    callback = AppCallback(app.token, app.aes_key, app.corp_id, app.agent_id, clock) if app.token else None
    ways = Ways(
        bot=wecom_bot(settings, clock), app=wecom_app(settings, clock), callback=callback,
        hooks={name: Hook(url, clock) for name, url in own.webhook.urls.items()},
    )  # fmt: skip
    names = [name for name in (settings.bot.name, own.aibot.name) if name]
    return WeComPlatform(
        ways, StoredDoors(database, clock), clock, names=names, most_photo_bytes=settings.images.max_bytes,
        loopback=is_loopback(urlsplit(own.aibot.ws_url).hostname or ""),
    )  # fmt: skip
