"""`calendar show` and `calendar import`, beside a running bot and without one."""

import sqlite3
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest
import xlsxwriter

from tests.cli.installation import Installation

READY = '"event": "ready"'
NEXT = datetime.now(UTC).year + 1
DAYS = f"日期,安排\n{NEXT}-02-04至{NEXT}-02-05,休息\n{NEXT}-02-06,上班\n"


@pytest.fixture(params=["beside a running bot", "alone"])
def maybe_running(house: Installation, request: pytest.FixtureRequest) -> Installation:
    """The same installation with the bot running, and without."""
    beside = house.running("run", ready=READY) if request.param.startswith("beside") else nullcontext()
    beside.__enter__()
    request.addfinalizer(lambda: beside.__exit__(None, None, None))
    return house


def _rows(house: Installation, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(house.database)) as database:
        return database.execute(sql).fetchall()


def test_days_are_taken_in_shown_and_a_second_time_change_nothing(maybe_running: Installation) -> None:
    house = maybe_running
    (house.folder / "days.csv").write_text(DAYS, "utf-8")

    first = house.run("calendar", "import", "days.csv")
    second = house.run("calendar", "import", "days.csv")
    shown = house.run("calendar", "show", str(NEXT))

    assert first.status == 0, first.said
    assert "3 days changed, 0 as before" in first.out
    assert "0 days changed, 3 as before" in second.out
    assert _rows(house, "SELECT count(*) FROM calendar_days") == [(3,)]
    assert _rows(house, "SELECT count(*) FROM audit WHERE action = 'calendar.set'") == [(1,)]
    lines = [line for line in shown.out.splitlines() if str(NEXT) in line]
    assert [("rest" in line, "work" in line) for line in lines if "-02-0" in line] == [(True, False), (False, True)]
    assert all("county's own" in line for line in lines if "-02-0" in line)
    assert f"{NEXT}-02-04 – {NEXT}-02-05" in shown.out


def test_a_file_with_mistakes_is_told_whole_and_stored_not_at_all(maybe_running: Installation) -> None:
    house = maybe_running
    (house.folder / "days.csv").write_text(DAYS + f"{NEXT}-02-30,上班\n{NEXT}-03-01,吃饭\n", "utf-8")

    done = house.run("calendar", "import", "days.csv")

    assert done.status == 1
    assert f"{NEXT}-02-30" in done.out and "吃饭" in done.out
    assert _rows(house, "SELECT count(*) FROM calendar_days") == [(0,)]


def test_a_workbook_is_read_with_dates_as_excel_keeps_them(house: Installation) -> None:
    file = house.folder / "days.xlsx"
    _write_workbook(file, datetime(NEXT, 2, 6, tzinfo=UTC))

    done = house.run("calendar", "import", "days.xlsx")

    assert "1 days changed" in done.out, done.said
    assert _rows(house, "SELECT day, works FROM calendar_days") == [(f"{NEXT}-02-06", "yes")]


def _write_workbook(file: Path, day: datetime) -> None:
    book = xlsxwriter.Workbook(str(file))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["日期", "安排"])
    sheet.write_datetime(1, 0, day.replace(tzinfo=None), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_string(1, 1, "上班")
    book.close()


def test_the_holidays_of_a_published_year_are_shown_with_their_weekdays(house: Installation) -> None:
    shown = house.run("calendar", "show", "2026")
    chinese = house.run("calendar", "show", "2026", LANG="zh_CN.UTF-8")

    assert shown.status == 0, shown.said
    assert "2026: the public holidays are known" in shown.out
    lines = {line.split("│")[1].strip(): line for line in shown.out.splitlines() if line.startswith("│ 2026")}
    assert "Sun – Mon" in lines["2026-02-15 – 2026-02-23"] and "rest" in lines["2026-02-15 – 2026-02-23"]
    assert "Sat" in lines["2026-02-14"] and "work" in lines["2026-02-14"]
    assert "周六" in chinese.out and "上班" in chinese.out


def test_a_year_that_is_not_published_is_said_to_be_so(house: Installation) -> None:
    shown = house.run("calendar", "show", "2099")
    strange = house.run("calendar", "show", "20027")

    assert "2099: the public holidays are not known" in shown.out
    assert "no days set by the county" in shown.out
    assert strange.status == 2


def test_what_cannot_be_read_is_named(house: Installation) -> None:
    missing = house.run("calendar", "import", "nowhere.csv")
    (house.folder / "roll.csv").write_text("姓名,角色\n甘泉,骑手\n", "utf-8")
    other = house.run("calendar", "import", "roll.csv")

    assert missing.status == 1 and "nowhere.csv" in missing.err
    assert other.status == 1 and "日期 安排" in other.out


def test_the_doctor_counts_years_the_county_has_entered(house: Installation) -> None:
    (house.folder / "days.csv").write_text(DAYS, "utf-8")
    house.run("calendar", "import", "days.csv")

    assert f"known up to {NEXT}" in house.run("doctor").out
