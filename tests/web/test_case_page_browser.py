"""The page of a case in a real Chromium: on a phone and at a desk, by finger, by keyboard, without a word of complaint."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, FilePayload, Page, async_playwright, expect

from bot.demo import __file__ as demo_file
from bot.domain.case import CaseState
from bot.engine.case_link import write_token
from bot.engine.imaging import ImageWorker
from bot.web.server import serve
from storage.blobs import open_blobs
from storage.database import open_database
from tests.fake import picture
from tests.features.acting import POTHOLE
from tests.town import Person, TestTown, default_town
from tests.web.case_town import SIGNER, case_app

CHROMIUM = Path("/usr/bin/chromium")
SAMPLES = Path(demo_file).with_name("photos")
SIZES = [(390, 844), (1280, 800)]
AT = (46.90771, 130.41605)

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
async def linked(sqlite_url: str, tmp_path: Path, image_worker: ImageWorker) -> AsyncIterator[TestTown]:
    """A county whose messages carry links; the address is known once the server runs."""
    database = await open_database(sqlite_url, guarded=True)
    blobs = open_blobs(str(tmp_path / "photos"))
    yield await TestTown.open(database, blobs, image_worker, town=default_town(SIGNER))
    await database.close()


@asynccontextmanager
async def opened(
    town: TestTown, browser: Browser, person: Person, size: tuple[int, int], *, script: bool = True
) -> AsyncIterator[Page]:
    """The page of case 1 for a person, in a browser of its own; afterwards it has complained of nothing."""
    faults: list[str] = []
    case = await town.case(1)
    async with served(town) as address:
        phone = size[0] < 700
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            is_mobile=phone,
            has_touch=phone,
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        page = await context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if _is_fault(message) else None)
        await page.goto(f"{address}/case/{write_token(SIGNER, case.id, person.id)}")
        yield page
        await context.close()
    assert faults == []


def _is_fault(message: ConsoleMessage) -> bool:
    """That a refusal was answered is no fault of the page."""
    return message.type in ("error", "warning") and "the server responded with a status of 4" not in message.text


@asynccontextmanager
async def served(town: TestTown) -> AsyncIterator[str]:
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    app = case_app(town, address, 20_000_000)
    serving = asyncio.ensure_future(serve(app, "127.0.0.1", port, lambda _host, at: ready.set_result(at)))
    try:
        await asyncio.wait_for(ready, 10)
        yield address
    finally:
        serving.cancel()
        await asyncio.wait({serving})


def _free_port() -> int:
    """The address is part of what the page is made of, so it is chosen before."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def sample(name: str) -> FilePayload:
    return {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": (SAMPLES / f"{name}.jpg").read_bytes()}


async def at_work(town: TestTown, photos: int = 1) -> tuple[Person, Person]:
    """Rider and contact of case 1, which has these many photos and a position."""
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photos=tuple(f"{n}.jpg" for n in range(photos)), at=AT)
    await contact.presses("接收")
    return rider, contact


async def shoot(page: Page, name: str) -> None:
    """Keep a picture of the page where somebody asked for it."""
    if folder := os.environ.get("WDY_SHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("size", SIZES, ids=["phone", "desk"])
async def test_a_contact_looks_uploads_and_sees_it_go_on(
    linked: TestTown, browser: Browser, size: tuple[int, int]
) -> None:
    _, contact = await at_work(linked, photos=3)
    async with opened(linked, browser, contact, size) as page:
        await expect(page.locator("#photos .photo img")).to_have_count(3)
        await expect(page.locator("#steps li")).to_have_count(3)
        await page.wait_for_function("[...document.images].every((one) => one.complete && one.naturalWidth > 0)")
        await shoot(page, f"contact-{size[0]}")
        await page.locator("[data-pick]").set_input_files(files=[sample("pothole-after")])
        await expect(page.locator("[data-previews] img")).to_have_count(1)
        await page.get_by_label("一句话说明").fill("已填平压实")
        await shoot(page, f"chosen-{size[0]}")
        await page.get_by_role("button", name="提交").click()
        await page.wait_for_url("**?sent=*")
        await linked.settle()
        await expect(page.locator(".notice")).to_contain_text("已登记")
        await expect(page.locator("#steps li")).to_have_count(4)
        await expect(page.locator("#photos .photo img")).to_have_count(4)
        await expect(page.locator("#result h2")).to_have_text("补照片")
        await shoot(page, f"sent-{size[0]}")
    case = await linked.case(1)
    assert (case.state, case.repair_note) == (CaseState.VERIFYING, "已填平压实")
    assert contact.hears("handle.booked", number="0001")


@pytest.mark.parametrize("size", SIZES, ids=["phone", "desk"])
async def test_it_fits_and_every_target_is_large_enough(
    linked: TestTown, browser: Browser, size: tuple[int, int]
) -> None:
    rider = await linked.rider("赵强")
    await rider.says("路灯不亮" + "一段没有空格的话" * 12, photos=("1.jpg", "2.jpg"))
    async with opened(linked, browser, rider, size) as page:
        assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
        targets = page.locator("a, button, select, textarea, .pick")
        assert await targets.count() >= 4
        for target in await targets.all():
            box = await target.bounding_box()
            assert box
            assert min(box["width"], box["height"]) >= 44
        await shoot(page, f"reporter-{size[0]}")


async def test_a_finger_marks_the_place_on_the_map(linked: TestTown, browser: Browser) -> None:
    rider = await linked.rider("赵强")
    await linked.contact("housing", "刘工")
    await rider.says("路灯不亮", photo="lamp.jpg")
    async with opened(linked, browser, rider, SIZES[0]) as page:
        box = page.locator("[data-map-box]")
        await box.scroll_into_view_if_needed()
        await page.locator("[data-map]").tap(position={"x": 410, "y": 300})
        await expect(page.locator("[data-chosen]")).to_have_text("已在地图上标出。")
        await shoot(page, "marked")
        lat, lon = [float(await page.locator(f"input[data-{name}]").input_value()) for name in ("lat", "lon")]
        await page.get_by_role("button", name="就是这里").tap()
        await page.wait_for_url("**?sent=*")
        await linked.settle()
        await expect(page.locator(".state b")).to_have_text("已转办")
    case = await linked.case(1)
    assert (case.lat, case.lon) == (pytest.approx(lat, abs=1e-6), pytest.approx(lon, abs=1e-6))


async def test_the_keyboard_alone_marks_the_place_and_uploads(linked: TestTown, browser: Browser) -> None:
    rider = await linked.rider("赵强")
    contact = await linked.contact("housing", "刘工")
    await rider.says("路灯不亮", photo="lamp.jpg")
    async with opened(linked, browser, rider, SIZES[1]) as page:
        await page.get_by_label("选一个地方").focus()
        await page.keyboard.press("ArrowDown")
        place = await page.locator("[data-spot] option").nth(1).inner_text()
        await expect(page.locator("[data-chosen]")).to_have_text(place)
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**?sent=*")
    await linked.settle()
    assert (await linked.case(1)).place == place
    async with opened(linked, browser, contact, SIZES[1]) as page:
        await page.locator("[data-pick]").focus()
        width = "getComputedStyle(document.querySelector('.pick-face')).outlineWidth"
        assert await page.evaluate(width) == "3px"
        photo: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture("after")}
        await page.locator("[data-pick]").set_input_files(files=[photo])
        await page.keyboard.press("Tab")
        await page.keyboard.type("已修好")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**?sent=*")
    await linked.settle()
    assert (await linked.case(1)).repair_note == "已修好"


async def test_what_is_wrong_is_said_at_the_form_and_nothing_is_lost(linked: TestTown, browser: Browser) -> None:
    _, contact = await at_work(linked)
    async with opened(linked, browser, contact, SIZES[0]) as page:
        large: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff" + b"\0" * 20_000_000}
        await page.locator("[data-pick]").set_input_files(files=[large])
        await expect(page.locator("#result [data-alert]")).to_contain_text("照片超过 20 MB，没有提交。")
        odd: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture at all"}
        await page.locator("[data-pick]").set_input_files(files=[odd])
        await page.get_by_label("一句话说明").fill("已填平")
        await page.get_by_role("button", name="提交").tap()
        await expect(page.locator("#result [data-alert]")).to_contain_text("这个文件不是能打开的照片")
        await expect(page.get_by_label("一句话说明")).to_have_value("已填平")
        await shoot(page, "refused")


async def test_a_browser_without_script_can_do_it_all(linked: TestTown, browser: Browser) -> None:
    _, contact = await at_work(linked)
    async with opened(linked, browser, contact, SIZES[1], script=False) as page:
        await page.locator("[data-pick]").set_input_files(files=[sample("pothole-after")])
        await page.locator("textarea").fill("已填平")
        await page.get_by_role("button", name="提交").click()
        await page.wait_for_url("**?sent=*")
    await linked.settle()
    assert (await linked.case(1)).state is CaseState.VERIFYING


async def test_a_closed_page_says_so(linked: TestTown, browser: Browser) -> None:
    rider, _ = await at_work(linked)
    stranger = await linked.rider("孙丽")
    async with opened(linked, browser, stranger, SIZES[0]) as page:
        await expect(page.locator("h1")).to_have_text("这件事已不在您这里，这一页已关闭。")
        await shoot(page, "closed")
    assert rider
