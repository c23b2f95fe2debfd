"""The loop over a Bot API that somebody else wrote, so that our own test server is not the only judge.

It refuses what it does not know: reactions (which must never matter), topics and preview options (left out here).
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from lo_bot_api_emulator import LoBotApiEmulator

from bot.chat.events import Platform
from bot.chat.platform import Raw
from bot.chat.wire import read_choices
from bot.domain.case import Case, CaseState
from bot.domain.people import Post, Rank, Role
from bot.domain.rulebook import AgencyId
from bot.engine.buttons import write_data
from bot.engine.engine import Engine
from bot.engine.imaging import ImageWorker
from bot.platforms.telegram import Api, TelegramPlatform
from storage import cases, groups, members
from storage.database import Database, open_database
from tests.fake import FakeClock, minutes, picture
from tests.telegram.town import SIGNER, engine_over
from tests.town import default_town

TOKEN = "1001:invented-for-the-emulator-00000000000"
GROUP, RIDER, CONTACT = -1001500, 2001, 3001


@dataclass
class Elsewhere:
    """A county on the other server."""

    peer: LoBotApiEmulator
    platform: TelegramPlatform
    engine: Engine
    clock: FakeClock
    database: Database
    messages: int = 100

    async def says(self, person: int, words: str, *, chat: int, photo: bytes | None = None, answers: int = 0) -> None:
        self.messages += 1
        kind = "private" if chat > 0 else "supergroup"
        message: dict[str, Any] = {
            "message_id": self.messages, "date": 1_795_400_000, "chat": {"id": chat, "type": kind, "title": "五大员工作群"},
            "from": {"id": person, "is_bot": False, "first_name": "赵铁林"},
        }  # fmt: skip
        if photo is None:
            message["text"] = words
        else:
            ref = f"photo-{self.messages}"
            self.peer.assets[ref] = {"filename": "a.jpg", "data": photo, "size": len(photo)}
            message |= {
                "caption": words,
                "photo": [{"file_id": ref, "file_unique_id": ref, "width": 320, "height": 240}],
            }
        if answers:
            message["reply_to_message"] = {"message_id": answers, "date": 1_795_400_000, "chat": message["chat"]}
        await self.peer.enqueue_update({"message": message}, token=TOKEN)
        await self.settle()

    async def presses(self, person: int, action: str) -> int:
        """Press the newest button of this action in the private chat; returns the message it stands under."""
        async with self.database.read() as tx:
            rows = await tx.all(
                "SELECT p.id, p.choices, o.message FROM prompts p JOIN outbox o ON o.id = p.outbox_id"
                " WHERE p.chat = :chat AND p.closed_at IS NULL ORDER BY p.id DESC",
                chat=str(person),
            )
        for row in rows:
            for index, choice in enumerate(read_choices(str(row["choices"]))):
                if choice.action == action:
                    data = write_data(SIGNER, int(str(row["id"])), index, "telegram", str(person))
                    await self._press(person, data, int(str(row["message"])))
                    return int(str(row["message"]))
        raise AssertionError(f"no button {action} for {person}")

    async def _press(self, person: int, data: str, message: int) -> None:
        self.messages += 1
        query = {
            "id": f"q{self.messages}", "from": {"id": person, "is_bot": False, "first_name": "陶春晖"}, "data": data,
            "chat_instance": "1", "message": {"message_id": message, "date": 1, "chat": {"id": person, "type": "private"}},
        }  # fmt: skip
        await self.peer.enqueue_update({"callback_query": query}, token=TOKEN)
        await self.settle()

    async def settle(self) -> None:
        for _ in range(8):
            await self.platform.look()
            await self.engine.drain()
            self.clock.move(self.clock.now() + minutes(0.1))

    async def case(self) -> Case:
        async with self.database.read() as tx:
            found = await cases.find_number(tx, 1)
        assert found is not None
        return found


@pytest.fixture
async def elsewhere(sqlite_url: str, tmp_path: Path, image_worker: ImageWorker) -> AsyncIterator[Elsewhere]:
    peer = LoBotApiEmulator()
    runner = web.AppRunner(peer.app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    database, clock = await open_database(sqlite_url, guarded=True), FakeClock()
    client = Api(TOKEN, base_url=f"{url}/bot", file_base_url=f"{url}/file/bot")
    platform = TelegramPlatform(client, clock, previews=False)
    engine = engine_over(platform, database, tmp_path, image_worker, clock, default_town(SIGNER))
    await engine.prepare()
    async with database.write() as tx:
        await groups.bind(tx, Platform.TELEGRAM, str(GROUP), clock.now())
        for account, name, post in (
            (RIDER, "赵铁林", Post(Role.RIDER)),
            (CONTACT, "陶春晖", Post(Role.CONTACT, AgencyId("housing"), Rank.A)),
        ):
            member = await members.insert(tx, name, clock.now())
            await members.add_account(tx, member, Platform.TELEGRAM, str(account), clock.now())
            await members.add_post(tx, member, post, clock.now())

    async def deliver(updates: Sequence[Raw]) -> None:
        await engine.intake.deliver(Platform.TELEGRAM, updates)

    await platform.begin(deliver)
    await engine.tick()
    yield Elsewhere(peer, platform, engine, clock, database)
    await client.close()
    await runner.cleanup()
    await database.close()


async def test_the_loop_passes_on_an_independent_server(elsewhere: Elsewhere) -> None:
    await elsewhere.says(RIDER, "上报 路上有个大坑，客运站公交站", chat=GROUP, photo=picture("pothole"))
    assert (await elsewhere.case()).state is CaseState.DISPATCHED
    card = await elsewhere.presses(CONTACT, "dispatch.accept")
    await elsewhere.says(CONTACT, "已修补", chat=CONTACT, photo=picture("mended"), answers=card)
    await elsewhere.presses(CONTACT, "handle.public")
    await elsewhere.presses(RIDER, "verify.mended")
    assert (await elsewhere.case()).state is CaseState.CLOSED

    done = Counter((request["method"], request["status"]) for request in elsewhere.peer.requests)
    refused = {method for method, status in done if status != 200}
    assert refused == {"setMessageReaction"}
    for method in (
        "sendMessage",
        "sendPhoto",
        "editMessageText",
        "editMessageCaption",
        "answerCallbackQuery",
        "getFile",
    ):
        assert done[method, 200], method
    async with elsewhere.database.read() as tx:
        kept = await tx.all("SELECT state FROM photos")
        unsent = await tx.all("SELECT state FROM outbox WHERE state NOT IN ('sent', 'replaced', 'dropped')")
    assert [row["state"] for row in kept] == ["stored", "stored"]
    assert unsent == []
