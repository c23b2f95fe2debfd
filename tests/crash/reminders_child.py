"""The bot with a ladder to climb, its clock on a working morning: killed by the test and started again until all is told.

Usage: python -m tests.crash.reminders_child DATABASE_URL FOLDER CLOCK_OFFSET_S. Ends by itself when FOLDER/last is there
and nothing is left to tell.
"""

import asyncio
import json
import os
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import handlers
from bot.chat.platform import Rendered, Sent
from bot.domain.times import stored
from bot.engine.clock import SystemClock
from bot.engine.engine import Parts, assemble
from bot.engine.imaging import ImageWorker
from bot.log import configure
from bot.secrets import Secret, Signer
from storage.blobs import open_blobs
from storage.database import Database, number, open_database
from tests.crash.child import FilePeer
from tests.town import ZONE, default_town

LEASE = timedelta(seconds=2)


class Listed(FilePeer):
    """A platform that keeps every message it took under an id of its own."""

    async def send(self, message: Rendered) -> Sent:
        name = uuid.uuid4().hex
        line = json.dumps({"id": name, "chat": message.where.chat, "text": message.text}) + "\n"
        handle = os.open(self.folder / "sent.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)
        return Sent(name)


async def left(database: Database, clock: SystemClock) -> int:
    """How much is still to come, to be worked off or to be sent."""
    async with database.read() as tx:
        row = await tx.one(
            "SELECT (SELECT count(*) FROM reminders WHERE state = 'waiting')"
            " + (SELECT count(*) FROM timers WHERE due_at <= :now)"
            " + (SELECT count(*) FROM inbox WHERE state = 'new')"
            " + (SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending', 'unknown')) AS n",
            now=stored(clock.now()),
        )
    return number(row, "n")


async def main(url: str, folder: Path, offset: timedelta) -> None:
    database, clock, secret = await open_database(url), SystemClock(offset), Signer(Secret(b"k" * 32))
    worker = ImageWorker(drawings=handlers.DRAWINGS)
    engine = assemble(
        Parts(
            database=database, town=default_town(secret), texts=handlers.catalogues(ZONE, None), signer=secret,
            clock=clock, platforms=[Listed(folder, 0)], features=handlers.FEATURES,
            blobs=open_blobs(str(folder / "photos")), worker=worker, lease=LEASE,
        )
    )  # fmt: skip
    await engine.prepare()
    running = asyncio.create_task(engine.run())
    while not ((folder / "last").exists() and await left(database, clock) == 0):
        await asyncio.sleep(0.05)
    engine.stopping.set()
    await running
    await worker.close()
    await database.close()


if __name__ == "__main__":
    configure("warning")  # one line a fault, as the program writes it: with all that was at hand it takes a minute
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), timedelta(seconds=float(sys.argv[3]))))
