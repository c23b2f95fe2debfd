"""What other features tell: persuasions, ratings, reports that are not taken up; and points given back for learning."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.case import CaseId, CaseState
from bot.domain.ledger import Step
from bot.domain.rulebook import SAMPLED_IN
from bot.engine.imaging import ImageWorker
from bot.secrets import Secret, Signer
from handlers.points.earning import is_sampled
from handlers.points.restoring import BY_LESSONS, BY_PERSUADING, Restorable, quarter, reason_of, restorable
from storage import balances
from storage.blobs import open_blobs
from storage.database import open_database
from storage.restored import Row
from tests.features.acting import handled
from tests.features.test_points import ledger, month
from tests.town import RULEBOOK, Person, TestTown, default_town


async def persuades(town: TestTown, rider: Person) -> None:
    await rider.says("劝导 骑车逆行，人民路")
    await town.wait(minutes=11)


# -- persuading ----------------------------------------------------------------------------------------------------


async def test_a_persuasion_counts_when_it_can_no_longer_be_taken_back(town: TestTown) -> None:
    rider = await town.rider("赵强")
    assert not is_sampled(f"B02:intervention:1:{rider.id}:1", SAMPLED_IN)
    await rider.says("劝导 骑车逆行，人民路")
    await town.wait(minutes=9)
    assert await ledger(town, rider) == []
    await town.wait(minutes=1)
    assert await ledger(town, rider) == [("B02", 2, Step.CONFIRMED)]


async def test_a_persuasion_taken_back_earns_nothing(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await rider.says("劝导 骑车逆行，人民路")
    await rider.presses("撤销")
    await town.wait(minutes=11)
    assert await ledger(town, rider) == []


async def test_a_persuasion_belongs_to_the_day_it_was_noted(town: TestTown) -> None:
    rider = await town.rider("赵强")
    town.clock.move(datetime(2026, 11, 30, 15, 58, tzinfo=UTC))  # 23:58 in the county
    await persuades(town, rider)
    assert await month(town, rider, "2026-11") == 2
    assert await month(town, rider, "2026-12") == 0


async def test_a_day_pays_three_persuasions(town: TestTown) -> None:
    rider = await town.rider("赵强")
    for _ in range(4):
        await persuades(town, rider)
    given = [delta for item, delta, _ in await ledger(town, rider) if item == "B02"]
    assert given == [2, 2, 2]


async def test_one_in_ten_waits_for_a_person(town: TestTown) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await until_sampled(town, rider)
    assert (await ledger(town, rider))[-1] == ("B02", 2, Step.PENDING)
    await admin.says("待确认")
    assert admin.hears("points.pending.line", who="赵强", delta="+2")
    assert admin.hears("points.hint.check", words="骑车逆行，人民路")
    await admin.presses("1 算")
    assert (await ledger(town, rider))[-1] == ("B02", 2, Step.CONFIRMED)


async def test_a_county_may_have_every_persuasion_looked_at(
    sqlite_url: str, tmp_path: Path, image_worker: ImageWorker
) -> None:
    book = replace(RULEBOOK, sampled_in=1)
    county = default_town(Signer(Secret(b"k" * 32)), rulebook=book)
    database = await open_database(sqlite_url, guarded=True)
    town = await TestTown.open(database, open_blobs(str(tmp_path / "photos")), image_worker, town=county)
    rider = await town.rider("赵强")
    await persuades(town, rider)
    assert await ledger(town, rider) == [("B02", 2, Step.PENDING)]
    await database.close()


async def until_sampled(town: TestTown, rider: Person) -> None:
    """Persuade on as many days as it takes until one of them is looked at."""
    for number in range(1, 60):
        if number % 3 == 1:
            await town.wait(days=1)
        await persuades(town, rider)
        if is_sampled(f"B02:intervention:{number}:{rider.id}:1", SAMPLED_IN):
            return
    raise AssertionError("none of sixty")


def test_about_one_in_ten_is_looked_at_and_always_the_same() -> None:
    keys = [f"B02:intervention:{number}:7:1" for number in range(5000)]
    sampled = [key for key in keys if is_sampled(key, SAMPLED_IN)]
    assert 4000 < len(sampled) * SAMPLED_IN < 6000
    assert sampled == [key for key in keys if is_sampled(key, SAMPLED_IN)]


# -- rating --------------------------------------------------------------------------------------------------------


async def closed(town: TestTown) -> Person:
    rider, _ = await handled(town)
    await rider.presses("已修好")
    return rider


async def test_a_rating_in_time_earns_once(town: TestTown) -> None:
    rider = await closed(town)
    asked = next(shown for shown in reversed(rider.chat) if "满意" in shown.labels)
    good = asked.rendered.buttons[0].data
    await rider.presses("满意")
    await town.work_off()
    assert (await ledger(town, rider))[-1] == ("B05", 1, Step.CONFIRMED)
    await rider.presses_data(good, asked)
    await town.work_off()
    assert [item for item, _, _ in await ledger(town, rider)].count("B05") == 1


@pytest.mark.parametrize(("hours", "earns"), [(71, True), (73, False)])
async def test_in_time_is_three_days(town: TestTown, hours: float, earns: bool) -> None:
    rider = await closed(town)
    asked = next(shown for shown in reversed(rider.chat) if "满意" in shown.labels)
    await town.wait(hours=hours)
    await rider.presses_data(asked.rendered.buttons[0].data, asked)
    await town.work_off()
    assert ("B05" in [item for item, _, _ in await ledger(town, rider)]) is earns


# -- reports that are not taken up ---------------------------------------------------------------------------------


async def reports(town: TestTown, rider: Person, number: int) -> None:
    await rider.says(f"路上有个大坑，客运站，第{number}次看到", photo=f"{number}.jpg")
    await town.wait(minutes=11)


async def rejected(town: TestTown, n: int) -> tuple[Person, Person]:
    """A rider with so many reports of this month that were not taken up, and who rejected them."""
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await town.contact("housing", "刘工")
    for number in range(1, n + 1):
        await reports(town, rider, number)
        await admin.says(f"驳回 {number:04d} 看不清")
    return admin, rider


async def charged(town: TestTown, rider: Person) -> list[tuple[int, Step]]:
    return [(delta, step) for item, delta, step in await ledger(town, rider) if item == "E04"]


async def test_three_rejected_reports_cost_nothing_and_the_fourth_a_point(town: TestTown) -> None:
    admin, rider = await rejected(town, 3)
    assert await charged(town, rider) == [] and not rider.hears("points.invalid")
    await reports(town, rider, 4)
    await admin.says("驳回 0004 看不清")
    assert await charged(town, rider) == [(-1, Step.CONFIRMED)]
    assert rider.hears("points.invalid", number="0004", n=4, free=3, points="-1")
    await rider.presses("对这一条有异议")
    assert rider.hears("ranking.object.ask")


async def test_taken_up_after_all_it_costs_nothing(town: TestTown) -> None:
    admin, rider = await rejected(town, 4)
    await admin.presses("撤销")
    assert await charged(town, rider) == [(-1, Step.REVERSED)]


async def test_where_a_free_one_is_taken_up_after_all_the_newest_is_forgiven(town: TestTown) -> None:
    admin, rider = await rejected(town, 2)
    for number in (3, 4):
        await reports(town, rider, number)
    await admin.says("驳回 0003 看不清")
    third = admin.last
    await admin.says("驳回 0004 看不清")
    assert await charged(town, rider) == [(-1, Step.CONFIRMED)]
    await admin.presses("撤销", on=third)
    assert await charged(town, rider) == [(-1, Step.REVERSED)]


async def test_a_new_month_begins_with_three_free_ones(town: TestTown) -> None:
    admin, rider = await rejected(town, 3)
    await reports(town, rider, 4)
    town.clock.move(datetime(2026, 11, 30, 16, 5, tzinfo=UTC))
    await admin.says("驳回 0004 看不清")
    assert await charged(town, rider) == []


async def test_what_an_agency_repaired_was_no_invalid_report(town: TestTown) -> None:
    rider, _ = await handled(town)
    admin = await town.admin("李主任")
    await rider.presses("已修好")
    for number in (2, 3, 4):
        await reports(town, rider, number)
        await admin.says(f"驳回 {number:04d} 看不清")
    await rider.says("重开 0001")
    await admin.says("驳回 0001 已经修好")
    assert (await town.case(1)).state is CaseState.REJECTED
    assert await charged(town, rider) == []


# -- given back ----------------------------------------------------------------------------------------------------


async def test_a_persuasion_gives_a_deducted_point_back(town: TestTown) -> None:
    _, rider = await rejected(town, 4)
    assert await month(town, rider) == -1
    await persuades(town, rider)
    assert await month(town, rider) == 2  # +2 for the persuasion, +1 given back
    assert rider.hears("points.restored_by.persuading", code="E04")
    await rider.says("明细")
    assert rider.hears("points.why.restored_persuading", code="E04")
    assert rider.hears("points.restored")
    await persuades(town, rider)
    assert await month(town, rider) == 4  # there is nothing left to give back


async def test_a_point_given_back_goes_with_the_deduction_it_was_for(town: TestTown) -> None:
    """Taken up after all: the deduction comes back whole, and what was given back of it is not kept on top."""
    admin, rider = await rejected(town, 3)
    await reports(town, rider, 4)
    await rider.says("劝导 骑车逆行，人民路")
    await town.wait(minutes=9)
    await admin.says("驳回 0004 看不清")
    await town.wait(minutes=2)
    assert rider.hears("points.restored_by.persuading", code="E04")
    assert await month(town, rider) == 2
    await admin.presses("撤销")
    assert await charged(town, rider) == [(-1, Step.REVERSED)]
    assert await month(town, rider) == 5  # the persuasion, and the report that was taken up
    assert await spendable(town, rider) == 5


async def test_the_wallet_gets_back_only_what_a_deduction_took_from_it(town: TestTown) -> None:
    """The fourth rejected report found an empty wallet and took nothing there."""
    _, rider = await rejected(town, 4)
    assert await spendable(town, rider) == 0
    await persuades(town, rider)
    assert await month(town, rider) == 2
    assert await spendable(town, rider) == 2


async def spendable(town: TestTown, rider: Person) -> int:
    async with town.database.read() as tx:
        return await balances.spendable(tx, rider.id)


async def test_every_third_lesson_gives_one_back(town: TestTown) -> None:
    admin, rider = await rejected(town, 5)
    for day in range(3):
        await town.wait(days=1)
        await admin.says(f"加分 赵强 C03 第{day}课")
        await admin.presses("确认加分")
        assert rider.hears("points.restored_by.lessons", code="E04") is (day == 2)
    assert await month(town, rider) == -2 + 3 + 1
    await admin.presses("撤销")
    assert await month(town, rider) == -2 + 2


async def test_a_fake_report_is_never_given_back(town: TestTown) -> None:
    asker, other = await town.admin("李主任"), await town.admin("王主任")
    rider = await town.rider("赵强")
    await asker.says("扣分 赵强 E05 摆拍")
    await asker.presses("提出扣分")
    await rider.presses("我要说明")
    await rider.says("不是")
    await other.presses("同意扣分")
    await persuades(town, rider)
    assert await month(town, rider) == -18
    assert not rider.hears("points.restored_by.persuading")


def deduction(id_: int, item: str, delta: int) -> Row:
    return Row(id_, item, delta, Step.CONFIRMED, "", CaseId(id_), delta)


def given(how: str, of: int) -> Row:
    return Row(90, "", 1, Step.RESTORED, reason_of(how, Restorable(of, "E04", None)), None, 1)


FIRST = Restorable(1, "E04", CaseId(1))
SECOND = Restorable(2, "E07", CaseId(2))


@pytest.mark.parametrize(
    ("rows", "how", "expected"),
    [
        ([], BY_LESSONS, None),
        ([deduction(1, "E04", -1)], BY_LESSONS, FIRST),
        ([deduction(1, "E04", -1), given(BY_LESSONS, 1)], BY_PERSUADING, None),  # wholly given back
        ([deduction(1, "E04", -1), deduction(2, "E07", -3), given(BY_LESSONS, 1)], BY_LESSONS, SECOND),
        ([deduction(2, "E07", -3), given(BY_LESSONS, 2), given(BY_LESSONS, 2)], BY_LESSONS, None),  # two a quarter
        ([deduction(2, "E07", -3), given(BY_LESSONS, 2), given(BY_LESSONS, 2)], BY_PERSUADING, SECOND),  # each
        ([deduction(3, "E05", -20)], BY_PERSUADING, None),
        ([replace(deduction(1, "E04", -1), wallet=0)], BY_LESSONS, replace(FIRST, wallet=0)),  # the wallet was empty
    ],
)
def test_what_may_be_given_back(rows: list[Row], how: str, expected: Restorable | None) -> None:
    assert restorable(rows, how, never=["E05"]) == expected


@pytest.mark.parametrize(
    ("period", "expected"),
    [("2026-11", ("2026-10", "2026-12")), ("2026-01", ("2026-01", "2026-03")), ("2026-06", ("2026-04", "2026-06"))],
)
def test_a_quarter_is_three_months(period: str, expected: tuple[str, str]) -> None:
    assert quarter(period) == expected
