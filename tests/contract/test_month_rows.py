"""Months, rankings and objections on both databases: every statement of their storage in one month's life."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.people import SYSTEM
from bot.domain.times import month_after, month_before, span_of_month
from bot.engine.imaging import ImageWorker
from storage import ledger_check, months, objections, points, ranking_lines, ranking_shown
from storage.blobs import open_blobs
from storage.database import Database, Stale
from storage.months import Month, MonthState, Totals
from storage.objections import ObjectionState
from tests.features.month import DECEMBER, NOVEMBER, balance, earns, lines_of, month_of, published, standing, until
from tests.town import ZONE, TestTown

AT = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)


@pytest.fixture
async def any_town(database: Database, tmp_path: Path, image_worker: ImageWorker) -> AsyncIterator[TestTown]:
    """The county on each database in turn."""
    yield await TestTown.open(database, open_blobs(str(tmp_path / "photos")), image_worker)


async def test_a_month_with_an_objection_from_its_close_to_its_announcement(any_town: TestTown) -> None:
    town = any_town
    admin, first, second = await town.admin("李主任"), await town.rider("赵强"), await town.rider("李晓梅")
    await earns(town, first, "A02")
    await earns(town, second, "A01", "A04")
    await published(town, admin)
    await second.presses("申诉")
    await second.says("0112 少记 2 分")
    await second.presses("补充说明")
    await second.says("有照片")
    await admin.presses("更正")
    await admin.says("A01 2 漏记了")
    await town.work_off()
    assert await standing(town, first, second) == {"李晓梅": (1, 10), "赵强": (2, 9)}
    assert await standing(town, first, second, version=1) == {"赵强": (1, 9), "李晓梅": (2, 8)}
    await first.says("排名")
    await first.says("排名 11月")
    assert first.hears("ranking.standing.own_then", points=9, place=2)
    await until(town, 12, 4, 9, 1)
    assert (await month_of(town)).state is MonthState.FINAL
    assert town.group_hears("ranking.final.head")
    verdict = await ledger_check.verify(town.database, NOVEMBER)
    assert (verdict.difference, verdict.members) == (None, 2)


async def test_what_comes_late_lands_in_the_running_month(any_town: TestTown) -> None:
    town = any_town
    rider = await town.rider("赵强")
    (waits,) = await earns(town, rider, "A05", waits=True)
    (counted,) = await earns(town, rider, "A03")
    async with town.database.write() as tx:
        assert await months.landing(tx, NOVEMBER) == NOVEMBER
        await months.begin(tx, NOVEMBER, "x")
        assert await months.landing(tx, NOVEMBER) == DECEMBER
        await points.confirm(tx, await points.get(tx, waits), SYSTEM, AT)
        await points.reverse(tx, await points.get(tx, counted), SYSTEM, AT, "")
    assert [(await balance(town, rider, period)).month for period in (NOVEMBER, DECEMBER)] == [8, 2 - 8]


async def test_two_who_count_at_once_do_not_both_go_on(database: Database) -> None:
    async with database.write() as tx:
        assert await months.begin(tx, NOVEMBER, "one")
        assert not await months.begin(tx, NOVEMBER, "two")
        found = await months.find(tx, NOVEMBER)
        assert found is not None
        await months.advance(tx, found, "three")
    with pytest.raises(Stale):
        async with database.write() as tx:
            await months.advance(tx, found, "four")
    with pytest.raises(Stale):
        async with database.write() as tx:
            await months.complete(tx, found, 1, "h", Totals(), AT)


async def test_a_month_goes_from_draft_to_public_to_final_and_nowhere_else(database: Database) -> None:
    later = AT + timedelta(days=3)
    async with database.write() as tx:
        await months.begin(tx, NOVEMBER, "counting")
        assert not await months.publish(tx, NOVEMBER, AT, later)
        found = await months.find(tx, NOVEMBER)
        assert found is not None
        await months.complete(tx, found, 1, "h", Totals(3, 2, 1, 4, 5), AT)
        assert not await months.settle(tx, NOVEMBER, AT)
        assert await months.publish(tx, NOVEMBER, AT, later)
        assert not await months.publish(tx, NOVEMBER, AT, later)
        assert await months.settle(tx, NOVEMBER, later)
        assert not await months.settle(tx, NOVEMBER, later)
        (kept,) = await months.list_newest(tx, 5)
    assert kept == Month(
        NOVEMBER, MonthState.FINAL, 1, "", AT, AT, later, later, later, "h", Totals(3, 2, 1, 4, 5)
    )  # fmt: skip


async def test_objections_are_found_changed_and_settled_once(any_town: TestTown) -> None:
    town = any_town
    rider, admin = await town.rider("赵强"), await town.admin("李主任")
    (entry,) = await earns(town, rider, "B07", by=admin.id)
    async with town.database.write() as tx:
        made = await objections.insert(
            tx, NOVEMBER, rider.id, entry, "不对", at=AT, due_at=AT + timedelta(days=3), asked=None
        )
        assert await objections.find_open(tx, rider.id, NOVEMBER, entry) == made
        assert await objections.find_open(tx, rider.id, NOVEMBER, None) is None
        assert await objections.list_open(tx, NOVEMBER) == [made]
        assert await objections.list_overdue(tx, AT) == []
        assert await objections.list_overdue(tx, AT + timedelta(days=3)) == [made]
        assert await objections.list_bookers(tx, entry) == [admin.id]
        assert await objections.set_words(tx, made.id, "还是不对")
        assert await objections.settle(tx, made.id, ObjectionState.UPHELD, admin.id, AT, "是的")
        assert not await objections.settle(tx, made.id, ObjectionState.DISMISSED, admin.id, AT)
        assert not await objections.set_words(tx, made.id, "太晚")
        kept = await objections.get(tx, made.id)
    assert (kept.words, kept.state, kept.answer) == ("还是不对", ObjectionState.UPHELD, "是的")


async def test_lines_are_written_placed_and_read_in_their_order(any_town: TestTown) -> None:
    town = any_town
    riders = [await town.rider(f"骑手{n}") for n in range(5)]
    for rider, code in zip(riders, ("A01", "A03", "A01", "A02", "A03"), strict=True):
        await earns(town, rider, code)
    span = span_of_month(NOVEMBER, ZONE)
    async with town.database.write() as tx:
        await months.begin(tx, NOVEMBER, "")
        found = await ranking_lines.list_riders(tx, span, 0, 3)
        assert found == [(rider.id, True) for rider in riders[:3]]
        assert [who for who, _ in await ranking_lines.list_riders(tx, span, found[-1][0], 3)] == [
            rider.id for rider in riders[3:]
        ]
        await ranking_lines.hold(tx, riders[0].id, riders[-1].id)
        await ranking_lines.count(tx, NOVEMBER, span, riders[0].id, riders[-1].id)
        first = await ranking_lines.list_after(tx, NOVEMBER, 1, None, 2)
        rest = await ranking_lines.list_after(tx, NOVEMBER, 1, first[-1], 9)
        order = [line.member_id for line in (*first, *rest)]
        assert order == [riders[n].id for n in (1, 4, 3, 0, 2)]
        await ranking_lines.set_places(tx, NOVEMBER, 1, [(who, place) for place, who in enumerate(order, 1)])
        await ranking_lines.recount(tx, NOVEMBER, span, 2, riders[0].id, riders[-1].id)
        again = await ranking_lines.list_members(tx, NOVEMBER, 2, riders[1].id, 9)
        assert [(line.member_id, line.place, line.points) for line in again] == [
            (rider.id, 0, points_) for rider, points_ in zip(riders[2:], (2, 4, 8), strict=True)
        ]
        own = await ranking_lines.find(tx, NOVEMBER, 1, riders[3].id)
        assert own is not None and (own.place, own.points) == (3, 4)
        shown = await ranking_shown.list_first(tx, NOVEMBER, 1, (NOVEMBER, 1), "2026-11-28", 2)
        assert [(one.name, one.was, one.named) for one in shown] == [("骑手1", 1, False), ("骑手4", 2, False)]
        assert await ranking_shown.find(tx, NOVEMBER, 3, (NOVEMBER, 1), "2026-11-28", riders[0].id) is None
        leading = await ranking_shown.list_leading(tx, NOVEMBER, 3)
        assert [leader.points for leader in leading] == [8, 8, 4]
    assert [line.place for line in await lines_of(town, version=1)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("period", "before", "after"), [("2026-12", "2026-11", "2027-01"), ("2027-01", "2026-12", "2027-02")]
)
def test_months_follow_each_other(period: str, before: str, after: str) -> None:
    assert (month_before(period), month_after(period)) == (before, after)


@pytest.mark.parametrize(("period", "days"), [("2028-02", 29), ("2027-02", 28), ("2026-12", 31)])
def test_a_month_is_as_long_as_it_is(period: str, days: int) -> None:
    since, until_ = span_of_month(period, ZONE)
    assert (since.hour, until_ - since) == (0, timedelta(days=days))
