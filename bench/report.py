"""The whole path of a photo report, from inbox row to outbox rows, and what a million stored cases change."""

import asyncio
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.house import MANY, House, fill, house, large_house
from bench.measure import Figure, median, spread
from bot.chat.platform import Raw
from storage import inbox
from storage.inbox import Arrival
from tests.crash.child import FilePeer

REPORTS = 300
FEW = 1_000


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


async def growth(years: Path) -> list[Figure]:
    """The same report on a small and a large database, in turn. `years`: where the large one is, or is to be."""
    took: dict[int, list[float]] = {FEW: [], MANY: []}
    with tempfile.TemporaryDirectory() as folder:
        small = await house(f"sqlite:///{folder}/small.db", Path(folder))
        await fill(small.database, FEW)
        houses = {FEW: small, MANY: await large_house(f"sqlite:///{years}/large.db", years)}
        for made in houses.values():
            await one_report_ms(made, 0, 20)
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


def run(postgres: str | None, years: Path) -> list[Figure]:
    return [*asyncio.run(speed(postgres)), *asyncio.run(growth(years))]
