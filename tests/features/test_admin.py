"""Admin: what has no contact, finding cases, rejecting and merging with a way back, announcements."""

import pytest

from bot.domain.case import CaseState, Relation
from storage import case_queries, cases, photos
from tests.features.acting import GARBAGE, POTHOLE, about, accepted
from tests.town import Person, TestTown


async def two_cases(town: TestTown) -> tuple[Person, Person]:
    """The office, and the rider of a pothole and a heap of garbage, both handed over."""
    office, rider = await town.dispatcher("孙主任"), await town.rider("赵强")
    await town.contact("housing", "刘工")
    await town.contact("urban_mgmt", "王队")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await rider.says(GARBAGE, photo="bin.jpg", group=True)
    return office, rider


async def test_what_nobody_is_responsible_for(town: TestTown) -> None:
    office, rider = await town.dispatcher("孙主任"), await town.rider("赵强")
    await office.says("未派")
    assert office.hears("admin.all_assigned")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    await office.says("未派")
    assert office.hears("admin.line", number="0001", place="客运站")
    assert office.hears("admin.how_to_assign", number="0001")
    assert "—" not in office.last.text
    await rider.says("未派")
    assert rider.hears("core.not_allowed")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("0001", {"0001"}),
        ("客运站", {"0001"}),
        ("赵强", {"0001", "0002"}),
        ("王队", {"0002"}),
        ("垃圾", {"0002"}),
        ("%", set[str]()),
        ("0099", set[str]()),
    ],
)
async def test_cases_are_found(town: TestTown, words: str, found: set[str]) -> None:
    office, _ = await two_cases(town)
    await office.says(f"查 {words}")
    assert {number for number in ("0001", "0002") if office.hears("admin.line", number=number)} == found
    assert office.hears("admin.nothing_found") is not bool(found)


async def test_a_line_names_the_contact_and_a_cut_list_says_how_many_are_left(town: TestTown) -> None:
    office, rider = await two_cases(town)
    await office.says("查 王队")
    assert office.last.text.splitlines()[1].endswith(" · 王队")
    assert not office.hears("admin.more")
    for place in ("县图书馆", "幸福社区服务站", "客运站东门", "客运站公交站"):
        await rider.says(f"{POTHOLE.partition('，')[0]}，{place}", photo=f"hole-{place}.jpg", group=True)
        await rider.says(f"{GARBAGE.partition('，')[0]}，{place}", photo=f"bin-{place}.jpg", group=True)
        await town.wait(minutes=20)
    await office.says("查 赵强")
    async with town.database.read() as tx:
        everything = sum((await case_queries.count_by_state(tx)).values())
    assert everything > 8
    assert office.last.text.splitlines()[-1] == f"另有 {everything - 8} 件。"


async def test_searching_is_for_the_office(town: TestTown) -> None:
    office, rider = await two_cases(town)
    await rider.says("查 王队")
    assert rider.hears("core.not_allowed")
    assert not rider.hears("admin.line")
    await office.says("查")
    assert office.hears("admin.search_what")


async def test_rejecting_needs_a_reason_and_has_a_way_back(town: TestTown) -> None:
    office, rider = await two_cases(town)
    await office.says("驳回 0001")
    assert office.hears("admin.reject_why", number="0001")
    assert (await town.case(1)).state is CaseState.DISPATCHED
    await office.says("驳回 0001 不在本县")
    assert (await town.case(1)).state is CaseState.REJECTED
    assert rider.hears("feedback.rejected", why="不在本县")
    assert "不予受理" in town.group[0].text
    await office.presses("撤销")
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert len(town.group) == 2


async def test_a_rejection_is_not_taken_back_after_ten_minutes(town: TestTown) -> None:
    office, _ = await two_cases(town)
    await office.says("驳回 0001 不在本县")
    undo = about(office, "已驳回").rendered.buttons[0].data
    await town.wait(minutes=11)
    await office.presses_data(undo)
    assert (await town.case(1)).state is CaseState.REJECTED


async def test_what_was_handled_is_not_rejected_any_more(town: TestTown) -> None:
    _, contact = await accepted(town)
    office = await town.dispatcher("孙主任")
    await contact.says("好了", photo="after.jpg", answers=about(contact, "0001"))
    await office.says("驳回 0001 不在本县")
    assert office.hears("case.not_now", number="0001")
    assert (await town.case(1)).state is CaseState.VERIFYING


async def test_merging_takes_photos_and_reporter_along_and_undoing_brings_them_back(town: TestTown) -> None:
    office, rider = await two_cases(town)
    second = await town.rider("钱勇")
    await second.says("路上有个大坑，县图书馆", photo="third.jpg", group=True)
    first, third = await town.case(1), await town.case(3)
    await office.says("合并 0003 0001")
    assert (await town.case(3)).state is CaseState.MERGED
    assert second.hears("feedback.merged", number="0003", into="0001")
    async with town.database.read() as tx:
        assert len(await photos.list_of_case(tx, first.id)) == 2
        assert await photos.list_of_case(tx, third.id) == []
        assert await cases.related(tx, first.id, Relation.CO_REPORTER) == [second.id]
    await office.presses("撤销")
    undone = await town.case(3)
    assert (undone.state, undone.merged_into) == (CaseState.DISPATCHED, None)
    async with town.database.read() as tx:
        assert len(await photos.list_of_case(tx, third.id)) == 1
        assert await cases.related(tx, first.id, Relation.CO_REPORTER) == []
    assert rider.name


async def test_merging_into_nothing_or_itself_is_answered_by_an_example(town: TestTown) -> None:
    office, _ = await two_cases(town)
    for words in ("合并 0001", "合并 0001 0001", "合并 0001 0099"):
        await office.says(words)
    assert office.hears_times("admin.merge_into_what", number="0001") == 3
    await office.says("合并 0099 0001")
    assert office.hears("case.unknown", number="0099")
    assert (await town.case(1)).state is CaseState.DISPATCHED


async def test_merging_into_what_was_merged_names_where_it_went(town: TestTown) -> None:
    office, _ = await two_cases(town)
    other = await town.rider("钱勇")
    await other.says("路上有个大坑，县图书馆", photo="third.jpg", group=True)
    await office.says("合并 0002 0001")
    await office.says("合并 0003 0002")
    assert office.last.text == "0002 已并入 0001。"
    await office.says("合并 0002 0003")
    assert office.hears_times("admin.merged_already", number="0002", into="0001") == 2
    assert (await town.case(3)).state is CaseState.DISPATCHED


async def test_an_overview(town: TestTown) -> None:
    office, _ = await two_cases(town)
    await office.says("概况")
    assert office.hears("admin.count", n=2)


async def test_an_announcement_takes_a_second_tap_and_goes_out_once(town: TestTown) -> None:
    office = await town.dispatcher("孙主任")
    await office.says("公告 明天 9:00 培训")
    assert office.hears("admin.announce_sure")
    assert town.group == []
    send = about(office, "再点一次").rendered.buttons[0].data
    await office.presses_data(send)
    await office.presses_data(send)
    assert town.group_hears("admin.notice", words="明天 9:00 培训")
    assert len(town.group) == 1


async def test_an_announcement_calls_nobody_and_shows_no_number_already_before_it_is_sent(town: TestTown) -> None:
    office = await town.dispatcher("孙主任")
    phone = "1" + "3800000000"
    await office.says(f"公告 @all 报名请打 {phone}")
    preview = about(office, "再点一次").text
    assert "＠all" in preview
    assert "@" not in preview
    assert phone not in preview
    await office.presses("确认发布")
    assert "＠all" in town.group[0].text
    assert phone not in town.group[0].text


async def test_announcing_is_for_the_office_and_has_its_limits(town: TestTown) -> None:
    office, rider = await town.dispatcher("孙主任"), await town.rider("赵强")
    await rider.says("公告 开会了")
    assert rider.hears("core.not_allowed")
    await office.says("公告")
    assert office.hears("admin.announce_what")
    await office.says("公告 " + "长" * 301)
    assert office.hears("admin.announce_long", most=300)
    assert town.group == []
