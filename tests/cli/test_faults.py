"""What cannot work ends in sentences and an exit status, never in a traceback."""

import signal
from pathlib import Path

from bot.commands.faults import told
from storage.database import Unknown
from tests.cli.installation import Installation, port_of


def test_without_a_configuration_the_cure_is_named(tmp_path: Path) -> None:
    done = Installation(tmp_path).run("run")

    assert done.status == 78
    assert "config.toml" in done.err
    assert "wudayuan init" in done.err
    assert "Traceback" not in done.said


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_valid_one(house: Installation) -> None:
    house.setting("town", 'nam = "x"')

    done = house.run("run")

    assert done.status == 78
    assert "[town] nam" in done.err
    assert "nearest: [town] name" in done.err
    assert "line" in done.err
    assert "Traceback" not in done.said


def test_a_mistake_in_the_countys_folder_is_a_configuration_fault(house: Installation) -> None:
    duties = house.folder / "county" / "duties.toml"
    duties.write_text(duties.read_text("utf-8").replace('agency = "', 'agency = "nowhere-', 1), "utf-8")

    done = house.run("run")

    assert done.status == 78
    assert "duties.toml" in done.err
    assert "Traceback" not in done.said


def test_rules_of_points_changed_without_a_new_date_stop_the_start(house: Installation) -> None:
    with house.running("run", ready='"event": "ready"') as bot:
        bot.stop(signal.SIGTERM)
    points = house.folder / "county" / "points.toml"
    points.write_text(points.read_text("utf-8").replace("ranking_cap_day = ", "ranking_cap_day = 1", 1), "utf-8")

    done = house.run("run")

    assert done.status == 78
    assert "effective_from" in done.err


def test_a_database_without_schema_is_refused_and_db_upgrade_is_named(house: Installation) -> None:
    house.database.unlink()

    refused = house.run("run")
    upgraded = house.run("db", "upgrade")

    assert refused.status == 69
    assert "wudayuan db upgrade" in refused.err
    assert upgraded.status == 0
    with house.running("run", ready='"event": "ready"') as bot:
        assert bot.stop(signal.SIGTERM)[0] == 0


def test_a_second_bot_on_the_same_database_is_refused_with_the_number_of_the_first(house: Installation) -> None:
    with house.running("run", ready='"event": "ready"') as bot:
        second = house.run("run")

        assert second.status == 69
        assert f"process {bot.process.pid}" in second.err
        assert bot.process.poll() is None


def test_a_port_that_is_taken_is_told_with_the_cure(house: Installation) -> None:
    with house.running("run", ready='"event": "ready"') as bot:
        done = house.run("demo", "--port", str(port_of(bot)), "--dir", "other")

    assert done.status == 71
    assert "--port" in done.err
    assert "Traceback" not in done.said


def test_a_failed_sync_asks_for_a_restart() -> None:
    status, lines = told(Unknown("COMMIT", restart=True))

    assert status == 75
    assert len(lines) == 1
