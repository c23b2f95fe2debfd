"""A platform that cannot be heard, or can be again: the admins read what it means and what to do."""

from datetime import timedelta
from typing import Final

from bot.chat.events import Trouble
from bot.chat.feature import Work
from bot.chat.messages import Effects, Lines, Text
from bot.domain.times import local_day
from handlers.groups.declared import text, to_admins

_CURED: Final = frozenset({"conflict", "webhook", "token", "address", "again"})
_KEPT: Final = timedelta(hours=24)  # how long Telegram keeps what it could not deliver (Bot API, getUpdates)


async def tell(event: Trouble, work: Work) -> Effects:
    """Once for each kind and day: what keeps failing need not be read every minute."""
    once = f"trouble:{event.platform}:{event.what}:{local_day(event.at, work.town.zone)}"
    return await to_admins(_said(event), work, once)


def _said(event: Trouble) -> Text | Lines:
    platform = Text(f"platform.{event.platform}")
    if event.what == "outage" and event.detail.isdecimal():
        length = timedelta(minutes=int(event.detail))
        lost = (text("trouble.lost", platform=platform),) if length > _KEPT else ()
        return Lines((text("trouble.outage", platform=platform, length=length), *lost))
    if event.what in _CURED:
        return text(f"trouble.{event.what}", platform=platform)
    return text("trouble.other", platform=platform, what=f"{event.what} {event.detail}".strip())
