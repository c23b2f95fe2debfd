"""What a rider reads: where the points come from, every line, every rule."""

from datetime import UTC, datetime

import pytest

from handlers.points.views import month_named
from tests.features.acting import POTHOLE, handled
from tests.town import RULEBOOK, ZONE, Person, TestTown


async def paid(town: TestTown) -> Person:
    """A rider with the five points of a pothole that was mended."""
    rider, _ = await handled(town)
    await rider.presses("已修好")
    return rider


async def test_points_say_what_came_from_where(town: TestTown) -> None:
    rider = await paid(town)
    await rider.says("积分")
    assert rider.hears("points.source", group="问题上报", points="+5")
    assert not rider.hears("points.waiting")
    assert rider.last.labels == ["明细", "规则"]

    await rider.presses("明细")
    assert rider.hears("points.lines.head", n=3)


async def test_every_line_says_item_points_case_who_and_standing(town: TestTown) -> None:
    rider, admin = await paid(town), await town.admin("李主任")
    await admin.says("加分 赵强 A07 0001 已查实")
    await admin.presses("确认加分")
    await rider.says("明细")
    assert rider.last.text.splitlines() == [
        "2026年11月共 4 条",
        "1. 23日 重大隐患或违法线索查实",
        "+20 分 0001 李主任 已入账",
        "理由：已查实",
        "2. 23日 所报事项核实办结",
        "+2 分 0001 小五自动 已入账",
        "3. 23日 一次成单",
        "+1 分 0001 小五自动 已入账",
        "4. 23日 一般事项有效上报",
        "+2 分 0001 小五自动 已入账",
    ]
    assert max(len(line) for line in rider.last.text.splitlines()) <= 20
    assert rider.last.labels == ["1 有异议", "2 有异议", "3 有异议", "4 有异议"]


async def test_a_page_is_five_lines_and_the_numbers_go_on(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    for index in range(3):
        await rider.says(f"路上有个大坑，客运站，第{index}次看到", photo=f"{index}.jpg")
    await rider.says("明细")
    assert rider.last.labels[-1] == "更多" and len(rider.last.labels) == 6
    await rider.presses("更多")
    assert rider.last.labels == ["6 有异议"]
    assert "6. 23日" in rider.last.text and "更多" not in rider.last.labels


async def test_a_line_that_was_taken_back_says_why(town: TestTown) -> None:
    rider, admin = await town.rider("赵强"), await town.admin("李主任")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    await admin.says("驳回 0001 不在本县")
    await rider.says("明细")
    assert rider.hears("points.standing.reversed") and rider.hears("points.why.reject")
    assert "+2 分 0001 李主任 已撤销" in rider.last.text


async def test_a_line_leads_to_an_objection_of_ones_own(town: TestTown) -> None:
    rider = await paid(town)
    await rider.says("明细")
    await rider.presses("1 有异议")
    assert rider.hears("ranking.object.ask")


async def test_a_month_is_named_and_another_ones_lines_are_ones_own(town: TestTown) -> None:
    rider, other = await paid(town), await town.rider("李晓梅")
    await rider.says("明细 10月")
    assert rider.hears("points.lines.none")
    await rider.says("明细 2026-11")
    assert rider.hears("points.lines.head", n=3)
    await rider.says("明细 上个月")
    assert rider.hears("points.lines.how")
    await other.says("明细 11月")
    assert other.hears("points.lines.none") and not other.hears("points.lines.head")


async def test_who_is_no_rider_yet_hears_when_points_begin(town: TestTown) -> None:
    guest, contact = await town.stranger("路人"), await town.contact("housing", "刘工")
    await guest.says("明细")
    assert guest.hears("points.after_registration")
    await contact.says("明细")
    assert contact.hears("core.not_allowed")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "2026-11"),
        ("11月", "2026-11"),
        ("10月", "2026-10"),
        ("12月", "2025-12"),  # the last December there was
        ("2026-10", "2026-10"),
        ("2025年3月", "2025-03"),
        ("13月", None),
        ("0月", None),
        ("十月", None),
    ],
)
def test_a_month_in_words(words: str, expected: str | None) -> None:
    assert month_named(words, datetime(2026, 11, 23, 1, 0, tzinfo=UTC).astimezone(ZONE)) == expected


# -- rules ---------------------------------------------------------------------------------------------------------


async def test_the_rules_begin_with_their_groups(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await rider.says("规则")
    assert rider.hears("points.rules.head", groups=5, n=33)
    assert rider.hears("points.rules.caps", day=40, month=500)
    assert rider.last.labels == ["A 问题上报", "B 履职行动", "C 学习提升", "D 志愿宣传", "E 荣誉与纪律"]

    await rider.presses("A 问题上报")
    assert "A02 紧急事项有效上报（P2 立案）\n加 4 分 · 一天最多 12 · 一月最多 80\n自动记分：已立案" in rider.last.text
    assert "A 问题上报" not in rider.last.labels


async def test_every_item_is_shown_once_in_its_group(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await rider.says("规则")
    pages: list[str] = []
    for label in rider.last.labels:
        await rider.says("规则")
        await rider.presses(label)
        pages.append(rider.last.text)
    for item in RULEBOOK.points.items:
        assert sum(f"{item.code} {item.name}" in page for page in pages) == 1
    assert max(len(page.encode()) for page in pages) <= 2048  # what a platform takes in one message


async def test_a_deduction_is_named_plainly(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await rider.says("规则 E04")
    assert "扣 1 分 · 一天最多扣 3 · 一月最多扣 10\n当月前 3 次不扣" in rider.last.text
    await rider.says("规则 e06")
    assert "扣 5/15 分" in rider.last.text and rider.hears("points.rules.heard")
    await rider.says("规则 月度履职之星")
    assert "加 30/20/10 分" in rider.last.text and rider.hears("points.rules.spendable_only")
    await rider.says("规则 踢足球")
    assert rider.hears("points.asked.which_item")


async def test_everybody_may_read_the_rules_in_their_language(town: TestTown) -> None:
    guest, reader = await town.stranger("路人"), await town.rider("Sam", language="en")
    await guest.says("规则")
    assert guest.hears("points.rules.head")
    await reader.says("rules A07")
    assert "gives 20 · at most 60 a month" in reader.last.text
