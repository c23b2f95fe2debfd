"""Two processes over one database and one AI bot: one is logged in, and the other takes over when that one ends."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

import handlers
from bot.app.doors import StoredDoors
from bot.chat.events import Address, Platform
from bot.chat.platform import NeverWill, NotCommitted, Raw, Rendered
from bot.engine.clock import SystemClock
from bot.engine.engine import Engine, Parts, assemble
from bot.engine.imaging import ImageWorker
from bot.platforms.wecom import Ways, WeComPlatform
from bot.platforms.wecom.app_api import AppApi
from bot.platforms.wecom.app_callback import AppCallback
from bot.platforms.wecom.doors import OpenChats
from bot.platforms.wecom.socket import BotSocket, Link
from handlers.points.versions import remember_rules
from storage import groups, members
from storage.blobs import open_blobs
from storage.database import Database, open_database
from storage.migrate import migrate
from tests.fake import FakeClock
from tests.town import RULEBOOK, ZONE, default_town
from tests.wecom.api_peer import ApiPeer
from tests.wecom.bot_peer import BotPeer
from tests.wecom.line import QUICK
from tests.wecom.town import GROUP, RIDER, SIGNER

LEASE: Final = timedelta(seconds=1)  # renewed three times in it, also on a busy machine


@dataclass
class Process:
    """One of the two, with connections of its own."""

    engine: Engine
    platform: WeComPlatform
    running: asyncio.Task[None]

    @property
    def has_the_bot(self) -> bool:
        return self.platform.link is Link.CONNECTED

    async def ends(self) -> None:
        self.engine.stopping.set()
        await self.running


@asynccontextmanager
async def process(
    url: str, folder: Path, worker: ImageWorker, line: BotPeer, api: ApiPeer | None = None
) -> AsyncIterator[Process]:
    clock = SystemClock()
    database = await open_database(url)
    platform = WeComPlatform(
        Ways(
            bot=BotSocket(line.bot_id, line.secret, clock, url=line.url, intervals=QUICK),
            app=AppApi(api.corp_id, api.agent_id, api.secret, clock, base_url=api.url) if api else None,
            callback=AppCallback(api.token, api.aes_key, api.corp_id, api.agent_id, clock) if api else None,
        ),
        StoredDoors(database, clock), clock, names=[line.name], most_photo_bytes=20_000_000, loopback=True,
    )  # fmt: skip
    engine = assemble(
        Parts(
            database=database, town=default_town(SIGNER), texts=handlers.catalogues(ZONE, None), signer=SIGNER,
            clock=clock, platforms=[platform], features=handlers.FEATURES, blobs=open_blobs(str(folder / "photos")),
            worker=worker, lease=LEASE,
        )
    )  # fmt: skip
    await engine.prepare()
    made = Process(engine, platform, asyncio.create_task(engine.run()))
    try:
        yield made
    finally:
        await made.ends()
        await platform.close()
        await database.close()


@pytest.fixture
async def shared(empty_postgres_url: str) -> AsyncIterator[Database]:
    """A county with a rider and a work group."""
    database = await open_database(empty_postgres_url)
    await migrate(database)
    now = SystemClock().now()
    async with database.write() as tx:
        await remember_rules(tx, RULEBOOK, now)
        await groups.bind(tx, Platform.WECOM, GROUP, now)
        member = await members.insert(tx, "赵铁林", now)
        await members.add_account(tx, member, Platform.WECOM, "zhaotielin", now)
        await members.add_post(tx, member, RIDER, now)
    yield database
    await database.close()


async def soon(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)


async def test_one_process_has_the_bot_and_the_other_one_takes_over(
    shared: Database, empty_postgres_url: str, tmp_path: Path, image_worker: ImageWorker
) -> None:
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(BotPeer())
        first = await stack.enter_async_context(process(empty_postgres_url, tmp_path, image_worker, line))
        await soon(lambda: first.has_the_bot)
        second = await stack.enter_async_context(process(empty_postgres_url, tmp_path, image_worker, line))
        line.says("zhaotielin", "帮助")
        await soon(lambda: len(line.chats["zhaotielin"]) > 0)
        await asyncio.wait({second.running}, timeout=1.2 * LEASE.total_seconds())
        assert line.logins == [0], "a second login would take the bot from the first"
        assert not second.platform.at_hand
        await first.ends()
        await soon(lambda: second.has_the_bot)
        assert line.logins == [0, 0]
        before = len(line.seen("zhaotielin"))
        line.says("zhaotielin", "帮助")
        await soon(lambda: len(line.seen("zhaotielin")) > before)


async def test_what_comes_to_the_app_of_one_process_is_answered_there_by_the_other(
    shared: Database, empty_postgres_url: str, tmp_path: Path, image_worker: ImageWorker
) -> None:
    """The one that sends has not heard that the person, who chats with the bot as well, uses the app now."""
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(BotPeer())
        api = await stack.enter_async_context(ApiPeer())
        first = await stack.enter_async_context(process(empty_postgres_url, tmp_path, image_worker, line, api))
        await soon(lambda: first.has_the_bot)
        line.says("zhaotielin", "帮助")
        await soon(lambda: len(line.seen("zhaotielin")) > 0)
        second = await stack.enter_async_context(process(empty_postgres_url, tmp_path, image_worker, line, api))

        async def deliver(updates: Sequence[Raw]) -> None:
            await second.engine.intake.deliver(Platform.WECOM, updates)

        async def receive(query: dict[str, str], body: bytes) -> int:
            return await second.platform.receive(query, body, deliver)

        api.callback = receive
        member = api.member("ZhaoTielin")
        assert (await member.says("积分"))[-1] == 200
        await soon(lambda: len(member.sees()) > 0)


async def test_what_is_under_way_when_a_process_ends_is_known_to_be_there(
    shared: Database, empty_postgres_url: str, tmp_path: Path, image_worker: ImageWorker
) -> None:
    """Else the admins would be asked about a message in a group, and a person would read it twice."""
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(BotPeer())
        first = await stack.enter_async_context(process(empty_postgres_url, tmp_path, image_worker, line))
        await soon(lambda: first.has_the_bot)
        line.delays = {"aibot_respond_msg": 0.2, "aibot_send_msg": 0.2}
        line.says("zhaotielin", "帮助")
        await soon(lambda: len(line.seen("zhaotielin")) > 0)
        await first.ends()
        async with shared.read() as tx:
            rows = await tx.all("SELECT DISTINCT state FROM outbox WHERE state IN ('unknown', 'sending')")
        assert list(rows) == []


@asynccontextmanager
async def listening(platform: WeComPlatform, heard: list[Raw]) -> AsyncIterator[None]:
    async def deliver(updates: Sequence[Raw]) -> None:
        heard.extend(updates)

    running = asyncio.create_task(platform.run(deliver))
    await soon(lambda: platform.link is Link.CONNECTED)
    yield
    running.cancel()
    await asyncio.wait([running])


async def test_who_gets_the_bot_back_knows_what_was_heard_meanwhile(house: Database) -> None:
    """While the other one had it a chat was opened, and nothing was missed."""
    clock, heard = FakeClock(), list[Raw]()
    async with BotPeer() as line:
        first, second = (
            WeComPlatform(
                Ways(bot=BotSocket(line.bot_id, line.secret, clock, url=line.url, intervals=QUICK)),
                StoredDoors(house, clock), clock, names=[line.name], most_photo_bytes=20_000_000, loopback=True,
            )
            for _ in range(2)
        )  # fmt: skip
        said = Rendered(Address(Platform.WECOM, "lisi", private=True), "0127 已转给您", key="1")
        async with listening(first, heard):
            with pytest.raises(NeverWill):
                await first.send(said)
        async with listening(second, heard):
            line.says("lisi", "你好")
            await soon(lambda: len(heard) == 1)
            await soon(lambda: second.link is Link.CONNECTED)
            clock.move(clock.now() + timedelta(days=3))
        async with listening(first, heard):
            await first.send(said)
        assert [shown.text for shown in line.seen("lisi")] == ["0127 已转给您"]
        assert [raw.lane for raw in heard] == ["lisi"], "no gap of three days"
        await first.close()
        await second.close()


class Once(dict[str, frozenset[str]]):
    """Chats by their open ways, kept in memory; the first cannot be written down."""

    away = True

    async def known(self) -> Mapping[str, frozenset[str]]:
        return dict(self)

    async def opened(self, chat: str, door: str, at: datetime) -> None:
        if self.away:
            self.away = False
            raise NotCommitted("no connection")
        self[chat] = frozenset({door})

    async def shut(self, chat: str, door: str) -> None:
        del self[chat]

    async def last_live(self) -> datetime | None:
        return None

    async def live(self, at: datetime) -> None:
        return None


async def test_a_chat_that_could_not_be_noted_is_noted_with_the_next() -> None:
    doors, now = Once(), SystemClock().now()
    chats = OpenChats(doors)
    chats.heard("lisi")
    with pytest.raises(NotCommitted):
        await chats.keep(now)
    chats.heard("wangwu")
    await chats.keep(now)
    assert set(doors) == {"lisi", "wangwu"}
