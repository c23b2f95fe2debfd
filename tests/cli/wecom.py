"""An installation connected to WeCom's loopback peers."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tests.cli.installation import Installation
from tests.wecom.api_peer import ApiPeer
from tests.wecom.bot_peer import BotPeer


def with_bot(house: Installation, bot: BotPeer, secret: str = "") -> None:
    """As `init` or a person writes it, with the address of the peer."""
    house.settings("wecom.aibot", bot_id=bot.bot_id, secret=secret or bot.secret, ws_url=bot.url)


def with_app(house: Installation, api: ApiPeer, **other: str | int) -> None:
    own = {"corp_id": api.corp_id, "agent_id": api.agent_id, "secret": api.secret, "api_base_url": api.url}
    house.settings("wecom.app", **(own | other))


@asynccontextmanager
async def running(house: Installation) -> AsyncGenerator[asyncio.subprocess.Process]:
    """The bot, from its being ready to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", cwd=house.folder, env=house.environment(),
        stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stderr is not None
    drained: asyncio.Task[bytes] | None = None
    try:
        async with asyncio.timeout(40):
            while b'"event": "ready"' not in (line := await process.stderr.readline()):
                assert line, "it ended before it was ready"
        drained = asyncio.create_task(process.stderr.read())
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        if drained is not None:
            await drained
