"""A year that nobody has entered: the admins hear of it until it is there."""

from bot.chat.events import Due
from bot.chat.feature import Work
from bot.chat.messages import Effects, Outgoing, Rank
from bot.domain.people import Role
from bot.domain.times import local_day
from handlers.calendar.declared import text
from handlers.calendar.listing import unknown_year
from storage import members


async def remind(event: Due, work: Work) -> Effects:
    """Once a week; hours that are made up after an outage are of the same week and add nothing."""
    today = local_day(event.at, work.town.zone)
    year = unknown_year(work.town.calendar, today)
    if year is None:
        return []
    week = today.isocalendar()
    once = f"calendar.missing:{year}:{week.year}-W{week.week}"
    admins = await members.holders(work.tx, Role.ADMIN)
    return [Outgoing(admin, text("missing", year=year), rank=Rank.CARD, once=f"{once}:{admin}") for admin in admins]
