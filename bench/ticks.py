"""What a look at the clock costs where a million cases lie and ten thousand are open, each with its ladder."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import asyncpg

from bench.house import MANY, House, counting, large_house
from bench.measure import Figure, median, spread
from storage.database import number

OPEN = max(100, MANY // 100)
STEPS = 9  # timers of an open case, as the ladder of the default county sets them
RUNS, LOOKS = 20, 25
BAR_MS = 50

_OPEN = (
    "INSERT INTO cases (number, state, severity, category, description, place, reporter_id, contact_id, agency_id,"
    " opened_at, moved_at, dispatched_at, accept_due, resolve_due) SELECT n, 'dispatched', 'P3', 'pothole', '井盖破损',"
    " '客运站', 2 + n % 200, 2 + n % 200, 'housing', '2026-11-20T02:00:00.000Z', '2026-11-20T02:00:00.000Z',"
    " '2026-11-20T02:00:00.000Z', '2026-11-24T02:00:00.000Z', '2026-11-27T02:00:00.000Z' FROM {n}"
)
_LADDERS = (
    "INSERT INTO timers (name, key, due_at, case_id) SELECT 'deadlines.step', c.id || ':step:' || n,"
    " '2026-12-' || (10 + c.number % 18) || 'T0' || n || ':' || (10 + c.number % 50) || ':00.000Z', c.id"
    " FROM {n} CROSS JOIN cases c WHERE c.state = 'dispatched' AND c.opened_at = '2026-11-20T02:00:00.000Z'"
)


async def open_cases(made: House) -> None:
    """So many cases that somebody has in hand, their steps due in the weeks to come."""
    async with made.database.write() as tx:
        last = await tx.one("UPDATE counters SET value = value + :n WHERE name = 'case' RETURNING value", n=OPEN)
        high = number(last, "value")
        await tx.run(counting(_OPEN, made.database.dialect), low=high - OPEN + 1, high=high)
        await tx.run(counting(_LADDERS, made.database.dialect), low=1, high=STEPS)
        await tx.run("ANALYZE")


async def look_ms(made: House) -> float:
    start = time.perf_counter()
    lanes = await made.engine.ticker.tick()
    took = (time.perf_counter() - start) * 1000
    if lanes:
        raise RuntimeError(f"something was due: {lanes[:3]}")
    return took


async def of(name: str, url: str, folder: Path) -> list[Figure]:
    """Looks at which nothing is due, then some that each hand out as much as one may."""
    made = await large_house(url, folder)
    await open_cases(made)
    while await made.engine.ticker.tick():
        pass  # what the reports before left, and where the recurring ticks count from
    looks = [[await look_ms(made) for _ in range(LOOKS)] for _ in range(RUNS)]
    made.clock.move(made.clock.now() + timedelta(days=30))
    busy: list[float] = []
    for _ in range(5):
        start = time.perf_counter()
        await made.engine.ticker.tick()
        busy.append((time.perf_counter() - start) * 1000)
    await made.database.close()
    longest = [max(run) for run in looks]
    each = [took for run in looks for took in run]
    return [
        Figure(f"tick, nothing due, {OPEN:,} of {MANY:,} open, {name}", median(each), "ms", BAR_MS, note=spread(each)),
        Figure(f"longest of {LOOKS} such ticks, {name}", median(longest), "ms", BAR_MS, note=spread(longest)),
        Figure(f"tick that hands out 200 steps, {name}", median(busy), "ms", note=spread(busy)),
    ]


async def _own_database(url: str) -> str:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE DATABASE large")
    await connection.close()
    return url.replace("/postgres?", "/large?")


async def both(postgres: str | None, years: Path) -> list[Figure]:
    figures = await of("SQLite", f"sqlite:///{years}/large.db", years)
    if postgres is not None:
        figures += await of("PostgreSQL", await _own_database(postgres), years)
    return figures


def run(postgres: str | None, years: Path) -> list[Figure]:
    return asyncio.run(both(postgres, years))
