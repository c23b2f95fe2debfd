"""Leave: while somebody is away, routing goes to the deputy, and everybody concerned knows."""

from datetime import date, datetime, time, timedelta

from bot.chat.events import Incoming
from bot.chat.feature import Work
from bot.chat.messages import Effect, Effects, Lines, Outgoing, Rank, Text, answer
from bot.domain.dispatching import pick
from bot.domain.people import Role
from bot.domain.refusal import Refused
from handlers.people import rules, welcome
from handlers.people.declared import text
from storage import audit, leaves, members, routes


async def go(event: Incoming, work: Work) -> Effects:
    """「请假 11月25日-28日」."""
    days = rules.leave_days(event.rest, welcome.today(work, event.at))
    if days is None:
        raise Refused("people.leave.how")
    first, last = days
    from_at, until_at = _midnight(first, work), _midnight(last + timedelta(days=1), work)
    await leaves.add(work.tx, work.actor.id, max(from_at, event.at), until_at, event.at)
    await audit.note(work.tx, event.at, work.actor.id, "leave.noted", f"member:{work.actor.id}", f"{first} {last}")
    span = text("leave.span", first=welcome.day(first.isoformat()), last=welcome.day(last.isoformat()))
    lines, told = await _deputies(max(from_at, event.at), span, work)
    return [answer(event, Lines((text("leave.noted", span=span), *lines))), *told]


async def come_back(event: Incoming, work: Work) -> Effects:
    """「销假」: leaves that run or are to come are over."""
    if not await leaves.end(work.tx, work.actor.id, event.at):
        raise Refused("people.leave.none")
    await audit.note(work.tx, event.at, work.actor.id, "leave.ended", f"member:{work.actor.id}")
    return [answer(event, text("leave.ended"))]


async def _deputies(at: datetime, span: Text, work: Work) -> tuple[list[Text], list[Effect]]:
    """Who takes new cases of each agency meanwhile, and a word to them; the office hears where there is nobody."""
    lines: list[Text] = []
    told: list[Effect] = []
    for agency in sorted(work.actor.agencies(Role.CONTACT)):
        unit = work.town.rulebook.agencies[agency].short
        chosen = pick(await routes.candidates(work.tx, agency, at)).member
        if chosen is None:
            lines.append(text("leave.nobody", unit=unit))
            office = await members.holders(work.tx, Role.DISPATCHER) or await members.holders(work.tx, Role.ADMIN)
            said = text("leave.office", who=work.actor.name, unit=unit, span=span)
            told += [Outgoing(member, said, rank=Rank.CARD) for member in office]
        elif chosen != work.actor.id:
            deputy = await members.get(work.tx, chosen)
            lines.append(text("leave.deputy", who=deputy.name, unit=unit))
            said = text("leave.stand_in", who=work.actor.name, unit=unit, span=span)
            told.append(Outgoing(chosen, said, rank=Rank.CARD))
    return lines, told


def _midnight(day: date, work: Work) -> datetime:
    return datetime.combine(day, time(), work.town.zone)
