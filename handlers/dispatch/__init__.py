"""Dispatch: every filed case goes to exactly one contact of the right agency, who has three honest ways out."""

from typing import Final

from bot.chat.events import Due, Incoming, PhotoStored, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Effect, Effects, Outgoing, answer
from bot.domain.case import OPEN, Case, CaseId, CaseMoved, CaseState, Move
from bot.domain.casenumber import spoken
from bot.domain.people import HANDLERS, OFFICE
from bot.domain.refusal import Refused
from bot.domain.rulebook import AgencyId
from handlers.dispatch import card, routing
from handlers.dispatch.declared import feature, text
from storage import cases, members, photos, timers
from storage.photos import PhotoKind

__all__ = ["feature"]

_TAKEN_AWAY: Final = frozenset({Move.WITHDRAW, Move.REJECT, Move.MERGE})
_TOLD_AS_LIST: Final = frozenset({"leave", "back"})  # notes of moves of which both sides read one list


@feature.on_move(
    Move.FILE,
    Move.REROUTE,
    Move.RETURN,
    Move.REOPEN,
    Move.UNDO_REJECT,
    Move.UNDO_MERGE,
    makes=frozenset({Move.DISPATCH, Move.FILE}),
)
async def find_the_one(moved: CaseMoved, work: Work) -> Effects:
    """Route a case that has no contact; what cannot be routed goes to the dispatchers at once."""
    case = moved.after
    if case.state is CaseState.REPORTED:
        return [await cases.move(work.tx, case, Move.FILE, work.actor, moved.at)]
    if case.state not in routing.UNASSIGNED:
        return []  # whoever filed it has chosen already
    if moved.move is Move.RETURN:
        return await routing.after_return(moved, work)
    if moved.move is Move.REOPEN and case.agency_id is not None:
        return await routing.to_agency(case, case.agency_id, work, moved.at, note="reopened")
    return await routing.dispatch(case, work, moved.at)


@feature.on_move(Move.DISPATCH, Move.REASSIGN, Move.UNDO_RETURN, Move.REROUTE)
async def hand_card(moved: CaseMoved, work: Work) -> Effects:
    """The contact gets the card; whoever had it before is told that it is off their list."""
    if moved.note in _TOLD_AS_LIST and not moved.after.is_urgent:
        return []
    effects: list[Effect] = []
    if moved.before.contact_id != moved.after.contact_id:
        effects += await card.taken_off(moved, work)
    if moved.move is not Move.REROUTE:
        effects += await card.of(moved.after, work, moved.at)
    return effects


@feature.on_move(
    Move.ACCEPT,
    Move.UNDO_ACCEPT,
    Move.HANDLE,
    Move.UNDO_HANDLE,
    Move.DISPUTE,
    Move.HOLD,
    Move.RESUME,
    Move.EXTEND,
    Move.ASK,
    Move.SUPPLY,
    Move.CLOSE,
    Move.WITHDRAW,
    Move.REJECT,
    Move.MERGE,
)
async def show_on_card(moved: CaseMoved, work: Work) -> Effects:
    """The card is edited in place; rework is a card of its own, and what is over is said to who was at it."""
    if moved.move is Move.DISPUTE:
        return await card.of(moved.after, work, moved.at)
    if card.is_held(moved.after, work, moved.at) and moved.after.state not in OPEN:
        return []  # the card was never shown, and is dropped when its time comes
    shown = await card.of(moved.after, work, moved.at, only_edit=True)
    if moved.move in _TAKEN_AWAY and moved.before.state is not CaseState.DISPATCHED:
        return [*shown, *card.over(moved.after, work, moved.at)]
    return shown


@feature.photo_stored
async def complete_card(event: PhotoStored, work: Work) -> Effects:
    """A photo that came after the card went out as text is put on it."""
    photo = await photos.get(work.tx, event.photo)
    if photo.case_id is None or photo.kind not in (PhotoKind.REPORT, PhotoKind.SUPPLY):
        return []
    case = await cases.get(work.tx, photo.case_id)
    if case.contact_id is None or case.state not in OPEN:
        return []
    return await card.of(case, work, event.at, only_edit=True)


@feature.due("refresh")
async def refresh_card(event: Due, work: Work) -> Effects:
    """What the card shows was changed without a move: the rider wrote their words anew."""
    case = await cases.get(work.tx, CaseId(int(event.key)))
    if case.contact_id is None or case.state not in OPEN:
        return []
    return await card.of(case, work, event.at, only_edit=True)


@feature.button("accept")
async def accept(event: Pressed, work: Work) -> Effects:
    case = await pressed_case(event, work)
    if case.state is CaseState.ACCEPTED:
        who = (await members.get(work.tx, case.contact_id)).name if case.contact_id else ""
        raise Refused("dispatch.accepted_before", number=spoken(case.number), who=who)
    accepted = text("accepted", number=spoken(case.number))
    moved = await cases.move(work.tx, case, Move.ACCEPT, work.actor, event.at)
    elsewhere: Effects = ()
    if not await card.is_on(event, case, work):
        elsewhere = [answer(event, text("accepted_elsewhere", number=spoken(case.number)), case=case)]
    return [moved, *elsewhere, Acknowledge(event, accepted)]


@feature.button("undo_accept")
async def undo_accept(event: Pressed, work: Work) -> Effects:
    case = await pressed_case(event, work)
    return [await cases.move(work.tx, case, Move.UNDO_ACCEPT, work.actor, event.at), Acknowledge(event)]


@feature.button("not_mine")
async def not_mine(event: Pressed, work: Work) -> Effects:
    """「不归我管」: whom should it go to? The likeliest first, no shame."""
    case = await pressed_case(event, work)
    return [Acknowledge(event), *await routing.ask_whose(case, work)]


@feature.button("return_to")
async def return_to(event: Pressed, work: Work) -> Effects:
    """Return with a suggestion; the first time it is carried out by itself."""
    case = await pressed_case(event, work)
    moved = await cases.move(work.tx, case, Move.RETURN, work.actor, event.at, note=event.target)
    answered = Outgoing(
        work.actor.id,
        text("whose_done", number=spoken(case.number)),
        slot=routing.whose_slot(case, work.actor.id),
        case=case.id,
        only_edit=True,
    )
    return [moved, answered, Acknowledge(event)]


@feature.button("undo_return")
async def undo_return(event: Pressed, work: Work) -> Effects:
    case = await pressed_case(event, work)
    return [await cases.move(work.tx, case, Move.UNDO_RETURN, work.actor, event.at), Acknowledge(event)]


@feature.button("assign", roles=OFFICE)
async def assign(event: Pressed, work: Work) -> Effects:
    """The dispatcher's choice of an agency."""
    case = await pressed_case(event, work)
    return [*await routing.assign(case, AgencyId(event.target), work, event.at), Acknowledge(event)]


@feature.command("转", "转办", "assign", roles=HANDLERS | OFFICE, group=False, example="转 0127 住建")
async def hand_on(event: Incoming, work: Work) -> Effects:
    """「转 0127 住建」: the office assigns, a contact returns with a suggestion."""
    case, words = await routing.named_case(event, work)
    agency = routing.agency_named(words, work.town.rulebook)
    if agency is None:
        known = routing.known_agencies(work.town.rulebook)
        if not words:
            raise Refused("dispatch.assign_example", number=spoken(case.number), known=known)
        raise Refused("dispatch.no_such_agency", words=words[:20], known=known)
    if work.actor.is_any(OFFICE):
        effects = await routing.assign(case, agency.id, work, event.at)
        return [*effects, answer(event, text("assigned", number=spoken(case.number), agency=agency.short), case=case)]
    return [await cases.move(work.tx, case, Move.RETURN, work.actor, event.at, note=agency.id)]


@feature.due("unassigned")
async def remind_of_unassigned(event: Due, work: Work) -> Effects:
    """Nobody has been responsible for half an hour: the dispatchers hear of it again."""
    case = await cases.get(work.tx, CaseId(int(event.key)))
    if case.contact_id is not None or case.state not in OPEN:
        return []
    return await routing.tell_office(case, work, event.at, again=True)


@feature.on_move(Move.REPORT)
async def watch_unfiled(moved: CaseMoved, work: Work) -> Effects:
    """A report that does not file itself is looked at by the office after half an hour."""
    at = moved.at + routing.UNASSIGNED_AFTER
    await timers.set_timer(work.tx, "dispatch.unassigned", moved.after.id, at, moved.after.id)
    return []


async def pressed_case(event: Pressed, work: Work) -> Case:
    """The case of a press; one without is not ours."""
    if event.case is None:
        raise Refused("core.button_void")
    return await cases.get(work.tx, event.case)
