"""The chat platforms a county has configured, put together."""

from typing import TYPE_CHECKING, Final

from bot.config import Settings
from bot.engine.clock import Clock

if TYPE_CHECKING:
    from bot.platforms.telegram import Api, TelegramPlatform

TELEGRAM_PATH: Final = "/telegram"
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
