"""Writing to the ledger: an entry a case earns, its confirmation, its reversal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.chat.feature import Work
from bot.domain.case import Case, CaseId, CaseMoved, Move
from bot.domain.people import RIDERS, MemberId
from bot.domain.rulebook import PointItem
from bot.domain.times import local_day, local_month
from handlers.points.rules import (
    Trigger,
    entry_key,
    is_complete,
    item_of,
    next_occurrence,
    outside_caps,
    points_for,
)
from storage import drafts, members, photos, points, rule_versions, timelines
from storage.photos import PhotoState
from storage.points import Entry, NewEntry, Step


@dataclass(frozen=True, slots=True)
class Earned:
    """What a member did about a case; the event's receipt decides its day and month.

    `into`: the open case it helps, where that is another one; the entry stands with that case.
    """

    triggers: tuple[Trigger, ...]
    case: Case
    member: MemberId
    by: MemberId
    at: datetime
    into: Case | None = None

    @property
    def stands_with(self) -> Case:
        return self.into or self.case

    def is_same(self, entry: Entry, item: PointItem) -> bool:
        """Whether an earlier entry is about the same item, case and member."""
        return entry.key.startswith(entry_key(item, subject(self.case), self.member, None))


def subject(case: Case) -> str:
    """How a key names a case."""
    return f"case:{case.id}"


async def book(earned: Earned, work: Work) -> None:
    """Book what was earned, if it was not before; only appointed riders earn, and practice earns nothing."""
    if earned.case.practice or not await _is_appointed(earned.member, work):
        return
    await points.hold(work.tx, earned.member)  # before anything is read: a photo may be stored at this moment
    before = await points.list_of_case(work.tx, earned.stands_with.id, earned.member)
    waits = await _photos_wait(earned.stands_with, earned.member, work)
    for trigger in earned.triggers:
        item = item_of(trigger, work.town.rulebook.points)
        if item is None:
            continue
        same = [entry for entry in before if earned.is_same(entry, item)]
        if all(entry.step is Step.REVERSED for entry in same):
            key = entry_key(item, subject(earned.case), earned.member, next_occurrence(same[-1].key if same else None))
            await _add(key, item, earned, work, waits=waits or item.mode != "auto")


async def _add(key: str, item: PointItem, earned: Earned, work: Work, *, waits: bool) -> None:
    rules, zone = work.town.rulebook.points, work.town.zone
    day, period = local_day(earned.at, zone).isoformat(), local_month(earned.at, zone)
    given = await points.given(work.tx, earned.member, item.code, day, period, outside_caps(rules))
    delta = points_for(item, rules, given)
    if delta == 0:
        return
    version = await rule_versions.find(work.tx, rules.effective_from)
    entry = NewEntry(
        key=key,
        member_id=earned.member,
        item=item.code,
        delta=delta,
        step=Step.PENDING if waits else Step.CONFIRMED,
        case_id=earned.stands_with.id,
        actor_id=earned.by,
        rules_id=version.id if version else None,
        period=period,
        day=day,
        at=earned.at,
        spendable_only=item.spendable_only,
    )
    await points.add(work.tx, entry)


async def take_back(
    moved: CaseMoved, triggers: Iterable[Trigger], work: Work, stands_with: CaseId | None = None
) -> None:
    """Reverse what these events booked for a case; `stands_with`: the case the entries stand with, if another."""
    rules, case = work.town.rulebook.points, moved.after
    starts = tuple(
        f"{item.code}:{subject(case)}:" for trigger in triggers if (item := item_of(trigger, rules)) is not None
    )
    booked = await points.list_of_case(work.tx, stands_with or case.id)
    for member in sorted({entry.member_id for entry in booked}):  # always in one order, so that nobody waits in a ring
        await points.hold(work.tx, member)
        for entry in await points.list_of_case(work.tx, stands_with or case.id, member):
            if entry.key.startswith(starts) and entry.step is not Step.REVERSED:
                await points.reverse(work.tx, entry, moved.actor, moved.at, moved.move)


async def confirm_after_photo(member: MemberId, case: Case, at: datetime, work: Work) -> None:
    """Points wait for the photos of a report; when each is stored or has failed, they count."""
    await points.hold(work.tx, member)
    if await _photos_wait(case, member, work):
        return
    for entry in await points.list_of_case(work.tx, case.id, member):
        if entry.step is Step.PENDING and _is_automatic(entry, work):
            await points.confirm(work.tx, entry, work.actor.id, at)


async def came_complete(case: Case, work: Work) -> bool:
    """Whether nobody, neither the bot nor an office, had to ask the reporter for anything."""
    draft = await drafts.get(work.tx, case.id)
    asked = any(step.move is Move.ASK for step in await timelines.list_of_case(work.tx, case.id))
    category = work.town.rulebook.categories.get(case.category) if case.category else None
    sent = await photos.list_of_case(work.tx, case.id)
    return draft is not None and is_complete(case, category, photos=len(sent), asked=asked or bool(draft.asked))


async def has_own_photo(case: Case, into: CaseId, work: Work) -> bool:
    """Whether the reporter sent a photo that counts as evidence; a merge hands it to the other case."""
    sent = [*await photos.list_of_case(work.tx, case.id), *await photos.list_of_case(work.tx, into)]
    return any(photo.member_id == case.reporter_id and photo.state is not PhotoState.FAILED for photo in sent)


async def _is_appointed(member: MemberId, work: Work) -> bool:
    found = await members.get(work.tx, member)
    return not found.is_system and found.is_any(RIDERS)


async def _photos_wait(case: Case, member: MemberId, work: Work) -> bool:
    sent = await photos.list_of_case(work.tx, case.id)
    return any(photo.member_id == member and photo.state is PhotoState.WANTED for photo in sent)


def _is_automatic(entry: Entry, work: Work) -> bool:
    return any(item.code == entry.item and item.mode == "auto" for item in work.town.rulebook.points.items)
