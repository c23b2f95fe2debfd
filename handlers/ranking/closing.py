"""The close of a month: its ranking counted in slices, each an event of its own, so that nobody waits for it.

A slice notes with its rows how far it has come (`months.checkpoint`) and sets the timer of the next one.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from bot.chat.events import Due
from bot.chat.feature import Work
from bot.chat.messages import Effects
from bot.domain.ledger import Step, outside_caps
from bot.domain.people import SYSTEM, MemberId
from bot.domain.rulebook import PointItem
from bot.domain.times import local_month, month_before, span_of_month
from handlers.ranking import draft, publishing, rules
from handlers.ranking.declared import feature
from handlers.ranking.rules import Counting, Placing
from storage import audit, booking, month_points, months, ranking_lines, rule_versions, timers
from storage.booking import Occurrence
from storage.month_points import Worked
from storage.months import Month, MonthState
from storage.points import NewEntry
from storage.rule_versions import RuleVersion

SLICE: Final = 400  # riders of one event: some 30 ms on SQLite, while which nothing else can be stored
_FREEZE: Final = f"{feature.name}.freeze"
_AGAIN: Final = timedelta(seconds=5)


async def begin_last(event: Due, work: Work) -> Effects:
    """On the first of a month at nine the month before is closed; after an outage each that was missed, in order."""
    period = month_before(local_month(event.due_at, work.town.zone))
    await begin(period, work, event.at)
    return []


async def begin(period: str, work: Work, at: datetime) -> bool:
    """Close a month; False if that was begun before."""
    if not await months.begin(work.tx, period, rules.written(Counting(version=1))):
        return False
    await audit.note(work.tx, at, work.actor.id, "month.closed", f"month:{period}")
    await timers.set_timer(work.tx, _FREEZE, period, at)
    return True


async def count_anew(month: Month, work: Work, at: datetime) -> None:
    """Make the next version of a ranking, as the ledger has changed; one that is being made is waited for."""
    if month.checkpoint:
        await timers.set_timer(work.tx, f"{feature.name}.recount", month.period, at + _AGAIN)
        return
    await months.advance(work.tx, month, rules.written(Counting(version=month.version + 1)))
    await timers.set_timer(work.tx, _FREEZE, month.period, at)


async def recount(event: Due, work: Work) -> Effects:
    """The version that stood in the way is made."""
    month = await months.find(work.tx, event.key)
    if month is not None and month.state in (MonthState.FREEZING, MonthState.FROZEN, MonthState.PUBLICITY):
        await count_anew(month, work, event.at)
    return []


async def go_on(event: Due, work: Work) -> Effects:
    """The next slice: of riders whose lines are written, or of lines that get their places."""
    month = await months.find(work.tx, event.key)
    if month is None or not month.checkpoint:
        return []
    progress = rules.read(month.checkpoint)
    following = (
        await _count(month, progress, work, event.at)
        if isinstance(progress, Counting)
        else await _place(month, progress, work)
    )
    if isinstance(following, Placing) and following == progress:
        return await _finish(month, following, work, event.at)
    await months.advance(work.tx, month, rules.written(following))
    await timers.set_timer(work.tx, _FREEZE, month.period, event.at)
    return []


async def _count(month: Month, progress: Counting, work: Work, at: datetime) -> Counting | Placing:
    riders = await _riders(month, progress, work)
    if not riders:
        return Placing(progress.version, progress.held, hash=rules.first_hash(month.period))
    first, last = riders[0][0], riders[-1][0]
    span = span_of_month(month.period, work.town.zone)
    await ranking_lines.hold(work.tx, first, last)  # before anything is read: their bookings under way come first
    if progress.version > 1:
        await ranking_lines.recount(work.tx, month.period, span, progress.version, first, last)
        return replace(progress, after=last)
    held = await _reward_clean(month.period, riders, work, at)
    await ranking_lines.count(work.tx, month.period, span, first, last)
    return replace(progress, after=last, held=progress.held + held)


async def _riders(month: Month, progress: Counting, work: Work) -> Sequence[tuple[MemberId, bool]]:
    """Who comes next, by id, and whether they are still in office: a later version has the riders of the one before."""
    if progress.version > 1:
        lines = await ranking_lines.list_members(work.tx, month.period, progress.version - 1, progress.after, SLICE)
        return [(line.member_id, True) for line in lines]
    span = span_of_month(month.period, work.town.zone)
    return await ranking_lines.list_riders(work.tx, span, progress.after, SLICE)


async def _place(month: Month, progress: Placing, work: Work) -> Placing:
    lines = await ranking_lines.list_after(work.tx, month.period, progress.version, progress.last, SLICE)
    if not lines:
        return progress
    following, placed = rules.place_all(progress, lines)
    places = [(line.member_id, line.place) for line in placed]
    await ranking_lines.set_places(work.tx, month.period, progress.version, places)
    return following


async def _finish(month: Month, made: Placing, work: Work, at: datetime) -> Effects:
    """The version holds; the first goes to the admins as a draft, a later one is posted where the month is public."""
    await months.complete(work.tx, month, made.version, made.hash, made.totals, at)
    await audit.note(
        work.tx, at, work.actor.id, "month.counted", f"month:{month.period}", f"version:{made.version} hash:{made.hash}"
    )
    if month.state is MonthState.FREEZING:
        return await draft.offer(month.period, made.held, work, at)
    if month.state is MonthState.PUBLICITY:
        return await publishing.correct(month.period, work, at)
    return []


async def _reward_clean(period: str, riders: Sequence[tuple[MemberId, bool]], work: Work, at: datetime) -> int:
    """Book the clean month for those of the riders, who are held, who have earned it; returns how many entries wait."""
    month = await _rules_of(period, work)
    if month is None:
        return 0
    day, version = month
    found = await _worked(period, riders[0][0], riders[-1][0], day, version, work)
    in_office = dict(riders)
    clean = [one for one in found if in_office.get(one.member) and rules.is_clean(one)]
    item = rules.item_for(rules.CLEAN_MONTH, version.rules)
    if item is not None:
        roomy = [one.member for one in clean if rules.has_room(one, item.points[0], version.rules)]
        await month_points.add_for_each(work.tx, _gain(item, day, version, at), f"month:{period}", roomy)
        for member in [one.member for one in clean if one.member not in set(roomy)]:
            await _reward(item, member, day, work, at)
    return sum(one.held for one in found if one.member in in_office)


async def reward_if_clean(period: str, rider: MemberId, work: Work, at: datetime) -> None:
    """Book the clean month of one rider, who is held, as an objection may have cleared it. Idempotent."""
    month = await _rules_of(period, work)
    if month is None:
        return
    day, version = month
    found = await _worked(period, rider, rider, day, version, work)
    item = rules.item_for(rules.CLEAN_MONTH, version.rules)
    if item is not None and any(rules.is_clean(one) for one in found):
        await _reward(item, rider, day, work, at)


async def _rules_of(period: str, work: Work) -> tuple[date, RuleVersion] | None:
    """The last day of a month and the rules in force on it."""
    day = span_of_month(period, work.town.zone)[1].date() - timedelta(days=1)
    version = await rule_versions.in_force(work.tx, day.isoformat())
    return None if version is None else (day, version)


async def _worked(
    period: str, first: MemberId, last: MemberId, day: date, version: RuleVersion, work: Work
) -> Sequence[Worked]:
    reward = rules.item_for(rules.CLEAN_MONTH, version.rules)
    return await month_points.worked(
        work.tx, period, first, last, day.isoformat(), deeds=rules.deeds(version.rules),
        outside=outside_caps(version.rules), reward=reward.code if reward else "",
    )  # fmt: skip


def _gain(item: PointItem, day: date, version: RuleVersion, at: datetime) -> NewEntry:
    """What is the same for all riders whose caps surely have room: one statement books it."""
    return NewEntry(
        key="", member_id=SYSTEM, item=item.code, delta=item.points[0], step=Step.CONFIRMED, case_id=None,
        actor_id=SYSTEM, rules_id=version.id, period=f"{day:%Y-%m}", day=day.isoformat(), at=at,
    )  # fmt: skip


async def _reward(item: PointItem, rider: MemberId, day: date, work: Work, at: datetime) -> None:
    what = Occurrence(code=item.code, member=rider, subject=f"month:{day:%Y-%m}", at=at, by=SYSTEM, on=day)
    await booking.book_item(work.tx, work.town.zone, what)
