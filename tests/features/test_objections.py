"""「申诉」: a line says what is wrong, somebody else answers in three working days, and the month follows."""

from datetime import UTC, datetime

import pytest

from bot.domain.ledger import Step
from bot.domain.people import MemberId, Post, Role
from handlers.ranking.rules import Counting, written
from storage import members, months, objections, timers
from storage.months import MonthState
from storage.objections import Objection, ObjectionState
from tests.features.acting import POTHOLE, about
from tests.features.month import (
    DECEMBER,
    NOVEMBER,
    balance,
    booked,
    drafted,
    earns,
    lines_of,
    month_of,
    published,
    standing,
    until,
)
from tests.features.test_points import close, ledger
from tests.town import Person, TestTown


async def objection(town: TestTown, number: int = 1) -> Objection:
    async with town.database.read() as tx:
        return await objections.get(tx, number)


async def objects(town: TestTown, rider: Person, entry: int, words: str) -> None:
    """Press the button that stands on a line of the ledger, and say what is wrong."""
    await rider.says("明细 11月")
    async with town.database.read() as tx:
        later = await tx.one(
            "SELECT count(*) AS n FROM points WHERE member_id = :member AND id >= :entry AND of_id IS NULL"
            " AND period = :period",
            member=rider.id,
            entry=entry,
            period=NOVEMBER,
        )
    await rider.presses(f"{later['n']} 有异议")
    assert rider.hears("ranking.object.ask")
    await rider.says(words)


async def test_an_objection_names_who_answers_until_when_and_shows_what_it_is_about(town: TestTown) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await rider.says("申诉")
    assert rider.hears("ranking.object.ask")
    await rider.says("0112 少记 3 分")
    assert rider.hears("ranking.object.noted", words="0112 少记 3 分")
    assert rider.hears("ranking.object.will_answer", who="李主任", due=(await objection(town)).due_at)
    assert rider.last.labels == ["补充说明", "撤回申诉"]
    assert admin.hears("ranking.decide.head", name="赵强")
    assert admin.hears("ranking.decide.words", words="0112 少记 3 分")
    assert admin.last.labels == ["更正", "维持"]


async def test_a_month_is_answered_rather_by_somebody_who_wrote_nothing_into_it(town: TestTown) -> None:
    admin, other, rider = await town.admin("李主任"), await town.admin("王主任"), await town.rider("赵强")
    await admin.says("加分 赵强 A07 已查实")
    await admin.presses("确认加分")
    await rider.says("申诉 少记 3 分")
    assert other.hears("ranking.decide.head", name="赵强") and not admin.hears("ranking.decide.head")


async def test_more_can_be_said_and_all_be_taken_back(town: TestTown) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await rider.says("申诉 0112 少记 3 分")
    await rider.presses("补充说明")
    await rider.says("有照片，编号 0112")
    assert (await objection(town)).words == "0112 少记 3 分 有照片，编号 0112"
    assert admin.hears("ranking.decide.more")
    await rider.says("申诉 还有 0113")  # the same month, which is open: it is one objection
    assert (await objection(town)).words.endswith("还有 0113")

    await rider.presses("撤回申诉")
    assert (await objection(town)).state is ObjectionState.WITHDRAWN
    assert about(admin, "骑手已撤回").labels == []
    await admin.presses("维持")
    assert "已经答复或撤回" in admin.notices[-1]
    await rider.presses("补充说明")
    assert "已经答复" in rider.notices[-1]


async def test_an_objection_that_is_dismissed_is_told_with_its_reason(town: TestTown) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await earns(town, rider, "A01")
    await published(town, admin)
    await rider.presses("申诉")
    await rider.says("0112 少记 3 分")
    await admin.presses("维持")
    await admin.says("0112 是别人先报的")
    assert rider.hears("ranking.decide.kept", who="李主任")
    assert rider.hears("ranking.decide.because", words="0112 是别人先报的")
    assert (await objection(town)).state is ObjectionState.DISMISSED
    assert (await month_of(town)).version == 1
    assert not town.group_hears("ranking.shown.corrected")


async def test_upheld_before_the_month_is_settled_it_makes_a_new_version_and_one_correction(town: TestTown) -> None:
    admin = await town.admin("李主任")
    first, second = await town.rider("赵强"), await town.rider("李晓梅")
    await earns(town, first, "A02")
    await earns(town, second, "A01", "A04")
    await published(town, admin)
    assert await standing(town, first, second) == {"赵强": (1, 9), "李晓梅": (2, 8)}
    old, hash_before = await lines_of(town), (await month_of(town)).hash

    await second.presses("申诉")
    await second.says("0112 少记 2 分")
    await admin.presses("更正")
    assert admin.hears("ranking.decide.how_month")
    await admin.says("A01 2 漏记了")
    assert second.hears("ranking.decide.added", delta="+2")
    assert second.hears("ranking.decide.new_version")
    assert second.hears("ranking.decide.because", words="漏记了")
    await town.work_off()

    assert await standing(town, first, second) == {"李晓梅": (1, 10), "赵强": (2, 9)}
    assert await lines_of(town, version=1) == old
    found = await month_of(town)
    assert (found.version, found.state) == (2, MonthState.PUBLICITY)
    assert found.hash != hash_before
    assert (await balance(town, second, DECEMBER)).month == 0
    assert sum("有更正" in message.text for message in town.group) == 1

    await until(town, 12, 4, 9, 1)
    assert (await month_of(town)).state is MonthState.FINAL
    assert [points for points, *_ in await booked(town, second, "E02")] == [30]


async def test_upheld_in_the_draft_nobody_outside_hears_of_versions(town: TestTown) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await earns(town, rider, "A01")
    await drafted(town)
    await rider.says("申诉 少记一件")
    await admin.presses("更正")
    await admin.says("A01 2 A04 1 漏记")
    await town.work_off()
    assert await standing(town, rider) == {"赵强": (1, 10)}
    assert not town.group_hears("ranking.shown.corrected")
    await admin.presses("发布")
    assert town.group_hears("ranking.shown.head")


async def test_upheld_after_the_month_is_settled_it_counts_in_the_next(town: TestTown) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await earns(town, rider, "A01")
    await published(town, admin)
    await until(town, 12, 4, 9, 30)
    settled = await month_of(town)
    await rider.says("申诉 11月 少记一件")
    await admin.presses("更正")
    await admin.says("A02 4 漏记")
    await town.work_off()
    assert rider.hears("ranking.decide.next_month")
    assert await month_of(town) == settled
    assert (await balance(town, rider, DECEMBER)).month == 4
    await until(town, 12, 10, 9)
    await rider.says("申诉 11月 又想起一件")
    assert rider.hears("ranking.object.too_late")


async def test_an_open_objection_keeps_the_month_open(town: TestTown) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await earns(town, rider, "A01")
    await published(town, admin)
    await until(town, 12, 3, 16)
    await rider.presses("申诉")
    await rider.says("少记一件")
    await until(town, 12, 7, 10)
    assert (await month_of(town)).state is MonthState.PUBLICITY
    await admin.presses("维持")
    await admin.says("查过，没有漏")
    await until(town, 12, 8, 9, 1)
    assert (await month_of(town)).state is MonthState.FINAL


async def test_a_line_is_answered_by_somebody_who_had_no_hand_in_it(town: TestTown) -> None:
    booker, other, rider = await town.admin("李主任"), await town.admin("王主任"), await town.rider("赵强")
    (entry,) = await earns(town, rider, "B07", by=booker.id, reason="建议被采纳")
    await objects(town, rider, entry, "应该是重大隐患")
    assert not booker.hears("ranking.decide.head")
    assert other.hears("ranking.decide.head")
    assert other.hears("ranking.decide.by", who="李主任")
    assert other.hears("ranking.decide.reason", words="建议被采纳")
    assert rider.hears("ranking.object.will_answer", who="王主任")

    card = about(other, "应该是重大隐患")
    for label in ("更正", "维持"):
        data = next(button.data for button in card.rendered.buttons if button.label == label)
        await booker.presses_data(data, card)
    assert (await objection(town)).state is ObjectionState.OPEN


async def test_where_nobody_may_answer_the_admins_hear_what_to_do(town: TestTown) -> None:
    only, rider = await town.admin("李主任"), await town.rider("赵强")
    (entry,) = await earns(town, rider, "B07", by=only.id, reason="建议被采纳")
    await objects(town, rider, entry, "应该是重大隐患")
    assert only.hears("ranking.decide.nobody", name="赵强")
    assert rider.hears("ranking.object.nobody_yet")
    second = await town.person("王主任")
    async with town.database.write() as tx:
        await members.add_post(tx, second.id, Post(Role.ADMIN), town.clock.now(), MemberId(1))
    await until(town, 11, 26, 9, 1)
    assert second.hears("ranking.decide.over")
    await second.presses("维持")
    await second.says("按细则是建议")
    assert (await objection(town)).state is ObjectionState.DISMISSED


async def test_reminders_come_before_the_time_is_up_and_then_to_all(town: TestTown) -> None:
    asked, other, rider = await town.admin("李主任"), await town.admin("王主任"), await town.rider("赵强")
    await rider.says("申诉 少记一件")  # Monday 9:00: due on Thursday at 9:00
    await until(town, 11, 25, 9, 1)
    assert asked.hears_times("ranking.decide.soon") == 1
    assert not other.hears("ranking.decide.soon")
    await until(town, 11, 27, 9, 1)
    assert asked.hears_times("ranking.decide.over") == other.hears_times("ranking.decide.over") == 2
    assert asked.hears_times("ranking.decide.until_over") == 2  # a time that has gone by is not asked for
    await other.presses("维持")
    await other.says("查过")
    await until(town, 11, 30, 9, 1)
    assert asked.hears_times("ranking.decide.over") == 2


@pytest.mark.parametrize(
    ("item", "answer", "month", "rows"),
    [
        ("E07", "通报有误", 2, [(-3, "confirmed", NOVEMBER), (3, "reversed", NOVEMBER)]),
        ("A01", "A03 8 应为特急", 10, [(2, "confirmed", NOVEMBER), (-2, "reversed", NOVEMBER)]),
    ],
)
async def test_a_line_is_taken_back_or_put_in_order(
    town: TestTown, item: str, answer: str, month: int, rows: list[tuple[int, str, str]]
) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await earns(town, rider, "A01")
    (entry,) = await earns(town, rider, item) if item != "A01" else (1,)
    if item == "A01":
        await earns(town, rider, "A01")
    await objects(town, rider, entry, "不对")
    await admin.presses("更正")
    await admin.says(answer)
    assert (await booked(town, rider, item))[-1] == rows[-1]
    assert (await balance(town, rider)).month == month


async def test_a_line_that_waits_is_confirmed(town: TestTown) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    (entry,) = await earns(town, rider, "B02", waits=True)
    await objects(town, rider, entry, "还没确认")
    await admin.presses("更正")
    await admin.says("照片看过了")
    assert rider.hears("ranking.decide.confirmed", delta="+2")
    assert (await balance(town, rider)).month == 2


async def test_a_deduction_taken_back_brings_the_clean_month(town: TestTown) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await earns(town, rider, "A02")
    (entry,) = await earns(town, rider, "E07")
    await published(town, admin)
    assert await standing(town, rider) == {"赵强": (1, 1)}
    await objects(town, rider, entry, "没有违规")
    await admin.presses("更正")
    await admin.says("通报有误")
    await town.work_off()
    assert await standing(town, rider) == {"赵强": (1, 9)}


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("漏记了", "what"),
        ("A01 2", "why"),
        ("Z99 2 漏记", "what"),
        ("A77 2 漏记", "no_item"),
        ("A01 3 漏记", "not_worth"),
        ("A01 2 " * 6 + "漏记", "too_many"),
    ],
)
async def test_an_answer_that_cannot_be_booked_is_asked_for_again(town: TestTown, said: str, key: str) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await rider.says("申诉 少记一件")
    await admin.presses("更正")
    await admin.says(said)
    assert admin.hears(f"ranking.correct.{key}")
    assert (await objection(town)).state is ObjectionState.OPEN
    await admin.says("A01 2 漏记")
    assert (await objection(town)).state is ObjectionState.UPHELD


async def test_a_cap_that_is_reached_leaves_nothing_to_correct(town: TestTown) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await earns(town, rider, *["A01"] * 5)
    await rider.says("申诉 少记一件")
    await admin.presses("更正")
    await admin.says("A01 2 漏记")
    assert admin.hears("ranking.correct.no_room")
    assert (await objection(town)).state is ObjectionState.OPEN


async def test_a_report_in_between_is_a_report(town: TestTown) -> None:
    await town.admin("李主任")
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says("申诉")
    await rider.says("路上有个大坑，客运站", photo="hole.jpg")
    assert (await town.case(1)).description
    await rider.says("0112 少记 3 分")
    assert (await objection(town)).words == "0112 少记 3 分"


async def test_ones_own_lines_and_months_that_are(town: TestTown) -> None:
    await town.admin("李主任")
    rider, other = await town.rider("赵强"), await town.rider("李晓梅")
    await earns(town, other, "A01")
    await rider.says("申诉 12月 少记")
    assert rider.hears("ranking.object.too_late")  # December of last year
    await rider.says("申诉 2027-03 少记")
    assert rider.hears("ranking.object.too_early")


async def test_an_objection_that_is_upheld_while_the_month_is_counted_is_in_the_next_version(town: TestTown) -> None:
    """The clean month is booked once, whoever comes first, and the line that was written too early is made anew."""
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await earns(town, rider, "A02")
    (entry,) = await earns(town, rider, "E07")
    await objects(town, rider, entry, "没有违规")
    town.clock.move(datetime(2026, 12, 1, 1, 0, tzinfo=UTC))
    async with town.database.write() as tx:
        await months.begin(tx, NOVEMBER, written(Counting(version=1)))
        await timers.set_timer(tx, "ranking.freeze", NOVEMBER, town.clock.now())
    await admin.presses("更正")
    await admin.says("通报有误")
    await town.wait(seconds=30)
    assert await booked(town, rider, "E01") == [(5, "confirmed", NOVEMBER)]
    assert await standing(town, rider) == {"赵强": (1, 9)}
    assert (await month_of(town)).version == 2


async def held_report(town: TestTown) -> tuple[Person, Person, Person]:
    """An admin, a rider whose report waits for a person, as its photo was somebody else's before, and the contact."""
    admin, contact, rider = await town.admin("李主任"), await town.contact("housing", "刘工"), await town.rider("赵强")
    await (await town.rider("李晓梅")).says("路灯不亮，客运站", photo="hole.jpg")
    await rider.says(POTHOLE, photo="hole.jpg")
    return admin, rider, contact


async def test_a_held_line_that_an_objection_confirms_waits_no_longer(town: TestTown) -> None:
    """And what waited with it counts, too: nobody is asked about the report again."""
    admin, rider, _ = await held_report(town)
    await rider.says("明细")
    await rider.presses("2 有异议")
    await rider.says("照片是我自己拍的")
    await admin.presses("更正")
    await admin.says("核对过了，是他拍的")
    assert await ledger(town, rider) == [("A01", 2, Step.CONFIRMED), ("A04", 1, Step.CONFIRMED)]
    await admin.says("待确认")
    assert admin.hears("points.pending.none")


async def test_a_report_that_counts_after_all_is_paid_when_it_closes(town: TestTown) -> None:
    """A person had said that it does not count; the objection to that was upheld."""
    admin, rider, contact = await held_report(town)
    other = await town.admin("王主任")
    await admin.says("待确认")
    await admin.presses("1 不算")
    await rider.presses("对这一条有异议")
    await rider.says("照片是我自己拍的")
    await other.presses("更正")
    await other.says("核对过了，是他拍的")
    await close(town, rider, contact)
    assert ("A05", 2, Step.CONFIRMED) in await ledger(town, rider)
