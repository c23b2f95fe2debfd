"""Reminders, supervision orders, the timers of a ladder and the figures of a day, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.case import CaseId
from bot.domain.people import SYSTEM, MemberId
from bot.domain.rulebook import AgencyId
from storage import cases, day_figures, members, outbox, reminders, supervisions, timers
from storage.database import Database, Tx

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
STEP = ("accept_overdue", 0, "L1")


def later(minutes: float) -> datetime:
    return AT + timedelta(minutes=minutes)


async def a_case(tx: Tx, name: str = "赵强") -> tuple[CaseId, MemberId]:
    who = await members.insert(tx, name, AT)
    return (await cases.insert(tx, who, AT, home=("sandbox", "work"))).id, who


async def test_a_reminder_is_noted_once_and_settled(database: Database) -> None:
    async with database.write() as tx:
        case, who = await a_case(tx)
        first = await reminders.add(tx, case, STEP, "contact", who, AT, AT)
        assert first is not None
        assert await reminders.add(tx, case, STEP, "contact", who, AT, later(5)) is None
        [waiting] = await reminders.waiting(tx, who, AT, for_list=False)
        assert (waiting.id, waiting.level, waiting.part, waiting.state) == (first, "L1", "contact", "waiting")
        await reminders.settle(tx, first, "told", later(1), told_in="remind:1")
        assert await reminders.waiting(tx, who, later(9), for_list=False) == []
        assert await reminders.last_told(tx, case, who) == later(1)
        assert await reminders.told_times(tx, who, AT) == [later(1)]
        assert await reminders.told_times(tx, who, later(1)) == []
        assert [one.state for one in await reminders.list_of_case(tx, case)] == ["told"]


async def test_what_waits_for_a_list_is_apart_from_the_rest(database: Database) -> None:
    async with database.write() as tx:
        case, who = await a_case(tx)
        await reminders.add(tx, case, STEP, "contact", who, AT, later(3), "list")
        soon = await reminders.add(tx, case, ("accept_leader", 0, "L2"), "leader", who, AT, later(2))
        assert soon is not None
        assert await reminders.next_at(tx, who) == later(2)
        assert await reminders.wait_for_list(tx, later(2)) == []
        assert await reminders.wait_for_list(tx, later(3)) == [who]
        assert [one.step for one in await reminders.waiting(tx, who, later(5), for_list=True)] == ["accept_overdue"]
        await reminders.postpone(tx, soon, later(7), "gap")
        assert await reminders.next_at(tx, who) == later(7)
        await reminders.drop_waiting(tx, case, later(4), "moved")
        assert await reminders.next_at(tx, who) is None
        assert {(one.state, one.reason) for one in await reminders.list_of_case(tx, case)} == {("dropped", "moved")}


async def test_fired_knows_which_steps_have_come(database: Database) -> None:
    async with database.write() as tx:
        case, who = await a_case(tx)
        await reminders.add(tx, case, STEP, "contact", who, AT, AT)
        assert await reminders.fired(tx, case, AT) == {("accept_overdue", 0)}
        assert await reminders.fired(tx, case, later(1)) == frozenset()


async def test_messages_that_can_wait_are_counted_by_day(database: Database) -> None:
    async with database.write() as tx:
        _, who = await a_case(tx)
        for n, (rank, state, created) in enumerate(
            [(2, "sent", AT), (2, "queued", later(1)), (2, "dropped", AT), (1, "sent", AT), (2, "sent", later(-60))]
        ):
            made = await outbox.add(
                tx,
                outbox.Draft(
                    platform="sandbox", chat="u", private=True, topic=f"t{n}", body="{}", rank=rank, member_id=who,
                    not_before=created, created_at=created,
                ),
            )  # fmt: skip
            await tx.run("UPDATE outbox SET state = :state WHERE id = :id", state=state, id=made)
        assert await reminders.count_messages(tx, who, AT) == 2


async def test_orders_are_numbered_within_their_year_and_sent_once(database: Database) -> None:
    async with database.write() as tx:
        case, who = await a_case(tx)
        agency = AgencyId("housing")
        made = [
            await supervisions.add(tx, case, agency, year, SYSTEM, AT, level=level)
            for year, level in ((2026, "L3"), (2026, "O3"), (2027, ""))
        ]
        assert [(one.year, one.number) for one in made] == [(2026, 1), (2026, 2), (2027, 1)]
        assert await supervisions.newest(tx, case, "O3") == made[1]
        assert await supervisions.newest(tx, case, "L1") is None
        assert await supervisions.send(tx, made[0].id, who, later(1))
        assert not await supervisions.send(tx, made[0].id, who, later(2))
        assert (await supervisions.get(tx, made[0].id)).sent_at == later(1)


async def test_timers_of_a_case_are_set_in_one_go_and_cancelled_together(database: Database) -> None:
    async with database.write() as tx:
        case, _ = await a_case(tx)
        other, _ = await a_case(tx, "钱多")
        await timers.set_all(tx, "x.step", [], case)
        await timers.set_all(tx, "x.step", [("1:a", later(1)), ("1:b", later(2))], case)
        await timers.set_all(tx, "x.step", [("1:b", later(4))], case)
        await timers.set_all(tx, "x.step", [("2:a", later(3))], other)
        await timers.set_timer(tx, "x.other", "1", later(9), case)
        assert await timers.next_due(tx) == later(1)
        await timers.cancel_of_case(tx, "x.step", case)
        due = await timers.hand_out(tx, later(10), 9)
        assert [(one.key, one.due_at) for one in due] == [("2:a", later(3)), ("1", later(9))]


@pytest.mark.parametrize("handed", [False, True])
async def test_a_timer_that_came_is_seen_until_it_is_worked_off(database: Database, *, handed: bool) -> None:
    async with database.write() as tx:
        case, _ = await a_case(tx)
        await timers.set_all(tx, "x.step", [("1:a", AT)], case)
        if handed:
            assert len(await timers.hand_out(tx, AT, 9)) == 1
        assert await timers.any_due(tx, "x.step", AT, later(-1))
        assert not await timers.any_due(tx, "x.step", later(-1), later(-2))
        assert not await timers.any_due(tx, "x.step", later(5), later(1))  # too long ago to be waited for
        assert not await timers.any_due(tx, "y.step", AT, later(-1))
        await timers.take(tx, "x.step", "1:a", AT)
        assert not await timers.any_due(tx, "x.step", AT, later(-1))


async def test_the_day_of_a_group(database: Database) -> None:
    async with database.write() as tx:
        first, who = await a_case(tx)
        second, _ = await a_case(tx, "钱多")
        third = (await cases.insert(tx, who, later(-60 * 24), home=("sandbox", "work"))).id
        await cases.insert(tx, who, AT, home=("sandbox", "another"))
        await cases.insert(tx, who, AT, home=("sandbox", "work"), practice=True)
        await tx.run("UPDATE cases SET state = 'dispatched', contact_id = :who WHERE id = :id", who=who, id=first)
        await tx.run("UPDATE cases SET state = 'withdrawn' WHERE id = :id", id=second)
        await tx.run(
            "UPDATE cases SET state = 'closed', closed_at = :at WHERE id = :id", at="2026-11-23T02:00:00.000Z", id=third
        )
        day = await day_figures.of_group(tx, "sandbox", "work", AT, later(60 * 24), 4)
        assert (day.reported, [case.id for case in day.closed]) == (1, [third])
        assert ([case.id for case in day.open], day.open_n) == ([first], 1)
        assert await day_figures.contacts_with_cases(tx) == [who]
        assert [case.id for case in await day_figures.open_with_clocks(tx, 0, 9)] == [first]
        assert await day_figures.open_with_clocks(tx, first, 9) == []
