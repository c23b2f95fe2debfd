"""Cases about which their contacts keep silent: each has one step of the ladder soon, and that step reaches two people."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.chat.feature import Town, Work
from bot.domain.case import Case, Move
from bot.domain.dispatching import clocks
from bot.domain.people import SYSTEM, MemberId, Post, Rank, Role
from bot.domain.rulebook import AgencyId, CategoryId, Severity
from bot.domain.times import stored
from handlers.deadlines.plan import replan
from storage import cases, members
from storage.database import Database, Tx

BEGIN: Final = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)  # a Monday, 9:30 in the county
HELD: Final = timedelta(minutes=6)  # what was too much for five minutes has left by then, and no further step has come
REMINDERS_A_CASE: Final = 2

_CATEGORIES: Final = tuple(CategoryId(one) for one in ("road_collapse", "signal_fault", "pothole"))  # P1, P2, P3
_TO_LEADER: Final = {Severity.P1: timedelta(minutes=30), Severity.P2: timedelta(hours=1)}  # since the dispatch
_CASES_OF_AGENCY: Final = 2  # so that nobody gets more reminders than are told one by one
_CASES_AT_ONCE: Final = 6  # in every fifth agency, which makes a list


async def seed(database: Database, town: Town, count: int, within: timedelta) -> None:
    """So many cases, their steps due one after the other in the time `within` after `BEGIN`."""
    contacts: dict[int, MemberId] = {}
    async with database.write() as tx:
        reporter = await members.insert(tx, "赵强", BEGIN)
        for n, (agency, moment) in enumerate(_planned(count)):
            if agency not in contacts:
                contacts[agency] = await _people_of(tx, agency)
            case = await cases.insert(tx, reporter, BEGIN - timedelta(days=4))
            kind = town.rulebook.categories[_CATEGORIES[agency % 3]]
            case = await cases.amend(tx, case, category=kind.id, severity=kind.severity, place="客运站")
            due_at = BEGIN + within * (moment + 1) / count
            case = await _hand_over(tx, town, case, (agency, contacts[agency]), due_at, to_leader=n % 4 == 3)
            await tx.run("DELETE FROM timers WHERE case_id = :case AND due_at < :at", case=case.id, at=stored(BEGIN))


def _planned(count: int) -> Iterator[tuple[int, int]]:
    """The agency of each case, and the number of the case with which it is due."""
    agency = done = 0
    while done < count:
        at_once = agency % 5 == 4
        until = min(count, done + (_CASES_AT_ONCE if at_once else _CASES_OF_AGENCY))
        yield from ((agency, done if at_once else n) for n in range(done, until))
        agency, done = agency + 1, until


async def _people_of(tx: Tx, agency: int) -> MemberId:
    """A contact, whoever stands in, and their leader; returns the contact."""
    posts = (
        Post(Role.CONTACT, _id(agency), Rank.A),
        Post(Role.CONTACT, _id(agency), Rank.B),
        Post(Role.LEADER, _id(agency)),
    )
    found: list[MemberId] = []
    for post in posts:
        member = await members.insert(tx, f"刘工{agency}{post.role}{post.rank}", BEGIN)
        await members.add_account(tx, member, "sandbox", f"m{member}", BEGIN)
        await members.add_post(tx, member, post, BEGIN - timedelta(days=30))
        found.append(member)
    return found[0]


def _id(agency: int) -> AgencyId:
    return AgencyId(f"office-{agency}")


async def _hand_over(
    tx: Tx, town: Town, case: Case, to: tuple[int, MemberId], due_at: datetime, *, to_leader: bool
) -> Case:
    """Dispatch the case at such an instant that the step is due at `due_at`: not accepted in time, or then to the leader."""
    category, system = town.rulebook.categories[_CATEGORIES[to[0] % 3]], await members.get(tx, SYSTEM)
    length = category.accept.length(town.calendar)
    at = town.calendar.before(due_at, length) if category.accept.is_working else due_at - length
    if to_leader and case.severity in _TO_LEADER:
        at = due_at - _TO_LEADER[case.severity]
    level = town.rulebook.severities[case.severity]
    limits = clocks(category, case.severity, level, town.calendar, at)
    for made in (Move.REPORT, Move.FILE):
        case = (await cases.move(tx, case, made, system, at)).after
    moved = await cases.move(
        tx, case, Move.DISPATCH, system, at, agency_id=_id(to[0]), contact_id=to[1],
        accept_due=limits.accept_due, secure_due=limits.secure_due, resolve_due=limits.resolve_due,
    )  # fmt: skip
    await replan(moved.after, Work(tx, actor=system, town=town), at)
    return moved.after
