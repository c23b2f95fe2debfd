"""A sandbox with three people on a fresh database, its pages, and a browser's manners."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette

import bot.county
from bot.chat.events import Address, Platform
from bot.platforms.sandbox import SandboxPlatform
from bot.web.county_map import CountyMap, draw_map
from bot.web.sandbox import SandboxPages
from bot.web.sandbox_view import Sample, SandboxPerson, SandboxScene
from bot.web.server import make_app, serve
from storage.database import Database, open_database
from storage.sandbox import SandboxRows

GROUP = Address(Platform.SANDBOX, "group", private=False)
ORIGIN = "http://127.0.0.1"


def jpeg(colour: str = "orange") -> bytes:
    """A small real JPEG."""
    held = BytesIO()
    Image.new("RGB", (64, 48), colour).save(held, "JPEG")
    return held.getvalue()


@dataclass
class FakeDemo:
    """The demo's clock, which remembers what it was asked for."""

    at: datetime = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    leaps: list[timedelta] = field(default_factory=list)
    resets: int = 0
    mornings: int = 0
    month_ends: int = 0

    def now(self) -> datetime:
        return self.at

    async def fast_forward(self, length: timedelta) -> None:
        self.leaps.append(length)
        self.at += length

    async def until_morning(self) -> None:
        self.mornings += 1

    async def until_month_end(self) -> None:
        self.month_ends += 1

    async def reset(self) -> None:
        self.resets += 1


@dataclass
class Sandbox:
    """Everything a test needs of it."""

    app: Starlette
    desk: SandboxPlatform
    rows: SandboxRows
    demo: FakeDemo
    database: Database

    def browser(self) -> httpx.AsyncClient:
        """A client at the usual address that has not loaded the page."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=ORIGIN)

    @asynccontextmanager
    async def page(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client that has loaded the page: it sends what the page's script sends."""
        async with self.browser() as client:
            text = (await client.get("/")).text
            found = re.search(r'data-token="([^"]+)"', text)
            assert found
            client.headers.update({"X-CSRF-Token": found[1], "Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"})
            yield client

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """The address of a real server in this loop."""
        ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        serving = asyncio.ensure_future(serve(self.app, "127.0.0.1", 0, lambda _host, port: ready.set_result(port)))
        try:
            yield f"http://127.0.0.1:{await asyncio.wait_for(ready, 10)}"
        finally:
            serving.cancel()
            await asyncio.wait({serving})


@pytest.fixture(scope="session")
def county_map() -> CountyMap:
    return draw_map(bot.county.load())


@pytest.fixture
async def sandbox(sqlite_url: str, tmp_path: Path, county_map: CountyMap) -> AsyncIterator[Sandbox]:
    database = await open_database(sqlite_url, guarded=True)
    rows, demo = SandboxRows(database), FakeDemo()
    desk = SandboxPlatform(rows, demo)
    (tmp_path / "sample.jpg").write_bytes(jpeg("blue"))
    sample = Sample("manhole", tmp_path / "sample.jpg", {"zh-CN": "井盖", "en": "Manhole"}, "上报 井盖坏了")
    people = (
        SandboxPerson("zhao", "赵师傅", "rider", "#c2571a"),
        SandboxPerson("zhou", "周警官", "contact", "#1d4ed8", "交警大队"),
        SandboxPerson("wang", "王主任", "admin", "#475569"),
    )
    scene = SandboxScene(
        county="松岭县",
        bot="小五",
        group_chat="group",
        group_name="工作群",
        zone=ZoneInfo("Asia/Shanghai"),
        people=people,
        opening=("zhao", "zhou", "wang"),
        samples=(sample,),
        map=county_map,
        tries=(sample, replace(sample, caption="上报 路灯不亮")),
    )

    async def health() -> tuple[bool, dict[str, object]]:
        return True, {"database": "ok"}

    async def metrics() -> bytes:
        return b"wudayuan_up 1\n"

    app = make_app(health=health, metrics=metrics, sandbox=SandboxPages(scene, rows, desk, demo).app())
    yield Sandbox(app, desk, rows, demo, database)
    await database.close()
