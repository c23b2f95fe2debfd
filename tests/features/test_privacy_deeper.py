"""What a group must not learn and what words may do to us, after the fixes."""

import pytest

from bot.domain.case import CaseState
from tests.features.acting import POTHOLE, about
from tests.features.test_privacy import any_town, in_group, set_aside
from tests.town import TestTown

__all__ = ["any_town"]

LABOUR = "站长拖欠工资，客运站"


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "\udc00坑", "a\x00\ud83d"])
async def test_a_character_no_database_keeps_costs_no_report(any_town: TestTown, odd: str) -> None:
    town = any_town
    rider, contact = await town.stranger(f"赵{odd}强"), await town.contact("housing", "刘工")
    await rider.says(f"路上有个大坑{odd}，客运站", photo="before.jpg", group=True)
    assert (await town.case(1)).state is CaseState.DISPATCHED
    await contact.presses("接收")
    await contact.says(f"已填平{odd}", photo="after.jpg", answers=about(contact, "0001"))
    assert (await town.case(1)).repair_note.startswith("已填平")
    await contact.says(f"查{odd}")
    await contact.says(f"进度 {odd}")
    assert await set_aside(town) == 0


async def test_nothing_rings_or_turns_in_the_group(town: TestTown) -> None:
    guest, contact = await town.stranger("@all 13800138000\u202e"), await town.contact("housing", "刘工")
    office = await town.dispatcher("钱主任")
    await guest.says("路上有个大坑，客运站 @all", photo="before.jpg", group=True)
    await contact.presses("接收")
    await contact.says("已填平 @all\n\u202e13800138000", photo="after.jpg", answers=about(contact, "0001"))
    await guest.presses("已修好")
    await office.says("公告 @all 明天培训，问13800138000")
    await office.presses("确认发布")

    assert town.group_hears("feedback.group.closed") and town.group_hears("admin.notice")
    said = in_group(town)
    assert "＠all" in said and "@" not in said and "\u202e" not in said and "13800138000" not in said


@pytest.mark.parametrize(("words", "agency", "asked"), [(POTHOLE, "housing", True), (LABOUR, "justice", False)])
async def test_colleagues_are_not_asked_about_a_sensitive_case(
    town: TestTown, words: str, agency: str, asked: bool
) -> None:
    """A rider near by looks at a hole in the road, but never at what a colleague complained of."""
    colleague, rider = await town.rider("孙六"), await town.rider("赵强")
    await town.contact("urban_mgmt", "王队")
    await colleague.says("垃圾成堆，客运站", photo="own.jpg")
    contact = await town.contact(agency, "刘工")
    await rider.says(words, photo="before.jpg")
    await contact.presses("接收")
    await contact.says("已办好", photo="after.jpg", answers=about(contact, "0002"))
    await rider.presses("没路过")
    assert (await town.case(2)).state is CaseState.VERIFYING
    assert colleague.hears("verify.request.other", number="0002") == asked
