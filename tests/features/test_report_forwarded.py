"""What somebody else said and a person passes on: material for a report of theirs, never a command."""

from bot.domain.case import CaseState
from tests.features.acting import POTHOLE, about, accepted
from tests.features.test_report import no_case
from tests.town import TestTown


async def test_a_forwarded_photo_with_words_is_a_report_of_whoever_forwards(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(f"上报 {POTHOLE}", photo="hole.jpg", forwarded=True)
    case = await town.case(1)
    assert (case.state, case.reporter_id, case.description) == (CaseState.DISPATCHED, rider.id, POTHOLE)
    await rider.says("路面有个大坑，县图书馆", photo="hole2.jpg", group=True, forwarded=True)
    assert (await town.case(2)).state is CaseState.DISPATCHED
    assert contact.hears("dispatch.card.new", number="0002")


async def test_in_the_group_other_things_passed_on_are_chatter(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await rider.says(photo="lunch.jpg", group=True, forwarded=True)
    await rider.says("哈哈哈", photo="lunch.jpg", group=True, forwarded=True)
    await rider.says(POTHOLE, group=True, forwarded=True)
    await rider.says(f"上报 {POTHOLE}", group=True, forwarded=True)
    await rider.says(media="video", group=True, forwarded=True)
    assert await no_case(town)
    assert town.group == []
    await rider.says(photo="what.jpg", group=True)  # one's own
    assert (await town.case(1)).state is CaseState.DRAFT
    await rider.says(POTHOLE, group=True, forwarded=True)  # also while a report is open
    assert (await town.case(1)).description == ""


async def test_forwarded_words_are_no_command_no_button_and_end_nothing(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("路灯不亮", photo="lamp.jpg")
    for words in ("取消", "撤回", "进度"):
        await rider.says(words, forwarded=True)
        assert (await town.case(1)).state is CaseState.DRAFT
    await rider.says("客运站东门", forwarded=True)  # an answer may be passed on
    assert ((await town.case(1)).state, (await town.case(1)).place) == (CaseState.DISPATCHED, "客运站东门")
    await contact.says("接收", forwarded=True)
    assert (await town.case(1)).state is CaseState.DISPATCHED
    await rider.says("地点改成县图书馆", forwarded=True)
    assert (await town.case(1)).place == "客运站东门"


async def test_a_contact_may_pass_on_the_photo_that_a_worker_sent(town: TestTown) -> None:
    _, contact = await accepted(town)
    await contact.says("已填平", photo="after.jpg", forwarded=True, answers=about(contact, "0001"))
    assert (await town.case(1)).state is CaseState.VERIFYING
