"""The county on Telegram: real engine, real handlers, the real adapter, and a Bot API server on the loopback address."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import handlers
from bot.chat.events import Platform
from bot.chat.feature import Town
from bot.chat.platform import Raw
from bot.domain.people import MemberId, Post, Rank, Role
from bot.domain.rulebook import AgencyId
from bot.engine.engine import Engine, Parts, assemble
from bot.engine.imaging import ImageWorker
from bot.platforms.telegram import Api, TelegramPlatform
from bot.secrets import Secret, Signer
from handlers.points.versions import remember_rules
from storage import groups, members
from storage.blobs import open_blobs
from storage.database import Database
from tests.fake import FakeClock
from tests.real_town import RealTown
from tests.telegram.botapi import BotApi
from tests.telegram.people import Person as Phone
from tests.town import RULEBOOK, ZONE, default_town

GROUP = -1001500
SIGNER = Signer(Secret(b"k" * 32))


@dataclass
class TelegramTown(RealTown):
    """See `RealTown`."""

    engine: Engine
    clock: FakeClock
    api: BotApi
    platform: TelegramPlatform
    database: Database
    delivered: list[Raw] = field(default_factory=list)

    async def person(self, account: int, name: str, *posts: Post) -> Phone:
        """A member with a Telegram account who has pressed Start."""
        async with self.database.write() as tx:
            member = await members.insert(tx, name, self.clock.now())
            await members.add_account(tx, member, Platform.TELEGRAM, str(account), self.clock.now())
            for post in posts:
                await members.add_post(tx, member, post, self.clock.now())
        return self.api.person(account, name)

    async def rider(self, account: int = 2001, name: str = "赵铁林") -> Phone:
        return await self.person(account, name, Post(Role.RIDER))

    async def contact(self, agency: str, account: int = 3001, name: str = "陶春晖", rank: Rank = Rank.A) -> Phone:
        return await self.person(account, name, Post(Role.CONTACT, AgencyId(agency), rank))

    async def admin(self, account: int = 9001, name: str = "盛立本") -> Phone:
        return await self.person(account, name, Post(Role.ADMIN))

    async def look(self) -> None:
        """Fetch what is there, once."""
        await self.platform.look()

    async def heard(self) -> None:
        await self.look()

    @property
    def unheard(self) -> bool:
        return bool(self.api.pending)

    def said(self, chat: int) -> str:
        """All that the bot has said in a chat, as it stands."""
        return "\n---\n".join(message.words for message in self.api.seen(chat))

    async def member(self, account: int) -> MemberId:
        async with self.database.read() as tx:
            found = await members.by_account(tx, Platform.TELEGRAM, str(account))
        assert found is not None
        return found.id


def engine_over(
    platform: TelegramPlatform, database: Database, folder: Path, worker: ImageWorker, clock: FakeClock, town: Town
) -> Engine:
    """The whole engine over one platform."""
    return assemble(
        Parts(
            database=database, town=town, texts=handlers.catalogues(ZONE, None), signer=SIGNER, clock=clock,
            platforms=[platform], features=handlers.FEATURES, blobs=open_blobs(str(folder / "photos")), worker=worker,
        )
    )  # fmt: skip


@asynccontextmanager
async def telegram_town(database: Database, folder: Path, worker: ImageWorker) -> AsyncIterator[TelegramTown]:
    """A county whose work group is a supergroup in which the bot is administrator."""
    clock = FakeClock()
    async with BotApi(clock=clock.monotonic, now=lambda: clock.now().timestamp()) as server:
        client = Api(server.token, base_url=f"{server.url}/bot", file_base_url=f"{server.url}/file/bot")
        platform = TelegramPlatform(client, clock)
        engine = engine_over(platform, database, folder, worker, clock, default_town(SIGNER))
        made = TelegramTown(engine, clock, server, platform, database)
        await engine.prepare()
        async with database.write() as tx:
            await remember_rules(tx, RULEBOOK, clock.now())
            await groups.bind(tx, Platform.TELEGRAM, str(GROUP), clock.now())
        server.group(GROUP, "五大员工作群")

        async def deliver(updates: Sequence[Raw]) -> None:
            made.delivered += updates
            await engine.intake.deliver(Platform.TELEGRAM, updates)

        await platform.begin(deliver)
        await engine.tick()
        try:
            yield made
        finally:
            await client.close()
