"""Days set by an admin's message or a file: stored, audited, and open limits are counted anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.chat.events import Incoming, Ordered
from bot.chat.feature import Work
from bot.chat.messages import Effects, Lines, Outgoing, Rank, Text, answer
from bot.domain.calendar import Calendar
from bot.domain.people import Role
from bot.domain.refusal import Refused
from bot.domain.times import local_day
from bot.domain.workdays import is_near, read_days, spans, wish
from handlers.calendar import listing
from handlers.calendar.declared import said, text
from storage import audit, calendar_days, members, timers

RECOUNT: Final = "deadlines.recount"  # a timer of the feature that keeps the limits
_WRITTEN: Final = {True: "work", False: "rest", None: "restore"}


@dataclass(frozen=True, slots=True)
class _Change:
    """The days that were set otherwise before, and the calendar before and after."""

    days: Mapping[date, bool | None]
    before: Calendar
    after: Calendar

    def counts(self) -> bool:
        """Whether any day is worked now that was not, or the other way round."""
        return any(self.before.is_workday(day) != self.after.is_workday(day) for day in self.days)


async def set_days(event: Incoming, work: Work) -> Effects:
    """「调休 2月6日 上班」, 「休息」, 「恢复」; the word alone tells what is to come."""
    today = local_day(event.at, work.town.zone)
    if not event.rest:
        return [answer(event, listing.coming(work.town.calendar, today))]
    wished = wish(event.rest, today)
    if wished is None:
        raise Refused("calendar.how")
    days, works = wished
    if not all(is_near(day, today) for day in days):
        raise Refused("calendar.too_far", first=today.year - 1, last=today.year + 1)
    change = await _store(dict.fromkeys(days, works), event, work)
    now = said({day: change.after.is_workday(day) for day in days}, today)
    return [answer(event, Lines((text(_first_line(change, works)), *now, *_recounted(change))))]


async def take_in(event: Ordered, work: Work) -> Effects:
    """Days of a file, checked before; the admins hear of it. Idempotent."""
    days = read_days(event.args)
    change = await _store(days, event, work)
    if not change.days:
        return []
    counts = text("imported", changed=len(change.days), same=len(days) - len(change.days))
    told = Lines((counts, *_recounted(change)))
    return [Outgoing(admin, told, rank=Rank.CARD) for admin in await members.holders(work.tx, Role.ADMIN)]


async def _store(days: Mapping[date, bool | None], event: Incoming | Ordered, work: Work) -> _Change:
    """Write what is not so already; the timer's key holds the newest row before and after."""
    before = after = await calendar_days.hold(work.tx)
    own = await calendar_days.as_of(work.tx, before)
    changed = {day: works for day, works in sorted(days.items()) if own.get(day) is not works}
    for day, works in changed.items():
        after = await calendar_days.add(work.tx, day, works, work.actor.id, event.at)
    if changed:
        detail = " ".join(f"{first}..{last}={_WRITTEN[works]}" for first, last, works in spans(changed))
        await audit.note(work.tx, event.at, work.actor.id, "calendar.set", f"calendar_day:{after}", detail)
        await timers.set_timer(work.tx, RECOUNT, f"{before}:{after}:0", event.at)
    calendar = work.town.calendar
    own_now = await calendar_days.as_of(work.tx, after)
    return _Change(changed, calendar.with_days(own), calendar.with_days(own_now))


def _first_line(change: _Change, works: bool | None) -> str:
    if not change.days:
        return "same"
    return "restored" if works is None else "set"


def _recounted(change: _Change) -> list[Text]:
    return [text("recounted")] if change.counts() else []
