"""WeCom (企业微信): an AI bot over a WebSocket, a self-built app and group webhooks, as one platform."""

from bot.platforms.wecom.adapter import Ways, WeComPlatform

__all__ = ["Ways", "WeComPlatform"]
