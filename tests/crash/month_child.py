"""A bot that closes a month: killed by the crash test and started again until the month is settled and announced.

Usage: python -m tests.crash.month_child DATABASE_URL FOLDER. Several may run on one PostgreSQL database, which the test has
seeded.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import handlers
from bot.chat.events import Ordered
from bot.chat.wire import write_internal
from bot.domain.people import SYSTEM, Post, Role
from bot.domain.times import stored
from bot.engine.clock import SystemClock
from bot.engine.engine import Engine, Parts, assemble
from bot.engine.imaging import ImageWorker
from bot.engine.intake import internal
from bot.log import configure
from bot.secrets import Secret, Signer
from handlers.points.versions import remember_rules
from handlers.ranking import closing
from storage import groups, members, months, rule_versions, timers
from storage.blobs import open_blobs
from storage.database import Database, open_database
from storage.months import Month, MonthState
from tests.crash.child import FilePeer
from tests.fake import GROUP
from tests.town import RULEBOOK, ZONE, default_town

PERIOD = "2026-11"
CLOSE = datetime(2026, 12, 1, 9, 0, tzinfo=ZONE)
SLICE = 5  # riders an event, so that a kill finds many of them


async def seed(database: Database, riders: int) -> None:
    """Riders with points of November, an admin, the group: done once, by the test, so that all have the same numbers."""
    long_ago = datetime(2026, 10, 1, tzinfo=UTC)
    async with database.write() as tx:
        await remember_rules(tx, RULEBOOK, long_ago)
        rules = await rule_versions.in_force(tx, f"{PERIOD}-30")
        assert rules is not None
        await groups.bind(tx, "sandbox", GROUP, long_ago)
        await timers.set_tick(tx, "ranking.close", CLOSE - timedelta(days=30))
        await timers.set_tick(tx, "ranking.morning", CLOSE - timedelta(days=1))
        for n in range(riders + 1):
            member = await members.insert(tx, f"赵强{n}", long_ago)
            await members.add_account(tx, member, "sandbox", f"r{n}" if n else "admin", long_ago)
            await members.add_post(tx, member, Post(Role.RIDER if n else Role.ADMIN), long_ago)
            for day in range(1, 1 + n % 4 if n else 1):
                await tx.run(
                    "INSERT INTO points (key, member_id, item, delta, step, actor_id, rules_id, period, day, at)"
                    " VALUES (:key, :member, 'A03', 8, 'confirmed', 1, :rules, :period, :day, :at)",
                    key=f"A03:case:{day}:{member}:1", member=member, rules=rules.id, period=PERIOD,
                    day=f"{PERIOD}-{day:02d}", at=stored(long_ago + timedelta(days=30 + day, minutes=n % 7)),
                )  # fmt: skip
        await tx.run(
            "INSERT INTO balances (member_id, period, ranking) SELECT member_id, :period, CAST(SUM(delta) AS BIGINT)"
            " FROM points GROUP BY member_id",
            period=PERIOD,
        )
        await tx.run(
            "INSERT INTO wallets (member_id, spendable) SELECT member_id, CAST(SUM(delta) AS BIGINT) FROM points"
            " GROUP BY member_id"
        )


class SharedClock(SystemClock):
    """Shows the first of December at nine when the test begins; what moves it is a file that all processes read."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.file = folder / "offset"
        if not self.file.exists():
            self.set(CLOSE)
        self.read()

    def set(self, at: datetime) -> None:
        part = self.file.with_suffix(f".{os.getpid()}")  # two processes may say it at once
        part.write_text(str((at - datetime.now(UTC)).total_seconds()))
        part.replace(self.file)
        self.read()

    def read(self) -> None:
        self.offset = timedelta(seconds=float(self.file.read_text()))


async def month(database: Database) -> Month | None:
    async with database.read() as tx:
        return await months.find(tx, PERIOD)


async def until(clock: SharedClock, holds: Callable[[], Coroutine[Any, Any, bool]]) -> None:
    while not await holds():
        clock.read()
        await asyncio.sleep(0.02)


async def quiet(database: Database) -> bool:
    """Whether nothing is left to do now: no event, no message, no slice."""
    async with database.read() as tx:
        slices = await tx.one("SELECT count(*) AS n FROM timers WHERE name IN ('ranking.freeze', 'ranking.tell')")
        waiting = await tx.one(
            "SELECT (SELECT count(*) FROM inbox WHERE state = 'new') + (SELECT count(*) FROM outbox"
            " WHERE state IN ('queued', 'sending')) AS n"
        )
    return (slices["n"], waiting["n"]) == (0, 0)


async def through_the_month(engine: Engine, database: Database, clock: SharedClock) -> None:
    """What the admins and time do: the draft is published, the days of publicity pass."""

    async def reached(*states: MonthState) -> bool:
        found = await month(database)
        return found is not None and found.state in states

    after = (MonthState.PUBLICITY, MonthState.FINAL)
    await until(clock, lambda: reached(MonthState.FROZEN, *after))
    order = Ordered("order:publish", "ranking.publish", f'{{"month": "{PERIOD}"}}', SYSTEM, clock.now())
    await engine.intake.store([internal(order.event_id, "engine:publish", write_internal(order), clock)])
    await until(clock, lambda: reached(*after))
    await until(clock, lambda: quiet(database))
    found = await month(database)
    if found is not None and found.publicity_until is not None and clock.now() < found.publicity_until:
        clock.set(found.publicity_until)
    await until(clock, lambda: reached(MonthState.FINAL))
    await until(clock, lambda: quiet(database))


async def main(url: str, folder: Path) -> None:
    closing.SLICE = SLICE  # pyright: ignore[reportConstantRedefinition]
    database = await open_database(url)
    secret = Signer(Secret(b"k" * 32))
    clock = SharedClock(folder)
    worker = ImageWorker(drawings=handlers.DRAWINGS)
    engine = assemble(
        Parts(
            database=database, town=default_town(secret), texts=handlers.catalogues(ZONE, None), signer=secret,
            clock=clock, platforms=[FilePeer(folder, 0)], features=handlers.FEATURES,
            blobs=open_blobs(str(folder / "photos")), worker=worker, lease=timedelta(seconds=1),
        )
    )  # fmt: skip
    await engine.prepare()
    running = asyncio.create_task(engine.run())
    await through_the_month(engine, database, clock)
    engine.stopping.set()
    with suppress(TimeoutError):
        await asyncio.wait_for(running, 20)
    await worker.close()
    await database.close()


if __name__ == "__main__":
    configure("warning")  # one line a fault, as the program writes it: with all that was at hand it takes a minute
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
