"""The bot on a Telegram server of the test's: killed by it and started again, until all that was sent is dealt with.

Usage: python -m tests.crash.telegram_child DATABASE_URL FOLDER SERVER_URL TOKEN. Ends by itself when FOLDER/last is
there, which means that the server has no more updates, and nothing is left to do.
"""

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import handlers
from bot.chat.events import Platform
from bot.domain.people import Post, Rank, Role
from bot.domain.rulebook import AgencyId
from bot.engine.clock import SystemClock
from bot.engine.engine import Parts, assemble
from bot.engine.imaging import ImageWorker
from bot.log import configure
from bot.platforms.telegram import Api, TelegramPlatform
from bot.secrets import Secret, Signer
from handlers.points.versions import remember_rules
from storage import groups, members
from storage.blobs import open_blobs
from storage.database import Database, open_database
from storage.migrate import migrate
from tests.crash.child import done
from tests.town import RULEBOOK, ZONE, default_town

CHATS = 40
RIDERS = 80
AGENCIES = ("housing", "urban_mgmt", "traffic_police")


def group(n: int) -> int:
    return -1001000 - n % CHATS


def rider(n: int) -> int:
    return 5000 + n % RIDERS


async def seed(database: Database) -> None:
    """Riders, contacts and groups; whole or not at all, so a kill in the middle leaves nothing half."""
    now = datetime.now(UTC)
    async with database.write() as tx:
        if await members.by_account(tx, Platform.TELEGRAM, str(rider(0))):
            return
        await remember_rules(tx, RULEBOOK, now)
        for n in range(CHATS):
            await groups.bind(tx, Platform.TELEGRAM, str(group(n)), now)
        people = [(rider(n), f"赵强{n}", Post(Role.RIDER)) for n in range(RIDERS)]
        people += [
            (7000 + n, f"刘工{n}", Post(Role.CONTACT, AgencyId(agency), Rank.A)) for n, agency in enumerate(AGENCIES)
        ]
        for account, name, post in people:
            member = await members.insert(tx, name, now)
            await members.add_account(tx, member, Platform.TELEGRAM, str(account), now)
            await members.add_post(tx, member, post, now)


async def main(url: str, folder: Path, server: str, token: str) -> None:
    database = await open_database(url)
    await migrate(database)
    await seed(database)
    secret = Signer(Secret(b"k" * 32))
    clock = SystemClock()
    api = Api(token, base_url=f"{server}/bot", file_base_url=f"{server}/file/bot")
    platform = TelegramPlatform(api, clock)
    platform.pace = ()
    worker = ImageWorker(drawings=handlers.DRAWINGS)
    engine = assemble(
        Parts(
            database=database, town=replace(default_town(secret), card_wait_s=1),
            texts=handlers.catalogues(ZONE, None), signer=secret, clock=clock, platforms=[platform],
            features=handlers.FEATURES, blobs=open_blobs(str(folder / "photos")), worker=worker,
            lease=timedelta(seconds=1),
        )
    )  # fmt: skip
    await engine.prepare()
    running = asyncio.create_task(engine.run())
    while not ((folder / "last").exists() and await done(database)):
        await asyncio.sleep(0.1)
    engine.stopping.set()
    await running
    await worker.close()
    await api.close()
    await database.close()


if __name__ == "__main__":
    configure("warning")  # one line a fault, as the program writes it: with all that was at hand it takes a minute
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]))
