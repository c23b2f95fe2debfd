"""Telegram, over the Bot API: translated and transported, with none of the library's own queues."""

from bot.platforms.telegram.account import Account
from bot.platforms.telegram.adapter import MOST_BODY, TelegramPlatform, Webhook
from bot.platforms.telegram.api import Api
from bot.platforms.telegram.reading import hears

__all__ = ["MOST_BODY", "Account", "Api", "TelegramPlatform", "Webhook", "hears"]
