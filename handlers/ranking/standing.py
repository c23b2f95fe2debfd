"""「排名」: one's own place and the first ten; and whether a printed ranking is the one that holds."""

from typing import Final

from bot.chat.events import Incoming
from bot.chat.feature import Work
from bot.chat.messages import Effects, Lines, Text, answer
from bot.domain.people import RIDERS
from bot.domain.refusal import Refused
from bot.domain.times import local_day, local_month
from handlers.ranking import rules, wording
from handlers.ranking.declared import text
from handlers.ranking.wording import TOP
from storage import balances, months, ranking_lines, ranking_shown
from storage.months import Month, MonthState

_SETTLED: Final = {MonthState.PUBLICITY: "standing.shown", MonthState.FINAL: "standing.final"}
_DIGEST: Final = 16  # letters of the hash on a picture


async def show(event: Incoming, work: Work) -> Effects:
    """「排名」 of the running month, 「排名 10月」 of one that is over."""
    today = local_day(event.at, work.town.zone)
    named, rest = rules.split_month(event.rest, today)
    if rest:
        raise Refused("ranking.standing.how")
    period = named or f"{today:%Y-%m}"
    month = await months.find(work.tx, period)
    if month is None and period == local_month(event.at, work.town.zone):
        return [answer(event, Lines(tuple(await _running(period, work))))]
    if month is None or month.state not in _SETTLED:
        key = "ranking.standing.counting" if month else "ranking.standing.none"
        raise Refused(key, month=wording.month_named(period, event.at, work))
    return [answer(event, Lines(tuple(await _settled(month, event, work))))]


async def _running(period: str, work: Work) -> list[Text]:
    lines: list[Text] = []
    if work.actor.is_any(RIDERS):
        own = await balances.balance(work.tx, work.actor.id, period)
        if own.month <= 0:
            lines.append(text("standing.own_none"))
        elif own.rank is None:
            lines.append(text("standing.own_far", points=own.month))
        else:
            lines.append(text("standing.own", points=own.month, place=own.rank))
    leading = await ranking_shown.list_leading(work.tx, period, TOP)
    lines.append(text("standing.leading" if leading else "standing.nobody"))
    for leader in leading:
        place = 1 + sum(other.points > leader.points for other in leading)
        lines.append(text("standing.line", place=place, name=wording.name_of(leader), points=leader.points))
    return lines


async def _settled(month: Month, event: Incoming, work: Work) -> list[Text]:
    named = wording.month_named(month.period, event.at, work)
    lines = [text(_SETTLED[month.state], month=named)]
    own = await ranking_lines.find(work.tx, month.period, month.version, work.actor.id)
    if own is not None and own.points > 0:
        lines.append(text("standing.own_then", points=own.points, place=own.place))
    found, _ = await wording.shown(month, TOP, work)
    for one in found:
        if one.line.points > 0:
            line = one.line
            lines.append(text("standing.line", place=line.place, name=wording.name_of(one), points=line.points))
    return lines


async def check(event: Incoming, work: Work) -> Effects:
    """「核验 2026-10 3f…」, as the square on a poster says: whether that is the ranking that holds."""
    period, _, digest = event.rest.strip().partition(" ")
    month = await months.find(work.tx, period)
    given = digest.strip().lower()
    if month is None or month.hash is None or len(given) < _DIGEST:
        raise Refused("ranking.check.unknown")
    named = wording.month_named(period, event.at, work)
    if not month.hash.startswith(given):
        return [answer(event, text("check.other", month=named))]
    return [answer(event, text("check.same", month=named, riders=month.totals.riders))]
