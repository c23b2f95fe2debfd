"""Report: what a rider sends becomes a case, with one question at most; refusal beside success."""

from dataclasses import replace

import pytest

from bot.domain.case import CaseState
from bot.domain.people import Post, Role
from bot.domain.rulebook import Severity
from bot.engine.imaging import ImageWorker
from bot.secrets import Secret, Signer
from storage import photos
from storage.blobs import open_blobs
from storage.database import open_database
from tests.features.acting import GARBAGE, POTHOLE, about, until
from tests.town import TestTown, default_town


async def stored_photos(town: TestTown, number: int) -> list[str]:
    case = await town.case(number)
    async with town.database.read() as tx:
        return [photo.state for photo in await photos.list_of_case(tx, case.id)]


async def no_case(town: TestTown) -> bool:
    async with town.database.read() as tx:
        row = await tx.one("SELECT count(*) AS n FROM cases")
    return row["n"] == 0


async def test_a_complete_report_in_the_group(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    said = await rider.says(POTHOLE, photo="hole.jpg", group=True)

    case = await town.case(1)
    assert (case.state, case.category, case.place) == (CaseState.DISPATCHED, "pothole", "客运站")
    assert said.reactions == ["👀"]
    assert town.group_hears("report.receipt.first", number="0001")
    assert town.group_hears("report.receipt.dispatched")
    assert town.group[0].labels == ["改地点", "改类别", "撤回"]
    assert town.group[0].rendered.answers == said.id
    assert contact.hears("dispatch.card.new", number="0001")


async def test_a_complete_report_in_private_is_answered_in_private(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(f"上报 {POTHOLE}", photo="hole.jpg")
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert rider.hears("report.receipt.first", number="0001")
    assert town.group == []


async def test_the_buttons_of_the_receipt_go_away_after_ten_minutes(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    receipt = town.group[0]
    withdraw = receipt.rendered.buttons[2].data
    await town.wait(minutes=9)
    assert receipt.labels
    await town.wait(minutes=2)
    assert receipt.labels == []
    await rider.presses_data(withdraw, receipt, group=True)
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert rider.notices == [town.texts.pattern("core.button_stale", "zh-CN")]


# -- one question


async def test_a_missing_place_is_asked_once_and_tapped(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says("光明小区光明新村路灯不亮", photo="lamp.jpg", group=True)
    assert rider.hears_times("report.ask.place", number="0001") == 1
    question = about(rider, "只差地点")
    assert 2 <= len(question.labels) <= 3
    assert town.group == []
    await rider.presses(question.labels[1])
    case = await town.case(1)
    assert (case.state, case.place) == (CaseState.DISPATCHED, question.labels[1])
    assert town.group_hears("report.receipt.first")


async def test_a_missing_place_is_answered_in_words(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says("路灯不亮", photo="lamp.jpg", group=True)
    assert rider.hears("report.ask.place_open")
    await rider.says("客运站东门")
    case = await town.case(1)
    assert (case.state, case.place) == (CaseState.DISPATCHED, "客运站东门")
    assert town.group_hears("report.receipt.place_and_what", place="客运站东门")
    async with town.database.read() as tx:
        assert (await tx.one("SELECT count(*) AS n FROM cases"))["n"] == 1


async def test_a_place_that_no_list_knows_is_taken_as_it_was_typed(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says("路灯不亮", photo="lamp.jpg", group=True)
    await rider.says("老粮库后身电话13812345678")
    case = await town.case(1)
    assert case.state is CaseState.DISPATCHED
    assert "老粮库后身" in case.place
    assert all("13812345678" not in shown.text for shown in town.group)


async def test_a_missing_place_is_answered_by_position(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says("路灯不亮", photo="lamp.jpg", group=True)
    await rider.says(at=(46.90771, 130.41605))
    case = await town.case(1)
    assert (case.state, case.grid) == (CaseState.DISPATCHED, "g03")
    assert (case.lat, case.lon) == (46.90771, 130.41605)
    assert case.place == "客运站东门"


async def test_a_reply_in_the_group_answers_too(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    mine = await rider.says("路灯不亮", photo="lamp.jpg", group=True)
    await rider.says("在客运站东门", group=True, answers=mine)
    case = await town.case(1)
    assert (case.state, case.place) == (CaseState.DISPATCHED, "客运站东门")


async def test_silence_about_the_place_is_decided_by_the_best_guess_and_said(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says("光明小区光明新村路灯不亮", photo="lamp.jpg", group=True)
    await town.wait(minutes=4)
    assert (await town.case(1)).state is CaseState.DRAFT
    await town.wait(minutes=2)
    case = await town.case(1)
    assert case.state is CaseState.DISPATCHED
    assert rider.hears("report.guessed", number="0001", place=case.place)
    # The answer that comes too late is a correction.
    await rider.says("地点改成客运站东门", answers=about(rider, "先按"))
    assert (await town.case(1)).place == "客运站东门"


async def test_silence_where_nothing_can_be_guessed_leaves_it_to_the_office(town: TestTown) -> None:
    rider, office = await town.rider("赵强"), await town.dispatcher("孙主任")
    await town.contact("housing", "刘工")
    await rider.says("路灯不亮", photo="lamp.jpg", group=True)
    await town.wait(minutes=6)
    assert (await town.case(1)).state is CaseState.REPORTED
    assert rider.hears("report.kept_without_place", number="0001")
    assert not office.hears("dispatch.unassigned_again")
    await town.wait(minutes=31)
    assert office.hears("dispatch.unassigned_again", number="0001")
    # The place comes after all, and the report goes out.
    await rider.says("客运站东门", answers=about(rider, "还不知道在哪"))
    assert (await town.case(1)).state is CaseState.DISPATCHED


async def test_a_missing_category_is_asked_once_and_tapped(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("urban_mgmt", "王队")
    await rider.says("客运站东门这里太乱了", photo="mess.jpg", group=True)
    assert rider.hears_times("report.ask.category", number="0001") == 1
    question = about(rider, "是哪一类")
    assert 1 <= len(question.labels) <= 3
    await rider.presses(question.labels[0])
    assert (await town.case(1)).state is not CaseState.DRAFT


async def test_a_missing_category_is_answered_in_words_or_left_to_the_guess(town: TestTown) -> None:
    first, second = await town.rider("赵强"), await town.rider("钱勇")
    await town.contact("urban_mgmt", "王队")
    await town.contact("social_work", "孙主任")
    await first.says("客运站东门这里太乱了", photo="mess.jpg", group=True)
    await second.says("县图书馆这里太乱了", photo="mess2.jpg", group=True)
    await first.says("垃圾成堆")
    assert (await town.case(1)).category == "exposed_garbage"
    await town.wait(minutes=6)
    assert (await town.case(2)).state is CaseState.DISPATCHED


# -- without a photo


async def test_words_without_a_photo_keep_their_number_and_wait_for_it(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says(f"上报 {POTHOLE}", group=True)
    assert rider.hears("report.ask.photo", number="0001")
    assert (await town.case(1)).state is CaseState.DRAFT
    await rider.says(photo="hole.jpg")
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert await stored_photos(town, 1) == ["stored"]


async def test_no_photo_is_possible_and_that_is_all_right(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE)
    await rider.presses("没法拍照")
    assert (await town.case(1)).state is CaseState.DISPATCHED


async def test_no_photo_in_time_leaves_it_to_the_office_until_the_rider_says_so(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE)
    await town.wait(minutes=6)
    assert (await town.case(1)).state is CaseState.REPORTED
    assert rider.hears("report.kept", number="0001")
    await rider.presses("没法拍照")
    assert (await town.case(1)).state is CaseState.DISPATCHED


async def test_a_kept_report_goes_out_with_its_late_photo(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE)
    await town.wait(minutes=20)
    await rider.says(photo="hole.jpg", answers=about(rider, "已先记下"))
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert len(about(contact, "0001").rendered.pictures) == 1


# -- who is heard in the group


async def test_a_bare_photo_of_an_appointed_rider_is_asked_about_in_private(town: TestTown) -> None:
    rider = await town.rider("赵强")
    said = await rider.says(photo="what.jpg", group=True)
    assert said.reactions == ["👀"]
    assert rider.hears("report.ask.place_open", number="0001")
    assert town.group == []


async def test_a_bare_photo_of_a_stranger_is_passed_over(town: TestTown) -> None:
    stranger = await town.stranger("路人")
    said = await stranger.says(photo="lunch.jpg", group=True)
    assert said.reactions == []
    assert (town.group, stranger.chat) == ([], [])
    assert await no_case(town)


async def test_a_bare_photo_may_be_configured_silent(
    sqlite_url: str, tmp_path_factory: pytest.TempPathFactory, image_worker: ImageWorker
) -> None:
    database = await open_database(sqlite_url, guarded=True)
    blobs = open_blobs(str(tmp_path_factory.mktemp("photos")))
    silent = replace(default_town(Signer(Secret(b"k" * 32))), bare_photo_asks=False)
    town = await TestTown.open(database, blobs, image_worker, town=silent)
    rider = await town.rider("赵强")
    said = await rider.says(photo="what.jpg", group=True)
    assert said.reactions == []
    assert await no_case(town)
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    assert (await town.case(1)).state is not CaseState.DRAFT
    await database.close()


@pytest.mark.parametrize("words", ["今天风真大", "收到，谢谢", "客运站的路灯不亮了", "哈哈哈"])
async def test_chatter_is_passed_over(town: TestTown, words: str) -> None:
    rider = await town.rider("赵强")
    await rider.says(words, group=True)
    assert await no_case(town)
    assert town.group == []
    assert all(text.key.startswith("people.") for heard in town.heard for text in heard.texts)


async def test_a_guest_is_welcome_and_told_once_how_to_register(town: TestTown) -> None:
    guest = await town.stranger("路人")
    await town.contact("housing", "刘工")
    await town.contact("urban_mgmt", "王队")
    await guest.says(POTHOLE, photo="hole.jpg", group=True)
    await guest.says(GARBAGE, photo="bin.jpg", group=True)
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert (await town.case(2)).state is CaseState.DISPATCHED
    assert guest.hears_times("report.guest") == 1
    rider = await town.rider("赵强")
    await rider.says("路灯不亮，县图书馆", photo="lamp.jpg", group=True)
    assert not rider.hears("report.guest")


# -- what belongs together


async def test_what_comes_within_five_minutes_is_one_report(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says(photo="one.jpg", group=True)
    await town.wait(minutes=2)
    await rider.says(photo="two.jpg", group=True)
    await town.wait(minutes=2)
    await rider.says(POTHOLE, group=True)
    case = await town.case(1)
    assert (case.state, case.category) == (CaseState.DISPATCHED, "pothole")
    assert await stored_photos(town, 1) == ["stored", "stored"]
    assert len(town.group) == 1


async def test_a_second_complete_report_closes_the_first(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await town.contact("urban_mgmt", "王队")
    await rider.says("光明小区光明新村路灯不亮", photo="lamp.jpg", group=True)
    await rider.says(GARBAGE, photo="bin.jpg", group=True)
    first, second = await town.case(1), await town.case(2)
    assert (first.state, first.category) == (CaseState.DISPATCHED, "streetlight_out")
    assert (second.state, second.category) == (CaseState.DISPATCHED, "exposed_garbage")
    assert rider.hears("report.guessed", number="0001")


async def test_parts_of_an_album_come_in_any_order_and_late(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(photo="2.jpg", group=True, album="a1")
    await rider.says(POTHOLE, photo="1.jpg", group=True, album="a1")
    assert (await town.case(1)).state is CaseState.DRAFT
    await town.wait(seconds=3)
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert rider.hears_times("report.ask.place") == 0
    await rider.says(photo="3.jpg", group=True, album="a1")
    assert await stored_photos(town, 1) == ["stored"] * 3
    assert len(about(contact, "0001").rendered.pictures) == 3
    assert len(town.group) == 1


# -- danger


async def test_danger_in_words_goes_out_at_once_also_at_night(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("urban_mgmt", "王队")
    await until(town, 23, 23)
    await rider.says(GARBAGE, photo="bin.jpg", group=True)
    await rider.says("垃圾成堆，有人受伤，县图书馆", photo="bin2.jpg", group=True)
    assert (await town.case(2)).severity is Severity.P1
    assert town.group_hears("report.receipt.danger", number="0002")
    assert town.group_hears("report.receipt.keep_away")
    assert contact.hears("dispatch.card.urgent", number="0002")
    assert not contact.hears("dispatch.card.new", number="0001")  # an ordinary one waits for the morning
    assert rider.hears("report.danger_sure", number="0002")


async def test_no_danger_after_all_lowers_it_and_gives_the_usual_time(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("urban_mgmt", "王队")
    await rider.says("垃圾成堆，有人受伤，人民路幼儿园", photo="bin.jpg", group=True)
    case = await town.case(1)
    assert (case.severity, case.category) == (Severity.P1, "exposed_garbage")
    assert contact.hears("dispatch.card.urgent", number="0001")
    assert rider.hears("report.danger_sure", number="0001")
    critical_due = case.resolve_due
    await rider.presses("没有危险")
    lowered = await town.case(1)
    assert (lowered.severity, lowered.state, lowered.secure_due) == (Severity.P3, CaseState.DISPATCHED, None)
    assert lowered.resolve_due is not None and critical_due is not None
    assert lowered.accept_due is not None and case.accept_due is not None
    assert lowered.accept_due > case.accept_due
    assert contact.hears("report.danger_over", number="0001")
    assert about(contact, "垃圾").text.startswith("📍")


async def test_danger_confirmed_stays_critical(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("urban_mgmt", "王队")
    await rider.says("垃圾成堆，有人受伤，人民路幼儿园", photo="bin.jpg", group=True)
    await rider.presses("是，有危险")
    assert (await town.case(1)).severity is Severity.P1


async def test_a_critical_matter_goes_out_without_photo_and_place(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("fire", "队长")
    await rider.says("上报 着火了", group=True)
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert rider.hears("report.danger_call", line="119")
    assert not rider.hears("report.danger_sure")
    assert contact.hears("dispatch.card.urgent", number="0001")
    # The place is asked for afterwards, and the card shows it.
    assert rider.hears("report.ask_again.place", number="0001")
    await rider.says("客运站东门")
    assert (await town.case(1)).place == "客运站东门"
    assert "客运站东门" in about(contact, "0001").text


# -- corrections


async def test_a_wrong_place_is_corrected_by_reply_and_the_card_shows_it(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await rider.says("地点改成县图书馆", group=True, answers=town.group[0])
    assert (await town.case(1)).place == "县图书馆"
    assert "县图书馆" in town.group[0].text
    assert "县图书馆" in about(contact, "0001").text
    await contact.presses("接收")
    assert (await town.case(1)).state is CaseState.ACCEPTED


async def test_a_wrong_category_is_corrected_by_reply_and_the_case_goes_where_it_belongs(town: TestTown) -> None:
    rider, wrong = await town.rider("赵强"), await town.contact("housing", "刘工")
    right = await town.contact("urban_mgmt", "王队")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    stale = about(wrong, "0001").rendered.buttons[0].data
    await rider.says("不是坑，是垃圾成堆", group=True, answers=town.group[0])
    case = await town.case(1)
    assert (case.category, case.agency_id, case.contact_id) == ("exposed_garbage", "urban_mgmt", right.id)
    assert wrong.hears("dispatch.taken_off", number="0001")
    assert right.hears("dispatch.card.new", number="0001")
    await wrong.presses_data(stale)
    assert (await town.case(1)).state is CaseState.DISPATCHED


async def test_corrections_by_button(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await town.contact("urban_mgmt", "王队")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await rider.presses("改地点", group=True)
    assert rider.hears("report.ask_again.place", number="0001")
    await rider.says("县图书馆")
    assert (await town.case(1)).place == "县图书馆"
    await rider.presses("改类别", group=True)
    await rider.says("是垃圾成堆")
    assert (await town.case(1)).category == "exposed_garbage"


async def test_a_correction_that_means_nothing_loses_nothing(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await rider.presses("改类别", group=True)
    await rider.says("那个啥")
    assert rider.hears("report.not_understood", number="0001")
    assert (await town.case(1)).category == "pothole"


async def test_after_acceptance_a_correction_is_passed_on_to_the_contact(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await contact.presses("接收")
    await rider.says("地点改成县图书馆", group=True, answers=town.group[0])
    assert contact.hears("report.told_contact", words="地点改成县图书馆")
    case = await town.case(1)
    assert (case.place, case.state) == ("客运站", CaseState.ACCEPTED)
    await rider.says(photo="closer.jpg", group=True, answers=town.group[0])
    assert contact.hears("report.told_contact_photo", number="0001")
    assert len(about(contact, "请在").rendered.pictures) == 2


async def test_somebody_else_corrects_nothing(town: TestTown) -> None:
    rider, other = await town.rider("赵强"), await town.rider("钱勇")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await other.says("地点改成县图书馆", group=True, answers=town.group[0])
    await other.presses("撤回", group=True)
    case = await town.case(1)
    assert (case.place, case.state) == ("客运站", CaseState.DISPATCHED)
    assert other.notices == [town.texts.pattern("core.button_foreign", "zh-CN")]


# -- withdrawing


async def test_withdrawn_by_button(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await rider.presses("撤回", group=True)
    assert (await town.case(1)).state is CaseState.WITHDRAWN
    assert town.group[0].labels == []
    assert about(contact, "0001").labels == []
    await rider.says(GARBAGE, photo="bin.jpg", group=True)
    assert (await town.case(2)).number == 2  # the number stays used


async def test_withdrawn_by_word_and_refused_later(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await town.wait(minutes=11)
    await rider.says("撤回", group=True, answers=town.group[0])
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert town.group_hears("case.undo_too_late", number="0001")
    await rider.says(GARBAGE, photo="bin.jpg", group=True)
    await rider.says("撤回", group=True)
    assert (await town.case(2)).state is CaseState.WITHDRAWN


async def test_a_card_that_was_held_is_never_shown_for_a_withdrawn_report(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await until(town, 23, 20)
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await rider.presses("撤回", group=True)
    await until(town, 24, 9)
    assert contact.chat == []


# -- limits


async def test_over_the_quota_nothing_is_lost_and_danger_is_never_held_back(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await town.contact("fire", "队长")
    for n in range(10):
        await rider.says(f"路面有个大坑，红旗街{n + 1}号", photo=f"{n}.jpg")
    assert (await town.case(10)).state is CaseState.DISPATCHED
    await rider.says("路面有个大坑，红旗街88号", photo="11.jpg")
    assert (await town.case(11)).state is CaseState.REPORTED
    assert rider.hears_times("report.slowly") == 1
    await rider.says("着火了，客运站", photo="fire.jpg")
    assert (await town.case(12)).state is CaseState.DISPATCHED
    await town.wait(minutes=61)
    assert (await town.case(11)).state is CaseState.DISPATCHED


async def test_a_broken_photo_is_told_once_and_the_case_stays(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photos=("a.jpg", "b.jpg"), group=True, broken=True)
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert rider.hears_times("report.photo_failed", number="0001") == 1
    assert contact.hears("dispatch.card.new", number="0001")
    assert about(contact, "0001").rendered.pictures == ()


# -- what the group may see


async def test_a_sensitive_report_shows_its_number_only(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("market_reg", "郑老师")
    await rider.says("春来饺子馆后厨脏", photo="kitchen.jpg", group=True)
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert town.group_hears("report.receipt.sensitive")
    assert "饺子" not in town.group[0].text
    assert "市监局" not in town.group[0].text
    assert contact.hears("dispatch.anonymous")
    assert all("赵" not in shown.text for shown in contact.chat)
    await contact.presses("接收")
    await contact.says("已责令整改", photo="after.jpg", answers=about(contact, "0001"))
    await town.wait(minutes=11)  # the contact's photo is enough here
    assert (await town.case(1)).state is CaseState.CLOSED
    assert town.group_hears("feedback.group.closed", number="0001")
    assert len(town.group) == 2
    for words in ("饺子", "赵", "整改"):
        assert words not in town.group[1].text
    assert rider.hears("feedback.closed", number="0001")


async def test_numbers_of_people_never_reach_the_group(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("traffic_police", "周警官")
    await rider.says("客运站东门黑A12345违停，车主电话13812345678", photo="car.jpg", group=True)
    case = await town.case(1)
    assert case.state is CaseState.DISPATCHED
    await contact.presses("接收")
    await contact.says("已通知车主13812345678，黑A12345已驶离", photo="after.jpg", answers=about(contact, "0001"))
    await rider.presses("已修好")
    assert (await town.case(1)).state is CaseState.CLOSED
    for shown in town.group:
        assert "13812345678" not in shown.text
        assert "A12345" not in shown.text


async def test_a_case_costs_the_group_two_messages(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await contact.presses("接收")
    await contact.says("还在等料", answers=about(contact, "0001"))
    await contact.says("好了", photo="after.jpg", answers=about(contact, "已转告骑手"))
    await rider.presses("没修好")
    await contact.says("又修了", photo="after2.jpg", answers=about(contact, "还没修好"))
    await rider.presses("已修好")
    assert (await town.case(1)).state is CaseState.CLOSED
    assert len(town.group) == 2


async def test_a_contact_reports_too(town: TestTown) -> None:
    """Whoever sees something may say so; a role is no reason to refuse it."""
    both = await town.person("刘工", Post(Role.CONTACT, None), Post(Role.RIDER))
    await town.contact("urban_mgmt", "王队")
    await both.says(GARBAGE, photo="bin.jpg")
    assert (await town.case(1)).state is CaseState.DISPATCHED


async def test_a_question_that_cannot_be_put_in_private_is_put_in_the_group(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    town.platform.blocked.add(rider.account)
    await rider.says("路灯不亮", photo="lamp.jpg", group=True)
    assert town.group_hears("report.ask.place_open", number="0001")
    await rider.says("收到", group=True)
    assert (await town.case(1)).state is CaseState.DRAFT
    await rider.says("在客运站东门", group=True)
    assert (await town.case(1)).state is CaseState.DISPATCHED


# -- said beside the report


async def test_a_correction_that_quotes_nothing_is_about_the_newest_case(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("地点改成县图书馆")
    assert rider.hears("report.nothing_to_correct")
    assert await no_case(town)
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await rider.says("地点改成县图书馆")
    assert (await town.case(1)).place == "县图书馆"
    assert rider.hears("report.corrected", number="0001")
    await town.contact("urban_mgmt", "王队")
    await rider.says("不是坑，是垃圾成堆")
    assert (await town.case(1)).category == "exposed_garbage"
    await rider.says("不是食品，是交通")
    await rider.presses(about(rider, "是哪一类").labels[0])
    assert (await town.case(1)).category not in ("pothole", "exposed_garbage")
    async with town.database.read() as tx:
        assert (await tx.one("SELECT count(*) AS n FROM cases"))["n"] == 1


@pytest.mark.parametrize("words", ["取消", "撤销"])
async def test_a_word_ends_the_report_that_is_open(town: TestTown, words: str) -> None:
    rider = await town.rider("赵强")
    await rider.says("路灯不亮")
    await rider.says(words)
    assert (await town.case(1)).state is CaseState.WITHDRAWN
    assert rider.hears("report.withdrawn", number="0001")


@pytest.mark.parametrize("words", ["我的积分有多少", "人工", "你好"])
async def test_words_about_something_else_stay_out_of_the_open_report(town: TestTown, words: str) -> None:
    rider = await town.rider("赵强")
    await rider.says("路灯不亮", photo="lamp.jpg")
    assert rider.hears("report.ask.place_open")
    heard = len(rider.chat)
    await rider.says(words)
    case = await town.case(1)
    assert (case.state, case.description, case.place) == (CaseState.DRAFT, "路灯不亮", "")
    assert len(rider.chat) > heard + 1, "the person is answered"


async def test_what_was_typed_is_kept_as_it_was_typed(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(f"上报 {POTHOLE}（东侧）", photo="hole.jpg")
    assert (await town.case(1)).description == f"{POTHOLE}（东侧）"


async def test_a_second_bare_photo_gets_a_sign(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await rider.says(photo="one.jpg", group=True)
    assert (await rider.says(photo="two.jpg", group=True)).reactions == ["👌"]


async def test_a_button_in_the_group_says_where_the_question_went(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await rider.presses("改地点", group=True)
    assert rider.notices == [town.texts.pattern("report.asked_privately", "zh-CN")]


# -- positions

FAR_AWAY = (39.9, 116.4)


async def test_a_position_outside_the_county_goes_to_the_office_if_it_is_right(town: TestTown) -> None:
    rider, office = await town.rider("赵强"), await town.dispatcher("孙主任")
    await rider.says("路灯不亮", photo="lamp.jpg", at=FAR_AWAY)
    assert rider.hears("report.ask.outside", number="0001")
    await rider.presses("位置没错")
    assert (await town.case(1)).state is CaseState.REPORTED
    assert rider.hears("report.kept_outside", number="0001")
    await town.wait(minutes=31)
    assert office.hears("dispatch.unassigned_again", number="0001")


async def test_a_position_outside_the_county_is_chosen_again(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("路灯不亮", photo="lamp.jpg", at=FAR_AWAY)
    await rider.presses("重新选")
    assert rider.hears("report.ask.place_open", number="0001")
    await rider.says(at=(46.90771, 130.41605))
    case = await town.case(1)
    assert (case.state, case.place) == (CaseState.DISPATCHED, "客运站东门")


async def test_a_filed_report_is_not_moved_out_of_the_county(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await rider.presses("改地点", group=True)
    await rider.says(at=FAR_AWAY)
    assert rider.hears("report.outside", number="0001")
    assert (await town.case(1)).place == "客运站"


async def test_a_correction_leaves_the_question_open(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(f"上报 {POTHOLE}", group=True)
    await rider.says("地点改成县图书馆")
    assert ((await town.case(1)).state, (await town.case(1)).place) == (CaseState.DRAFT, "县图书馆")
    await rider.says(photo="hole.jpg")
    assert ((await town.case(1)).state, (await town.case(1)).place) == (CaseState.DISPATCHED, "县图书馆")


async def test_a_bare_position_is_called_after_what_is_near(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("路灯不亮", photo="lamp.jpg", at=(46.9095, 130.4175))
    await rider.says("路灯不亮", photo="lamp2.jpg", at=(46.86, 130.353))
    assert (await town.case(1)).place == "站前社区服务站"
    assert (await town.case(2)).place == "南岸路 ≈2887 m"


async def test_the_office_is_not_alarmed_about_a_report_over_the_quota(town: TestTown) -> None:
    rider, office = await town.rider("赵强"), await town.dispatcher("孙主任")
    await town.contact("housing", "刘工")
    for n in range(11):
        await rider.says(f"路面有个大坑，红旗街{n + 1}号", photo=f"{n}.jpg")
    assert (await town.case(11)).state is CaseState.REPORTED
    await town.wait(minutes=45)
    assert not office.hears("dispatch.unassigned_again", number="0011")
    await town.wait(minutes=20)
    assert (await town.case(11)).state is CaseState.DISPATCHED


async def test_keep_away_is_said_until_somebody_is_there(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("fire", "队长")
    await rider.says("着火了，客运站", photo="fire.jpg", group=True)
    assert "请先远离" in town.group[0].text
    await contact.presses("接收")
    assert "请先远离" not in town.group[0].text
