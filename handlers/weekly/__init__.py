"""Weekly: on the first working morning of a week the lead office gets the past week in figures; 「周报」 asks for this one."""

from datetime import date, timedelta
from typing import Final

from bot.chat.events import Due, Incoming
from bot.chat.feature import Work
from bot.chat.messages import Effects, answer
from bot.chat.schedule import Daily
from bot.domain.people import OFFICE, MemberId, Role
from bot.domain.refusal import Refused
from bot.domain.times import local_day
from handlers.weekly import brief
from handlers.weekly.declared import feature, text
from handlers.weekly.figures import gather
from handlers.weekly.rules import SENT_AT, is_its_time, monday_of, week_so_far, weeks_before
from storage import members, notes, weekly_figures

__all__ = ["feature"]

TOLD_UNTIL: Final = "weekly.told_until"  # the Monday up to which the last brief told


@feature.tick("brief", Daily(SENT_AT))
async def send_brief(event: Due, work: Work) -> Effects:
    """On the first working day on which nothing has told of the weeks before; holidays and outages only delay it."""
    zone = work.town.zone
    today = local_day(event.due_at, zone)
    if not work.town.calendar.is_workday(today) or not is_its_time(event.due_at, event.at, zone):
        return []
    told = await notes.find(work.tx, TOLD_UNTIL)
    period = weeks_before(monday_of(today), date.fromisoformat(told) if told else None, zone)
    who = await readers(work)
    if period is None or not who:
        return []
    monday = period.last + timedelta(days=1)
    await notes.put(work.tx, TOLD_UNTIL, f"{monday}")
    if told is None and not await weekly_figures.any_before(work.tx, period.until):
        return []  # the bot is new here, there is nothing to tell
    figures = await gather(period, work, event.at)
    return [brief.message(figures, member, work, once=f"weekly:{monday}:{member}") for member in who]


@feature.command("周报", "weekly", roles=OFFICE | {Role.LEADER}, group=False, privately=True)
async def show_week(event: Incoming, work: Work) -> Effects:
    """This week so far, for whoever gets the brief."""
    if work.actor.id not in await readers(work):
        raise Refused("core.not_allowed")
    figures = await gather(week_so_far(event.at, work.town.zone), work, event.at)
    if figures.is_empty:
        return [answer(event, text("nothing"))]
    return [brief.message(figures, event.where, work, so_far=True)]


async def readers(work: Work) -> list[MemberId]:
    """Dispatchers and leaders of the lead office; the admins where it has none."""
    office = [
        *await members.holders(work.tx, Role.DISPATCHER),
        *await members.holders(work.tx, Role.LEADER, work.town.rulebook.lead.id),
    ]
    return list(dict.fromkeys(office or await members.holders(work.tx, Role.ADMIN)))
