"""Which agency, which contact, and why; what happens when nobody can take it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.chat.events import Incoming
from bot.chat.feature import Work
from bot.chat.messages import Effect, Effects, Lines, Outgoing, Rank, Text, tell
from bot.domain.case import BINDING_AFTER_RETURNS, Case, CaseMoved, CaseState, Move
from bot.domain.casenumber import case_number, spoken
from bot.domain.dispatching import Clocks, Pick, Why, agency_for, clocks, is_called_at_night, pick
from bot.domain.people import SYSTEM, MemberId, Role
from bot.domain.recognise import normalise, recognise
from bot.domain.refusal import Refused
from bot.domain.rulebook import Agency, AgencyId, Category, CategoryId, PlaceId, Rulebook
from handlers.dispatch.card import slot
from handlers.dispatch.declared import feature, text
from storage import cases, members, routes, timers

UNASSIGNED_AFTER: Final = timedelta(minutes=30)
UNASSIGNED: Final = frozenset({CaseState.FILED, CaseState.RETURNED, CaseState.REOPENED})
OTHER: Final = CategoryId("other")


async def dispatch(case: Case, work: Work, at: datetime) -> Effects:
    """Route by category, area and time; the dispatchers are told at once if nobody can take it."""
    category = _category(case, work.town.rulebook)
    rulebook = work.town.rulebook
    agency, why = agency_for(
        category, rulebook, place=_place_id(case, rulebook), grid=case.grid, community=case.community
    )
    return await to_agency(case, agency, work, at, note=why)


async def assign(case: Case, agency: AgencyId, work: Work, at: datetime) -> Effects:
    """The office decides: a case without contact is dispatched, another one reassigned with fresh clocks."""
    chosen = await _pick(case, agency, work, at)
    if chosen.member is None:
        raise Refused("dispatch.nobody_there", agency=work.town.rulebook.agencies[agency].short)
    if case.state is CaseState.REPORTED:
        filed = await cases.move(work.tx, case, Move.FILE, work.actor, at)
        return [filed, await _hand(filed.after, agency, chosen.member, work, at, note="office")]
    return [await _hand(case, agency, chosen.member, work, at, note="office")]


async def after_return(moved: CaseMoved, work: Work) -> Effects:
    """A first return with a suggestion carries itself out; the second goes to the dispatcher and binds.

    So does one that comes after the time to accept was up: who should have it is then decided by the office.
    """
    case, accept_due = moved.after, moved.before.accept_due
    suggested = AgencyId(moved.note)
    is_late = accept_due is not None and moved.at > accept_due
    if is_late or case.returns >= BINDING_AFTER_RETURNS or suggested not in work.town.rulebook.agencies:
        return [*await tell_office(case, work, moved.at), await _back_off(moved.before, case, work)]
    effects = await to_agency(case, suggested, work, moved.at, note="suggested")
    handed = next((effect.after for effect in effects if isinstance(effect, CaseMoved)), case)
    return [*effects, await _back_off(moved.before, handed, work)]


async def _back_off(before: Case, now: Case, work: Work) -> Effect:
    """Tell the one who returned it where it went, with the way back: the button is about the case as it is now."""
    contact = before.contact_id or now.previous_contact_id
    if contact is None:
        raise ValueError(f"case {before.id} was returned by nobody")
    undo = feature.press("undo_return", "button.undo_return", case=now, only=contact, minutes=10)
    agency = work.town.rulebook.agencies.get(now.agency_id) if now.agency_id and now.contact_id else None
    key = "handed_on" if agency else "returned_to_office"
    told = text(key, number=spoken(before.number), agency=agency.short if agency else "")
    return replace(tell(contact, told, undo, case=before), slot=await slot(before, contact, work))


async def tell_office(case: Case, work: Work, at: datetime, *, again: bool = False) -> Effects:
    """Nobody is responsible: the dispatchers choose, the admins where there is no dispatcher."""
    office = await members.holders(work.tx, Role.DISPATCHER) or await members.holders(work.tx, Role.ADMIN)
    if not again:
        await timers.set_timer(work.tx, "dispatch.unassigned", case.id, at + UNASSIGNED_AFTER, case.id)
    shown = Lines(
        (
            text("unassigned_again" if again else "unassigned", number=spoken(case.number)),
            summary(case, work.town.rulebook),
            text("choose_agency", number=spoken(case.number)),
        )
    )
    buttons = tuple(
        feature.press("assign", _name(agency), case=case, target=agency.id, row=row)
        for row, agency in enumerate(suggestions(case, work.town.rulebook)[:3])
    )
    return [
        Outgoing(
            member,
            shown,
            buttons,
            case=case.id,
            rank=Rank.CARD,
            once=f"case:{case.id}:office:{case.round}:{again}:{member}",
        )
        for member in office
    ]


async def ask_whose(case: Case, work: Work) -> Effects:
    """T06: suggestions from the rules, and the way back to the office."""
    if case.binding:
        raise Refused("case.binding", number=spoken(case.number))
    others = [agency for agency in suggestions(case, work.town.rulebook) if agency.id != case.agency_id][:3]
    buttons = [
        feature.press("return_to", _name(agency), case=case, target=agency.id, row=row)
        for row, agency in enumerate(others)
    ]
    buttons.append(feature.press("return_to", "button.to_office", case=case, target="office", row=len(others)))
    asked = tell(work.actor.id, text("whose", number=spoken(case.number)), *buttons, case=case)
    return [replace(asked, slot=whose_slot(case, work.actor.id))]


def whose_slot(case: Case, who: MemberId) -> str:
    """The question is edited away once it is answered."""
    return f"whose:{case.id}:{case.round}:{who}"


def suggestions(case: Case, rulebook: Rulebook) -> Sequence[Agency]:
    """Agencies that could be meant, the likeliest first; the lead agency last, at most four."""
    ids = [_category(case, rulebook).agency]
    ids += [rulebook.categories[one.category].agency for one in recognise(case.description, rulebook).categories]
    ids += [AgencyId(agency) for agency in ("urban_mgmt", "housing", "traffic_police")]
    known = [rulebook.agencies[agency] for agency in dict.fromkeys(ids) if agency in rulebook.agencies]
    return [agency for agency in known if not agency.lead][:4]


def agency_named(words: str, rulebook: Rulebook) -> Agency | None:
    """The agency that typed words mean: its short or full name, or a part of one that fits only it."""
    said = words.strip()
    if not said:
        return None
    exact = [agency for agency in rulebook.agencies.values() if said in (agency.short, agency.name, agency.id)]
    if exact:
        return exact[0]
    partly = [agency for agency in rulebook.agencies.values() if said in agency.short or said in agency.name]
    return partly[0] if len(partly) == 1 else next((a for a in partly if a.short.startswith(said)), None)


def known_agencies(rulebook: Rulebook) -> str:
    """Short names for a hint."""
    return "、".join(agency.short for agency in rulebook.agencies.values() if agency.kind == "agency")


async def named_case(event: Incoming, work: Work) -> tuple[Case, str]:
    """The case that a command names by number or by quote, and the words after it.

    Raises:
        Refused: no such case, or not one this person may see.
    """
    first, _, words = normalise(event.rest).partition(" ")
    number = case_number(first, alone_or_after_command=True)
    if number is None and event.about is not None:
        return await cases.get(work.tx, event.about), normalise(event.rest)
    case = await cases.find_number(work.tx, number) if number is not None else None
    if case is None or not await cases.may_see(work.tx, case, work.actor):
        raise Refused("case.unknown", number=first[:20] or "…")
    return case, words.strip()


def summary(case: Case, rulebook: Rulebook) -> Text:
    """One line: what and where."""
    category = rulebook.categories.get(case.category) if case.category else None
    what = category.short if category else text("no_category")
    return text("summary", what=what, place=case.place or text("no_place"), words=case.description[:60])


async def to_agency(case: Case, agency: AgencyId, work: Work, at: datetime, *, note: str) -> Effects:
    """Hand a case to the contact of an agency; the dispatchers are told at once if nobody there can take it."""
    chosen = await _pick(case, agency, work, at)
    if chosen.member is None:
        return await tell_office(case, work, at)
    why = chosen.why if chosen.why in (Why.DEPUTY, Why.NIGHT) else note
    return [await _hand(case, agency, chosen.member, work, at, note=why)]


async def _pick(case: Case, agency: AgencyId, work: Work, at: datetime) -> Pick:
    at_night = is_called_at_night(case, work.town.calendar, at)
    return pick(await routes.candidates(work.tx, agency, at), at_night=at_night)


async def _hand(case: Case, agency: AgencyId, contact: MemberId, work: Work, at: datetime, *, note: str) -> CaseMoved:
    limits = _limits(case, agency, work, at)
    waiting = case.state in UNASSIGNED
    by = await members.get(work.tx, SYSTEM) if waiting and work.actor.is_system else work.actor
    return await cases.move(
        work.tx,
        case,
        Move.DISPATCH if waiting else Move.REASSIGN,
        by,
        at,
        note=note,
        agency_id=agency,
        contact_id=contact,
        accept_due=limits.accept_due,
        secure_due=limits.secure_due,
        resolve_due=limits.resolve_due,
    )


def _limits(case: Case, agency: AgencyId, work: Work, at: datetime) -> Clocks:
    """Fresh clocks, but those of the case where it stays inside its agency."""
    rulebook = work.town.rulebook
    fresh = agency != case.agency_id or case.state in UNASSIGNED
    if not fresh and case.accept_due is not None and case.resolve_due is not None:
        return Clocks(at, case.accept_due, case.secure_due, case.resolve_due)
    return clocks(_category(case, rulebook), case.severity, rulebook.severities[case.severity], work.town.calendar, at)


def _category(case: Case, rulebook: Rulebook) -> Category:
    return rulebook.categories[case.category or OTHER]


def _place_id(case: Case, rulebook: Rulebook) -> PlaceId | None:
    return next((place.id for place in rulebook.places.values() if place.name == case.place), None)


def _name(agency: Agency) -> Text:
    return Text("core.plain", {"words": agency.short})
