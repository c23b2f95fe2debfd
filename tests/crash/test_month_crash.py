"""The close of a month, run often, by two processes, and killed in its middle: the same ranking, told once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.chat.events import Ordered
from bot.chat.wire import write_internal
from bot.domain.people import SYSTEM
from bot.engine.imaging import ImageWorker
from bot.engine.intake import internal
from storage import ledger_check, months
from storage.blobs import open_blobs
from storage.database import Database, open_database
from storage.migrate import migrate
from storage.months import MonthState
from tests.crash.month_child import PERIOD, seed
from tests.features.month import drafted, earns, month_of
from tests.town import TestTown

KILLS = int(os.environ.get("WDY_PROVE_KILLS", "4"))  # `make prove` asks for 100
RIDERS = max(200, KILLS * 50)
POINTS = ("process.finished", "process.committed", "tick.committed", "courier.claimed", "courier.sent")


def start(url: str, folder: Path, **environment: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.crash.month_child", url, str(folder)],
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )


def ended(children: "list[subprocess.Popen[bytes]]", patience_s: float) -> int:
    """Wait for them, kill what takes too long; returns how many were killed, by themselves or here."""
    until = time.monotonic() + patience_s
    killed = 0
    for child in children:
        try:
            _, told = child.communicate(timeout=max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            _, told = child.communicate(timeout=60)
        assert child.returncode in (0, -signal.SIGKILL), told.decode()[-3000:]
        killed += child.returncode == -signal.SIGKILL
    return killed


def kill_again_and_again(url: str, folder: Path, processes: int) -> int:
    """Kill at named points and random moments; then let it come to its end. Returns how many kills happened."""
    chance = random.Random(11)
    kills = 0
    for n in range(KILLS):
        point, after = POINTS[n % len(POINTS)], str(chance.randrange(1, 9))
        children = [start(url, folder, WDY_CRASH_AT=point, WDY_CRASH_AFTER=after) for _ in range(processes)]
        kills += ended(children, 4.0)
    last = [start(url, folder) for _ in range(processes)]
    assert ended(last, 240.0) == 0
    return kills


async def hash_of(url: str) -> str:
    database = await open_database(url)
    async with database.read() as tx:
        found = await months.find(tx, PERIOD)
    await database.close()
    assert found is not None and found.hash
    return found.hash


async def prepared(url: str) -> None:
    database = await open_database(url)
    await migrate(database)
    await seed(database, RIDERS)
    await database.close()


@pytest.mark.timeout(1800)
async def test_killed_anywhere_the_month_is_the_same_and_told_once(
    database_url: str, dialect: str, tmp_path: Path
) -> None:
    alone = f"sqlite:///{tmp_path}/undisturbed.db"
    for url in (alone, database_url):
        await prepared(url)
    (tmp_path / "alone").mkdir()
    assert ended([start(alone, tmp_path / "alone")], 240.0) == 0

    processes = 2 if dialect == "postgres" else 1  # one process alone holds a SQLite database
    kills = kill_again_and_again(database_url, tmp_path, processes)
    print(f"kills {kills} of {KILLS * processes}")
    assert kills >= KILLS * 3 // 4, "too few kills to prove anything"
    database = await open_database(database_url)
    async with database.read() as tx:
        found = await months.find(tx, PERIOD)
        told = await tx.all(
            "SELECT once, count(*) AS n FROM outbox WHERE once LIKE 'ranking:%' AND private = '' GROUP BY once ORDER BY 1"
        )
        versions = await tx.all("SELECT DISTINCT version FROM ranking_lines")
        clean = await tx.all("SELECT member_id FROM points WHERE item = 'E01' GROUP BY member_id HAVING count(*) > 1")
    assert found is not None
    assert (found.state, found.hash, found.version) == (MonthState.FINAL, await hash_of(alone), 1)
    assert [(str(row["once"]).split(":")[2], row["n"]) for row in told] == [("final", 1), ("shown", 1)]
    assert ([row["version"] for row in versions], clean) == ([1], [])
    assert (await ledger_check.verify(database, PERIOD)).difference is None
    await database.close()


@pytest.fixture
async def any_town(database: Database, tmp_path: Path, image_worker: ImageWorker) -> AsyncIterator[TestTown]:
    """The county on each database in turn."""
    yield await TestTown.open(database, open_blobs(str(tmp_path / "photos")), image_worker)


@pytest.mark.parametrize("times", [1, 2, 10])
async def test_a_close_that_is_ordered_again_changes_nothing(any_town: TestTown, times: int) -> None:
    town = any_town
    admin = await town.admin("李主任")
    for name, item in (("赵强", "A03"), ("李晓梅", "A02")):
        await earns(town, await town.rider(name), item)
    await drafted(town)
    first = await month_of(town)
    for n in range(times):
        order = Ordered(f"again:{n}", "ranking.close_now", '{"month": "2026-11"}', SYSTEM, town.clock.now())
        kept = internal(order.event_id, "engine:again", write_internal(order), town.clock)
        await town.engine.intake.store([kept])
        await town.work_off()
    assert await month_of(town) == first
    assert admin.hears_times("ranking.draft.ready") == 1
    assert town.clock.now() > datetime(2026, 12, 1, tzinfo=UTC)
