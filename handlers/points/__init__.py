"""Points: what riders earn is booked in the same transaction as the move that earns it; 「积分」 shows it."""

from typing import Final

from bot.chat.events import Incoming, PhotoFailed, PhotoStored
from bot.chat.feature import Work
from bot.chat.messages import Effects, Lines, Text, answer
from bot.domain.case import CaseMoved, Move, Resolution
from bot.domain.casenumber import spoken
from bot.domain.people import RIDERS, Role
from bot.domain.rulebook import PointRules
from bot.domain.times import local_month
from handlers.points import booking
from handlers.points.booking import Earned
from handlers.points.declared import feature, text
from handlers.points.rules import OF_REPORT, OF_SEVERITY, Trigger
from storage import balances, cases, photos, points
from storage.balances import Balance
from storage.points import Entry

__all__ = ["feature"]

LINES: Final = 3
NOTE: Final = "\uff08"  # the full-width bracket after which an item's name in the book explains itself


@feature.on_move(Move.FILE)
async def pay_report(moved: CaseMoved, work: Work) -> Effects:
    """A report that is taken up pays by its severity, and a little more if nothing had to be asked."""
    case = moved.after
    extra = (Trigger.COMPLETE,) if await booking.came_complete(case, work) else ()
    triggers = (OF_SEVERITY[case.severity], *extra)
    await booking.book(Earned(triggers, case, case.reporter_id, moved.actor, moved.at), work)
    return []


@feature.on_move(Move.CLOSE)
async def pay_result(moved: CaseMoved, work: Work) -> Effects:
    case = moved.after
    if case.resolution is Resolution.RESOLVED:
        await booking.book(Earned((Trigger.RESOLVED,), case, case.reporter_id, moved.actor, moved.at), work)
    return []


@feature.on_move(Move.CONFIRM)
async def pay_verification(moved: CaseMoved, work: Work) -> Effects:
    """A rider who looked at somebody else's case; one's own, and one's own work, pay nothing."""
    case = moved.after
    if moved.actor not in (case.reporter_id, case.handler_id):
        await booking.book(Earned((Trigger.ON_SITE,), case, moved.actor, moved.actor, moved.at), work)
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
    if photo.case_id is not None:
        await booking.confirm_after_photo(photo.member_id, await cases.get(work.tx, photo.case_id), event.at, work)
    return []


@feature.command("积分", "points", roles=RIDERS | {Role.GUEST}, group=False, privately=True)
async def show_points(event: Incoming, work: Work) -> Effects:
    """Month, rank, what can be spent, and the last few entries."""
    if not work.actor.is_any(RIDERS):
        return [answer(event, text("after_registration"))]
    recent = await points.list_recent(work.tx, work.actor.id, LINES)
    if not recent:
        return [answer(event, text("none"))]
    now = await balances.balance(work.tx, work.actor.id, local_month(event.at, work.town.zone))
    lines = (_month(now), text("spendable", points=now.spendable))
    return [answer(event, Lines((*lines, *(_line(entry, work.town.rulebook.points) for entry in recent))))]


def _month(now: Balance) -> Text:
    if now.month <= 0:
        return text("month_empty")
    if now.rank is None:
        return text("month_far", points=now.month)
    return text("month", points=now.month, rank=now.rank)


def _line(entry: Entry, rules: PointRules) -> Text:
    name = next((item.name for item in rules.items if item.code == entry.item), entry.item)
    what = name.split(NOTE)[0]
    number = spoken(entry.case_number) if entry.case_number else ""
    return text(f"line.{entry.step}", delta=f"{entry.delta:+d}", what=what, number=number)
