"""Applies `migrations/NNNN_name.sql` once each, in order, and says whether a schema fits this program."""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from storage.database import Database, Dialect, SchemaFault, Tx, number, text

MIGRATIONS: Final = Path(__file__).parent / "migrations"
NAME: Final = re.compile(r"(?P<version>\d{4})_\w+\.sql")
TOKENS: Final[dict[Dialect, dict[str, str]]] = {
    "sqlite": {"{id}": "INTEGER PRIMARY KEY", "{ref}": "INTEGER", "{strict}": "STRICT"},
    "postgres": {"{id}": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "{ref}": "BIGINT", "{strict}": ""},
}
TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS schema_migrations"
    " (version {ref} PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL) {strict}"
)
EXISTS: Final[dict[Dialect, str]] = {
    "sqlite": "SELECT count(*) AS found FROM sqlite_schema WHERE name = 'schema_migrations'",
    "postgres": "SELECT count(*) AS found FROM pg_tables"
    " WHERE tablename = 'schema_migrations' AND schemaname = current_schema()",
}
# One process migrates, the others wait for it however long it takes; the number only has to be ours.
ALONE: Final[dict[Dialect, str]] = {
    "sqlite": "",
    "postgres": "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock(77800100)",
}


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. The checksum is the same whatever line ends a checkout gave it."""

    version: int
    name: str
    script: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file, in hex."""
        return sha256(self.script.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Status:
    """Version of the schema (0: none yet), and the newest one this program knows."""

    current: int
    known: int


def load(folder: Path = MIGRATIONS) -> Sequence[Migration]:
    """The migrations of `folder`, in order.

    Raises:
        SchemaFault: a name is not NNNN_name.sql, or the numbers are not 1, 2, 3, …
    """
    found: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        name = NAME.fullmatch(path.name)
        if not name or int(name["version"]) != len(found) + 1:
            raise SchemaFault(f"{path.name}: expected {len(found) + 1:04}_name.sql here; migrations have no gaps")
        found.append(Migration(len(found) + 1, path.name, path.read_text("utf-8").replace("\r\n", "\n")))
    return found


async def status(database: Database, folder: Path = MIGRATIONS) -> Status:
    """Where the schema stands; writes nothing.

    Raises:
        SchemaFault: an applied migration is not the one this program has.
    """
    known = load(folder)
    async with database.read() as tx:
        if number(await tx.one(EXISTS[database.dialect]), "found") == 0:
            return Status(0, len(known))
        return Status(await _applied(tx, known), len(known))


async def require_current(database: Database, folder: Path = MIGRATIONS) -> None:
    """Refuse to start on a schema that is not this program's own.

    Raises:
        SchemaFault: older (the cure is `wudayuan db upgrade`), newer, or changed.
    """
    found = await status(database, folder)
    if found.current < found.known:
        raise SchemaFault(f"the schema is version {found.current}, needed is {found.known}: run `wudayuan db upgrade`")
    _refuse_newer(found)


async def migrate(database: Database, folder: Path = MIGRATIONS) -> Sequence[str]:
    """Apply what is missing, each file in a transaction of its own; returns the names applied.

    Raises:
        SchemaFault: the schema is newer than this program, or an applied migration was changed.
    """
    known = load(folder)
    names: list[str] = []
    while True:
        async with database.write() as tx:
            if ALONE[database.dialect]:
                await tx.run(ALONE[database.dialect])
            await tx.run(_with_tokens(TABLE, database.dialect))
            current = await _applied(tx, known)
            _refuse_newer(Status(current, len(known)))
            if current == len(known):
                return names
            await _apply(tx, known[current], database.dialect)
        names.append(known[current].name)


async def _apply(tx: Tx, migration: Migration, dialect: Dialect) -> None:
    try:
        for statement in statements(migration.script, dialect):
            await tx.run(statement)
    except BaseException as error:
        error.add_note(f"while applying {migration.name}")
        raise
    await tx.run(
        "INSERT INTO schema_migrations (version, name, checksum) VALUES (:version, :name, :checksum)",
        version=migration.version,
        name=migration.name,
        checksum=migration.checksum,
    )


async def _applied(tx: Tx, known: Sequence[Migration]) -> int:
    rows = await tx.all("SELECT version, name, checksum FROM schema_migrations ORDER BY version")
    for row, migration in zip(rows, known, strict=False):  # more rows than files: a newer schema, refused by callers
        if (number(row, "version"), text(row, "checksum")) != (migration.version, migration.checksum):
            raise SchemaFault(
                f"{migration.name} was changed after it was applied (as {text(row, 'name')});"
                " restore the file and write a new migration"
            )
    return len(rows)


def _refuse_newer(found: Status) -> None:
    if found.current > found.known:
        raise SchemaFault(
            f"the schema is version {found.current}, this program knows {found.known}: install the newer program"
        )


def statements(script: str, dialect: Dialect) -> Sequence[str]:
    """The script for one database, as it is to be run.

    `-- only sqlite` or `-- only postgres` on a line of its own begins a block for one database, `-- end` ends it.
    SQLite takes one statement at a time (a trigger's body is part of its statement); PostgreSQL takes them all.

    Raises:
        SchemaFault: a block is not closed or names no database, or the last statement is not complete.
    """
    own = _with_tokens("".join(_lines_for(script, dialect)), dialect)
    if dialect == "postgres":
        return [own]
    found: list[str] = []
    rest = ""
    for piece in re.split(r"(?<=;)", own):
        rest += piece
        if sqlite3.complete_statement(rest):
            found.append(rest.strip())
            rest = ""
    if re.sub(r"--.*|/\*[\s\S]*?\*/|\s", "", rest):
        raise SchemaFault(f"the last statement is not complete: {rest.strip()[:60]}")
    return found


def _lines_for(script: str, dialect: Dialect) -> Iterable[str]:
    only: str | None = None
    for line in script.splitlines(keepends=True):
        words = line.split()
        if words[:2] == ["--", "only"]:
            if only or words[2:] not in [[name] for name in TOKENS]:
                raise SchemaFault(f"`{line.strip()}`: one of {', '.join(TOKENS)} is expected, and no block in a block")
            only = words[2]
        elif words == ["--", "end"]:
            only = None
        elif only in {None, dialect}:
            yield line
    if only:
        raise SchemaFault(f"`-- only {only}` has no `-- end`")


def _with_tokens(script: str, dialect: Dialect) -> str:
    for token, meaning in TOKENS[dialect].items():
        script = script.replace(token, meaning)
    return script
