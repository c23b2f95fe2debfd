"""The bot is killed at every named point and at random moments: nothing is lost, every effect happens once."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from bot.engine.crash import POINTS
from storage.database import Database, open_database

KILLS = int(os.environ.get("WDY_PROVE_KILLS", "14"))  # `make prove` asks for 100
REPORTS = KILLS * 12
IN_FLIGHT = 4  # sends a courier has under way at once


def start(url: str, folder: Path, **environment: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.crash.child", url, str(folder), str(REPORTS)],
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )


def kill_again_and_again(url: str, folder: Path) -> int:
    """Kill at the named points in turn, then at random moments; returns how many kills happened."""
    chance = random.Random(17)
    kills = 0
    for n in range(KILLS):
        if n < KILLS * 2 // 3:
            point = POINTS[n % len(POINTS)]
            child = start(url, folder, WDY_CRASH_AT=point, WDY_CRASH_AFTER=str(chance.randrange(1, 6)))
        else:
            child = start(url, folder)
            time.sleep(1.0 + chance.random() * 0.6)
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
        _, told = _ended(child)
        assert child.returncode in (0, -signal.SIGKILL), told.decode()[-2000:]
        kills += child.returncode == -signal.SIGKILL
    last = start(url, folder)
    _, told = last.communicate(timeout=120)
    assert last.returncode == 0, told.decode()[-2000:]
    return kills


def _ended(child: "subprocess.Popen[bytes]") -> tuple[bytes, bytes]:
    """Its end; a point that is not passed in time must not let one child do the work of all."""
    try:
        return child.communicate(timeout=4)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
        return child.communicate(timeout=60)


@pytest.mark.timeout(900)
async def test_killed_anywhere_nothing_is_lost_and_nothing_doubled(database_url: str, tmp_path: Path) -> None:
    kills = kill_again_and_again(database_url, tmp_path)

    database = await open_database(database_url)
    await everything_once(database, tmp_path)
    await database.close()
    sent = [json.loads(line) for line in (tmp_path / "sent.jsonl").read_text().splitlines()]
    firsts = Counter((line["chat"], line["text"]) for line in sent if line["edits"] is None)
    again = sum(count - 1 for count in firsts.values())
    print(f"kills {kills}, messages {len(sent)}, sent again {again}")
    assert kills >= min(10, KILLS * 2 // 3), "too few kills to prove anything"
    assert again <= kills * IN_FLIGHT


async def everything_once(database: Database, folder: Path) -> None:
    async with database.read() as tx:
        by_state = await tx.all("SELECT state, count(*) AS n FROM inbox WHERE source = 'sandbox' GROUP BY state")
        assert {row["state"]: row["n"] for row in by_state} == {"done": REPORTS}
        numbers = await tx.one("SELECT count(*) AS n, min(number) AS low, max(number) AS high FROM cases")
        assert dict(numbers) == {"n": REPORTS, "low": 1, "high": REPORTS}
        moves = await tx.all("SELECT case_id, move, count(*) AS n FROM case_events GROUP BY case_id, move")
        assert {row["n"] for row in moves} == {1}
        assert {row["move"] for row in moves} == {"report", "file", "dispatch"}
        assert len(moves) == REPORTS * 3
        contacts = await tx.all("SELECT contact_id FROM cases WHERE state = 'dispatched'")
        assert len(contacts) == REPORTS
        photos = await tx.all("SELECT blob, thumb FROM photos WHERE state = 'stored'")
        assert len(photos) == REPORTS
        unsent = await tx.all(
            "SELECT state, reason FROM outbox WHERE state NOT IN ('sent', 'replaced', 'dropped') AND kind = 'message'"
            " AND (reason IS NULL OR reason NOT IN ('lost', 'lease'))"
        )
        held = await tx.all("SELECT id FROM outbox WHERE state = 'queued' AND not_before > created_at")
        assert len(unsent) <= len(held), "only what waits for working hours is unsent"
    for row in photos:
        name = str(row["blob"])
        assert list((folder / "photos").rglob(name)), f"the file of {name} is missing"
