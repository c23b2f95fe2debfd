"""The ledger and the versions of its rules, on both databases."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import county
from bot.domain.ledger import Given
from bot.domain.people import MemberId, Post, Role
from handlers.points.versions import RulesChanged, remember_rules
from storage import balances, members, points, rule_versions
from storage.database import Conflict, Database, Tx, Violation
from storage.points import NewEntry, Step
from tests.fake import FakeClock

AT = FakeClock().now()
RULEBOOK = county.load(None)


async def rider(tx: Tx, name: str) -> MemberId:
    member = await members.insert(tx, name, AT)
    await members.add_post(tx, member, Post(Role.RIDER), AT)
    return member


def entry(member: MemberId, key: str, delta: int, step: Step = Step.CONFIRMED, **other: object) -> NewEntry:
    made = NewEntry(
        key=key,
        member_id=member,
        item=key.partition(":")[0],
        delta=delta,
        step=step,
        case_id=None,
        actor_id=member,
        rules_id=None,
        period="2026-11",
        day="2026-11-23",
        at=AT,
    )
    return replace(made, **other)


async def test_pending_points_count_once_they_are_confirmed(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx, "赵强")
        await points.add(tx, entry(who, "A01:1", 2, Step.PENDING))
        assert (await balances.balance(tx, who, "2026-11")).month == 0
        await points.confirm(tx, (await points.list_recent(tx, who, 1))[0], who, AT)
        assert (await balances.balance(tx, who, "2026-11")).month == 2
        assert [found.step for found in await points.list_recent(tx, who, 5)] == [Step.CONFIRMED]


@pytest.mark.parametrize("step", [Step.PENDING, Step.CONFIRMED])
async def test_a_reversal_leaves_nothing_and_gives_its_room_back(database: Database, step: Step) -> None:
    async with database.write() as tx:
        who = await rider(tx, "赵强")
        await points.add(tx, entry(who, "A01:1", 2, step))
        assert await points.given(tx, who, "A01", "2026-11-23", "2026-11", []) == Given(2, 2, 2, 2)
        await points.reverse(tx, (await points.list_recent(tx, who, 1))[0], who, AT, "reject")
        assert await points.given(tx, who, "A01", "2026-11-23", "2026-11", []) == Given(0, 0, 0, 0)
        assert (await balances.balance(tx, who, "2026-11")).spendable == 0
        assert [found.step for found in await points.list_recent(tx, who, 5)] == [Step.REVERSED]


async def test_an_entry_is_booked_and_settled_once(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx, "赵强")
        await points.add(tx, entry(who, "A01:1", 2))
        with pytest.raises(Conflict):
            async with tx.savepoint():
                await points.add(tx, entry(who, "A01:1", 2))
        found = (await points.list_recent(tx, who, 1))[0]
        await points.reverse(tx, found, who, AT, "reject")
        with pytest.raises(Conflict):
            async with tx.savepoint():
                await points.reverse(tx, found, who, AT, "reject")


async def test_nothing_in_the_ledger_can_be_changed(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx, "赵强")
        await points.add(tx, entry(who, "A01:1", 2))
        for statement in ("UPDATE points SET delta = 200", "DELETE FROM points"):
            with pytest.raises(Violation):
                async with tx.savepoint():
                    await tx.run(statement)
        assert (await balances.balance(tx, who, "2026-11")).month == 2


async def test_caps_are_measured_by_item_day_and_month(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx, "赵强")
        await points.add(tx, entry(who, "A01:1", 2))
        await points.add(tx, entry(who, "A01:2", 2, day="2026-11-02"))
        await points.add(tx, entry(who, "A01:3", 2, day="2026-10-30", period="2026-10"))
        await points.add(tx, entry(who, "A02:1", 4, Step.PENDING))
        await points.add(tx, entry(who, "A07:1", 20))
        await points.add(tx, entry(who, "E02:1", 30, spendable_only=True))
        await points.add(tx, entry(who, "E06:1", -5))
        await points.add(tx, entry(await rider(tx, "李晓梅"), "A01:4", 2))
        assert await points.given(tx, who, "A01", "2026-11-23", "2026-11", ["A07"]) == Given(2, 4, 6, 8)
        assert await points.given(tx, who, "E06", "2026-11-23", "2026-11", ["A07"]) == Given(-5, -5, 6, 8)


async def test_the_rank_is_shared_by_equals_and_ignores_what_only_can_be_spent(database: Database) -> None:
    async with database.write() as tx:
        first, second, third, fourth = [await rider(tx, name) for name in ("甲", "乙", "丙", "丁")]
        await points.add(tx, entry(first, "A01:1", 8))
        await points.add(tx, entry(second, "A01:2", 4))
        await points.add(tx, entry(third, "A01:3", 4))
        await points.add(tx, entry(fourth, "A01:4", 2))
        await points.add(tx, entry(fourth, "E02:1", 30, spendable_only=True))
        await points.add(tx, entry(fourth, "A01:5", 30, Step.PENDING))
        ranks = [(await balances.balance(tx, who, "2026-11")).rank for who in (first, second, third, fourth)]
        assert ranks == [1, 2, 2, 4]
        assert (await balances.balance(tx, fourth, "2026-11")).spendable == 32


async def test_the_rules_in_force_are_kept_once(database: Database) -> None:
    async with database.write() as tx:
        await remember_rules(tx, RULEBOOK, AT)
        await remember_rules(tx, RULEBOOK, AT + timedelta(days=1))
        kept = await rule_versions.find(tx, RULEBOOK.points.effective_from)
        assert kept is not None
        assert '"code":"A01"' in kept.content
        assert await rule_versions.find(tx, "1999-01-01") is None


async def test_processes_that_start_at_once_with_new_rules_keep_them_once(database: Database) -> None:
    async def start() -> None:
        async with database.write() as tx:
            await remember_rules(tx, RULEBOOK, AT)

    await asyncio.gather(*(start() for _ in range(8)))
    async with database.read() as tx:
        assert len(await rule_versions.list_all(tx)) == 1


async def test_changed_rules_need_a_new_date(database: Database) -> None:
    changed = replace(RULEBOOK, points=replace(RULEBOOK.points, ranking_cap_day=41))
    dated = replace(changed, points=replace(changed.points, effective_from="2026-12-01"))
    async with database.write() as tx:
        await remember_rules(tx, RULEBOOK, AT)
        with pytest.raises(RulesChanged, match=r"effective_from.*2026-01-01"):
            await remember_rules(tx, changed, AT)
        await remember_rules(tx, dated, AT)
        old, new = [await rule_versions.find(tx, day) for day in ("2026-01-01", "2026-12-01")]
        assert old is not None
        assert new is not None
        assert old.hash != new.hash


async def test_two_who_book_at_once_share_one_cap(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx, "赵强")

    async def book(index: int) -> None:
        async with database.write() as tx:
            await points.hold(tx, who)
            room = 5 - (await points.given(tx, who, "A01", "2026-11-23", "2026-11", [])).item_day
            if room > 0:
                await points.add(tx, entry(who, f"A01:{index}", min(2, room)))

    await asyncio.gather(*(book(index) for index in range(8)))
    async with database.read() as tx:
        assert (await balances.balance(tx, who, "2026-11")).month == 5
