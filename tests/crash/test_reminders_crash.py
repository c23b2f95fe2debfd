"""The bot is killed while the ladder reminds hundreds of people, alone and as one of two: each is told, each once."""

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.secrets import Secret, Signer
from storage.database import Database, open_database
from storage.migrate import migrate
from tests.crash.silent_cases import BEGIN, HELD, REMINDERS_A_CASE, seed
from tests.town import default_town

KILLS = int(os.environ.get("WDY_PROVE_KILLS", "8")) // 2  # half of the other crash tests': `make prove` asks for 100
CASES = KILLS * 5
WITHIN = timedelta(seconds=KILLS * 2)  # the steps come all the time, so that a kill finds work under way
IN_FLIGHT = 4  # sends a courier has under way at once
POINTS = (
    "tick.committed",
    "process.finished",
    "process.committed",
    "courier.claimed",
    "courier.sent",
    "courier.noted",
)
PATIENCE_S = 6.0

Child = asyncio.subprocess.Process


@dataclass
class Killer:
    """Starts bots over one database, and kills them."""

    url: str
    folder: Path
    chance: random.Random
    offset: timedelta
    kills: Counter[str] = field(default_factory=Counter[str])

    async def start(self, point: str = "", *, later: timedelta = timedelta()) -> Child:
        """A bot whose clock goes on from `BEGIN`; it dies when it passes the point for the n-th time."""
        dying = {"WDY_CRASH_AT": point, "WDY_CRASH_AFTER": str(self.chance.randrange(4))} if point else {}
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.crash.reminders_child", self.url, str(self.folder),
            str((self.offset + later).total_seconds()), env={**os.environ, **dying},
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def kill(self, child: Child, point: str = "") -> None:
        """Let it die at its point, or once a few more messages were sent; a kill at a quiet moment is one, too."""
        enough = len(sent(self.folder)) + self.chance.randrange(1, 6)
        end = asyncio.get_running_loop().time() + PATIENCE_S
        while child.returncode is None and asyncio.get_running_loop().time() < end:
            if not point and len(sent(self.folder)) >= enough:
                break
            await asyncio.sleep(0.01)
        if child.returncode is None:
            child.send_signal(signal.SIGKILL)
            point = "anywhere"
        _, told = await child.communicate()
        assert child.returncode == -signal.SIGKILL, told.decode()[-2000:]
        self.kills[point] += 1

    async def last(self) -> None:
        """Let what is left be told, also what was held for a list; then the bot ends by itself."""
        (self.folder / "last").touch()
        child = await self.start(later=HELD)
        try:
            _, told = await asyncio.wait_for(child.communicate(), 120)
        except TimeoutError:
            child.send_signal(signal.SIGKILL)
            raise AssertionError("something is never told, or told for ever") from None
        assert child.returncode == 0, told.decode()[-2000:]


def sent(folder: Path) -> list[dict[str, str]]:
    path = folder / "sent.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


async def prepared(url: str, folder: Path, luck: int) -> Killer:
    database = await open_database(url)
    await migrate(database)
    await seed(database, default_town(Signer(Secret(b"k" * 32))), CASES, WITHIN)
    await database.close()
    return Killer(url, folder, random.Random(luck), BEGIN - datetime.now(UTC))


@pytest.mark.timeout(900)
async def test_killed_anywhere_each_reminder_is_told_once(database_url: str, tmp_path: Path) -> None:
    killer = await prepared(database_url, tmp_path, 31)
    for n in range(KILLS):
        point = killer.chance.choice(POINTS) if n % 2 == 0 else ""
        await killer.kill(await killer.start(point), point)
    await killer.last()
    await everything_was_told_once(killer)


@pytest.mark.timeout(900)
async def test_of_two_that_share_the_ticks_one_is_killed_again_and_again(
    empty_postgres_url: str, tmp_path: Path
) -> None:
    killer = await prepared(empty_postgres_url, tmp_path, 32)
    pair = [(await killer.start(), ""), (await killer.start(), "")]
    for n in range(KILLS):
        await killer.kill(*pair.pop(0))
        if n < KILLS - 2:
            point = killer.chance.choice(POINTS) if n % 2 == 0 else ""
            pair.append((await killer.start(point), point))
    await killer.last()
    await everything_was_told_once(killer)


async def everything_was_told_once(killer: Killer) -> None:
    database = await open_database(killer.url)
    messages, kills = sent(killer.folder), killer.kills.total()
    try:
        again = len(messages) - await told_once(database, {message["id"] for message in messages})
    finally:
        await database.close()
    print(f"kills {kills} {dict(killer.kills)}, reminders {CASES * REMINDERS_A_CASE}, sent again {again}")
    assert kills == KILLS
    assert 0 <= again <= kills * IN_FLIGHT


async def told_once(database: Database, taken: set[str]) -> int:
    """Look at what became of everything; returns how many messages there should be."""
    async with database.read() as tx:
        steps = await tx.all("SELECT state FROM inbox WHERE event_id LIKE 'deadlines.step:%'")
        odd = await tx.all("SELECT event_id, state, error FROM inbox WHERE state <> 'done'")
        handed = await tx.all("SELECT name, key FROM timers WHERE handed_at IS NOT NULL")
        noted = await tx.all("SELECT id, state, told_in, settled_at FROM reminders")
        queued = await tx.all("SELECT once, state, message FROM outbox")
    assert (odd, handed) == ([], [])
    assert len(steps) == CASES, "each step came, once"
    assert len(noted) == CASES * REMINDERS_A_CASE
    assert {row["state"] for row in noted} == {"told", "bundled"}
    assert all(row["settled_at"] for row in noted)
    alone = {f"remind:{row['id']}" for row in noted if row["state"] == "told"}
    assert alone == {row["told_in"] for row in noted if row["state"] == "told"}
    lists = {row["told_in"] for row in noted if row["state"] == "bundled"}
    assert Counter(str(row["once"]) for row in queued) == Counter([*alone, *lists]), (
        "each message was queued once, and no other"
    )
    assert {row["state"] for row in queued} == {"sent"}
    assert {str(row["message"]) for row in queued} <= taken, "and the platform took it"
    return len(queued)
