"""Who may not, after the fixes."""

import pytest

from bot.domain.case import CaseState
from bot.domain.people import Post, Role
from bot.domain.rulebook import AgencyId
from storage import members
from tests.features.acting import GARBAGE, POTHOLE, accepted, handled
from tests.features.test_permissions import audited
from tests.town import TestTown


async def test_the_number_after_withdraw_is_the_case_that_is_withdrawn(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="a.jpg", group=True)
    await town.wait(minutes=3)
    await rider.says(GARBAGE, photo="b.jpg", group=True)

    await (await town.rider("孙六")).says("撤回 0001")
    assert (await town.case(1)).state is CaseState.DISPATCHED

    await rider.says("撤回 0001")
    assert (await town.case(1)).state is CaseState.WITHDRAWN
    assert (await town.case(2)).state is not CaseState.WITHDRAWN


@pytest.mark.parametrize("written", ["#{}", "{}号", "编号{:04d}"])
async def test_reopening_answers_a_foreign_number_like_none(town: TestTown, written: str) -> None:
    await accepted(town)
    other = await town.rider("孙六")
    for number in (1, 99):
        await other.says("重开 " + written.format(number))
        assert other.hears("case.unknown", number=written.format(number))


async def test_a_report_is_not_changed_behind_the_contact_who_accepted_it(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="before.jpg", group=True)
    await rider.presses("改类别", group=True)
    button = rider.last.labels[-1]
    await contact.presses("接收")

    await rider.presses(button)
    await rider.says("不是坑，是垃圾成堆")

    assert (await town.case(1)).category == "pothole"
    assert contact.hears("report.told_contact", number="0001")


async def test_words_after_the_end_are_not_noted_for_nobody(town: TestTown) -> None:
    rider, _ = await handled(town)
    await rider.says("先别关，还有一个坑", answers=rider.last)
    assert rider.hears("report.added") and not rider.hears("report.after_end")
    await rider.presses("已修好")
    described = (await town.case(1)).description

    await rider.says("又坏了，根本没修", answers=rider.last)
    assert rider.hears("report.after_end", number="0001")
    assert (await town.case(1)).description == described


async def test_a_case_that_is_not_ones_own_and_a_forged_button_are_audited(town: TestTown) -> None:
    _, contact = await accepted(town)
    other = await town.contact("urban_mgmt", "王队")
    await contact.says("转 0001 城管")
    assert not await audited(town, "action.denied")

    await other.says("延期 0001 1天 等配件")
    await other.presses_data("1.0.AAAA")
    denied = [(row["actor_id"], row["object"]) for row in await audited(town, "action.denied")]
    assert denied == [(other.id, "case.unknown"), (other.id, "core.button_void")]


async def test_who_left_the_post_sees_its_cases_no_more(town: TestTown) -> None:
    rider, contact = await handled(town)
    await rider.presses("已修好")
    await contact.says("进度 0001")
    assert contact.hears_times("progress.head") == 1

    async with town.database.write() as tx:
        await members.end_post(tx, contact.id, Role.CONTACT, AgencyId("housing"), town.clock.now())
    await contact.says("进度 0001")
    assert contact.hears_times("progress.head") == 1 and contact.hears("progress.unknown")


async def test_an_auditor_cannot_search_for_what_a_rider_reported(town: TestTown) -> None:
    await accepted(town)
    auditor, office = await town.person("审计员", Post(Role.AUDITOR)), await town.dispatcher("钱主任")
    await auditor.says("查 赵强")
    await office.says("查 赵强")
    assert auditor.hears("admin.nothing_found") and office.hears("admin.line", number="0001")
    await auditor.says("查 客运站")
    assert auditor.hears("admin.line", number="0001")


async def test_a_number_no_database_holds_names_nobody(town: TestTown) -> None:
    office = await town.admin("管理员")
    await office.says(f"授权 {'9' * 30} 专员 住建局")
    assert office.hears("people.posts.nobody")


async def test_strange_words_are_not_echoed_at_length(town: TestTown) -> None:
    rider, contact = await accepted(town)
    await rider.says("重开 " + "9" * 10_000)
    await contact.says("转 0001 " + "住" * 10_000)
    said = [shown.text for person in (rider, contact) for shown in person.chat if shown.sender == "bot"]
    assert max(map(len, said)) < 1000
    assert rider.hears("case.unknown") and contact.hears("dispatch.no_such_agency")


@pytest.mark.parametrize("again", ["没修好", "撤销"])
async def test_the_tick_is_about_the_photos_of_one_repair(town: TestTown, again: str) -> None:
    rider, contact = await handled(town)
    await contact.presses("照片可公开")
    assert (await town.case(1)).photos_public_at is not None
    await (rider if again == "没修好" else contact).presses(again)
    assert (await town.case(1)).photos_public_at is None
