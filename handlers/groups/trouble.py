"""A platform that cannot be heard, or can be again: the admins read what it means and what to do."""

from datetime import UTC, datetime, timedelta
from typing import Final

from bot.chat.events import Address, Trouble
from bot.chat.feature import Work
from bot.chat.messages import Effects, Lines, Outgoing, Rank, Text
from bot.domain.times import local_day
from handlers.groups.declared import text, to_admins
from storage import groups

_CURED: Final = frozenset({
    "conflict", "webhook", "token", "address", "again",
    "kicked", "bot_refused", "app_refused", "untrusted_ip", "app_inactive",
})  # fmt: skip
_KEPT: Final = timedelta(hours=24)  # how long Telegram keeps what it could not deliver (Bot API, getUpdates)
_SHORT: Final = timedelta(minutes=1)
_LONG: Final = timedelta(minutes=10)  # gaps of less are told together, and an admin need not hear of them


async def tell(event: Trouble, work: Work) -> Effects:
    """Once for each kind and day: what keeps failing need not be read every minute."""
    if event.what == "gap":
        return await _gap(event, datetime.fromtimestamp(int(event.detail), UTC), work)
    once = f"trouble:{event.platform}:{event.what}:{local_day(event.at, work.town.zone)}"
    return await to_admins(_said(event), work, once)


async def _gap(event: Trouble, since: datetime, work: Work) -> Effects:
    """What was said meanwhile never comes: the groups read it, once for gaps that follow each other, never at night."""
    at = work.town.quiet.first_allowed(event.at)
    count = int(at.timestamp() // _LONG.total_seconds())
    short = event.at - since < _SHORT
    said = text("trouble.gap_short", at=since) if short else text("trouble.gap", since=since, until=event.at)
    told = [
        Outgoing(
            Address(event.platform, chat, private=False), said, rank=Rank.CARD, not_before=at,
            once=f"gap:{event.platform}:{chat}:{count}",
        )
        for platform, chat in await groups.bound(work.tx) if platform == event.platform
    ]  # fmt: skip
    if event.at - since < _LONG:
        return told
    platform, length = Text(f"platform.{event.platform}"), event.at - since
    admins = text("trouble.gap_admin", platform=platform, length=length)
    return [*told, *await to_admins(admins, work, f"gap:{event.platform}:{count}")]


def _said(event: Trouble) -> Text | Lines:
    platform = Text(f"platform.{event.platform}")
    if event.what == "outage" and event.detail.isdecimal():
        length = timedelta(minutes=int(event.detail))
        lost = (text("trouble.lost", platform=platform),) if length > _KEPT else ()
        return Lines((text("trouble.outage", platform=platform, length=length), *lost))
    if event.what in _CURED:
        return text(f"trouble.{event.what}", platform=platform)
    return text("trouble.other", platform=platform, what=f"{event.what} {event.detail}".strip())
