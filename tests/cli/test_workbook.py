"""Excel files that cannot run anything."""

import stat
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from python_calamine import load_workbook

from bot.workbook import Column, Share, Sheet, Table, harmless, write, written


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠x", "\tx", "\rx", "\nx", "  =1", "\u3000=1", "\u00a0=1",
        "\ufeff=1", "\u200b=1", "井盖坏了\n=HYPERLINK(1)", "a\r\n @x", "a\u2028=1",
    ],
)  # fmt: skip
def test_what_a_program_would_run_is_made_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "井盖坏了", "3-5号楼", "a=b", "两句话\n第二句", "'引号", "100@200"])
def test_what_is_only_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def _sheet() -> Sheet:
    return Sheet(
        name="案件", columns=[Column("编号", 10, "号"), Column("内容", 30, "话"), Column("照片", 8, "张")],
        mark="导出人 =x", notes_name="说明", notes_titles=("项目", "含义"), notes=[("导出人", "=x")],
    )  # fmt: skip


def test_cells_are_text_numbers_are_numbers_and_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "out.xlsx"

    write(file, _sheet(), [["SL-1", "=cmd|' /C calc'!A0", 2], ["SL-2", "https://example.org", 0]])

    book = load_workbook(str(file))
    rows = book.get_sheet_by_name("案件").to_python()
    assert rows[1:] == [
        ["编号", "内容", "照片"],
        ["SL-1", "'=cmd|' /C calc'!A0", 2.0],
        ["SL-2", "https://example.org", 0.0],
    ]
    assert rows[0][0] == "导出人 =x"
    notes = book.get_sheet_by_name("说明").to_python()
    assert notes[0] == ["导出人 =x", ""]
    assert ["导出人", "'=x"] in notes
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_rows_that_do_not_fit_go_on_on_a_further_sheet(tmp_path: Path) -> None:
    file = tmp_path / "out.xlsx"

    write(file, _sheet(), [[f"SL-{n}", "x", n] for n in range(5)], most=2)
    write(tmp_path / "full.xlsx", _sheet(), [["SL-0", "x", 0]] * 2, most=2)

    book = load_workbook(str(file))
    assert book.sheet_names == ["案件", "案件 2", "案件 3", "说明"]
    found = [book.get_sheet_by_name(name).to_python()[1:] for name in book.sheet_names[:3]]
    assert [[row[2] for row in rows] for rows in found] == [["照片", 0.0, 1.0], ["照片", 2.0, 3.0], ["照片", 4.0]]
    assert load_workbook(str(tmp_path / "full.xlsx")).sheet_names == ["案件", "说明"]


def test_cells_of_each_kind_and_a_sheet_beside(tmp_path: Path) -> None:
    file, due = tmp_path / "out.xlsx", datetime.fromisoformat("2026-11-24T09:30")
    beside = Table(
        name="全县", titles=("指标", "值"), widths=(12, 8), rows=[["率", Share(1999, 2000)], ["无", Share(0, 0)]]
    )

    write(file, _sheet(), [["SL-1", due, 80.67], ["", "@x", Share(1, 2)]], [beside])

    book = load_workbook(str(file))
    assert book.sheet_names == ["案件", "全县", "说明"]
    assert book.get_sheet_by_name("案件").to_python()[2:] == [["SL-1", due, 80.67], ["", "'@x", 0.5]]
    assert book.get_sheet_by_name("全县").to_python() == [
        ["导出人 =x", ""],
        ["指标", "值"],
        ["率", 0.999],
        ["无", "—"],
    ]


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "out.xlsx"
    file.write_text("work of a week")

    with pytest.raises(FileExistsError):
        write(file, _sheet(), [])

    assert file.read_text() == "work of a week"


def test_half_a_file_is_no_file(tmp_path: Path) -> None:
    def rows() -> Iterator[list[str | int]]:
        yield ["SL-1", "x", 1]
        raise RuntimeError("the rows ended early")

    with pytest.raises(RuntimeError):
        write(tmp_path / "out.xlsx", _sheet(), rows())

    assert not list(tmp_path.iterdir())


def test_cells_of_a_small_workbook_are_typed_and_none_of_them_runs() -> None:
    due = datetime.fromisoformat("2026-11-24T09:30")
    rows = [["=1+1", 3, Share(1999, 2000), due], ["", 0, Share(0, 0), ""]]
    made = written(
        [
            Table(name="概况", titles=("单位", "件", "率", "时限"), widths=(12, 8, 8, 18), rows=rows),
            Table(name="空", titles=("单位",), widths=(12,), rows=[]),
        ],
        "只供内部 @x",
    )

    book = load_workbook(BytesIO(made))
    assert book.sheet_names == ["概况", "空"]
    assert book.get_sheet_by_name("概况").to_python() == [
        ["只供内部 @x", "", "", ""],
        ["单位", "件", "率", "时限"],
        ["'=1+1", 3.0, 0.999, due],
        ["", 0.0, "—", ""],
    ]
    assert book.get_sheet_by_name("空").to_python()[1:] == [["单位"]]
