"""「值班」: who of an agency is called first outside working hours when something is urgent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.chat.events import Incoming
from bot.chat.feature import Work
from bot.chat.messages import Effect, Effects, Lines, Outgoing, Rank, Text, answer
from bot.domain.people import OFFICE, Member, Role
from bot.domain.refusal import Refused
from bot.domain.rulebook import Agency, AgencyId, Rulebook
from handlers.people import absence, posts, rules, welcome
from handlers.people.declared import text
from handlers.people.listing import MOST_LINES, more
from storage import audit, members, night_duties


@dataclass(frozen=True, slots=True)
class _Nights:
    """Which nights are meant: from when until when, an instant of the first one, and in words."""

    from_at: datetime
    until_at: datetime
    first: datetime
    said: Text


async def duty(event: Incoming, work: Work) -> Effects:
    """「值班」 shows; 「值班 李四」 and 「值班 城管局 李四 11月25日-28日」 set."""
    if not event.rest.strip():
        return [answer(event, await _shown(work, event.at))]
    named, words = rules.whose(event.rest)
    if not named and rules.leave_days(event.rest, welcome.today(work, event.at)) is not None:
        raise Refused("people.night.how")
    agency, who = await _who(named or event.rest.strip(), work)
    nights = _nights(words if named else "", work, event.at)
    await _check(who, nights, work)
    before = await night_duties.find(work.tx, agency.id, nights.first)
    span = nights.from_at, nights.until_at
    await night_duties.add(work.tx, agency.id, who.id, span, work.actor.id, event.at)
    detail = f"member:{who.id} {nights.from_at.isoformat()} {nights.until_at.isoformat()}"
    await audit.note(work.tx, event.at, work.actor.id, "night.noted", f"agency:{agency.id}", detail)
    told: list[Effect] = [answer(event, text("night.noted", unit=agency.short, when=nights.said, who=who.name))]
    if who.id != work.actor.id:
        told.append(_told(who, text("night.yours", unit=agency.short, when=nights.said), nights, work, event.at))
    if before is not None and before.member not in (who.id, work.actor.id):
        said = text("night.replaced", unit=agency.short, when=nights.said, who=who.name)
        told.append(_told(await members.get(work.tx, before.member), said, nights, work, event.at))
    return told


async def _shown(work: Work, at: datetime) -> Lines:
    """Tonight at one's own agencies; the office sees every agency that has somebody."""
    night = rules.night_of(at, work.town.calendar)
    duties = {found.agency: found for found in await night_duties.list_at(work.tx, night)}
    mine = sorted(work.actor.agencies(Role.CONTACT, Role.LEADER))
    agencies = list(dict.fromkeys((*mine, *duties))) if work.actor.is_any(OFFICE) else mine
    lines: list[Text] = []
    for agency in agencies[:MOST_LINES]:
        known, found = work.town.rulebook.agencies[agency], duties.get(agency)
        if found is not None:
            who = (await members.get(work.tx, found.member)).name
            lines.append(text("night.line", unit=known.short, who=who, until=found.until_at))
        else:
            lines.append(text("night.desk" if known.duty_desk else "night.nobody", unit=known.short))
    head = text("night.head") if lines else text("night.none")
    return Lines((head, *lines, *more(len(agencies)), text("night.example")))


async def _who(named: str, work: Work) -> tuple[Agency, Member]:
    """Agency and person that words mean: 「李四」 or 「城管局 李四」.

    Raises:
        Refused: no such agency or person, not one's own agency, several to choose from, or somebody else's contact.
    """
    words, _, name = named.partition(" ")
    agency = _agency(words, work.town.rulebook) if name.strip() else None
    if name.strip() and agency is None:
        raise Refused("people.night.which_agency", words=words[:20])
    mine, is_admin = work.actor.agencies(Role.CONTACT, Role.LEADER), Role.ADMIN in work.actor.roles
    if not is_admin and (not mine or (agency is not None and agency.id not in mine)):
        raise Refused("people.night.not_yours")
    who = await posts.person_named(name.strip() or named, work)
    held = who.agencies(Role.CONTACT)
    fitting = sorted(held & {agency.id} if agency is not None else held if is_admin else held & mine)
    if not fitting:
        raise Refused("people.night.not_contact", name=who.name)
    if len(fitting) > 1:
        raise Refused("people.night.several", name=who.name, units=_names(fitting, work.town.rulebook))
    return work.town.rulebook.agencies[fitting[0]], who


def _agency(words: str, rulebook: Rulebook) -> Agency | None:
    """The agency with this short or full name, or the only one whose name begins so."""
    known = [agency for agency in rulebook.agencies.values() if not agency.is_area]
    exact = [agency for agency in known if words in (agency.short, agency.name, agency.id)]
    near = exact or [agency for agency in known if agency.short.startswith(words) or agency.name.startswith(words)]
    return near[0] if len(near) == 1 else None


def _nights(words: str, work: Work, at: datetime) -> _Nights:
    """Tonight until work begins, or the nights of the named days."""
    calendar, today = work.town.calendar, welcome.today(work, at)
    if not words:
        night = rules.night_of(at, calendar)
        until = calendar.next_working_instant(night)
        return _Nights(at, until, night, text("night.tonight", until=until))
    days = rules.leave_days(words, today)
    if days is None:
        raise Refused("people.night.past" if rules.is_past(words, today) else "people.night.how")
    begins, ends = rules.nights_of(days, calendar)
    return _Nights(max(begins, at), ends, max(begins, at), text("night.nights", span=absence.days(*days)))


async def _check(who: Member, nights: _Nights, work: Work) -> None:
    if not await members.reachable(work.tx, who.id):
        raise Refused("people.posts.unbound", name=who.name)
    if await members.on_leave(work.tx, who.id, nights.first):
        raise Refused("people.night.away", name=who.name)


def _told(who: Member, said: Text, nights: _Nights, work: Work, at: datetime) -> Outgoing:
    """In working hours, but before the first night begins."""
    morning = work.town.calendar.next_working_instant(at)
    return Outgoing(who.id, said, rank=Rank.CARD, not_before=morning if morning <= nights.from_at else at)


def _names(agencies: Sequence[AgencyId], rulebook: Rulebook) -> str:
    return "、".join(rulebook.agencies[agency].short for agency in agencies)
