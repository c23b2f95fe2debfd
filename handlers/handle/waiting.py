"""A case that takes longer: a question to the rider, or an extension with a reason."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.chat.events import Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Effects, Outgoing, Text, tell
from bot.domain.calendar import Limit
from bot.domain.case import MOST_EXTENSIONS, Case, CaseMoved, CaseState, Move, Relation
from bot.domain.casenumber import case_number, spoken
from bot.domain.dispatching import limits_of
from bot.domain.lifecycle import may
from bot.domain.people import MemberId, Role
from bot.domain.recognise import normalise
from bot.domain.refusal import Refused
from bot.domain.rulebook import Severity
from handlers.handle.declared import feature, text
from handlers.handle.told import reply, tell_contact, tell_reporter
from storage import cases, dialogs, members

_WAITS: Final = timedelta(hours=12)
_DAYS: Final = (1, 3)
_LENGTH: Final = re.compile(r"(?P<days>\d{1,2})\s*(?:天|日|d)")


async def ask_what(event: Pressed, case: Case, work: Work) -> Effects:
    """Wait for the contact's question."""
    await _wait(event, case, work, "question")
    return [tell(work.actor.id, text("what_to_ask", number=spoken(case.number)), case=case)]


async def put_question(event: Incoming, of: tuple[Case, str], work: Work) -> Effects:
    """Ask the rider; the clock of the case stands still until they answer."""
    case, _ = of
    question = event.text.strip()[:60]
    if not question:
        raise Refused("handle.empty")
    moved = await cases.move(work.tx, case, Move.ASK, work.actor, event.at, note=question)
    number = spoken(case.number)
    agency = work.town.rulebook.agencies.get(case.agency_id) if case.agency_id else None
    asked = text("question", number=number, agency=agency.short if agency else "", words=question)
    return [moved, tell_reporter(case, asked, work, event.at), reply(event, case, text("asked", number=number), work)]


def offer_extension(case: Case, work: Work, at: datetime) -> Effects:
    """How long? Never for a critical case, at most twice, and asked for before the limit."""
    _check_extendable(case, at)
    buttons = [feature.press("extend_by", f"button.days{days}", case=case, target=str(days)) for days in _DAYS]
    return [tell(work.actor.id, text("how_long", number=spoken(case.number)), *buttons, case=case)]


async def ask_reason(event: Pressed, case: Case, work: Work) -> Effects:
    """A reason, which the reporter will see."""
    await _wait(event, case, work, "reason", more=event.target)
    return [tell(work.actor.id, text("why_longer", number=spoken(case.number)), case=case)]


async def request_extension(event: Incoming, of: tuple[Case, str], work: Work) -> Effects:
    """Pass the request to the leader, or the lead office."""
    case, days = of
    return await _request(event, case, int(days or _DAYS[0]), event.text.strip(), work)


async def extension_by_word(event: Incoming, work: Work) -> Effects:
    """「延期 0127 1天 等配件」."""
    case = await named_case(event, work)
    _check_extendable(case, event.at)
    words = normalise(event.rest)
    length = _LENGTH.search(words)
    reason = words[length.end() :].strip() if length else ""
    if length is None or not reason or int(length["days"]) == 0:
        raise Refused("handle.extension_example", number=spoken(case.number))
    return await _request(event, case, int(length["days"]), reason, work)


async def approve(event: Pressed, case: Case, work: Work) -> Effects:
    """Grant it: the limit moves by working days, by no more than the original limit."""
    days, _, reason = event.target.partition(" ")
    base = max(case.resolve_due or event.at, event.at)
    due = min(work.town.calendar.due(base, Limit.parse(f"{days}wd")), _latest(case, base, work))
    moved = await cases.move(work.tx, case, Move.EXTEND, work.actor, event.at, note=reason, resolve_due=due)
    number = spoken(case.number)
    told = [tell_reporter(case, text("extended_reporter", number=number, due=due, why=reason), work, event.at)]
    if case.contact_id is not None:
        told.append(tell_contact(case, case.contact_id, text("extended", number=number, due=due), work, event.at))
    return [moved, *told, _settled(case, text("approved", number=number), work)]


async def deny(event: Pressed, case: Case, work: Work) -> Effects:
    """The limit stays."""
    if not may(case, Move.EXTEND, await cases.relations(work.tx, case, work.actor)):
        raise Refused("case.unknown", number=spoken(case.number))
    number = spoken(case.number)
    said = text("denied", number=number)
    told = [tell_contact(case, case.contact_id, said, work, event.at)] if case.contact_id is not None else []
    return [*told, _settled(case, text("denied_noted", number=number), work)]


def _settled(case: Case, said: Text, work: Work) -> Outgoing:
    """The request loses its buttons once it was decided on."""
    return Outgoing(work.actor.id, said, case=case.id, slot=_slot(case, work.actor.id), only_edit=True)


def _slot(case: Case, who: MemberId) -> str:
    return f"extension:{case.id}:{who}"


async def shift_clocks(moved: CaseMoved, work: Work) -> None:
    """Give back the time in which nobody could go on: working time on a working clock, else as it passed.

    The clocks of a critical case never stand still.
    """
    case = moved.after
    if case.severity is Severity.P1:
        return
    limits = limits_of(case, work.town.rulebook)
    accept = _later(case.accept_due, limits.accept, moved, work) if case.accepted_at is None else case.accept_due
    resolve = _later(case.resolve_due, limits.resolve, moved, work)
    await cases.amend(work.tx, case, accept_due=accept, resolve_due=resolve)


def _later(due: datetime | None, limit: Limit, moved: CaseMoved, work: Work) -> datetime | None:
    stopped = moved.before.moved_at
    if due is None or due <= stopped:
        return due
    if not limit.is_working:
        return due + (moved.at - stopped)
    calendar = work.town.calendar
    return calendar.after(moved.at, calendar.working_between(stopped, due))


def rework_due(case: Case, work: Work, at: datetime) -> datetime:
    """Half of the original limit, from now."""
    limit = limits_of(case, work.town.rulebook).resolve
    start = at if case.is_urgent else work.town.calendar.next_working_instant(at)
    return work.town.calendar.due(start, limit.half(work.town.calendar))


async def named_case(event: Incoming, work: Work) -> Case:
    """The case a command names by number or quote.

    Raises:
        Refused: no such case, or not one this person may see.
    """
    first = normalise(event.rest).split(maxsplit=1)
    number = case_number(first[0], alone_or_after_command=True) if first else None
    if number is None and event.about is not None:
        return await cases.get(work.tx, event.about)
    case = await cases.find_number(work.tx, number) if number is not None else None
    if case is None or not await cases.may_see(work.tx, case, work.actor):
        raise Refused("case.unknown", number=first[0][:20] if first else "…")
    return case


async def _request(event: Incoming, case: Case, days: int, reason: str, work: Work) -> Effects:
    _check_extendable(case, event.at)
    held = await cases.relations(work.tx, case, work.actor)
    if held.isdisjoint({Relation.CONTACT, Relation.DEPUTY, Relation.LEADER}):
        raise Refused("case.unknown", number=spoken(case.number))
    reason = reason[:60]
    number = spoken(case.number)
    target = f"{days} {reason}"
    buttons = (
        feature.press("approve", "button.approve", case=case, target=target),
        feature.press("deny", "button.deny", case=case),
    )
    asked = text("extension_asked", number=number, who=work.actor.name, days=days, why=reason)
    to = await _who_decides(case, work)
    if not to:
        raise Refused("handle.nobody_decides")
    requests = [replace(tell_contact(case, who, asked, work, event.at, *buttons), slot=_slot(case, who)) for who in to]
    return [*requests, reply(event, case, text("requested", number=number), work)]


async def _who_decides(case: Case, work: Work) -> Sequence[MemberId]:
    """The agency's leader, else the dispatchers, else the admins: whoever can be reached, never the one who asks."""
    for role, agency in ((Role.LEADER, case.agency_id), (Role.DISPATCHER, None), (Role.ADMIN, None)):
        if role is Role.LEADER and agency is None:
            continue
        holders = [who for who in await members.holders(work.tx, role, agency) if who != work.actor.id]
        if found := [who for who in holders if await members.reachable(work.tx, who)]:
            return found
    return []


def _check_extendable(case: Case, at: datetime) -> None:
    if case.state not in (CaseState.ACCEPTED, CaseState.REWORK):
        raise Refused("case.not_now", number=spoken(case.number), state=case.state)
    if case.extensions >= MOST_EXTENSIONS or case.severity is Severity.P1:  # the guard of the move says it again
        raise Refused("case.not_extendable", number=spoken(case.number))
    if case.resolve_due is not None and at > case.resolve_due:
        raise Refused("handle.too_late", number=spoken(case.number), due=case.resolve_due)


def _latest(case: Case, base: datetime, work: Work) -> datetime:
    """An extension is at most as long as the original limit."""
    return work.town.calendar.due(base, limits_of(case, work.town.rulebook).resolve)


async def _wait(event: Pressed, case: Case, work: Work, step: str, more: str = "") -> None:
    where, data = event.where, json.dumps({"case": case.id, "more": more})
    await dialogs.start(
        work.tx, where.platform, where.chat, work.actor.id, f"{feature.name}.{step}", data, event.at + _WAITS
    )
