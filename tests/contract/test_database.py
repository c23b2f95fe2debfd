"""What every storage module may rely on, the same on both databases."""

from enum import StrEnum

import asyncpg
import pytest

from storage.database import (
    Conflict,
    Database,
    NotOne,
    Violation,
    number,
    text,
)

INSERT = "INSERT INTO riders (id, name) VALUES (:id, :name)"


async def names(database: Database) -> list[str]:
    async with database.read() as tx:
        return [text(row, "name") for row in await tx.all("SELECT name FROM riders ORDER BY id")]


# ---- statements


async def test_a_block_that_ends_well_is_stored(riders: Database) -> None:
    async with riders.write() as tx:
        assert await tx.run(INSERT, id=1, name="小李") == 1
        assert await tx.run(INSERT, id=2, name="小王") == 1
        assert await tx.run("UPDATE riders SET badge = :badge", badge=7) == 2
        assert await tx.run("UPDATE riders SET badge = 1 WHERE id = 99") == 0

    assert await names(riders) == ["小李", "小王"]


async def test_a_block_that_raises_leaves_nothing(riders: Database) -> None:
    with pytest.raises(ValueError, match="no"):
        async with riders.write() as tx:
            await tx.run(INSERT, id=1, name="小李")
            raise ValueError("no")

    assert await names(riders) == []


async def test_one_wants_exactly_one_row_and_maybe_at_most_one(riders: Database) -> None:
    async with riders.write() as tx:
        assert await tx.maybe("SELECT name FROM riders") is None
        with pytest.raises(NotOne):
            await tx.one("SELECT name FROM riders")
        await tx.run(INSERT, id=1, name="小李")
        assert await tx.one("SELECT id, name FROM riders") == {"id": 1, "name": "小李"}
        assert await tx.maybe("SELECT id, name FROM riders") == {"id": 1, "name": "小李"}
        await tx.run(INSERT, id=2, name="小王")
        for find in (tx.one, tx.maybe):
            with pytest.raises(NotOne):
                await find("SELECT name FROM riders")


async def test_rows_changed_is_counted_for_every_form_of_a_write(riders: Database) -> None:
    async with riders.write() as tx:
        await tx.run(INSERT, id=1, name="a")
        await tx.run(INSERT, id=2, name="b")
        assert await tx.run(INSERT + " ON CONFLICT DO NOTHING", id=1, name="c") == 0
        assert await tx.run("INSERT INTO riders (id, name) VALUES (3, 'c') RETURNING id") == 1
        with_clause = "WITH old AS (SELECT id FROM riders WHERE id < 3) "
        assert await tx.run(with_clause + "UPDATE riders SET badge = id WHERE id IN (SELECT id FROM old)") == 2
        assert await tx.run("DELETE FROM riders WHERE id > :id", id=1) == 2


async def test_returning_gives_rows_and_stores_them(riders: Database) -> None:
    async with riders.write() as tx:
        row = await tx.one("INSERT INTO riders (id, name) VALUES (:id, :name) RETURNING id", id=5, name="小李")
        assert number(row, "id") == 5

    assert await names(riders) == ["小李"]


async def test_values_are_the_same_in_both_databases(riders: Database) -> None:
    async with riders.write() as tx:
        await tx.run("INSERT INTO riders (id, name, badge, weight) VALUES (1, 'a', 3, 1.5), (2, 'b', 4, NULL)")
        row = await tx.one(
            "SELECT sum(badge) AS total, avg(badge) AS mean, count(*) AS n, max(weight) AS weight,"
            " CAST(:n AS BIGINT) AS given, badge > 3 AS high, station FROM riders WHERE id = 1"
            " GROUP BY badge, station",
            n=12,
        )
        both = await tx.one("SELECT avg(badge) AS mean, sum(badge) AS total FROM riders")

    assert row == {"total": 3, "mean": 3, "n": 1, "weight": 1.5, "given": 12, "high": 0, "station": None}
    assert (both["mean"], both["total"]) == (3.5, 7)
    assert {type(row["total"]), type(row["n"]), type(row["high"])} == {int}


async def test_an_enum_member_is_stored_as_its_value(riders: Database) -> None:
    class Name(StrEnum):
        LI = "li"

    async with riders.write() as tx:
        await tx.run(INSERT, id=1, name=Name.LI)
        assert await tx.maybe("SELECT id FROM riders WHERE name = :name", name=Name.LI) == {"id": 1}


async def test_a_bare_number_in_a_select_needs_a_cast_on_postgresql_only(riders: Database) -> None:
    """asyncpg takes a bare parameter for text; written with CAST the statement runs on both."""
    if riders.dialect == "postgres":
        with pytest.raises(asyncpg.DataError):
            async with riders.write() as tx:
                await tx.all("SELECT :n AS n", n=3)
    async with riders.write() as tx:
        assert await tx.one("SELECT CAST(:n AS BIGINT) AS n", n=3) == {"n": 3}


async def test_a_column_refuses_a_value_of_another_type(riders: Database) -> None:
    with pytest.raises((asyncpg.DataError, Violation)):
        async with riders.write() as tx:
            await tx.run("INSERT INTO riders (id, name, badge) VALUES (1, 'a', :badge)", badge="seven")


async def test_colons_in_literals_names_and_comments_are_text(riders: Database) -> None:
    async with riders.write() as tx:
        row = await tx.one(
            "SELECT 'telegram:nophoto' AS a, 'it''s :name' AS \"b:c\", :name AS d -- :comment\n /* :other */", name="x"
        )
    assert row == {"a": "telegram:nophoto", "b:c": "it's :name", "d": "x"}


# ---- refusals of the database


@pytest.mark.parametrize(
    ("columns", "values", "constraint"),
    [
        ("id, name", "1, 'other'", "riders(id)"),
        ("id, name, station, badge", "2, 'other', 'north', 7", "riders(station, badge)"),
        ("id, name", "3, 'LI'", "riders_lower"),
    ],
)
async def test_a_conflict_has_the_same_name_in_both(
    riders: Database, columns: str, values: str, constraint: str
) -> None:
    async with riders.write() as tx:
        await tx.run("INSERT INTO riders (id, name, station, badge) VALUES (1, 'li', 'north', 7)")

    with pytest.raises(Conflict) as refused:
        async with riders.write() as tx:
            await tx.run(f"INSERT INTO riders ({columns}) VALUES ({values})")

    assert refused.value.constraint == constraint
    assert refused.value.__suppress_context__  # the driver's own message holds the row's values


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO riders (id, name) VALUES (1, '')",
        "INSERT INTO riders (id) VALUES (1)",
        "INSERT INTO helmets (rider) VALUES (99)",
    ],
)
async def test_a_row_that_breaks_a_rule_is_a_violation(riders: Database, statement: str) -> None:
    with pytest.raises(Violation):
        async with riders.write() as tx:
            await tx.run(statement)
    assert await names(riders) == []
