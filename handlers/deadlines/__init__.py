"""Deadlines: silence has a consequence, step by step; and nobody is told the same thing twice."""

from datetime import datetime
from typing import Final

from bot.chat.events import Due
from bot.chat.feature import Work
from bot.chat.messages import Effect, Effects
from bot.chat.schedule import Daily
from bot.domain.case import CaseId, CaseMoved, Move
from bot.domain.ladder import EVENING_LIST, GROUP_DIGEST, MORNING_LIST
from bot.domain.people import HANDLERS, OFFICE, RIDERS, MemberId
from bot.domain.times import local_day
from handlers.deadlines import digest, listing, order, recount, stepping, telling, urging
from handlers.deadlines.declared import feature
from handlers.deadlines.plan import replan
from storage import cases

__all__ = ["feature"]

_STEERING: Final = frozenset(Move) - {Move.REPORT, Move.ARCHIVE}


@feature.on_move(*sorted(_STEERING))
async def steer(moved: CaseMoved, work: Work) -> Effects:
    """The ladder of a case follows its clocks: it stops at once, starts anew, or goes on with other instants."""
    if moved.after.dispatched_at is None:
        return []  # no clock has run yet
    case = await cases.get(work.tx, moved.after.id)  # with the limits that others have set in answer to this move
    await replan(case, work, moved.at)
    effects: list[Effect] = []
    if moved.move is Move.DISPUTE:
        for came in stepping.failed_again(case, work, moved.at):
            effects += await stepping.reach(came, work)
    return effects


@feature.due("step")
async def step(event: Due, work: Work) -> Effects:
    came = await stepping.meant(event, work)
    return [] if came is None else await stepping.come(came, work)


@feature.due("tell")
async def tell(event: Due, work: Work) -> Effects:
    return await telling.tell(MemberId(int(event.key)), work, event.at)


@feature.due("replan")
async def plan_anew(event: Due, work: Work) -> Effects:
    """The limits of a case were changed without a move."""
    await replan(await cases.get(work.tx, CaseId(int(event.key))), work, event.at)
    return []


@feature.due("recount")
async def count_again(event: Due, work: Work) -> Effects:
    return await recount.go_on(event, work)


@feature.tick("mornings", Daily(MORNING_LIST))
async def begin_mornings(event: Due, work: Work) -> Effects:
    """Each contact's list is an event of its own, so that a county of any size holds up nothing."""
    await listing.begin_mornings(event, work)
    return []


@feature.due("morning")
async def morning(event: Due, work: Work) -> Effects:
    return await listing.morning(event, work)


@feature.tick("evenings", Daily(EVENING_LIST))
async def begin_evenings(event: Due, work: Work) -> Effects:
    await listing.begin_evenings(event, work)
    return []


@feature.due("evening")
async def evening(event: Due, work: Work) -> Effects:
    return await listing.evening(event, work)


@feature.tick("digest", Daily(GROUP_DIGEST))
async def post_digest(event: Due, work: Work) -> Effects:
    """After an outage only while the evening lasts: a day that is over needs none."""
    if work.town.night.is_quiet(event.at) or not _is_same_day(event.due_at, event.at, work):
        return []
    return await digest.post(work, event.due_at)


def _is_same_day(one: datetime, other: datetime, work: Work) -> bool:
    return local_day(one, work.town.zone) == local_day(other, work.town.zone)


feature.command("催办", "urge", roles=RIDERS | HANDLERS | OFFICE, group=False, privately=True, example="催办 0127")(
    urging.by_word
)
feature.command("督办", "supervise", roles=OFFICE, group=False, example="督办 0127 请于本周五前办结")(order.by_word)
feature.button("urge")(urging.urge)
feature.button("take_over")(urging.take_over)
feature.button("reassign")(urging.reassign)
feature.button("reassign_to")(urging.reassign_to)
feature.button("explain")(urging.explain)
feature.step("explanation")(urging.take_explanation)
feature.button("send_order", roles=OFFICE)(order.send)
