"""The county on WeCom: real engine, real handlers, the real adapter, and WeCom's servers on the loopback address."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import handlers
from bot.app.doors import StoredDoors
from bot.chat.events import Platform
from bot.chat.platform import NotCommitted, PlatformAdapter, Raw
from bot.domain.people import MemberId, Post, Rank, Role
from bot.domain.rulebook import AgencyId
from bot.engine.engine import Engine, Parts, assemble
from bot.engine.imaging import ImageWorker
from bot.platforms.wecom import Ways, WeComPlatform
from bot.platforms.wecom.app_api import AppApi
from bot.platforms.wecom.app_callback import AppCallback
from bot.platforms.wecom.hook import Hook
from bot.platforms.wecom.presses import PATIENCE_S
from bot.platforms.wecom.socket import BotSocket, Link
from bot.secrets import Secret, Signer
from handlers.points.versions import remember_rules
from storage import groups, members
from storage.blobs import open_blobs
from storage.database import Database
from tests.fake import FakeClock
from tests.real_town import RealTown
from tests.town import RULEBOOK, ZONE, default_town
from tests.wecom.api_members import Member
from tests.wecom.api_peer import ApiPeer
from tests.wecom.bot_peer import BotPeer, Quote
from tests.wecom.line import QUICK

GROUP: Final = "wrRiders01"
SIGNER: Final = Signer(Secret(b"k" * 32))


@dataclass(frozen=True)
class Seen:
    """A message as it stands on a phone: words, labels of what can be pressed, pictures."""

    words: str
    labels: tuple[str, ...] = ()
    pictures: tuple[bytes, ...] = ()
    updates: int = 0


class Phone(Protocol):
    """Somebody with WeCom, whichever way they use."""

    userid: str

    async def says(self, text: str = "", *, photo: bytes | None = None, quote: Quote | None = None) -> None: ...

    async def presses(self, label: str) -> None: ...

    def sees(self) -> list[Seen]: ...


@dataclass
class BotPhone:
    """Chats with the AI bot, in private or in a group."""

    town: "WeComTown"
    userid: str

    @property
    def chat(self) -> str:
        """The private chat, as the server calls it."""
        return next((chat for chat in self.town.bot.chats if chat.lower() == self.userid.lower()), self.userid)

    async def says(
        self, text: str = "", *, photo: bytes | None = None, photos: Sequence[bytes] = (),
        quote: Quote | None = None, group: bool = False,
    ) -> None:  # fmt: skip
        images = [*photos, *([photo] if photo else [])]
        where = GROUP if group else None
        self.town.wait_for(self.town.bot.says(self.userid, text, group=where, images=images, quote=quote))

    async def enters(self) -> None:
        """Opens the chat with the bot."""
        self.town.wait_for(self.town.bot.enters(self.userid))

    async def presses(self, label: str, *, group: bool = False) -> None:
        shown = self.town.bot.seen(GROUP if group else self.chat)
        card, key = next(
            (one, button["key"])
            for one in reversed(shown)
            for button in (one.card or {}).get("button_list", [])
            if button["text"] == label
        )
        self.town.wait_for(self.town.bot.press(self.userid, card, key))

    def sees(self) -> list[Seen]:
        return self.town.in_chat(self.chat)


@dataclass
class AppPhone:
    """Chats with the self-built app."""

    town: "WeComTown"
    member: Member

    @property
    def userid(self) -> str:
        return self.member.userid.lower()

    async def says(self, text: str = "", *, photo: bytes | None = None, quote: Quote | None = None) -> None:
        """As people do there: first the words, then the photo."""
        assert quote is None, "the app hears of no quotes"
        if text:
            assert (await self.member.says(text))[-1] == 200
        if photo:
            assert (await self.member.sends_photo(photo))[-1] == 200

    async def presses(self, label: str) -> None:
        card = next(one for one in reversed(self.member.sees()) if label in one.buttons)
        assert (await self.member.presses(card, label))[-1] == 200

    def sees(self) -> list[Seen]:
        return [
            Seen(
                one.words,
                tuple(one.buttons),
                (self.town.api.media[one.content["media_id"]].data,) if one.msgtype == "image" else (),
                one.updates,
            )
            for one in self.member.sees()
        ]


@dataclass
class WeComTown(RealTown):
    """See `RealTown`."""

    engine: Engine
    clock: FakeClock
    bot: BotPeer
    api: ApiPeer
    platform: WeComPlatform
    database: Database
    delivered: list[Raw] = field(default_factory=list)
    away: int = 0  # so many of the next deliveries find no database
    slow: asyncio.Event = field(default_factory=asyncio.Event)  # while it is not set, deliveries wait
    _expected: set[str] = field(default_factory=set)

    async def person(self, userid: str, name: str, *posts: Post, phone: str | None = None) -> MemberId:
        """A member with a WeCom account."""
        async with self.database.write() as tx:
            member = await members.insert(tx, name, self.clock.now(), phone=phone)
            await members.add_account(tx, member, Platform.WECOM, userid.lower(), self.clock.now())
            for post in posts:
                await members.add_post(tx, member, post, self.clock.now())
        return member

    async def by_bot(self, userid: str, name: str, *posts: Post, writes: bool = True) -> BotPhone:
        """Somebody who chats with the bot, and with `writes` has written to it once."""
        await self.person(userid, name, *posts)
        phone = BotPhone(self, userid)
        if writes:
            await phone.says("你好")
            await self.settle()
            self.bot.chats[userid.lower()].clear()
        return phone

    async def by_app(self, userid: str, name: str, *posts: Post) -> AppPhone:
        """Somebody who chats with the app."""
        await self.person(userid, name, *posts)
        return AppPhone(self, self.api.member(userid))

    def wait_for(self, msgid: str | None) -> None:
        """`settle` has to wait until this message has been committed."""
        if msgid is not None:
            self._expected.add(f"bot:{msgid}")

    async def heard(self) -> None:
        """Wait until all that was said to the bot has been committed."""
        async with asyncio.timeout(10):
            while self._expected - {raw.event_id for raw in self.delivered}:
                await asyncio.sleep(0.001)

    def in_chat(self, chat: str) -> list[Seen]:
        """What the bot shows in a chat now."""
        return [
            Seen(
                _words(one.card) if one.card else one.text,
                tuple(button["text"] for button in (one.card or {}).get("button_list", []) if button["text"] != "✓"),
                (one.data,) if one.msgtype == "image" else (),
                one.updates,
            )
            for one in self.bot.seen(chat)
        ]

    def said(self, chat: str) -> str:
        """All that the bot has said in a chat, as it stands."""
        return "\n---\n".join(seen.words for seen in self.in_chat(chat))


def _words(card: dict[str, object]) -> str:
    title = card.get("main_title")
    head = str(title.get("title", "")) if isinstance(title, dict) else ""
    rows = card.get("horizontal_content_list")
    pairs = [f"{row['keyname']}：{row['value']}" for row in rows] if isinstance(rows, list) else []
    return "\n".join(line for line in (head, str(card.get("sub_title_text", "")), *pairs) if line)


RIDER: Final = Post(Role.RIDER)
ADMIN: Final = Post(Role.ADMIN)


def contact(agency: str, rank: Rank = Rank.A) -> Post:
    return Post(Role.CONTACT, AgencyId(agency), rank)


@asynccontextmanager
async def wecom_town(
    database: Database, folder: Path, worker: ImageWorker, *, bot: bool = True, app: bool = True,
    hooks: Sequence[str] = (), others: Sequence[PlatformAdapter] = (), clock: FakeClock | None = None,
    patience_s: float = PATIENCE_S, mention: str = "",
) -> AsyncIterator[WeComTown]:  # fmt: skip
    """A county whose work group is one in which people mention the bot. `hooks`: groups with a robot, by their names."""
    clock = clock or FakeClock()
    async with AsyncExitStack() as stack:
        seconds = lambda: clock.now().timestamp()  # noqa: E731
        line = await stack.enter_async_context(BotPeer(clock=clock.monotonic, now=seconds))
        api = await stack.enter_async_context(ApiPeer(now=seconds))
        ways = Ways(
            bot=BotSocket(line.bot_id, line.secret, clock, url=line.url, intervals=QUICK) if bot else None,
            app=AppApi(api.corp_id, api.agent_id, api.secret, clock, base_url=api.url) if app else None,
            callback=AppCallback(api.token, api.aes_key, api.corp_id, api.agent_id, clock) if app else None,
            hooks={name: Hook(api.group(f"key-{name}").url, clock) for name in hooks},
        )
        platform = WeComPlatform(
            ways, StoredDoors(database, clock), clock, names=[line.name], most_photo_bytes=20_000_000, loopback=True,
            grace_s=0.05, patience_s=patience_s,
        )  # fmt: skip
        engine = assemble(
            Parts(
                database=database, town=default_town(SIGNER, mention=mention), texts=handlers.catalogues(ZONE, None),
                signer=SIGNER, clock=clock, platforms=[platform, *others], features=handlers.FEATURES,
                blobs=open_blobs(str(folder / "photos")), worker=worker,
            )
        )  # fmt: skip
        made = WeComTown(engine, clock, line, api, platform, database)
        made.slow.set()
        await engine.prepare()
        async with database.write() as tx:
            await remember_rules(tx, RULEBOOK, clock.now())
            await groups.bind(tx, Platform.WECOM, GROUP, clock.now())

        async def deliver(updates: Sequence[Raw]) -> None:
            if made.away:
                made.away -= 1
                raise NotCommitted("the database is away")
            await made.slow.wait()
            await engine.intake.deliver(Platform.WECOM, updates)
            made.delivered += updates

        async def receive(query: dict[str, str], body: bytes) -> int:
            return await platform.receive(query, body, deliver)

        api.callback = receive
        running = asyncio.create_task(platform.run(deliver))
        try:
            async with asyncio.timeout(5):
                while bot and platform.link is not Link.CONNECTED:
                    await asyncio.sleep(0.001)
            await engine.tick()
            yield made
            assert not running.done(), running
        finally:
            running.cancel()
            await asyncio.wait([running])
            await platform.close()
