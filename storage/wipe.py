"""Beginning anew: only the demo does so, with its own database."""

from typing import Final

from storage.database import Database, number, text
from storage.migrate import load, statements

# All but the list of migrations: they are run again, so the list stays true.
_TABLES: Final = (
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'schema_migrations'"
)


async def wipe(database: Database) -> None:
    """Drop everything and make an empty schema again, in one transaction, so that nobody sees it half done.

    Raises:
        ValueError: the database is a server; nobody's real cases are dropped from here.
    """
    if database.dialect != "sqlite":
        raise ValueError("only the demo's own SQLite database may be wiped")
    async with database.write() as tx:
        # Checked at the commit, when no row is left. DROP TABLE fires none of the triggers that keep rows from going.
        await tx.run("PRAGMA defer_foreign_keys = ON")
        for row in await tx.all(_TABLES):
            await tx.run(f'DROP TABLE "{text(row, "name")}"')
        for migration in load():
            for statement in statements(migration.script, "sqlite"):
                await tx.run(statement)


async def is_empty(database: Database) -> bool:
    """Whether nobody but the system is a member yet."""
    async with database.read() as tx:
        return number(await tx.one("SELECT count(*) AS n FROM members"), "n") <= 1
