"""The sandbox in a real Chromium: it fits every screen, and the keyboard is enough."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, FilePayload, Page, Route, async_playwright, expect

from bot.chat.events import Address, Incoming, Platform, Position
from bot.chat.platform import Picture, Raw, Rendered, RenderedButton
from tests.web.conftest import GROUP, Sandbox, jpeg

CHROMIUM = Path("/usr/bin/chromium")
ZHOU = Address(Platform.SANDBOX, "zhou", private=True)
LONG = "一段很长的话没有空格" * 12 + "W" * 80

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists() and os.environ.get("CI") != "true", reason="no Chromium on this machine"),
]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        await started.close()


@pytest.fixture
def faults() -> list[str]:
    """What the page complained of: script errors and breaches of the content security policy."""
    return []


async def opened(browser: Browser, address: str, faults: list[str], width: int, height: int = 800) -> Page:
    phone = width < 700
    context = await browser.new_context(
        viewport={"width": width, "height": height}, is_mobile=phone, has_touch=phone, reduced_motion="reduce"
    )
    page = await context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if _is_fault(message) else None)
    await page.goto(address)
    return page


def _is_fault(message: ConsoleMessage) -> bool:
    """The end of the server cuts the stream of changes; that is no fault of the page."""
    return message.type == "error" and "ERR_INCOMPLETE_CHUNKED_ENCODING" not in message.text


async def conversation(sandbox: Sandbox) -> str:
    """Everything that can be wide: long words, pictures, buttons, a place, a quote. Returns the card's id."""
    picture = await sandbox.desk.keeps(jpeg())
    asked = await sandbox.desk.says(GROUP, "zhao", "赵师傅", LONG, pictures=[picture] * 4)
    await sandbox.desk.says(GROUP, "zhou", "周警官", "<b>粗</b>", position=Position(46.9, 130.4))
    buttons = tuple(RenderedButton("一个相当长的按钮名字", f"{n}", n // 3, "x") for n in range(6))
    await sandbox.desk.send(Rendered(GROUP, LONG, buttons, (Picture(jpeg(), "a.jpg"),) * 2, answers=asked))
    card = Rendered(ZHOU, "新事项 0127", (RenderedButton("接收", "accept", 0, "接收"),))
    return (await sandbox.desk.send(card)).message


async def told(sandbox: Sandbox) -> Sequence[object]:
    pending = await sandbox.rows.pending(100)
    return [sandbox.desk.read(Raw(event, chat, payload, at)) for event, chat, payload, at in pending]


@pytest.mark.parametrize("width", [360, 390, 768, 1440])
async def test_nothing_has_to_be_scrolled_sideways(
    sandbox: Sandbox, browser: Browser, faults: list[str], width: int
) -> None:
    await conversation(sandbox)
    async with sandbox.served() as address:
        page = await opened(browser, address, faults, width)
        await expect(page.locator("#column-group .message")).to_have_count(3)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        wide = "[...document.querySelectorAll('.messages')].filter(box => box.scrollWidth > box.clientWidth).length"
        assert await page.evaluate(wide) == 0
        for part in await page.locator("#column-group .row button, #column-group .composer button:visible").all():
            box = await part.bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert width >= 1100 or box["height"] >= 44
        await page.close()  # before the server ends: a page that renews itself would complain
    assert faults == []


async def test_the_keyboard_alone_writes_and_presses(sandbox: Sandbox, browser: Browser, faults: list[str]) -> None:
    await conversation(sandbox)
    already = len(await told(sandbox))
    async with sandbox.served() as address:
        page = await opened(browser, address, faults, 1440)
        field = page.locator("#composer-zhou textarea")
        await field.focus()
        await page.keyboard.type("在路上")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("十分钟到")
        await page.keyboard.press("Enter")
        await expect(page.locator("#column-zhou .message.mine .text")).to_have_text("在路上\n十分钟到")
        await expect(field).to_have_value("")
        await page.locator("#column-zhou .row button").focus()
        async with page.expect_response("**/sandbox/press"):
            await page.keyboard.press("Enter")
        await page.close()  # before the server ends: a page that renews itself would complain
    written, pressed = (await told(sandbox))[already:]
    assert isinstance(written, Incoming)
    assert (written.text, written.where) == ("在路上\n十分钟到", ZHOU)
    assert getattr(pressed, "data", None) == "accept"
    assert faults == []


async def test_a_press_is_not_lost_while_the_chat_is_being_renewed(
    sandbox: Sandbox, browser: Browser, faults: list[str]
) -> None:
    await conversation(sandbox)
    pressed = asyncio.Event()

    async def slowly(route: Route) -> None:
        await pressed.wait()
        await route.continue_()

    async with sandbox.served() as address:
        page = await opened(browser, address, faults, 1440)
        await page.route("**/sandbox/messages?*", slowly)
        async with page.expect_request("**/sandbox/messages?*"):
            await sandbox.desk.send(Rendered(ZHOU, "0127 还剩 2 小时"))
        async with page.expect_response("**/sandbox/press"):
            await page.locator("#column-zhou .row button").click()
        pressed.set()
        await expect(page.locator("#column-zhou .message.bot")).to_have_count(2)
        await page.close()  # before the server ends: a page that renews itself would complain
    assert getattr((await told(sandbox))[-1], "data", None) == "accept"
    assert faults == []


async def test_a_photo_a_sample_and_a_place_are_sent_from_a_phone(
    sandbox: Sandbox, browser: Browser, faults: list[str]
) -> None:
    async with sandbox.served() as address:
        page = await opened(browser, address, faults, 390)
        form = page.locator("#composer-group")
        await form.locator("[data-attach]").tap()
        photo: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
        await form.locator("[data-pick][multiple]").set_input_files(files=[photo])
        await form.locator("[data-attach]").tap()
        await form.locator("[data-opens=samples]").tap()
        await page.locator("[data-sample='0']").tap()
        await form.locator("[data-attach]").tap()
        await form.locator("[data-opens=place]").tap()
        await page.locator(".place-list button").first.tap()
        await expect(form.locator("[data-tray] li")).to_have_count(3)
        await form.locator(".send").tap()
        await expect(page.locator("#column-group .message.mine .picture")).to_have_count(2)
        await expect(form.locator("[data-tray] li")).to_have_count(0)
        await page.close()  # before the server ends: a page that renews itself would complain
    (event,) = await told(sandbox)
    assert isinstance(event, Incoming)
    assert (event.text, len(event.photos)) == ("上报 井盖坏了", 2)
    assert event.position
    assert faults == []


async def test_a_point_of_the_map_is_sent_as_its_position(
    sandbox: Sandbox, browser: Browser, faults: list[str]
) -> None:
    async with sandbox.served() as address:
        page = await opened(browser, address, faults, 1440, 900)
        form = page.locator("#composer-zhao")
        await form.locator("[data-attach]").click()
        await form.locator("[data-opens=place]").click()
        spot = page.locator("#map .spot").first
        name, lat = await spot.get_attribute("data-name"), float(await spot.get_attribute("data-lat") or 0)
        box = await spot.locator("circle.touch").bounding_box()
        assert box
        await page.evaluate("document.querySelectorAll('.spot').forEach((spot) => spot.remove())")
        await page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        await form.locator("textarea").press("Enter")
        await expect(page.locator("#column-zhao figcaption")).to_contain_text(name or "?")
        await page.close()  # before the server ends: a page that renews itself would complain
    (event,) = await told(sandbox)
    assert isinstance(event, Incoming)
    assert event.position
    assert event.position.lat == pytest.approx(lat, abs=0.0005)
    assert faults == []


async def test_what_the_bot_does_is_seen_at_once_and_unread_until_opened(
    sandbox: Sandbox, browser: Browser, faults: list[str]
) -> None:
    async with sandbox.served() as address:
        page = await opened(browser, address, faults, 390)
        sent = await sandbox.desk.send(Rendered(ZHOU, "新事项 0127"))
        await expect(page.locator("[data-tab=zhou] .badge")).to_have_text("1")
        await page.locator("[data-tab=zhou]").tap()
        await expect(page.locator("[data-tab=zhou] .badge")).to_have_count(0)
        await sandbox.desk.send(Rendered(ZHOU, "0127 已接收", edits=sent.message))
        await expect(page.locator("#column-zhou .text")).to_have_text("0127 已接收")
        await sandbox.desk.acknowledge(await sandbox.desk.presses(ZHOU, "zhou", "周警官", "1", "x"), None, alert=False)
        await page.close()  # before the server ends: a page that renews itself would complain
    assert faults == []


async def test_a_reply_quotes_and_another_person_can_speak_and_be_opened(
    sandbox: Sandbox, browser: Browser, faults: list[str]
) -> None:
    asked = await sandbox.desk.says(GROUP, "zhou", "周警官", "在哪里？")
    async with sandbox.served() as address:
        page = await opened(browser, f"{address}/?open=zhao", faults, 1440)
        await page.locator("#composer-group textarea").fill("写了一半")
        await page.locator(".speaker select").select_option("wang")
        await expect(page.locator("#column-group .message")).to_have_count(1)
        await expect(page.locator("#composer-group textarea")).to_have_value("写了一半")
        await page.locator("#column-group .message").hover()
        await page.locator(f"[data-reply='{asked}']").click()
        await page.locator("#composer-group textarea").press("Enter")
        await expect(page.locator("#column-group .quote")).to_contain_text("在哪里？")
        await page.locator(".entry[data-goes=zhou]").click()
        await expect(page.locator("#column-zhou")).to_be_visible()
        await page.close()  # before the server ends: a page that renews itself would complain
    event = (await told(sandbox))[-1]
    assert isinstance(event, Incoming)
    assert (event.sender, event.answers, event.text) == ("wang", asked, "写了一半")
    assert faults == []


async def test_a_reset_asks_first(sandbox: Sandbox, browser: Browser, faults: list[str]) -> None:
    async with sandbox.served() as address:
        page = await opened(browser, address, faults, 1440)
        await page.locator("[data-opens=reset]").click()
        await page.keyboard.press("Escape")
        await expect(page.locator("#reset")).to_be_hidden()
        assert sandbox.demo.resets == 0
        await page.locator("[data-opens=reset]").click()
        async with page.expect_response("**/sandbox/reset"):
            await page.locator("#reset .primary").click()
        await expect(page.locator("#reset")).to_be_hidden()
        await page.close()  # before the server ends: a page that renews itself would complain
    assert sandbox.demo.resets == 1
    assert faults == []
