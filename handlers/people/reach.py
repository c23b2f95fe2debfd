"""Whether a person can be reached, and what follows when not: another address, the deputy, the office."""

from collections.abc import Sequence
from datetime import datetime

from bot.chat.events import Placed
from bot.chat.feature import Work
from bot.chat.messages import Effect, Effects, Outgoing, Rank, Text
from bot.domain.case import WITH_CONTACT, Case, Move
from bot.domain.casenumber import spoken
from bot.domain.dispatching import is_called_at_night, pick
from bot.domain.people import Member, MemberId, Role
from bot.domain.times import local_day
from handlers.people.declared import text
from storage import audit, case_queries, cases, loans, members, routes


async def placed(event: Placed, work: Work) -> Effects:
    """A person has blocked the bot, or lets it write again."""
    where = event.where
    owner = await members.by_account(work.tx, where.platform, where.chat) if where.private else None
    if owner is None:
        return []
    if event.present:
        await members.set_unreachable(work.tx, where.platform, where.chat, None)
        return []
    await audit.note(work.tx, event.at, owner.id, "account.unreachable", f"member:{owner.id}", str(where.platform))
    told = await account_lost(owner, where.platform, where.chat, work, event.at)
    if await members.reachable(work.tx, owner.id):
        return told
    return [*told, *await hand_on(await case_queries.list_of_contact(work.tx, owner.id), owner.id, work, event.at)]


async def account_lost(owner: Member, platform: str, account: str, work: Work, at: datetime) -> Effects:
    """An account takes nothing any more: noted; of somebody who holds a post the admins hear, once a day."""
    await members.set_unreachable(work.tx, platform, account, at)
    if not owner.posts:
        return []
    said = text("lost.unreachable", name=owner.name, platform=Text(f"platform.{platform}"))
    return await to_admins(said, f"unreachable:{platform}:{account}:{_day(work, at)}", work, but=owner.id)


async def hand_on(held: Sequence[Case], contact: MemberId, work: Work, at: datetime) -> Effects:
    """A contact who cannot be reached cannot be responsible: each case goes to the next one, or to the office."""
    effects: list[Effect] = []
    for case in held:
        if case.contact_id != contact or case.agency_id is None or case.state not in WITH_CONTACT:
            continue
        candidates = [c for c in await routes.candidates(work.tx, case.agency_id, at) if c.member != contact]
        at_night = is_called_at_night(case, work.town.calendar, at)
        effects += await _reassigned(case, contact, pick(candidates, at_night=at_night).member, work, at)
    return effects


async def _reassigned(case: Case, contact: MemberId, to: MemberId | None, work: Work, at: datetime) -> Effects:
    if to is None:
        return await _to_office(case, work)
    await loans.pass_on(work.tx, case.id, contact, to, at)
    return [await cases.move(work.tx, case, Move.REASSIGN, work.actor, at, note="unreachable", contact_id=to)]


async def to_admins(said: Text, once: str, work: Work, but: MemberId | None = None) -> Effects:
    """Once for each admin; never to the one it is about, or a lost alert would make the next."""
    admins = await members.holders(work.tx, Role.ADMIN)
    return [Outgoing(admin, said, rank=Rank.CARD, once=f"{once}:{admin}") for admin in admins if admin != but]


async def _to_office(case: Case, work: Work) -> Effects:
    office = await members.holders(work.tx, Role.DISPATCHER) or await members.holders(work.tx, Role.ADMIN)
    agency = work.town.rulebook.agencies[case.agency_id].short if case.agency_id else ""
    said = text("lost.nobody_left", number=spoken(case.number), unit=agency)
    return [
        Outgoing(member, said, case=case.id, rank=Rank.CARD, once=f"case:{case.id}:nobody:{case.round}:{member}")
        for member in office
    ]


def _day(work: Work, at: datetime) -> str:
    return str(local_day(at, work.town.zone))
