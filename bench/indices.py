"""The indices of a month among the cases of four years: how long each part holds the database, and the whole takes.

`WDY_BENCH_CASES` sizes it: a fiftieth of them falls into the month.
"""

import asyncio
import tempfile
import time
from datetime import datetime
from pathlib import Path

from bench.measure import Figure, median
from bench.report import MANY
from bot import holidays
from bot.domain.calendar import Calendar
from bot.domain.people import Post, Role
from bot.domain.tallies import Figures
from storage import index_parts, members
from storage.database import Database, open_database
from storage.migrate import migrate
from tests.town import RULEBOOK, ZONE

MONTH = "2026-11"
NOW = datetime(2026, 12, 1, 9, tzinfo=ZONE)
RIDERS = 300
STEP = 50_000
DAYS = 1500  # up to the end of the month

# A case of each day in turn, reported between 8:30 and 16:30 in Shanghai.
_AT = (
    "strftime('%Y-%m-%dT%H:%M:00.000Z', '2022-10-23 00:30:00', '+' || (n % 1500) || ' days', '+' ||"
    " (n / 1500 * 37 % 480 + {minutes}) || ' minutes')"
)


def at(minutes: int) -> str:
    return _AT.format(minutes=minutes)


_AGENCY = "'agency' || (n % 12)"
_SEVERITY = "CASE n % 10 WHEN 0 THEN 'P1' WHEN 1 THEN 'P2' WHEN 2 THEN 'P4' ELSE 'P3' END"
_STATE = "CASE WHEN n % 25 = 0 THEN 'accepted' WHEN n % 40 = 1 THEN 'merged' ELSE 'closed' END"
_CLOSED = f"CASE WHEN n % 25 > 0 THEN {at(3600)} END"
_COUNTING = (
    "(WITH RECURSIVE s(n) AS (SELECT CAST(:low AS BIGINT) UNION ALL SELECT n + 1 FROM s WHERE n < CAST(:high AS BIGINT))"
    " SELECT n FROM s) AS s"
)
_FILLERS = (
    "INSERT INTO cases (id, number, state, severity, category, description, place, community, reporter_id, agency_id,"
    " opened_at, moved_at, filed_at, dispatched_at, accepted_at, handled_at, closed_at, accept_due, resolve_due, reworks)"
    f" SELECT n, n, {_STATE}, {_SEVERITY}, 'pothole', '路上有个大坑，客运站公交站', '客运站', 'c' || (n % 40),"
    f" 2 + n % {RIDERS}, {_AGENCY}, {at(0)}, {at(3600)}, {at(1)}, {at(1)}, {at(60)}, {at(2900)}, {_CLOSED}, {at(121)},"
    f" {at(4321)}, n % 20 = 3 FROM {{s}}",
    "INSERT INTO dispatches (case_id, agency_id, at, accept_due, resolve_due, accepted_at, handled_at, sent_at, failed,"
    f" closed_at, confirmed_by, resolution) SELECT n, {_AGENCY}, {at(1)}, {at(121)}, {at(4321)}, {at(60)},"
    f" {at(2900)}, {at(2900)}, n % 20 = 3, {_CLOSED}, 2 + n % 3, 'resolved' FROM {{s}}",
    "INSERT INTO case_events (case_id, version, move, from_state, to_state, actor_id, at)"
    f" SELECT n, 2, 'report', 'draft', 'reported', 2, {at(0)} FROM {{s}}",
    "INSERT INTO case_events (case_id, version, move, from_state, to_state, actor_id, at)"
    f" SELECT n, 3, 'ask', 'accepted', 'need_info', 2, {at(90)} FROM {{s}} WHERE n % 10 = 4",
    "INSERT INTO case_events (case_id, version, move, from_state, to_state, actor_id, at)"
    f" SELECT n, 4, 'supply', 'need_info', 'accepted', 2, {at(400)} FROM {{s}} WHERE n % 10 = 4",
    "INSERT INTO case_events (case_id, version, move, from_state, to_state, actor_id, at)"
    f" SELECT n, 5, 'close', 'verified', 'closed', 2, {at(3600)} FROM {{s}}",
    "INSERT INTO ratings (case_id, member_id, score, at)"
    f" SELECT n, 2 + n % {RIDERS}, CASE WHEN n % 9 = 0 THEN 'bad' ELSE 'good' END, {at(3700)} FROM {{s}} WHERE n % 2 = 0",
    "INSERT INTO points (key, member_id, item, delta, step, case_id, actor_id, period, day, at)"
    f" SELECT 'A01:' || n, 2 + n % {RIDERS}, 'A01', 2, 'confirmed', n, 1, substr({at(0)}, 1, 7), substr({at(0)}, 1, 10),"
    f" {at(1)} FROM {{s}}",
)


async def filled(folder: Path) -> Database:
    database = await open_database(f"sqlite:///{folder}/indices.db")
    await migrate(database)
    async with database.write() as tx:
        for n in range(RIDERS):
            member = await members.insert(tx, f"rider {n}", NOW)
            await members.add_post(tx, member, Post(Role.RIDER), datetime(2022, 1, 1, tzinfo=ZONE))
    for low in range(1, MANY + 1, STEP):
        async with database.write() as tx:
            for sql in _FILLERS:
                await tx.run(sql.replace("{s}", _COUNTING), low=low, high=min(low + STEP - 1, MANY))
    async with database.write() as tx:
        await tx.run("ANALYZE")
    return database


async def counted(database: Database) -> tuple[Figures, float]:
    """The figures of the month, and the longest that one part held the database, in ms."""
    calendar = Calendar(ZONE, exceptions=holidays.published(), published_years=holidays.published_years())
    found, longest = Figures(), 0.0
    part = index_parts.whole(MONTH, ZONE, NOW)
    while part is not None:
        async with database.read() as tx:
            begun = time.perf_counter()
            figures, part = await index_parts.count(tx, part, RULEBOOK, calendar)
            longest = max(longest, (time.perf_counter() - begun) * 1000)
        found += figures
    return found, longest


async def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        database = await filled(Path(folder))
        took: list[float] = []
        holds: list[float] = []
        for _ in range(3):
            begun = time.perf_counter()
            found, longest = await counted(database)
            took.append(time.perf_counter() - begun)
            holds.append(longest)
        await database.close()
    county = found.county
    note = f"{county.dispatches:,} dispatches, {county.due:,} due, {found.riders.in_office} riders"
    return [
        Figure(f"indices of a month at {MANY:,} cases, longest part", median(holds), "ms", 100),
        Figure(f"indices of a month at {MANY:,} cases, all parts", median(took), "s", note=note),
    ]


def run() -> list[Figure]:
    return asyncio.run(measure())
