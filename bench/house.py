"""A bot over a county that has had the bot for years: made once, and measured by several."""

import os
from dataclasses import dataclass
from pathlib import Path

import handlers
from bot.engine.engine import Engine, Parts, assemble
from bot.engine.imaging import ImageWorker
from bot.secrets import Secret, Signer
from storage.blobs import open_blobs
from storage.database import Database, number, open_database
from storage.migrate import migrate
from tests.crash.child import FilePeer, seed
from tests.fake import FakeClock
from tests.town import ZONE, default_town

MANY = int(os.environ.get("WDY_BENCH_CASES", "1000000"))


@dataclass(frozen=True)
class House:
    database: Database
    engine: Engine
    peer: FilePeer
    clock: FakeClock


async def house(url: str, folder: Path) -> House:
    """An engine over a seeded database; nothing of it runs by itself."""
    database = await open_database(url)
    await migrate(database)
    await seed(database)
    secret = Signer(Secret(b"k" * 32))
    peer, clock = FilePeer(folder, 0), FakeClock()
    engine = assemble(
        Parts(
            database=database,
            town=default_town(secret),
            texts=handlers.catalogues(ZONE, None),
            signer=secret,
            clock=clock,
            platforms=[peer],
            features=handlers.FEATURES,
            blobs=open_blobs(str(folder / "photos")),
            worker=ImageWorker(),
        )
    )
    return House(database, engine, peer, clock)


async def large_house(url: str, folder: Path) -> House:
    """One with so many closed cases; filled by whoever comes first."""
    made = await house(url, folder)
    async with made.database.read() as tx:
        counter = await tx.one("SELECT value FROM counters WHERE name = 'case'")
    if number(counter, "value") < MANY:
        await fill(made.database, MANY)
    return made


async def fill(database: Database, cases: int) -> None:
    """So many closed cases of years past, with an event, a photo, a ledger line and a sent message each."""
    step = 20_000
    for low in range(1, cases + 1, step):
        high = min(low + step - 1, cases)
        async with database.write() as tx:
            for sql in _FILLERS:
                await tx.run(counting(sql, database.dialect), low=low, high=high)
    async with database.write() as tx:
        await tx.run("UPDATE counters SET value = CAST(:n AS BIGINT) WHERE name = 'case'", n=cases)
        await tx.run("ANALYZE")


def counting(sql: str, dialect: str) -> str:
    if dialect == "postgres":
        return sql.replace("{n}", "generate_series(CAST(:low AS BIGINT), CAST(:high AS BIGINT)) AS s(n)")
    series = (
        "(WITH RECURSIVE s(n) AS (SELECT CAST(:low AS BIGINT) UNION ALL SELECT n + 1 FROM s"
        " WHERE n < CAST(:high AS BIGINT)) SELECT n FROM s) AS s"
    )
    return sql.replace("{n}", series)


_WHEN = "'20' || (15 + n % 10) || '-0' || (1 + n % 9) || '-1' || (n % 9) || 'T04:00:00.000Z'"
_FILLERS = (
    "INSERT INTO cases (number, state, severity, category, description, place, reporter_id, contact_id, opened_at,"
    f" moved_at, closed_at) SELECT n, 'closed', 'P3', 'pothole', '井盖破损', '客运站', 2 + n % 200, 2 + n % 200, {_WHEN},"
    f" {_WHEN}, {_WHEN} FROM {{n}}",
    "INSERT INTO case_events (case_id, version, move, from_state, to_state, actor_id, at)"
    f" SELECT n, 2, 'report', 'draft', 'reported', 1, {_WHEN} FROM {{n}}",
    "INSERT INTO photos (case_id, member_id, kind, platform, ref, state, wanted_at, next_try_at)"
    f" SELECT n, 2 + n % 200, 'report', 'sandbox', 'old', 'stored', {_WHEN}, {_WHEN} FROM {{n}}",
    "INSERT INTO points (key, member_id, item, delta, step, case_id, actor_id, period, day, at)"
    f" SELECT 'old:' || n, 2 + n % 200, 'A01', 2, 'confirmed', n, 1, '2020-01', '2020-01-02', {_WHEN} FROM {{n}}",
    "INSERT INTO outbox (platform, chat, private, topic, body, rank, case_id, state, not_before, created_at, sent_at,"
    f" message) SELECT 'sandbox', 'old', '', 'old:' || n, '{{}}', 0, n, 'sent', {_WHEN}, {_WHEN}, {_WHEN}, 'o' || n FROM"
    " {n}",
    "INSERT INTO inbox (source, event_id, lane, payload, state, received_at, done_at)"
    f" SELECT 'sandbox', 'old-' || n, 'old', '{{}}', 'done', {_WHEN}, {_WHEN} FROM {{n}}",
)
