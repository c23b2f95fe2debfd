"""What other features tell by a timer or a move: a persuasion, a rating, a report that was not taken up."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from bot.chat.events import Due
from bot.chat.feature import Work
from bot.chat.messages import Button, Effects, Outgoing, Rank
from bot.domain.case import CaseId, CaseMoved
from bot.domain.ledger import Step, entry_key
from bot.domain.people import MemberId
from bot.domain.times import local_month, span_of_month
from handlers.points import restoring, wording
from handlers.points.booking import items_of, subject
from handlers.points.declared import text
from handlers.points.rules import INVALID, PERSUADED, RATED
from storage import booking, cases, hints, interventions, point_lines, points, recent_reports, restored
from storage.booking import Occurrence
from storage.hints import Hint, HintKind
from storage.interventions import Intervention
from storage.points import Entry

RATED_WITHIN: Final = timedelta(days=3)


async def persuaded(event: Due, work: Work) -> Effects:
    """A persuasion that can no longer be taken back, or that was taken back: it counts from the day it was noted.

    One in `sampled_in` of the county waits for a person; the others count by themselves.
    """
    noted = await interventions.get(work.tx, int(event.key))
    for item in await items_of([PERSUADED], noted.at, work):
        named = f"intervention:{noted.id}"
        if noted.undone:
            await _forget(entry_key(item.code, named, noted.member, 1), work, event.at)
            continue
        sampled = is_sampled(entry_key(item.code, named, noted.member, 1), work.town.rulebook.sampled_in)
        what = Occurrence(
            code=item.code, member=noted.member, subject=named, at=noted.at, by=noted.member, pending=sampled
        )
        entry = await booking.book_item(work.tx, work.town.zone, what)
        if entry is not None:
            return await _counted(entry, noted, work, event.at, sampled=sampled)
    return []


async def _counted(entry: int, noted: Intervention, work: Work, at: datetime, *, sampled: bool) -> Effects:
    if not sampled:
        return await restoring.after_persuasion(entry, work, at)
    await hints.add(work.tx, entry, Hint(HintKind.CHECK, str(noted.id)), at)
    return []


async def _forget(key: str, work: Work, at: datetime) -> None:
    """Taken back in the last moment, when it was booked already."""
    entry = await points.find(work.tx, key)
    if entry is None:
        return
    await points.hold(work.tx, entry.member_id)
    entry = await points.get(work.tx, entry.id)
    if entry.step is not Step.REVERSED:
        await points.reverse(work.tx, entry, entry.member_id, at, "persuasion_undone")
        await hints.settle(work.tx, entry.id, work.actor.id, at)
        await restoring.take_back(entry, work, at)


def is_sampled(key: str, one_in: int) -> bool:
    """Whether an entry is one of those that are looked at: always the same ones, and nobody can choose."""
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % one_in == 0


async def rated(event: Due, work: Work) -> Effects:
    """A result was rated; in time it earns, once a case. Due at the moment of the rating."""
    case_id, _, member = event.key.partition(":")
    case = await cases.get(work.tx, CaseId(int(case_id)))
    if case.closed_at is None or event.due_at - case.closed_at > RATED_WITHIN:
        return []
    for item in await items_of([RATED], event.due_at, work):
        who = MemberId(int(member))
        what = Occurrence(code=item.code, member=who, subject=subject(case), at=event.due_at, by=who, case=case)
        await booking.book_item(work.tx, work.town.zone, what)
    return []


async def charge_invalid(moved: CaseMoved, work: Work) -> Effects:
    """From the fourth report of a month on that is not taken up each costs a point; the rider hears why."""
    case = moved.after
    if case.practice or moved.before.handled_at is not None:
        return []
    since, until = span_of_month(local_month(moved.at, work.town.zone), work.town.zone)
    for item in await items_of([INVALID], moved.at, work):
        n = await recent_reports.count_rejected(work.tx, case.reporter_id, since, until)
        if n <= item.free_month:
            return []
        what = Occurrence(
            code=item.code, member=case.reporter_id, subject=subject(case), at=moved.at, by=moved.actor, case=case
        )
        entry = await booking.book_item(work.tx, work.town.zone, what)
        if entry is not None:
            return [_told(await points.get(work.tx, entry), n, item.free_month, moved.at, work)]
    return []


def _told(entry: Entry, n: int, free: int, at: datetime, work: Work) -> Outgoing:
    number, delta = wording.number_of(entry.case_number), wording.signed(entry.delta)
    said = text("invalid", number=number, n=n, free=free, points=delta)
    object_ = Button("ranking.object", text("button.object_this"), target=str(entry.id), only=entry.member_id)
    held = work.town.quiet.first_allowed(at)
    return Outgoing(entry.member_id, said, (object_,), case=entry.case_id, rank=Rank.CARD, not_before=held)


async def forgive_invalid(moved: CaseMoved, work: Work) -> Effects:
    """Taken up after all: the point for it comes back or, where it was one of the free ones, that of the newest."""
    case, rejected_at = moved.after, moved.before.moved_at
    period = local_month(rejected_at, work.town.zone)
    since, until = span_of_month(period, work.town.zone)
    for item in await items_of([INVALID], rejected_at, work):
        await points.hold(work.tx, case.reporter_id)
        charged = await point_lines.list_of_item(work.tx, case.reporter_id, item.code, period)
        entries = [await points.get(work.tx, entry) for entry in charged]
        due = await recent_reports.count_rejected(work.tx, case.reporter_id, since, until) - item.free_month
        own = [entry for entry in entries if entry.case_id == case.id]
        for entry in own or entries[max(0, due) :][-1:]:
            await points.reverse(work.tx, entry, moved.actor, moved.at, moved.move)
            await restored.take_back(work.tx, entry, moved.actor, moved.at, moved.move)
    return []
