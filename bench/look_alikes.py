"""The same picture again among the photos of half a year: by its bytes, and by what it shows."""

import asyncio
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.measure import Figure, median
from bot.domain.case import CaseId
from bot.domain.people import MemberId
from storage import cases, members, photo_matches
from storage.database import Database, Tx, open_database
from storage.migrate import migrate
from storage.photo_matches import Sought

PHOTOS = 50_000
ASKED = 100
AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
_PHOTO = (
    "INSERT INTO photos (case_id, member_id, kind, platform, ref, state, wanted_at, next_try_at, sha256_received, dhash,"
    " phash) VALUES (:case, :member, 'report', 'sandbox', 'r', 'stored', :at, :at, :sha, :dhash, :phash)"
)


def looks(chance: random.Random, n: int) -> tuple[str, str]:
    """Both hashes; every third picture is nearly all one grey, and every tenth has few coarse shapes."""
    dhash = 0 if n % 3 == 0 else chance.getrandbits(64)
    phash = chance.getrandbits(16 if n % 10 == 0 else 63)
    return f"{dhash:016x}", f"{phash:016x}"


async def _fill(tx: Tx, chance: random.Random) -> None:
    riders = [await members.insert(tx, f"骑手{n}", AT) for n in range(70)]
    known = [(await cases.insert(tx, chance.choice(riders), AT)).id for _ in range(2000)]
    await tx.run("UPDATE cases SET state = 'closed'")
    for n in range(PHOTOS):
        dhash, phash = looks(chance, n)
        await tx.run(
            _PHOTO, case=chance.choice(known), member=chance.choice(riders), at="2026-10-01T00:00:00.000Z",
            sha=f"{n:064x}", dhash=dhash, phash=phash,
        )  # fmt: skip


async def _asked(database: Database, chance: random.Random) -> list[float]:
    took: list[float] = []
    for n in range(ASKED):
        dhash, phash = looks(chance, n)
        photo = Sought(0, CaseId(1), MemberId(2), "f" * 64, dhash, phash)
        async with database.read() as tx:
            start = time.perf_counter()
            await photo_matches.find(tx, photo, AT - timedelta(days=180))
            took.append((time.perf_counter() - start) * 1000)
    return took


async def _times() -> list[float]:
    chance = random.Random(5)
    with tempfile.TemporaryDirectory() as folder:
        database = await open_database(f"sqlite:///{Path(folder) / 'photos.db'}")
        await migrate(database)
        async with database.write() as tx:
            await _fill(tx, chance)
        took = await _asked(database, chance)
        await database.close()
    return took


def run() -> list[Figure]:
    took = asyncio.run(_times())
    return [
        Figure(f"a photo looked for among {PHOTOS:,}", median(took), "ms"),
        Figure("the slowest of a hundred of them", max(took), "ms", 50),
    ]
