"""Verify: somebody other than the handler looks whether it is really mended; one tap, no duty."""

from bot.chat.events import Due, Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Effects, answer, tell
from bot.domain.case import Case, CaseId, CaseMoved, CaseState, Move, Relation
from bot.domain.casenumber import spoken
from bot.domain.refusal import Refused
from handlers.verify import asking
from handlers.verify.declared import feature, text
from storage import cases, photos, said, timers
from storage.photos import Media, PhotoKind, PhotoState, StoredPhoto

__all__ = ["feature"]


@feature.on_move(Move.HANDLE, makes=frozenset({Move.ASK_VERIFICATION}))
async def ask_somebody(moved: CaseMoved, work: Work) -> Effects:
    return await asking.ask_next(moved.after, work, moved.at)


@feature.on_move(Move.UNDO_CLOSE)
async def look_again(moved: CaseMoved, work: Work) -> Effects:
    """A closing taken back: whoever said so is asked once more."""
    return await asking.request(moved.after, moved.actor, work, moved.at)


@feature.on_move(Move.CONFIRM, Move.DISPUTE, Move.UNDO_HANDLE)
async def stop_asking(moved: CaseMoved, work: Work) -> Effects:
    for name in ("unanswered", "by_rule"):
        await timers.cancel(work.tx, f"{feature.name}.{name}", moved.after.id)
    return await asking.closed(moved, work)


@feature.button("mended")
async def mended(event: Pressed, work: Work) -> Effects:
    """「已修好」."""
    case = await pressed_case(event, work)
    moved = await cases.move(work.tx, case, Move.CONFIRM, work.actor, event.at, verifier_id=work.actor.id)
    return [moved, Acknowledge(event, text("thanks"))]


@feature.button("not_mended")
async def not_mended(event: Pressed, work: Work) -> Effects:
    """「没修好」: one tap counts, a photo is welcome."""
    case = await pressed_case(event, work)
    moved = await cases.move(work.tx, case, Move.DISPUTE, work.actor, event.at)
    thanks = tell(work.actor.id, text("again", number=spoken(case.number)), case=case)
    return [moved, Acknowledge(event), thanks]


@feature.button("not_there")
async def not_there(event: Pressed, work: Work) -> Effects:
    """「没路过」: somebody else is asked; nobody owes it."""
    case = await pressed_case(event, work)
    if case.state is not CaseState.VERIFYING:
        raise Refused("case.not_now", number=spoken(case.number), state=case.state)
    if case.verifier_id != work.actor.id:
        raise Refused("case.unknown", number=spoken(case.number))
    await asking.passed(case, work, event.at)
    return [Acknowledge(event, text("no_matter")), *await asking.ask_next(case, work, event.at)]


@feature.reply(Relation.VERIFIER)
async def photo_of_the_place(event: Incoming, work: Work) -> Effects:
    """A photo or a recording in reply is kept with the case; the tap still decides."""
    if event.about is None or not (event.photos or event.media):
        return []
    case = await cases.get(work.tx, event.about)
    where, who = event.where.platform, work.actor.id
    for photo in event.photos:
        await photos.want(work.tx, who, PhotoKind.VERIFY, where, photo.ref, event.at, case=case.id)
    for sent in event.media:
        await photos.want(
            work.tx, who, PhotoKind.VERIFY, where, sent.ref, event.at, case=case.id, media=Media(sent.kind)
        )
    if event.message:
        await said.note(work.tx, event.where.platform, event.where.chat, event.message, case.id, event.text.strip())
    buttons = asking.buttons(case) if case.state is CaseState.VERIFYING else ()
    kept = "photo_kept" if event.photos else f"kept.{event.media[-1].kind}"
    return [answer(event, text(kept, number=spoken(case.number)), *buttons, case=case)]


@feature.due("unanswered")
async def ask_another(event: Due, work: Work) -> Effects:
    """No answer within the time of the rule book: the next rider, then the community."""
    case = await cases.get(work.tx, CaseId(int(event.key)))
    if case.state is not CaseState.VERIFYING:
        return []
    await asking.passed(case, work, event.at)
    return await asking.ask_next(case, work, event.at)


@feature.due("by_rule")
async def close_by_rule(event: Due, work: Work) -> Effects:
    """Nobody could look: after a day the contact's photo counts, but never for urgent cases without another person."""
    case = await cases.get(work.tx, CaseId(int(event.key)))
    if case.state is not CaseState.VERIFYING:
        return []
    category = work.town.rulebook.categories.get(case.category) if case.category else None
    needs_photo = category is None or category.photo_min > 0
    sent = await photos.list_of_case(work.tx, case.id, PhotoKind.REPAIR)
    has_proof = any(_is_of_attempt(case, photo) for photo in sent)
    if case.is_urgent or (needs_photo and not has_proof):
        return await asking.tell_office(case, work, event.at)
    return [await cases.move(work.tx, case, Move.CONFIRM, work.actor, event.at, note="by_rule")]


def _is_of_attempt(case: Case, photo: StoredPhoto) -> bool:
    """A photo of an earlier repair, or one that could not be read, proves nothing."""
    since = case.handled_at
    return photo.state is not PhotoState.FAILED and since is not None and photo.wanted_at >= since


async def pressed_case(event: Pressed, work: Work) -> Case:
    """The case of a press; one without is not ours."""
    if event.case is None:
        raise Refused("core.button_void")
    return await cases.get(work.tx, event.case)
