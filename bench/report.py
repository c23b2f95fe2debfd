"""The whole path of a photo report, from inbox row to outbox rows, and what a million stored cases change."""

import asyncio
import os
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import handlers
from bench.measure import Figure, median, spread
from bot.chat.platform import Raw
from bot.engine.engine import Engine, Parts, assemble
from bot.engine.imaging import ImageWorker
from bot.secrets import Secret, Signer
from storage import inbox
from storage.blobs import open_blobs
from storage.database import Database, open_database
from storage.inbox import Arrival
from storage.migrate import migrate
from tests.crash.child import FilePeer, seed
from tests.fake import FakeClock
from tests.town import ZONE, default_town

REPORTS = 300
FEW, MANY = 1_000, int(os.environ.get("WDY_BENCH_CASES", "1000000"))


@dataclass(frozen=True)
class House:
    database: Database
    engine: Engine
    peer: FilePeer


async def house(url: str, folder: Path) -> House:
    """An engine over a seeded database; nothing of it runs by itself."""
    database = await open_database(url)
    await migrate(database)
    await seed(database)
    secret = Signer(Secret(b"k" * 32))
    peer = FilePeer(folder, 0)
    engine = assemble(
        Parts(
            database=database,
            town=default_town(secret),
            texts=handlers.catalogues(ZONE, None),
            signer=secret,
            clock=FakeClock(),
            platforms=[peer],
            features=handlers.FEATURES,
            blobs=open_blobs(str(folder / "photos")),
            worker=ImageWorker(),
        )
    )
    return House(database, engine, peer)


def arrival(peer: FilePeer, n: int) -> Arrival:
    raw: Raw = peer.raw(n)
    at = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    return Arrival("sandbox", raw.event_id, f"lane-{n % 5}", raw.payload, at)


async def reports_per_second(made: House, first: int, count: int) -> float:
    """From the row in the inbox to the rows in the outbox, lanes side by side as in the running bot."""
    async with made.database.write() as tx:
        await inbox.add(tx, [arrival(made.peer, n) for n in range(first, first + count)])
    start = time.perf_counter()
    for lane in range(5):
        made.engine.intake.wake(f"lane-{lane}")
    while True:
        async with made.database.read() as tx:
            if not await inbox.lanes(tx, 10):
                break
        await asyncio.sleep(0.005)
    return count / (time.perf_counter() - start)


async def one_report_ms(made: House, first: int, count: int) -> list[float]:
    """Milliseconds of single reports, one after the other."""
    took: list[float] = []
    for n in range(first, first + count):
        async with made.database.write() as tx:
            await inbox.add(tx, [arrival(made.peer, n)])
        async with made.database.read() as tx:
            kept = await inbox.head(tx, f"lane-{n % 5}")
        assert kept is not None
        start = time.perf_counter()
        await made.engine.intake.processor.process(kept)
        took.append((time.perf_counter() - start) * 1000)
    return took


async def fill(database: Database, cases: int) -> None:
    """So many closed cases of years past, with an event, a photo, a ledger line and a sent message each."""
    step = 20_000
    for low in range(1, cases + 1, step):
        high = min(low + step - 1, cases)
        async with database.write() as tx:
            for sql in _FILLERS:
                await tx.run(_counting(sql, database.dialect), low=low, high=high)
    async with database.write() as tx:
        await tx.run("UPDATE counters SET value = CAST(:n AS BIGINT) WHERE name = 'case'", n=cases)
        await tx.run("ANALYZE")


def _counting(sql: str, dialect: str) -> str:
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


async def speed(postgres: str | None) -> list[Figure]:
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, url in (("SQLite", f"sqlite:///{folder}/b.db"), ("PostgreSQL", postgres)):
            if url is None:
                continue
            made = await house(url, Path(folder))
            await reports_per_second(made, 0, 50)
            rates = [await reports_per_second(made, 1000 + n * REPORTS, REPORTS) for n in range(3)]
            figures.append(
                Figure(f"report, inbox row to outbox rows, {name}", median(rates), "reports/s", note=spread(rates))
            )
            await made.database.close()
    return figures


async def growth() -> list[Figure]:
    """The same report on a small and a large database, in turn."""
    took: dict[int, list[float]] = {FEW: [], MANY: []}
    with tempfile.TemporaryDirectory() as folder:
        houses: dict[int, House] = {}
        for cases in (FEW, MANY):
            houses[cases] = await house(f"sqlite:///{folder}/{cases}.db", Path(folder))
            await fill(houses[cases].database, cases)
            await one_report_ms(houses[cases], 0, 20)
        for turn in range(5):
            for cases, made in houses.items():
                took[cases] += await one_report_ms(made, 1000 + turn * 40, 40)
        for made in houses.values():
            await made.database.close()
    ratio = median(took[MANY]) / median(took[FEW])
    return [
        Figure(f"one report at {FEW:,} cases", median(took[FEW]), "ms"),
        Figure(f"one report at {MANY:,} cases", median(took[MANY]), "ms"),
        Figure(f"report at {MANY:,} / at {FEW:,} cases", ratio, "ratio", 1.3),
    ]


def run(postgres: str | None = None) -> list[Figure]:
    return [*asyncio.run(speed(postgres)), *asyncio.run(growth())]
