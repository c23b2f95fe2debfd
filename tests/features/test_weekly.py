"""The weekly brief: what it says of a week, who gets it, and when."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from python_calamine import load_workbook

from bot.domain.people import Post, Role
from tests.fake import Shown
from tests.features.acting import GARBAGE, POTHOLE, about
from tests.town import RULEBOOK, ZONE, Person, TestTown

KITCHEN = "后厨脏乱差，幸福小区"  # dirty_kitchen, P3, sensitive, market_reg


async def to(town: TestTown, moment: str) -> None:
    """Let time pass until this moment of the county's clock."""
    await town.work_off()
    at = datetime.fromisoformat(moment).replace(tzinfo=ZONE)
    await town.wait(seconds=(at - town.clock.now()).total_seconds())


async def away_until(town: TestTown, moment: str) -> None:
    """The bot is off until then, and back at once."""
    town.clock.move(datetime.fromisoformat(moment).replace(tzinfo=ZONE))
    await town.work_off()


@pytest.fixture
async def leader(town: TestTown) -> Person:
    return await town.leader(RULEBOOK.lead.id, "孙志远")


@pytest.fixture
async def report(town: TestTown) -> None:
    """A case from this week, so that there is something to tell."""
    rider, _ = await town.rider("赵强"), await town.contact("urban_mgmt", "王队")
    await rider.says(GARBAGE, photo="a.jpg", group=True)


def briefs(person: Person) -> list[Shown]:
    return [shown for shown in person.chat if shown.text.startswith("周报 · ")]


def sheets(shown: Shown) -> dict[str, list[list[Any]]]:
    """The rows of each sheet below mark and titles."""
    (file,) = shown.rendered.files
    book = load_workbook(BytesIO(file.data))
    return {name: book.get_sheet_by_name(name).to_python()[2:] for name in book.sheet_names}


async def a_week(town: TestTown) -> None:
    """0001 closed in time, 0002 on hold at its limit, 0003 and the sensitive 0004 left lying, 0005 taken back."""
    rider, office = await town.rider("赵强"), await town.dispatcher("何静")
    city, housing = await town.contact("urban_mgmt", "王队"), await town.contact("housing", "刘工")
    await town.contact("market_reg", "郑老师")
    await rider.says(GARBAGE, photo="a.jpg", group=True)
    await to(town, "2026-11-23T09:30")
    await city.presses("接收")
    await city.says("已清走", photo="after.jpg", answers=about(city, "0001"))
    await rider.presses("已修好")
    await rider.says(POTHOLE, photo="b.jpg", group=True)
    await housing.presses("接收")
    await office.says("挂起 0002 12月10日 等材料")
    await rider.says("垃圾成堆，建设街", photo="c.jpg", group=True)
    await rider.says(KITCHEN, photo="d.jpg", group=True)
    await rider.says("路灯不亮，客运站", photo="e.jpg", group=True)
    await rider.presses("撤回", group=True)


async def test_the_lead_office_gets_the_past_week_on_monday_morning(town: TestTown, leader: Person) -> None:
    await a_week(town)
    other = await town.leader("urban_mgmt", "李局")
    admin = await town.admin("盛立本")
    await to(town, "2026-11-30T08:59")
    assert briefs(leader) == []
    await to(town, "2026-11-30T09:00")

    (shown,) = briefs(leader)
    assert shown.text == (
        "周报 · 11月23日至11月29日\n"
        "上报 4 件，办结 1 件，在办 3 件\n"
        "按期结案率 33.3%（1/3）\n"
        "响应率 50%（2/4）\n"
        "逾期未结 2 件，督办 2 件：\n"
        "0003 暴露垃圾 · 城管局 · 超 5 天\n"
        "0004 后厨脏乱 · 市监局 · 超 3 天"
    )
    assert briefs(other) == briefs(admin) == []
    assert not town.group_hears("weekly.head")
    await to(town, "2026-12-04T18:00")
    assert len(briefs(leader)) == 1


async def test_picture_and_spreadsheet_say_the_same(town: TestTown, leader: Person) -> None:
    await a_week(town)
    await to(town, "2026-11-30T09:00")

    (shown,) = briefs(leader)
    (picture,) = shown.rendered.pictures
    with Image.open(BytesIO(picture.data)) as page:
        assert (page.format, page.width) == ("JPEG", 1080)
    assert [file.name for file in shown.rendered.files] == ["周报 2026-11-23 至 2026-11-29.xlsx"]
    found = sheets(shown)
    assert list(found) == ["概况", "逾期事项", "督办事项", "各单位"]
    figures = {row[0]: row[1:4] for row in found["概况"]}
    assert [figures[name][0] for name in ("上报（件）", "立案（件）", "办结（件）", "在办（件）", "逾期未结（件）")] == [
        4, 4, 1, 3, 2,
    ]  # fmt: skip
    assert figures["按期结案率"] == [0.333, 1, 3]
    assert figures["响应率"] == [0.5, 2, 4]
    assert figures["接收用时 · 一般、线索建议"][0] == "15 分"
    assert figures["接收用时 · 特急、紧急"][0] == "—"
    limits = [row.pop(5) for row in found["逾期事项"]]
    assert [limit.isoformat() for limit in limits] == ["2026-11-24T09:30:00", "2026-11-26T09:30:00"]
    assert found["逾期事项"] == [
        ["城管局", "0003", "暴露垃圾", "建设街", "一般", 5, "王队", "已转办"],
        ["市监局", "0004", "后厨脏乱", "涉敏，不列地点", "一般", 3, "郑老师", "已转办"],
    ]
    assert {row[1]: row[6] for row in found["督办事项"]} == {"0003": "未办结", "0004": "未接收"}
    agencies = {row[0]: row[1:] for row in found["各单位"]}
    assert agencies["城管局"] == [2, 0, 1, 0.5, 2, 1, 0.5, 1, 1, 1]
    assert agencies["住建局"] == [1, 1, 0, "—", 1, 1, 1, 1, 0, 0]
    assert "幸福小区" not in str(found)
    assert "赵强" not in str(found)


@pytest.mark.usefixtures("report")
async def test_a_holiday_only_moves_it_to_the_first_working_day(town: TestTown, leader: Person) -> None:
    admin = await town.admin("盛立本")
    await admin.says("调休 11月30日至12月1日 休息")
    await to(town, "2026-12-02T08:59")
    assert briefs(leader) == []
    await to(town, "2026-12-02T09:00")
    assert leader.last.text.startswith("周报 · 11月23日至11月29日\n")
    assert len(briefs(leader)) == 1


@pytest.mark.usefixtures("report")
async def test_a_week_of_holidays_is_told_with_the_next(town: TestTown, leader: Person) -> None:
    admin = await town.admin("盛立本")
    await admin.says("调休 11月30日至12月6日 休息")
    await to(town, "2026-12-07T09:00")
    assert [shown.text.splitlines()[0] for shown in briefs(leader)] == ["周报 · 11月23日至12月6日"]
    await to(town, "2026-12-14T09:00")
    assert [shown.text.splitlines()[0] for shown in briefs(leader)][1:] == ["周报 · 12月7日至12月13日"]


@pytest.mark.usefixtures("report")
@pytest.mark.parametrize(
    ("back", "told"),
    [
        ("2026-11-30T17:59", ["2026-11-30T17:59"]),  # the same day, before the evening
        ("2026-11-30T18:00", ["2026-12-01T09:00"]),
        ("2026-12-02T02:00", ["2026-12-02T09:00"]),
    ],
)
async def test_what_an_outage_kept_back_comes_the_same_day_or_the_next_morning(
    town: TestTown, leader: Person, back: str, told: Sequence[str]
) -> None:
    await to(town, "2026-11-27T18:00")
    await away_until(town, back)
    sent = [back] if briefs(leader) else []
    for moment in ("2026-12-01T09:00", "2026-12-02T09:00", "2026-12-03T09:00"):
        if datetime.fromisoformat(moment).replace(tzinfo=ZONE) > town.clock.now():
            before = len(briefs(leader))
            await to(town, moment)
            sent += [moment] * (len(briefs(leader)) - before)
    assert sent == told
    assert leader.last.text.startswith("周报 · 11月23日至11月29日\n")


@pytest.mark.usefixtures("report")
async def test_where_the_lead_office_has_nobody_the_admins_get_it(town: TestTown) -> None:
    admin = await town.admin("盛立本")
    await to(town, "2026-11-30T09:00")
    assert len(briefs(admin)) == 1


async def test_a_bot_that_is_new_says_nothing_of_the_time_before_it(town: TestTown, leader: Person) -> None:
    await to(town, "2026-11-24T09:00")
    assert briefs(leader) == []
    await to(town, "2026-11-30T09:00")
    assert [shown.text.splitlines()[1] for shown in briefs(leader)] == ["上报 0 件，办结 0 件，在办 0 件"]


async def test_the_running_week_is_shown_when_asked(town: TestTown, leader: Person) -> None:
    await leader.says("周报")
    assert leader.last.text == "这一周没有事项。"
    await a_week(town)
    await to(town, "2026-11-24T12:00")
    await leader.says("周报")
    assert leader.last.text.startswith(
        "本周到现在 · 11月23日至11月24日\n上报 4 件，办结 1 件，在办 3 件\n按期结案率 50%（1/2）\n"
    )
    assert leader.last.text.endswith("：\n0003 暴露垃圾 · 城管局 · 超 2 小时")
    assert len(leader.last.rendered.pictures) == len(leader.last.rendered.files) == 1


async def test_whoever_does_not_get_the_brief_cannot_ask_for_it(town: TestTown, leader: Person) -> None:
    people = [
        await town.leader("urban_mgmt", "李局"), await town.contact("urban_mgmt", "王队"), await town.rider("赵强"),
        await town.admin("盛立本"), await town.person("审计", Post(Role.AUDITOR)),
    ]  # fmt: skip
    for person in people:
        await person.says("周报")
        assert not person.last.rendered.files
        assert not person.hears("weekly.so_far")
    assert not leader.chat


@pytest.mark.usefixtures("report")
async def test_each_reader_gets_it_in_their_language(town: TestTown) -> None:
    reader = await town.person("Lin", Post(Role.DISPATCHER, RULEBOOK.lead.id), language="en")
    await to(town, "2026-11-30T09:00")
    assert reader.last.text.startswith("Weekly brief · 23 Nov to 29 Nov\n1 reported, 0 closed, 1 open\n")
    assert list(sheets(reader.last)) == ["Overview", "Overdue", "Supervised", "Agencies"]
