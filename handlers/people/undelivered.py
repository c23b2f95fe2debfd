"""What follows when a message could not be delivered, or nobody knows whether it was."""

from datetime import datetime

from bot.chat.events import NotDelivered, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Effects, Outgoing, Rank
from bot.chat.wire import Body, read_body
from bot.domain.people import MemberId, Role
from bot.domain.refusal import Refused
from bot.domain.times import local_day
from handlers.people import reach
from handlers.people.declared import feature, text
from handlers.people.greeting import NOTICE, SLOT, VERSION
from storage import audit, cases, consents, members, outbox
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
            return await reach.to_admins(said, once, work, but=queued.member_id)


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
    """A person's account; a group that takes nothing is the matter of `groups`."""
    if not queued.private:
        return []
    await audit.note(work.tx, at, None, "account.unreachable", f"outbox:{queued.id}")
    if queued.member_id is None:
        return []
    if queued.slot == SLOT:
        await consents.forget(work.tx, queued.member_id, NOTICE, VERSION)
    owner = await members.get(work.tx, queued.member_id)
    told = await reach.account_lost(owner, queued.platform, queued.chat, work, at)
    if await members.reachable(work.tx, owner.id):
        return [*told, _again(queued, owner.id)]
    if queued.case_id is None:
        return told
    return [*told, *await reach.hand_on([await cases.get(work.tx, queued.case_id)], owner.id, work, at)]


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


async def _name(queued: Queued, work: Work) -> str:
    return (await members.get(work.tx, queued.member_id)).name if queued.member_id else queued.chat
