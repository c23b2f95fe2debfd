"""Giving an event up for now: it is kept with its payload, and those whom it concerns are told."""

from datetime import datetime

from bot.chat.events import Due, FromPerson, Incoming
from bot.chat.feature import Town
from bot.chat.messages import Outgoing, Text, answer
from bot.domain.people import Role
from bot.engine.queue import queue
from storage import audit, inbox, members
from storage.database import Tx
from storage.inbox import Kept


async def set_aside(tx: Tx, kept: Kept, error: str, sender: FromPerson | None, town: Town, now: datetime) -> bool:
    """Park an arrival: its sender gets one apology, every admin one alert, its lane goes on; False if it was done."""
    if not await inbox.set_aside(tx, kept.id, now, error):
        return False
    await audit.note(tx, now, None, "event.set_aside", f"inbox:{kept.id}", error)
    if sender is not None:
        await _apologise(tx, sender, town)
    due = Due(f"aside:{kept.id}", "core.set_aside", str(kept.id), now, now)
    said = Text("core.set_aside_admin", {"inbox": kept.id, "error": error})
    for admin in await members.holders(tx, Role.ADMIN):
        await queue(tx, Outgoing(admin, said, once=f"aside:{kept.id}:{admin}"), due, town)
    return True


async def _apologise(tx: Tx, sender: FromPerson, town: Town) -> None:
    """Where the person wrote; for a press in private, as a press in a group is nobody else's matter."""
    sorry = Text("core.set_aside")
    if isinstance(sender, Incoming):
        await queue(tx, answer(sender, sorry), sender, town)
        return
    member = await members.by_account(tx, sender.where.platform, sender.sender)
    if member is not None:
        await queue(tx, Outgoing(member.id, sorry), sender, town)
