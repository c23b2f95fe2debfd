"""What becomes of a proposed deduction: another admin than the one who asked agrees or declines."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.chat.events import Due, Incoming, Ordered, PhotoId, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Button, Effect, Effects, Lines, Outgoing, Rank, Text, answer, photo
from bot.domain.ledger import item_with
from bot.domain.people import Member, MemberId, Role
from bot.domain.refusal import Refused
from bot.domain.scrub import quoted
from handlers.points import wording
from handlers.points.declared import feature, text
from storage import audit, booking, cases, deductions, members, points
from storage.booking import Occurrence
from storage.deductions import Deduction

_MINUTES: Final = 60 * 24 * 30
_MOST: Final = 8
_MOST_BUTTONS: Final = 4


async def heard(event: Due, work: Work) -> Effects:
    """The time to answer is over: without the rider's words, too, it can be decided now."""
    found = await deductions.get(work.tx, int(event.key))
    if found.decided_at is not None or found.answer:
        return []  # decided, or asked when the answer came
    return await ask_others(found, work)


async def ask_others(found: Deduction, work: Work) -> Effects:
    """Every admin but the one who asked and the rider; where there is none, the one who asked hears what to do."""
    others = await _others(found, work)
    if not others:
        alone = text("deduct.alone", number=found.id, name=await name_of(found, work))
        return [Outgoing(found.proposal.asked_by, alone, rank=Rank.CARD)]
    return [await _card(admin, found, work) for admin in others]


async def _others(found: Deduction, work: Work) -> Sequence[MemberId]:
    """The admins who may decide it."""
    concerned = (found.proposal.asked_by, found.proposal.member)
    return [admin for admin in await members.holders(work.tx, Role.ADMIN) if admin not in concerned]


async def _card(admin: MemberId, found: Deduction, work: Work) -> Outgoing:
    said = text("deduct.said", words=quoted(found.answer)) if found.answer else text("deduct.silent")
    asker = (await members.get(work.tx, found.proposal.asked_by)).name
    lines = (
        text("deduct.decide", name=await name_of(found, work)),
        *await facts(found, work),
        text("deduct.by", who=asker),
        said,
    )
    buttons = tuple(
        feature.press(
            f"deduct_{verdict}", f"button.deduct_{verdict}", target=str(found.id), only=admin, minutes=_MINUTES
        )
        for verdict in ("yes", "no")
    )
    evidence = (photo(PhotoId(found.proposal.photo)),) if found.proposal.photo is not None else ()
    return Outgoing(
        admin, Lines(lines), buttons, evidence, slot=_slot(found), rank=Rank.CARD, wait_photos_s=work.town.card_wait_s
    )


async def show_open(event: Incoming, work: Work) -> Effects:
    """What nobody has decided; those this admin may decide open by a tap."""
    found = await deductions.list_open(work.tx)
    if not found:
        return [answer(event, text("deduct.none"))]
    lines: list[Text] = [text("deduct.open", n=len(found))]
    buttons: list[Button] = []
    for one in found[:_MOST]:
        proposal = one.proposal
        key = "deduct.line_ready" if one.may_be_decided(event.at) else "deduct.line_waits"
        points = wording.signed(proposal.points)
        lines.append(text(key, number=one.id, name=await name_of(one, work), code=proposal.item, points=points))
        may = one.may_be_decided(event.at) and work.actor.id not in (proposal.asked_by, proposal.member)
        if may and len(buttons) < _MOST_BUTTONS:
            label = text("button.deduct_open", number=one.id)
            buttons.append(feature.press("deduct_open", label, target=str(one.id), only=work.actor.id))
    return [answer(event, Lines((*lines, text("deduct.how"))), *buttons)]


async def show_one(event: Pressed, work: Work) -> Effects:
    found = await deductions.get(work.tx, int(event.target))
    if found.decided_at is not None:
        raise Refused("points.deduct.decided")
    return [await _card(work.actor.id, found, work), Acknowledge(event)]


async def agree(event: Pressed, work: Work) -> Effects:
    """「同意扣分」, by a second person and after the rider was heard."""
    found = await deductions.get(work.tx, int(event.target))
    if work.actor.id == found.proposal.asked_by:
        raise Refused("points.deduct.second_person")
    return [*await _decided(found, work.actor, work, event.at, agreed=True), Acknowledge(event)]


async def decline(event: Pressed, work: Work) -> Effects:
    """「不扣」; whoever proposed it may take it back the same way."""
    found = await deductions.get(work.tx, int(event.target))
    return [*await _decided(found, work.actor, work, event.at, agreed=False), Acknowledge(event)]


async def by_order(event: Ordered, work: Work) -> Effects:
    """The machine's own command line is the second person where no other admin may decide."""
    args: dict[str, object] = json.loads(event.args)
    found = await deductions.find(work.tx, int(str(args["deduction"])))
    if found is None:
        raise Refused("points.deduct.unknown")
    if await _others(found, work):
        raise Refused("points.deduct.has_second")
    return await _decided(found, work.actor, work, event.at, agreed=args["agreed"] is True)


async def _decided(found: Deduction, by: Member, work: Work, at: datetime, *, agreed: bool) -> Effects:
    """Closed once; booked if it was agreed to; everybody concerned hears it.

    Raises:
        Refused: it was decided before, it is one's own, or the rider is still to be heard.
    """
    proposal = found.proposal
    if by.id == proposal.member:
        raise Refused("points.asked.oneself")
    if agreed and found.decided_at is None and not found.may_be_decided(at):
        raise Refused("points.deduct.still_heard", until=proposal.heard_until)
    if not await deductions.decide(work.tx, found.id, by.id, at):
        raise Refused("points.deduct.decided")
    entry = await _book(found, by, work, at) if agreed else None
    action = "deduction.agreed" if agreed else "deduction.declined"
    await audit.note(
        work.tx, at, by.id, action, f"member:{proposal.member}", f"deduction:{found.id} entry:{entry or ''}"
    )
    key = "declined" if not agreed else "full" if entry is None else "agreed"
    name, who = await name_of(found, work), by.name if not by.is_system else text("deduct.machine")
    taken = proposal.points if entry is None else (await points.get(work.tx, entry)).delta  # a cap may have cut it
    told = text(f"deduct.{key}", name=name, who=who, points=wording.signed(taken))
    admins = [*await members.holders(work.tx, Role.ADMIN), proposal.asked_by]
    effects: list[Effect] = [
        Outgoing(admin, told, slot=_slot(found), rank=Rank.CARD)
        for admin in dict.fromkeys(admins)
        if admin != proposal.member
    ]
    return [await _to_rider(found, key, who, taken, entry, work, at), *effects]


async def _book(found: Deduction, by: Member, work: Work, at: datetime) -> int | None:
    proposal = found.proposal
    item = item_with(proposal.item, wording.rules_of(work))
    grade = item.points.index(proposal.points) if item and proposal.points in item.points else 0
    what = Occurrence(
        code=proposal.item,
        member=proposal.member,
        subject=f"deduction:{found.id}",
        at=at,
        by=by.id,
        reason=proposal.reason,
        photo=proposal.photo,
        grade=grade,
        case=await cases.get(work.tx, proposal.case) if proposal.case is not None else None,
        pending=False,
    )
    entry = await booking.book_item(work.tx, work.town.zone, what)
    if entry is not None:
        await deductions.set_entry(work.tx, found.id, entry)
    return entry


async def _to_rider(
    found: Deduction, key: str, who: str | Text, taken: int, entry: int | None, work: Work, at: datetime
) -> Outgoing:
    member = found.proposal.member
    asker = (await members.get(work.tx, found.proposal.asked_by)).name
    lines: list[Text] = [text(f"deduct.{key}_yours", asker=asker, who=who)]
    buttons: tuple[Button, ...] = ()
    if entry is not None:
        lines[1:] = await facts(found, work, taken)
        lines.append(text("deduct.may_object"))
        buttons = (Button("ranking.object", text("button.object_this"), target=str(entry), only=member),)
    held = work.town.quiet.first_allowed(at)
    return Outgoing(member, Lines(tuple(lines)), buttons, rank=Rank.CARD, not_before=held)


async def facts(found: Deduction, work: Work, taken: int | None = None) -> Sequence[Text]:
    """Item and points, the case, the reason; `taken`: what was deducted in the end, as a cap may leave less."""
    proposal = found.proposal
    item = item_with(proposal.item, wording.rules_of(work))
    case = await cases.get(work.tx, proposal.case) if proposal.case is not None else None
    named = wording.coded(item) if item else proposal.item
    return (
        text("award.item", item=named, points=wording.signed(proposal.points if taken is None else taken)),
        wording.about(case.number if case else None),
        text("why.words", words=proposal.reason),
    )


async def name_of(found: Deduction, work: Work) -> str:
    return (await members.get(work.tx, found.proposal.member)).name


def _slot(found: Deduction) -> str:
    return f"deduction:{found.id}"
