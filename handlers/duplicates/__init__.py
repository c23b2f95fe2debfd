"""Duplicates: a report that looks like an open case nearby; the rider is asked, never merged in silence."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.chat.events import PhotoId, Pressed
from bot.chat.feature import Feature, Work
from bot.chat.messages import Acknowledge, Effects, Outgoing, Rank, Text, While, photo, tell
from bot.domain.case import OPEN, Case, CaseId, CaseMoved, CaseState, Move, Relation
from bot.domain.casenumber import spoken
from bot.domain.lifecycle import may
from bot.domain.people import MemberId
from bot.domain.refusal import Refused
from bot.domain.rulebook import Sensitive
from bot.domain.scrub import surname
from handlers.duplicates.rules import nearest_open
from storage import case_queries, cases, members, photos
from storage.photos import PhotoState

feature = Feature("duplicates")
text = feature.text

SINCE: Final = timedelta(days=14)  # rule book 8.2
MOST: Final = 200


@feature.on_move(Move.FILE)
async def ask_reporter(moved: CaseMoved, work: Work) -> Effects:
    """T03: is it the same? Unanswered it stays a hint for the dispatcher."""
    case = moved.after
    if case.category is None or case.practice or case.state in (CaseState.MERGED, CaseState.REJECTED):
        return []
    candidates = await case_queries.list_open_of_category(work.tx, case.category, moved.at - SINCE, MOST)
    found = nearest_open(case, candidates)
    if found is None:
        return []
    other, metres = found
    number = spoken(case.number)
    # Not bound to the round: whoever has the case meanwhile, it is still the same place or not.
    both = f"{case.id} {other.id}"
    same = feature.press("same", "button.same", target=both, only=case.reporter_id)
    different = feature.press("different", "button.different", target=both, only=case.reporter_id)
    apart = moved.at - other.opened_at
    when = text("just_now") if apart < timedelta(minutes=1) else text("ago", ago=apart)
    where = text("here") if metres == 0 else text("apart", metres=metres)
    asked = text("same_place", number=number, other=spoken(other.number), where=where, when=when)
    return [
        Outgoing(
            case.reporter_id,
            asked,
            (same, different),
            case=case.id,
            slot=f"same:{case.id}",
            rank=Rank.CARD,
            once=f"case:{case.id}:same:{other.id}",
            valid=While(case.id, states=tuple(sorted(OPEN))),
        )
    ]


@feature.button("same")
async def same(event: Pressed, work: Work) -> Effects:
    """Joined: photos and reporter go over to the open case."""
    case, other = await _both(event, work)
    if other.state not in OPEN:
        raise Refused("duplicates.other_over", number=spoken(other.number))
    if not may(case, Move.MERGE, frozenset({Relation.REPORTER})):
        raise Refused("duplicates.in_hand", number=spoken(case.number))
    moved = await cases.move(work.tx, case, Move.MERGE, work.actor, event.at, merged_into=other.id)
    joined = text("joined", number=spoken(case.number), into=spoken(other.number))
    edited = Outgoing(case.reporter_id, joined, case=other.id, slot=f"same:{case.id}", only_edit=True)
    return [moved, edited, Acknowledge(event, text("thanks"))]


@feature.button("different")
async def different(event: Pressed, work: Work) -> Effects:
    case, _ = await _both(event, work)
    kept = Outgoing(
        work.actor.id, text("stays", number=spoken(case.number)), case=case.id, slot=f"same:{case.id}", only_edit=True
    )
    return [kept, Acknowledge(event)]


@feature.on_move(Move.MERGE)
async def join(moved: CaseMoved, work: Work) -> Effects:
    """Whoever merged it: photos and reporter go over, and the contact hears that it was seen again."""
    case = moved.after
    if case.merged_into is None:
        return []
    other = await cases.get(work.tx, case.merged_into)
    await photos.attach(work.tx, case.id, other.id)
    await cases.relate(work.tx, other.id, case.reporter_id, Relation.CO_REPORTER, moved.at)
    if other.contact_id is None:
        return []
    return [await _seen_again(other, other.contact_id, case.reporter_id, work, moved.at)]


@feature.on_move(Move.UNDO_MERGE)
async def part(moved: CaseMoved, work: Work) -> Effects:
    """Photos and reporter go back."""
    case, other = moved.after, moved.before.merged_into
    if other is not None:
        await photos.detach(work.tx, other, to=case.id, sent_by=case.reporter_id)
        await cases.unrelate(work.tx, other, case.reporter_id, Relation.CO_REPORTER)
    return []


async def _seen_again(case: Case, contact: MemberId, by: MemberId, work: Work, at: datetime) -> Outgoing:
    """The contact sees the new photos; of sensitive cases never who took them."""
    category = work.town.rulebook.categories.get(case.category) if case.category else None
    hidden = category is None or category.sensitive is Sensitive.YES
    reporter = await members.get(work.tx, by)
    who = text("anonymous") if hidden else Text("core.rider", {"surname": surname(reporter.name)})
    added = [one for one in await photos.list_of_case(work.tx, case.id) if one.member_id == by]
    shown = tuple(photo(PhotoId(one.id)) for one in added if one.state is not PhotoState.FAILED)
    told = tell(contact, text("seen_again", number=spoken(case.number), who=who), case=case)
    held = at if case.is_urgent else work.town.calendar.next_working_instant(at)
    return replace(told, attachments=shown, not_before=held, wait_photos_s=work.town.card_wait_s)


async def _both(event: Pressed, work: Work) -> tuple[Case, Case]:
    case, other = (CaseId(int(part)) for part in event.target.split())
    return await cases.get(work.tx, case), await cases.get(work.tx, other)
