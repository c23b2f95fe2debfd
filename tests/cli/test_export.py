"""The list of cases as an office opens it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from python_calamine import load_workbook

from bot.commands.wording import words
from bot.export import is_month, month_of
from bot.export.cases import export_cases
from storage import cases
from storage.database import Database
from tests.cli.exports import asked
from tests.town import ZONE, TestTown


async def _export(town: TestTown, to: Path, month: str | None = None) -> int:
    steps: list[tuple[int, int]] = []

    async def tell(done: int, of: int) -> None:
        steps.append((done, of))

    rows = await export_cases(asked(town, to, month, tell=tell))
    assert steps == ([(rows, rows)] if rows else [])
    return rows


def _rows(file: Path) -> list[dict[str, object]]:
    lines = load_workbook(str(file)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    return [dict(zip(map(str, lines[1]), line, strict=True)) for line in lines[2:]]


async def test_a_closed_case_is_a_line_in_the_words_of_the_county(town: TestTown, tmp_path: Path) -> None:
    rider = await town.rider("赵强")
    contact = await town.contact("housing", "刘工")
    await rider.says("路上有个大坑，客运站", photo="bin.jpg", group=True)
    await contact.presses("接收")

    rows = await _export(town, tmp_path / "out.xlsx")

    (line,) = _rows(tmp_path / "out.xlsx")
    assert rows == 1
    assert line["事项编号"] == "SL-20261123-0001"
    assert (line["状态"], line["承办单位"], line["专员"], line["上报人"]) == ("办理中", "住建局", "刘工", "赵强")
    at = datetime.fromisoformat("2026-11-23T09:00")  # a real instant, which the office can sort and filter by
    assert (line["上报时间"], line["接收时间"], line["按时"]) == (at, at, "")
    assert line["照片数"] == 1
    assert "大坑" in str(line["上报内容"])


async def test_requester_time_and_number_of_rows_stand_on_the_sheet_and_in_the_notes(
    town: TestTown, tmp_path: Path
) -> None:
    rider = await town.rider("赵强")
    await rider.says("路上有个大坑，客运站", photo="bin.jpg", group=True)

    await _export(town, tmp_path / "out.xlsx")

    book = load_workbook(str(tmp_path / "out.xlsx"))
    mark = str(book.get_sheet_by_index(0).to_python()[0][0])
    notes = dict(book.get_sheet_by_name("说明").to_python())  # pyright: ignore[reportCallIssue, reportArgumentType]
    assert "值班员" in mark and "2026-11-23 09:00" in mark and "共 1 件" in mark
    assert notes["导出人"] == "值班员" and notes["件数"] == "1"
    assert set(notes) >= {"事项编号", "按时", "并入事项"}


async def test_words_of_a_rider_are_never_a_formula(town: TestTown, tmp_path: Path) -> None:
    rider = await town.rider("赵强")
    at = town.clock.now()
    async with town.database.write() as tx:
        case = await cases.insert(tx, rider.id, at)
        await tx.run("UPDATE cases SET state = 'reported' WHERE id = :id", id=case.id)
        await cases.amend(tx, await cases.get(tx, case.id), description='=HYPERLINK("x")', place="东门\n+1")

    await _export(town, tmp_path / "out.xlsx")

    (line,) = _rows(tmp_path / "out.xlsx")
    assert line["上报内容"] == '\'=HYPERLINK("x")'
    assert line["地点"] == "'东门\n+1"


async def test_a_month_is_the_countys_and_drafts_are_left_out(town: TestTown, tmp_path: Path) -> None:
    rider = await town.rider("赵强")
    await _cases(
        town.database, rider.id, datetime(2026, 10, 31, 15, 59, tzinfo=UTC), datetime(2026, 10, 31, 16, tzinfo=UTC)
    )

    assert await _export(town, tmp_path / "november.xlsx", "2026-11") == 1
    assert await _export(town, tmp_path / "october.xlsx", "2026-10") == 1
    assert await _export(town, tmp_path / "all.xlsx") == 2
    assert await _export(town, tmp_path / "september.xlsx", "2026-09") == 0
    assert _rows(tmp_path / "november.xlsx")[0]["上报时间"] == date(2026, 11, 1)  # midnight


async def _cases(database: Database, reporter: int, *opened: datetime) -> None:
    """A case for each instant, and a draft."""
    async with database.write() as tx:
        for at in opened:
            case = await cases.insert(tx, reporter, at)  # pyright: ignore[reportArgumentType]
            await tx.run("UPDATE cases SET state = 'reported' WHERE id = :id", id=case.id)
        await cases.insert(tx, reporter, opened[-1])  # pyright: ignore[reportArgumentType]


async def test_a_long_list_is_read_in_short_transactions(town: TestTown, tmp_path: Path) -> None:
    rider = await town.rider("赵强")
    first = datetime(2026, 1, 1, tzinfo=UTC)
    for batch in range(5):
        await _cases(town.database, rider.id, *(first + timedelta(hours=batch * 100 + n) for n in range(100)))
    town.database.longest_hold_ms = 0
    seen: list[int] = []

    async def tell(done: int, of: int) -> None:
        seen.append(done)
        assert of == 500

    rows = await export_cases(asked(town, tmp_path / "out.xlsx", None, tell=tell))

    assert (rows, seen) == (500, [200, 400, 500])
    assert len(_rows(tmp_path / "out.xlsx")) == 500
    assert town.database.longest_hold_ms < 100


@pytest.mark.parametrize("written", ["2026-13", "2026-1", "11月", "", "2026-11-01"])
def test_what_is_no_month_is_refused(written: str) -> None:
    assert not is_month(written)


def test_a_month_ends_where_the_next_one_begins() -> None:
    assert is_month("2026-12")
    assert month_of("2026-12", ZONE) == (datetime(2026, 12, 1, tzinfo=ZONE), datetime(2027, 1, 1, tzinfo=ZONE))


def test_both_languages_say_the_same_things() -> None:
    assert set(words("zh-CN")) == set(words("en"))
