"""Handle: one reply with a photo and a line; a question, more time, a hold; nobody else's hands."""

from datetime import timedelta

import pytest

from bot.domain.case import CaseState, Resolution
from bot.domain.people import Rank
from storage import members, photos
from storage.photos import PhotoKind
from tests.features.acting import GARBAGE, POTHOLE, about, accepted, handled, until
from tests.town import TestTown


async def repair_photos(town: TestTown) -> int:
    case = await town.case(1)
    async with town.database.read() as tx:
        return len(await photos.list_of_case(tx, case.id, PhotoKind.REPAIR))


async def test_a_photo_and_a_line_in_reply_to_the_card(town: TestTown) -> None:
    rider, contact = await handled(town)
    case = await town.case(1)
    assert (case.resolution, case.repair_note, case.handler_id) == (Resolution.RESOLVED, "已填平压实", contact.id)
    assert await repair_photos(town) == 1
    assert contact.hears("handle.booked", number="0001")
    assert rider.hears("verify.request.own", number="0001")


async def test_by_button_and_the_next_message(town: TestTown) -> None:
    _, contact = await accepted(town)
    await contact.presses("已处理")
    assert contact.hears("handle.send_result", number="0001")
    await contact.says("已填平", photo="after.jpg")
    case = await town.case(1)
    assert (case.state, case.repair_note) == (CaseState.VERIFYING, "已填平")


async def test_what_was_mended_at_once_needs_no_acceptance(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await contact.presses("已处理")
    await contact.says("已填平", photo="after.jpg")
    case = await town.case(1)
    assert case.state is CaseState.VERIFYING
    assert case.accepted_at == case.handled_at


async def test_words_alone_ask_for_the_photo_and_keep_the_words(town: TestTown) -> None:
    _, contact = await accepted(town)
    await contact.presses("已处理")
    await contact.says("已填平")
    assert contact.hears("handle.photo_wanted", number="0001")
    assert (await town.case(1)).state is CaseState.ACCEPTED
    await contact.says(photo="after.jpg")
    case = await town.case(1)
    assert (case.state, case.repair_note) == (CaseState.VERIFYING, "已填平")


async def test_no_photo_is_possible(town: TestTown) -> None:
    _, contact = await accepted(town)
    await contact.presses("已处理")
    await contact.says("已填平")
    await contact.presses("没法拍照")
    case = await town.case(1)
    assert (case.state, case.repair_note) == (CaseState.VERIFYING, "已填平")
    assert await repair_photos(town) == 0


@pytest.mark.parametrize(
    ("label", "resolution"),
    [
        ("现场没找到", Resolution.NOT_FOUND),
        ("已解释说明", Resolution.EXPLAINED),
        ("暂时没法修", Resolution.UNFIXABLE),
    ],
)
async def test_it_may_end_otherwise_with_one_line(town: TestTown, label: str, resolution: Resolution) -> None:
    rider, contact = await accepted(town)
    await contact.presses("已处理")
    await contact.presses(label)
    assert contact.hears("handle.say_why", number="0001")
    await contact.says(at=(46.9, 130.4))  # no word
    assert contact.hears("handle.empty")
    assert (await town.case(1)).state is CaseState.ACCEPTED
    await contact.says("沿路找了两遍")
    case = await town.case(1)
    assert (case.state, case.resolution) == (CaseState.VERIFYING, resolution)
    await rider.presses("已修好")
    assert rider.hears("feedback.closed_otherwise", number="0001")


async def test_all_parts_of_an_album_are_the_result(town: TestTown) -> None:
    _, contact = await accepted(town)
    await contact.presses("已处理")
    await contact.says(photo="1.jpg", album="b")
    await contact.says("已填平", photo="2.jpg", album="b")
    case = await town.case(1)
    assert (case.state, case.repair_note) == (CaseState.VERIFYING, "已填平")
    assert await repair_photos(town) == 2
    await contact.says(photo="3.jpg", answers=about(contact, "已登记"))
    assert await repair_photos(town) == 3
    assert contact.hears("handle.photo_added", number="0001")
    async with town.database.read() as tx:
        assert (await tx.one("SELECT count(*) AS n FROM cases"))["n"] == 1


async def test_progress_in_words_reaches_the_reporter_without_numbers(town: TestTown) -> None:
    rider, contact = await accepted(town)
    await contact.says("下午到现场，问老张13812345678", answers=about(contact, "0001"))
    assert rider.hears("handle.progress", number="0001", agency="住建局")
    assert contact.hears("handle.progress_noted", number="0001")
    assert all("13812345678" not in shown.text for shown in rider.chat)
    assert (await town.case(1)).state is CaseState.ACCEPTED


async def test_progress_waits_out_the_riders_meal_peak(town: TestTown) -> None:
    rider, contact = await accepted(town)
    await until(town, 23, 11, 20)
    await contact.says("下午到现场", answers=about(contact, "0001"))
    assert not rider.hears("handle.progress")
    await until(town, 23, 13, 31)
    assert rider.hears("handle.progress", number="0001")


async def test_nothing_is_said_about_a_closed_case(town: TestTown) -> None:
    rider, contact = await handled(town)
    await rider.presses("已修好")
    await contact.says("又去看了", answers=about(contact, "已登记"))
    assert contact.hears("case.not_now", number="0001")
    assert not rider.hears("handle.progress")


async def test_a_question_stops_the_clock_until_the_rider_answers(town: TestTown) -> None:
    rider, contact = await accepted(town)  # Monday 9:00; 3wd, due Thursday 9:00
    due = (await town.case(1)).resolve_due
    assert due is not None
    await contact.presses("问骑手")
    await contact.says("是在东门还是西门？")
    assert (await town.case(1)).state is CaseState.NEED_INFO
    assert rider.hears("handle.question", number="0001")
    await until(town, 24, 9)  # one working day later
    await rider.says("西门", answers=about(rider, "想问"))
    case = await town.case(1)
    assert (case.state, case.resume_state) == (CaseState.ACCEPTED, None)
    assert case.resolve_due == due + timedelta(days=1)
    assert contact.hears("report.told_contact", words="西门")


async def test_an_empty_question_is_not_put(town: TestTown) -> None:
    rider, contact = await accepted(town)
    await contact.presses("问骑手")
    await contact.says(at=(46.9, 130.4))
    assert contact.hears("handle.empty")
    assert not rider.hears("handle.question")


# -- more time


async def test_an_extension_is_asked_for_and_granted_once_however_often_it_is_pressed(town: TestTown) -> None:
    leader = await town.leader("housing", "分管陈")
    rider, contact = await accepted(town)
    due = (await town.case(1)).resolve_due
    await contact.presses("需要延期")
    await contact.presses("延期 1 天")
    await contact.says("等配件")
    assert leader.hears("handle.extension_asked", number="0001", days=1, why="等配件")
    grant = next(b.data for b in about(leader, "申请延期").rendered.buttons if b.label == "同意")
    await leader.presses_data(grant)
    await leader.presses_data(grant)
    case = await town.case(1)
    assert case.extensions == 1
    assert due is not None and case.resolve_due == due + timedelta(days=1)
    assert rider.hears("handle.extended_reporter", number="0001", why="等配件")
    assert contact.hears("handle.extended", number="0001")
    assert about(leader, "已同意延期").labels == []


async def test_an_extension_is_denied(town: TestTown) -> None:
    leader = await town.leader("housing", "分管陈")
    _, contact = await accepted(town)
    before = await town.case(1)
    await contact.says("延期 0001 3天 等配件")
    await leader.presses("不同意")
    assert contact.hears("handle.denied", number="0001")
    assert (await town.case(1)).resolve_due == before.resolve_due
    assert about(leader, "没有同意").labels == []


async def test_an_extension_without_a_reason_is_answered_by_an_example(town: TestTown) -> None:
    await town.leader("housing", "分管陈")
    _, contact = await accepted(town)
    for words in ("延期 0001", "延期 0001 1天", "延期 0001 0天 等配件"):
        await contact.says(words)
    assert contact.hears_times("handle.extension_example", number="0001") == 3


async def test_a_third_extension_is_refused(town: TestTown) -> None:
    leader = await town.leader("housing", "分管陈")
    _, contact = await accepted(town)
    for n in range(2):
        await contact.says(f"延期 0001 1天 原因{n}")
        await leader.presses("同意")
    assert (await town.case(1)).extensions == 2
    await contact.says("延期 0001 1天 还要")
    assert contact.hears("case.not_extendable", number="0001")


async def test_a_critical_case_is_never_extended(town: TestTown) -> None:
    await town.leader("fire", "分管陈")
    _, contact = await accepted(town, "着火了，客运站", "fire")
    await contact.presses("需要延期")
    assert contact.notices[-1].startswith("这件不能再延期")
    assert not contact.hears("handle.how_long")


async def test_an_extension_that_nobody_could_grant_is_said_so(town: TestTown) -> None:
    _, contact = await accepted(town)
    await contact.says("延期 0001 1天 等配件")
    assert contact.hears("handle.nobody_decides")
    assert not contact.hears("handle.requested")


async def test_an_extension_is_never_longer_than_the_first_limit(town: TestTown) -> None:
    leader = await town.leader("housing", "分管陈")
    _, contact = await accepted(town)
    due = (await town.case(1)).resolve_due
    await contact.says("延期 0001 30天 等配件")
    await leader.presses("同意")
    case = await town.case(1)
    assert due is not None and case.resolve_due is not None
    assert case.resolve_due - due == timedelta(days=5)  # 3wd from Thursday, over a weekend


async def test_somebody_of_another_agency_asks_for_nothing(town: TestTown) -> None:
    leader = await town.leader("housing", "分管陈")
    await accepted(town)
    other = await town.contact("urban_mgmt", "王队")
    await other.says("延期 0001 1天 等配件")
    assert other.hears("case.unknown", number="0001")
    assert leader.chat == []


async def test_a_leader_whom_nothing_reaches_leaves_it_to_the_office(town: TestTown) -> None:
    leader, office = await town.leader("housing", "分管陈"), await town.dispatcher("孙主任")
    _, contact = await accepted(town)
    async with town.database.write() as tx:
        account = (await members.accounts(tx, leader.id))[0]
        await members.set_unreachable(tx, account.space, account.id, town.clock.now())
    await contact.says("延期 0001 1天 等配件")
    assert office.hears("handle.extension_asked", number="0001")
    assert not leader.hears("handle.extension_asked")


async def test_the_reason_is_taken_also_in_reply_to_the_question(town: TestTown) -> None:
    leader = await town.leader("housing", "分管陈")
    rider, contact = await accepted(town)
    await contact.presses("需要延期")
    await contact.presses("延期 1 天")
    await contact.says("等配件", answers=about(contact, "用一句话说明原因"))
    assert leader.hears("handle.extension_asked", number="0001", days=1, why="等配件")
    assert not rider.hears("handle.progress")


async def test_another_ending_is_said_so_to_the_rider_and_the_group(town: TestTown) -> None:
    rider, contact = await accepted(town)
    await contact.presses("已处理")
    await contact.presses("暂时没法修")
    await contact.says("要等开春", answers=about(contact, "用一句话说明情况"))
    assert (await town.case(1)).resolution is Resolution.UNFIXABLE
    assert rider.hears("verify.request.otherwise", number="0001")
    assert not rider.hears("verify.request.own")
    await rider.presses("已修好")
    assert town.group_hears("feedback.group.answered", number="0001")
    assert not town.group_hears("feedback.group.closed")


# -- hold


async def test_a_hold_needs_a_date_and_ends_on_it(town: TestTown) -> None:
    rider, contact = await accepted(town)
    office = await town.dispatcher("孙主任")
    due = (await town.case(1)).resolve_due
    await office.says("挂起 0001 等材料")
    assert office.hears("case.no_review_date")
    await office.says("挂起 0001 11月25日 等材料")
    assert (await town.case(1)).state is CaseState.ON_HOLD
    assert rider.hears("handle.hold_told", number="0001", why="等材料")
    assert contact.hears("handle.hold_told", number="0001")
    await until(town, 25, 8, 29)
    assert (await town.case(1)).state is CaseState.ON_HOLD
    await until(town, 25, 8, 31)
    case = await town.case(1)
    assert case.state is CaseState.ACCEPTED
    assert contact.hears("handle.review", number="0001")
    # Held from Monday 9:00 to Wednesday 8:30: not quite two working days.
    assert due is not None and case.resolve_due is not None
    assert due + timedelta(days=1) < case.resolve_due <= due + timedelta(days=4)


async def test_a_contact_asks_for_a_hold_and_the_office_decides(town: TestTown) -> None:
    rider, contact = await accepted(town)
    office = await town.dispatcher("孙主任")
    await contact.says("挂起 0001 等材料")
    assert contact.hears("handle.hold_example", number="0001")
    await contact.says("挂起 0001 11月25日 等材料")
    assert (await town.case(1)).state is CaseState.ACCEPTED
    assert contact.hears("handle.hold_requested", number="0001")
    assert office.hears("handle.hold_asked", number="0001", who="刘工", why="等材料")
    await office.presses("不同意")
    assert contact.hears("handle.hold_denied", number="0001")
    assert about(office, "不挂起").labels == []
    await contact.says("挂起 0001 11月25日 等材料")
    await office.presses("同意挂起")
    assert (await town.case(1)).state is CaseState.ON_HOLD
    assert rider.hears("handle.hold_told", number="0001", why="等材料")
    await contact.says("恢复 0001")
    assert (await town.case(1)).state is CaseState.ACCEPTED


async def test_an_extension_is_asked_for_before_the_limit(town: TestTown) -> None:
    _, contact = await accepted(town)
    leader = await town.leader("housing", "孙队")
    await contact.says("延期 0001 1天 等配件")
    assert leader.hears("handle.extension_asked", number="0001", days=1)
    due = (await town.case(1)).resolve_due
    assert due is not None
    await town.wait(seconds=(due - town.clock.now()).total_seconds() + 60)
    await contact.says("延期 0001 1天 等配件")
    assert contact.hears("handle.too_late", number="0001", due=due)
    await leader.presses("同意")  # what was asked for in time may be granted later
    assert (await town.case(1)).extensions == 1


# -- undo, publication, strangers


async def test_undo_within_ten_minutes(town: TestTown) -> None:
    rider, contact = await handled(town)
    await contact.presses("撤销")
    case = await town.case(1)
    assert (case.state, case.handler_id) == (CaseState.ACCEPTED, None)
    assert about(rider, "0001").labels == []
    await contact.says("好了", photo="again.jpg", answers=about(contact, "已登记"))
    undo = next(b.data for b in about(contact, "已登记").rendered.buttons if b.label == "撤销")
    await town.wait(minutes=11)
    await contact.presses_data(undo)
    assert (await town.case(1)).state is CaseState.VERIFYING


async def test_photos_are_made_public_only_where_they_may_be(town: TestTown) -> None:
    _, contact = await handled(town)
    await contact.presses("照片可公开")
    assert (await town.case(1)).photos_public_at is not None


async def test_the_tick_holds_also_when_somebody_else_is_asked_to_look(town: TestTown) -> None:
    rider, contact = await handled(town)
    await town.rider("钱勇")
    tick = next(b.data for b in about(contact, "已登记").rendered.buttons if b.label == "照片可公开")
    await rider.presses("没路过")
    await contact.presses_data(tick)
    assert (await town.case(1)).photos_public_at is not None


@pytest.mark.parametrize(
    ("words", "agency"), [("春来饺子馆后厨脏", "market_reg"), ("机动车违停，客运站东门", "traffic_police")]
)
async def test_no_tick_is_offered_for_sensitive_cases_and_plates(town: TestTown, words: str, agency: str) -> None:
    _, contact = await accepted(town, words, agency)
    await contact.says("已处理", photo="after.jpg", answers=about(contact, "0001"))
    assert contact.hears("handle.booked", number="0001")
    assert "照片可公开" not in about(contact, "已登记").labels


async def test_strangers_handle_nothing(town: TestTown) -> None:
    _, contact = await accepted(town)
    stranger, other = await town.stranger("路人"), await town.contact("urban_mgmt", "王队")
    for person in (stranger, other):
        await person.says("好了", photo="fake.jpg", group=True, answers=town.group[0])
        await person.says("已处理 0001")
    assert (await town.case(1)).state is CaseState.ACCEPTED
    assert await repair_photos(town) == 0
    deputy = await town.contact("housing", "齐工", Rank.B)
    await deputy.says("好了", photo="after.jpg", group=True, answers=town.group[0])
    assert (await town.case(1)).handler_id == deputy.id
    assert len(town.group) == 1
    assert contact.name


async def test_a_repair_of_the_urban_agency_names_its_agency(town: TestTown) -> None:
    rider, contact = await accepted(town, GARBAGE, "urban_mgmt")
    await contact.says("在路上", answers=about(contact, "0001"))
    assert rider.hears("handle.progress", agency="城管局")


async def test_a_photo_that_quotes_nothing_is_the_result_of_the_one_case_in_hand(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("路上有个大坑，客运站", photo="hole.jpg", group=True)
    await contact.presses("接收")
    await contact.says("坑已填平", photo="after.jpg")
    case = await town.case(1)
    assert (case.state, case.repair_note) == (CaseState.VERIFYING, "坑已填平")


async def test_a_photo_of_a_contact_with_nothing_in_hand_is_a_report(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("路上有个大坑，客运站", photo="hole.jpg", group=True)
    await contact.says("路灯不亮，县图书馆", photo="lamp.jpg")
    assert (await town.case(1)).state is CaseState.DISPATCHED, "not accepted yet, so not in hand"
    assert (await town.case(2)).reporter_id == contact.id


async def test_with_several_in_hand_the_photo_is_kept_and_one_tap_says_whose_it_is(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    for words in ("路上有个大坑，客运站", "路灯不亮，县图书馆"):
        await rider.says(words, photo=f"{words}.jpg", group=True)
        await contact.presses("接收")
    await contact.says("灯已换好", photo="lamp.jpg")
    assert contact.hears("handle.which")
    await contact.presses("0002 路灯不亮")
    assert (await town.case(1)).state is CaseState.ACCEPTED
    case = await town.case(2)
    assert (case.state, case.repair_note) == (CaseState.VERIFYING, "灯已换好")


async def test_a_mere_nod_is_not_taken_as_the_result(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("路上有个大坑，客运站", photo="hole.jpg", group=True)
    await contact.presses("接收")
    await contact.presses("已处理")
    await contact.says("收到")
    assert contact.hears("handle.still_waiting", number="0001")
    await contact.says("坑已填平", photo="after.jpg")
    assert (await town.case(1)).repair_note == "坑已填平"


async def test_the_tick_shows_on_its_message_and_is_offered_for_photos_only(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("路上有个大坑，客运站", photo="hole.jpg", group=True)
    await contact.presses("接收")
    await contact.says("坑已填平", photo="after.jpg")
    await contact.presses("照片可公开")
    assert contact.hears("handle.now_public")
    assert not any("照片可公开" in shown.labels for shown in contact.chat)
    await rider.says("路灯不亮，县图书馆", photo="lamp.jpg", group=True)
    await contact.presses("接收")
    await contact.presses("已处理")
    await contact.presses("暂时没法修")
    await contact.says("配件下月到货")
    assert (await town.case(2)).state is CaseState.VERIFYING
    assert not any("照片可公开" in shown.labels for shown in contact.chat)
