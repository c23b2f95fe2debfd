"""A case on hold: the lead office decides, with a date on which it is looked at again."""

import re
from dataclasses import replace
from datetime import date, datetime, time
from typing import Final

from bot.chat.events import Due, Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Effects, Outgoing, answer
from bot.domain.case import Case, CaseId, CaseMoved, CaseState, Move, Relation
from bot.domain.casenumber import spoken
from bot.domain.lifecycle import may
from bot.domain.people import MemberId, Role
from bot.domain.recognise import normalise
from bot.domain.refusal import Refused
from bot.domain.times import read, stored
from handlers.handle.declared import feature, text
from handlers.handle.told import reply, tell_contact, tell_reporter
from handlers.handle.waiting import named_case
from storage import cases, members

_DAY: Final = re.compile(r"(?:(?P<year>20\d\d)[年./-])?(?P<month>\d{1,2})[月./-](?P<day>\d{1,2})日?")
_OPENS: Final = time(8, 30)
_MOST_WORDS: Final = 60
_ASKS: Final = frozenset({Relation.CONTACT, Relation.DEPUTY, Relation.LEADER})


async def by_word(event: Incoming, work: Work) -> Effects:
    """「挂起 0127 11月30日 等材料」: the office holds it, a contact asks the office; without a date not at all."""
    case = await named_case(event, work)
    words = normalise(event.rest)
    found = _DAY.search(words)
    until = _date(found, event.at, work) if found else None
    reason = words[found.end() :].strip()[:_MOST_WORDS] if found else ""
    held = await cases.relations(work.tx, case, work.actor)
    if not may(case, Move.HOLD, held) and held & _ASKS:
        return await _ask(event, case, until, reason, work)
    moved = await cases.move(work.tx, case, Move.HOLD, work.actor, event.at, note=reason, hold_until=until)
    return [moved, answer(event, text("held", number=spoken(case.number), until=until or event.at), case=case)]


async def _ask(event: Incoming, case: Case, until: datetime | None, reason: str, work: Work) -> Effects:
    number = spoken(case.number)
    if case.state not in (CaseState.ACCEPTED, CaseState.REWORK):
        raise Refused("case.not_now", number=number, state=case.state)
    if until is None or until <= event.at or not reason:
        raise Refused("handle.hold_example", number=number)
    asked = text("hold_asked", number=number, who=work.actor.name, until=until, why=reason)
    buttons = (
        feature.press("approve_hold", "button.approve_hold", case=case, target=f"{stored(until)} {reason}"),
        feature.press("deny_hold", "button.deny_hold", case=case),
    )
    office = [who for who in await _office(work) if who != work.actor.id]
    if not office:
        raise Refused("handle.nobody_decides")
    requests = [
        replace(tell_contact(case, who, asked, work, event.at, *buttons), slot=_slot(case, who)) for who in office
    ]
    return [*requests, reply(event, case, text("hold_requested", number=number), work)]


async def _office(work: Work) -> list[MemberId]:
    """The lead office: dispatchers who can be reached, else admins."""
    for role in (Role.DISPATCHER, Role.ADMIN):
        if found := [who for who in await members.holders(work.tx, role) if await members.reachable(work.tx, who)]:
            return found
    return []


async def approve(event: Pressed, case: Case, work: Work) -> Effects:
    """The office grants what a contact asked for."""
    written, _, reason = event.target.partition(" ")
    until = read(written)
    moved = await cases.move(work.tx, case, Move.HOLD, work.actor, event.at, note=reason, hold_until=until)
    return [moved, _settled(case, "held", work, until), Acknowledge(event)]


async def deny(event: Pressed, case: Case, work: Work) -> Effects:
    """The clocks go on."""
    if not may(case, Move.HOLD, await cases.relations(work.tx, case, work.actor)):
        raise Refused("case.unknown", number=spoken(case.number))
    said = text("hold_denied", number=spoken(case.number))
    told = [tell_contact(case, case.contact_id, said, work, event.at)] if case.contact_id is not None else []
    return [*told, _settled(case, "hold_denied_noted", work, event.at), Acknowledge(event)]


def _settled(case: Case, key: str, work: Work, until: datetime) -> Outgoing:
    """The request loses its buttons once it was decided on."""
    who, number = work.actor.id, spoken(case.number)
    said = text("held", number=number, until=until) if key == "held" else text("hold_denied_noted", number=number)
    return Outgoing(who, said, case=case.id, slot=_slot(case, who), only_edit=True)


def _slot(case: Case, who: MemberId) -> str:
    return f"hold:{case.id}:{who}"


def told(moved: CaseMoved, work: Work) -> Effects:
    """The reporter reads why and until when, the contact that the clock stands still."""
    case = moved.after
    if case.hold_until is None:
        return []
    said = text("hold_told", number=spoken(case.number), until=case.hold_until, why=moved.note or "—")
    contact = [tell_contact(case, case.contact_id, said, work, moved.at)] if case.contact_id is not None else []
    return [tell_reporter(case, said, work, moved.at), *contact]


async def review(event: Due, work: Work) -> Effects:
    """On the review date the case goes on by itself; contact and office are reminded."""
    case = await cases.get(work.tx, CaseId(int(event.key)))
    if case.state is not CaseState.ON_HOLD:
        return []
    moved = await cases.move(work.tx, case, Move.RESUME, work.actor, event.at, note="review")
    number = spoken(case.number)
    reminded = [
        tell_contact(case, who, text("review_office", number=number), work, event.at) for who in await _office(work)
    ]
    if case.contact_id is None:
        return [moved, *reminded]
    return [moved, *reminded, tell_contact(case, case.contact_id, text("review", number=number), work, event.at)]


def _date(found: re.Match[str], at: datetime, work: Work) -> datetime | None:
    """The named day at the start of work; of two years the next one to come."""
    zone = work.town.zone
    today = at.astimezone(zone).date()
    try:
        day = date(int(found["year"] or today.year), int(found["month"]), int(found["day"]))
        if found["year"] is None and day < today:
            day = day.replace(year=day.year + 1)
    except ValueError:
        return None
    return datetime.combine(day, _OPENS, zone)
