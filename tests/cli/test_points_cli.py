"""`points deduct`: the machine as the second person, beside a running bot and without one."""

import sqlite3
from contextlib import closing, nullcontext

import pytest

from tests.cli.installation import Installation

READY = '"event": "ready"'
PAST, FUTURE = "2026-01-05T01:00:00.000Z", "2999-01-05T01:00:00.000Z"


@pytest.fixture(params=["beside a running bot", "alone"])
def maybe_running(house: Installation, request: pytest.FixtureRequest) -> Installation:
    """One admin proposed two deductions: the first may be decided, for the second the rider is still heard."""
    with house.running("run", ready=READY):
        pass  # the rules in force are kept as a row
    with closing(sqlite3.connect(house.database)) as database:
        (boss,) = database.execute("SELECT member_id FROM posts WHERE role = 'admin'").fetchone()
        (rider,) = database.execute(
            "INSERT INTO members (name, language, created_at) VALUES ('李强', 'zh-CN', '2020') RETURNING id"
        ).fetchone()
        database.execute("INSERT INTO posts (member_id, role, from_at) VALUES (?, 'rider', '2020')", (rider,))
        for until in (PAST, FUTURE):
            database.execute(
                "INSERT INTO deductions (member_id, item, points, reason, asked_by, asked_at, heard_until)"
                " VALUES (?, 'E07', -3, '无故缺席', ?, ?, ?)",
                (rider, boss, PAST, until),
            )
        database.commit()
    beside = house.running("run", ready=READY) if request.param.startswith("beside") else nullcontext()
    beside.__enter__()
    request.addfinalizer(lambda: beside.__exit__(None, None, None))
    return house


def _rows(house: Installation, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(house.database)) as database:
        return database.execute(sql).fetchall()


def test_a_deduction_is_shown_and_agreed_to(maybe_running: Installation) -> None:
    house = maybe_running
    shown = house.run("points", "deduct", "1")
    assert "李强 E07 -3" in shown.out and "无故缺席" in shown.out and "--agree" in shown.out, shown.said
    assert _rows(house, "SELECT count(*) FROM points") == [(0,)]

    agreed = house.run("points", "deduct", "1", "--agree")
    assert (agreed.status, "Agreed" in agreed.out) == (0, True), agreed.said
    assert _rows(house, "SELECT item, delta, actor_id FROM points") == [("E07", -3, 1)]
    again = house.run("points", "deduct", "1", "--agree")
    assert (again.status, "decided before" in again.err) == (1, True)


def test_the_rider_is_heard_first_here_too(maybe_running: Installation) -> None:
    house = maybe_running
    early = house.run("points", "deduct", "2", "--agree")
    assert (early.status, "may still answer" in early.err) == (1, True), early.said
    declined = house.run("points", "deduct", "2", "--decline")
    assert (declined.status, "Declined" in declined.out) == (0, True), declined.said
    assert _rows(house, "SELECT count(*) FROM points") == [(0,)]


def test_where_there_are_two_admins_the_other_one_decides(maybe_running: Installation) -> None:
    house = maybe_running
    with closing(sqlite3.connect(house.database)) as database:
        (other,) = database.execute(
            "INSERT INTO members (name, language, created_at) VALUES ('王主任', 'zh-CN', '2020') RETURNING id"
        ).fetchone()
        database.execute("INSERT INTO posts (member_id, role, from_at) VALUES (?, 'admin', '2020')", (other,))
        database.commit()
    refused = house.run("points", "deduct", "1", "--agree")
    assert (refused.status, "more than one" in refused.err) == (1, True), refused.said
    unknown = house.run("points", "deduct", "9")
    assert (unknown.status, "no deduction" in unknown.err) == (1, True), unknown.said
