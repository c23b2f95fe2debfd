"""Duplicates: a report that looks like an open case nearby; the rider is asked, never merged in silence."""

from datetime import timedelta
from typing import Final

from bot.chat.events import Pressed
from bot.chat.feature import Feature, Work
from bot.chat.messages import Acknowledge, Effect, Effects, Outgoing, Rank, While, tell
from bot.domain.case import OPEN, Case, CaseId, CaseMoved, CaseState, Move, Relation
from bot.domain.casenumber import spoken
from bot.domain.refusal import Refused
from handlers.duplicates.rules import nearest_open
from storage import cases, members, photos

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
    candidates = await cases.list_open_of_category(work.tx, case.category, moved.at - SINCE, MOST)
    found = nearest_open(case, candidates)
    if found is None:
        return []
    other, metres = found
    number = spoken(case.number)
    same = feature.press("same", "button.same", case=case, target=str(other.id), only=case.reporter_id)
    different = feature.press("different", "button.different", case=case, target=str(other.id), only=case.reporter_id)
    asked = text(
        "same_place",
        number=number,
        other=spoken(other.number),
        metres=metres,
        ago=moved.at - other.opened_at,
    )
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


@feature.on_move(Move.DISPATCH)
async def keep_question_open(moved: CaseMoved, work: Work) -> Effects:
    """Dispatching starts a new round: the question is put again for it, replacing the unsent one."""
    return await ask_reporter(moved, work) if moved.before.state is CaseState.FILED else []


@feature.button("same")
async def same(event: Pressed, work: Work) -> Effects:
    """Joined: photos and reporter go over to the open case."""
    case = await pressed_case(event, work)
    other = await cases.get(work.tx, CaseId(int(event.target)))
    if other.state not in OPEN:
        raise Refused("duplicates.other_over", number=spoken(other.number))
    return [*await merge(case, other, work, event), Acknowledge(event, text("thanks"))]


@feature.button("different")
async def different(event: Pressed, work: Work) -> Effects:
    case = await pressed_case(event, work)
    kept = Outgoing(
        work.actor.id, text("stays", number=spoken(case.number)), case=case.id, slot=f"same:{case.id}", only_edit=True
    )
    return [kept, Acknowledge(event)]


async def merge(case: Case, other: Case, work: Work, event: Pressed) -> Effects:
    """Merge a case into an open one of the same place."""
    moved = await cases.move(work.tx, case, Move.MERGE, work.actor, event.at, merged_into=other.id)
    await photos.attach(work.tx, case.id, other.id)
    await cases.relate(work.tx, other.id, case.reporter_id, Relation.CO_REPORTER, event.at)
    effects: list[Effect] = [moved]
    joined = text("joined", number=spoken(case.number), into=spoken(other.number))
    effects.append(Outgoing(case.reporter_id, joined, case=other.id, slot=f"same:{case.id}", only_edit=True))
    if other.contact_id is not None:
        again = text("seen_again", number=spoken(other.number), who=(await members.get(work.tx, case.reporter_id)).name)
        effects.append(tell(other.contact_id, again, case=other))
    return effects


async def pressed_case(event: Pressed, work: Work) -> Case:
    """The case of a press; one without is not ours."""
    if event.case is None:
        raise Refused("core.button_void")
    return await cases.get(work.tx, event.case)
