"""A month is settled: its stars are rewarded, and everybody hears of it once, with the poster."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.chat.events import Due, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Effect, Effects, Outgoing
from bot.domain.people import SYSTEM
from bot.domain.refusal import Refused
from bot.domain.times import local_day, span_of_month
from handlers.ranking import agencies, asking, draft, pictures, publishing, rules, wording
from handlers.ranking.declared import text
from handlers.ranking.wording import HONOURED
from storage import audit, booking, months, objections, ranking_lines, ranking_shown, rule_versions, timers
from storage.booking import Occurrence
from storage.months import Month, MonthState
from storage.ranking_lines import Line

_MONTHS: Final = 6  # that are looked at each morning
_AT_ONCE: Final = 100


async def morning(event: Due, work: Work) -> Effects:
    """At nine on a working day: drafts that wait, months whose days are over, objections that are late."""
    today = local_day(event.due_at, work.town.zone)
    if not work.town.calendar.is_workday(today):
        return []
    effects: list[Effect] = []
    for month in reversed(await months.list_newest(work.tx, _MONTHS)):
        if month.state is MonthState.FROZEN and month.frozen_at is not None and month.frozen_at < event.due_at:
            effects += await draft.remind(month, work, event.at)
        if await _is_over(month, event.due_at, work):
            effects += await settle(month, work, event.at)
    return [*effects, *await asking.remind_late(work, event.at)]


async def _is_over(month: Month, now: datetime, work: Work) -> bool:
    """Whether the days of publicity are over and nothing is open; an open objection keeps the month open."""
    if month.state is not MonthState.PUBLICITY or month.checkpoint or month.publicity_until is None:
        return False
    return month.publicity_until <= now and not await objections.list_open(work.tx, month.period)


async def settle(month: Month, work: Work, at: datetime) -> Effects:
    """Nothing of the month changes any more. Idempotent: what follows happens once."""
    if not await months.settle(work.tx, month.period, at):
        return []
    await audit.note(work.tx, at, work.actor.id, "month.final", f"month:{month.period}", f"hash:{month.hash}")
    await _reward_stars(month, work, at)
    settled = await months.find(work.tx, month.period) or month
    lines = [text("final.head", month=wording.month_named(month.period, at, work))]
    lines += await publishing.named_and_counted(settled, work)
    lines.append(text("final.card"))
    await agencies.begin(month.period, work, at)
    await timers.set_timer(work.tx, publishing.TELL, f"{month.period}:{MonthState.FINAL}:0", at)
    shown = (await pictures.poster(settled, work),)
    return await publishing.in_groups(lines, shown, f"ranking:{month.period}:final", work, at)


async def _reward_stars(month: Month, work: Work, at: datetime) -> None:
    """The first three places are worth points that can be spent; who shares a place gets what it is worth."""
    day = span_of_month(month.period, work.town.zone)[1].date() - timedelta(days=1)
    version = await rule_versions.in_force(work.tx, day.isoformat())
    star = rules.item_for(rules.MONTHLY_STAR, version.rules) if version else None
    if star is None:
        return
    for line in await _stars(month, min(HONOURED, len(star.points)), work):
        what = Occurrence(
            code=star.code, member=line.member_id, subject=f"month:{month.period}", at=at, by=SYSTEM,
            grade=line.place - 1, on=day,
        )  # fmt: skip
        await booking.book_item(work.tx, work.town.zone, what)


async def _stars(month: Month, places: int, work: Work) -> Sequence[Line]:
    found: list[Line] = []
    last: Line | None = None
    while page := await ranking_lines.list_after(work.tx, month.period, month.version, last, _AT_ONCE):
        found += [line for line in page if line.place <= places and line.points > 0]
        last = page[-1]
        if last.place > places or last.points == 0:
            break
    return found


async def card(event: Pressed, work: Work) -> Effects:
    """〔我的月卡〕: drawn when it is wanted, for the rider alone."""
    month = await months.find(work.tx, event.target)
    if month is None or not month.version:
        raise Refused("core.button_stale")
    earlier, day = await wording.compared_with(month.period, work), f"{month.period}-28"
    own = await ranking_shown.find(work.tx, month.period, month.version, earlier, day, work.actor.id)
    if own is None:
        raise Refused("ranking.own.none", month=wording.month_named(month.period, event.at, work))
    said = text("own.card", month=wording.month_named(month.period, event.at, work))
    drawn = await pictures.card(month, own, work)
    return [Acknowledge(event), Outgoing(event.where, said, attachments=(drawn,))]
