"""Manners that no feature has alone: nobody is disturbed by what can wait, and whoever speaks is answered."""

from bot.domain.case import CaseState
from bot.domain.people import Rank
from tests.features.acting import POTHOLE, about, accepted, handled, until
from tests.town import TestTown

SMALL_ADS = "墙上贴满小广告，客运站"  # P4, urban_mgmt: no card of its own


async def test_news_of_a_case_wait_for_the_end_of_the_meal_peak_and_a_question_about_it_does_not(
    town: TestTown,
) -> None:
    rider, contact = await accepted(town)
    await until(town, 23, 11, 30)
    await contact.says("明天料到", answers=about(contact, "0001"))
    await rider.says("进度 0001")
    assert not rider.hears("handle.progress")
    assert rider.hears("progress.head", number="0001")
    await until(town, 23, 13, 30)
    assert rider.hears("handle.progress", number="0001")


async def test_who_grants_more_time_is_asked_in_the_morning(town: TestTown) -> None:
    _, contact = await accepted(town)
    leader = await town.leader("housing", "孙队")
    await until(town, 23, 21)
    await contact.says("延期 0001 1天 等配件")
    assert contact.hears("handle.requested", number="0001")
    assert leader.chat == []
    await until(town, 24, 8, 30)
    assert leader.hears("handle.extension_asked", number="0001")
    await leader.presses("同意")
    assert contact.hears("handle.extended", number="0001")


async def test_the_office_is_asked_for_a_hold_in_the_morning(town: TestTown) -> None:
    _, contact = await accepted(town)
    office = await town.dispatcher("李主任")
    await until(town, 23, 21)
    await contact.says("挂起 0001 11月27日 等材料")
    assert office.chat == []
    await until(town, 24, 8, 30)
    await office.presses("同意挂起")
    assert (await town.case(1)).state is CaseState.ON_HOLD


async def test_what_a_rider_adds_at_night_reaches_the_contact_in_the_morning(town: TestTown) -> None:
    rider, contact = await accepted(town)
    await until(town, 23, 21)
    await rider.says("就在公厕对面", answers=town.group[0], group=True)
    assert not contact.hears("report.told_contact")
    await until(town, 24, 8, 30)
    assert contact.hears("report.told_contact", number="0001", words="就在公厕对面")


async def test_a_case_that_goes_to_somebody_else_at_night_is_off_the_list_in_the_morning(town: TestTown) -> None:
    rider = await town.rider("赵强")
    first, second = await town.contact("urban_mgmt", "刘工"), await town.contact("urban_mgmt", "高工", Rank.B)
    await rider.says(SMALL_ADS, photo="ads.jpg", group=True)
    await until(town, 24, 8, 41)
    assert first.hears("deadlines.list.morning_calm") or first.hears("deadlines.list.morning")
    await until(town, 24, 21)
    leader = await town.leader("urban_mgmt", "孙队")
    await until(town, 25, 15)
    await leader.presses("换人办理")
    await until(town, 25, 21)
    await leader.presses("高工")
    assert (await town.case(1)).contact_id == second.id
    assert not first.hears("dispatch.taken_off")
    await until(town, 26, 8, 30)
    assert first.hears("dispatch.taken_off", number="0001")


async def test_a_report_that_is_not_taken_up_at_night_is_off_the_list_in_the_morning(town: TestTown) -> None:
    _, contact = await accepted(town, POTHOLE)
    office = await town.dispatcher("李主任")
    await until(town, 23, 21)
    await office.says("驳回 0001 重复上报")
    assert (await town.case(1)).state is CaseState.REJECTED
    assert not contact.hears("dispatch.over")
    await until(town, 24, 8, 30)
    assert contact.hears("dispatch.over", number="0001")


async def test_a_repair_that_nobody_can_look_at_is_the_matter_of_the_office_in_the_morning(town: TestTown) -> None:
    rider, _ = await handled(town)
    office = await town.dispatcher("李主任")
    await until(town, 23, 21)
    await rider.presses("没路过")
    assert not office.hears("verify.nobody")
    await until(town, 24, 8, 30)
    assert office.hears("verify.nobody", number="0001")


async def test_who_rates_in_the_meal_peak_is_not_asked_after_it(town: TestTown) -> None:
    rider, _ = await handled(town)
    await until(town, 23, 12)
    await rider.presses("已修好")
    assert rider.hears("feedback.closed", number="0001")
    await until(town, 24, 12, 30)  # a day later the question waits for the end of the peak
    before = len(rider.chat)
    await rider.presses("满意")
    await until(town, 24, 14)
    assert len(rider.chat) == before
