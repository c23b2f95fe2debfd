"""The close of a month among ten million lines of the ledger while reports come in, and a poster drawn beside the loop.

`WDY_BENCH_LINES` sizes it: a hundred lines a rider, ten of them in the month.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import handlers
from bench.ledger import LINES, STEP, fill
from bench.measure import Figure, median, spread
from bench.process import proportional_mb
from bot.chat.events import Incoming, Pressed
from bot.chat.messages import Attachment
from bot.chat.platform import Raw
from bot.chat.work import Work
from bot.domain.people import SYSTEM
from bot.domain.times import read, stored
from bot.engine.clock import SystemClock
from bot.engine.engine import Engine, Parts, assemble
from bot.engine.imaging import ImageWorker
from bot.secrets import Secret, Signer
from handlers.ranking import pictures
from storage import members, months, timers
from storage.blobs import open_blobs
from storage.database import Database, open_database
from storage.migrate import migrate
from storage.months import MonthState
from tests.crash.child import FilePeer
from tests.town import ZONE, default_town

PERIOD = "2026-11"
CLOSE = datetime(2026, 12, 1, 9, 0, tzinfo=ZONE)
EVERY_S = 0.05  # a report: twenty a second are a day of a large county in an hour
DRAWN = 20

_CASES = (
    "INSERT INTO cases (number, state, resolution, severity, description, place, reporter_id, opened_at, moved_at,"
    " filed_at, closed_at) WITH RECURSIVE s(n) AS (SELECT CAST(:low AS BIGINT) UNION ALL SELECT n + 1 FROM s"
    " WHERE n < CAST(:high AS BIGINT)) SELECT n + 1, 'closed', 'resolved', 'P3', '', '', 2 + n % :riders, '2026-11-' ||"
    " substr('0' || (n % 28 + 1), -2) || 'T04:00:00.000Z', '2026-11-29T04:00:00.000Z', '2026-11-28T04:00:00.000Z',"
    " '2026-11-29T04:00:00.000Z' FROM s"
)


class Reports(FilePeer):
    """Reports in words: what a photo costs is measured elsewhere."""

    def read(self, raw: Raw) -> Incoming | Pressed | None:
        event = super().read(raw)
        return replace(event, photos=()) if isinstance(event, Incoming) else event


@dataclass
class Watched:
    """What was seen while the month was closed."""

    seconds: float
    confirmed_ms: list[float]
    done_ms: list[float]
    held_ms: float
    memory_mb: float


async def prepare(file: Path) -> None:
    """The database, with cases beside the lines."""
    database = await open_database(f"sqlite:///{file}")
    await migrate(database)
    riders = await fill(database, LINES)
    for low in range(0, riders * 2, STEP):
        async with database.write() as tx:
            await tx.run(_CASES, low=low, high=min(low + STEP, riders * 2) - 1, riders=riders)
    async with database.write() as tx:
        await tx.run("UPDATE counters SET value = CAST(:n AS BIGINT) WHERE name = 'case'", n=riders * 2)
        await timers.set_tick(tx, "ranking.close", CLOSE - timedelta(days=30))
        await tx.run("ANALYZE")
    await database.close()


def engine_over(database: Database, folder: Path, clock: SystemClock) -> tuple[Engine, Reports, ImageWorker]:
    secret, peer, worker = Signer(Secret(b"k" * 32)), Reports(folder, 0), ImageWorker(drawings=handlers.DRAWINGS)
    engine = assemble(
        Parts(
            database=database, town=default_town(secret), texts=handlers.catalogues(ZONE, None), signer=secret,
            clock=clock, platforms=[peer], features=handlers.FEATURES, blobs=open_blobs(str(folder / "photos")),
            worker=worker,
        )
    )  # fmt: skip
    return engine, peer, worker


async def close(file: Path) -> Watched:
    """The first of December at nine, with a report every twentieth of a second."""
    database = await open_database(f"sqlite:///{file}")
    clock = SystemClock(CLOSE - datetime.now(UTC) - timedelta(seconds=1))
    engine, peer, worker = engine_over(database, file.parent, clock)
    await engine.prepare()
    running = asyncio.create_task(engine.run())
    memory, confirmed = _Memory(), list[float]()
    database.longest_hold_ms = 0
    began = time.perf_counter()
    with memory:
        while True:
            at = time.perf_counter()
            raw = peer.raw(len(confirmed))
            await engine.intake.deliver(peer.name, [Raw(raw.event_id, raw.lane, raw.payload, clock.now())])
            confirmed.append((time.perf_counter() - at) * 1000)
            async with database.read() as tx:
                month = await months.find(tx, PERIOD)
            if month is None:
                began = time.perf_counter()
            elif month.state is MonthState.FROZEN:
                break
            await asyncio.sleep(max(0.0, EVERY_S - (time.perf_counter() - at)))
    seconds, held = time.perf_counter() - began, database.longest_hold_ms
    engine.stopping.set()
    await running
    done = await _done_ms(database)
    await worker.close()
    await database.close()
    return Watched(seconds, confirmed, done, held, memory.most_mb)


async def _done_ms(database: Database) -> list[float]:
    async with database.read() as tx:
        rows = await tx.all("SELECT received_at, done_at FROM inbox WHERE source = 'sandbox' AND done_at IS NOT NULL")
    return [(read(str(row["done_at"])) - read(str(row["received_at"]))).total_seconds() * 1000 for row in rows]


class _Memory:
    """The most that the process and its children held, looked at from a thread of its own."""

    def __init__(self) -> None:
        self.most_mb = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.5):
            self.most_mb = max(self.most_mb, proportional_mb(os.getpid()))


async def poster() -> tuple[list[float], list[float]]:
    """Seconds that a poster takes from words to JPEG, and the longest time in which the loop did nothing else, in ms."""
    worker, took, stalls = ImageWorker(drawings=handlers.DRAWINGS), list[float](), list[float]()
    drawn = await words_of_a_poster()
    told = json.dumps(drawn, ensure_ascii=False)
    await worker.draw(pictures.POSTER, told, [])
    for _ in range(DRAWN):
        stall = _Stall()
        watching = asyncio.create_task(stall.watch())
        start = time.perf_counter()
        await worker.draw(pictures.POSTER, told, [])
        took.append(time.perf_counter() - start)
        watching.cancel()
        stalls.append(stall.longest_ms)
    await worker.close()
    return took, stalls


class _Stall:
    """How late the loop comes back to somebody who asks for it all the time."""

    longest_ms = 0.0

    async def watch(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            self.longest_ms = max(self.longest_ms, (time.perf_counter() - before) * 1000 - 1)


async def words_of_a_poster() -> dict[str, object]:
    """What the worker is told of a month with ten riders on its poster."""
    texts = handlers.catalogues(ZONE, None)
    with tempfile.TemporaryDirectory() as folder:
        database = await open_database(f"sqlite:///{folder}/poster.db")
        await migrate(database)
        async with database.write() as tx:
            await months.begin(tx, PERIOD, "")
            for place in range(1, 11):
                rider = await members.insert(tx, f"赵铁{'强' * (place % 3)}", CLOSE)
                await tx.run(
                    "INSERT INTO ranking_lines (period, version, member_id, place, points, resolved, invalid, reported,"
                    " reached_at) VALUES (:period, 1, :rider, :place, :points, 0, 0, 0, :at)",
                    period=PERIOD, rider=rider, place=place, points=400 - place * 7, at=stored(CLOSE),
                )  # fmt: skip
            await tx.run("UPDATE months SET version = 1, riders = 70, active = 60, reported = 126, resolved = 119")
            month = await months.find(tx, PERIOD)
            assert month is not None
            work = Work(tx, await members.get(tx, SYSTEM), default_town(Signer(Secret(b"k" * 32))))
            made: Attachment = await pictures.poster(month, work)
        await database.close()
    shown: dict[str, object] = {name: texts.shown(value, "zh-CN", CLOSE) for name, value in made.words.items()}
    return {**shown, "rows": [[texts.cell(cell, "zh-CN", CLOSE) for cell in row] for row in made.rows]}


def hundredth(values: Sequence[float]) -> float:
    """What one in a hundred exceeds."""
    return sorted(values)[max(0, len(values) * 99 // 100 - 1)]


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "month.db"
        asyncio.run(prepare(file))
        # A process of its own: what filling the database took is not what the close needs.
        told = subprocess.run(
            [sys.executable, "-m", "bench.month", str(file)], check=True, capture_output=True, text=True
        ).stdout
    seen = Watched(**json.loads(told.splitlines()[-1]))
    took, stalls = asyncio.run(poster())
    riders = f"{LINES // 100:,} riders, {LINES // 10:,} of {LINES:,} lines"
    return [
        Figure(f"close of a month: {riders}", seen.seconds, "s", 30),
        Figure(
            "a report confirmed meanwhile, 99 in 100",
            hundredth(seen.confirmed_ms),
            "ms",
            250,
            note=spread(seen.confirmed_ms),
        ),
        Figure(
            "the same until its answer is queued",
            hundredth(seen.done_ms),
            "ms",
            note=f"median {median(seen.done_ms):.3g}",
        ),
        Figure("longest hold of the database meanwhile", seen.held_ms, "ms", 100),
        Figure("most memory meanwhile (PSS)", seen.memory_mb, "MB", 500),
        Figure("a poster, words to JPEG", median(took), "s", 1.0, note=spread(took)),
        Figure("longest stall of the loop while it is drawn", median(stalls), "ms", 50, note=spread(stalls)),
    ]


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(close(Path(sys.argv[1]))))))
