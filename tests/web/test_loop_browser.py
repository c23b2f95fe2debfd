"""The whole loop as a newcomer plays it: the real demo in its own process, the page in a real Chromium."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

CHROMIUM = Path("/usr/bin/chromium")
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
RIDER, CONTACT, GROUP = "rider-1", "contact-1", "work-group"
PATIENCE_MS = 15_000
SIDEWAYS = """() => [document.scrollingElement, ...document.querySelectorAll(".messages, .column, dialog[open]")]
    .filter((part) => part.scrollWidth > part.clientWidth + 1).map((part) => part.id || part.tagName)"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists() and os.environ.get("CI") != "true", reason="no Chromium on this machine"),
]


@dataclass
class Visit:
    """One page on one screen, what it complained of, and where its pictures go."""

    page: Page
    phone: bool
    folder: Path
    faults: list[str] = field(default_factory=list)

    def watch(self, address: str) -> None:
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on(
            "console", lambda told: self.faults.append(told.text) if told.type in ("error", "warning") else None
        )
        self.page.on(
            "response", lambda got: self.faults.append(f"{got.status} {got.url}") if got.status >= 400 else None
        )
        self.page.on("request", lambda asked: None if _own(asked.url, address) else self.faults.append(asked.url))

    async def chat(self, name: str) -> Locator:
        """The chat, brought into view as a person does: from the list if it is not open, on a phone by its tab."""
        column = self.page.locator(f"#column-{name}")
        if not await column.count():
            if self.phone:
                await self.page.locator(".tabs [data-toggles=rail]").tap()
            await self.page.locator(f".entry[data-goes={name}]").click()
        elif self.phone:
            await self.page.locator(f"[data-tab={name}]").tap()
        if self.phone:
            await expect(self.page.locator(f"[data-tab={name}]")).to_have_attribute("aria-current", "true")
        await expect(column).to_be_in_viewport(ratio=0.9)
        return column

    async def sample(self, column: Locator, title: str) -> None:
        await column.locator("[data-attach]").click()
        await column.locator("[data-opens=samples]").click()
        await self.page.locator("#samples [data-sample]", has_text=title).click()
        await expect(column.locator("[data-tray] li")).to_have_count(1)

    async def says(self, column: Locator, words: str) -> None:
        await column.locator("textarea").fill(words)
        await column.locator(".send").click()
        await expect(column.locator(".message.mine").last).to_contain_text(words)

    async def presses(self, column: Locator, label: str) -> None:
        await column.locator(".row button", has_text=re.compile(f"^{label}$")).last.click()

    async def picture(self, name: str) -> None:
        path = self.folder / f"{name}.png"
        await self.page.screenshot(path=path, caret="initial")  # hiding it would be an inline style

    async def fits(self) -> None:
        assert await self.page.evaluate(SIDEWAYS) == []


def _own(url: str, address: str) -> bool:
    return url.startswith((address, "blob:", "data:"))


@contextmanager
def demo(folder: Path) -> Iterator[str]:
    """The address of a demo of its own."""
    with (folder / "demo.log").open("wb") as log:
        bot = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo", "--port", "0", "--dir", str(folder / "demo")],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert bot.stdout
            found = next((seen for line in bot.stdout if (seen := ADDRESS.search(line))), None)
            assert found, (folder / "demo.log").read_text("utf-8")
            yield found[0]
        finally:
            bot.send_signal(signal.SIGTERM)
            bot.communicate(timeout=20)
    assert bot.returncode == 0


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with demo(tmp_path) as found:
        yield found


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("WDY_SCREENSHOTS") or tmp_path / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        await started.close()


async def visit(browser: Browser, address: str, pictures: Path, width: int, height: int) -> Visit:
    phone = width < 700
    context = await browser.new_context(
        viewport={"width": width, "height": height}, is_mobile=phone, has_touch=phone, reduced_motion="reduce"
    )
    seen = Visit(await context.new_page(), phone, pictures)
    seen.watch(address)
    await seen.page.goto(address)
    return seen


async def reports(seen: Visit) -> str:
    """赵铁林 sends a sample photo and words to the group; returns the number of the case."""
    group = await seen.chat(GROUP)
    await seen.sample(group, "垃圾桶满溢")
    await seen.says(group, "垃圾桶满了，客运站东门")
    receipt = group.locator(".message.bot .text", has_text="已收到，编号")
    await expect(receipt).to_have_count(1)
    await expect(receipt).to_contain_text("城管局")
    number = re.search(r"编号 (\d{4,})", await receipt.inner_text())
    assert number
    return number[1]


async def acts(seen: Visit, number: str) -> None:
    """丁佩兰 accepts, replies to the card with photo and words, and lets the group see the photos."""
    contact = await seen.chat(CONTACT)
    card = contact.locator(".message.bot", has_text=f"新事项 {number}")
    await expect(card.locator(".picture img")).to_be_visible()
    await seen.presses(contact, "接收")
    accepted = contact.locator(".message.bot", has_text="请直接回复本条").last
    await expect(accepted).to_contain_text(number)
    await accepted.hover()
    await accepted.locator("[data-reply]").click()
    await expect(contact.locator("[data-replying]")).to_contain_text(number)
    await seen.sample(contact, "垃圾已清运")
    await seen.says(contact, "垃圾已清运，加派一趟车")
    await expect(contact.locator(".message.mine .quote")).to_contain_text(number)
    await expect(contact.locator(".message.bot", has_text="已登记，谢谢")).to_be_visible()
    await seen.presses(contact, "照片可公开")
    await expect(seen.page.locator("#toasts")).to_contain_text("照片可以公开了")


async def closes(seen: Visit, number: str) -> None:
    """The rider says it is mended; the group sees before and after in one drawn picture."""
    rider = await seen.chat(RIDER)
    await expect(rider.locator(".message.bot", has_text=f"{number} ").last).to_contain_text("垃圾已清运，加派一趟车")
    await seen.picture("asked-" + _screen(seen))
    await seen.presses(rider, "已修好")
    await expect(rider.locator(".message.bot", has_text=f"{number} 办结了")).to_have_count(1)
    group = await seen.chat(GROUP)
    closing = group.locator(".message.bot", has_text=f"✅ {number} 已办结")
    await expect(closing).to_have_count(1)
    image = closing.locator(".picture img")
    await expect(image).to_be_in_viewport()
    await expect(image).to_have_js_property("complete", True)
    assert await image.evaluate("image => image.naturalWidth") >= 800
    await expect(closing).to_contain_text("垃圾已清运，加派一趟车")


def _screen(seen: Visit) -> str:
    return "phone" if seen.phone else "wide"


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
async def test_a_report_becomes_a_closed_case(
    address: str, browser: Browser, pictures: Path, width: int, height: int
) -> None:
    seen = await visit(browser, address, pictures, width, height)
    await seen.picture("start-" + _screen(seen))
    number = await reports(seen)
    await seen.picture("receipt-" + _screen(seen))
    await seen.fits()
    await acts(seen, number)
    await seen.picture("acted-" + _screen(seen))
    await seen.fits()
    await closes(seen, number)
    await seen.picture("closed-" + _screen(seen))
    await seen.fits()
    await seen.says(await seen.chat(RIDER), f"进度 {number}")
    await expect(seen.page.locator(f"#column-{RIDER} .message.bot").last).to_contain_text("已办结")
    assert seen.faults == []


async def test_the_clock_the_languages_the_keyboard_and_a_new_beginning(
    address: str, browser: Browser, pictures: Path
) -> None:
    seen = await visit(browser, address, pictures, 1440, 900)
    page, field = seen.page, seen.page.locator(f"#composer-{RIDER} textarea")
    await field.focus()
    await page.keyboard.type("帮助")
    await page.keyboard.press("Enter")
    help_text = page.locator(f"#column-{RIDER} .message.bot", has_text="就是上报")
    await expect(help_text).to_have_count(1)
    await expect(field).to_be_focused()
    await expect(field).to_have_value("")
    await page.locator(f"#column-{RIDER} .row button").first.focus()
    async with page.expect_response("**/sandbox/press") as pressed:
        await page.keyboard.press("Enter")
    assert (await pressed.value).ok
    await leaps_an_hour(page)
    await speaks_english(page)
    await seen.picture("english-wide")
    await seen.fits()
    await begins_anew(page)
    assert seen.faults == []


async def leaps_an_hour(page: Page) -> None:
    shown = page.locator("#clock b")
    before = datetime.combine(date.min, time.fromisoformat(await shown.inner_text()))
    await page.get_by_role("button", name="快进 1 小时").click()
    later = [f"{before + timedelta(minutes=minutes):%H:%M}" for minutes in (60, 61, 62)]  # time goes on besides
    await expect(shown).to_have_text(re.compile("|".join(later)))


async def speaks_english(page: Page) -> None:
    await page.get_by_role("button", name="English").click()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.get_by_role("button", name="Reset")).to_be_visible()
    await expect(page.locator("header.top, .hint, .rail-head")).not_to_contain_text(["重置", "骑手", "消息"])


async def begins_anew(page: Page) -> None:
    """Reset empties every chat, after it has asked."""
    await expect(page.locator(".message")).not_to_have_count(0)
    await page.get_by_role("button", name="Reset").click()
    async with page.expect_response("**/sandbox/reset") as answered:
        await page.locator("#reset .primary").click()
    assert (await answered.value).ok
    await expect(page.locator(".message")).to_have_count(0)
    await expect(page.locator("#reset")).to_be_hidden()
