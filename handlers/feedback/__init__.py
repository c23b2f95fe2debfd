"""Feedback: the case closes in the group with before and after, the reporter is thanked and asked how it was."""

from typing import Final

from bot.chat.events import Due, Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Effect, Effects, Outgoing, answer, tell
from bot.domain.case import Case, CaseMoved, Move, Resolution
from bot.domain.casenumber import case_number, spoken
from bot.domain.people import SYSTEM
from bot.domain.recognise import normalise
from bot.domain.refusal import Refused
from handlers.feedback import closing, rating
from handlers.feedback.declared import feature, text
from storage import cases, timers, verifying

__all__ = ["feature"]

SCORES: Final = ("good", "fair", "bad")


@feature.on_move(Move.CONFIRM, makes=frozenset({Move.CLOSE}))
async def close(moved: CaseMoved, work: Work) -> Effects:
    """Verified is closed; whoever confirmed may take it back for ten minutes."""
    resolution = moved.after.resolution or Resolution.RESOLVED
    closed = await cases.move(
        work.tx, moved.after, Move.CLOSE, work.actor, moved.at, note=moved.note, resolution=resolution
    )
    if moved.actor in (SYSTEM, closed.after.reporter_id):
        return [closed]  # the reporter finds the way back in the thanks
    undo = feature.press("undo", "button.undo", case=closed.after, minutes=10)
    noted = text("noted", number=spoken(closed.after.number))
    return [closed, Outgoing(moved.actor, noted, (undo,), case=closed.after.id, slot=f"noted:{closed.after.id}")]


@feature.on_move(Move.CLOSE)
async def tell_everybody(moved: CaseMoved, work: Work) -> Effects:
    """The group sees the result, the reporter hears it first hand."""
    case = moved.after
    effects: list[Effect] = list(await closing.post(case, work))
    for who in closing.thanked(case, await cases.related(work.tx, case.id, closing.CO_REPORTER)):
        effects.append(await closing.thank(case, who, work, by_rule=moved.note == "by_rule"))
    await rating.wait(case, work, moved.at)
    return effects


@feature.due("rating")
async def ask_again(event: Due, work: Work) -> Effects:
    return await rating.ask_again(event, work)


@feature.on_move(Move.UNDO_CLOSE, Move.REOPEN)
async def take_back(moved: CaseMoved, work: Work) -> Effects:
    await rating.stop(moved.after, work)
    return closing.taken_back(moved.after, moved.move)


@feature.on_move(Move.REJECT, Move.MERGE)
async def tell_reporter(moved: CaseMoved, work: Work) -> Effects:
    """A report that is not taken up, or joined with another: the reason and what follows."""
    case = moved.after
    number = spoken(case.number)
    if moved.move is Move.REJECT:
        why = moved.note or text("no_reason")
        return [tell(case.reporter_id, text("rejected", number=number, why=why), case=case)]
    if case.merged_into is None or moved.actor == case.reporter_id:
        return []  # whoever joined it themselves has just read so
    other = await cases.get(work.tx, case.merged_into)
    return [tell(case.reporter_id, text("merged", number=number, into=spoken(other.number)), case=other)]


@feature.button("rate")
async def rate(event: Pressed, work: Work) -> Effects:
    """One of three taps; dissatisfied leads to reopening."""
    case = await pressed_case(event, work)
    if case.reporter_id != work.actor.id or event.target not in SCORES:
        raise Refused("case.unknown", number=spoken(case.number))
    if case.closed_at is None or event.at - case.closed_at > rating.ratable(work):
        raise Refused("feedback.rating_over", most=rating.ratable(work))
    if not await verifying.rate(work.tx, case.id, work.actor.id, event.target, event.at):
        raise Refused("feedback.rated_before", number=spoken(case.number))
    await timers.set_timer(work.tx, "points.rated", f"{case.id}:{work.actor.id}", event.at, case.id)
    thanks = [Acknowledge(event, text("rated")), await closing.rated(case, work), rating.settled(case)]
    if event.target != "bad":
        return thanks
    reopen = feature.press("reopen", "button.reopen", case=case)
    return [*thanks, tell(work.actor.id, text("sorry", number=spoken(case.number)), reopen, case=case)]


@feature.button("undo")
async def undo(event: Pressed, work: Work) -> Effects:
    case = await pressed_case(event, work)
    return [await cases.move(work.tx, case, Move.UNDO_CLOSE, work.actor, event.at), Acknowledge(event, text("undone"))]


@feature.button("reopen")
async def reopen_by_button(event: Pressed, work: Work) -> Effects:
    return [*await _reopen(await pressed_case(event, work), event, work), Acknowledge(event)]


@feature.command("重开", "reopen", privately=True, group=False, example="重开 0127")
async def reopen(event: Incoming, work: Work) -> Effects:
    """Once within seven days, by whoever reported it."""
    first = normalise(event.rest).split(maxsplit=1)
    number = case_number(first[0], alone_or_after_command=True) if first else None
    case = await cases.find_number(work.tx, number) if number is not None else None
    if case is None and event.about is not None:
        case = await cases.get(work.tx, event.about)
    if case is None or not await cases.may_see(work.tx, case, work.actor):
        raise Refused("case.unknown", number=first[0][:20] if first else "…")
    return await _reopen(case, event, work)


async def _reopen(case: Case, event: Incoming | Pressed, work: Work) -> Effects:
    moved = await cases.move(work.tx, case, Move.REOPEN, work.actor, event.at)
    return [moved, answer(event, text("reopened", number=spoken(case.number)), case=case)]


async def pressed_case(event: Pressed, work: Work) -> Case:
    """The case of a press; one without is not ours."""
    if event.case is None:
        raise Refused("core.button_void")
    return await cases.get(work.tx, event.case)
