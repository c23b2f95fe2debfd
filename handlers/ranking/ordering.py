"""What the command line asks of a month: close it, make it public, count it anew."""

import json

from bot.chat.events import Ordered
from bot.chat.feature import Work
from bot.chat.messages import Effects
from bot.domain.refusal import Refused
from handlers.ranking import closing, publishing, rules, wording
from storage import months
from storage.months import Month, MonthState


async def close(event: Ordered, work: Work) -> Effects:
    """As on the first at nine, where that was missed or the month is wanted at once."""
    period = _period(event)
    named = wording.month_named(period, event.at, work)
    if not rules.is_over(period, event.at, work.town.calendar):
        raise Refused("ranking.order.not_over", month=named)
    if not await closing.begin(period, work, event.at):
        raise Refused("ranking.order.closed_before", month=named)
    return []


async def publish(event: Ordered, work: Work) -> Effects:
    """As 〔发布〕 does."""
    month = await _closed(event, work)
    if month.state not in (MonthState.FREEZING, MonthState.FROZEN):
        raise Refused("ranking.order.published_before", month=wording.month_named(month.period, event.at, work))
    return await publishing.show(month.period, work, event.at)


async def recompute(event: Ordered, work: Work) -> Effects:
    """A new version from the ledger as it stands; a month that is settled stays as it is."""
    month = await _closed(event, work)
    if month.state is MonthState.FINAL:
        raise Refused("ranking.order.settled", month=wording.month_named(month.period, event.at, work))
    await closing.count_anew(month, work, event.at)
    return []


async def _closed(event: Ordered, work: Work) -> Month:
    period = _period(event)
    month = await months.find(work.tx, period)
    if month is None:
        raise Refused("ranking.order.not_closed", month=wording.month_named(period, event.at, work))
    return month


def _period(event: Ordered) -> str:
    return str(json.loads(event.args)["month"])
