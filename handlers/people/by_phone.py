"""Accounts that the company's directory gave for phone numbers of the roll are bound, as if a code had been typed."""

import json
from datetime import datetime
from typing import Final

from bot.chat.events import Ordered, Platform
from bot.chat.feature import Work
from bot.chat.messages import Effects, Lines, Outgoing, Rank, Text
from bot.domain.people import MemberId, Role
from handlers.people.declared import text
from storage import audit, binding, members

_NAMED: Final = 10  # people named in one message


async def bind_found(event: Ordered, work: Work) -> Effects:
    """Bind who was found, note whose number nobody has, tell the admins. Idempotent.

    An account of another member stays theirs; what a guest has reported with one goes along.
    """
    found = json.loads(event.args)
    bound = 0
    taken: list[MemberId] = []
    for member, account in found["bound"]:
        if await _bind(MemberId(member), account, work, event.at):
            bound += 1
        else:
            taken.append(MemberId(member))
    missed = [MemberId(member) for member, _ in found["missed"]]
    for member, note in found["missed"]:
        await binding.add_try(work.tx, MemberId(member), note, event.at)
    detail = f"bound={bound} missed={len(missed)} taken={len(taken)}"
    await audit.note(work.tx, event.at, event.by, "people.looked_up", event.event_id, detail)
    lines = [text("by_phone.bound", n=bound)] if bound else []
    lines += [await _named("missed", missed, work)] if missed else []
    lines += [await _named("taken", taken, work)] if taken else []
    admins = await members.holders(work.tx, Role.ADMIN)
    return [Outgoing(admin, Lines(tuple(lines)), rank=Rank.CARD) for admin in admins]


async def _bind(member: MemberId, account: str, work: Work, at: datetime) -> bool:
    """False if the account is another member's."""
    owner = await members.by_account(work.tx, Platform.WECOM, account)
    if owner is not None and owner.id == member:
        return True
    if owner is not None and Role.GUEST not in owner.roles:
        return False
    if owner is None:
        await members.add_account(work.tx, member, Platform.WECOM, account, at)
    else:
        await binding.take_over(work.tx, owner.id, member, at)
    await binding.void_codes(work.tx, member, at)
    detail = f"{Platform.WECOM} by phone" + (f" from member:{owner.id}" if owner else "")
    await audit.note(work.tx, at, member, "account.bound", f"member:{member}", detail)
    return True


async def _named(key: str, whom: list[MemberId], work: Work) -> Text:
    names = [member.name for member in await members.list_by_id(work.tx, whom[:_NAMED])]
    more = "…" if len(whom) > _NAMED else ""
    return text(f"by_phone.{key}", n=len(whom), names="、".join(names) + more)
