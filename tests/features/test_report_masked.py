"""What is posted in the name of a chat, by an anonymous administrator or a channel: taken, but nobody is known behind it."""

import pytest

from bot.domain.case import CaseState
from storage import groups, members
from tests.fake import GROUP
from tests.features.acting import POTHOLE, about
from tests.features.test_report import no_case
from tests.town import Person, TestTown


def private_words(town: TestTown, *but: Person) -> list[str]:
    """What the bot has said in private chats, but for those of some people."""
    known = {GROUP, *(person.account for person in but)}
    return [shown.text for chat, said in town.platform.chats.items() if chat not in known for shown in said]


async def test_a_report_in_the_name_of_the_group_is_taken(town: TestTown) -> None:
    admin, contact = await town.admin("陈主任"), await town.contact("housing", "刘工")
    said = await admin.says(POTHOLE, photo="hole.jpg", group=True, masked=True)
    case = await town.case(1)
    assert (case.state, said.reactions) == (CaseState.DISPATCHED, ["👀"])
    assert case.reporter_id != admin.id
    assert town.group_hears("report.receipt.first", number="0001")
    assert "匿名师傅" in about(contact, "新事项 0001").text
    await contact.presses("接收")
    await contact.says("已填平", photo="after.jpg", answers=about(contact, "0001"))
    assert private_words(town, contact) == []
    assert len(town.group) == 1
    async with town.database.read() as tx:
        assert await tx.all("SELECT id FROM points") == []
        (account,) = await members.accounts(tx, case.reporter_id)
    assert not account.reachable


async def test_the_one_question_goes_into_the_group_and_is_answered_in_words(town: TestTown) -> None:
    admin, _ = await town.admin("陈主任"), await town.contact("housing", "刘工")
    await admin.says("上报 路灯不亮", photo="lamp.jpg", group=True, masked=True)
    assert town.group_hears("report.ask.place_open", number="0001")
    await admin.says("客运站东门", group=True, masked=True)
    assert (await town.case(1)).place == "客运站东门"
    await admin.says(f"上报 {POTHOLE}", group=True, masked=True)
    assert town.group_hears("report.ask.photo", number="0002")
    # The button belongs to whoever wrote, and a press always comes from a person.
    await admin.presses("没法拍照", group=True)
    assert admin.notices == [town.texts.pattern("core.button_foreign", "zh-CN")]
    assert (await town.case(2)).state is CaseState.DRAFT
    await admin.says("没法拍照", group=True, masked=True)
    assert (await town.case(2)).state is CaseState.DISPATCHED


@pytest.mark.parametrize("word", ["概况", "待办", "转 0001 住建"])
async def test_a_command_that_needs_a_role_is_refused_with_what_to_do(town: TestTown, word: str) -> None:
    admin = await town.admin("陈主任")
    await admin.says(word, group=True, masked=True)
    assert town.group_hears("core.masked")
    async with town.database.read() as tx:
        assert len(await tx.all("SELECT id FROM audit WHERE action = 'action.denied'")) == 1


async def test_a_group_is_bound_by_a_person(town: TestTown) -> None:
    admin, rider = await town.admin("陈主任"), await town.rider("赵强")
    async with town.database.write() as tx:
        await tx.run("DELETE FROM groups")
    await admin.says("绑定", group=True, masked=True)
    assert town.group_hears("core.masked")
    await rider.says("绑定", group=True)
    assert len(town.group) == 1
    async with town.database.read() as tx:
        assert await groups.bound(tx) == []
    await admin.says("绑定", group=True)
    assert town.group_hears("people.group.bound")


async def test_what_a_channel_posts_without_words_of_a_report_is_chatter(town: TestTown) -> None:
    admin = await town.admin("陈主任")
    await admin.says(photo="poster.jpg", group=True, masked=True)
    await admin.says("今天 9:00 培训", photo="poster.jpg", group=True, masked=True)
    assert await no_case(town)
    assert town.group == []
