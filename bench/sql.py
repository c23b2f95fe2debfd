"""The SQL part of a photo report: through our `Tx` on SQLite FULL beside a plain synchronous sqlite3 writer."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Figure, median, spread
from storage.database import Database, Tx, open_database
from storage.migrate import migrate
from storage.sqlite_driver import PRAGMAS

ROUNDS = 7
REPORTS = 400
CALLERS = 16
AT = "2026-03-02T04:00:00.000Z"
BODY = '{"text":{"key":"report.receipt.first","args":{"number":"0001"}},"buttons":[],"attachments":[],"answers":null}'


def statements(n: int) -> Iterator[tuple[str, dict[str, str | int]]]:
    """What one photo report writes, as the features write it; ids are known because the database is fresh."""
    yield "UPDATE inbox SET state = 'done', done_at = :at WHERE id = :id AND state = 'new'", {"id": n, "at": AT}
    yield "UPDATE counters SET value = value + 1 WHERE name = 'case' RETURNING value", {}
    yield (
        "INSERT INTO cases (number, state, severity, description, place, reporter_id, opened_at, moved_at)"
        " VALUES (:n, 'dispatched', 'P3', '井盖破损', '客运站', 1, :at, :at) RETURNING id",
        {"n": n, "at": AT},
    )
    for photo in ("a", "b"):
        yield (
            "INSERT INTO photos (case_id, member_id, kind, platform, ref, wanted_at, next_try_at)"
            " VALUES (:case, 1, 'report', 'sandbox', :ref, :at, :at)",
            {"case": n, "ref": photo, "at": AT},
        )
    yield (
        "INSERT INTO case_events (case_id, version, move, from_state, to_state, actor_id, at)"
        " VALUES (:case, 2, 'report', 'draft', 'reported', 1, :at)",
        {"case": n, "at": AT},
    )
    yield (
        "INSERT INTO points (key, member_id, item, delta, step, case_id, actor_id, period, day, at)"
        " VALUES (:key, 1, 'A01', 2, 'pending', :case, 1, '2026-03', '2026-03-02', :at)",
        {"key": f"A01:{n}", "case": n, "at": AT},
    )
    yield "SELECT count(*) AS n FROM points WHERE member_id = 1 AND period = :p", {"p": f"none-{n}"}
    for to in ("group", "contact"):
        yield (
            "INSERT INTO outbox (once, platform, chat, private, topic, body, rank, not_before, created_at)"
            " VALUES (:once, 'sandbox', :to, '', :topic, :body, 0, :at, :at)",
            {"once": f"{to}:{n}", "to": to, "topic": f"{to}:{n}", "body": BODY, "at": AT},
        )


async def prepared(path: Path) -> Database:
    """A fresh database with as many arrivals as will be worked off."""
    database = await open_database(f"sqlite:///{path}")
    await migrate(database)
    async with database.write() as tx:
        for n in range(1, REPORTS + 1):
            await tx.run(
                "INSERT INTO inbox (source, event_id, lane, payload, received_at) VALUES ('sandbox', :e, 'l', '{}', :at)",
                e=str(n),
                at=AT,
            )
    return database


async def ours(path: Path) -> float:
    """Reports per second through `apply`, sixteen callers."""
    database = await prepared(path)
    numbers = iter(range(1, REPORTS + 1))

    async def caller() -> None:
        for n in numbers:
            await database.apply(lambda tx, n=n: _report(tx, n))

    start = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    rate = REPORTS / (time.perf_counter() - start)
    await database.close()
    return rate


async def _report(tx: Tx, n: int) -> None:
    first, *others = statements(n)
    await tx.run(first[0], **first[1])
    async with tx.savepoint():
        for sql, args in others:
            await tx.all(sql, **args)


async def plain(path: Path) -> float:
    """Reports per second of a synchronous writer with the same statements and settings."""
    await (await prepared(path)).close()
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    start = time.perf_counter()
    for n in range(1, REPORTS + 1):
        connection.execute("BEGIN IMMEDIATE")
        first, *others = statements(n)
        connection.execute(*first)
        connection.execute("SAVEPOINT s1")
        for sql, args in others:
            connection.execute(sql, args).fetchall()
        connection.execute("RELEASE SAVEPOINT s1")
        connection.execute("COMMIT")
    rate = REPORTS / (time.perf_counter() - start)
    connection.close()
    return rate


def run() -> list[Figure]:
    """Interleaved rounds, each on fresh files; the ratio is taken pair by pair."""
    through: list[float] = []
    straight: list[float] = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            through.append(asyncio.run(ours(Path(folder) / "ours.db")))
            straight.append(asyncio.run(plain(Path(folder) / "plain.db")))
    ratios = [ours / other for ours, other in zip(through, straight, strict=True)]
    return [
        Figure("SQL of a report, our Tx, SQLite FULL", median(through), "tx/s", note=spread(through)),
        Figure("SQL of a report, plain sqlite3 writer", median(straight), "tx/s", note=spread(straight)),
        Figure("our Tx / plain writer", median(ratios), "ratio", 0.25, at_most=False, note=spread(ratios)),
    ]
