"""The spreadsheets of a month: its ledger of points and the indices of its agencies, read back cell by cell."""

import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path

import pytest
from python_calamine import load_workbook

from bot.commands.wording import LANGUAGES, words
from bot.domain.case import CaseState
from bot.domain.ledger import Step
from bot.domain.people import Post, Role
from bot.domain.tallies import Counts
from bot.export.agencies import export_agencies
from bot.export.points import export_points
from storage import members, points
from storage.points import NewEntry
from tests.cli.exports import asked, lines, looks_right, part
from tests.features.acting import POTHOLE, about
from tests.town import RULEBOOK, Person, TestTown

OFFICE_PROGRAM = shutil.which("soffice") or shutil.which("libreoffice")


async def mended(town: TestTown) -> Person:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="before.jpg", group=True)
    await town.wait(minutes=30)
    await contact.presses("接收")
    await contact.says("补好了", photo="after.jpg", answers=about(contact, "0001"))
    await town.wait(minutes=5)
    await rider.presses("已修好")
    assert (await town.case(1)).state is CaseState.CLOSED
    return rider


# -- agencies ----------------------------------------------------------------------------------------------------------


async def test_every_index_stands_with_its_counts_and_a_dash_where_there_are_none(
    town: TestTown, tmp_path: Path
) -> None:
    await mended(town)
    await town.wait(days=4)
    file = tmp_path / "agencies.xlsx"

    assert await export_agencies(asked(town, file, "2026-11")) == 1

    housing, county = lines(file, "单位指标")
    assert (housing["单位"], housing["名次"], county["单位"], county["名次"]) == ("住建局", "样本不足", "全县", "")
    for row in (housing, county):
        assert (row["响应率"], row["按时答复"], row["应答复"]) == (1.0, 1.0, 1.0)
        assert (row["解决率"], row["已解决"], row["已核实或评价"]) == (1.0, 1.0, 1.0)
        assert (row["满意率"], row["满意和基本满意"], row["评价"], row["满意度指数"]) == ("—", 0.0, 0.0, "—")
        assert (row["三率综合"], row["按期结案率"], row["按期结案"], row["缓办"]) == (1.0, 1.0, 1.0, 0.0)
        assert (row["紧急按期结案率"], row["返工率"], row["送核实"]) == ("—", 0.0, 1.0)
        assert (row["签收中位（分）"], row["签收九成（分）"], row["签收件数"]) == (30.0, 30.0, 1.0)
        assert (row["延期率"], row["退单率"], row["转办"], row["督办率"]) == (0.0, 0.0, 1.0, 0.0)


async def test_what_only_the_county_has_stands_on_a_sheet_of_its_own(town: TestTown, tmp_path: Path) -> None:
    await mended(town)
    file = tmp_path / "agencies.xlsx"

    await export_agencies(asked(town, file, "2026-11"))

    assert load_workbook(str(file)).sheet_names == ["单位指标", "全县指标", "说明"]
    found = {str(row["指标"]): row for row in lines(file, "全县指标")}
    assert [found["立案率（有效上报率）"][title] for title in ("值", "分子", "分母")] == [1.0, 1.0, 1.0]
    assert [found["骑手活跃率"][title] for title in ("值", "分子", "分母")] == [1.0, 1.0, 1.0]
    assert [found["骑手有效率"][title] for title in ("值", "分子", "分母")] == ["—", 0.0, 0.0]
    assert found["积分基尼系数"]["值"] == 0.0  # one rider has everything there is, as all do
    assert float(str(found["积分发放"]["值"])) > 0
    assert all(row["怎么算"] for row in found.values())


async def test_a_month_without_anything_is_a_county_of_dashes(town: TestTown, tmp_path: Path) -> None:
    file = tmp_path / "agencies.xlsx"
    assert await export_agencies(asked(town, file, "2026-03")) == 0
    (county,) = lines(file, "单位指标")
    assert (county["单位"], county["响应率"], county["三率综合"], county["签收中位（分）"]) == ("全县", "—", "—", "—")


async def test_the_mark_stands_on_every_sheet_and_in_the_file(town: TestTown, tmp_path: Path) -> None:
    await mended(town)
    file = tmp_path / "agencies.xlsx"

    await export_agencies(asked(town, file, "2026-11", by="=值班员"))

    book = load_workbook(str(file))
    marks = {str(book.get_sheet_by_name(name).to_python()[0][0]) for name in book.sheet_names}
    (mark,) = marks
    assert "导出人 =值班员" in mark and "2026-11-23 09:35" in mark and "共 1 个单位" in mark
    assert mark in part(file, "docProps/core.xml")
    notes = {str(line[0]): line[1] for line in book.get_sheet_by_name("说明").to_python()}
    assert (notes["导出人"], notes["统计月份"], notes["单位数"]) == ("'=值班员", "2026-11", "1")
    explained = set(notes)
    assert explained >= set(map(str, lines(file, "单位指标")[0]))


async def test_sheets_are_made_for_reading(town: TestTown, tmp_path: Path) -> None:
    await mended(town)
    agencies, ledger = tmp_path / "agencies.xlsx", tmp_path / "points.xlsx"
    await export_agencies(asked(town, agencies, "2026-11"))
    await export_points(asked(town, ledger, "2026-11"))
    looks_right(agencies, 1, len(lines(agencies, "单位指标")[0]))
    looks_right(agencies, 2, 5)
    looks_right(ledger, 1, len(lines(ledger, "积分流水")[0]))


def test_every_count_of_an_agency_has_its_column() -> None:
    """A rate that is added is exported, too."""
    rates = {name for name, value in vars(Counts).items() if isinstance(value, property)}
    for language in LANGUAGES:
        said = words(language)
        for name in rates - {"satisfaction_index"}:
            assert f"export.agencies.column.{name}" in said, name
            assert f"export.agencies.why.{name}" in said, name


@pytest.mark.parametrize("kind", ["cases", "points", "agencies"])
def test_no_two_columns_have_one_title(kind: str) -> None:
    for language in LANGUAGES:
        titles = [said for key, said in words(language).items() if key.startswith(f"export.{kind}.column.")]
        assert len(set(titles)) == len(titles) > 10


# -- points ------------------------------------------------------------------------------------------------------------


async def booked(town: TestTown) -> Person:
    """A rider with rows of every kind; the words of one would be a formula."""
    rider = await town.rider("赵强")
    office = await town.admin("李主任")
    at = town.clock.now()
    async with town.database.write() as tx:
        for n, (item, delta, step, reason) in enumerate(
            (
                ("A01", 2, Step.CONFIRMED, ""),
                ("B02", 2, Step.PENDING, '=HYPERLINK("x")'),
                ("E07", -3, Step.CONFIRMED, "缺席"),
                ("E03", 30, Step.CONFIRMED, "最美骑手"),
            )
        ):
            entry = NewEntry(
                key=f"{item}:test:{n}", member_id=rider.id, item=item, delta=delta, step=step, case_id=None,
                actor_id=office.id, rules_id=None, period="2026-11", day="2026-11-23", at=at, reason=reason,
                spendable_only=item == "E03",
            )  # fmt: skip
            await points.hold(tx, rider.id)
            await points.add(tx, entry)
        first = await points.find(tx, "A01:test:0")
        assert first is not None
        await points.reverse(tx, first, office.id, at, "reject")
    return rider


async def test_every_row_of_the_ledger_is_a_row_in_words(town: TestTown, tmp_path: Path) -> None:
    await booked(town)
    file = tmp_path / "points.xlsx"

    assert await export_points(asked(town, file, "2026-11")) == 5

    rows = lines(file, "积分流水")
    assert [(row["细则"], row["分值"], row["类别"]) for row in rows] == [
        ("A01", 2.0, "已计入"),
        ("B02", 2.0, "待确认"),
        ("E07", -3.0, "已计入"),
        ("E03", 30.0, "已计入"),
        ("A01", -2.0, "已收回"),
    ]
    assert rows[0]["细则名称"] == next(item.name for item in RULEBOOK.points.items if item.code == "A01")
    assert (rows[0]["骑手"], rows[0]["记账人"], rows[0]["所属日"]) == ("赵强", "李主任", "2026-11-23")
    assert rows[0]["记账时间"] == datetime.fromisoformat("2026-11-23T09:00")
    assert rows[1]["原因"] == '\'=HYPERLINK("x")'
    assert (rows[3]["只算可兑换"], rows[0]["只算可兑换"]) == ("是", "")
    assert rows[4]["原因"] == "不予受理" and rows[4]["更正哪一行"] == rows[0]["流水号"]


async def test_points_of_a_case_name_it_and_what_was_booked_by_itself(town: TestTown, tmp_path: Path) -> None:
    await mended(town)
    file = tmp_path / "points.xlsx"
    await export_points(asked(town, file, "2026-11"))
    rows = lines(file, "积分流水")
    assert {row["事项编号"] for row in rows} == {"SL-20261123-0001"}
    assert "系统" in {row["记账人"] for row in rows}


async def test_a_long_ledger_is_read_in_short_transactions(town: TestTown, tmp_path: Path) -> None:
    at = town.clock.now()
    for name in ("甲", "乙", "丙"):
        async with town.database.write() as tx:
            who = await members.insert(tx, name, at)
            await members.add_post(tx, who, Post(Role.RIDER), at)
            for n in range(400):
                await tx.run(
                    "INSERT INTO points (key, member_id, item, delta, step, actor_id, period, day, at) VALUES"
                    " (:key, :who, 'A01', 2, 'confirmed', :who, '2026-11', '2026-11-23', '2026-11-23T01:00:00.000Z')",
                    key=f"{name}{n}", who=who,
                )  # fmt: skip
    town.database.longest_hold_ms = 0
    seen: list[int] = []

    async def tell(done: int, _of: int) -> None:
        seen.append(done)

    assert await export_points(asked(town, tmp_path / "points.xlsx", "2026-11", tell=tell)) == 1200
    assert seen == [500, 1000, 1200]
    assert town.database.longest_hold_ms < 100
    rows = lines(tmp_path / "points.xlsx", "积分流水")
    assert [row["骑手"] for row in rows] == ["甲"] * 400 + ["乙"] * 400 + ["丙"] * 400


def test_every_step_and_every_item_has_its_words() -> None:
    for language in LANGUAGES:
        assert {f"export.step.{step}" for step in Step} <= set(words(language))


# -- with an office program -------------------------------------------------------------------------------------------


@pytest.mark.skipif(OFFICE_PROGRAM is None, reason="LibreOffice is not on this machine")
async def test_an_office_program_opens_them_and_reads_the_same(town: TestTown, tmp_path: Path) -> None:
    await mended(town)
    await booked(town)
    await town.wait(days=4)
    ledger, agencies = tmp_path / "points.xlsx", tmp_path / "agencies.xlsx"
    await export_points(asked(town, ledger, "2026-11"))
    await export_agencies(asked(town, agencies, "2026-11"))
    again = tmp_path / "again"
    _opened_and_saved([ledger, agencies], again)
    for file, sheet in ((ledger, "积分流水"), (agencies, "单位指标"), (agencies, "全县指标")):
        assert lines(again / file.name, sheet) == lines(file, sheet)


def _opened_and_saved(files: list[Path], to: Path) -> None:
    assert OFFICE_PROGRAM is not None
    with tempfile.TemporaryDirectory() as profile:
        own = f"-env:UserInstallation=file://{profile}"
        command = [
            OFFICE_PROGRAM,
            own,
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(to),
        ]
        subprocess.run([*command, *map(str, files)], check=True, capture_output=True, timeout=100)
