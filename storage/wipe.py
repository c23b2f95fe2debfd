"""Beginning anew: only the demo does so, with its own database."""

from storage.database import Database, number, text
from storage.migrate import migrate


async def wipe(database: Database) -> None:
    """Drop everything and make an empty schema again. SQLite only.

    Raises:
        ValueError: the database is a server; nobody's real cases are dropped from here.
    """
    if database.dialect != "sqlite":
        raise ValueError("only a SQLite database of the demo may be wiped")
    async with database.write() as tx:
        # Checked at the commit, when no row is left; DROP TABLE fires none of the triggers that keep rows from going.
        await tx.run("PRAGMA defer_foreign_keys = ON")
        rows = await tx.all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for row in rows:
            await tx.run(f'DROP TABLE "{text(row, "name")}"')  # noqa: S608 - a name from the schema itself
    await migrate(database)


async def is_empty(database: Database) -> bool:
    """Whether nobody but the system is a member yet."""
    async with database.read() as tx:
        return number(await tx.one("SELECT count(*) AS n FROM members"), "n") <= 1
