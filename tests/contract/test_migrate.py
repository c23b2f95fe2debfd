"""Migrations: once, in order, whole or not at all, the same files on both databases."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from storage.database import Database, SchemaFault, Violation, open_database
from storage.migrate import MIGRATIONS, Status, load, migrate, require_current, statements, status

FIRST = """-- the first; with a semicolon
CREATE TABLE riders (id {id}, name TEXT NOT NULL, boss {ref}) {strict};
INSERT INTO riders (name) VALUES ('a;b'), ('it''s');
-- only sqlite
CREATE TRIGGER riders_stay BEFORE DELETE ON riders
  BEGIN SELECT 1; SELECT RAISE(ABORT, 'riders stay'); END;
-- end
-- only postgres
CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'riders stay';
END;
$$;
CREATE TRIGGER riders_stay BEFORE DELETE ON riders FOR EACH ROW EXECUTE FUNCTION stay();
-- end
"""
SECOND = "CREATE TABLE helmets (rider {ref} NOT NULL REFERENCES riders (id)) {strict};\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two migrations."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_riders.sql").write_text(FIRST)
    (folder / "0002_helmets.sql").write_text(SECOND)
    return folder


async def count(database: Database, table: str) -> object:
    async with database.read() as tx:
        return (await tx.one(f"SELECT count(*) AS n FROM {table}"))["n"]


async def test_every_file_is_applied_once_and_in_order(fresh_database: Database, folder: Path) -> None:
    assert await status(fresh_database, folder) == Status(current=0, known=2)
    assert await migrate(fresh_database, folder) == ["0001_riders.sql", "0002_helmets.sql"]
    assert await migrate(fresh_database, folder) == []
    assert await status(fresh_database, folder) == Status(current=2, known=2)
    assert await count(fresh_database, "riders") == 2

    (folder / "0003_gloves.sql").write_text("CREATE TABLE gloves (id {id}) {strict};")
    assert await migrate(fresh_database, folder) == ["0003_gloves.sql"]


async def test_ids_count_by_themselves_and_triggers_work(fresh_database: Database, folder: Path) -> None:
    await migrate(fresh_database, folder)
    async with fresh_database.write() as tx:
        assert await tx.one("INSERT INTO riders (name) VALUES ('c') RETURNING id") == {"id": 3}
    with pytest.raises(Violation, match="riders stay"):
        async with fresh_database.write() as tx:
            await tx.run("DELETE FROM riders")
    assert await count(fresh_database, "riders") == 3


async def test_a_file_that_fails_leaves_nothing_of_itself(fresh_database: Database, folder: Path) -> None:
    (folder / "0002_helmets.sql").write_text(SECOND + "INSERT INTO absent VALUES (1);")
    with pytest.raises(Exception, match="absent") as fault:
        await migrate(fresh_database, folder)
    assert fault.value.__notes__ == ["while applying 0002_helmets.sql"]
    assert await status(fresh_database, folder) == Status(current=1, known=2)

    (folder / "0002_helmets.sql").write_text(SECOND)
    assert await migrate(fresh_database, folder) == ["0002_helmets.sql"]
    assert await count(fresh_database, "helmets") == 0


async def test_an_applied_file_must_not_change_but_may_get_other_line_ends(
    fresh_database: Database, folder: Path
) -> None:
    await migrate(fresh_database, folder)
    (folder / "0001_riders.sql").write_bytes(FIRST.replace("\n", "\r\n").encode())
    assert await migrate(fresh_database, folder) == []

    (folder / "0001_riders.sql").write_text(FIRST + "-- an afterthought\n")
    for act in (migrate, status, require_current):
        with pytest.raises(SchemaFault, match=r"0001_riders\.sql was changed"):
            await act(fresh_database, folder)


async def test_a_bot_starts_on_its_own_schema_only(fresh_database: Database, folder: Path) -> None:
    with pytest.raises(SchemaFault, match="version 0, needed is 2: run `wudayuan db upgrade`"):
        await require_current(fresh_database, folder)
    await migrate(fresh_database, folder)
    await require_current(fresh_database, folder)

    (folder / "0002_helmets.sql").unlink()
    for act in (migrate, require_current):
        with pytest.raises(SchemaFault, match="version 2, this program knows 1: install the newer program"):
            await act(fresh_database, folder)


async def test_two_processes_that_migrate_at_once_do_it_once(fresh_url: str, folder: Path, dialect: str) -> None:
    """On SQLite the lock file lets one process in; here two transactions of that process meet."""
    first = await open_database(fresh_url)
    second = first if dialect == "sqlite" else await open_database(fresh_url)
    done = await asyncio.gather(migrate(first, folder), migrate(second, folder))
    assert sorted([*done[0], *done[1]]) == ["0001_riders.sql", "0002_helmets.sql"]
    assert await count(first, "riders") == 2
    await first.close()
    await second.close()


async def test_the_second_waits_for_the_first(empty_postgres_url: str, folder: Path) -> None:
    first, second = await open_database(empty_postgres_url), await open_database(empty_postgres_url)
    async with first.write() as tx:
        await tx.run("SELECT pg_advisory_xact_lock(77800100)")
        waiting = asyncio.ensure_future(migrate(second, folder))
        while not await tx.all("SELECT 1 AS waits FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
            assert not waiting.done()
    assert await waiting == ["0001_riders.sql", "0002_helmets.sql"]
    await first.close()
    await second.close()


@pytest.mark.parametrize(
    ("names", "blamed"),
    [
        (["0001_a.sql", "0003_c.sql"], "0003_c.sql: expected 0002"),
        (["0001_a.sql", "0001_b.sql"], "0001_b.sql: expected 0002"),
        (["0000_a.sql"], "0000_a.sql: expected 0001"),
        (["1_a.sql"], "1_a.sql: expected 0001"),
        (["0001.sql"], "0001.sql: expected 0001"),
    ],
)
def test_gaps_doubles_and_other_names_are_refused(tmp_path: Path, names: list[str], blamed: str) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;")
    with pytest.raises(SchemaFault, match=blamed):
        load(tmp_path)


def test_sqlite_takes_statement_by_statement_and_a_trigger_is_one() -> None:
    found = statements(FIRST, "sqlite")
    assert [statement.split()[-1] for statement in found] == ["STRICT;", "('it''s');", "END;"]
    assert "id INTEGER PRIMARY KEY" in found[0]
    assert not any("plpgsql" in statement for statement in found)


def test_postgresql_takes_the_whole_script() -> None:
    (script,) = statements(FIRST, "postgres")
    assert "id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY" in script
    assert "boss BIGINT" in script
    assert "$$;" in script
    assert "RAISE(ABORT" not in script
    assert "STRICT" not in script


@pytest.mark.parametrize(
    "script",
    ["-- only sqlite\nSELECT 1;", "-- only oracle\n-- end", "-- only sqlite\n-- only postgres\n-- end", "SELECT 1"],
)
def test_a_script_that_is_not_whole_is_refused(script: str) -> None:
    with pytest.raises(SchemaFault):
        statements(script, "sqlite")


def test_comments_after_the_last_statement_are_no_statement() -> None:
    assert statements("SELECT 1; -- done; really\n/* end; */\n", "sqlite") == ["SELECT 1;"]


async def test_the_real_migrations_fit_this_program(database: Database) -> None:
    await require_current(database)
    assert await status(database) == Status(current=len(load()), known=len(load()))
    assert sorted(path.name for path in MIGRATIONS.iterdir()) == [migration.name for migration in load()]


async def test_a_schema_error_of_postgresql_is_not_hidden(empty_postgres_url: str, folder: Path) -> None:
    (folder / "0001_riders.sql").write_text("CREATE TABLE riders (id {id}) STRICT;")
    database = await open_database(empty_postgres_url)
    with pytest.raises(asyncpg.PostgresSyntaxError):
        await migrate(database, folder)
    assert await status(database, folder) == Status(current=0, known=2)
    await database.close()
