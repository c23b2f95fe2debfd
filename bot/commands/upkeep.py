"""`backup`, `replay`, `db status` and `db upgrade`."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from bot.commands.reaching import reach, settings_at
from bot.commands.showing import console, progress, size
from bot.commands.wording import say
from bot.config import Settings
from bot.control import Json


def run_backup(config: Path, to: Path) -> None:
    """Make a backup and say where it is."""
    settings = settings_at(config)
    with progress(say("backup.doing")) as tell:
        made = asyncio.run(reach(settings, "backup", {"to": str(to.absolute())}, tell))
    if made["command"]:
        console.print(say("backup.server", command=made["command"]), soft_wrap=True, markup=False)
    else:
        console.print(say("backup.done", file=made["database"], size=size(made["database_bytes"])), soft_wrap=True)
    console.print(
        say("backup.photos", photos=made["photos"], copied=made["photos_copied"], size=size(made["photo_bytes"])),
        soft_wrap=True,
    )
    if made["missing"]:
        console.print(say("backup.missing", missing=made["missing"]), style="yellow")
    console.print(say("backup.secret", file=settings.town.secret_file), soft_wrap=True)


def run_replay(config: Path, number: int | None) -> None:
    """Bring a set-aside event back, or list them."""
    settings = settings_at(config)
    if number is None:
        _list_set_aside(asyncio.run(reach(settings, "set_aside", {}, _silent)))
        return
    made = asyncio.run(reach(settings, "replay", {"id": number}, _silent))
    console.print(say("replay.done_running" if made["running"] else "replay.done", id=number))


def _list_set_aside(found: Json) -> None:
    from rich.table import Table

    if not found["events"]:
        console.print(say("replay.nothing"))
        return
    table = Table(*(say(f"replay.column.{name}") for name in ("id", "source", "at", "error")))
    for event in found["events"]:
        table.add_row(str(event["id"]), event["source"], event["at"], event["error"])
    console.print(table)


def run_db_status(config: Path) -> None:
    """Where the schema stands, and what waits."""
    settings = settings_at(config)
    schema = asyncio.run(_schema(settings))
    console.print(say("db.schema", current=schema["schema"], known=schema["known"], dialect=schema["dialect"]))
    if schema["schema"] != schema["known"]:
        console.print(say("db.upgrade_needed" if schema["schema"] < schema["known"] else "db.newer"), style="yellow")
        return
    found = asyncio.run(reach(settings, "database_status", {}, _silent))
    cases = sum(found["cases"].values())
    console.print(say("db.running" if found["running"] else "db.stopped"))
    console.print(say("db.inbox", new=found["inbox"].get("new", 0), aside=found["inbox"].get("set_aside", 0)))
    console.print(say("db.outbox", queued=sum(found["outbox"].values()), dead=found["dead"]))
    console.print(say("db.cases", cases=cases, photos=found["photos_wanted"]))
    console.print(say("db.backup", at=found["backup_at"] or say("db.never")))


async def _schema(settings: Settings) -> Json:
    """Schema as found, also of a database that nobody could start on."""
    from storage.database import DatabaseInUse, open_database
    from storage.migrate import status

    try:
        database = await open_database(settings.storage.url)
    except DatabaseInUse:
        return await reach(settings, "database_status", {}, _silent)
    try:
        found = await status(database)
        return {"schema": found.current, "known": found.known, "dialect": database.dialect}
    finally:
        await database.close()


def run_db_upgrade(config: Path) -> None:
    """Back up, then bring the schema to this program's."""
    for line in asyncio.run(upgrade(settings_at(config))):
        console.print(line, soft_wrap=True, markup=False)


async def upgrade(settings: Settings) -> list[str]:
    """Upgrade the schema; returns what was done, as sentences. The bot must not be running on SQLite.

    Raises:
        DatabaseInUse: the bot is running; it has the schema it started with.
        BackupFault: no backup could be made, so nothing was changed.
        SchemaFault: the schema is newer than this program.
    """
    from bot.app.opening import sqlite_file
    from storage.backup import PG_DUMP, back_up
    from storage.database import open_database
    from storage.migrate import migrate, status

    said: list[str] = []
    database = await open_database(settings.storage.url)
    try:
        found = await status(database)
        if found.current == found.known:
            return [say("db.current", known=found.known)]
        file = sqlite_file(settings)
        if file is not None and 0 < found.current < found.known:
            copy = file.parent / "backup" / f"before-{found.known:04d}-{datetime.now(UTC):%Y%m%d-%H%M%S}Z.db"
            await back_up(database, copy)
            said.append(say("db.backed_up", file=copy))
        elif file is None and found.current:
            said.append(say("db.back_up_yourself", command=PG_DUMP))
        names = await migrate(database)
        said += [say("db.applied", name=name) for name in names]
    finally:
        await database.close()
    return said


async def _silent(_done: int, _of: int) -> None:
    return
