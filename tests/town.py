"""TestTown: the real engine, the real handlers, a real database file; a fake clock and a fake platform."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import handlers
from bot import county, holidays
from bot.chat.events import Address, FromPlatform, Incoming, Photo, Platform, Position, Pressed
from bot.chat.feature import Town
from bot.chat.messages import Arg, Lines, Text
from bot.chat.texts import Texts
from bot.chat.wire import read_body
from bot.chat.work import Limits
from bot.domain.calendar import Calendar
from bot.domain.case import Case
from bot.domain.people import Member, MemberId, Post, Rank, Role
from bot.domain.quiet import QuietHours
from bot.domain.rulebook import AgencyId
from bot.engine.engine import Engine, Parts, assemble
from bot.engine.imaging import ImageWorker
from bot.secrets import Secret, Signer
from handlers.points.versions import remember_rules
from storage import cases, groups, members
from storage.blobs import BlobStore
from storage.database import Database
from tests.fake import GROUP, RECORDED, FakeClock, FakePlatform, Shown, picture

ZONE = ZoneInfo("Asia/Shanghai")
RULEBOOK = county.load(None)


@dataclass(frozen=True)
class Heard:
    """A message a chat got: what it says, not how."""

    chat: str
    texts: tuple[Text, ...]

    def is_(self, key: str, **args: Arg) -> bool:
        """Whether the message holds the text `key` with (at least) these arguments, at any depth."""
        return any(
            text.key == key and all(text.args.get(name) == value for name, value in args.items()) for text in self.texts
        )


@dataclass
class Person:
    """Somebody with a phone: says, presses, hears."""

    town: "TestTown"
    id: MemberId
    name: str
    account: str
    platform: FakePlatform

    async def says(
        self,
        text: str = "",
        *,
        photo: str | None = None,
        photos: tuple[str, ...] = (),
        group: bool = False,
        answers: Shown | None = None,
        at: tuple[float, float] | tuple[float, float, str] | None = None,
        album: str | None = None,
        broken: bool = False,
        media: str | None = None,
        edits: Shown | None = None,
        forwarded: bool = False,
        masked: bool = False,
    ) -> Shown:
        """Send a message (or a newer version of `edits`) and let the town do what follows; returns the message.

        `media`: voice or video; `masked`: in the name of the group.
        """
        where = Address(self.platform.name, GROUP if group else self.account, private=not group)
        message = edits.id if edits else self.platform.new_id()
        names = (*photos, *([photo] if photo else []))
        refs = [f"{message}-{name}" for name in names]
        self.platform.uploads.update(
            {ref: None if broken else picture(name) for ref, name in zip(refs, names, strict=True)}
        )
        event = Incoming(
            event_id=self.town.next_event(),
            where=where,
            sender=GROUP if masked else self.account,
            text=text,
            at=self.town.clock.now(),
            photos=tuple(Photo(ref) for ref in refs),
            answers=answers.id if answers else None,
            message=message,
            sender_name=self.name,
            position=Position(*at) if at else None,
            album=album,
            media=(Photo(f"{message}-{media}", kind=media),) if media else (),
            edited=edits is not None,
            forwarded=forwarded,
            masked=masked,
        )
        if media:
            self.platform.uploads[f"{message}-{media}"] = None if broken else RECORDED[media]
        shown = self.town.echo(self, where, message, text)
        await self.town.happens(self.platform, event)
        return shown

    async def presses(self, label: str, *, group: bool = False, on: Shown | None = None) -> None:
        """Press the newest button with this label in the private chat (or the group)."""
        chat = GROUP if group else self.account
        shown = on or self.town.newest_with(self.platform, chat, label)
        button = next(button for button in shown.rendered.buttons if button.label == label)
        await self.presses_data(button.data, shown, group=group)

    async def presses_data(self, data: str, shown: Shown | None = None, *, group: bool = False) -> None:
        """Press with any data, as a client can."""
        event = Pressed(
            event_id=self.town.next_event(),
            where=Address(self.platform.name, GROUP if group else self.account, private=not group),
            sender=self.account,
            data=data,
            at=self.town.clock.now(),
            message=shown.id if shown else "",
            token=self.platform.token_for(self.account),
        )
        await self.town.happens(self.platform, event)

    @property
    def chat(self) -> list[Shown]:
        """The private chat as it stands."""
        return self.platform.chats[self.account]

    @property
    def last(self) -> Shown:
        """The newest message of the bot in the private chat."""
        return [shown for shown in self.chat if shown.sender == "bot"][-1]

    @property
    def notices(self) -> list[str]:
        """Notices shown on a press."""
        return self.platform.notices[self.account]

    def hears(self, key: str, **args: Arg) -> bool:
        """Whether a message with this text came to the private chat."""
        return any(heard.is_(key, **args) for heard in self.town.heard if heard.chat == self.account)

    def hears_times(self, key: str, **args: Arg) -> int:
        """How many such messages came."""
        return sum(heard.is_(key, **args) for heard in self.town.heard if heard.chat == self.account)


@dataclass
class TestTown:
    """The county for a test. Everything that can be done now is done when a call returns."""

    __test__ = False

    engine: Engine
    clock: FakeClock
    platform: FakePlatform
    database: Database
    texts: Texts
    heard: list[Heard] = field(default_factory=list)
    _events: "itertools.count[int]" = field(default_factory=itertools.count)

    @classmethod
    async def open(
        cls, database: Database, blobs: BlobStore, worker: ImageWorker, *, town: Town | None = None
    ) -> "TestTown":
        clock = FakeClock()
        platform = FakePlatform(Platform.SANDBOX, clock)
        texts = handlers.catalogues(ZONE, None)
        secret = Signer(Secret(b"k" * 32))
        engine = assemble(
            Parts(
                database=database,
                town=town or default_town(secret),
                texts=texts,
                signer=secret,
                clock=clock,
                platforms=[platform],
                features=handlers.FEATURES,
                blobs=blobs,
                worker=worker,
            )
        )
        made = cls(engine, clock, platform, database, texts)
        await engine.prepare()
        async with database.write() as tx:
            await remember_rules(tx, engine.parts.town.rulebook, clock.now())
            await groups.bind(tx, platform.name, GROUP, clock.now())
        await engine.tick()
        return made

    def next_event(self) -> str:
        return f"e{next(self._events)}"

    async def person(self, name: str, *posts: Post, language: str = "zh-CN") -> Person:
        """Somebody with an account and these posts."""
        account = f"u{next(self._events)}"
        async with self.database.write() as tx:
            member = await members.insert(tx, name, self.clock.now(), language=language)
            await members.add_account(tx, member, self.platform.name, account, self.clock.now())
            for post in posts:
                await members.add_post(tx, member, post, self.clock.now())
        return Person(self, member, name, account, self.platform)

    async def stranger(self, name: str) -> Person:
        """Somebody the county has never heard of."""
        return Person(self, MemberId(0), name, f"u{next(self._events)}", self.platform)

    async def rider(self, name: str, **more: str) -> Person:
        return await self.person(name, Post(Role.RIDER), **more)

    async def contact(self, agency: str, name: str, rank: Rank = Rank.A) -> Person:
        return await self.person(name, Post(Role.CONTACT, AgencyId(agency), rank))

    async def leader(self, agency: str, name: str) -> Person:
        return await self.person(name, Post(Role.LEADER, AgencyId(agency)))

    async def dispatcher(self, name: str) -> Person:
        return await self.person(name, Post(Role.DISPATCHER, RULEBOOK.lead.id))

    async def verifier(self, name: str, community: str) -> Person:
        return await self.person(name, Post(Role.VERIFIER, AgencyId(community)))

    async def admin(self, name: str) -> Person:
        return await self.person(name, Post(Role.ADMIN))

    async def happens(self, platform: FakePlatform, event: FromPlatform) -> None:
        await self.engine.intake.deliver(platform.name, [platform.raw(event)])
        await self.settle()

    async def settle(self) -> None:
        """Let everything that can happen now happen."""
        await self.engine.drain()
        async with self.database.read() as tx:
            rows = await tx.all("SELECT chat, body FROM outbox WHERE state = 'sent' AND kind = 'message' ORDER BY id")
        self.heard = [Heard(str(row["chat"]), tuple(_texts(read_body(str(row["body"])).text))) for row in rows]

    async def wait(self, **length: float) -> None:
        """Let time pass, visiting every due instant in order."""
        end = self.clock.now() + timedelta(**length)
        await self.work_off()  # what was set for this very instant
        while True:
            at = await self._next_instant()
            if at is None or at > end:
                break
            self.clock.move(max(at, self.clock.now()))
            await self.work_off()
        self.clock.move(end)
        await self.work_off()

    async def work_off(self) -> None:
        """Run everything that is due now, and what becomes due by it."""
        while await self.engine.tick():
            await self.settle()
        await self.settle()

    async def _next_instant(self) -> datetime | None:
        """The next instant after now at which a timer, a retry or a held message is due."""
        due = await self.engine.ticker.next_due()
        async with self.database.read() as tx:
            row = await tx.one("SELECT min(not_before) AS at FROM outbox WHERE state IN ('queued', 'unknown')")
            retry = await tx.one("SELECT min(next_try_at) AS at FROM inbox WHERE state = 'new'")
        from bot.domain.times import read

        held = [read(str(found["at"])) for found in (row, retry) if found["at"] is not None]
        later = [at for at in (due, *held) if at is not None and at > self.clock.now()]
        return min(later, default=None)

    def echo(self, person: Person, where: Address, message: str, text: str) -> Shown:
        """What a person wrote, as it stands in the chat."""
        from bot.chat.platform import Rendered

        shown = Shown(message, Rendered(where, text), sender=person.account)
        self.platform.chats[where.chat].append(shown)
        return shown

    def newest_with(self, platform: FakePlatform, chat: str, label: str) -> Shown:
        for shown in reversed(platform.chats[chat]):
            if label in shown.labels:
                return shown
        offered = [(shown.text, shown.labels) for shown in platform.chats[chat] if shown.labels]
        raise AssertionError(f"no button {label!r} in {chat}; there are {offered}")

    @property
    def group(self) -> list[Shown]:
        """What the bot has said in the work group, as it stands."""
        return [shown for shown in self.platform.chats[GROUP] if shown.sender == "bot"]

    def group_hears(self, key: str, **args: Arg) -> bool:
        return any(heard.is_(key, **args) for heard in self.heard if heard.chat == GROUP)

    async def case(self, number: int) -> Case:
        async with self.database.read() as tx:
            found = await cases.find_number(tx, number)
        assert found is not None, f"no case {number}"
        return found

    async def member(self, person: Person) -> Member:
        async with self.database.read() as tx:
            return await members.get(tx, person.id)


def default_town(signer: Signer, **other: object) -> Town:
    from dataclasses import replace

    town = Town(
        name="松岭县",
        code="SL",
        zone=ZONE,
        language="zh-CN",
        bot_name="小五",
        rulebook=RULEBOOK,
        calendar=Calendar(ZONE, exceptions=holidays.published(), published_years=holidays.published_years()),
        quiet=QuietHours(ZONE),
        limits=Limits(),
        admins=(),
        code_mac=lambda code: signer.mac("code", code.encode(), 16).hex(),
    )
    return replace(town, **other)


def _texts(said: Arg) -> list[Text]:
    """A text and every text inside it."""
    if isinstance(said, Lines):
        return [inner for part in said.parts for inner in _texts(part)]
    if isinstance(said, Text):
        return [said, *(inner for value in said.args.values() for inner in _texts(value))]
    return []
