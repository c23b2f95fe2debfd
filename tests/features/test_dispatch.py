"""Dispatch: exactly one contact, three honest ways out, and what happens when nobody can take it."""

from datetime import timedelta

import pytest

from bot.domain.case import CaseState, Move
from bot.domain.people import Rank
from storage import cases, leaves, members, timelines
from tests.features.acting import GARBAGE, POTHOLE, about, accepted, until
from tests.town import Person, TestTown

NIGHT_P1 = "上报 着火了，客运站"


async def responsible(town: TestTown, number: int) -> int | None:
    return (await town.case(number)).contact_id


async def goes_away(town: TestTown, person: Person, days: int = 1) -> None:
    now = town.clock.now()
    async with town.database.write() as tx:
        await leaves.add(tx, person.id, now, now + timedelta(days=days), now)


async def moves(town: TestTown, number: int) -> list[Move]:
    case = await town.case(number)
    async with town.database.read() as tx:
        return [happened.move for happened in await timelines.list_of_case(tx, case.id)]


def label(person: Person, words: str, button: str) -> str:
    """The data of a button as the person's phone keeps it."""
    return next(one.data for one in about(person, words).rendered.buttons if one.label == button)


async def test_exactly_one_contact_gets_the_card_and_reads_why(town: TestTown) -> None:
    rider = await town.rider("赵强")
    a, b = await town.contact("housing", "刘工"), await town.contact("housing", "齐工", Rank.B)
    other = await town.contact("urban_mgmt", "王队")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    assert await responsible(town, 1) == a.id
    assert a.hears("dispatch.card.new", number="0001")
    assert a.hears("dispatch.why.by_category", what="路面坑槽")
    assert (b.chat, other.chat) == ([], [])
    assert len(about(a, "0001").rendered.pictures) == 1


async def test_the_deputy_takes_it_while_a_is_away(town: TestTown) -> None:
    rider = await town.rider("赵强")
    a, b = await town.contact("housing", "刘工"), await town.contact("housing", "齐工", Rank.B)
    await goes_away(town, a)
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    assert await responsible(town, 1) == b.id
    assert b.hears("dispatch.why.by_deputy")
    assert a.chat == []
    await until(town, 24, 10)
    await rider.says("路面有个大坑，县图书馆", photo="hole2.jpg", group=True)
    assert await responsible(town, 2) == a.id


async def test_a_named_place_overrules_the_category(town: TestTown) -> None:
    rider, usual = await town.rider("赵强"), await town.contact("housing", "刘工")
    of_place = await town.contact("transport", "马工")
    await rider.says("路面有个大坑，松溪大桥", photo="hole.jpg", group=True)
    assert await responsible(town, 1) == of_place.id
    assert of_place.hears("dispatch.why.by_area")
    assert usual.chat == []


async def test_nobody_can_take_it_and_the_dispatcher_decides(town: TestTown) -> None:
    rider, office = await town.rider("赵强"), await town.dispatcher("孙主任")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    assert (await town.case(1)).state is CaseState.FILED
    assert office.hears("dispatch.unassigned", number="0001")
    assert town.group_hears("report.receipt.finding")
    await office.says("转 0001 住建")
    assert office.hears("dispatch.nobody_there", agency="住建局")
    contact = await town.contact("housing", "刘工")
    await office.says("转 0001 住建")
    assert await responsible(town, 1) == contact.id
    assert contact.hears("dispatch.why.office")
    assert office.hears("dispatch.assigned", agency="住建局")


async def test_the_office_is_reminded_after_half_an_hour_and_assigns_by_button(town: TestTown) -> None:
    rider, office = await town.rider("赵强"), await town.dispatcher("孙主任")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await town.wait(minutes=29)
    assert not office.hears("dispatch.unassigned_again")
    await town.wait(minutes=2)
    assert office.hears_times("dispatch.unassigned_again", number="0001") == 1
    contact = await town.contact("housing", "刘工")
    await office.presses("住建局")
    assert await responsible(town, 1) == contact.id
    await town.wait(hours=1)
    assert office.hears_times("dispatch.unassigned_again") == 1


async def test_a_kept_report_that_the_office_assigns_is_filed_and_shown(town: TestTown) -> None:
    rider, office = await town.rider("赵强"), await town.dispatcher("孙主任")
    contact = await town.contact("housing", "刘工")
    await rider.says(f"上报 {POTHOLE}", group=True)
    await town.wait(minutes=6)
    assert (await town.case(1)).state is CaseState.REPORTED
    await office.says("转 0001 住建局")
    assert await moves(town, 1) == [Move.REPORT, Move.FILE, Move.DISPATCH]
    assert contact.hears("dispatch.card.new", number="0001")
    assert town.group_hears("report.receipt.first", number="0001")


async def test_words_that_name_no_agency_are_answered_with_those_there_are(town: TestTown) -> None:
    rider, office = await town.rider("赵强"), await town.dispatcher("孙主任")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await office.says("转 0001 运管所")
    assert office.hears("dispatch.no_such_agency", words="运管所")
    await office.says("转 0999 住建")
    assert office.hears("case.unknown", number="0999")


# -- three honest ways out


async def test_the_first_return_carries_itself_out_and_can_be_taken_back(town: TestTown) -> None:
    rider = await town.rider("赵强")
    first, second = await town.contact("housing", "刘工"), await town.contact("urban_mgmt", "王队")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await first.presses("不归我管")
    assert first.hears("dispatch.whose", number="0001")
    await first.presses("城管局")
    assert await responsible(town, 1) == second.id
    assert first.hears("dispatch.handed_on", agency="城管局")
    assert second.hears("dispatch.why.suggested")
    assert len(town.group) == 1
    assert "城管局" in town.group[0].text

    await first.presses("撤销")
    case = await town.case(1)
    assert (case.state, case.contact_id, case.returns) == (CaseState.DISPATCHED, first.id, 0)
    assert about(second, "0001").labels == []
    assert second.hears("dispatch.taken_off", agency="住建局")
    await first.presses("接收")
    assert (await town.case(1)).state is CaseState.ACCEPTED


async def test_a_return_is_not_taken_back_after_ten_minutes_or_acceptance(town: TestTown) -> None:
    rider = await town.rider("赵强")
    first, second = await town.contact("housing", "刘工"), await town.contact("urban_mgmt", "王队")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await first.presses("不归我管")
    await first.presses("城管局")
    undo = label(first, "您这边已销账", "撤销")
    await second.presses("接收")
    await first.presses_data(undo)
    assert await responsible(town, 1) == second.id
    await rider.says("路面有个大坑，县图书馆", photo="hole2.jpg", group=True)
    await first.presses("不归我管")
    await first.presses("城管局")
    late = label(first, "0002 已转 城管局", "撤销")
    await town.wait(minutes=11)
    await first.presses_data(late)
    assert await responsible(town, 2) == second.id


async def test_the_second_return_goes_to_the_office_whose_answer_binds(town: TestTown) -> None:
    rider, office = await town.rider("赵强"), await town.dispatcher("孙主任")
    first, second = await town.contact("housing", "刘工"), await town.contact("urban_mgmt", "王队")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await first.presses("不归我管")
    await first.presses("城管局")
    await second.presses("不归我管")
    await second.presses("住建局")
    case = await town.case(1)
    assert (case.state, case.contact_id) == (CaseState.RETURNED, None)
    assert second.hears("dispatch.returned_to_office", number="0001")
    assert office.hears("dispatch.unassigned", number="0001")

    await office.presses("住建局")
    case = await town.case(1)
    assert (case.contact_id, case.binding) == (first.id, True)
    assert "不归我管" not in about(first, "新事项").labels
    await first.says("转 0001 城管")
    assert first.hears("case.binding", number="0001")
    assert await responsible(town, 1) == first.id


async def test_a_return_to_the_office_without_a_suggestion(town: TestTown) -> None:
    rider, office = await town.rider("赵强"), await town.dispatcher("孙主任")
    contact = await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await contact.presses("不归我管")
    await contact.presses("退回管理员")
    assert (await town.case(1)).state is CaseState.RETURNED
    assert office.hears("dispatch.unassigned", number="0001")
    await contact.presses("撤销")
    assert await responsible(town, 1) == contact.id


async def test_a_contact_hands_on_by_word(town: TestTown) -> None:
    rider = await town.rider("赵强")
    first, second = await town.contact("housing", "刘工"), await town.contact("urban_mgmt", "王队")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await first.says("转 0001 城管")
    assert await responsible(town, 1) == second.id
    assert first.hears("dispatch.handed_on", agency="城管局")


async def test_accepting_and_taking_it_back(town: TestTown) -> None:
    _, contact = await accepted(town)
    assert town.group_hears("report.receipt.working")
    await contact.presses("撤销接收")
    case = await town.case(1)
    assert (case.state, case.accepted_at) == (CaseState.DISPATCHED, None)
    await contact.presses("接收")
    undo = label(contact, "0001", "撤销接收")
    await town.wait(minutes=11)
    await contact.presses_data(undo)
    assert (await town.case(1)).state is CaseState.ACCEPTED


# -- buttons that must not work


async def test_buttons_of_an_earlier_round_say_so_kindly_and_change_nothing(town: TestTown) -> None:
    rider, office = await town.rider("赵强"), await town.dispatcher("孙主任")
    first, second = await town.contact("housing", "刘工"), await town.contact("urban_mgmt", "王队")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    stale = [button.data for button in about(first, "0001").rendered.buttons]
    await office.says("转 0001 城管")
    assert await responsible(town, 1) == second.id
    for data in stale:
        await first.presses_data(data)
    assert first.notices == [town.texts.pattern("core.button_stale", "zh-CN")] * 3
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert first.hears("dispatch.taken_off", agency="城管局")


async def test_forged_and_foreign_presses_change_nothing(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    data = label(contact, "0001", "接收")
    for forged in ("", "1.0", "1.0.AAAAAAAAAAAAAA", data[:-2] + "xx", "99999.0." + data.split(".")[2]):
        await contact.presses_data(forged)
    await rider.presses_data(data)  # copied into another chat
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert set(contact.notices + rider.notices) == {town.texts.pattern("core.button_void", "zh-CN")}
    await contact.presses_data(data)
    assert (await town.case(1)).state is CaseState.ACCEPTED


async def test_pressing_twice_accepts_once(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    data = label(contact, "0001", "接收")
    await contact.presses_data(data)
    await contact.presses_data(data)
    assert (await moves(town, 1)).count(Move.ACCEPT) == 1
    assert len(contact.notices) == 2
    assert contact.notices[0] == "0001 已接收"
    assert not contact.hears("dispatch.accepted_elsewhere")


# -- when a card comes


async def test_an_ordinary_card_waits_for_the_morning_and_the_receipt_says_so(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await until(town, 27, 20)  # a Friday evening
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    assert contact.chat == []
    assert town.group_hears("report.receipt.dispatched_later")
    assert "已下班" in town.group[0].text
    await until(town, 30, 8, 29)
    assert contact.chat == []
    await until(town, 30, 8, 31)
    assert contact.hears("dispatch.card.new", number="0001")


async def test_a_clue_is_a_line_of_the_morning_list(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("urban_mgmt", "王队")
    await until(town, 23, 18)
    await rider.says("电线杆上贴满小广告，县图书馆", photo="ads.jpg", group=True)
    assert (await town.case(1)).severity == "P4"
    assert town.group_hears("report.receipt.dispatched_listed")
    assert contact.chat == []
    await until(town, 24, 8, 39)
    assert contact.chat == []
    await until(town, 24, 8, 41)
    assert contact.hears("deadlines.list.line", number="0001")
    assert not contact.hears("dispatch.card.new")
    await contact.presses("办 0001")
    await contact.presses("接收")
    assert (await town.case(1)).state is CaseState.ACCEPTED


@pytest.mark.parametrize(
    ("words", "agency", "key"),
    [
        (NIGHT_P1, "fire", "dispatch.card.urgent"),
        ("树倒了横在路上，客运站", "urban_mgmt", "dispatch.card.new"),
    ],
)
async def test_urgent_cards_come_at_night(town: TestTown, words: str, agency: str, key: str) -> None:
    rider, contact = await town.rider("赵强"), await town.contact(agency, "王队")
    await until(town, 23, 23)
    await rider.says(words, photo="now.jpg", group=True)
    assert (await town.case(1)).is_urgent
    assert contact.hears(key, number="0001")
    assert not town.group_hears("report.receipt.dispatched_later")


async def test_a_card_in_the_morning_shows_the_case_as_it_is_then(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await until(town, 23, 20)
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await rider.says("地点改成县图书馆", group=True, answers=town.group[0])
    await until(town, 24, 8, 31)
    cards = [shown for shown in contact.chat if "0001" in shown.text]
    assert len(cards) == 1
    assert "县图书馆" in cards[0].text
    assert contact.hears_times("dispatch.card.new") == 1
    await contact.presses("接收")
    assert (await town.case(1)).state is CaseState.ACCEPTED


async def test_a_card_held_for_one_contact_is_never_shown_when_another_gets_the_case(town: TestTown) -> None:
    rider, office = await town.rider("赵强"), await town.dispatcher("孙主任")
    first, second = await town.contact("housing", "刘工"), await town.contact("urban_mgmt", "王队")
    await until(town, 23, 20)
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await office.says("转 0001 城管")
    await until(town, 24, 9)
    assert first.chat == []
    assert second.hears("dispatch.card.new", number="0001")


async def test_a_late_photo_is_put_on_the_card(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    card = about(contact, "0001")
    await rider.says(photo="closer.jpg", group=True, answers=town.group[0])
    assert (len(card.rendered.pictures), card.edits) == (2, card.edits)
    assert card.edits > 0


async def test_a_contact_who_worked_on_it_hears_that_it_is_over(town: TestTown) -> None:
    _, contact = await accepted(town)
    office = await town.dispatcher("孙主任")
    await office.says("驳回 0001 重复登记")
    assert contact.hears("dispatch.over", number="0001")


# -- words instead of buttons


@pytest.mark.parametrize("words", ["接收", "接收 0001", "接收0001", "0001 接收", "＃１ 接收", "1"])
async def test_a_word_does_what_the_button_does(town: TestTown, words: str) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await contact.says(words)
    assert (await town.case(1)).state is CaseState.ACCEPTED


async def test_a_word_for_two_cases_is_asked_about(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await rider.says("路灯不亮，县图书馆", photo="lamp.jpg", group=True)
    await contact.says("接收")
    assert contact.hears("core.which")
    assert (await town.case(1)).state is (await town.case(2)).state is CaseState.DISPATCHED
    await contact.presses("0001 接收")
    assert (await town.case(1)).state is CaseState.ACCEPTED
    assert (await town.case(2)).state is CaseState.DISPATCHED
    await contact.says("接收")  # now there is only one
    assert (await town.case(2)).state is CaseState.ACCEPTED


async def test_a_quote_says_which_case_is_meant(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await rider.says("路灯不亮，县图书馆", photo="lamp.jpg", group=True)
    await contact.says("接收", answers=about(contact, "0002"))
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert (await town.case(2)).state is CaseState.ACCEPTED


async def test_a_stranger_says_a_word_and_learns_nothing(town: TestTown) -> None:
    rider, stranger = await town.rider("赵强"), await town.stranger("路人")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await stranger.says("接收 0001")
    await stranger.says("转 0001 住建")
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert all("客运站" not in shown.text for shown in stranger.chat)


async def test_what_somebody_is_to_a_case(town: TestTown) -> None:
    rider, contact = await accepted(town)
    deputy, other = await town.contact("housing", "齐工", Rank.B), await town.contact("urban_mgmt", "王队")
    case = await town.case(1)
    async with town.database.read() as tx:
        held = {
            person.name: {str(one) for one in await cases.relations(tx, case, await members.get(tx, person.id))}
            for person in (rider, contact, deputy, other)
        }
    assert held == {"赵强": {"reporter"}, "刘工": {"contact"}, "齐工": {"deputy"}, "王队": set()}


async def test_reopened_it_goes_back_to_the_agency_that_had_it(town: TestTown) -> None:
    rider, office = await town.rider("赵强"), await town.dispatcher("孙主任")
    await town.contact("housing", "刘工")
    second = await town.contact("urban_mgmt", "王队")
    await rider.says(GARBAGE.replace("垃圾成堆", "路上有个大坑"), photo="hole.jpg", group=True)
    await office.says("转 0001 城管")
    await second.presses("接收")
    await second.says("好了", photo="after.jpg", answers=about(second, "0001"))
    await rider.presses("已修好")
    await rider.says("重开 0001")
    case = await town.case(1)
    assert (case.state, case.contact_id) == (CaseState.DISPATCHED, second.id)
    assert second.hears("dispatch.why.reopened")
