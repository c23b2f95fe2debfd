"""Report: a photo and a line become a case, with one question at most."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bot.chat.events import Due, Incoming, NotDelivered, PhotoFailed, Pressed
from bot.chat.feature import Handler, Work
from bot.chat.messages import Acknowledge, Effects, Outgoing, answer
from bot.domain.case import Case, CaseId, CaseMoved, CaseState, Move, Relation
from bot.domain.casenumber import case_number, spoken
from bot.domain.recognise import normalise, recognise
from bot.domain.refusal import Refused
from handlers.report import asides, corrections, drafting, edits, filing, hearing, positions, practice, receipt
from handlers.report.asides import as_said
from handlers.report.declared import feature, text
from handlers.report.rules import Gap
from storage import case_queries, cases, dialogs, drafts, outbox, photos, timers
from storage.drafts import Draft

__all__ = ["feature"]

KNOWN_REASONS: Final = frozenset({"too_large", "kind", "heic", "truncated", "too_many_pixels", "expired", "gone"})


@feature.command("上报", "报告", "report", glued=True, example="上报 井盖坏了，客运站东门")
async def open_case(event: Incoming, work: Work) -> Effects:
    if (practised := await practice.take(event, work)) is not None:
        return practised
    if not event.rest and hearing.is_bare(event):
        return [answer(event, text("how"))]
    return await drafting.take(event, work, as_said(event.text))


@feature.photo(takes=hearing.reads_like_report)
async def take_photo(event: Incoming, work: Work) -> Effects:
    """A caption without the command word is a report only if a matter or a place is recognised in it."""
    if positions.is_alone(event) and (joined := await positions.of_recent(event, work)) is not None:
        return joined
    if not event.where.private and not await hearing.is_report_in_group(event, work):
        return []
    if event.where.private and hearing.is_spoken(event) and asides.is_correction(event.text):
        return await corrections.of_newest(event, work)
    return await drafting.take(event, work, as_said(event.text))


@feature.step("detail")
async def take_detail(event: Incoming, work: Work) -> Effects | None:
    """The answer to the one question, typed or sent; one that comes too late is a correction.

    Words about something else are left to the others: None.
    """
    dialog = await dialogs.find(work.tx, event.where.platform, event.where.chat, work.actor.id, event.at)
    if dialog is None:
        raise Refused("core.button_stale")
    if hearing.is_chatter(event, work.town):
        return None
    case = CaseId(int(dialog.data))
    draft = await drafts.get(work.tx, case)
    if draft is not None and not draft.closed:
        return await _while_open(event, draft, work)
    if asides.is_aside(event.text) and hearing.is_bare(event):
        return None
    await dialogs.end(work.tx, event.where.platform, event.where.chat, work.actor.id)
    if event.photos or (event.media and event.text):
        return await drafting.take(event, work, as_said(event.text))
    return await corrections.corrected(event, await cases.get(work.tx, case), work)


async def _while_open(event: Incoming, draft: Draft, work: Work) -> Effects | None:
    """What is said while the question stands: the end of it, a correction, the answer, or nothing to do with it."""
    case = await cases.get(work.tx, draft.case_id)
    if hearing.is_spoken(event) and asides.is_end(event.text):
        moved = await cases.move(work.tx, case, Move.WITHDRAW, work.actor, event.at)
        return [moved, drafting.noted(event, case, "withdrawn")]
    if event.where.private and hearing.is_spoken(event) and asides.is_correction(event.text):
        return await corrections.set_right(event, case, work)
    if event.where.private and event.about is None and hearing.is_bare(event):
        looks = recognise(event.text, work.town.rulebook).looks_like_report
        if not looks and (draft.asked == Gap.PHOTO or asides.is_aside(event.text)):
            return None
    return await drafting.answered(event, work, draft)


feature.edit(edits.follow)
feature.step("practice")(practice.take)


@feature.step("correction")
async def take_correction(event: Incoming, work: Work) -> Effects | None:
    if hearing.is_chatter(event, work.town):
        return None
    dialog = await dialogs.find(work.tx, event.where.platform, event.where.chat, work.actor.id, event.at)
    if dialog is None:
        raise Refused("core.button_stale")
    return await corrections.words_awaited(event, await cases.get(work.tx, CaseId(int(dialog.data))), work)


@feature.due("flush")
async def flush_album(event: Due, work: Work) -> Effects:
    return await filing.decide(CaseId(int(event.key)), event.at, work, final=False)


@feature.due("expire")
async def decide_by_best_guess(event: Due, work: Work) -> Effects:
    return await filing.decide(CaseId(int(event.key)), event.at, work, final=True)


@feature.due("work_off")
async def work_off(event: Due, work: Work) -> Effects:
    """A report over the quota is filed now."""
    case = await cases.get(work.tx, CaseId(int(event.key)))
    if case.state is not CaseState.REPORTED:
        return []
    return [await cases.move(work.tx, case, Move.FILE, work.actor, event.at)]


@feature.due("hush")
async def spare_the_office(event: Due, work: Work) -> Effects:
    """A report over the quota goes out by itself later: nobody is alarmed that it has no contact yet."""
    await timers.cancel(work.tx, "dispatch.unassigned", event.key)
    return []


Answer = Callable[[Pressed, Case, Work], Awaitable[Effects]]

# Buttons of the rider, each answered by a function of this folder that is given the case.
ANSWERS: Final[Mapping[str, Answer]] = {
    "choose_place": corrections.place_chosen,
    "choose_category": corrections.category_chosen,
    "change_place": corrections.ask_place,
    "change_category": corrections.ask_category,
    "no_photo": filing.without_photo,
    "outside_yes": filing.outside_confirmed,
    "outside_no": filing.outside_mistaken,
}


def _answers(answering: Answer) -> Handler[Pressed]:
    async def press(event: Pressed, work: Work) -> Effects:
        return await answering(event, await pressed_case(event, work), work)

    return press


for _action, _answering in ANSWERS.items():
    feature.button(_action)(_answers(_answering))


@feature.button("danger")
async def danger(event: Pressed, work: Work) -> Effects:
    """Not bound to the round: the case was handed over in the moment in which this was asked."""
    _, _, case = event.target.partition(" ")
    return await corrections.danger_answered(event, await cases.get(work.tx, CaseId(int(case))), work)


@feature.button("withdraw")
async def withdraw(event: Pressed, work: Work) -> Effects:
    case = await pressed_case(event, work)
    return [
        await cases.move(work.tx, case, Move.WITHDRAW, work.actor, event.at),
        Acknowledge(event, text("withdrawn", number=spoken(case.number))),
    ]


@feature.command("撤回", "withdraw", listed=False)
async def withdraw_by_word(event: Incoming, work: Work) -> Effects:
    """「撤回 0127」, 「撤回」 quoting a message of the case, or for one's newest report."""
    case = await _own_newest(event, work)
    moved = await cases.move(work.tx, case, Move.WITHDRAW, work.actor, event.at)
    return [moved, drafting.noted(event, case, "withdrawn")]


async def _own_newest(event: Incoming, work: Work) -> Case:
    number = case_number(normalise(event.rest), alone_or_after_command=True)
    if number is not None:
        named = await cases.find_number(work.tx, number)
        if named is None or not await cases.may_see(work.tx, named, work.actor):
            raise Refused("case.unknown", number=event.rest[:20])
        return named
    if event.about is not None:
        return await cases.get(work.tx, event.about)
    draft = await drafts.find_open(work.tx, event.where.platform, event.where.chat, work.actor.id)
    if draft is not None:
        return await cases.get(work.tx, draft.case_id)
    own = await case_queries.list_of_reporter(work.tx, work.actor.id, 1)
    if not own:
        raise Refused("report.nothing_to_withdraw")
    return own[0]


@feature.reply(Relation.REPORTER)
async def correct(event: Incoming, work: Work) -> Effects:
    """Words, a photo or a place in reply to anything about one's own case."""
    if event.about is None:
        return []
    draft = await drafts.get(work.tx, event.about)
    if draft is not None and not draft.closed:
        return await drafting.answered(event, work, draft)
    return await corrections.corrected(event, await cases.get(work.tx, event.about), work)


@feature.due("settle")
async def settle_receipt(event: Due, work: Work) -> Effects:
    """Ten minutes are over: the buttons of the receipt go away."""
    case = await cases.get(work.tx, CaseId(int(event.key)))
    return await receipt.of(case, work, event.at, settled=True)


@feature.on_move(
    Move.FILE,
    Move.DISPATCH,
    Move.RETURN,
    Move.REASSIGN,
    Move.ACCEPT,
    Move.UNDO_ACCEPT,
    Move.HANDLE,
    Move.UNDO_HANDLE,
    Move.DISPUTE,
    Move.CLOSE,
    Move.UNDO_CLOSE,
    Move.REOPEN,
    Move.REJECT,
    Move.MERGE,
    Move.WITHDRAW,
    Move.HOLD,
    Move.RESUME,
    Move.ASK,
    Move.SUPPLY,
    Move.UNDO_REJECT,
    Move.UNDO_MERGE,
    Move.UNDO_RETURN,
)
async def show_on_receipt(moved: CaseMoved, work: Work) -> Effects:
    """The receipt is edited in place, so that the group hears of it once."""
    first = moved.move is Move.FILE
    return await receipt.of(moved.after, work, moved.at, settled=moved.after.state in receipt.OVER, first=first)


@feature.on_move(Move.REPORT, Move.WITHDRAW, Move.MERGE, Move.REJECT)
async def end_draft(moved: CaseMoved, work: Work) -> Effects:
    """A late answer to the question of a report that went out by best guess still counts; of another one not."""
    await filing.end(moved.after.id, work, moved.at)
    if moved.move is not Move.REPORT:
        await filing.end_question(moved.after.id, work)
    return []


@feature.photo_failed
async def ask_for_photo_again(event: PhotoFailed, work: Work) -> Effects:
    """A photo or a recording could not be kept: the case stays, the sender is told once what to do."""
    photo = await photos.get(work.tx, event.photo)
    if photo.case_id is None:
        return []
    case = await cases.get(work.tx, photo.case_id)
    if photo.media is not None:
        told = text("recording_failed", number=spoken(case.number), what=text(f"media.{photo.media}"))
        return [Outgoing(photo.member_id, told, case=case.id, once=f"photo:{photo.id}:failed")]
    reason = event.reason if event.reason in KNOWN_REASONS else "other"
    told = text("photo_failed", number=spoken(case.number), why=text(f"why.{reason}"))
    return [Outgoing(photo.member_id, told, case=case.id, once=f"case:{case.id}:photo_failed:{photo.member_id}")]


@feature.undelivered
async def ask_in_group(event: NotDelivered, work: Work) -> Effects:
    """The one question could not be put in private: it is put where the report was made."""
    queued = await outbox.get(work.tx, event.outbox)
    if event.reason != "unreachable" or queued.case_id is None or queued.slot != filing.question_slot(queued.case_id):
        return []
    draft = await drafts.get(work.tx, queued.case_id)
    if draft is None or draft.closed or draft.chat == queued.chat:
        return []
    return await filing.ask_where_reported(draft, queued.body, work, event.at)


async def pressed_case(event: Pressed, work: Work) -> Case:
    """The case of a press; one without is not ours."""
    if event.case is None:
        raise Refused("core.button_void")
    return await cases.get(work.tx, event.case)
