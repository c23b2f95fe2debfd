"""Binding: a one-time code makes a guest the member who was given it; 「绑定」 makes a chat the work group."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.chat.events import Incoming, Ordered
from bot.chat.feature import Work
from bot.chat.messages import Effects, Lines, Outgoing, Rank, Text, answer
from bot.domain import bindcode
from bot.domain.people import MemberId, Role
from bot.domain.refusal import Refused
from bot.domain.scrub import scrub
from bot.domain.times import stored
from handlers.people import practice, rules, welcome
from handlers.people.declared import text
from storage import audit, binding, chats, groups, members
from storage.binding import BindCode
from storage.chats import Chat

CODE_LIFE: Final = timedelta(
    days=7
)  # the printed sheet has to reach people at a meeting; a screen code would need 10 min
_BIND: Final = "bind"
_MOST_CALLED: Final = 20


async def bind(event: Incoming, work: Work) -> Effects:
    """「绑定 K7WQ-M2PD」 in private; in a group the code is void, and without a code an admin binds the group.

    Where the platform does not say what a group is called, the admin may: 「绑定 骑手一群」.
    """
    code = bindcode.bare(event.rest)
    if not event.where.private:
        return await _in_group(event, work, code)
    if not event.rest.strip():  # on WeCom people bound by phone number write this, so that they can be written to
        stranger = Role.GUEST in work.actor.roles
        return [answer(event, text("bind.how"))] if stranger else [await _greeting(event, work)]
    if (until := await _locked(event, work)) is not None:
        return [_lock_said(event, work, until)]
    found = await _code(work, code)
    if found is None or found.void or (found.used and found.member_id != work.actor.id):
        return await _wrong(event, work)
    if found.used or found.member_id == work.actor.id:
        return [answer(event, text("bind.already"))]
    if found.expires_at <= event.at:
        return [answer(event, text("bind.expired"))]
    return await _take(event, work, found.member_id, code or "")


async def start(event: Incoming, work: Work) -> Effects:
    """「/start CODE」, as a deep link sends it; without a code a greeting."""
    if event.rest.strip() or not event.where.private:
        return await bind(event, work) if event.where.private else []
    if Role.GUEST in work.actor.roles:
        return [answer(event, text("bind.stranger", bot=work.town.bot_name), *practice.buttons(work.actor))]
    return [await _greeting(event, work)]


async def _greeting(event: Incoming, work: Work) -> Outgoing:
    """Who the bot takes this member for, and a report to try."""
    greeting = await welcome.words(work.actor, work, welcome.today(work, event.at))
    return answer(event, greeting, *practice.buttons(work.actor))


async def make_codes(event: Ordered, work: Work) -> Effects:
    """Give everybody without account a code; the order holds keyed hashes only, [short, long] for each.

    Older open codes of these people end. The plain codes never come near the database.
    """
    unbound = await binding.list_unbound(work.tx)
    offered: list[list[str]] = json.loads(event.args)
    for member, hashes in zip(unbound, offered, strict=False):
        await binding.void_codes(work.tx, member, event.at)
        for hashed in hashes:
            await binding.add_code(work.tx, hashed, member, event.at, event.at + CODE_LIFE)
    given = min(len(unbound), len(offered))
    await audit.note(work.tx, event.at, event.by, "codes.made", event.event_id, f"given={given} of={len(unbound)}")
    return []


async def _take(event: Incoming, work: Work, whose: MemberId, code: str) -> Effects:
    """The account, and all that was reported with it, belongs to the member from now on."""
    guest, member = work.actor, await members.get(work.tx, whose)
    if Role.GUEST not in guest.roles:
        raise Refused("people.bind.other_person", name=guest.name)
    if member.left or not await binding.use_code(work.tx, _hashed(work, code), event.at):
        return await _wrong(event, work)
    await binding.void_codes(work.tx, member.id, event.at)
    left = await binding.take_over(work.tx, guest.id, member.id, event.at)
    detail = f"{event.where.platform} from member:{guest.id}"
    await audit.note(work.tx, event.at, member.id, "account.bound", f"member:{member.id}", detail)
    greeting = await welcome.words(member, work, welcome.today(work, event.at))
    told = answer(event, greeting, *practice.buttons(member))
    return [told, *await _points_left(work, member.name, left, guest.id)]


async def _points_left(work: Work, name: str, left: int, guest: MemberId) -> Effects:
    """The ledger is append-only: what was booked for the guest stays there until the office books it over."""
    if left == 0:
        return []
    said = text("bind.points_left", name=name, entries=left, guest=guest)
    return [Outgoing(admin, said, rank=Rank.CARD) for admin in await members.holders(work.tx, Role.ADMIN)]


async def _in_group(event: Incoming, work: Work, code: str | None) -> Effects:
    if code is None and event.masked and not event.rest.strip():
        raise Refused("core.masked")
    if code is None:
        return await _bind_group(event, work) if Role.ADMIN in work.actor.roles else []
    if await _locked(event, work) is not None:
        return []
    found = await _code(work, code)
    if found is None or found.used or found.void:
        await binding.add_try(work.tx, work.actor.id, _BIND, event.at)
        return []
    await binding.void_codes(work.tx, found.member_id, event.at)
    await audit.note(work.tx, event.at, work.actor.id, "code.void", f"member:{found.member_id}", "typed into a group")
    owner = await members.get(work.tx, found.member_id)
    told = [Outgoing(work.actor.id, text("bind.void_in_group"))]
    admins = await members.holders(work.tx, Role.ADMIN)
    return [*told, *(Outgoing(admin, text("bind.void_told", name=owner.name), rank=Rank.CARD) for admin in admins)]


async def _bind_group(event: Incoming, work: Work) -> Effects:
    where = event.where
    known = await chats.find(work.tx, where.platform, where.chat)
    if called := event.rest.strip():
        if (known is not None and known.title) or len(called) > _MOST_CALLED:
            return []  # talk: the group has a name
        joined = known or Chat("", event.at)
        await chats.save(work.tx, where.platform, where.chat, replace(joined, title=scrub(called)[0]))
    missing = (Text("groups.deaf"),) if known is not None and known.deaf_at is not None else ()
    if (str(where.platform), where.chat) in await groups.bound(work.tx):
        return [answer(event, Lines((text("group.already"), *missing)))]
    await groups.bind(work.tx, where.platform, where.chat, event.at, work.actor.id)
    await audit.note(work.tx, event.at, work.actor.id, "group.bound", f"{where.platform}:{where.chat}")
    return [answer(event, Lines((text("group.bound", bot=work.town.bot_name), *missing)))]


async def _wrong(event: Incoming, work: Work) -> Effects:
    """Counted, and therefore answered instead of refused: a refusal would take the count back."""
    await binding.add_try(work.tx, work.actor.id, _BIND, event.at)
    if (until := await _locked(event, work)) is not None:
        await audit.note(work.tx, event.at, work.actor.id, "code.locked", f"member:{work.actor.id}")
        return [_lock_said(event, work, until)]
    return [answer(event, text("bind.wrong"))]


async def _locked(event: Incoming, work: Work) -> datetime | None:
    since = event.at - rules.WINDOW - rules.LOCK
    wrong = await binding.list_tries(work.tx, work.actor.id, _BIND, since)
    until = rules.locked_until(wrong, work.town.limits.codes_wrong)
    return until if until is not None and until > event.at else None


def _lock_said(event: Incoming, work: Work, until: datetime) -> Outgoing:
    """Said once, then silence until it is over."""
    return Outgoing(event.where, _lock_text(until), once=f"bind:locked:{work.actor.id}:{stored(until)}")


def _lock_text(until: datetime) -> Text:
    return text("bind.locked", until=until)


async def _code(work: Work, code: str | None) -> BindCode | None:
    return await binding.find_code(work.tx, _hashed(work, code)) if code else None


def _hashed(work: Work, code: str) -> str:
    return work.town.code_mac(bindcode.kept_as(code))
