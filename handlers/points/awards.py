"""「加分」: what no event books, an admin books, with a reason; shown first, booked by a second tap."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bot.chat.events import Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Effect, Effects, Lines, Outgoing, Rank, Text, answer
from bot.domain.case import UNDO_WINDOW, Case, CaseId
from bot.domain.ledger import Step, entry_key, item_with
from bot.domain.people import MemberId
from bot.domain.refusal import Refused
from handlers.points import asked, restoring, wording
from handlers.points.asked import Asked
from handlers.points.declared import feature, text
from handlers.points.rules import BY_EVENT
from storage import audit, booking, cases, members, points
from storage.booking import Occurrence

_SURE_MINUTES = 30


@dataclass(frozen=True, slots=True)
class Award:
    """What was shown and waits for the second tap. `ref` names it, so that two taps book once."""

    ref: str
    members: Sequence[int]
    item: str
    grade: int
    case: int | None
    reason: str
    photo: int | None


async def ask(event: Incoming, work: Work) -> Effects:
    """「加分 赵强 A07 0127 理由」, with a photo or in reply to the case."""
    wanted = asked.read(event.rest, wording.rules_of(work), "points.award.how")
    if wanted.points < 0:
        raise Refused("points.award.takes", code=wanted.item.code)
    if wanted.item.trigger in BY_EVENT:
        raise Refused("points.award.by_itself", code=wanted.item.code)
    riders = [await asked.rider_named(name, work) for name in wanted.names]
    case = await asked.case_of(event, wanted.number, work)
    photo = await asked.evidence(event, case, work)
    award = Award(
        event.event_id,
        tuple(rider.id for rider in riders),
        wanted.item.code,
        wanted.grade,
        case.id if case else None,
        wanted.reason,
        photo,
    )
    sure = feature.press(
        "award", "button.award", target=json.dumps(asdict(award)), only=work.actor.id, minutes=_SURE_MINUTES
    )
    names = "、".join(rider.name for rider in riders)
    return [answer(event, _preview(names, wanted, case, photo), sure)]


def _preview(names: str, wanted: Asked, case: Case | None, photo: int | None) -> Lines:
    return Lines(
        (
            text("award.sure", names=names),
            text("award.item", item=wording.coded(wanted.item), points=wording.signed(wanted.points)),
            wording.about(case.number if case else None),
            text("why.words", words=wanted.reason),
            text("award.with_photo" if photo is not None else "award.without_photo"),
        )
    )


async def carry_out(event: Pressed, work: Work) -> Effects:
    """The second tap: booked for each rider, who hears of it; what is full or booked before is said."""
    award = Award(**json.loads(event.target))
    case = await cases.get(work.tx, CaseId(award.case)) if award.case is not None else None
    said: list[Text] = []
    told: list[Effect] = []
    booked: list[int] = []
    for member in sorted(award.members):  # always in one order, so that nobody waits in a ring
        result, entry = await _book(award, MemberId(member), case, event, work)
        said.append(result)
        if entry is not None:
            booked.append(entry)
            told += [await _told(award, MemberId(member), entry, case, event, work)]
            told += await restoring.after_lesson(entry, work, event.at)
    minutes = int(UNDO_WINDOW.total_seconds() // 60)
    target = " ".join(map(str, booked))
    undo = (feature.press("award_undo", "button.undo", target=target, only=work.actor.id, minutes=minutes),)
    return [Outgoing(event.where, Lines(tuple(said)), undo if booked else ()), *told, Acknowledge(event)]


async def _book(
    award: Award, member: MemberId, case: Case | None, event: Pressed, work: Work
) -> tuple[Text, int | None]:
    """What came of it in words, and the entry if it is a new one."""
    what = Occurrence(
        code=award.item,
        member=member,
        subject=f"case:{case.id}" if case else f"award:{award.ref}",
        at=event.at,
        by=work.actor.id,
        reason=award.reason,
        photo=award.photo,
        grade=award.grade,
        case=case,
        pending=False,
    )
    name = (await members.get(work.tx, member)).name
    await points.hold(work.tx, member)
    if await _stands(what, work):
        return text("award.before", name=name), None
    entry_id = await booking.book_item(work.tx, work.town.zone, what)
    if entry_id is None:
        return text("award.full", name=name), None
    entry = await points.get(work.tx, entry_id)
    await audit.note(work.tx, event.at, work.actor.id, "points.awarded", f"member:{member}", f"entry:{entry_id}")
    return text("award.done", name=name, points=wording.signed(entry.delta)), entry_id


async def _stands(what: Occurrence, work: Work) -> bool:
    """Whether it was booked before and was not taken back since."""
    occurrence = 1
    while before := await points.find(work.tx, entry_key(what.code, what.subject, what.member, occurrence)):
        if before.step is not Step.REVERSED:
            return True
        occurrence += 1
    return False


async def _told(award: Award, member: MemberId, entry: int, case: Case | None, event: Pressed, work: Work) -> Outgoing:
    item, delta = item_with(award.item, wording.rules_of(work)), (await points.get(work.tx, entry)).delta
    said = Lines(
        (
            text("award.yours", who=work.actor.name, points=wording.signed(delta)),
            Text("core.plain", {"words": wording.coded(item) if item else award.item}),
            wording.about(case.number if case else None),
            text("why.words", words=award.reason),
        )
    )
    return Outgoing(member, said, rank=Rank.CARD, not_before=work.town.quiet.first_allowed(event.at))


async def undo(event: Pressed, work: Work) -> Effects:
    """Within ten minutes; the riders hear it."""
    effects: list[Effect] = []
    for number in event.target.split():
        entry = await points.get(work.tx, int(number))
        await points.hold(work.tx, entry.member_id)
        if (await points.get(work.tx, entry.id)).step is Step.REVERSED:
            continue
        await points.reverse(work.tx, entry, work.actor.id, event.at, "undone")
        await restoring.take_back(entry, work, event.at)
        await audit.note(
            work.tx, event.at, work.actor.id, "points.taken_back", f"member:{entry.member_id}", f"entry:{number}"
        )
        said = text("award.undone_yours", who=work.actor.name, points=wording.signed(entry.delta))
        held = work.town.quiet.first_allowed(event.at)
        effects.append(Outgoing(entry.member_id, said, rank=Rank.CARD, not_before=held))
    return [*effects, Outgoing(event.where, text("award.undone")), Acknowledge(event)]
