"""A ledger of ten million lines, a hundred a rider: how long a rider waits for what they have, and a month worked out again.

`WDY_BENCH_LINES` sizes it.
"""

import asyncio
import os
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.measure import Figure, median
from bot.domain.people import SYSTEM, MemberId
from handlers.points.versions import remember_rules
from storage import balances, booking, ledger_check
from storage.booking import Occurrence
from storage.database import Database, Tx, open_database
from storage.migrate import migrate
from tests.fake import FakeClock
from tests.town import RULEBOOK, ZONE

LINES = int(os.environ.get("WDY_BENCH_LINES", "10000000"))
EACH = 100  # lines of a rider: ten of them in the month, the others in the 23 months before it
MONTH = "2026-11"
ASKED, BOOKED = 600, 100
STEP = 100_000

_SERIES = (
    "WITH RECURSIVE s(n) AS (SELECT CAST(:low AS BIGINT) UNION ALL SELECT n + 1 FROM s WHERE n < CAST(:high AS BIGINT))"
)
_MEMBERS = f"INSERT INTO members (name, created_at) {_SERIES} SELECT '赵强', '2024-01-01T00:00:00.000Z' FROM s"
_POSTS = (
    f"INSERT INTO posts (member_id, role, from_at) {_SERIES} SELECT 2 + n, 'rider', '2024-01-01T00:00:00.000Z' FROM s"
)
# Riders differ in what they mostly do, so that their months do; no line comes near a cap.
_LINES = (
    f"INSERT INTO points (key, member_id, item, delta, step, actor_id, rules_id, period, day, at) {_SERIES},"
    " t(n, rider, item, turn) AS (SELECT n, 2 + n % :riders, 1 + (n % :riders * 7919 % 1000 * (n / :riders + 7)) % 3,"
    " n / :riders FROM s),"
    " d(n, rider, item, period, day) AS (SELECT n, rider, item, CASE WHEN turn % 10 = 0 THEN '2026-11' ELSE"
    " (2024 + (11 + turn % 23) / 12) || '-' || substr('0' || ((11 + turn % 23) % 12 + 1), -2) END,"
    " substr('0' || (turn % 28 + 1), -2) FROM t)"
    " SELECT 'A0' || item || ':old:' || n, rider, 'A0' || item, 1 << item, 'confirmed', 1, 1, period,"
    " period || '-' || day, period || '-' || day || 'T04:00:00.000Z' FROM d"
)
_BALANCES = (
    "INSERT INTO balances (member_id, period, ranking) SELECT member_id, period, SUM(delta) FROM points"
    " WHERE member_id >= :low AND member_id <= :high GROUP BY member_id, period"
)
_WALLETS = (
    "INSERT INTO wallets (member_id, spendable) SELECT member_id, SUM(delta) FROM points"
    " WHERE member_id >= :low AND member_id <= :high GROUP BY member_id"
)


async def fill(database: Database, lines: int) -> int:
    """So many lines, with all that is kept beside them; returns the number of riders, whose ids begin at 2."""
    riders = lines // EACH
    async with database.write() as tx:
        await remember_rules(tx, RULEBOOK, FakeClock().now())
    for sql, many, args in (
        (_MEMBERS, riders, {}),
        (_POSTS, riders, {}),
        (_LINES, lines, {"riders": riders}),
        (_BALANCES, riders + 2, {}),
        (_WALLETS, riders + 2, {}),
    ):
        for low in range(0, many, STEP):
            async with database.write() as tx:
                await tx.run(sql, low=low, high=min(low + STEP, many) - 1, **args)
    async with database.write() as tx:
        await tx.run("ANALYZE")
    return riders


async def asked_ms(database: Database, riders: int) -> list[float]:
    """Milliseconds until a rider's balance is there, with its place; riders by chance, so from every place."""
    chance = random.Random(7)
    return [
        await _took(database, lambda tx, who=who: balances.balance(tx, who, MONTH))
        for who in (MemberId(chance.randrange(2, riders + 2)) for _ in range(ASKED))
    ]


async def booked_ms(database: Database, riders: int) -> list[float]:
    """Milliseconds of one more line, committed."""
    at, took = FakeClock().now(), list[float]()
    for n in range(BOOKED):
        what = Occurrence(code="A05", member=MemberId(2 + n * 7919 % riders), subject=f"case:{n}", at=at, by=SYSTEM)
        start = time.perf_counter()
        async with database.write() as tx:
            assert await booking.book_item(tx, ZONE, what) is not None
        took.append((time.perf_counter() - start) * 1000)
    return took


async def _took(database: Database, body: Callable[[Tx], Awaitable[object]]) -> float:
    start = time.perf_counter()
    async with database.read() as tx:
        await body(tx)
    return (time.perf_counter() - start) * 1000


async def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        database = await open_database(f"sqlite:///{Path(folder) / 'ledger.db'}")
        await migrate(database)
        riders = await fill(database, LINES)
        asked = sorted(await asked_ms(database, riders))
        booked = await booked_ms(database, riders)
        database.longest_hold_ms = 0
        start = time.perf_counter()
        verdict = await ledger_check.verify(database, MONTH)
        seconds = time.perf_counter() - start
        held = database.longest_hold_ms
        await database.close()
    assert verdict.difference is None, verdict
    at_size = f"at {LINES:,} lines, {riders:,} riders"
    return [
        Figure(f"a rider's balance and place {at_size}", median(asked), "ms", 2),
        Figure("the slowest of a hundred of them", asked[-ASKED // 100], "ms"),
        Figure("one more line, committed", median(booked), "ms"),
        Figure(f"a month of {verdict.rows:,} lines worked out again", seconds, "s"),
        Figure("longest hold of the database meanwhile", held, "ms", 100),
    ]


def run() -> list[Figure]:
    return asyncio.run(figures())
