"""「扣分」: proposed by one admin, the rider heard, decided by another; only then points are taken."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Final

from bot.chat.events import Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Effects, Lines, Outgoing, Rank, answer
from bot.domain.calendar import Limit
from bot.domain.case import CaseId
from bot.domain.people import MemberId
from bot.domain.refusal import Refused
from bot.domain.scrub import quoted, scrub
from handlers.points import asked, verdicts, wording
from handlers.points.declared import feature, text
from storage import audit, deductions, dialogs, timers
from storage.deductions import Deduction, Proposal

HEARD_FOR: Final = Limit.parse("3wd")  # as long as an appeal may take (rule 8)
EXPLAIN: Final = f"{feature.name}.explain"
HEARD: Final = f"{feature.name}.heard"
_DIALOG: Final = timedelta(minutes=30)
_SURE_MINUTES: Final = 30
_MONTH: Final = 60 * 24 * 30  # minutes
_MOST_WORDS: Final = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was shown and waits for the second tap; `slot` is the message that shows it."""

    slot: str
    member: int
    item: str
    points: int
    case: int | None
    reason: str
    photo: int | None


async def ask(event: Incoming, work: Work) -> Effects:
    """「扣分 李强 E05 0131 理由」, shown before the rider hears of it; 「扣分」 alone lists what is open."""
    if not event.rest.strip():
        return await verdicts.show_open(event, work)
    said = asked.read(event.rest, wording.rules_of(work), "points.deduct.how")
    if said.points > 0:
        raise Refused("points.deduct.gives", code=said.item.code)
    if said.item.mode != "manual":
        raise Refused("points.award.by_itself", code=said.item.code)
    if said.names[1:]:
        raise Refused("points.deduct.one_rider")
    rider = await asked.rider_named(said.names[0], work)
    case = await asked.case_of(event, said.number, work)
    photo = await asked.evidence(event, case, work)
    slot = f"deduct:{event.event_id}"
    wanted = Wanted(slot, rider.id, said.item.code, said.points, case.id if case else None, said.reason, photo)
    target = json.dumps(asdict(wanted))
    sure = feature.press("deduct", "button.deduct", target=target, only=work.actor.id, minutes=_SURE_MINUTES)
    shown = Lines(
        (
            text("deduct.sure", name=rider.name),
            text("award.item", item=wording.coded(said.item), points=wording.signed(said.points)),
            wording.about(case.number if case else None),
            text("why.words", words=said.reason),
            text("award.with_photo" if photo is not None else "award.without_photo"),
            text("deduct.then"),
        )
    )
    return [Outgoing(event.where, shown, (sure,), slot=slot)]


async def propose(event: Pressed, work: Work) -> Effects:
    """The second tap: noted, and the rider is heard for three working days from when they may be told."""
    wanted = Wanted(**json.loads(event.target))
    told_at = work.town.quiet.first_allowed(event.at)
    proposal = Proposal(
        member=MemberId(wanted.member),
        item=wanted.item,
        points=wanted.points,
        case=CaseId(wanted.case) if wanted.case is not None else None,
        reason=wanted.reason,
        photo=wanted.photo,
        asked_by=work.actor.id,
        asked_at=event.at,
        heard_until=work.town.calendar.due(told_at, HEARD_FOR),
    )
    number = await deductions.add(work.tx, proposal)
    await timers.set_timer(work.tx, HEARD, number, proposal.heard_until)
    about = f"member:{wanted.member}"
    await audit.note(work.tx, event.at, work.actor.id, "deduction.proposed", about, f"deduction:{number}")
    made = await deductions.get(work.tx, number)
    back = feature.press("deduct_no", "button.take_back", target=str(number), only=work.actor.id, minutes=_MONTH)
    noted = text("deduct.noted", name=await verdicts.name_of(made, work), until=proposal.heard_until)
    return [
        replace(await _told(made, work), not_before=told_at),
        Outgoing(event.where, noted, (back,), slot=wanted.slot),
        Acknowledge(event),
    ]


async def _told(made: Deduction, work: Work) -> Outgoing:
    """What the rider reads: what, why, until when they are heard."""
    member = made.proposal.member
    button = feature.press("explain", "button.explain", target=str(made.id), only=member, minutes=_MONTH)
    lines = (
        text("deduct.proposed", who=work.actor.name),
        *await verdicts.facts(made, work),
        text("deduct.you_may", until=made.proposal.heard_until),
    )
    return Outgoing(member, Lines(lines), (button,), rank=Rank.CARD)


async def explain(event: Pressed, work: Work) -> Effects:
    """「我要说明」: the next words in this chat are the rider's side."""
    await _open(int(event.target), work)
    where = event.where
    await dialogs.start(work.tx, where.platform, where.chat, work.actor.id, EXPLAIN, event.target, event.at + _DIALOG)
    return [Outgoing(event.where, text("deduct.say")), Acknowledge(event)]


async def hear(event: Incoming, work: Work) -> Effects | None:
    """The rider's words; what is said later is added. Something with a photo is a report, and not meant here."""
    where, words = event.where, scrub(event.text.strip())[0]
    dialog = await dialogs.find(work.tx, where.platform, where.chat, work.actor.id, event.at)
    if dialog is None or not words or event.photos or event.media or event.position is not None:
        return None
    found = await _open(int(dialog.data), work)
    await dialogs.end(work.tx, where.platform, where.chat, work.actor.id)
    said = f"{found.answer} {words}".strip()[:_MOST_WORDS]
    await deductions.answer(work.tx, found.id, said, event.at)
    await audit.note(
        work.tx, event.at, work.actor.id, "deduction.heard", f"member:{work.actor.id}", f"deduction:{found.id}"
    )
    heard = await deductions.get(work.tx, found.id)
    return [answer(event, text("deduct.heard", words=quoted(words))), *await verdicts.ask_others(heard, work)]


async def _open(number: int, work: Work) -> Deduction:
    """A rider's own deduction that nobody has decided.

    Raises:
        Refused: it is decided.
    """
    found = await deductions.get(work.tx, number)
    if found.proposal.member != work.actor.id:
        raise Refused("core.button_foreign")
    if found.decided_at is not None:
        raise Refused("points.deduct.decided")
    return found
