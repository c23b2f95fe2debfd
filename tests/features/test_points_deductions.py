"""「扣分」: one admin proposes, the rider is heard, another admin decides."""

import pytest

from bot.chat.events import Address, Pressed
from bot.domain.ledger import Step
from bot.domain.people import Post, Role
from storage import balances
from tests.fake import Shown
from tests.features.acting import POTHOLE, about, until
from tests.features.test_points import ledger, month
from tests.town import Person, TestTown

ASKED = "扣分 李强 E07 0001 在群里发住户电话"


async def office(town: TestTown) -> tuple[Person, Person, Person]:
    """Who proposes, who decides, and the rider, whose report 1 earned three points."""
    asker, other = await town.admin("李主任"), await town.admin("王主任")
    rider = await town.rider("李强")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    return asker, other, rider


async def proposed(town: TestTown, words: str = ASKED) -> tuple[Person, Person, Person]:
    asker, other, rider = await office(town)
    await asker.says(words)
    await asker.presses("提出扣分")
    return asker, other, rider


async def heard(town: TestTown, words: str = ASKED) -> tuple[Person, Person, Person]:
    asker, other, rider = await proposed(town, words)
    await rider.presses("我要说明")
    await rider.says("那是我自己的电话")
    return asker, other, rider


async def audited(town: TestTown) -> list[str]:
    async with town.database.read() as tx:
        rows = await tx.all("SELECT action FROM audit WHERE action LIKE 'deduction.%' ORDER BY id")
    return [str(row["action"]) for row in rows]


def card(person: Person) -> Shown:
    return about(person, "请您决定")


async def test_two_taps_in_a_row_propose_once(town: TestTown) -> None:
    asker, _, rider = await office(town)
    await asker.says(ASKED)
    button = next(one for one in asker.last.rendered.buttons if one.label == "提出扣分")
    where = Address(town.platform.name, asker.account, private=True)
    taps = [
        Pressed(
            event_id=town.next_event(), where=where, sender=asker.account, data=button.data, at=town.clock.now(),
            message=asker.last.id, token=town.platform.token_for(asker.account),
        )
        for _ in range(2)
    ]  # fmt: skip
    await town.engine.intake.deliver(town.platform.name, [town.platform.raw(tap) for tap in taps])
    await town.settle()
    assert rider.hears_times("points.deduct.proposed") == 1
    assert await audited(town) == ["deduction.proposed"]


async def test_what_a_cap_left_of_a_deduction_is_what_everybody_reads(town: TestTown) -> None:
    asker, other, rider = await office(town)
    for figure, reason in ((15, "闯红灯"), (5, "逆行"), (15, "又闯红灯")):
        await asker.says(f"扣分 李强 E06 {figure} {reason}")
        await asker.presses("提出扣分")
        await rider.presses("我要说明")
        await rider.says("当时看错了")
        await other.presses("同意扣分")
    assert [delta for item, delta, _ in await ledger(town, rider) if item == "E06"] == [-15, -5, -10]
    assert asker.hears("points.deduct.agreed", points="-10")
    assert "E06 被交警通报的骑行违法 -10" in about(rider, "又闯红灯").text


async def test_the_rider_reads_what_and_why_before_anything_is_taken(town: TestTown) -> None:
    asker, other, rider = await office(town)
    await asker.says(ASKED, photo="proof.jpg")
    assert asker.hears("points.deduct.sure", name="李强") and asker.hears("points.award.with_photo")
    assert not rider.hears("points.deduct.proposed")

    await asker.presses("提出扣分")
    assert asker.hears("points.deduct.noted", name="李强")
    assert rider.hears("points.deduct.proposed", who="李主任")
    assert "E07 泄露隐私、违反群规、接受任务无故缺席 -3\n事项 0001\n理由：在群里发住户电话" in rider.last.text
    assert rider.last.labels == ["我要说明"]
    assert await month(town, rider) == 3
    assert not other.hears("points.deduct.decide")
    assert await audited(town) == ["deduction.proposed"]


async def test_another_admin_decides_with_the_riders_words_before_them(town: TestTown) -> None:
    asker, other, rider = await heard(town)
    assert rider.hears("points.deduct.heard", words="那是我自己的电话")
    assert other.hears("points.deduct.said", words="那是我自己的电话") and other.hears("points.deduct.by", who="李主任")
    assert not asker.hears("points.deduct.decide")

    await other.presses("同意扣分")
    assert await ledger(town, rider) == [
        ("A01", 2, Step.CONFIRMED), ("A04", 1, Step.CONFIRMED), ("E07", -3, Step.CONFIRMED),
    ]  # fmt: skip
    assert await month(town, rider) == 0
    assert rider.hears("points.deduct.agreed_yours", asker="李主任", who="王主任")
    assert rider.last.labels == ["对这一条有异议"]
    assert asker.hears("points.deduct.agreed", who="王主任")
    assert card_is_over(other)
    assert await audited(town) == ["deduction.proposed", "deduction.heard", "deduction.agreed"]

    await rider.presses("对这一条有异议")
    assert rider.hears("ranking.object.ask")


def card_is_over(person: Person) -> bool:
    """The card says how it ended and has lost its buttons."""
    return all("同意扣分" not in shown.labels for shown in person.chat)


async def test_or_declines_and_nothing_is_taken(town: TestTown) -> None:
    asker, other, rider = await heard(town)
    await other.presses("不扣")
    assert await month(town, rider) == 3
    assert rider.hears("points.deduct.declined_yours", asker="李主任", who="王主任")
    assert asker.hears("points.deduct.declined", who="王主任")
    assert await audited(town) == ["deduction.proposed", "deduction.heard", "deduction.declined"]


async def test_who_says_nothing_is_decided_about_after_three_working_days(town: TestTown) -> None:
    _, other, rider = await proposed(town)  # a Monday, 9:00
    await until(town, 26, 8, 59)
    assert not other.hears("points.deduct.decide")
    await until(town, 26, 9, 1)
    assert other.hears("points.deduct.silent")
    await other.presses("同意扣分")
    assert await month(town, rider) == 0


async def test_nobody_decides_before_the_rider_was_heard(town: TestTown) -> None:
    _, other, rider = await proposed(town)
    await other.says("扣分")
    assert other.hears("points.deduct.line_waits", name="李强", code="E07")
    assert other.last.labels == []
    await rider.presses("我要说明")
    await rider.says("那是我自己的电话")
    await other.says("扣分")
    assert other.hears("points.deduct.line_ready", name="李强", code="E07")
    await other.presses("看第 1 件")
    await other.presses("同意扣分", on=card(other))
    assert await month(town, rider) == 0
    await other.says("扣分")
    assert other.hears("points.deduct.none")


async def test_who_proposed_it_does_not_decide_but_may_take_it_back(town: TestTown) -> None:
    asker, other, rider = await heard(town)
    await asker.says("扣分")
    assert asker.last.labels == []  # no way to one's own
    await asker.presses("撤回扣分")
    assert rider.hears("points.deduct.declined_yours", who="李主任")
    assert card_is_over(other)
    assert await month(town, rider) == 3


async def test_the_first_decision_holds(town: TestTown) -> None:
    asker, other, rider = await heard(town)
    third = await town.admin("赵主任")
    await third.says("扣分")
    await third.presses("看第 1 件")
    late = card(third)
    agree = late.rendered.buttons[0].data
    await other.presses("不扣")
    await third.presses_data(agree, late)
    assert await month(town, rider) == 3
    await asker.presses("撤回扣分")
    assert asker.notices[-1] == town.texts.pattern("points.deduct.decided", "zh-CN")


async def test_words_said_later_are_added_and_a_photo_is_a_report(town: TestTown) -> None:
    _, other, rider = await heard(town)
    await rider.presses("我要说明")
    await rider.says("路灯不亮，客运站", photo="dark.jpg")
    assert (await town.case(2)).description
    await rider.says("当天就删了")
    assert other.hears("points.deduct.said", words="那是我自己的电话 当天就删了")
    await other.presses("不扣")
    await rider.presses("我要说明")
    assert rider.notices[-1] == town.texts.pattern("points.deduct.decided", "zh-CN")


async def test_a_fake_report_may_leave_less_than_nothing_to_spend(town: TestTown) -> None:
    _, other, rider = await heard(town, "扣分 李强 E05 0001 摆拍")
    await other.presses("同意扣分")
    async with town.database.read() as tx:
        now = await balances.balance(tx, rider.id, "2026-11")
    assert (now.month, now.spendable) == (-17, -17)
    await rider.says("积分")
    assert rider.hears("points.month_empty") and rider.hears("points.spendable", points=-17)


async def test_other_deductions_leave_nothing_at_worst(town: TestTown) -> None:
    _, other, rider = await heard(town, "扣分 李强 E06 15 逆行被通报")
    await other.presses("同意扣分")
    async with town.database.read() as tx:
        now = await balances.balance(tx, rider.id, "2026-11")
    assert (now.month, now.spendable) == (-12, 0)


async def test_over_the_cap_of_a_month_nothing_more_is_taken(town: TestTown) -> None:
    asker, other, rider = await office(town)
    for index in range(6):
        await asker.says(f"扣分 李强 E07 第{index}次缺席")
        await asker.presses("提出扣分")
        await rider.presses("我要说明")
        await rider.says("有事")
        await other.presses("同意扣分")
    assert [delta for item, delta, _ in await ledger(town, rider) if item == "E07"] == [-3] * 5
    assert other.hears("points.deduct.full") and rider.hears("points.deduct.full_yours")


async def test_with_one_admin_the_asker_hears_what_to_do(town: TestTown) -> None:
    asker, rider = await town.admin("李主任"), await town.rider("李强")
    await asker.says("扣分 李强 E07 缺席")
    await asker.presses("提出扣分")
    await rider.presses("我要说明")
    await rider.says("有事")
    assert asker.hears("points.deduct.alone", name="李强", number=1)
    second = await town.admin("王主任")
    await second.says("扣分")
    await second.presses("看第 1 件")
    await second.presses("同意扣分")
    assert await month(town, rider) == -3


async def test_an_admin_who_rides_does_not_decide_about_oneself(town: TestTown) -> None:
    asker = await town.admin("李主任")
    both = await town.person("李强", Post(Role.ADMIN), Post(Role.RIDER))
    await asker.says("扣分 李强 E07 缺席")
    await asker.presses("提出扣分")
    await both.presses("我要说明")
    await both.says("有事")
    assert asker.hears("points.deduct.alone") and not both.hears("points.deduct.decide")
    await both.says("扣分")
    assert both.last.labels == []


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("扣分 李强", "points.deduct.how"),
        ("扣分 李强 A07 理由", "points.deduct.gives"),
        ("扣分 李强 E04 理由", "points.award.by_itself"),
        ("扣分 李强、赵强 E07 理由", "points.deduct.one_rider"),
        ("扣分 李强 E06 理由", "points.asked.which_figure"),
        ("扣分 李强 E07", "points.asked.why"),
        ("扣分 李主任 E07 理由", "points.asked.no_rider"),
    ],
)
async def test_what_is_not_understood_reaches_nobody(town: TestTown, said: str, key: str) -> None:
    asker, _, rider = await office(town)
    await asker.says(said)
    assert asker.hears(key)
    assert not rider.hears("points.deduct.proposed") and await audited(town) == []


async def test_riders_and_dispatchers_deduct_nothing(town: TestTown) -> None:
    _, _, rider = await office(town)
    for person in (rider, await town.dispatcher("钱主任")):
        await person.says(ASKED)
        assert person.hears("core.not_allowed")
    assert await audited(town) == []
