"""The sandbox as a platform: what is shown, what is told to the bot, and that both survive a restart."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.events import Address, Incoming, Photo, Platform, Position, Pressed
from bot.chat.platform import FetchNever, File, NeverWill, Picture, PlatformAdapter, Raw, Rendered, RenderedButton
from bot.platforms.sandbox import SandboxPlatform, sniffed
from storage.database import Database
from storage.sandbox import PART_BYTES, SandboxRows
from storage.sandbox_reading import (
    SandboxFile,
    SandboxMessage,
    list_chats,
    list_messages,
    list_notices,
    list_quoted,
    see,
)

GROUP = Address(Platform.SANDBOX, "group", private=False)
ZHAO = Address(Platform.SANDBOX, "zhao", private=True)
JPEG = b"\xff\xd8\xff\xe0 a small picture"
BEGINNING = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    at: datetime = BEGINNING

    def now(self) -> datetime:
        return self.at


class Inbox:
    """The bot's side of `deliver`: takes what comes, or fails when told to."""

    def __init__(self) -> None:
        self.taken: list[Raw] = []
        self.fails = False
        self._came = asyncio.Event()

    async def deliver(self, updates: Sequence[Raw]) -> None:
        if self.fails:
            raise ConnectionError("the commit failed")
        self.taken += updates
        self._came.set()

    async def has(self, number: int) -> list[Raw]:
        while len(self.taken) < number:
            self._came.clear()
            await asyncio.wait_for(self._came.wait(), 10)
        return self.taken


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def rows(database: Database) -> SandboxRows:
    return SandboxRows(database)


@pytest.fixture
def desk(rows: SandboxRows, clock: FakeClock) -> SandboxPlatform:
    return SandboxPlatform(rows, clock)


@asynccontextmanager
async def running(desk: SandboxPlatform, inbox: Inbox) -> AsyncIterator[None]:
    task = asyncio.ensure_future(desk.run(inbox.deliver))
    yield
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


async def shown(database: Database, chat: str) -> Sequence[SandboxMessage]:
    async with database.read() as tx:
        return await list_messages(tx, chat, 50)


def test_it_is_a_platform(desk: SandboxPlatform) -> None:
    adapter: PlatformAdapter = desk
    assert adapter.name is Platform.SANDBOX
    assert adapter.abilities.photos == 9


async def test_what_a_person_writes_reaches_the_bot_as_an_event(desk: SandboxPlatform, clock: FakeClock) -> None:
    inbox = Inbox()
    picture = await desk.keeps(JPEG)
    async with running(desk, inbox):
        first = await desk.says(GROUP, "zhao", "赵师傅", "井盖坏了", pictures=[picture])
        clock.at += timedelta(minutes=1)
        second = await desk.says(ZHAO, "zhao", "赵师傅", answers=first, position=Position(46.9, 130.4))
        taken = await inbox.has(2)

    event = desk.read(taken[0])
    assert isinstance(event, Incoming)
    assert event.where == GROUP
    assert (event.sender, event.sender_name, event.text, event.message) == ("zhao", "赵师傅", "井盖坏了", first)
    assert event.photos == (Photo(f"upload:{picture}", len(JPEG), "photo"),)
    assert (event.at, event.position, event.answers) == (BEGINNING, None, None)
    event = desk.read(taken[1])
    assert isinstance(event, Incoming)
    assert event.where == ZHAO
    assert (event.message, event.answers, event.position) == (second, first, Position(46.9, 130.4))
    assert event.at == BEGINNING + timedelta(minutes=1)
    assert taken[0].event_id != taken[1].event_id
    assert (taken[0].lane, taken[1].lane) == ("group", "zhao")


async def test_reading_is_pure_and_refuses_what_it_cannot_read(desk: SandboxPlatform) -> None:
    inbox = Inbox()
    async with running(desk, inbox):
        await desk.says(ZHAO, "zhao", "赵师傅", "进度")
        raw = (await inbox.has(1))[0]
    assert desk.read(raw) == desk.read(raw)
    payload = json.loads(raw.payload)
    del payload["person"]
    for wrong in ("not JSON", "{}", json.dumps(payload)):
        with pytest.raises(ValueError):
            desk.read(Raw(raw.event_id, raw.lane, wrong, raw.at))


async def test_a_file_that_is_no_picture_is_told_as_a_file_and_an_unknown_one_is_refused(
    desk: SandboxPlatform, database: Database
) -> None:
    inbox = Inbox()
    file = await desk.keeps(b"\x00\x00\x00\x18ftypheic")
    async with running(desk, inbox):
        await desk.says(ZHAO, "zhao", "赵师傅", pictures=[file])
        with pytest.raises(FetchNever):
            await desk.says(ZHAO, "zhao", "赵师傅", pictures=["0000.jpeg"])
        event = desk.read((await inbox.has(1))[0])
    assert isinstance(event, Incoming)
    assert event.photos[0].kind == "file"
    assert len(await shown(database, "zhao")) == 1


async def test_a_press_is_answered_once_to_the_one_who_pressed(
    desk: SandboxPlatform, database: Database, clock: FakeClock
) -> None:
    inbox = Inbox()
    card = (await desk.send(Rendered(ZHAO, "0127", (RenderedButton("接收", "signed", 0, "接收"),)))).message
    async with running(desk, inbox):
        token = await desk.presses(ZHAO, "zhao", "赵师傅", card, "signed")
        event = desk.read((await inbox.has(1))[0])
    assert isinstance(event, Pressed)
    assert (event.where, event.sender, event.data, event.message, event.token) == (ZHAO, "zhao", "signed", card, token)

    clock.at += timedelta(seconds=1)
    await desk.acknowledge(token, "周警官 已接收", alert=True)
    async with database.read() as tx:
        reach, notices = await list_notices(tx, BEGINNING)
        assert [(one.person, one.text, one.alert) for one in notices] == [("zhao", "周警官 已接收", True)]
        assert (await list_notices(tx, reach))[1] == []
    with pytest.raises(NeverWill):
        await desk.acknowledge("unknown", "x", alert=False)


async def test_a_message_is_shown_changed_and_marked(
    desk: SandboxPlatform, database: Database, clock: FakeClock
) -> None:
    asked = await desk.says(GROUP, "zhao", "赵师傅", "井盖坏了")
    sent = await desk.send(
        Rendered(GROUP, "已收到", (RenderedButton("撤回", "d", 1, "撤回"),), (Picture(JPEG, "a.jpg"),), answers=asked)
    )
    clock.at += timedelta(minutes=2)
    assert await desk.send(Rendered(GROUP, "办理中", edits=sent.message)) == sent
    await desk.react(GROUP, asked, "👀")

    question, receipt = await shown(database, "group")
    assert (question.reaction, question.edited_at, question.sender) == ("👀", None, "zhao")
    assert (receipt.text, receipt.buttons, receipt.sender) == ("办理中", (), None)
    assert receipt.pictures == (await desk.keeps(JPEG),)
    assert (receipt.answers, receipt.at, receipt.edited_at) == (question.id, BEGINNING, clock.at)
    async with database.read() as tx:
        assert list(await list_quoted(tx, "group", 50)) == [question.id]


@pytest.mark.parametrize("message", ["1", "99", "", "x"])
async def test_only_a_message_of_the_bot_in_this_chat_can_be_changed(
    desk: SandboxPlatform, database: Database, message: str
) -> None:
    await desk.says(GROUP, "zhao", "赵师傅", "井盖坏了")
    with pytest.raises(NeverWill):
        await desk.send(Rendered(GROUP, "forged", edits=message))
    with pytest.raises(NeverWill):
        await desk.react(ZHAO, message, "👀")
    assert [one.text for one in await shown(database, "group")] == ["井盖坏了"]


async def test_what_could_not_be_delivered_is_delivered_by_the_next_run(
    desk: SandboxPlatform, rows: SandboxRows, clock: FakeClock
) -> None:
    inbox = Inbox()
    inbox.fails = True
    await desk.says(GROUP, "zhao", "赵师傅", "井盖坏了")
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(desk.run(inbox.deliver), 10)

    inbox.fails = False
    after_restart = SandboxPlatform(SandboxRows(rows.database), clock)
    async with running(after_restart, inbox):
        assert len(await inbox.has(1)) == 1
        await after_restart.says(GROUP, "zhao", "赵师傅", "还有一个")
        taken = await inbox.has(2)
    assert [json.loads(raw.payload)["text"] for raw in taken] == ["井盖坏了", "还有一个"]


async def test_messages_and_pictures_survive_a_restart(
    desk: SandboxPlatform, database: Database, clock: FakeClock
) -> None:
    picture = await desk.keeps(JPEG)
    await desk.says(GROUP, "zhao", "赵师傅", "井盖坏了", pictures=[picture])
    again = SandboxPlatform(SandboxRows(database), clock)
    assert await again.fetch(f"upload:{picture}", 1000) == JPEG
    assert [message.pictures for message in await shown(database, "group")] == [(picture,)]


async def test_a_large_picture_comes_back_whole_and_stays_within_the_limit(desk: SandboxPlatform) -> None:
    data = JPEG + bytes(range(256)) * (PART_BYTES // 100)
    picture = await desk.keeps(data)
    assert await desk.keeps(data) == picture
    assert await desk.fetch(f"upload:{picture}", len(data)) == data
    for ref, most in ((f"upload:{picture}", len(data) - 1), ("upload:unknown", 10)):
        with pytest.raises(FetchNever):
            await desk.fetch(ref, most)


async def test_a_file_of_the_bot_stands_beside_the_pictures_with_its_name(
    desk: SandboxPlatform, rows: SandboxRows, database: Database
) -> None:
    sheet = File(b"PK a spreadsheet", "周报.xlsx", "application/x-sheet")
    await desk.send(Rendered(ZHAO, "本周", pictures=(Picture(JPEG, "week.jpg"),), files=(sheet,)))
    (message,) = await shown(database, "zhao")
    (file,) = message.files
    assert message.pictures == (await desk.keeps(JPEG),)
    assert file == SandboxFile(file.upload, "周报.xlsx", len(sheet.data))
    assert await rows.upload(file.upload) == ("application/x-sheet", len(sheet.data))
    assert b"".join([part async for part in rows.parts(file.upload)]) == sheet.data


async def test_unread_counts_the_bots_messages_until_they_were_looked_at(
    desk: SandboxPlatform, database: Database
) -> None:
    await desk.says(ZHAO, "zhao", "赵师傅", "进度")
    await desk.send(Rendered(ZHAO, "一"))
    last = await desk.send(Rendered(ZHAO, "二"))
    async with database.write() as tx:
        before = (await list_chats(tx))["zhao"]
        assert await see(tx, "zhao", int(last.message))
        assert not await see(tx, "zhao", int(last.message) - 1)
        after = (await list_chats(tx))["zhao"]
    assert (before.unread, before.last.text, after.unread) == (2, "二", 0)


async def test_who_watches_hears_which_chats_changed(desk: SandboxPlatform, rows: SandboxRows) -> None:
    seen = rows.changes
    watching = asyncio.ensure_future(rows.changed_after(seen))
    await asyncio.sleep(0)
    assert not watching.done()
    await desk.says(GROUP, "zhao", "赵师傅", "早")
    assert await asyncio.wait_for(watching, 10) == (rows.changes, {"group"})


async def test_clearing_leaves_nothing(desk: SandboxPlatform, rows: SandboxRows, database: Database) -> None:
    picture = await desk.keeps(JPEG)
    await desk.says(GROUP, "zhao", "赵师傅", "井盖坏了", pictures=[picture])
    await rows.clear()
    assert await shown(database, "group") == []
    assert await rows.pending(10) == []
    assert await rows.upload(picture) is None


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (JPEG, "image/jpeg"),
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"RIFF1234WEBPrest", "image/webp"),
        (b"<svg onload='x'>", ""),
        (b"RIFF1234WAVE", ""),
        (b"", ""),
    ],
)
def test_a_picture_is_known_by_its_first_bytes(data: bytes, kind: str) -> None:
    assert sniffed(data) == kind
