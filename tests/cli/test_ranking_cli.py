"""`ranking close`, `publish`, `recompute` and `verify`, beside a running bot and without one."""

import sqlite3
from contextlib import closing, nullcontext
from datetime import UTC, datetime

import pytest

from bot.domain.times import month_before
from tests.cli.installation import Installation

READY = '"event": "ready"'
NOW = datetime.now(UTC)
THIS = f"{NOW:%Y-%m}"
LAST = month_before(THIS)


@pytest.fixture(params=["beside a running bot", "alone"])
def maybe_running(house: Installation, request: pytest.FixtureRequest) -> Installation:
    """The same installation with the bot running, and without; two riders have points of last month."""
    with house.running("run", ready=READY):
        pass  # the rules in force are kept as a row
    with closing(sqlite3.connect(house.database)) as database:
        for name, points in (("赵强", 4), ("李晓梅", 8)):
            (rider,) = database.execute(
                "INSERT INTO members (name, language, created_at) VALUES (?, 'zh-CN', '2020') RETURNING id", (name,)
            ).fetchone()
            database.execute("INSERT INTO posts (member_id, role, from_at) VALUES (?, 'rider', '2020')", (rider,))
            (rules,) = database.execute("SELECT id FROM rules").fetchone()
            database.execute(
                "INSERT INTO points (key, member_id, item, delta, step, actor_id, rules_id, period, day, at)"
                " VALUES (?, ?, ?, ?, 'confirmed', 1, ?, ?, ?, ?)",
                (f"A:{rider}", rider, "A02" if points == 4 else "A03", points, rules, LAST, f"{LAST}-05", f"{LAST}-05"),
            )
            database.execute("INSERT INTO balances VALUES (?, ?, ?)", (rider, LAST, points))
            database.execute("INSERT INTO wallets VALUES (?, ?)", (rider, points))
        database.commit()
    beside = house.running("run", ready=READY) if request.param.startswith("beside") else nullcontext()
    beside.__enter__()
    request.addfinalizer(lambda: beside.__exit__(None, None, None))
    return house


def _rows(house: Installation, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(house.database)) as database:
        return database.execute(sql).fetchall()


def test_a_month_is_closed_published_counted_anew_and_checked(maybe_running: Installation) -> None:
    house = maybe_running
    early = house.run("ranking", "verify", "--month", LAST)
    assert (early.status, "not closed" in early.err) == (1, True), early.said

    closed = house.run("ranking", "close", "--month", LAST)
    assert "2 riders" in closed.out, closed.said
    assert _rows(house, "SELECT place, points FROM ranking_lines ORDER BY place") == [(1, 13), (2, 9)]
    (hash_,) = _rows(house, "SELECT hash FROM months")[0]
    again = house.run("ranking", "close", "--month", LAST)
    assert (again.status, "was closed before" in again.err) == (1, True)

    published = house.run("ranking", "publish", "--month", LAST)
    assert "is public until" in published.out, published.said
    assert _rows(house, "SELECT state FROM months") == [("publicity",)]

    anew = house.run("ranking", "recompute", "--month", LAST)
    assert "version 2, as the one before" in anew.out, anew.said
    assert _rows(house, "SELECT version, hash FROM months") == [(2, hash_)]

    checked = house.run("ranking", "verify", "--month", LAST)
    assert (checked.status, str(hash_) in checked.out) == (0, True), checked.said


def test_a_month_that_is_not_over_or_no_month_is_refused(house: Installation) -> None:
    running = house.run("ranking", "close", "--month", THIS)
    assert (running.status, "is not over yet" in running.err) == (1, True), running.said
    odd = house.run("ranking", "close", "--month", "2026-13")
    assert odd.status == 1
    assert "2026-13" in odd.err


@pytest.mark.parametrize("maybe_running", ["alone"], indirect=True)
def test_the_first_thing_that_differs_is_named(maybe_running: Installation) -> None:
    house = maybe_running
    assert house.run("ranking", "close", "--month", LAST).status == 0
    with closing(sqlite3.connect(house.database)) as database:
        database.execute("UPDATE ranking_lines SET place = 1 WHERE place = 2")
        database.commit()
    found = house.run("ranking", "verify", "--month", LAST)
    assert found.status == 1
    assert "differs: a place" in found.out
    assert "赵强" in found.out
    assert "Kept: 1; worked out: 2" in found.out
    with closing(sqlite3.connect(house.database)) as database:
        database.execute(
            "UPDATE balances SET ranking = ranking + 1 WHERE member_id = (SELECT MAX(member_id) FROM balances)"
        )
        database.commit()
    found = house.run("ranking", "verify", "--month", LAST)
    assert "differs: the sum of the month" in found.out
    assert "李晓梅" in found.out


@pytest.mark.parametrize("maybe_running", ["alone"], indirect=True)
def test_an_open_objection_wants_a_word_more(maybe_running: Installation) -> None:
    house = maybe_running
    assert house.run("ranking", "close", "--month", LAST).status == 0
    with closing(sqlite3.connect(house.database)) as database:
        database.execute(
            "INSERT INTO objections (period, member_id, words, at, due_at) SELECT ?, MAX(member_id), '', '2026-01-01T00:00:00.000Z',"
            " '2026-01-01T00:00:00.000Z'"
            " FROM balances",
            (LAST,),
        )
        database.commit()
    refused = house.run("ranking", "publish", "--month", LAST)
    assert (refused.status, "--anyway" in refused.err) == (1, True), refused.said
    assert house.run("ranking", "publish", "--month", LAST, "--anyway").status == 0
