"""Where a chat is today: a group may have another id than when an address was written down or a message was said."""

from dataclasses import replace
from typing import TypeVar

from bot.chat.events import Address, Incoming, Pressed
from storage import chats
from storage.database import Tx

P = TypeVar("P", Incoming, Pressed)


async def today(tx: Tx, where: Address) -> Address:
    """The address as it is now; people do not move."""
    if where.private:
        return where
    chat = await chats.current(tx, where.platform, where.chat)
    return where if chat == where.chat else replace(where, chat=chat)


async def brought(tx: Tx, event: P) -> P:
    """What was said or pressed under an old id, as if it came from the chat as it is now: ids of messages are void."""
    here = await today(tx, event.where)
    if here == event.where:
        return event
    if isinstance(event, Incoming):
        return replace(event, where=here, message="", answers=None)
    return replace(event, where=here, message="")
