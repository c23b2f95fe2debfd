"""The draft of a month's ranking, for the admins: doubts first, one tap to make it public, nothing by itself."""

from datetime import datetime

from bot.chat.events import Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Attachment, Button, Effects, Lines, Outgoing, Rank, Text
from bot.domain.people import Role
from bot.domain.refusal import Refused
from bot.domain.times import local_day
from handlers.ranking import pictures, publishing, wording
from handlers.ranking.declared import feature, text
from storage import audit, members, months, objections
from storage.months import Month, MonthState


async def offer(period: str, held: int, work: Work, at: datetime) -> Effects:
    """T16: the draft is ready; how many riders, and what a person should look at before it is shown."""
    month = await _month(period, work)
    opened = await objections.list_open(work.tx, period)
    lines = [
        text("draft.ready", month=wording.month_named(period, at, work), riders=month.totals.riders),
        *([text("draft.shared", n=month.totals.shared)] if month.totals.shared else []),
        *([text("draft.objections", n=len(opened))] if opened else []),
        *([text("draft.held", n=held)] if held else []),
    ]
    return [
        Outgoing(admin, Lines(tuple(lines)), _choices(period), rank=Rank.CARD, once=f"ranking:{period}:draft:{admin}")
        for admin in await members.holders(work.tx, Role.ADMIN)
    ]


async def remind(month: Month, work: Work, at: datetime) -> Effects:
    """Nobody has decided yet: the admins hear so once each working day, in working hours also after an outage."""
    opens = work.town.calendar.next_working_instant(at)
    said = text("draft.waits", month=wording.month_named(month.period, at, work))
    day = local_day(at, work.town.zone)
    return [
        Outgoing(
            admin,
            said,
            _choices(month.period),
            rank=Rank.CARD,
            not_before=opens,
            once=f"ranking:{month.period}:waits:{day}:{admin}",
        )
        for admin in await members.holders(work.tx, Role.ADMIN)
    ]


def _choices(period: str) -> tuple[Button, ...]:
    return (
        feature.press("preview", "button.preview", target=period),
        feature.press("sheet", "button.sheet", target=period),
        feature.press("publish", "button.publish", target=period, row=1),
        feature.press("put_off", "button.put_off", target=period, row=1),
    )


async def preview(event: Pressed, work: Work) -> Effects:
    """〔预览海报〕"""
    month = await _month(event.target, work)
    return _shown(event, month, await pictures.poster(month, work), work)


async def sheet(event: Pressed, work: Work) -> Effects:
    """〔看明细表〕: what everybody will get to read."""
    month = await _month(event.target, work)
    return _shown(event, month, await pictures.sheet(month, work, event.at), work)


def _shown(event: Pressed, month: Month, made: Attachment, work: Work) -> Effects:
    said = text("draft.preview", month=wording.month_named(month.period, event.at, work))
    return [Acknowledge(event), Outgoing(event.where, said, attachments=(made,))]


async def publish(event: Pressed, work: Work) -> Effects:
    """〔发布〕: at once, unless an objection is open; then it is asked once more."""
    month = await _month(event.target, work)
    _is_draft(month, event.at, work)
    opened = await objections.list_open(work.tx, month.period)
    if not opened:
        return await _publish(event, month, work)
    names = "、".join([(await members.get(work.tx, one.member_id)).name for one in opened[:3]])
    said = text("draft.sure", n=len(opened), names=names)
    sure = feature.press("publish_anyway", "button.publish_anyway", target=month.period, only=work.actor.id)
    return [Acknowledge(event), Outgoing(event.where, said, (sure,))]


async def publish_anyway(event: Pressed, work: Work) -> Effects:
    month = await _month(event.target, work)
    _is_draft(month, event.at, work)
    return await _publish(event, month, work)


async def put_off(event: Pressed, work: Work) -> Effects:
    """〔暂缓〕: nothing is shown; the reminders go on."""
    month = await _month(event.target, work)
    _is_draft(month, event.at, work)
    await audit.note(work.tx, event.at, work.actor.id, "month.put_off", f"month:{month.period}")
    return [Acknowledge(event, text("draft.put_off"))]


async def _publish(event: Pressed, month: Month, work: Work) -> Effects:
    shown = await publishing.show(month.period, work, event.at)
    said: Text = text("draft.published", month=wording.month_named(month.period, event.at, work))
    return [*shown, Acknowledge(event, said)]


def _is_draft(month: Month, at: datetime, work: Work) -> None:
    if month.checkpoint:
        raise Refused("ranking.draft.counting")
    if month.state is not MonthState.FROZEN:
        raise Refused("ranking.draft.shown_before", month=wording.month_named(month.period, at, work))


async def _month(period: str, work: Work) -> Month:
    month = await months.find(work.tx, period)
    if month is None or not month.version:
        raise Refused("core.button_stale")
    return month
