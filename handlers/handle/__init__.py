"""Handle: the contact answers in one reply, a photo and a line; or asks the rider, asks for time, or holds."""

import json
from dataclasses import replace
from typing import Final

from bot.chat.events import Due, Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Effects, answer
from bot.domain.case import Case, CaseId, CaseMoved, Move, Relation, Resolution
from bot.domain.casenumber import spoken
from bot.domain.people import HANDLERS, OFFICE
from bot.domain.refusal import Refused
from handlers.handle import holding, result, unquoted, waiting
from handlers.handle.declared import feature, text
from handlers.handle.told import tell_contact
from storage import cases, dialogs, timers

__all__ = ["feature"]

_ONLY_A_NOD: Final = 2  # characters: 收到, 好的; a result says more
_MAY_PUBLISH: Final = frozenset(
    {Relation.CONTACT, Relation.DEPUTY, Relation.LEADER, Relation.DISPATCHER, Relation.ADMIN}
)


@feature.button("handled")
async def handled(event: Pressed, work: Work) -> Effects:
    """The next message is the result."""
    case = await pressed_case(event, work)
    return [Acknowledge(event), *await result.ask(event, case, work, Resolution.RESOLVED)]


@feature.button("otherwise")
async def otherwise(event: Pressed, work: Work) -> Effects:
    """It ended another way than mended; one line says how."""
    case = await pressed_case(event, work)
    return [Acknowledge(event), *await result.ask(event, case, work, Resolution(event.target))]


@feature.button("no_photo")
async def no_photo(event: Pressed, work: Work) -> Effects:
    """The line that was sent is the result, without a photo."""
    case = await pressed_case(event, work)
    return [Acknowledge(event), *await result.without_photo(event, case, work)]


@feature.step("result")
async def take_result(event: Incoming, work: Work) -> Effects:
    dialog = await dialogs.find(work.tx, event.where.platform, event.where.chat, work.actor.id, event.at)
    if dialog is None:
        raise Refused("core.button_stale")
    data = json.loads(dialog.data)
    case = await cases.get(work.tx, CaseId(data["case"]))
    if not event.photos and not event.media and 0 < len(event.text.strip()) <= _ONLY_A_NOD:
        return [answer(event, text("still_waiting", number=spoken(case.number)), case=case)]
    return await result.take(event, case, work, Resolution(data["resolution"]))


@feature.reply(Relation.CONTACT, Relation.DEPUTY, Relation.LEADER)
async def take_reply(event: Incoming, work: Work) -> Effects:
    """A reply to the card: with a photo (or a recording, which is no proof) it is the result, in words only progress."""
    if event.about is None:
        return []
    case = await cases.get(work.tx, event.about)
    shown = event.photos or event.media
    if shown and case.state in result.IN_CHECK and case.handler_id == work.actor.id:
        return await result.more(event, case, work)
    if shown:
        return await result.take(event, case, work, Resolution.RESOLVED)
    return await result.progress(event, case, work)


feature.edit(result.follow)


@feature.step("album")
async def take_part(event: Incoming, work: Work) -> Effects:
    """The rest of the album that was the result."""
    dialog = await dialogs.find(work.tx, event.where.platform, event.where.chat, work.actor.id, event.at)
    if dialog is None:
        raise Refused("core.button_stale")
    case = await cases.get(work.tx, CaseId(json.loads(dialog.data)["case"]))
    return await (result.more if event.photos or event.media else result.progress)(event, case, work)


@feature.button("undo")
async def undo(event: Pressed, work: Work) -> Effects:
    case = await pressed_case(event, work)
    return [await cases.move(work.tx, case, Move.UNDO_HANDLE, work.actor, event.at), Acknowledge(event, text("undone"))]


@feature.button("public", roles=HANDLERS | OFFICE)
async def make_public(event: Pressed, work: Work) -> Effects:
    """〔照片可公开〕: only then do photos of the case appear in the group."""
    case = await cases.get(work.tx, CaseId(int(event.target)))
    if (await cases.relations(work.tx, case, work.actor)).isdisjoint(_MAY_PUBLISH):
        raise Refused("case.unknown", number=spoken(case.number))
    if not result.may_be_public(case, work):
        raise Refused("handle.never_public")
    shown = await cases.set_photos_public(work.tx, case, event.at)
    return [Acknowledge(event, text("now_public")), replace(result.booked(shown, work, ticked=True), only_edit=True)]


@feature.photo(takes=unquoted.may_be_result)
async def take_unquoted(event: Incoming, work: Work) -> Effects | None:
    """A contact sends the result without quoting the card."""
    return await unquoted.take(event, work)


@feature.button("this_one")
async def this_one(event: Pressed, work: Work) -> Effects:
    return await unquoted.chosen(event, await pressed_case(event, work), work)


@feature.button("ask")
async def ask(event: Pressed, work: Work) -> Effects:
    """The next message is a question to the rider."""
    case = await pressed_case(event, work)
    return [Acknowledge(event), *await waiting.ask_what(event, case, work)]


@feature.step("question")
async def take_question(event: Incoming, work: Work) -> Effects:
    return await waiting.put_question(event, await _of_dialog(event, work), work)


@feature.button("extend")
async def extend(event: Pressed, work: Work) -> Effects:
    case = await pressed_case(event, work)
    return [Acknowledge(event), *waiting.offer_extension(case, work, event.at)]


@feature.button("extend_by")
async def extend_by(event: Pressed, work: Work) -> Effects:
    case = await pressed_case(event, work)
    return [Acknowledge(event), *await waiting.ask_reason(event, case, work)]


@feature.step("reason")
async def take_reason(event: Incoming, work: Work) -> Effects:
    return await waiting.request_extension(event, await _of_dialog(event, work), work)


@feature.button("approve", roles=OFFICE | HANDLERS)
async def approve(event: Pressed, work: Work) -> Effects:
    case = await pressed_case(event, work)
    return [*await waiting.approve(event, case, work), Acknowledge(event)]


@feature.button("deny", roles=OFFICE | HANDLERS)
async def deny(event: Pressed, work: Work) -> Effects:
    case = await pressed_case(event, work)
    return [*await waiting.deny(event, case, work), Acknowledge(event)]


@feature.command("延期", "extend", roles=HANDLERS, group=False, example="延期 0127 1天 等配件")
async def extend_by_word(event: Incoming, work: Work) -> Effects:
    return await waiting.extension_by_word(event, work)


@feature.command("挂起", "hold", roles=OFFICE | HANDLERS, group=False, example="挂起 0127 11月30日 等材料")
async def hold(event: Incoming, work: Work) -> Effects:
    return await holding.by_word(event, work)


@feature.button("approve_hold", roles=OFFICE)
async def approve_hold(event: Pressed, work: Work) -> Effects:
    return await holding.approve(event, await pressed_case(event, work), work)


@feature.button("deny_hold", roles=OFFICE)
async def deny_hold(event: Pressed, work: Work) -> Effects:
    return await holding.deny(event, await pressed_case(event, work), work)


@feature.command("恢复", "resume", roles=OFFICE | HANDLERS, group=False, example="恢复 0127")
async def resume(event: Incoming, work: Work) -> Effects:
    case = await waiting.named_case(event, work)
    moved = await cases.move(work.tx, case, Move.RESUME, work.actor, event.at)
    told = text("resumed", number=spoken(case.number))
    others = [case.contact_id] if case.contact_id not in (None, work.actor.id) else []
    return [
        moved,
        answer(event, told, case=case),
        *(tell_contact(case, who, told, work, event.at) for who in others if who),
    ]


@feature.on_move(Move.HOLD)
async def watch_hold(moved: CaseMoved, work: Work) -> Effects:
    """On the review date the case goes on by itself."""
    if moved.after.hold_until is not None:
        await timers.set_timer(work.tx, "handle.review", moved.after.id, moved.after.hold_until, moved.after.id)
    return holding.told(moved, work)


@feature.on_move(Move.SUPPLY, Move.RESUME)
async def go_on_counting(moved: CaseMoved, work: Work) -> Effects:
    """While a question is open or a case is on hold its clocks stand still."""
    await waiting.shift_clocks(moved, work)
    return []


@feature.due("review")
async def review(event: Due, work: Work) -> Effects:
    return await holding.review(event, work)


@feature.on_move(Move.DISPUTE)
async def halve_the_limit(moved: CaseMoved, work: Work) -> Effects:
    """Rework has half of the original working time."""
    due = waiting.rework_due(moved.after, work, moved.at)
    await cases.amend(work.tx, moved.after, resolve_due=due)
    return []


async def pressed_case(event: Pressed, work: Work) -> Case:
    """The case of a press; one without is not ours."""
    if event.case is None:
        raise Refused("core.button_void")
    return await cases.get(work.tx, event.case)


async def _of_dialog(event: Incoming, work: Work) -> tuple[Case, str]:
    """The case a dialog is about and what else it keeps; the dialog ends with this."""
    where = event.where
    dialog = await dialogs.find(work.tx, where.platform, where.chat, work.actor.id, event.at)
    if dialog is None:
        raise Refused("core.button_stale")
    await dialogs.end(work.tx, where.platform, where.chat, work.actor.id)
    data = json.loads(dialog.data)
    return await cases.get(work.tx, CaseId(data["case"])), data.get("more", "")
