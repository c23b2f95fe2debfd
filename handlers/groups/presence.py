"""The bot in a group: it says who it is, what it lacks to hear people, and to the admins that it was removed."""

from datetime import datetime, timedelta
from typing import Final

from bot.chat.events import Address, NotDelivered, Placed, Platform
from bot.chat.feature import Work
from bot.chat.messages import Effects, Lines, Outgoing, Rank, post
from bot.domain.people import MemberId
from bot.domain.times import stored
from handlers.groups import rules
from handlers.groups.declared import feature, text, to_admins
from storage import audit, chats, groups, members, outbox
from storage.chats import Chat

# Being added, given rights, and the news that the group only has another id come one after another within a moment.
_SETTLES: Final = timedelta(seconds=3)


async def placed(event: Placed, work: Work) -> Effects:
    """The bot was added to a group, given other rights there, or removed."""
    where = event.where
    before = None if where.private else await chats.find(work.tx, where.platform, where.chat)
    if where.private or (before is not None and before.moved_to is not None):
        return []
    now = rules.after(before, event)
    await chats.save(work.tx, where.platform, where.chat, now)
    if not event.present:
        by = await members.by_account(work.tx, where.platform, event.sender)
        return await _ended(where, now, work, event.at, by.id if by else None)
    if (str(where.platform), where.chat) in await groups.bound(work.tx):
        return await changed(where, before, now, work)
    is_news = rules.is_added(before) or rules.became_deaf(before, now) or rules.hears_again(before, now)
    return [await _hello(where, now, work, event.at)] if is_news else []


async def undelivered(event: NotDelivered, work: Work) -> Effects:
    """A group that takes nothing from the bot is one it was removed from, though nobody said so."""
    queued = await outbox.get(work.tx, event.outbox)
    if event.reason != "unreachable" or queued.private:
        return []
    await chats.leave(work.tx, queued.platform, queued.chat, event.at)
    where = Address(Platform(queued.platform), queued.chat, private=False)
    return await _ended(where, await chats.find(work.tx, queued.platform, queued.chat), work, event.at)


async def changed(where: Address, before: Chat | None, now: Chat, work: Work) -> Effects:
    """What a work group and the admins hear when the bot hears the group no more, or again."""
    if rules.became_deaf(before, now):
        told = await to_admins(Lines((text("in_group", title=now.title or where.chat), text("deaf"))), work)
        return [post(where, text("deaf")), *told]
    return [post(where, text("heard"))] if rules.hears_again(before, now) else []


def hello_slot(chat: Chat) -> str:
    """One introduction for each time the bot is added: it changes as the bot hears more or less."""
    return f"{feature.name}:hello:{stored(chat.joined_at)}"


async def _hello(where: Address, chat: Chat, work: Work, at: datetime) -> Outgoing:
    again = await groups.was_bound(work.tx, where.platform, where.chat)
    first = text("hello_again" if again else "hello", bot=work.town.bot_name)
    missing = (text("deaf"),) if chat.deaf_at is not None else ()
    said = Lines((first, *missing, text("bind_again" if again else "bind")))
    return Outgoing(where, said, rank=Rank.CARD, slot=hello_slot(chat), not_before=at + _SETTLES)


async def _ended(where: Address, known: Chat | None, work: Work, at: datetime, by: MemberId | None = None) -> Effects:
    if not await groups.end(work.tx, where.platform, where.chat, at):
        return []
    await audit.note(work.tx, at, by, "group.ended", f"{where.platform}:{where.chat}", "removed")
    title = known.title if known is not None and known.title else where.chat
    return await to_admins(text("removed", title=title), work)
