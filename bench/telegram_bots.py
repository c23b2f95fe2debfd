"""Two bots for the same server: ours, and a stock echo bot that keeps nothing. Run by bench.telegram, ended by SIGTERM.

Usage: python -m bench.telegram_bots ours|echo SERVER_URL TOKEN FOLDER PEOPLE
"""

import asyncio
import contextlib
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Database

FIRST_PERSON = 100_000


async def ours(server: str, token: str, folder: Path, people: int) -> None:
    """The whole bot on SQLite with full durability; only the pace is lifted, and the sign before the answer left out."""
    from dataclasses import replace

    import handlers
    from bot.engine.clock import SystemClock
    from bot.engine.engine import Parts, assemble
    from bot.engine.imaging import ImageWorker
    from bot.log import configure
    from bot.platforms.telegram import Api, TelegramPlatform
    from bot.secrets import Secret, Signer
    from storage.blobs import open_blobs
    from storage.database import open_database
    from storage.migrate import migrate
    from tests.town import ZONE, default_town

    configure("error")
    database = await open_database(f"sqlite:///{folder}/bench.db")
    await migrate(database)
    await _seed(database, people)
    secret, clock = Signer(Secret(b"k" * 32)), SystemClock()
    api = Api(token, base_url=f"{server}/bot", file_base_url=f"{server}/file/bot")
    platform = TelegramPlatform(api, clock)
    platform.pace, platform.abilities = (), replace(platform.abilities, reactions=False)
    worker = ImageWorker(drawings=handlers.DRAWINGS)
    engine = assemble(
        Parts(
            database=database, town=default_town(secret), texts=handlers.catalogues(ZONE, None), signer=secret,
            clock=clock, platforms=[platform], features=handlers.FEATURES, blobs=open_blobs(str(folder / "photos")),
            worker=worker,
        )
    )  # fmt: skip
    await engine.prepare()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, engine.stopping.set)
    await engine.run()
    await worker.close()
    await api.close()
    await database.close()


async def _seed(database: "Database", people: int) -> None:
    """Riders who have seen the privacy notice, and a contact, so that a report has one answer."""
    from bot.domain.people import Post, Rank, Role
    from bot.domain.rulebook import AgencyId
    from handlers.people.greeting import NOTICE, VERSION
    from storage import consents, members

    now = datetime.now(UTC)
    for first in range(0, people, 500):
        async with database.write() as tx:
            for n in range(first, min(first + 500, people)):
                member = await members.insert(tx, f"赵强{n}", now)
                await members.add_account(tx, member, "telegram", str(FIRST_PERSON + n), now)
                await members.add_post(tx, member, Post(Role.RIDER), now)
                await consents.show(tx, member, NOTICE, VERSION, "telegram")
    async with database.write() as tx:
        for n, agency in enumerate(("housing", "urban_mgmt", "traffic_police")):
            member = await members.insert(tx, f"刘工{n}", now)
            await members.add_account(tx, member, "telegram", str(7000 + n), now)
            await members.add_post(tx, member, Post(Role.CONTACT, AgencyId(agency), Rank.A), now)


async def echo(server: str, token: str) -> None:
    """The echo bot of python-telegram-bot's own examples, as its documents show it."""
    from telegram import Update
    from telegram.ext import Application, ContextTypes, MessageHandler, filters

    async def answer(update: Update, _context: "ContextTypes.DEFAULT_TYPE") -> None:
        if update.message is not None and update.message.text is not None:
            await update.message.reply_text(update.message.text)

    made = Application.builder().token(token).base_url(f"{server}/bot").base_file_url(f"{server}/file/bot").build()
    made.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, answer))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with made:
        await made.start()
        assert made.updater is not None
        await made.updater.start_polling()
        await stop.wait()
        await made.updater.stop()
        await made.stop()


if __name__ == "__main__":
    which, server, token, folder, people = sys.argv[1:]
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(echo(server, token) if which == "echo" else ours(server, token, Path(folder), int(people)))
