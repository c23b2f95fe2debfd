"""Feedback: the result in the group and first hand; a rating, a way back, and thanks for everybody."""

import io

from PIL import Image

from bot.domain.case import CaseState
from tests.fake import Shown
from tests.features.acting import POTHOLE, about, accepted, handled, until
from tests.town import TestTown


def drawn(shown: Shown) -> Image.Image:
    assert len(shown.rendered.pictures) == 1
    return Image.open(io.BytesIO(shown.rendered.pictures[0].data))


async def test_the_thanks_name_the_points_of_the_case_and_the_month_and_place(town: TestTown) -> None:
    rider, _ = await handled(town)
    await rider.presses("已修好")
    assert rider.hears("feedback.earned", points=5, month=5, rank=1)
    assert not town.group_hears("feedback.earned")
    await rider.presses("满意")
    assert "+5 分，本月 5 分，第 1 名" in about(rider, "谢谢评价").text


async def test_the_thanks_to_a_guest_name_no_points(town: TestTown) -> None:
    guest, contact = await town.stranger("路人"), await town.contact("housing", "刘工")
    await guest.says(POTHOLE, photo="before.jpg")
    await contact.presses("接收")
    await contact.says("已填平", photo="after.jpg", answers=about(contact, "0001"))
    await guest.presses("已修好")
    assert guest.hears("feedback.closed", number="0001")
    assert not guest.hears("feedback.earned")


async def test_the_closing_is_posted_once_with_its_card(town: TestTown) -> None:
    rider, contact = await handled(town)
    await contact.presses("照片可公开")
    await rider.presses("已修好")
    assert town.group_hears("feedback.group.closed", number="0001")
    assert town.group_hears("feedback.group.done_with_words", place="客运站", words="已填平压实")
    assert town.group_hears("feedback.group.people", agency="住建局")
    assert len(town.group) == 2
    assert town.group[0].labels == []
    assert rider.hears_times("feedback.closed", number="0001") == 1
    assert about(rider, "办结了").labels == ["满意", "基本满意", "不满意", "撤销"]


async def test_photos_stand_in_the_group_only_if_somebody_ticked_them(town: TestTown) -> None:
    rider, _ = await handled(town)
    await rider.presses("已修好")
    unticked = drawn(town.group[-1]).size

    _, contact = rider, await town.contact("urban_mgmt", "王队")
    await rider.says("垃圾成堆，县图书馆", photo="bin.jpg", group=True)
    await contact.presses("接收")
    await contact.says("已清运", photo="clean.jpg", answers=about(contact, "0002"))
    await contact.presses("照片可公开")
    await rider.presses("已修好")
    assert town.group_hears("feedback.group.closed", number="0002")
    assert drawn(town.group[-1]).size[1] > unticked[1]


async def test_it_is_rated_once(town: TestTown) -> None:
    rider, _ = await handled(town)
    await rider.presses("已修好")
    thanks = about(rider, "办结了")
    again = thanks.rendered.buttons[0].data
    await rider.presses("基本满意")
    assert rider.notices[-1] == "谢谢评价。"
    assert thanks.labels == []
    await rider.presses_data(again)
    assert rider.notices[-1] != "谢谢评价。"
    async with town.database.read() as tx:
        assert [row["score"] for row in await tx.all("SELECT score FROM ratings")] == ["fair"]


async def test_whoever_has_not_rated_is_asked_once_more_and_then_left_alone(town: TestTown) -> None:
    rider, _ = await handled(town)  # at 9 o'clock
    await rider.presses("已修好")
    await town.wait(hours=23)
    assert not rider.hears("feedback.rate_again")
    await town.wait(hours=2)
    assert rider.hears_times("feedback.rate_again", number="0001") == 1
    await rider.presses("满意")
    assert rider.last.labels == []
    assert rider.notices[-1] == "谢谢评价。"
    await town.wait(days=5)
    assert rider.hears_times("feedback.rate_again") == 1


async def test_whoever_rated_is_not_asked_again(town: TestTown) -> None:
    rider, _ = await handled(town)
    await rider.presses("已修好")
    await rider.presses("满意")
    await town.wait(days=3)
    assert not rider.hears("feedback.rate_again")


async def test_at_night_the_group_hears_of_a_closing_in_the_morning(town: TestTown) -> None:
    rider, _ = await handled(town)
    await until(town, 23, 23)
    await rider.presses("已修好")
    assert rider.hears("feedback.closed", number="0001")  # who has just written is answered
    assert not town.group_hears("feedback.group.closed")
    await until(town, 24, 7, 1)
    assert town.group_hears("feedback.group.closed", number="0001")


async def test_somebody_else_does_not_rate(town: TestTown) -> None:
    rider, contact = await handled(town)
    await rider.presses("已修好")
    data = about(rider, "办结了").rendered.buttons[0].data
    await contact.presses_data(data)
    async with town.database.read() as tx:
        assert await tx.all("SELECT score FROM ratings") == []


async def test_a_rating_comes_too_late_after_three_days(town: TestTown) -> None:
    rider, _ = await handled(town)
    await rider.presses("已修好")
    data = about(rider, "办结了").rendered.buttons[0].data
    await town.wait(days=2, hours=23)
    await town.wait(hours=2)
    await rider.presses_data(data)
    async with town.database.read() as tx:
        assert await tx.all("SELECT score FROM ratings") == []


async def test_dissatisfied_may_have_it_done_again(town: TestTown) -> None:
    rider, contact = await handled(town)
    await rider.presses("已修好")
    await rider.presses("不满意")
    assert rider.hears("feedback.sorry", number="0001")
    await rider.presses("重新办理")
    case = await town.case(1)
    assert (case.state, case.reopens, case.contact_id) == (CaseState.DISPATCHED, 1, contact.id)
    assert rider.hears("feedback.reopened", number="0001")
    assert town.group_hears("feedback.group.again", number="0001")
    await contact.presses("接收")
    await contact.says("重新铺了", photo="again.jpg", answers=about(contact, "请在"))
    await rider.presses("已修好")
    assert (await town.case(1)).state is CaseState.CLOSED
    assert len(town.group) == 2
    assert "已办结" in town.group[1].text
    # Once is all.
    await rider.says("重开 0001")
    assert rider.hears("case.not_reopenable", number="0001")
    assert (await town.case(1)).state is CaseState.CLOSED


async def test_reopening_ends_after_seven_days_and_is_not_for_strangers(town: TestTown) -> None:
    rider, _ = await handled(town)
    other = await town.rider("钱勇")
    await rider.presses("已修好")
    await other.says("重开 0001")
    assert other.hears("case.unknown", number="0001")
    await town.wait(days=7, minutes=1)
    await rider.says("重开 0001")
    assert rider.hears("case.not_reopenable", number="0001")
    assert (await town.case(1)).state is CaseState.CLOSED


async def test_a_closing_is_taken_back_within_ten_minutes(town: TestTown) -> None:
    rider, _ = await handled(town)
    await rider.presses("已修好")
    await rider.presses("撤销")
    assert (await town.case(1)).state is CaseState.VERIFYING
    assert town.group_hears("feedback.group.recheck", number="0001")
    assert about(rider, "看一眼").labels == ["已修好", "没修好", "没路过"]
    await rider.presses("已修好")
    assert (await town.case(1)).state is CaseState.CLOSED
    assert len(town.group) == 2
    assert "已办结" in town.group[1].text
    undo = next(b.data for b in about(rider, "办结了").rendered.buttons if b.label == "撤销")
    await town.wait(minutes=11)
    await rider.presses_data(undo)
    assert (await town.case(1)).state is CaseState.CLOSED


async def test_another_verifier_takes_it_back_too(town: TestTown) -> None:
    rider, _ = await handled(town)
    other = await town.rider("钱勇")
    await rider.presses("没路过")
    await other.presses("已修好")
    assert other.hears("feedback.noted", number="0001")
    assert "撤销" not in about(rider, "办结了").labels
    await other.presses("撤销")
    assert (await town.case(1)).state is CaseState.VERIFYING


async def test_everybody_who_reported_it_is_thanked(town: TestTown) -> None:
    rider, contact = await accepted(town)
    second = await town.rider("钱勇")
    await second.says(POTHOLE, photo="other.jpg", group=True)
    await second.presses("是同一处")
    await contact.says("好了", photo="after.jpg", answers=about(contact, "请在"))
    await rider.presses("已修好")
    assert rider.hears("feedback.closed", number="0001")
    assert second.hears("feedback.closed", number="0001")
    assert about(second, "0001 办结了").labels == []


async def test_thanks_wait_out_the_meal_peak_of_whoever_did_not_just_write(town: TestTown) -> None:
    rider, _ = await handled(town)
    other = await town.rider("钱勇")
    await rider.presses("没路过")
    await until(town, 23, 11, 30)
    await other.presses("已修好")
    assert (await town.case(1)).state is CaseState.CLOSED
    assert not rider.hears("feedback.closed")
    await until(town, 23, 13, 31)
    assert rider.hears("feedback.closed", number="0001")


async def test_a_rejected_report_is_told_with_its_reason(town: TestTown) -> None:
    rider, _ = await accepted(town)
    office = await town.dispatcher("孙主任")
    await office.says("驳回 0001 不在本县")
    assert rider.hears("feedback.rejected", number="0001", why="不在本县")
    assert not town.group_hears("feedback.group.closed")
