"""A bot on a peer that lives in files: run by the crash test, killed by it, and started again until all is done.

Usage: python -m tests.crash.child DATABASE_URL FOLDER REPORTS
"""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import handlers
from bot.chat.events import Address, Incoming, Photo, Platform, Pressed
from bot.chat.platform import Abilities, Deliver, Pace, Raw, Rendered, Sent
from bot.domain.people import Post, Rank, Role
from bot.domain.rulebook import AgencyId
from bot.engine.clock import SystemClock
from bot.engine.engine import Engine, Parts, assemble
from bot.engine.imaging import ImageWorker
from bot.log import configure
from bot.secrets import Secret, Signer
from handlers.points.versions import remember_rules
from storage import groups, members, timers
from storage.blobs import open_blobs
from storage.database import Database, open_database
from storage.migrate import migrate
from tests.fake import GROUP, picture
from tests.town import RULEBOOK, ZONE, default_town

RIDERS = 200
PLACES = ("客运站", "红旗街", "人民路", "县医院")
MATTERS = ("路上有个大坑", "路灯不亮", "垃圾箱满了", "小车违停堵住公交")


class FilePeer:
    """A platform whose server is a folder: it redelivers what was not confirmed and keeps every message it took."""

    name = Platform.SANDBOX
    abilities = Abilities(
        buttons=True, edits=True, reactions=True, photos=9, text_bytes=20_000, starts_conversations=True
    )
    pace: Sequence[Pace] = ()
    listens_alone = False
    at_hand = True

    def __init__(self, folder: Path, reports: int, database: Database | None = None) -> None:
        self.database = database
        self.folder = folder
        self.reports = reports
        self.delivered = asyncio.Event()

    def confirmed(self) -> int:
        path = self.folder / "confirmed"
        return int(path.read_text()) if path.exists() else 0

    async def run(self, deliver: Deliver) -> None:
        while (offset := self.confirmed()) < self.reports:
            batch = range(offset, min(offset + 3, self.reports))
            await deliver([self.raw(n) for n in batch])
            part = self.folder / "confirmed.part"
            part.write_text(str(batch[-1] + 1))
            part.replace(self.folder / "confirmed")
            await self._something_due()
            await asyncio.sleep(0.02)  # a work group at its busiest, so that a kill finds work under way
        self.delivered.set()
        await asyncio.Event().wait()

    async def _something_due(self) -> None:
        """A timer of the first case that has come and changes nothing, so that ticks are under way, too."""
        if self.database is None or self.confirmed() < 12:
            return
        async with self.database.write() as tx:
            await timers.set_timer(tx, "report.flush", "1", datetime.now(UTC))

    def raw(self, n: int) -> Raw:
        body = {"n": n, "text": f"{MATTERS[n % 4]}，{PLACES[n // 4 % 4]}", "rider": f"r{n % RIDERS}"}
        return Raw(f"report-{n}", f"{GROUP}-{n % 5}", json.dumps(body), datetime.now(UTC))

    def read(self, raw: Raw) -> Incoming | Pressed | None:
        body = json.loads(raw.payload)
        return Incoming(
            raw.event_id,
            Address(self.name, GROUP, private=False),
            body["rider"],
            body["text"],
            raw.at,
            photos=(Photo(f"photo-{body['n']}"),),
            message=f"said-{body['n']}",
        )

    async def send(self, message: Rendered) -> Sent:
        line = json.dumps({"chat": message.where.chat, "text": message.text, "edits": message.edits}) + "\n"
        path = self.folder / "sent.jsonl"
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)
        return Sent(message.edits or f"m{path.stat().st_size}")

    async def react(self, where: Address, message: str, emoji: str) -> None:
        return None

    async def acknowledge(self, token: str, text: str | None, *, alert: bool) -> None:
        return None

    async def fetch(self, ref: str, most_bytes: int) -> bytes:
        return picture(ref)


async def seed(database: Database) -> None:
    """Riders, contacts and the group; again after a kill in the middle."""
    now = datetime.now(UTC)
    async with database.write() as tx:
        if await members.by_account(tx, "sandbox", "r0"):
            return
        await remember_rules(tx, RULEBOOK, now)
        await groups.bind(tx, "sandbox", GROUP, now)
        people = [(f"r{n}", f"赵强{n}", Post(Role.RIDER)) for n in range(RIDERS)]
        people += [
            (f"c-{agency}", f"刘工{agency}", Post(Role.CONTACT, AgencyId(agency), Rank.A))
            for agency in ("housing", "urban_mgmt", "traffic_police")
        ]
        for account, name, post in people:
            member = await members.insert(tx, name, now)
            await members.add_account(tx, member, "sandbox", account, now)
            await members.add_post(tx, member, post, now)


async def done(database: Database) -> bool:
    """Nothing new, nothing wanted, nothing to say."""
    async with database.read() as tx:
        row = await tx.one(
            "SELECT (SELECT count(*) FROM inbox WHERE state = 'new') + (SELECT count(*) FROM photos"
            " WHERE state = 'wanted') + (SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending', 'unknown')"
            " AND not_before < :soon) AS n",
            soon=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        )
    return row["n"] == 0


async def main(url: str, folder: Path, reports: int) -> None:
    database = await open_database(url)
    await migrate(database)
    await seed(database)
    secret = Signer(Secret(b"k" * 32))
    town = default_town(secret)
    peer = FilePeer(folder, reports, database)
    worker = ImageWorker(drawings=handlers.DRAWINGS)
    engine: Engine = assemble(
        Parts(
            database=database,
            town=replace(town, card_wait_s=1),
            texts=handlers.catalogues(ZONE, None),
            signer=secret,
            clock=SystemClock(),
            platforms=[peer],
            features=handlers.FEATURES,
            blobs=open_blobs(str(folder / "photos")),
            worker=worker,
            lease=timedelta(seconds=1),
        )
    )
    await engine.prepare()
    running = asyncio.create_task(engine.run())
    await peer.delivered.wait()
    while not await done(database):
        await asyncio.sleep(0.05)
    engine.stopping.set()
    await running
    await worker.close()
    await database.close()


if __name__ == "__main__":
    configure("warning")  # one line a fault, as the program writes it: with all that was at hand it takes a minute
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
