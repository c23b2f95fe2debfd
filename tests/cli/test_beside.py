"""Commands beside a running bot do what they do without one."""

import asyncio
import signal
import sqlite3
import stat
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest
from python_calamine import load_workbook

from bot.chat.events import Ordered
from bot.chat.wire import write_internal
from bot.domain.people import SYSTEM
from storage import inbox
from storage.backup import verify
from storage.database import open_database
from storage.inbox import Arrival
from storage.migrate import MIGRATIONS, migrate
from tests.cli.installation import Installation

ROLL = "姓名,角色,单位,岗位,手机\n甘泉,骑手,,外卖治安员,10000000991\n陆地,专员,住建局,A岗,10000000992\n"
READY = '"event": "ready"'


def _rows(house: Installation, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(house.database)) as database:
        return database.execute(sql).fetchall()


@pytest.fixture(params=["beside a running bot", "alone"])
def maybe_running(house: Installation, request: pytest.FixtureRequest) -> Installation:
    """The same installation with the bot running, and without."""
    beside = house.running("run", ready=READY) if request.param.startswith("beside") else nullcontext()
    stack = beside.__enter__()
    request.addfinalizer(lambda: beside.__exit__(None, None, None))
    del stack
    return house


def test_a_roll_is_taken_in_and_a_second_time_changes_nothing(maybe_running: Installation) -> None:
    house = maybe_running
    duty = (house.folder / "county" / "duties.toml").read_text("utf-8").split('name = "')[1].split('"')[0]
    (house.folder / "roll.csv").write_text(ROLL.replace("外卖治安员", duty), "utf-8")

    first = house.run("import", "people", "roll.csv")
    second = house.run("import", "people", "roll.csv")

    assert first.status == 0, first.said
    assert "2 new, 0 changed, 0 as before" in first.out
    assert "0 new, 0 changed, 2 as before" in second.out
    assert _rows(house, "SELECT count(*) FROM members WHERE phone LIKE '1000000099%'") == [(2,)]


def test_codes_are_on_the_sheet_and_not_in_the_database(maybe_running: Installation) -> None:
    house = maybe_running
    (house.folder / "roll.csv").write_text(ROLL.replace("外卖治安员", ""), "utf-8")

    done = house.run("import", "people", "roll.csv", "--codes", "codes.html")
    kept = [str(row[0]) for row in _rows(house, "SELECT hash FROM bind_codes")]
    again = house.run("import", "people", "roll.csv", "--codes", "codes.html")

    sheet = (house.folder / "codes.html").read_text("utf-8")
    printed = [part.split("<")[0].replace("-", "") for part in sheet.split("<p class=code>")[1:]]
    assert done.status == 0 and "Codes for 2 people" in done.out, done.said
    assert len(printed) == 2 and "甘泉" in sheet and "陆地" in sheet
    assert len(kept) == 4 and not any(code in "".join(kept) for code in printed)
    assert stat.S_IMODE((house.folder / "codes.html").stat().st_mode) == 0o600
    assert again.status == 1 and "not overwritten" in again.err
    assert {str(row[0]) for row in _rows(house, "SELECT hash FROM bind_codes WHERE void_at IS NULL")} == set(kept)


def test_a_roll_with_mistakes_is_told_whole_and_stored_not_at_all(maybe_running: Installation) -> None:
    house = maybe_running
    (house.folder / "roll.csv").write_text(
        ROLL.replace("10000000991", "123").replace("住建局", "没有这个单位"), "utf-8"
    )

    done = house.run("import", "people", "roll.csv")

    assert done.status == 1
    assert "2" in done.out and "3" in done.out and "123" not in done.err
    assert _rows(house, "SELECT count(*) FROM members WHERE phone LIKE '1000000099%'") == [(0,)]


def test_cases_are_exported_with_an_audit_row(maybe_running: Installation) -> None:
    house = maybe_running

    done = house.run("export", "cases", "--out", "cases.xlsx", "--month", "2026-11")
    again = house.run("export", "cases", "--out", "cases.xlsx")
    wrong = house.run("export", "cases", "--out", "other.xlsx", "--month", "November")

    assert done.status == 0, done.said
    assert load_workbook(str(house.folder / "cases.xlsx")).sheet_names == ["事项台账", "说明"]
    assert again.status == 1 and "not overwritten" in again.err
    assert wrong.status == 1 and "2026-11" in wrong.err and not (house.folder / "other.xlsx").exists()
    assert _rows(house, "SELECT object, detail FROM audit WHERE action = 'cases.exported'") == [
        ("month:2026-11", "rows=0")
    ]


def test_a_month_is_exported_with_audit_rows_and_a_name_of_its_own(maybe_running: Installation) -> None:
    house = maybe_running

    ledger = house.run("export", "points", "--month", "2026-11")
    agencies = house.run("export", "agencies", "--month", "2026-11", "--out", "units.xlsx")
    without = house.run("export", "agencies")

    assert ledger.status == agencies.status == 0, ledger.said + agencies.said
    assert "0 rows written" in ledger.out and "points-2026-11.xlsx" in ledger.out
    assert load_workbook(str(house.folder / "points-2026-11.xlsx")).sheet_names == ["积分流水", "说明"]
    assert load_workbook(str(house.folder / "units.xlsx")).sheet_names == ["单位指标", "全县指标", "说明"]
    assert without.status == 2 and "--month" in without.err
    assert _rows(house, "SELECT action, object, detail FROM audit WHERE action LIKE '%.exported' ORDER BY id") == [
        ("points.exported", "month:2026-11", "rows=0"),
        ("agencies.exported", "month:2026-11", "rows=0"),
    ]


def test_a_backup_is_made_and_said_where(maybe_running: Installation) -> None:
    house = maybe_running

    done = house.run("backup", "--to", "safe")

    (copy,) = (house.folder / "safe").glob("*.db")
    assert done.status == 0, done.said
    assert str(copy) in done.out
    verify(copy)


def test_a_set_aside_event_is_listed_and_brought_back(house: Installation) -> None:
    event = Ordered("order:1", "people.nothing", "{}", SYSTEM, datetime(2026, 11, 23, tzinfo=UTC))
    asyncio.run(_set_aside(house, event))

    listed = house.run("replay", "--list")
    with house.running("run", ready=READY) as bot:
        none = house.run("replay", "77")
        done = house.run("replay", "1")
        bot.stop(signal.SIGTERM)

    assert "engine" in listed.out and "Fault" in listed.out
    assert none.status == 1 and "no set-aside event 77" in none.err
    assert done.status == 0 and "runs now" in done.out
    assert _rows(house, "SELECT state FROM inbox WHERE id = 1")[0][0] in ("new", "refused")
    assert _rows(house, "SELECT object FROM audit WHERE action = 'event.replayed'") == [("inbox:1",)]


async def _set_aside(house: Installation, event: Ordered) -> None:
    database = await open_database(f"sqlite:///{house.database}")
    async with database.write() as tx:
        await inbox.add(tx, [Arrival("engine", event.event_id, "engine:order", write_internal(event), event.at)])
        await inbox.set_aside(tx, 1, event.at, "Fault")
    await database.close()


def test_start_and_stop_are_in_the_audit_with_the_version(house: Installation) -> None:
    with house.running("run", ready=READY) as bot:
        bot.stop(signal.SIGTERM)

    noted = _rows(house, "SELECT action, object FROM audit WHERE action LIKE 'program.%' ORDER BY id")
    assert [action for action, _ in noted] == ["program.start", "program.stop"]
    assert all(str(target).startswith("version:0.") for _, target in noted)


def test_status_says_whether_the_bot_runs(house: Installation) -> None:
    alone = house.run("db", "status")
    with house.running("run", ready=READY):
        beside = house.run("db", "status")

    assert "not running" in alone.out and alone.status == 0
    assert "The bot is running" in beside.out and beside.status == 0


def test_an_upgrade_makes_a_backup_of_the_old_schema_first(house: Installation, tmp_path: Path) -> None:
    older = tmp_path / "older"
    older.mkdir()
    first = min(MIGRATIONS.glob("*.sql"))
    (older / first.name).write_bytes(first.read_bytes())
    house.database.unlink()
    asyncio.run(_migrated_to(house, older))

    refused = house.run("run")
    done = house.run("db", "upgrade")
    again = house.run("db", "upgrade")

    (copy,) = (house.database.parent / "backup").glob("before-*.db")
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT count(*) FROM schema_migrations").fetchone() == (1,)
    assert refused.status == 69 and "db upgrade" in refused.err
    assert done.status == 0 and str(copy) in done.out
    assert _rows(house, "SELECT count(*) FROM schema_migrations")[0][0] == len(list(MIGRATIONS.glob("*.sql")))
    assert "nothing to do" in again.out


async def _migrated_to(house: Installation, folder: Path) -> None:
    database = await open_database(f"sqlite:///{house.database}")
    await migrate(database, folder)
    await database.close()
