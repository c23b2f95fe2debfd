"""WeCom's own client takes our server for WeCom's: so what our connection is tested against speaks the real protocol."""

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.wecom.bot_peer import BotPeer

SCRIPT = Path(__file__).parent / "sdk" / "official_bot.cjs"


@pytest.fixture
async def peer() -> AsyncIterator[BotPeer]:
    """A server to which the official client has logged in. CI installs the client outside the repository."""
    program, modules = shutil.which("node"), os.environ.get("WDY_TEST_NODE_MODULES", "")
    if program is None or not (Path(modules) / "@wecom" / "aibot-node-sdk").is_dir():
        reason = "needs node, and @wecom/aibot-node-sdk in the folder named by WDY_TEST_NODE_MODULES"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    async with BotPeer() as made:
        where = {"WDY_URL": made.url, "WDY_BOT": made.bot_id, "WDY_SECRET": made.secret, "NODE_PATH": modules}
        process = await asyncio.create_subprocess_exec(
            program, SCRIPT, env={"PATH": os.environ["PATH"], **where}, stderr=asyncio.subprocess.PIPE
        )
        assert process.stderr is not None
        complaints = asyncio.create_task(process.stderr.read())
        try:
            await made.until(lambda: made.live, timeout_s=30)
            yield made
        finally:
            process.kill()
            await process.wait()
        assert await complaints == b""


async def test_it_logs_in_and_repeats_a_text(peer: BotPeer) -> None:
    peer.says("zhangsan", "红旗街18号井盖缺失", group="wrAAA")
    shown = await peer.until(lambda: peer.last("wrAAA"))
    assert (shown.via, shown.text) == ("reply", "@五大员 红旗街18号井盖缺失")
    assert peer.logins == [0]


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("size", [20, 32, 300_001])
async def test_it_deciphers_pictures(peer: BotPeer, size: int, padded: bool) -> None:
    peer.padded = padded
    data = os.urandom(size)
    peer.says("zhangsan", images=[data])
    peer.says("zhangsan", "看这里", group="wrAAA", images=[data])
    for chat in ("zhangsan", "wrAAA"):
        shown = await peer.until(lambda chat=chat: peer.last(chat))
        assert shown.text == hashlib.sha256(data).hexdigest()


async def test_it_welcomes_uploads_and_pushes(peer: BotPeer) -> None:
    peer.enters("lisi")
    await peer.until(lambda: peer.seen("lisi"))
    peer.says("lisi", "file")
    await peer.until(lambda: len(peer.seen("lisi")) == 3)
    welcome, reply, file = peer.seen("lisi")
    assert (welcome.via, welcome.text, reply.text) == ("welcome", "welcome", "file")
    assert (file.via, file.name, len(file.data)) == ("push", "made.bin", 3 * 512 * 1024 + 7)


async def test_it_changes_the_card_whose_button_was_pressed(peer: BotPeer) -> None:
    peer.says("lisi", "绑定")
    await peer.until(lambda: peer.seen("lisi"))
    card = peer.show_card("lisi", "case-42-r1", "accept:42")
    peer.press("lisi", card, "accept:42")
    await peer.until(lambda: card.updates == 1)
    assert card.card is not None
    assert card.card["main_title"] == {"title": "accept:42"}


async def test_it_pings_comes_back_and_gives_way(peer: BotPeer) -> None:
    await peer.until(lambda: len(peer.asked("ping")) >= 2)
    await peer.drop(1001)
    await peer.until(lambda: peer.live)
    peer.send("not \x01 a frame")
    peer.says("zhangsan", "还在")
    await peer.until(lambda: peer.last("zhangsan"))
    pings = len(peer.asked("ping"))
    await peer.until(lambda: len(peer.asked("ping")) > pings)  # by then its reply is confirmed
    peer.kick()
    await peer.until(lambda: peer.connections == 0)
    await asyncio.sleep(0.3)
    assert peer.opened == 2
