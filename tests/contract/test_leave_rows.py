"""Leaves, what is lent meanwhile, and night duties on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.people import MemberId, Post, Rank, Role
from bot.domain.rulebook import AgencyId
from storage import cases, leaves, loans, members, night_duties, routes
from storage.database import Conflict, Database, Tx
from storage.loans import Loan
from storage.night_duties import NightDuty

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOUSING, FIRE = AgencyId("housing"), AgencyId("fire")


async def people(tx: Tx, *names: str) -> list[MemberId]:
    return [await members.insert(tx, name, AT) for name in names]


async def test_a_leave_is_read_and_changed(database: Database) -> None:
    async with database.write() as tx:
        who, other = await people(tx, "刘工", "高工")
        later = await leaves.add(tx, who, AT + 3 * DAY, AT + 4 * DAY, AT)
        now = await leaves.add(tx, who, AT, AT + DAY, AT)
        await leaves.add(tx, who, AT - 2 * DAY, AT - DAY, AT)
        await leaves.add(tx, other, AT, AT + DAY, AT)
        assert await leaves.list_ahead(tx, who, AT) == [now, later]
        assert await leaves.get(tx, now.id) == now
        assert now.covers(AT) and not now.covers(AT + DAY) and not later.covers(AT)
        longer = await leaves.change(tx, now.id, AT, AT + 2 * DAY)
        assert (longer.from_at, longer.until_at) == (AT, AT + 2 * DAY)
        assert await leaves.list_ahead(tx, who, AT + DAY) == [longer, later]
        assert await leaves.end(tx, who, AT + DAY) == 2
        assert await leaves.list_ahead(tx, who, AT + DAY) == []
        assert not await members.on_leave(tx, who, AT + 3 * DAY)  # the one to come has never been


async def test_a_case_is_lent_once_at_a_time(database: Database) -> None:
    async with database.write() as tx:
        a, b, c = await people(tx, "刘工", "高工", "齐工")
        case, other = (await cases.insert(tx, a, AT)).id, (await cases.insert(tx, a, AT)).id
        await loans.lend(tx, case, a, b, AT)
        await loans.lend(tx, other, a, b, AT)
        assert await loans.find(tx, case) == Loan(case, a, b)
        await loans.lend(tx, case, c, b, AT + HOUR)
        assert await loans.find(tx, case) == Loan(case, c, b)
        assert await loans.list_from(tx, a) == [Loan(other, a, b)]
        await loans.end(tx, case, AT + HOUR)
        await loans.end(tx, case, AT + DAY)
        assert await loans.find(tx, case) is None
        rows = await tx.all("SELECT ended_at FROM loans WHERE case_id = :case ORDER BY id", case=case)
    assert [row["ended_at"] for row in rows] == ["2026-11-23T02:00:00.000Z", "2026-11-23T02:00:00.000Z"]


async def test_a_second_loan_of_a_case_is_refused_by_the_database(database: Database) -> None:
    async with database.write() as tx:
        a, b = await people(tx, "刘工", "高工")
        case = (await cases.insert(tx, a, AT)).id
        await loans.lend(tx, case, a, b, AT)
    with pytest.raises(Conflict):
        async with database.write() as tx:
            await tx.run(
                "INSERT INTO loans (case_id, from_id, to_id, lent_at) VALUES (:case, :a, :b, :at)",
                case=case, a=a, b=b, at="2026-11-23T01:00:00.000Z",
            )  # fmt: skip


async def test_a_loan_is_passed_on_and_comes_home(database: Database) -> None:
    async with database.write() as tx:
        a, b, c = await people(tx, "刘工", "高工", "齐工")
        case = (await cases.insert(tx, a, AT)).id
        assert not await loans.pass_on(tx, case, b, c, AT)
        await loans.lend(tx, case, a, b, AT)
        assert not await loans.pass_on(tx, case, c, b, AT)
        assert await loans.pass_on(tx, case, b, c, AT + HOUR)
        assert await loans.find(tx, case) == Loan(case, a, c)
        assert await loans.pass_on(tx, case, c, a, AT + HOUR)
        assert await loans.find(tx, case) is None
        assert await loans.list_from(tx, a) == []


async def test_of_several_duties_the_one_noted_last_counts(database: Database) -> None:
    async with database.write() as tx:
        a, b = await people(tx, "刘工", "高工")
        await night_duties.add(tx, HOUSING, a, (AT, AT + 3 * DAY), a, AT)
        await night_duties.add(tx, HOUSING, b, (AT + DAY, AT + 2 * DAY), a, AT)
        await night_duties.add(tx, FIRE, b, (AT, AT + DAY), b, AT)
        found = [await night_duties.find(tx, HOUSING, AT + at) for at in (-HOUR, HOUR, DAY, 2 * DAY, 3 * DAY)]
        assert [duty and duty.member for duty in found] == [None, a, b, a, None]
        assert await night_duties.list_at(tx, AT + HOUR) == [
            NightDuty(FIRE, b, AT + DAY),
            NightDuty(HOUSING, a, AT + 3 * DAY),
        ]
        assert await night_duties.list_at(tx, AT + DAY) == [NightDuty(HOUSING, b, AT + 2 * DAY)]


async def test_candidates_know_who_is_away_and_who_has_the_night(database: Database) -> None:
    async with database.write() as tx:
        a, b = await people(tx, "刘工", "高工")
        for who, rank in ((a, Rank.A), (b, Rank.B)):
            await members.add_account(tx, who, "telegram", str(who), AT)
            await members.add_post(tx, who, Post(Role.CONTACT, HOUSING, rank), AT)
        await night_duties.add(tx, HOUSING, b, (AT, AT + DAY), a, AT)
        await night_duties.add(tx, FIRE, a, (AT, AT + DAY), a, AT)
        await leaves.add(tx, a, AT, AT + HOUR, AT)
        now = await routes.candidates(tx, HOUSING, AT)
        later = await routes.candidates(tx, HOUSING, AT + DAY)
    assert [(one.member, one.away, one.on_duty) for one in now] == [(a, True, False), (b, False, True)]
    assert [(one.member, one.away, one.on_duty) for one in later] == [(a, False, False), (b, False, False)]
