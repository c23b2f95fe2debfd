"""Writing to the ledger: an entry a case earns, its confirmation, its reversal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.chat.feature import Work
from bot.domain.case import Case, CaseId, CaseMoved, Move
from bot.domain.ledger import item_with
from bot.domain.people import MemberId
from bot.domain.rulebook import PointItem
from bot.domain.times import local_day
from handlers.points.rules import Trigger, is_complete, item_of
from storage import booking, drafts, hints, photos, points, rule_versions, timelines
from storage.booking import Occurrence
from storage.photos import PhotoKind, PhotoState
from storage.points import Entry, Step


@dataclass(frozen=True, slots=True)
class Earned:
    """What a member did about a case; the event's receipt decides its day and month.

    `into`: the open case it helps, where that is another one; the entry stands with that case. `held`: something was
    noticed, and a person will look.
    """

    triggers: tuple[Trigger, ...]
    case: Case
    member: MemberId
    by: MemberId
    at: datetime
    into: Case | None = None
    held: bool = False

    @property
    def stands_with(self) -> Case:
        return self.into or self.case


def subject(case: Case) -> str:
    """How a key names a case."""
    return f"case:{case.id}"


async def book(earned: Earned, work: Work) -> None:
    """Book what was earned, if it was not before; only appointed riders earn, and practice earns nothing."""
    if earned.case.practice:
        return
    await points.hold(work.tx, earned.member)  # before anything is read: a photo may be stored at this moment
    waits = earned.held or await _photos_wait(earned.stands_with, earned.member, work)
    waits = waits or await hints.holds(work.tx, earned.stands_with.id, earned.member)
    for item in await items_of(earned.triggers, earned.at, work):
        what = Occurrence(
            code=item.code,
            member=earned.member,
            subject=subject(earned.case),
            at=earned.at,
            by=earned.by,
            case=earned.stands_with,
            pending=waits or item.mode != "auto",
        )
        await booking.book_item(work.tx, work.town.zone, what)


async def items_of(triggers: Iterable[str], at: datetime, work: Work) -> Sequence[PointItem]:
    """What these events book by the rules in force on the county's day of `at`."""
    version = await rule_versions.in_force(work.tx, local_day(at, work.town.zone).isoformat())
    if version is None:
        return []
    return [item for trigger in triggers if (item := item_of(trigger, version.rules)) is not None]


async def take_back(
    moved: CaseMoved, triggers: Iterable[Trigger], work: Work, stands_with: CaseId | None = None
) -> None:
    """Reverse what these events booked for a case; `stands_with`: the case the entries stand with, if another."""
    case = moved.after
    items = await items_of(triggers, moved.at, work)
    starts = tuple(f"{item.code}:{subject(case)}:" for item in items)
    booked = await points.list_of_case(work.tx, stands_with or case.id)
    for member in sorted({entry.member_id for entry in booked}):  # always in one order, so that nobody waits in a ring
        await points.hold(work.tx, member)
        for entry in await points.list_of_case(work.tx, stands_with or case.id, member):
            if entry.key.startswith(starts) and entry.step is not Step.REVERSED:
                await points.reverse(work.tx, entry, moved.actor, moved.at, moved.move)


async def confirm_after_photo(member: MemberId, case: Case, at: datetime, work: Work) -> None:
    """Points wait for the photos of a report, and for a person where something was noticed; after that they count."""
    await points.hold(work.tx, member)
    if await _photos_wait(case, member, work) or await hints.holds(work.tx, case.id, member):
        return
    for entry in await points.list_of_case(work.tx, case.id, member):
        if entry.step is Step.PENDING and await is_automatic(entry, work):
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


async def has_looked(case: Case, member: MemberId, work: Work) -> bool:
    """Whether they sent a photo of the place after the repair, in whatever state it is: a tap alone proves nothing."""
    sent = await photos.list_of_case(work.tx, case.id, PhotoKind.VERIFY)
    since = case.handled_at or case.opened_at
    own = (photo for photo in sent if photo.member_id == member and photo.wanted_at >= since)
    return any(photo.state is not PhotoState.FAILED for photo in own)


async def _photos_wait(case: Case, member: MemberId, work: Work) -> bool:
    sent = await photos.list_of_case(work.tx, case.id)
    return any(photo.member_id == member and photo.state is PhotoState.WANTED for photo in sent)


async def is_automatic(entry: Entry, work: Work) -> bool:
    version = await rule_versions.in_force(work.tx, entry.day)
    item = item_with(entry.item, version.rules) if version else None
    return item is not None and item.mode == "auto"
