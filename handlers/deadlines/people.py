"""Who hears of a step: the contact, whoever stands in, the leader, the lead office."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from bot.chat.feature import Work
from bot.domain.case import Case
from bot.domain.dispatching import pick
from bot.domain.ladder import Step, To
from bot.domain.people import MemberId, Role
from bot.domain.rulebook import AgencyId
from storage import members, routes


class Part(StrEnum):
    """As what somebody is addressed."""

    CONTACT = "contact"
    DEPUTY = "deputy"
    LEADER = "leader"
    LEAD_OFFICE = "lead_office"
    COPY = "copy"  # the contact, told that somebody above them was


_PARTS = {To.CONTACT: Part.CONTACT, To.DEPUTY: Part.DEPUTY, To.LEADER: Part.LEADER, To.LEAD_OFFICE: Part.LEAD_OFFICE}
_ABOVE = frozenset({Part.LEADER, Part.LEAD_OFFICE})


async def addressed(step: Step, case: Case, work: Work, at: datetime) -> Sequence[tuple[Part, MemberId]]:
    """Everybody a step is for, each person once; the contact is told when it goes over their head."""
    found: dict[MemberId, Part] = {}
    for part in [_PARTS[to] for to in step.to if to in _PARTS]:
        for now_as, who in await _of(part, case, work, at):
            found.setdefault(who, now_as)
    if case.contact_id is not None and _ABOVE & set(found.values()):
        found.setdefault(case.contact_id, Part.COPY)
    return [(part, who) for who, part in found.items()]


async def _of(part: Part, case: Case, work: Work, at: datetime) -> Sequence[tuple[Part, MemberId]]:
    match part:
        case Part.CONTACT | Part.COPY:
            return [(part, case.contact_id)] if case.contact_id is not None else []
        case Part.DEPUTY:
            who = await deputy(case, work, at)
            return [(part, who)] if who is not None else []
        case Part.LEADER:
            led_by = await there(await leaders(case.agency_id, work), work, at)
            # An agency without a leader who is there answers to the lead office at once.
            return [(part, who) for who in led_by] or await _of(Part.LEAD_OFFICE, case, work, at)
        case Part.LEAD_OFFICE:
            return [(part, who) for who in await lead_office(work, at)]


async def deputy(case: Case, work: Work, at: datetime) -> MemberId | None:
    """Who of the agency could take the case instead of its contact now."""
    if case.agency_id is None:
        return None
    candidates = await routes.candidates(work.tx, case.agency_id, at)
    return pick([one for one in candidates if one.member != case.contact_id]).member


async def leaders(agency: AgencyId | None, work: Work) -> Sequence[MemberId]:
    return await members.holders(work.tx, Role.LEADER, agency) if agency is not None else []


async def lead_office(work: Work, at: datetime) -> Sequence[MemberId]:
    """Dispatchers who are there, else admins; all of them rather than nobody."""
    for role in (Role.DISPATCHER, Role.ADMIN):
        office = await members.holders(work.tx, role)
        if found := await there(office, work, at):
            return found
    return await members.holders(work.tx, Role.ADMIN)


async def there(who: Sequence[MemberId], work: Work, at: datetime) -> Sequence[MemberId]:
    """Those who can be written to and are not on leave."""
    return [
        one for one in who if await members.reachable(work.tx, one) and not await members.on_leave(work.tx, one, at)
    ]
