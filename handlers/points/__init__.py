"""Points: what riders earn is booked in the same transaction as the move that earns it. What else is answered stands below."""

from datetime import time
from typing import Final

from bot.chat.events import PhotoFailed, PhotoStored
from bot.chat.feature import Work
from bot.chat.messages import Effects
from bot.chat.schedule import Daily, Monthly
from bot.domain.case import CaseMoved, Move, Resolution
from bot.domain.people import RIDERS, Role
from handlers.points import (
    awards,
    booking,
    brakes,
    deductions,
    earning,
    expiring,
    pending,
    rulepages,
    verdicts,
    views,
)
from handlers.points.booking import Earned
from handlers.points.declared import feature
from handlers.points.rules import OF_REPORT, OF_SEVERITY, Trigger
from storage import cases, hints, photos

__all__ = ["feature"]

_ADMIN: Final = frozenset({Role.ADMIN})


@feature.on_move(Move.FILE)
async def pay_report(moved: CaseMoved, work: Work) -> Effects:
    """A report that is taken up pays by its severity, and a little more if nothing had to be asked."""
    case = moved.after
    extra = (Trigger.COMPLETE,) if await booking.came_complete(case, work) else ()
    triggers = (OF_SEVERITY[case.severity], *extra)
    noticed = await brakes.of_report(case, work)
    earned = Earned(triggers, case, case.reporter_id, moved.actor, moved.at, held=bool(noticed))
    await booking.book(earned, work)
    await brakes.hang(case, case.reporter_id, noticed, moved.at, work)
    return []


@feature.on_move(Move.CLOSE)
async def pay_result(moved: CaseMoved, work: Work) -> Effects:
    """Unless a person said that the report does not count."""
    case = moved.after
    if case.resolution is Resolution.RESOLVED and not await hints.refused(work.tx, case.id, case.reporter_id):
        await booking.book(Earned((Trigger.RESOLVED,), case, case.reporter_id, moved.actor, moved.at), work)
    return []


@feature.on_move(Move.CONFIRM)
async def pay_verification(moved: CaseMoved, work: Work) -> Effects:
    """A rider who went to see somebody else's case and sent a photo; one's own, and one's own work, pay nothing."""
    case = moved.after
    if moved.actor in (case.reporter_id, case.handler_id) or not await booking.has_looked(case, moved.actor, work):
        return []
    noticed = await brakes.of_verification(case, moved.actor, work)
    earned = Earned((Trigger.ON_SITE,), case, moved.actor, moved.actor, moved.at, held=bool(noticed))
    await booking.book(earned, work)
    await brakes.hang(case, moved.actor, noticed, moved.at, work)
    return []


@feature.on_move(Move.MERGE)
async def pay_support(moved: CaseMoved, work: Work) -> Effects:
    """The first report keeps the points of the matter; whoever added a photo gets those for helping."""
    case = moved.after
    await booking.take_back(moved, OF_REPORT, work)
    if case.merged_into is None:
        return []
    first = await cases.get(work.tx, case.merged_into)
    if first.reporter_id != case.reporter_id and await booking.has_own_photo(case, first.id, work):
        earned = Earned((Trigger.MERGED,), case, case.reporter_id, moved.actor, moved.at, into=first)
        await booking.book(earned, work)
    return []


@feature.on_move(Move.REJECT, Move.WITHDRAW)
async def take_back_report(moved: CaseMoved, work: Work) -> Effects:
    """Not taken up after all. Once an agency has dealt with it, the report was a good one and stays paid."""
    if moved.before.handled_at is None:
        await booking.take_back(moved, OF_REPORT, work)
    return []


@feature.on_move(Move.UNDO_CLOSE)
async def take_back_result(moved: CaseMoved, work: Work) -> Effects:
    await booking.take_back(moved, (Trigger.RESOLVED, Trigger.ON_SITE), work)
    return []


@feature.on_move(Move.UNDO_MERGE)
async def take_back_support(moved: CaseMoved, work: Work) -> Effects:
    await booking.take_back(moved, (Trigger.MERGED,), work, moved.before.merged_into)
    return []


@feature.photo_stored
async def count_after_storing(event: PhotoStored, work: Work) -> Effects:
    return await _photo_settled(event, work)


@feature.photo_failed
async def count_after_failing(event: PhotoFailed, work: Work) -> Effects:
    """A photo that got lost on its way is not the rider's fault."""
    return await _photo_settled(event, work)


async def _photo_settled(event: PhotoStored | PhotoFailed, work: Work) -> Effects:
    photo = await photos.get(work.tx, event.photo)
    if photo.case_id is None:
        return []
    case = await cases.get(work.tx, photo.case_id)
    if isinstance(event, PhotoStored):
        await brakes.look_at_photo(photo, case, event.at, work)
    await booking.confirm_after_photo(photo.member_id, case, event.at, work)
    return []


@feature.on_move(Move.REJECT, Move.WITHDRAW, Move.MERGE, Move.UNDO_CLOSE, Move.UNDO_MERGE)
async def drop_hints(moved: CaseMoved, work: Work) -> Effects:
    """What was taken back above waits for nobody."""
    for case in (moved.after.id, moved.before.merged_into):
        if case is not None:
            await hints.drop_reversed(work.tx, case, moved.actor, moved.at)
    return []


feature.on_move(Move.REJECT)(earning.charge_invalid)
feature.on_move(Move.UNDO_REJECT)(earning.forgive_invalid)
feature.due("persuaded")(earning.persuaded)  # set by the intervention feature
feature.due("rated")(earning.rated)  # set by the feedback feature
feature.due("heard")(verdicts.heard)

feature.command("积分", "points", roles=RIDERS | {Role.GUEST}, group=False, privately=True)(views.show_points)
feature.command("明细", "lines", roles=RIDERS | {Role.GUEST}, group=False, privately=True, example="明细 10月")(
    views.show_lines
)
feature.button("lines", roles=RIDERS)(views.show_more)
feature.command("规则", "rules", group=False, privately=True)(rulepages.show_rules)
feature.button("rules")(rulepages.show_group)

feature.command("加分", "award", roles=_ADMIN, group=False, example="加分 赵强 A07 0127 已查实")(awards.ask)
feature.button("award", roles=_ADMIN)(awards.carry_out)
feature.button("award_undo", roles=_ADMIN)(awards.undo)
feature.command("待确认", "pending", roles=_ADMIN, group=False)(pending.show)
feature.button("pending", roles=_ADMIN)(pending.show_more)
feature.button("decide", roles=_ADMIN)(pending.decide)
feature.tick("remind", Daily(time(9)))(pending.remind)

feature.tick("year_over", Monthly(1, time(0, 5)))(expiring.begin)
feature.due("expire")(expiring.expire)
feature.tick("year_ends", Monthly(1, time(9)))(expiring.begin_reminding)
feature.due("remind_expiry")(expiring.remind)

feature.command("扣分", "deduct", roles=_ADMIN, group=False, example="扣分 李强 E07 0131 泄露隐私")(deductions.ask)
feature.button("deduct", roles=_ADMIN)(deductions.propose)
feature.button("deduct_open", roles=_ADMIN)(verdicts.show_one)
feature.button("deduct_yes", roles=_ADMIN)(verdicts.agree)
feature.button("deduct_no", roles=_ADMIN)(verdicts.decline)
feature.button("explain")(deductions.explain)
feature.step("explain")(deductions.hear)
feature.order("deduct")(verdicts.by_order)
