"""Makes the pictures of the loop on Telegram: the engine plays it against a Bot API server on the loopback address.

Run by `make docs-pictures`; needs /usr/bin/chromium and Chinese fonts on the machine. The look of the phones is our
own; words, buttons and photos are those that went over the line.
"""

import asyncio
import io
import tempfile
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, select_autoescape
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from bot.engine.imaging import ImageWorker
from docs.make_pictures import HERE
from handlers import DRAWINGS
from storage.database import open_database
from storage.migrate import migrate
from tests.telegram.botapi import Message, Person
from tests.telegram.town import GROUP, TelegramTown, telegram_town
from tests.town import ZONE

PHOTOS: Final = Path(__file__).parents[1] / "bot" / "demo" / "photos"
RIDER: Final = "赵铁林"
CONTACT: Final = "陶春晖"
OTHER: Final = 2002
NAMES: Final = {2001: RIDER, OTHER: "魏小路", 3001: CONTACT}
TITLE: Final = "五大员工作群"


@dataclass(frozen=True)
class Phone:
    """What one person has in front of them at one moment. `me`: whose messages stand on the right; `chat`: all of it."""

    moment: str
    title: str
    me: int
    chat: Sequence[Message]
    first: int

    @property
    def messages(self) -> Sequence[Message]:
        """What is on the screen."""
        return [message for message in self.chat if message.id >= self.first]

    def quoted(self, message: Message) -> Message | None:
        """What it answers, be it further up."""
        return next((one for one in self.chat if one.id == message.reply_to), None)


Columns = Sequence[Sequence[Phone]]


def main() -> None:
    # The browser's own loop is in the way of ours, so first everything is played.
    group, contact = asyncio.run(_played())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        _photograph(browser, group, "telegram-group.png")
        _photograph(browser, contact, "telegram-contact.png")
        browser.close()


async def _played() -> tuple[Columns, Columns]:
    """The work group and the contact's private chat, as the case goes on."""
    with tempfile.TemporaryDirectory() as folder:
        database = await open_database(f"sqlite:///{folder}/wudayuan.db")
        worker = ImageWorker(drawings=DRAWINGS)
        try:
            await migrate(database)
            async with telegram_town(database, Path(folder), worker) as town:
                return await _loop(town)
        finally:
            await worker.close()
            await database.close()


async def _loop(town: TelegramTown) -> tuple[Columns, Columns]:
    rider, contact = await town.rider(name=RIDER), await town.contact("housing", name=CONTACT)
    other = await town.rider(OTHER, NAMES[OTHER])
    contact.starts()
    await town.settle()
    contact.presses("知道了")
    await town.settle()
    other.says("早，城南路在洗街，骑慢点", group=GROUP)
    report = rider.says("上报 路上有个大坑，客运站公交站", group=GROUP, photo=_photo("pothole-before"))
    await town.settle()
    reported, handed = _group(town, "1　刚上报", rider), _private(town, "1　收到卡片", contact)
    contact.presses("接收")
    await town.settle(hours=1.0)
    card = next(message for message in contact.sees() if message.photos)
    followed = _group(town, "2　有人接收，回执自己更新", rider, report.id + 1)
    accepted = _private(town, "2　点了接收", contact, card.id)
    result = contact.says("已填补压实，路面平了", photo=_photo("pothole-after"), reply_to=card)
    await town.settle()
    done = _private(town, "3　引用卡片交结果", contact, result.id)
    contact.presses("照片可公开")
    await town.settle(hours=0.2)
    rider.presses("已修好")
    await town.settle()
    closed = _group(town, "3　办结", rider, report.id)
    return ((reported, followed), (closed,)), ((handed,), (accepted, done))


def _group(town: TelegramTown, moment: str, rider: Person, first: int = 0) -> Phone:
    return Phone(moment, TITLE, rider.id, _shown(town, GROUP), first)


def _private(town: TelegramTown, moment: str, contact: Person, first: int = 0) -> Phone:
    return Phone(moment, "小五", contact.id, _shown(town, contact.id), first)


def _photo(name: str) -> bytes:
    return (PHOTOS / f"{name}.jpg").read_bytes()


def _shown(town: TelegramTown, chat: int) -> Sequence[Message]:
    """The chat as it stands now; later edits do not reach into it."""
    return [replace(message) for message in town.api.chats[chat] if not message.deleted]


def _photograph(browser: Browser, columns: Columns, name: str) -> None:
    made = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape())
    made.filters |= {"data": _data, "clock": _clock}
    page = browser.new_page(viewport={"width": 900, "height": 900}, device_scale_factor=2)
    page.set_content(made.get_template("telegram_phone.html").render(columns=columns, names=NAMES))
    page.wait_for_timeout(500)
    with Image.open(io.BytesIO(page.locator("main").screenshot())) as image:
        few = image.convert("RGB").quantize(96, method=Image.Quantize.FASTOCTREE)  # so the repository stays small
        few.save(HERE / name, optimize=True)
    page.close()


def _data(photo: bytes) -> str:
    kind = "png" if photo.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{b64encode(photo).decode()}"


def _clock(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC).astimezone(ZONE):%-H:%M}"


if __name__ == "__main__":
    main()
