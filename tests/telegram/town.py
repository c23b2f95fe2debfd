"""The county on Telegram: real engine, real handlers, the real adapter, and a Bot API server on the loopback address."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import handlers
from bot.chat.events import Platform
from bot.chat.feature import Town
from bot.chat.platform import Raw
from bot.domain.case import Case
from bot.domain.people import MemberId, Post, Rank, Role
from bot.domain.rulebook import AgencyId
from bot.domain.times import read
from bot.engine.engine import Engine, Parts, assemble
from bot.engine.imaging import ImageWorker
from bot.platforms.telegram import Api, TelegramPlatform
from bot.secrets import Secret, Signer
from handlers.points.versions import remember_rules
from storage import cases, groups, members
from storage.blobs import open_blobs
from storage.database import Database, Row
from tests.fake import FakeClock
from tests.telegram.botapi import BotApi
from tests.telegram.people import Person as Phone
from tests.town import RULEBOOK, ZONE, default_town

GROUP = -1001500
SIGNER = Signer(Secret(b"k" * 32))


@dataclass
class TelegramTown:
    """Everything that can be done now is done when `settle` returns; nothing waits for a clock but the fake one."""

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

    async def settle(self, *, hours: float = 0.0) -> None:
        """Let everything happen that can; the pace of the platform is waited for by moving the clock a little."""
        end = self.clock.now() + timedelta(hours=hours)
        for _ in range(600):
            await self.platform.look()
            await self.engine.drain()
            soon = await self._next(max(end, self.clock.now() + timedelta(seconds=65)))
            if soon is None:
                if not self.api.pending:
                    break
                continue
            self.clock.move(max(soon, self.clock.now()))
            await self.engine.tick()
        self.clock.move(max(end, self.clock.now()))
        await self.engine.tick()
        await self.engine.drain()

    async def _next(self, until: datetime) -> datetime | None:
        """When the next message may go, photo is tried or (within a wait) timer is due."""
        async with self.database.read() as tx:
            out = await tx.one("SELECT min(not_before) AS at FROM outbox WHERE state IN ('queued', 'unknown')")
            photo = await tx.one("SELECT min(next_try_at) AS at FROM photos WHERE state = 'wanted'")
            event = await tx.one("SELECT min(next_try_at) AS at FROM inbox WHERE state = 'new'")
            timer = await tx.one("SELECT min(due_at) AS at FROM timers WHERE handed_at IS NULL")
        found = [read(str(row["at"])) for row in (out, photo, event, timer) if row["at"] is not None]
        coming = [at for at in found if self.clock.now() < at <= until]
        return min(coming, default=None)

    async def rows(self, sql: str, **args: str | int) -> list[Row]:
        async with self.database.read() as tx:
            return list(await tx.all(sql, **args))

    async def cases(self) -> list[Case]:
        async with self.database.read() as tx:
            numbers = await tx.all("SELECT number FROM cases ORDER BY number")
            found = [await cases.find_number(tx, int(str(row["number"]))) for row in numbers]
        return [case for case in found if case is not None]

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
