"""Messages that were changed after they came: the report follows, and there is never a second one."""

import pytest

from bot.chat.events import Address, Incoming, Photo
from bot.domain.case import CaseState, Relation
from bot.domain.rulebook import Severity
from handlers.report.rereading import replaced
from storage import cases, photos
from tests.fake import GROUP, Shown
from tests.features.acting import GARBAGE, POTHOLE, about, accepted, handled
from tests.town import Person, TestTown


async def cases_made(town: TestTown) -> int:
    async with town.database.read() as tx:
        return int(str((await tx.one("SELECT count(*) AS n FROM cases"))["n"]))


async def photos_of(town: TestTown, number: int) -> int:
    case = await town.case(number)
    async with town.database.read() as tx:
        return len(await photos.list_of_case(tx, case.id))


async def changes(person: Person, said: Shown, words: str, *, photo: bool = True, group: bool = True) -> None:
    """The person edits the caption (or the text) of a message; the photo is the same one."""
    await person.says(words, photo="hole.jpg" if photo else None, group=group, edits=said)
    await person.town.wait(seconds=1)


# -- nothing was made of it before


async def test_a_bare_photo_that_is_captioned_later_becomes_one_report(town: TestTown) -> None:
    guest = await town.stranger("路人")
    await town.contact("housing", "刘工")
    said = await guest.says(photo="hole.jpg", group=True)
    assert await cases_made(town) == 0
    await changes(guest, said, POTHOLE)
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert await photos_of(town, 1) == 1
    await changes(guest, said, POTHOLE)
    await changes(guest, said, f"{POTHOLE}东门")
    assert (await cases_made(town), await photos_of(town, 1)) == (1, 1)
    assert (await town.case(1)).description == f"{POTHOLE}东门"


async def test_words_that_led_to_nothing_stay_so(town: TestTown) -> None:
    rider = await town.rider("赵强")
    said = await rider.says("今天风真大", group=True)
    await changes(rider, said, POTHOLE, photo=False)
    assert await cases_made(town) == 0
    assert said.reactions == []


async def test_a_message_that_comes_after_its_newer_version_is_over(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    said = town.echo(rider, Address(town.platform.name, GROUP, private=False), "late", "")
    await changes(rider, said, POTHOLE)
    await town.happens(
        town.platform,
        Incoming(
            event_id=town.next_event(),
            where=said.rendered.where,
            sender=rider.account,
            text="路上有个坑，县图书馆",
            at=town.clock.now(),
            photos=(Photo("late-hole.jpg"),),
            message=said.id,
        ),
    )
    assert (await cases_made(town), await photos_of(town, 1)) == (1, 1)
    assert (await town.case(1)).description == POTHOLE


# -- while the report is put together


async def test_a_caption_completes_the_report_that_its_photo_had_opened(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    said = await rider.says(photo="hole.jpg", group=True)
    assert rider.hears("report.ask.place_open", number="0001")
    await changes(rider, said, POTHOLE)
    case = await town.case(1)
    assert (case.state, case.description) == (CaseState.DISPATCHED, POTHOLE)
    assert (await cases_made(town), await photos_of(town, 1), len(town.group)) == (1, 1, 1)


async def test_an_open_report_is_worked_out_anew_from_all_words(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    said = await rider.says("客运站东门这里太乱了", photo="hole.jpg", group=True)
    assert rider.hears("report.ask.category", number="0001")
    await changes(rider, said, "县图书馆路灯不亮")
    case = await town.case(1)
    assert (case.state, case.place, case.category) == (CaseState.DISPATCHED, "县图书馆", "streetlight_out")
    assert case.description == "县图书馆路灯不亮"


async def test_a_place_that_is_taken_back_is_asked_for(town: TestTown) -> None:
    rider = await town.rider("赵强")
    said = await rider.says(POTHOLE, group=False)
    assert (await town.case(1)).place == "客运站"
    await changes(rider, said, "路上有个大坑", photo=False, group=False)
    assert ((await town.case(1)).place, (await town.case(1)).lat) == ("", None)
    assert rider.hears("report.corrected", number="0001")
    await rider.says(photo="hole.jpg")
    assert rider.hears("report.ask.place_open", number="0001")


async def test_a_position_that_was_sent_survives_a_change_of_words(town: TestTown) -> None:
    rider = await town.rider("赵强")
    said = await rider.says("客运站这里太乱了", photo="hole.jpg", at=(46.9095, 130.4175))
    await changes(rider, said, "县图书馆这里太乱了", group=False)
    case = await town.case(1)
    assert (case.place, case.lat, case.lon) == ("县图书馆", 46.9095, 130.4175)


@pytest.mark.parametrize("tapped", [True, False])
async def test_what_was_chosen_by_button_stays_and_what_was_typed_follows(town: TestTown, tapped: bool) -> None:
    rider = await town.rider("赵强")
    said = await rider.says("光明小区光明新村路灯不亮", photo="hole.jpg", group=True)
    question = about(rider, "只差地点")
    chosen = question.labels[1]
    answer = said
    if tapped:
        await rider.presses(chosen)
    else:
        answer = await rider.says("客运站东门")
    before = await town.case(1)
    assert before.state is CaseState.FILED
    await changes(rider, answer, "县图书馆", photo=tapped, group=tapped)
    case = await town.case(1)
    assert (case.place, case.category) == (chosen if tapped else "县图书馆", "streetlight_out")


async def test_parts_of_an_album_are_changed_and_never_appended(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    first = await rider.says("路上有个坑，县图书馆", photo="1.jpg", group=True, album="a1")
    await rider.says(photo="2.jpg", group=True, album="a1")
    await rider.says(POTHOLE, photo="1.jpg", group=True, album="a1", edits=first)
    case = await town.case(1)
    assert (case.state, case.description) == (CaseState.DRAFT, POTHOLE)
    await town.wait(seconds=3)
    assert ((await town.case(1)).state, (await town.case(1)).place) == (CaseState.DISPATCHED, "客运站")
    await rider.says(f"{POTHOLE}东门", photo="1.jpg", group=True, album="a1", edits=first)
    assert (await town.case(1)).description == f"{POTHOLE}东门"
    assert (await cases_made(town), await photos_of(town, 1), len(town.group)) == (1, 2, 1)


# -- handed over, not accepted yet


async def test_a_typing_slip_is_put_right_in_place(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    said = await rider.says("路上有个大坑，客运占，客运站", photo="hole.jpg", group=True)
    card, sent, before = about(contact, "新事项 0001"), len(contact.chat), await town.case(1)
    await changes(rider, said, "路上有两个大坑，客运站")
    case = await town.case(1)
    assert (case.state, case.round, case.description) == (before.state, before.round, "路上有两个大坑，客运站")
    assert "两个大坑" in card.text
    assert (len(contact.chat), len(town.group)) == (sent, 1)
    assert said.reactions == ["👀", "👌"]


async def test_the_same_words_again_change_nothing(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    said = await rider.says(f"上报 {POTHOLE}", photo="hole.jpg", group=True)
    version, edits = (await town.case(1)).version, about(contact, "0001").edits
    await changes(rider, said, f"上报 {POTHOLE}")
    await changes(rider, said, POTHOLE)  # what it says is the same
    assert (await town.case(1)).version == version
    assert (about(contact, "0001").edits, said.reactions) == (edits, ["👀"])


async def test_another_place_of_the_same_agency_changes_the_card_and_the_receipt(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    said = await rider.says(POTHOLE, photo="hole.jpg", group=True)
    sent = len(contact.chat)
    await changes(rider, said, "路上有个大坑，县图书馆")
    assert (await town.case(1)).place == "县图书馆"
    assert "县图书馆" in about(contact, "新事项 0001").text
    assert "县图书馆" in town.group[0].text
    assert (len(contact.chat), len(town.group)) == (sent, 1)


async def test_words_that_belong_to_another_agency_take_the_case_there(town: TestTown) -> None:
    rider, first = await town.rider("赵强"), await town.contact("housing", "刘工")
    second = await town.contact("urban_mgmt", "王队")
    said = await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await changes(rider, said, GARBAGE)
    case = await town.case(1)
    assert (case.category, case.contact_id, case.state) == ("exposed_garbage", second.id, CaseState.DISPATCHED)
    assert second.hears("dispatch.card.new", number="0001")
    assert first.hears("dispatch.taken_off", number="0001", agency="城管局")
    assert (await cases_made(town), len(town.group)) == (1, 1)


async def test_words_that_say_nothing_for_sure_change_the_description_only(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    said = await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await changes(rider, said, "就是这里，太乱了")
    case = await town.case(1)
    assert (case.category, case.place, case.description) == ("pothole", "客运站", "就是这里，太乱了")
    assert "太乱了" in about(contact, "新事项 0001").text
    await changes(rider, said, "")
    assert (await town.case(1)).description == "就是这里，太乱了"


async def test_danger_that_is_added_goes_out_at_once(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    said = await rider.says("路灯不亮，客运站", photo="hole.jpg", group=True)
    assert (await town.case(1)).severity is not Severity.P1
    await changes(rider, said, "路灯不亮，线杆着火了，客运站")
    assert (await town.case(1)).severity is Severity.P1
    assert contact.hears("dispatch.card.urgent", number="0001")
    assert rider.hears("report.danger_sure", number="0001")


async def test_a_report_that_was_kept_goes_out_by_a_change(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    said = await rider.says("路灯不亮", photo="hole.jpg", group=True)
    await town.wait(minutes=6)
    assert (await town.case(1)).state is CaseState.REPORTED
    await changes(rider, said, "路灯不亮，客运站")
    assert ((await town.case(1)).state, (await town.case(1)).place) == (CaseState.DISPATCHED, "客运站")


async def test_a_correction_may_be_changed_too(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    said = await rider.says("地点改成县图书馆", group=True, answers=town.group[0])
    assert (await town.case(1)).place == "县图书馆"
    await changes(rider, said, "地点改成人民路幼儿园", photo=False)
    case = await town.case(1)
    assert (case.place, case.description) == ("人民路幼儿园", POTHOLE)


# -- later


async def test_whoever_is_at_it_hears_the_new_words_in_one_message(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    said = await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await contact.presses("接收")
    sent = len(contact.chat)
    await changes(rider, said, f"{POTHOLE}，挨着站牌")
    assert contact.hears("report.told_contact_edited", number="0001", words=f"{POTHOLE}，挨着站牌")
    await changes(rider, said, f"{POTHOLE}，挨着东站牌")
    assert len(contact.chat) == sent + 1
    assert "挨着东站牌" in contact.last.text
    case = await town.case(1)
    assert (case.state, case.place, case.description) == (CaseState.ACCEPTED, "客运站", f"{POTHOLE}，挨着东站牌")


async def test_over_is_over(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    said = await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await contact.presses("接收")
    await contact.says("已填平", photo="after.jpg", answers=about(contact, "0001"))
    await rider.presses("已修好")
    shown = [len(rider.chat), len(contact.chat), len(town.group)]
    await changes(rider, said, GARBAGE)
    assert [len(rider.chat), len(contact.chat), len(town.group)] == shown
    assert (await town.case(1)).category == "pothole"


async def test_a_merged_report_tells_the_contact_of_the_first(town: TestTown) -> None:
    rider, other = await town.rider("赵强"), await town.rider("钱勇")
    contact = await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    said = await other.says(POTHOLE, photo="again.jpg", group=True)
    await other.presses("是同一处")
    await changes(other, said, f"{POTHOLE}，很深")
    assert contact.hears("report.told_contact_edited", number="0001")
    assert (await town.case(1)).description == POTHOLE
    assert await cases_made(town) == 2


async def test_somebody_elses_message_about_a_case_is_no_report(town: TestTown) -> None:
    """Whoever looked at the repair and captions their photo later opens no case of their own."""
    _, contact = await handled(town)
    looker = await town.rider("钱勇")
    case = await town.case(1)
    async with town.database.write() as tx:
        await cases.relate(tx, case.id, looker.id, Relation.VERIFIER, town.clock.now())
    said = await looker.says(photo="look.jpg", group=True, answers=town.group[0])
    await changes(looker, said, POTHOLE)
    assert await cases_made(town) == 1
    assert not contact.hears("report.told_contact_edited")


# -- what a contact changes


async def test_a_result_that_is_changed_reads_as_it_does_now(town: TestTown) -> None:
    rider, contact = await accepted(town)
    said = await contact.says("已填平", photo="after.jpg", answers=about(contact, "0001"))
    await changes(contact, said, "已填平压实，恢复通行", group=False)
    assert (await town.case(1)).repair_note == "已填平压实，恢复通行"
    assert rider.hears("handle.progress", words="已填平压实，恢复通行")
    await changes(contact, said, "已填平压实", group=False)
    assert rider.hears_times("handle.progress") == 2  # one message, as it was and as it is
    assert sum("回复：" in shown.text for shown in rider.chat) == 1
    await rider.presses("已修好")
    await changes(contact, said, "什么都没做", group=False)
    assert (await town.case(1)).repair_note == "已填平压实"
    assert await cases_made(town) == 1


async def test_progress_that_is_changed_is_told_again_in_place(town: TestTown) -> None:
    rider, contact = await accepted(town)
    said = await contact.says("明天到料", answers=about(contact, "0001"))
    assert rider.hears("handle.progress", words="明天到料")
    await changes(contact, said, "后天到料", photo=False, group=False)
    assert rider.hears("handle.progress", words="后天到料")
    assert (await town.case(1)).state is CaseState.ACCEPTED


async def test_an_intervention_that_is_changed_is_no_report(town: TestTown) -> None:
    rider = await town.rider("赵强")
    said = await rider.says("劝导 逆行，人民路", photo="hole.jpg")
    await changes(rider, said, "劝导 逆行，人民路幼儿园", group=False)
    assert await cases_made(town) == 0


# -- exchanging words


@pytest.mark.parametrize(
    ("description", "old", "new", "made"),
    [
        ("", "", "坑", "坑"),
        ("坑", "坑", "大坑", "大坑"),
        ("有个大坑 坑", "坑", "洞", "有个大坑 洞"),
        ("坑 客运站 西侧", "客运站", "图书馆", "坑 图书馆 西侧"),
        ("坑 客运站", "客运站", "", "坑"),
        ("坑", "从来没有", "洞", "坑 洞"),
        (
            "一二三四五六七八 九",
            "九十十一",
            "改了",
            "一二三四五六七八 改",
        ),  # the old words were cut off, and so are the new
        ("坑", "坑", "一二三四五六七八九十十一", "一二三四五六七八九十"),
    ],
)
def test_the_words_of_one_message_are_exchanged(description: str, old: str, new: str, made: str) -> None:
    assert replaced(description, old, new, 10) == made
