"""Who sent this: an account leads to a member, an unknown one to a new guest."""

from dataclasses import replace
from datetime import datetime

from bot.chat.events import FromPerson, Incoming
from bot.chat.feature import Town
from bot.domain.people import Member, Post, Role
from bot.domain.scrub import quoted, scrub
from storage import audit, members
from storage.database import Tx

_MOST_NAME = 40
_NOBODY = {"zh-CN": "匿名"}  # stands where a surname would; the chat's title is no name of a person


async def who(tx: Tx, event: FromPerson, town: Town) -> Member:
    """The member behind an event; a stranger becomes a guest under the name the platform gives."""
    space = event.where.platform
    found = await members.by_account(tx, space, event.sender)
    # The name stands in a group later; anybody may call themselves by a phone number or @all.
    name = quoted(scrub(event.sender_name)[0])[:_MOST_NAME] or event.sender[:_MOST_NAME]
    if found is not None:
        if found.name != f"{space}:{event.sender}" or not event.sender_name:
            return found
        await members.set_name(tx, found.id, name)  # an admin by configuration, of whom only the account was known
        return replace(found, name=name)
    masked = isinstance(event, Incoming) and event.masked
    if masked:
        name = f"{_NOBODY.get(town.language, 'Anonymous')}·{name}"[:_MOST_NAME]
    member = await members.insert(tx, name, event.at, language=town.language)
    await members.add_account(tx, member, space, event.sender, event.at, alias=name)
    if masked:
        await members.set_unreachable(tx, space, event.sender, event.at)  # a chat, where nothing private may go
    await audit.note(tx, event.at, member, "member.guest", f"member:{member}")
    return await members.get(tx, member)


async def ensure_admins(tx: Tx, town: Town, at: datetime) -> None:
    """Give the accounts named in the configuration the role of admin. Idempotent."""
    for written in town.admins:
        space, _, account = written.partition(":")
        found = await members.by_account(tx, space, account)
        member = found.id if found else await members.insert(tx, written, at, language=town.language)
        if found is None:
            await members.add_account(tx, member, space, account, at)
        if found is None or Role.ADMIN not in found.roles:
            await members.add_post(tx, member, Post(Role.ADMIN), at)
            await audit.note(tx, at, None, "role.granted", f"member:{member}", "admin by configuration")
