"""Rows behind the weekly brief, on both databases."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.case import CaseId
from bot.domain.people import MemberId
from bot.domain.rulebook import AgencyId
from bot.domain.times import stored
from storage import members, reminders, weekly_figures
from storage.database import Database, Row, Tx, Value, number
from storage.weekly_figures import Leg, Standing

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
END = MONDAY + timedelta(days=7)
NOW = END + timedelta(hours=9)
CITY, HOUSING = AgencyId("urban_mgmt"), AgencyId("housing")


def day(days: float) -> datetime:
    return MONDAY + timedelta(days=days)


async def add(
    tx: Tx, state: str, opened: datetime, *, agency: str | None = CITY, **instants: datetime | str | int
) -> CaseId:
    """A case as it stands; other columns are named."""
    who = await members.insert(tx, "王队", opened)
    row = await tx.one("UPDATE counters SET value = value + 1 WHERE name = 'case' RETURNING value")
    values = {
        "number": number(row, "value"), "state": state, "severity": "P3", "category": "exposed_garbage",
        "place": "幸福小区", "reporter_id": who, "contact_id": who, "agency_id": agency, "opened_at": stored(opened),
        "moved_at": stored(opened),
    }  # fmt: skip
    values |= {name: stored(value) if isinstance(value, datetime) else value for name, value in instants.items()}
    columns, names = ", ".join(values), ", ".join(f":{name}" for name in values)
    made = await tx.one(f"INSERT INTO cases ({columns}, description) VALUES ({names}, '') RETURNING id", **values)
    return CaseId(number(made, "id"))


async def moved(tx: Tx, case: CaseId, move: str, at: datetime, version: int = 2) -> None:
    await tx.run(
        "INSERT INTO case_events (case_id, version, move, from_state, to_state, actor_id, at)"
        " VALUES (:case, :version, :move, 'accepted', 'on_hold', 1, :at)",
        case=case, version=version, move=move, at=stored(at),
    )  # fmt: skip


async def test_what_is_left_out_counts_nowhere(database: Database) -> None:
    due = {"resolve_due": day(3), "accept_due": day(1), "filed_at": day(0)}
    async with database.write() as tx:
        for state in ("draft", "withdrawn", "rejected", "merged"):
            await add(tx, state, day(0), **due)
        await add(tx, "accepted", day(0), practice_at=day(0), **due)
        assert await weekly_figures.count_opened(tx, MONDAY, END) == (0, 0)
        assert await weekly_figures.resolve_legs(tx, MONDAY, END) == {}
        assert await weekly_figures.accept_legs(tx, MONDAY, END) == {}
        assert await weekly_figures.standings(tx, NOW) == {}
        assert await weekly_figures.list_late(tx, NOW, 10) == []
        assert await weekly_figures.any_before(tx, END)
        assert not await weekly_figures.any_before(tx, MONDAY)


async def test_reported_filed_and_closed_are_those_of_the_period(database: Database) -> None:
    async with database.write() as tx:
        await add(tx, "reported", day(0))
        await add(tx, "closed", day(6.9), filed_at=day(6.9), closed_at=day(7.2))
        await add(tx, "closed", day(-9), filed_at=day(-9), closed_at=day(2))
        await add(tx, "reported", day(7))
        await add(tx, "reported", day(-0.1))
        assert await weekly_figures.count_opened(tx, MONDAY, END) == (2, 1)
        assert await weekly_figures.count_closed(tx, MONDAY, END) == 1


@pytest.mark.parametrize(
    ("state", "handled", "kept"),
    [
        ("closed", 2.9, 1),
        ("closed", 3.1, 0),
        ("verifying", 2.9, 1),  # done in time, looked at later
        ("rework", 2.9, 0),  # handled in time, and it was not mended
        ("accepted", None, 0),
    ],
)
async def test_on_time_is_what_was_handled_by_the_limit_and_not_sent_back(
    database: Database, state: str, handled: float | None, kept: int
) -> None:
    done = {} if handled is None else {"handled_at": day(handled)}
    async with database.write() as tx:
        await add(tx, state, day(0), resolve_due=day(3), **done)
        await add(tx, state, day(0), resolve_due=day(8), agency=HOUSING, **done)
        assert await weekly_figures.resolve_legs(tx, MONDAY, END) == {CITY: Leg(1, 0, kept)}


async def test_a_clock_that_stood_still_at_the_limit_was_not_due(database: Database) -> None:
    async with database.write() as tx:
        on_hold = await add(tx, "on_hold", day(0), resolve_due=day(3), moved_at=day(5))
        await moved(tx, on_hold, "hold", day(1))
        await moved(tx, on_hold, "reassign", day(5), version=3)
        too_late = await add(tx, "on_hold", day(0), resolve_due=day(3))
        await moved(tx, too_late, "hold", day(4))
        asked = await add(tx, "need_info", day(0), resolve_due=day(3), accept_due=day(1))
        await moved(tx, asked, "ask", day(0.5))
        critical = await add(tx, "need_info", day(0), resolve_due=day(3), severity="P1")
        await moved(tx, critical, "ask", day(1))
        assert await weekly_figures.resolve_legs(tx, MONDAY, END) == {CITY: Leg(4, 2, 0)}
        assert await weekly_figures.accept_legs(tx, MONDAY, END) == {CITY: Leg(1, 1, 0)}
        late = await weekly_figures.list_late(tx, NOW, 10)
        assert [case.number for case in late] == [4], "nothing pauses the clock of a danger to life"
        assert await weekly_figures.standings(tx, NOW) == {CITY: Standing(4, 1)}


async def test_an_answer_is_an_acceptance_or_a_return_by_the_limit(database: Database) -> None:
    async with database.write() as tx:
        await add(tx, "accepted", day(0), accept_due=day(1), accepted_at=day(1))
        await add(tx, "accepted", day(0), accept_due=day(1), accepted_at=day(1.1))
        await add(tx, "dispatched", day(0), accept_due=day(1))
        await add(tx, "returned", day(0), accept_due=day(1), moved_at=day(0.9), contact_id=None)
        await add(tx, "returned", day(0), accept_due=day(1), moved_at=day(1.9), contact_id=None, agency=None)
        legs = await weekly_figures.accept_legs(tx, MONDAY, END)
    assert legs == {CITY: Leg(4, 0, 2), None: Leg(1, 0, 0)}


async def test_what_is_late_is_listed_from_the_oldest_limit_on(database: Database) -> None:
    async with database.write() as tx:
        await add(tx, "accepted", day(0), resolve_due=day(3), place="东门", category=None)
        await add(tx, "dispatched", day(0), resolve_due=day(2), agency=HOUSING)
        await add(tx, "verifying", day(0), resolve_due=day(1), handled_at=day(2))
        await add(tx, "rework", day(0), resolve_due=day(4))
        await add(tx, "accepted", day(0), resolve_due=day(9))
        found = await weekly_figures.list_late(tx, NOW, 2)
        standings = await weekly_figures.standings(tx, NOW)
    assert [(case.number, case.agency, case.since, case.contact) for case in found] == [
        (2, HOUSING, day(2), "王队"),
        (1, CITY, day(3), "王队"),
    ]
    assert (found[1].place, found[1].category, found[1].state, found[1].level) == ("东门", None, "accepted", "")
    assert standings == {CITY: Standing(4, 2), HOUSING: Standing(1, 1)}


async def test_cases_that_came_to_the_last_rung_are_listed_once(database: Database) -> None:
    async with database.write() as tx:
        both, early, other, rejected = [
            await add(tx, state, day(0)) for state in ("accepted", "closed", "accepted", "rejected")
        ]
        for case, level, at in (
            (both, "L3", day(1)), (both, "O3", day(5)), (early, "L3", day(2)), (other, "O2", day(3)),
            (other, "O3", day(8)), (rejected, "O3", day(4)),
        ):  # fmt: skip
            for who in (1, 2):
                await reminders.add(tx, case, (f"step-{level}", 0, level), "lead_office", MemberId(who), at, at)
        found = await weekly_figures.list_reached(tx, MONDAY, END, 10)
    assert [(case.number, case.level, case.since) for case in found] == [(2, "L3", day(2)), (1, "O3", day(5))]


async def test_lengths_are_those_of_the_period_the_newest_first(database: Database) -> None:
    async with database.write() as tx:
        for n in range(4):
            await add(
                tx, "closed", day(n), severity=f"P{n + 1}", dispatched_at=day(n), accepted_at=day(n + 0.1 * n),
                accept_due=day(n + 0.5), closed_at=day(n + 1),
            )  # fmt: skip
        await add(tx, "dispatched", day(0), dispatched_at=day(0), accept_due=day(1))
        accepted = await weekly_figures.accept_times(tx, MONDAY, END, 3)
        closed = await weekly_figures.close_times(tx, day(3), END, 9)
    assert [one.end - one.begin for one in accepted] == [timedelta(days=0.1 * n) for n in (3, 2, 1)]
    assert [(one.severity, one.begin, one.end) for one in closed] == [
        ("P4", day(3), day(4)),
        ("P3", day(2), day(3)),
    ]


class Plans:
    """A transaction that only notes how SQLite would find the rows."""

    def __init__(self, made: sqlite3.Connection) -> None:
        self.made = made
        self.seen: list[str] = []

    async def all(self, sql: str, **args: Value) -> Sequence[Row]:
        self.seen += [str(row[3]) for row in self.made.execute(f"EXPLAIN QUERY PLAN {sql}", args)]
        return []

    async def one(self, sql: str, **args: Value) -> Row:
        await self.all(sql, **args)
        return {"reported": 0, "filed": 0, "n": 0}

    async def maybe(self, sql: str, **args: Value) -> Row | None:
        await self.all(sql, **args)
        return None


async def test_no_figure_reads_more_of_a_million_cases_than_it_counts(sqlite_template: Path) -> None:
    with closing(sqlite3.connect(sqlite_template)) as made:
        tx = Plans(made)
        await weekly_figures.any_before(tx, END)
        await weekly_figures.standings(tx, NOW)
        await weekly_figures.list_late(tx, NOW, 9)
        for figure in (
            weekly_figures.count_opened, weekly_figures.count_closed, weekly_figures.resolve_legs,
            weekly_figures.accept_legs,
        ):  # fmt: skip
            await figure(tx, MONDAY, END)
        for listed in (weekly_figures.list_reached, weekly_figures.accept_times, weekly_figures.close_times):
            await listed(tx, MONDAY, END, 9)
    of_tables = [step for step in tx.seen if "cases" in step or "reminders" in step or " e " in step]
    assert len(of_tables) >= 10
    assert [step for step in of_tables if "SEARCH" not in step and "COVERING INDEX cases_standing" not in step] == []
