"""What commands have done in the process that holds the database: the running bot, or the command's own."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from bot.app.backups import make_backup
from bot.app.chats import TELEGRAM_NAME, start_link
from bot.app.desk import Desk, OrderFailed
from bot.app.export_jobs import EXPORT_JOBS
from bot.app.month_jobs import MONTH_JOBS
from bot.app.points_jobs import POINTS_JOBS
from bot.app.version import version
from bot.app.watching import is_well
from bot.app.wecom_jobs import WECOM_JOBS
from bot.chat.messages import Text
from bot.control import JobFailed, Json, Tell
from bot.domain import roll
from bot.domain.people import Role
from bot.domain.times import local_day
from bot.domain.workdays import write_days
from bot.engine.in_force import TownInForce
from storage import audit, binding, calendar_days, chats, groups, inbox, inbox_reading, members, notes, people
from storage.backup import BackupFault
from storage.blobs import BlobsUnavailable
from storage.migrate import status
from storage.watching import figures

Job = Callable[[Desk, Json, Tell], Awaitable[Json]]


async def backup(desk: Desk, args: Json, tell: Tell) -> Json:
    """`to`: the folder."""
    try:
        made = await make_backup(desk.open.database, desk.open.blobs, Path(args["to"]), desk.clock.now(), tell)
    except BackupFault as fault:
        raise JobFailed("plain", words=str(fault)) from fault
    except BlobsUnavailable as fault:
        raise JobFailed("backup.photos_unreadable", why=str(fault)) from fault
    return {key: str(value) if isinstance(value, Path) else value for key, value in asdict(made).items()}


async def database_status(desk: Desk, _args: Json, _tell: Tell) -> Json:
    """Schema and figures."""
    schema = await status(desk.open.database)
    async with desk.open.database.read() as tx:
        found = await figures(tx, desk.clock.now())
        own = await calendar_days.as_of(tx, await calendar_days.latest(tx))
    return {
        "version": version(), "dialect": desk.open.database.dialect, "schema": schema.current, "known": schema.known,
        "running": desk.life.is_running, "well": is_well(found), "inbox_age_s": found.inbox_age_s,
        "outbox_age_s": found.outbox_age_s, "inbox": dict(found.inbox), "outbox": dict(found.outbox),
        "cases": dict(found.cases), "dead": found.dead, "photos_wanted": found.photos_wanted, "own_years": sorted({day.year for day in own}),
        "backup_at": found.backup_at.isoformat() if found.backup_at else None,
    }  # fmt: skip


async def silent_agencies(desk: Desk, _args: Json, _tell: Tell) -> Json:
    """Agencies that cases go to and nobody there can be written to: without contact, or with an unbound one."""
    book = desk.open.town.rulebook
    wanted = {category.agency for category in book.categories.values()} | {duty.agency for duty in book.duties.values()}
    silent: list[str] = []
    async with desk.open.database.read() as tx:
        for agency in sorted(wanted):
            if agency not in book.agencies or book.agencies[agency].is_area:
                continue
            holders = await members.holders(tx, Role.CONTACT, agency)
            if not any([await members.reachable(tx, holder) for holder in holders]):
                silent.append(book.agencies[agency].short)
        admins = await members.holders(tx, Role.ADMIN)
    return {"silent": silent, "admins": len(admins)}


async def work_groups(desk: Desk, _args: Json, _tell: Tell) -> Json:
    """Where the bot works, and whether it was deaf there when it was last told."""
    found: list[Json] = []
    async with desk.open.database.read() as tx:
        for platform, chat in await groups.bound(tx):
            known = await chats.find(tx, platform, chat)
            title, deaf = (known.title or chat, known.deaf_at is not None) if known else (chat, False)
            found.append({"platform": platform, "chat": chat, "title": title, "deaf": deaf})
    return {"groups": found}


async def send_test(desk: Desk, args: Json, tell: Tell) -> Json:
    """A line in every work group of a platform in use: how long each took, or what went wrong."""
    from bot.app.probing import try_group

    platforms = {str(one.name): one for one in desk.life.parts.platforms}
    listed = [one for one in (await work_groups(desk, args, tell))["groups"] if one["platform"] in platforms]
    town, now = desk.open.town, desk.clock.now()
    words = desk.open.texts.render(Text("core.test_line", {"bot": town.bot_name}), town.language, now)
    tried: list[Json] = []
    for one in listed:
        platform = platforms[one["platform"]]
        ms, fault = await try_group(platform, one["chat"], words, desk.clock) if platform.at_hand else (0, "idle")
        tried.append({"title": one["title"], "ms": ms, "fault": fault})
    return {"tried": tried}


async def set_aside(desk: Desk, _args: Json, _tell: Tell) -> Json:
    """What waits for `replay`: numbers, sources, instants and errors, no contents."""
    async with desk.open.database.read() as tx:
        kept = await inbox.list_set_aside(tx)
        errors = {one.id: await inbox_reading.error_of(tx, one.id) for one in kept}
    zone = desk.open.town.zone
    return {
        "events": [
            {"id": one.id, "source": one.arrival.source, "at": f"{one.arrival.at.astimezone(zone):%Y-%m-%d %H:%M}",
             "error": errors[one.id] or ""}
            for one in kept
        ]
    }  # fmt: skip


async def replay(desk: Desk, args: Json, _tell: Tell) -> Json:
    """`id`: the event goes back into its lane; the bot takes it up, now or when it starts."""
    kept = int(args["id"])
    async with desk.open.database.write() as tx:
        if not await inbox.bring_back(tx, kept):
            raise JobFailed("replay.none", id=kept)
        await audit.note(tx, desk.clock.now(), None, "event.replayed", f"inbox:{kept}")
        lane = await inbox_reading.lane_of(tx, kept)
    if desk.life.is_running and lane is not None:
        desk.life.engine.intake.wake(lane)
    return {"running": desk.life.is_running}


async def import_people(desk: Desk, args: Json, _tell: Tell) -> Json:
    """`data`: the file's bytes in base64. All faults at once, or everything stored in one transaction."""
    from bot.people_file import FileFault, check, faults_said
    from bot.people_file.table import table_of

    town, now = desk.open.town, desk.clock.now()
    try:
        table = await asyncio.to_thread(table_of, base64.b64decode(args["data"]))
    except FileFault as fault:
        return {"faults": desk.open.texts.render(fault.text, town.language, now)}
    async with desk.open.database.read() as tx:
        known = await people.list_roll(tx)
    checked = await asyncio.to_thread(check, table, town.rulebook, local_day(now, town.zone), known)
    if checked.faults:
        return {"faults": desk.open.texts.render(faults_said(checked.faults), town.language, now)}
    made = roll.entries(checked.rows, known)
    await _ordered(desk, "people.import", roll.write_rows(checked.rows))
    added = sum(entry.person is None for entry in made)
    changed = sum(entry.changes() for entry in made) - added
    return {"added": added, "changed": changed, "same": len(made) - added - changed, "faults": ""}


async def import_calendar(desk: Desk, args: Json, _tell: Tell) -> Json:
    """`data`: the file's bytes in base64. All faults at once, or every day stored in one transaction."""
    from bot.calendar_file import read_sheet
    from bot.people_file import FileFault

    town, now = desk.open.town, desk.clock.now()
    try:
        sheet = await asyncio.to_thread(read_sheet, base64.b64decode(args["data"]), local_day(now, town.zone))
    except FileFault as fault:
        return {"faults": desk.open.texts.render(fault.text, town.language, now)}
    if sheet.faults:
        return {"faults": desk.open.texts.render(sheet.refused(), town.language, now)}
    async with desk.open.database.read() as tx:
        own = await calendar_days.as_of(tx, await calendar_days.latest(tx))
    changed = sum(own.get(day) is not works for day, works in sheet.days.items())
    await _ordered(desk, "calendar.import", write_days(sheet.days))
    return {"changed": changed, "same": len(sheet.days) - changed, "faults": ""}


async def calendar_year(desk: Desk, args: Json, _tell: Tell) -> Json:
    """`year`, or None for this one: its days that are no ordinary ones, and whose they are."""
    year = args["year"] or local_day(desk.clock.now(), desk.open.town.zone).year
    async with desk.open.database.read() as tx:
        calendar = (await TownInForce(desk.open.town).read(tx, desk.clock.now())).calendar
    days = sorted(day for day in {*calendar.exceptions, *calendar.own_days} if day.year == year)
    return {
        "year": year, "published": year in calendar.published_years,
        "days": [
            {"day": day.isoformat(), "works": calendar.is_workday(day), "own": day in calendar.own_days} for day in days
        ],
    }  # fmt: skip


async def binding_codes(desk: Desk, args: Json, _tell: Tell) -> Json:
    """`out`: the sheet to print. Everybody without account gets a new code; the plain codes are on the sheet only."""
    from bot.people_file import cards, hashes, new_codes, write_code_sheet
    from handlers.people.binding import CODE_LIFE

    town, out, now = desk.open.town, Path(args["out"]), desk.clock.now()
    if await asyncio.to_thread(out.exists):
        raise JobFailed("export.exists", file=out)
    async with desk.open.database.read() as tx:
        unbound = await binding.list_unbound(tx)
    codes = new_codes(len(unbound), town.code_mac)
    await _ordered(desk, "people.codes", hashes(codes))
    async with desk.open.database.read() as tx:
        name = await notes.find(tx, TELEGRAM_NAME)
        owners = await binding.list_codes(tx, now)
        holders = {member.id: member for member in await members.list_by_id(tx, list(dict.fromkeys(owners.values())))}
    made = cards(codes, owners, holders, {agency.id: agency.short for agency in town.rulebook.agencies.values()})
    link, until = start_link(name) if name else "", now + CODE_LIFE
    try:
        await asyncio.to_thread(write_code_sheet, out, made, desk.open.texts, town.language, until, now, link)
    except OSError as fault:
        raise JobFailed("export.unwritable", file=out, why=fault.strerror or "") from fault
    return {"codes": len(made)}


async def _ordered(desk: Desk, name: str, args: str) -> None:
    try:
        no = await desk.order(name, args)
    except OrderFailed as fault:
        raise JobFailed("order.failed", id=fault.inbox, error=fault.error) from fault
    if no is not None:
        raise JobFailed("import.raced")


JOBS: Final[Mapping[str, Job]] = {
    "backup": backup,
    "database_status": database_status,
    "silent_agencies": silent_agencies,
    "work_groups": work_groups,
    "send_test": send_test,
    "set_aside": set_aside,
    "replay": replay,
    "import_people": import_people,
    "binding_codes": binding_codes,
    "import_calendar": import_calendar,
    "calendar_year": calendar_year,
    **EXPORT_JOBS,
    **MONTH_JOBS,
    **POINTS_JOBS,
    **WECOM_JOBS,
}
