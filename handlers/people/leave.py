"""Leave: while somebody is away, routing goes to the deputy, and everybody concerned knows."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from bot.chat.events import Incoming
from bot.chat.feature import Work
from bot.chat.messages import Effect, Effects, Lines, Outgoing, Rank, Text, answer
from bot.domain.dispatching import pick
from bot.domain.people import MemberId, Role
from bot.domain.refusal import Refused
from handlers.people import rules, welcome
from handlers.people.declared import text
from storage import audit, leaves, members, routes

_MOST_UNITS: Final = 3


async def go(event: Incoming, work: Work) -> Effects:
    """「请假 11月25日-28日」."""
    days = rules.leave_days(event.rest, welcome.today(work, event.at))
    if days is None:
        raise Refused("people.leave.how")
    first, last = days
    from_at, until_at = _midnight(first, work), _midnight(last + timedelta(days=1), work)
    await leaves.add(work.tx, work.actor.id, max(from_at, event.at), until_at, event.at)
    await audit.note(work.tx, event.at, work.actor.id, "leave.noted", f"member:{work.actor.id}", f"{first} {last}")
    span = _day(first) if first == last else text("leave.span", first=_day(first), last=_day(last))
    lines, told = await _deputies(max(from_at, event.at), span, work)
    return [answer(event, Lines((text("leave.noted", span=span), *lines))), *told]


async def come_back(event: Incoming, work: Work) -> Effects:
    """「销假」: leaves that run or are to come are over."""
    if not await leaves.end(work.tx, work.actor.id, event.at):
        raise Refused("people.leave.none")
    await audit.note(work.tx, event.at, work.actor.id, "leave.ended", f"member:{work.actor.id}")
    return [answer(event, text("leave.ended"))]


async def _deputies(at: datetime, span: Text, work: Work) -> tuple[list[Text], list[Effect]]:
    """Who takes new cases meanwhile, one line and one message for each; the office hears where there is nobody."""
    lines: list[Text] = []
    told: list[Effect] = []
    for chosen, units in (await _units_by_deputy(at, work)).items():
        unit, who = _units(units), work.actor.name
        if chosen is None:
            lines.append(text("leave.nobody", unit=unit))
            office = await members.holders(work.tx, Role.DISPATCHER) or await members.holders(work.tx, Role.ADMIN)
            said = text("leave.office", who=who, unit=unit, span=span)
            told += [Outgoing(member, said, rank=Rank.CARD) for member in office]
        elif chosen != work.actor.id:
            deputy = await members.get(work.tx, chosen)
            lines.append(text("leave.deputy", who=deputy.name, unit=unit))
            told.append(Outgoing(chosen, text("leave.stand_in", who=who, unit=unit, span=span), rank=Rank.CARD))
    return lines, told


async def _units_by_deputy(at: datetime, work: Work) -> dict[MemberId | None, list[str]]:
    """Short names of the actor's agencies by who would get a new case of them at `at`."""
    found: dict[MemberId | None, list[str]] = {}
    for agency in sorted(work.actor.agencies(Role.CONTACT)):
        chosen = pick(await routes.candidates(work.tx, agency, at)).member
        found.setdefault(chosen, []).append(work.town.rulebook.agencies[agency].short)
    return found


def _units(names: Sequence[str]) -> str | Text:
    """All names while they are few, else the first and how many."""
    if len(names) > _MOST_UNITS:
        return text("leave.units", unit=names[0], n=len(names))
    return "、".join(names)


def _day(day: date) -> Text:
    """11月25日（周三）."""
    month, weekday = Text(f"time.month{day.month}"), Text(f"time.weekday{day.isoweekday()}")
    return text("leave.day", month=month, day=day.day, weekday=weekday)


def _midnight(day: date, work: Work) -> datetime:
    return datetime.combine(day, time(), work.town.zone)
