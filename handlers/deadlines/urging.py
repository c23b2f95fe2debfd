"""Urging 催办: by the reporter once a day, by the lead office, by a leader; and what else a leader may do."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.chat.events import Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Effects, Outgoing, Rank, Text, answer, tell
from bot.domain.case import WITH_CONTACT, Case, CaseId, CaseState, Move, Relation
from bot.domain.casenumber import case_number, spoken
from bot.domain.people import MemberId
from bot.domain.recognise import normalise
from bot.domain.refusal import Refused
from bot.domain.scrub import scrub
from bot.domain.times import local_day
from bot.domain.todo import limit_of
from handlers.deadlines import wording
from handlers.deadlines.declared import feature, text
from handlers.deadlines.people import lead_office
from storage import audit, cases, dialogs, members, outbox, routes

_WAITS: Final = timedelta(hours=12)
_MOST_WORDS: Final = 100
_MOST_OTHERS: Final = 3
_REPORTERS: Final = frozenset({Relation.REPORTER, Relation.CO_REPORTER})
_WAITING: Final = frozenset({CaseState.REPORTED, CaseState.FILED, CaseState.RETURNED, CaseState.REOPENED})
_ABOVE: Final = frozenset({Relation.LEADER, Relation.DISPATCHER, Relation.ADMIN})


async def by_word(event: Incoming, work: Work) -> Effects:
    """「催办 0127」."""
    case, _ = await named_case(event, work, "deadlines.urge.example")
    held = await cases.relations(work.tx, case, work.actor)
    if held.isdisjoint(_REPORTERS | _ABOVE):
        raise Refused("case.unknown", number=spoken(case.number))
    if case.state in _WAITING:
        return await _nobody_yet(case, event, work)
    if case.state not in WITH_CONTACT or case.contact_id is None:
        raise Refused("deadlines.urge.not_open", number=spoken(case.number), state=Text(f"state.{case.state}"))
    who = await wording.contact(case, work)
    told = await _urge(case, held, work, event.at)
    due = limit_of(case)
    done = text("urge.done_plain", number=spoken(case.number), who=who)
    if due is not None and due > event.at:
        done = text("urge.done", number=spoken(case.number), who=who, due=due)
    return [told, answer(event, done, case=case)]


async def _nobody_yet(case: Case, event: Incoming, work: Work) -> Effects:
    once = _once(case, work, event.at)
    if await outbox.told(work.tx, f"{once}:{(await lead_office(work, event.at))[0]}"):
        raise Refused("deadlines.urge.today", number=spoken(case.number), who=text("above.the_office"))
    said = text("urge.office", number=spoken(case.number), what=wording.what(case, work))
    opens = work.town.calendar.next_working_instant(event.at)
    told = [
        Outgoing(one, said, case=case.id, rank=Rank.CARD, not_before=opens, once=f"{once}:{one}")
        for one in await lead_office(work, event.at)
    ]
    return [*told, answer(event, text("urge.nobody", number=spoken(case.number)), case=case)]


async def _urge(case: Case, held: frozenset[Relation], work: Work, at: datetime) -> Outgoing:
    """Tell the contact, when they may be told; a reporter's word counts once a day."""
    if case.contact_id is None:
        raise Refused("deadlines.urge.nobody", number=spoken(case.number))
    number, matter = spoken(case.number), wording.what(case, work)
    above = not held.isdisjoint(_ABOVE)
    once = f"{_once(case, work, at)}:{case.contact_id}"
    if not above and await outbox.told(work.tx, once):
        raise Refused("deadlines.urge.today", number=number, who=await wording.contact(case, work))
    said = text("urge.by_reporter", number=number, what=matter)
    if above:
        said = text("urge.by_leader", number=number, what=matter, who=work.actor.name)
    await audit.note(work.tx, at, work.actor.id, "case.urged", f"case:{case.id}")
    opens = at if case.is_urgent else work.town.calendar.next_working_instant(at)
    told = tell(case.contact_id, said, wording.work_on(case), case=case)
    return replace(told, not_before=opens, once=None if above else once)


def _once(case: Case, work: Work, at: datetime) -> str:
    """The key of a reporter's urging: once a day for each case, whoever of them it is."""
    return f"urge:{case.id}:{work.actor.id}:{local_day(at, work.town.zone)}"


async def urge(event: Pressed, work: Work) -> Effects:
    """〔我来催〕."""
    case, held = await _above(event, work)
    told = await _urge(case, held, work, event.at)
    return [told, Acknowledge(event, text("urge.noted", who=await wording.contact(case, work)))]


async def take_over(event: Pressed, work: Work) -> Effects:
    """〔我来办〕: the deputy becomes the one responsible."""
    case = await pressed_case(event, work)
    moved = await cases.move(
        work.tx, case, Move.REASSIGN, work.actor, event.at, note="deputy_took", contact_id=work.actor.id
    )
    return [moved, Acknowledge(event, text("reassign.yours", number=spoken(case.number)))]


async def reassign(event: Pressed, work: Work) -> Effects:
    """〔换人办理〕: to whom of the agency?"""
    case, _ = await _above(event, work)
    if case.agency_id is None:
        raise Refused("case.unknown", number=spoken(case.number))
    others = [one for one in await routes.candidates(work.tx, case.agency_id, event.at) if one.can_take]
    others = [one for one in others if one.member != case.contact_id][:_MOST_OTHERS]
    if not others:
        raise Refused("deadlines.reassign.nobody")
    buttons = [
        feature.press("reassign_to", text("button.to", who=one.name), case=case, target=str(one.member), row=row)
        for row, one in enumerate(others)
    ]
    return [
        Acknowledge(event),
        tell(work.actor.id, text("reassign.whom", number=spoken(case.number)), *buttons, case=case),
    ]


async def reassign_to(event: Pressed, work: Work) -> Effects:
    case, _ = await _above(event, work)
    to = MemberId(int(event.target))
    moved = await cases.move(work.tx, case, Move.REASSIGN, work.actor, event.at, note="leader", contact_id=to)
    name = (await members.get(work.tx, to)).name
    return [moved, Acknowledge(event, text("reassign.done", number=spoken(case.number), who=name))]


async def explain(event: Pressed, work: Work) -> Effects:
    """〔情况说明〕: one line, which the lead office reads."""
    case = await pressed_case(event, work)
    where, data = event.where, json.dumps({"case": case.id})
    await dialogs.start(
        work.tx, where.platform, where.chat, work.actor.id, "deadlines.explanation", data, event.at + _WAITS
    )
    return [Acknowledge(event), tell(work.actor.id, text("explain.ask", number=spoken(case.number)), case=case)]


async def take_explanation(event: Incoming, work: Work) -> Effects:
    where = event.where
    dialog = await dialogs.find(work.tx, where.platform, where.chat, work.actor.id, event.at)
    words = scrub(event.text.strip()[:_MOST_WORDS])[0]
    if dialog is None:
        raise Refused("core.button_stale")
    if not words:
        raise Refused("deadlines.explain.empty")
    case = await cases.get(work.tx, CaseId(json.loads(dialog.data)["case"]))
    await dialogs.end(work.tx, where.platform, where.chat, work.actor.id)
    held = await cases.relations(work.tx, case, work.actor)
    if held & {Relation.CONTACT, Relation.DEPUTY, Relation.LEADER}:
        case = await cases.amend(work.tx, case, progressed_at=event.at)
    number = spoken(case.number)
    said = text("explain.told", number=number, who=work.actor.name, words=words)
    opens = event.at if case.is_urgent else work.town.calendar.next_working_instant(event.at)
    told = [
        replace(tell(one, said, wording.work_on(case), case=case), not_before=opens)
        for one in await lead_office(work, event.at)
        if one != work.actor.id
    ]
    return [*told, answer(event, text("explain.noted", number=number), case=case)]


async def _above(event: Pressed, work: Work) -> tuple[Case, frozenset[Relation]]:
    """The case of a press by somebody above its contact."""
    case = await pressed_case(event, work)
    held = await cases.relations(work.tx, case, work.actor)
    if held.isdisjoint(_ABOVE):
        raise Refused("case.unknown", number=spoken(case.number))
    return case, held


async def pressed_case(event: Pressed, work: Work) -> Case:
    """The case of a press; one without is not ours."""
    if event.case is None:
        raise Refused("core.button_void")
    return await cases.get(work.tx, event.case)


async def named_case(event: Incoming, work: Work, example: str) -> tuple[Case, str]:
    """The case a command names by number or quote, and the words after it.

    Raises:
        Refused: nothing is named (`example` says how), or there is no such case for this person.
    """
    first, _, rest = normalise(event.rest).partition(" ")
    number = case_number(first, alone_or_after_command=True) if first else None
    if number is None and event.about is not None:
        case, words = await cases.get(work.tx, event.about), normalise(event.rest)
    elif number is None:
        raise Refused(example)
    else:
        found = await cases.find_number(work.tx, number)
        if found is None:
            raise Refused("case.unknown", number=first[:20])
        case, words = found, rest.strip()
    if not await cases.may_see(work.tx, case, work.actor):
        raise Refused("case.unknown", number=spoken(case.number))
    return case, words
