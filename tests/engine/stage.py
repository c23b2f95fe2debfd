"""A small stage for the engine: features of the test's own, a catalogue to match, the fake clock and platform."""

import itertools
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import bot.chat
from bot.chat.events import Address, Event, Incoming, Photo, Platform, Pressed
from bot.chat.feature import Feature, Work
from bot.chat.messages import Effects, Outgoing
from bot.chat.platform import Pace
from bot.chat.texts import load
from bot.domain.case import Case, Move
from bot.domain.people import MemberId, Post, Role
from bot.engine.engine import Engine, Parts, assemble
from bot.engine.imaging import ImageWorker
from bot.engine.queue import queue
from bot.secrets import Secret, Signer
from storage import cases, groups, members
from storage.blobs import BlobStore, open_blobs
from storage.database import Database, Row, Tx, Unknown
from storage.inbox import Arrival
from tests.fake import GROUP, FakeClock, FakePlatform, Shown
from tests.town import ZONE, default_town

SIGNER = Signer(Secret(b"k" * 32))
CATALOGUE = {
    "zh-CN": 'said = "{words}"\nsame = "同"\nyes = "是"\nno = "否"\nundo = "撤销"\nleft = "还剩 {until}"\n',
    "en": 'said = "{words} (en)"\nsame = "same"\nyes = "yes"\nno = "no"\nundo = "undo"\nleft = "{until} left"\n',
}


@dataclass
class Stage:
    """An engine that runs only when told to."""

    engine: Engine
    clock: FakeClock
    platform: FakePlatform
    database: Database
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def says(
        self,
        who: str,
        text: str,
        *,
        group: str | None = None,
        photos: Sequence[str] = (),
        answers: str | None = None,
        event: str | None = None,
        drain: bool = True,
    ) -> str:
        """Somebody writes; returns the id of the event."""
        event = event or f"e{next(self.numbers)}"
        incoming = Incoming(
            event_id=event,
            where=Address(self.platform.name, group or who, private=group is None),
            sender=who,
            text=text,
            at=self.clock.now(),
            photos=tuple(Photo(ref) for ref in photos),
            answers=answers,
            message=self.platform.new_id(),
            sender_name=who,
        )
        await self.engine.intake.store([self.arrival(incoming)])
        if drain:
            await self.engine.drain()
        return event

    def arrival(self, event: Incoming | Pressed) -> Arrival:
        raw = self.platform.raw(event)
        return Arrival(self.platform.name, raw.event_id, f"{self.platform.name}:{raw.lane}", raw.payload, raw.at)

    async def presses(
        self, who: str, data: str, *, group: str | None = None, chat: str | None = None, token: str | None = None
    ) -> str:
        """Somebody presses a button with this data; returns the id of the event."""
        event = Pressed(
            event_id=f"e{next(self.numbers)}",
            where=Address(self.platform.name, group or chat or who, private=group is None),
            sender=who,
            data=data,
            at=self.clock.now(),
            token=self.platform.token_for(who) if token is None else token,
        )
        await self.engine.intake.store([self.arrival(event)])
        await self.engine.drain()
        return event.event_id

    async def wait(self, drain: bool = True, **length: float) -> None:
        """Let time pass, then do what can be done."""
        self.clock.move(self.clock.now() + timedelta(**length))
        if drain:
            await self.engine.drain()

    async def queues(self, message: Outgoing) -> int | None:
        """Queue a message of our own accord."""
        event = Incoming("-", Address(self.platform.name, "-", private=True), "-", "", self.clock.now())
        async with self.database.write() as tx:
            return await queue(tx, message, event, self.engine.parts.town)

    def bot_says(self, chat: str) -> list[str]:
        """The bot's messages of a chat, as they stand."""
        return [shown.text for shown in self.shown(chat)]

    def shown(self, chat: str) -> list[Shown]:
        return [shown for shown in self.platform.chats[chat] if shown.sender == "bot"]

    def data(self, chat: str, label: str) -> str:
        """What the newest button of this label sends."""
        buttons = [button for shown in self.shown(chat) for button in shown.rendered.buttons if button.label == label]
        return buttons[-1].data

    async def rows(self, sql: str, **args: Any) -> list[Row]:
        async with self.database.read() as tx:
            return list(await tx.all(sql, **args))

    async def inbox(self, event: str) -> Row:
        """State, tries and error of an event."""
        (row,) = await self.rows("SELECT * FROM inbox WHERE event_id = :event", event=event)
        return row

    async def outbox(self) -> list[str]:
        """States of all messages, oldest first."""
        return [str(row["state"]) for row in await self.rows("SELECT state FROM outbox ORDER BY id")]

    async def member(self, account: str, *roles: Role, language: str = "zh-CN") -> MemberId:
        async with self.database.write() as tx:
            member = await members.insert(tx, account, self.clock.now(), language=language)
            await members.add_account(tx, member, self.platform.name, account, self.clock.now())
            for role in roles:
                await members.add_post(tx, member, Post(role), self.clock.now())
        return member

    async def case(self) -> Case:
        """A reported case of nobody in particular."""
        async with self.database.write() as tx:
            reporter = await members.insert(tx, "r", self.clock.now())
            return await reported(tx, reporter, self.clock)

    async def another(self) -> "Stage":
        """A second process over the same database, with the same clock and platform."""
        engine = assemble(self.engine.parts)
        await engine.prepare()
        return Stage(engine, self.clock, self.platform, self.database, self.numbers)


async def reported(tx: Tx, reporter: MemberId, clock: FakeClock) -> Case:
    draft = await cases.insert(tx, reporter, clock.now())
    return (await cases.move(tx, draft, Move.REPORT, await members.get(tx, reporter), clock.now())).after


async def open_stage(
    database: Database,
    folder: Path,
    *features: Feature,
    worker: ImageWorker | None = None,
    blobs: BlobStore | None = None,
    admins: tuple[str, ...] = (),
    abilities: dict[str, Any] | None = None,
    pace: Sequence[Pace] = (),
    bound: bool = True,
) -> Stage:
    """An engine with `features`, whose catalogues hold what CATALOGUE says."""
    for feature in features:
        (folder / feature.name).mkdir(exist_ok=True)
        for language, content in CATALOGUE.items():
            (folder / feature.name / f"messages.{language}.toml").write_text(content, encoding="utf-8")
    folders = [("", Path(bot.chat.__file__).parent), *((feature.name, folder / feature.name) for feature in features)]
    clock = FakeClock()
    platform = FakePlatform(Platform.SANDBOX, clock)
    platform.abilities = replace(platform.abilities, **(abilities or {}))
    platform.pace = pace
    parts = Parts(
        database=database,
        town=default_town(SIGNER, admins=admins),
        texts=load(folders, ZONE),
        signer=SIGNER,
        clock=clock,
        platforms=[platform],
        features=features,
        blobs=blobs or open_blobs(str(folder / "photos")),
        worker=worker or ImageWorker(),
    )
    engine = assemble(parts)
    await engine.prepare()
    if bound:
        async with database.write() as tx:
            await groups.bind(tx, platform.name, GROUP, clock.now())
    return Stage(engine, clock, platform, database)


def saying(feature: Feature, words: str) -> Any:
    """A handler that answers `words`."""

    async def say(event: Event, work: Work) -> Effects:
        assert isinstance(event, Incoming | Pressed)
        return [Outgoing(event.where, feature.text("said", words=words))]

    return say


class UncertainDatabase:
    """A database whose next commits of events really happen, but whose answer to them is lost. `by`: whose commits."""

    def __init__(self, inner: Database, times: int = 1, *, stores: bool = True, by: str = "Processor") -> None:
        self.inner = inner
        self.times = times
        self.stores = stores
        self.dialect = inner.dialect
        self.exclusive = inner.exclusive
        self.longest_hold_ms = 0.0
        self.restart = False
        self.by = by

    async def apply(self, body: Callable[[Tx], Coroutine[Any, Any, Any]]) -> Any:
        if self.times == 0 or self.by not in body.__qualname__:
            return await self.inner.apply(body)
        self.times -= 1
        if self.stores:
            await self.inner.apply(body)
        raise Unknown("the connection was lost at COMMIT", restart=self.restart)

    def write(self) -> Any:
        return self.inner.write()

    def read(self) -> Any:
        return self.inner.read()

    async def close(self) -> None:
        await self.inner.close()
