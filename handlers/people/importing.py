"""The roll is stored: whole or not at all."""

from collections.abc import Sequence

from bot.chat.events import Ordered
from bot.chat.feature import Work
from bot.chat.messages import Effects, Outgoing, Rank
from bot.domain import roll
from bot.domain.people import MemberId, Role
from bot.domain.refusal import Refused
from bot.domain.roll import Entry
from handlers.people.declared import text
from storage import audit, binding, members, people


async def store_roll(event: Ordered, work: Work) -> Effects:
    """Add who is new, change who is known by phone or by name and place; nobody is removed. Idempotent.

    Raises:
        Refused: a second contact A, or an account of somebody else: the file was checked before somebody changed this.
    """
    known = await people.list_roll(work.tx)
    made = roll.entries(roll.read_rows(event.args), known)
    for line in roll.sitting(made, known):
        raise Refused("people.file.sitting", name=line.holder.name, to=line.row.name)
    for line in roll.taken(made, known):
        raise Refused("people.file.taken", name=line.holder.name)
    counts, stored = await people.store(work.tx, made, event.at, event.by, work.town.language)
    await _take_over(event, work, stored)
    detail = f"added={counts.added} changed={counts.changed} same={counts.same}"
    await audit.note(work.tx, event.at, event.by, "people.imported", event.event_id, detail)
    said = text("imported", added=counts.added, changed=counts.changed, same=counts.same)
    return [Outgoing(admin, said, rank=Rank.CARD) for admin in await members.holders(work.tx, Role.ADMIN)]


async def _take_over(event: Ordered, work: Work, stored: Sequence[tuple[MemberId, Entry]]) -> None:
    """An account of the roll that a guest chatted with before: what the guest reported goes along."""
    wanted = {account: member for member, entry in stored for account in entry.accounts}
    for account, owner in (await binding.list_owners(work.tx, list(wanted))).items():
        if owner != wanted[account]:
            await binding.take_over(work.tx, owner, wanted[account], event.at)
            detail = f"{account[0]} from member:{owner}"
            await audit.note(work.tx, event.at, event.by, "account.bound", f"member:{wanted[account]}", detail)
