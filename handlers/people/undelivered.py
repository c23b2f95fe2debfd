"""What follows when a message could not be delivered, or nobody knows whether it was."""

from datetime import datetime

from bot.chat.events import NotDelivered, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Effect, Effects, Outgoing, Rank, Text
from bot.chat.wire import Body, read_body
from bot.domain.case import WITH_CONTACT, Case, Move
from bot.domain.casenumber import spoken
from bot.domain.dispatching import pick
from bot.domain.people import MemberId, Role
from bot.domain.refusal import Refused
from bot.domain.times import local_day
from handlers.people.declared import feature, text
from handlers.people.greeting import NOTICE, SLOT, VERSION
from storage import audit, cases, consents, members, outbox, routes
from storage.outbox import Queued

_ASK_MINUTES = 5  # afterwards the courier sends it once more


async def decide(event: NotDelivered, work: Work) -> Effects:
    """By reason: another address or another person; a question to the admins; a word that it was given up."""
    queued = await outbox.get(work.tx, event.outbox)
    match event.reason:
        case "unreachable":
            return await _unreachable(queued, work, event.at)
        case "unclear":
            return await _unclear(queued, work)
        case _:
            await audit.note(work.tx, event.at, None, "message.dead", f"outbox:{queued.id}", event.reason)
            once = f"dead:{queued.platform}:{queued.chat}:{local_day(event.at, work.town.zone)}"
            said = text("lost.given_up", outbox=queued.id, name=await _name(queued, work))
            return await _to_admins(said, once, work, but=queued.member_id)


async def seen_in_group(event: Pressed, work: Work) -> Effects:
    """〔群里有了〕: the message is there, so it is not sent again."""
    if not await outbox.settle_seen(work.tx, int(event.target), event.at):
        raise Refused("people.lost.too_late")
    await audit.note(work.tx, event.at, work.actor.id, "message.seen", f"outbox:{event.target}")
    return [Acknowledge(event, text("lost.kept"))]


async def _unclear(queued: Queued, work: Work) -> Effects:
    if queued.private or queued.kind != "message":
        return []
    button = feature.press("seen_in_group", "button.seen_in_group", target=str(queued.id), minutes=_ASK_MINUTES)
    said = text("lost.is_it_there", what=read_body(queued.body).text)
    admins = await members.holders(work.tx, Role.ADMIN)
    return [
        Outgoing(admin, said, (button,), rank=Rank.CARD, once=f"unclear:{queued.id}:{queued.tries}:{admin}")
        for admin in admins
    ]


async def _unreachable(queued: Queued, work: Work, at: datetime) -> Effects:
    await audit.note(work.tx, at, None, "account.unreachable", f"outbox:{queued.id}")
    once = f"unreachable:{queued.platform}:{queued.chat}:{local_day(at, work.town.zone)}"
    if not queued.private or queued.member_id is None:
        return await _to_admins(text("lost.group", chat=queued.chat), once, work)
    await members.set_unreachable(work.tx, queued.platform, queued.chat, at)
    if queued.slot == SLOT:
        await consents.forget(work.tx, queued.member_id, NOTICE, VERSION)
    effects: list[Effect] = []
    if (await members.get(work.tx, queued.member_id)).posts:
        said = text("lost.unreachable", name=await _name(queued, work), platform=queued.platform)
        effects += await _to_admins(said, once, work, but=queued.member_id)
    if await members.reachable(work.tx, queued.member_id):
        return [*effects, _again(queued, queued.member_id)]
    return [*effects, *await _to_deputy(queued, work, at)]


def _again(queued: Queued, member: MemberId) -> Outgoing:
    """The same message to another account of the same person."""
    body: Body = read_body(queued.body)
    return Outgoing(
        member,
        body.text,
        body.buttons,
        body.attachments,
        slot=queued.slot,
        case=queued.case_id,
        rank=Rank(queued.rank),
    )


async def _to_deputy(queued: Queued, work: Work, at: datetime) -> Effects:
    """A contact who cannot be reached cannot be responsible: the case goes to the next one, or to the office."""
    if queued.case_id is None:
        return []
    case = await cases.get(work.tx, queued.case_id)
    if case.contact_id != queued.member_id or case.agency_id is None or case.state not in WITH_CONTACT:
        return []
    candidates = [c for c in await routes.candidates(work.tx, case.agency_id, at) if c.member != case.contact_id]
    chosen = pick(candidates).member
    if chosen is None:
        return await _to_office(case, work)
    return [await cases.move(work.tx, case, Move.REASSIGN, work.actor, at, note="unreachable", contact_id=chosen)]


async def _to_office(case: Case, work: Work) -> Effects:
    office = await members.holders(work.tx, Role.DISPATCHER) or await members.holders(work.tx, Role.ADMIN)
    agency = work.town.rulebook.agencies[case.agency_id].short if case.agency_id else ""
    said = text("lost.nobody_left", number=spoken(case.number), unit=agency)
    return [
        Outgoing(member, said, case=case.id, rank=Rank.CARD, once=f"case:{case.id}:nobody:{case.round}:{member}")
        for member in office
    ]


async def _to_admins(said: Text, once: str, work: Work, but: MemberId | None = None) -> Effects:
    """Once for each admin; never to the one it is about, or a lost alert would make the next."""
    admins = await members.holders(work.tx, Role.ADMIN)
    return [Outgoing(admin, said, rank=Rank.CARD, once=f"{once}:{admin}") for admin in admins if admin != but]


async def _name(queued: Queued, work: Work) -> str:
    return (await members.get(work.tx, queued.member_id)).name if queued.member_id else queued.chat
