"""The days in which a ranking is shown: the list in every work group, each rider's own place in private, corrections."""

from datetime import datetime
from typing import Final

from bot.chat.events import Address, Due, Platform
from bot.chat.feature import Work
from bot.chat.messages import Attachment, Effect, Effects, Lines, Outgoing, Rank, Text
from bot.domain.refusal import Refused
from handlers.ranking import pictures, rules, wording
from handlers.ranking.declared import feature, text
from storage import audit, groups, months, ranking_lines, timers
from storage.months import Month, MonthState
from storage.ranking_lines import Line

_AT_ONCE: Final = 100  # riders who are told in one event
TELL: Final = f"{feature.name}.tell"
_FEW: Final = 40  # lines among which the first three places are looked for


async def show(period: str, work: Work, at: datetime) -> Effects:
    """Make a draft public.

    Raises:
        Refused: it is no draft, or is being counted anew.
    """
    until = rules.publicity_until(at, work.town.calendar)
    if not await months.publish(work.tx, period, at, until):
        raise Refused("ranking.draft.counting")
    await audit.note(work.tx, at, work.actor.id, "month.published", f"month:{period}", f"until:{until.isoformat()}")
    month = await _month(period, work)
    await timers.set_timer(work.tx, TELL, f"{period}:{MonthState.PUBLICITY}:0", at)
    lines = [text("shown.head", month=wording.month_named(period, at, work)), *await named_and_counted(month, work)]
    lines.append(text("shown.until", first=wording.day_named(at, work), last=wording.last_day(until, work)))
    lines.append(text("shown.object"))
    return await in_groups(lines, (await pictures.sheet(month, work, at),), f"ranking:{period}:shown", work, at)


async def correct(period: str, work: Work, at: datetime) -> Effects:
    """A later version, after an objection was upheld, is posted once."""
    month = await _month(period, work)
    lines = [text("shown.corrected", month=wording.month_named(period, at, work)), text("shown.instead")]
    once = f"ranking:{period}:corrected:{month.version}"
    return await in_groups(lines, (await pictures.sheet(month, work, at),), once, work, at)


async def named_and_counted(month: Month, work: Work) -> list[Text]:
    """The first three places by name, for those who cannot open pictures, and what all did together."""
    found, _ = await wording.shown(month, _FEW, work)
    named = wording.honours(found) or [text("shown.nobody")]
    return [*named, text("shown.all", reported=month.totals.reported, resolved=month.totals.resolved)]


async def in_groups(
    lines: list[Text], attachments: tuple[Attachment, ...], once: str, work: Work, at: datetime
) -> Effects:
    """The same message in every work group, not at night; a fact is told once, however often it is told."""
    return [
        Outgoing(
            Address(Platform(platform), chat, private=False),
            Lines(tuple(lines)),
            attachments=attachments,
            rank=Rank.BROADCAST,
            once=f"{once}:{platform}:{chat}",
            not_before=work.town.night.first_allowed(at),
        )
        for platform, chat in await groups.bound(work.tx)
    ]


async def tell(event: Due, work: Work) -> Effects:
    """`month:state:member`: tell the next riders their own place, a few an event, in private."""
    period, state, after = event.key.rsplit(":", 2)
    month = await _month(period, work)
    lines = await ranking_lines.list_members(work.tx, period, month.version, int(after), _AT_ONCE)
    if len(lines) == _AT_ONCE:
        await timers.set_timer(work.tx, TELL, f"{period}:{state}:{lines[-1].member_id}", event.at)
    told: list[Effect] = []
    for line in lines:
        if line.points > 0 or state == MonthState.PUBLICITY:
            told.append(_own_place(line, month, MonthState(state), work, event.at))
    return told


def _own(line: Line, month: Month, at: datetime, work: Work, *, final: bool) -> Text:
    """Points and place; nobody is told that they stand last, but who has nothing may object to that as well."""
    named = wording.month_named(month.period, at, work)
    if line.points <= 0:
        return text("own.nothing", month=named)
    return text("own.final" if final else "own.shown", month=named, points=line.points, place=line.place)


def _own_place(line: Line, month: Month, state: MonthState, work: Work, at: datetime) -> Outgoing:
    final = state is MonthState.FINAL
    said = _own(line, month, at, work, final=final)
    card = feature.press("card", "button.card", target=month.period, minutes=60 * 24 * 60)
    objects = feature.press("object", "button.object", target=month.period)
    return Outgoing(
        line.member_id,
        said,
        (card,) if final else (objects,),
        rank=Rank.BROADCAST,
        once=f"ranking:{month.period}:{state}:{line.member_id}",
        not_before=work.town.quiet.first_allowed(at),
    )


async def _month(period: str, work: Work) -> Month:
    month = await months.find(work.tx, period)
    if month is None:
        raise LookupError(f"the month {period} was never closed")
    return month
