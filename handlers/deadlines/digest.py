"""The day in the group: how much came and was done, without a name of whoever is late."""

from datetime import datetime, timedelta
from typing import Final

from bot.chat.events import Address, Platform
from bot.chat.feature import Work
from bot.chat.messages import Effects, Lines, Outgoing, Rank, Text
from bot.domain.case import Case
from bot.domain.casenumber import spoken
from bot.domain.rulebook import Sensitive
from bot.domain.times import local_day
from handlers.deadlines import wording
from handlers.deadlines.declared import text
from storage import day_figures, groups

_MOST_OPEN: Final = 4


async def post(work: Work, due_at: datetime) -> Effects:
    """One message in each bound group in which something changed today."""
    zone = work.town.zone
    midnight = datetime.combine(local_day(due_at, zone), datetime.min.time(), zone)
    posts: list[Outgoing] = []
    for platform, chat in await groups.bound(work.tx):
        day = await day_figures.of_group(work.tx, platform, chat, midnight, midnight + timedelta(days=1), _MOST_OPEN)
        if not day.reported and not day.closed:
            continue
        lines = [text("digest.counts", reported=day.reported, closed=len(day.closed))]
        lines += _fastest([case for case in day.closed if not _is_sensitive(case, work)], work)
        lines += _open(day)
        where = Address(Platform(platform), chat, private=False)
        once = f"digest:{platform}:{chat}:{local_day(due_at, zone)}"
        posts.append(Outgoing(where, Lines(tuple(lines)), rank=Rank.BROADCAST, once=once))
    return posts


def _fastest(closed: list[Case], work: Work) -> list[Text]:
    timed = [(case.closed_at - case.opened_at, case) for case in closed if case.closed_at is not None]
    if not timed:
        return []
    length, case = min(timed, key=lambda one: (one[0], one[1].number))
    return [text("digest.fastest", number=spoken(case.number), what=wording.what(case, work), length=length)]


def _open(day: day_figures.Day) -> list[Text]:
    if not day.open:
        return []
    numbers = "、".join(spoken(case.number) for case in day.open)
    if day.open_n > len(day.open):
        return [text("digest.open_many", numbers=numbers, n=day.open_n)]
    return [text("digest.open_few", numbers=numbers)]


def _is_sensitive(case: Case, work: Work) -> bool:
    category = work.town.rulebook.categories.get(case.category) if case.category else None
    return category is None or category.sensitive is Sensitive.YES
