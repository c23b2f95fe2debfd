"""Lending: while a contact is on leave the open cases are with whoever stands in; what is still open comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.chat.feature import Work
from bot.domain.case import WITH_CONTACT, Case, CaseMoved, Move
from bot.domain.dispatching import pick
from bot.domain.people import SYSTEM, MemberId
from bot.domain.rulebook import AgencyId
from bot.domain.todo import in_order
from storage import case_queries, cases, loans, members, routes


@dataclass(frozen=True, slots=True)
class Lent:
    """What became of the open cases of somebody who has gone on leave, the earliest limit first."""

    moved: Mapping[MemberId, Sequence[CaseMoved]] = field(default_factory=dict[MemberId, Sequence[CaseMoved]])
    kept: Sequence[Case] = ()  # nobody stands in

    @property
    def moves(self) -> list[CaseMoved]:
        return [moved for share in self.moved.values() for moved in share]


@dataclass(slots=True)
class Share:
    """What became of the cases that one deputy had."""

    back: list[CaseMoved] = field(default_factory=list[CaseMoved])
    stay: int = 0  # they cannot be taken back: another leave, no account, another post
    gone: int = 0  # dealt with, or with somebody else


async def stand_in(agency: AgencyId, who: MemberId, work: Work, at: datetime) -> MemberId | None:
    """Who takes the cases of an agency while `who` does not; never somebody away or out of reach."""
    candidates = await routes.candidates(work.tx, agency, at)
    return pick([one for one in candidates if one.member != who]).member


async def lend(who: MemberId, work: Work, at: datetime) -> Lent:
    """Hand on every open case; clocks go on. What `who` has on loan goes on as the loan of the same owner."""
    moved: dict[MemberId, list[CaseMoved]] = {}
    kept: list[Case] = []
    for case in in_order(await case_queries.list_of_contact(work.tx, who)):
        to = await stand_in(case.agency_id, who, work, at) if case.agency_id else None
        if to is None:
            kept.append(case)
        else:
            moved.setdefault(to, []).append(await hand(case, who, to, work, at, note="leave"))
    return Lent(moved, kept)


async def hand(case: Case, giver: MemberId, to: MemberId, work: Work, at: datetime, *, note: str) -> CaseMoved:
    if not await loans.pass_on(work.tx, case.id, giver, to, at):
        await loans.lend(work.tx, case.id, giver, to, at)
    return await _move(case, to, work, at, note=note)


async def give_back(who: MemberId, work: Work, at: datetime) -> Mapping[MemberId, Share]:
    """End every loan of `who`; what is still open and with the one who has it comes back. By deputy."""
    shares: dict[MemberId, Share] = {}
    for loan in await loans.list_from(work.tx, who):
        case, share = await cases.get(work.tx, loan.case), shares.setdefault(loan.holder, Share())
        await loans.end(work.tx, case.id, at)
        if case.contact_id != loan.holder or case.state not in WITH_CONTACT:
            share.gone += 1
        elif not await _can_take(who, case, work, at):
            share.stay += 1
        else:
            share.back.append(await _move(case, who, work, at, note="back"))
    return shares


async def _can_take(who: MemberId, case: Case, work: Work, at: datetime) -> bool:
    if case.agency_id is None:
        return False
    candidates = await routes.candidates(work.tx, case.agency_id, at)
    return any(one.member == who and one.can_take for one in candidates)


async def _move(case: Case, to: MemberId, work: Work, at: datetime, *, note: str) -> CaseMoved:
    """By the county's order and not by whoever asked: a contact may not reassign."""
    system = await members.get(work.tx, SYSTEM)
    return await cases.move(work.tx, case, Move.REASSIGN, system, at, note=note, contact_id=to)
