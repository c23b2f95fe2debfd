"""`init`, `run`, `demo` and `doctor` as an administrator meets them."""

import json
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.cli.installation import REPOSITORY, Installation, Running, port_of


def test_help_loads_neither_a_platform_nor_a_database_driver() -> None:
    heavy = "{'telegram', 'aiosqlite', 'asyncpg', 'sqlite3', 'starlette', 'uvicorn', 'PIL', 'pydantic'}"
    script = f"import sys, bot.cli\nprint(sorted({heavy} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("locale", "word"), [("zh_CN.UTF-8", "试一试"), ("en_US.UTF-8", "Upkeep")])
def test_help_speaks_the_language_of_the_terminal(tmp_path: Path, locale: str, word: str) -> None:
    done = Installation(tmp_path).run("--help", LANG=locale)

    assert done.status == 0
    assert word in done.out
    for command in ("demo", "init", "doctor", "run", "import", "export", "calendar", "backup", "replay", "db"):
        assert command in done.out


def test_init_makes_an_installation_that_starts_and_stops(house: Installation) -> None:
    assert {file.name for file in house.folder.iterdir()} == {"config.toml", "county", "var", "人员名单.xlsx"}
    assert not (house.folder / "county" / "people.toml").exists()
    for secret in (house.folder / "config.toml", house.folder / "var" / "secret.key", house.database):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600

    with house.running("run", ready='"event": "ready"') as bot:
        health = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port_of(bot)}/healthz"))
        begun = time.monotonic()
        status, said = bot.stop(signal.SIGTERM)

    assert health["ok"] is True
    assert status == 0
    assert time.monotonic() - begun < 10
    assert '"event": "stopped"' in said
    assert not list(house.database.parent.glob("*.control"))


def test_pages_of_cases_are_served_where_browsers_find_them(house: Installation) -> None:
    def status(bot: Running, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port_of(bot)}{path}") as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code

    with house.running("run", ready='"event": "ready"') as bot:
        assert status(bot, "/case/static/case.css") == 404
    house.settings("web", public_url="https://wdy.example.cn")
    with house.running("run", ready='"event": "ready"') as bot:
        assert [status(bot, path) for path in ("/case/static/case.css", "/case/nonsense")] == [200, 404]


def test_init_overwrites_nothing(house: Installation) -> None:
    before = {file: file.read_bytes() for file in house.folder.rglob("*") if file.is_file()}

    done = house.run("init", "--yes", "--name", "另一个县", "--code", "XX")

    assert done.status == 1
    assert "config.toml" in done.err
    assert {file: file.read_bytes() for file in house.folder.rglob("*") if file.is_file()} == before


def test_init_writes_nothing_when_an_answer_cannot_be(tmp_path: Path) -> None:
    done = Installation(tmp_path).run("init", "--yes", "--name", "松岭县", "--code", "sl1")

    assert done.status == 78
    assert "capital letters" in done.err
    assert not list(tmp_path.iterdir())


def test_the_demo_starts_on_a_free_port_and_keeps_to_itself(tmp_path: Path) -> None:
    with Installation(tmp_path).running("demo", "--port", "0", ready=r"http://127\.0\.0\.1:(\d+)/") as demo:
        address = f"http://127.0.0.1:{demo.ready[1]}"
        health = json.load(urllib.request.urlopen(f"{address}/healthz"))
        metrics = urllib.request.urlopen(f"{address}/metrics").read().decode()
        page = urllib.request.urlopen(f"{address}/").read().decode()
        status, _ = demo.stop(signal.SIGINT)

    assert health["ok"] is True
    assert 'wudayuan_inbox{state="new"} 0.0' in metrics
    assert "赵铁林" in page
    assert status == 0
    assert [file.name for file in tmp_path.iterdir()] == ["var"]


def test_the_doctor_names_what_is_wrong_and_its_cure(house: Installation) -> None:
    (house.folder / "var" / "secret.key").chmod(0o644)

    done = house.run("doctor")

    assert done.status == 1
    assert "✗ secret file" in done.out
    assert "chmod 600" in done.out


def test_the_doctor_finds_agencies_that_nobody_answers_for(house: Installation) -> None:
    before = house.run("doctor")
    with house.running("run", ready='"event": "ready"'):
        beside = house.run("doctor")

    assert before.status == 1
    assert "✗ 15 agencies" in before.out
    assert "✓ SQLite" in before.out
    assert "✗ There is no admin" in before.out
    assert "The bot is running" in beside.out
    assert "✓ 1 admins" in beside.out  # the one of the configuration, who joined at the start


def test_a_doctor_without_a_configuration_still_looks_at_the_machine(tmp_path: Path) -> None:
    done = Installation(tmp_path).run("doctor")

    assert done.status == 78
    assert "✓ Python" in done.out
    assert "✗ " in done.out
