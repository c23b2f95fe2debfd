"""Voice and video: kept as evidence, understood by nobody here, and never taken for a photo."""

import pytest

from bot.domain.case import CaseState, Relation
from bot.domain.people import Post, Role
from storage import cases, photos
from storage.photos import Media, PhotoKind, StoredPhoto
from tests.features.acting import POTHOLE, about, accepted, handled
from tests.features.test_report import no_case
from tests.town import TestTown


async def recordings(town: TestTown, number: int) -> list[StoredPhoto]:
    case = await town.case(number)
    async with town.database.read() as tx:
        return list(await photos.recordings(tx, case.id))


@pytest.mark.parametrize("media", ["voice", "video"])
async def test_a_recording_alone_is_kept_and_asked_about_in_words_that_say_so(town: TestTown, media: str) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says(media=media)
    assert rider.hears(f"report.ask.{media}", number="0001")
    assert rider.last.labels == ["没法拍照"]
    assert (await town.case(1)).state is CaseState.DRAFT
    (kept,) = await recordings(town, 1)
    assert (kept.state, kept.media) == ("stored", media)

    await rider.says(POTHOLE, photo="hole.jpg")
    assert (await town.case(1)).state is CaseState.DISPATCHED


async def test_a_video_with_words_is_a_report_without_a_photo(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, media="video", group=True)
    assert rider.hears("report.ask.photo_video", number="0001")
    assert (await town.case(1)).state is CaseState.DRAFT
    await rider.presses("没法拍照")
    assert (await town.case(1)).state is CaseState.DISPATCHED


async def test_the_contact_reads_that_a_recording_exists_and_gets_none(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, media="voice")
    await rider.says(photo="hole.jpg")
    card = about(contact, "新事项 0001")
    assert "另存 1 段语音，需要时找管理员" in card.text.splitlines()
    assert len(card.rendered.pictures) == 1
    await rider.says(media="video", answers=about(rider, "已收到"))
    assert "另存 1 段视频 · 1 段语音，需要时找管理员" in card.text.splitlines()
    assert rider.hears("report.recorded.video", number="0001")
    assert not contact.hears("report.told_contact_photo")


async def test_an_answer_by_voice_is_kept_and_words_are_asked_for(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says("路灯不亮", photo="lamp.jpg", group=True)
    await rider.says(media="voice")
    assert rider.hears("report.recorded.voice", number="0001")
    assert (await town.case(1)).state is CaseState.DRAFT
    await rider.says("客运站东门")
    assert (await town.case(1)).place == "客运站东门"
    assert len(await recordings(town, 1)) == 1
    await rider.presses("改地点", group=True)
    await rider.says(media="voice")
    assert rider.hears_times("report.recorded.voice", number="0001") == 2
    await rider.says("县图书馆")
    assert (await town.case(1)).place == "县图书馆"


async def test_in_the_group_voice_is_chatter_and_video_of_a_rider_is_not(town: TestTown) -> None:
    rider, guest = await town.rider("赵强"), await town.stranger("路人")
    assert (await rider.says(media="voice", group=True)).reactions == []
    assert (await guest.says(media="video", group=True)).reactions == []
    assert await no_case(town)
    assert (await rider.says(media="video", group=True)).reactions == ["👀"]
    assert rider.hears("report.ask.video", number="0001")
    assert town.group == []
    # Also while a report of theirs is open.
    assert (await rider.says(media="voice", group=True)).reactions == []
    assert [one.media for one in await recordings(town, 1)] == [Media.VIDEO]


async def test_a_recording_that_cannot_be_kept_is_told_and_the_case_goes_on(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, media="voice", broken=True)
    assert rider.hears("report.recording_failed", number="0001")
    assert not rider.hears("report.photo_failed")
    await rider.says(photo="hole.jpg")
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert "另存" not in about(contact, "新事项 0001").text


async def test_a_contact_who_sends_a_video_is_thanked_and_asked_for_a_photo(town: TestTown) -> None:
    rider, contact = await accepted(town)
    await contact.says("已填平", media="video", answers=about(contact, "0001"))
    assert (await town.case(1)).state is CaseState.ACCEPTED
    assert contact.hears("handle.wanted_after.video", number="0001")
    assert not rider.hears("handle.progress")
    await contact.says(photo="after.jpg")
    case = await town.case(1)
    assert (case.state, case.repair_note) == (CaseState.VERIFYING, "已填平")
    assert [(one.kind, one.media) for one in await recordings(town, 1)] == [(PhotoKind.REPAIR, Media.VIDEO)]
    assert len(about(rider, "说已处理").rendered.pictures) == 1


async def test_a_contact_who_cannot_take_a_photo_says_so_after_a_video(town: TestTown) -> None:
    _, contact = await accepted(town)
    await contact.says(media="video")  # quotes nothing: most likely the one case in hand
    assert contact.hears("handle.wanted_after.video", number="0001")
    await contact.presses("没法拍照")
    assert (await town.case(1)).state is CaseState.VERIFYING


async def test_which_case_a_video_belongs_to_is_asked_where_there_are_several(town: TestTown) -> None:
    rider, contact = await accepted(town)
    await rider.says("路面有个大坑，县图书馆", photo="two.jpg", group=True)
    await contact.presses("接收")
    await contact.says("填好了", media="video")
    assert contact.hears("handle.which")
    await contact.presses(about(contact, "哪一件").labels[0])
    assert contact.hears("handle.wanted_after.video", number="0001")
    assert len(await recordings(town, 1)) == 1
    await contact.says(photo="after.jpg", answers=about(contact, "0001 视频已存好"))
    assert (await town.case(1)).repair_note == "填好了"


async def test_a_video_after_the_result_is_added_to_it(town: TestTown) -> None:
    _, contact = await handled(town)
    await contact.says(media="video", answers=about(contact, "0001"))
    assert contact.hears("handle.added.video", number="0001")
    assert len(await recordings(town, 1)) == 1


async def test_whoever_was_asked_to_look_may_send_a_recording_and_still_taps(town: TestTown) -> None:
    _, contact = await handled(town, "垃圾成堆，人民路幼儿园", "urban_mgmt")
    looker = await town.rider("钱勇")
    case = await town.case(1)
    async with town.database.write() as tx:
        await cases.relate(tx, case.id, looker.id, Relation.VERIFIER, town.clock.now())
    await looker.says(media="video", group=True, answers=town.group[0])
    assert town.group_hears("verify.kept.video", number="0001")
    assert (await town.case(1)).state is CaseState.VERIFYING
    assert [one.kind for one in await recordings(town, 1)] == [PhotoKind.VERIFY]
    assert contact.hears("handle.booked", number="0001")


async def test_evidence_is_listed_for_administrators_and_auditors_only(town: TestTown) -> None:
    rider, admin = await town.rider("赵强"), await town.admin("陈主任")
    auditor = await town.person("审计", Post(Role.AUDITOR))
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, media="voice")
    await rider.says(photo="hole.jpg")
    (voice,) = await recordings(town, 1)
    for reader in (admin, auditor):
        await reader.says("证据 0001")
        assert reader.hears("admin.evidence.line", file=voice.blob, size=1)
        assert "语音" in reader.last.text and "照片" in reader.last.text and "赵强" in reader.last.text
    await rider.says("证据 0001")
    assert rider.hears("core.not_allowed")
    await admin.says("证据 0999")
    assert admin.hears("case.unknown", number="0999")
    await admin.says("证据 0001 2")
    assert admin.hears("admin.evidence.none")
    async with town.database.read() as tx:
        assert len(await tx.all("SELECT id FROM audit WHERE action = 'evidence.listed'")) == 3


async def test_who_reported_something_sensitive_is_shown_to_administrators_alone(town: TestTown) -> None:
    rider, admin = await town.rider("赵强"), await town.admin("陈主任")
    auditor = await town.person("审计", Post(Role.AUDITOR))
    await town.contact("market_reg", "郑老师")
    await rider.says("春来饺子馆后厨脏", photo="kitchen.jpg")
    await auditor.says("证据 0001")
    assert "赵强" not in auditor.last.text
    await admin.says("证据 0001")
    assert "赵强" in admin.last.text


async def test_many_files_come_page_by_page(town: TestTown) -> None:
    rider, admin = await town.rider("赵强"), await town.admin("陈主任")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photos=tuple(f"{n}.jpg" for n in range(9)))
    await admin.says("证据 0001")
    assert admin.hears("admin.evidence.more", page=2)
    await admin.says("证据 0001 2")
    assert len(admin.last.text.splitlines()) == 3
