"""Telegram, over the Bot API: translated and transported, with none of the library's own queues."""

from bot.platforms.telegram.adapter import TelegramPlatform
from bot.platforms.telegram.api import Account, Api, Unusable

__all__ = ["Account", "Api", "TelegramPlatform", "Unusable"]
