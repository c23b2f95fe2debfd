"""Cases that are moved through both databases at given instants, and what is remembered of each step."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Unpack

from bot.domain.case import Case, CaseMoved, Changes, Move
from bot.domain.people import SYSTEM, Member, MemberId, Post, Role
from bot.domain.rulebook import AgencyId, Severity
from bot.domain.times import stored
from storage import cases, members
from storage.database import Tx

NOVEMBER, DECEMBER = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
AGENCIES = tuple(AgencyId(name) for name in ("housing", "water", "police"))


def on(day: float, hour: float = 0) -> datetime:
    """An instant of November 2026; days above 30 are in December, 0 is 31 October."""
    return NOVEMBER + timedelta(days=day - 1, hours=hour)


@dataclass(frozen=True)
class People:
    """A rider; two who may do everything, so that one can look at what the other did; and the program."""

    rider: MemberId
    worker: Member
    checker: Member
    system: Member


async def people(tx: Tx) -> People:
    at = on(-60)
    rider, worker, checker = [await members.insert(tx, name, at) for name in ("赵强", "刘工", "陈姐")]
    await members.add_post(tx, rider, Post(Role.RIDER), at)
    for who in (worker, checker):
        await members.add_post(tx, who, Post(Role.ADMIN), at)
        for agency in AGENCIES:
            await members.add_post(tx, who, Post(Role.CONTACT, agency), at)
    return People(
        rider, await members.get(tx, worker), await members.get(tx, checker), await members.get(tx, SYSTEM)
    )  # fmt: skip


@dataclass
class History:
    """A case, and every move that was made with the case before and after it; changes without a move stand in `after`."""

    tx: Tx
    who: People
    case: Case
    moves: list[CaseMoved] = field(default_factory=list[CaseMoved])

    async def makes(self, move: Move, at: datetime, by: Member | None = None, **changes: Unpack[Changes]) -> "History":
        moved = await cases.move(self.tx, self.case, move, by or self.who.worker, at, **changes)
        self.moves.append(moved)
        self.case = moved.after
        return self

    async def has(self, **changes: Unpack[Changes]) -> "History":
        """Another limit, category or place, without a move."""
        self.case = await cases.amend(self.tx, self.case, **changes)
        if self.moves:
            last = self.moves[-1]
            self.moves[-1] = CaseMoved(last.before, self.case, last.move, last.actor, last.at, last.note)
        return self

    async def goes_to(
        self, agency: str, at: datetime, accept_due: datetime, resolve_due: datetime, move: Move = Move.DISPATCH
    ) -> "History":
        return await self.makes(
            move,
            at,
            agency_id=AgencyId(agency),
            contact_id=self.who.worker.id,
            accept_due=accept_due,
            resolve_due=resolve_due,
        )

    async def is_handled(self, at: datetime) -> "History":
        """A result is reported and somebody asked to look."""
        await self.makes(Move.HANDLE, at)
        return await self.makes(Move.ASK_VERIFICATION, at, self.who.system)

    async def is_closed(self, at: datetime, by: Member | None = None, **changes: Unpack[Changes]) -> "History":
        await self.makes(Move.CONFIRM, at, by or self.who.checker)
        return await self.makes(Move.CLOSE, at, self.who.system, **changes)


async def draft(
    tx: Tx, who: People, at: datetime, *, practice: bool = False, severity: Severity = Severity.P3, community: str = ""
) -> History:
    case = await cases.insert(tx, who.rider, at, practice=practice)
    near = AgencyId(community) if community else None
    return await History(tx, who, case).has(severity=severity, community=near)


async def filed(
    tx: Tx, who: People, at: datetime, *, practice: bool = False, severity: Severity = Severity.P3, community: str = ""
) -> History:
    history = await draft(tx, who, at, practice=practice, severity=severity, community=community)
    for move in (Move.REPORT, Move.FILE):
        await history.makes(move, at, who.system)
    return history


async def rate(history: History, score: str, at: datetime, by: MemberId | None = None) -> None:
    await history.tx.run(
        "INSERT INTO ratings (case_id, member_id, score, at) VALUES (:case, :member, :score, :at)",
        case=history.case.id,
        member=by or history.who.rider,
        score=score,
        at=stored(at),
    )
