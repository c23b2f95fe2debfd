"""Makes the pictures of README and guides: plays the scripted morning and photographs the sandbox in Chromium.

Run by `make docs-pictures`; needs /usr/bin/chromium and Chinese fonts on the machine.
"""

import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent / "pictures"
PATIENCE_S = 90


def main() -> None:
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        bot = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo", "--play", "--port", str(port), "--dir", folder],
            stdout=subprocess.DEVNULL,
        )
        try:
            _until_healthy(port, bot)
            _photograph(f"http://127.0.0.1:{port}/")
            shutil.copy(Path(folder) / "closing-1.jpg", HERE / "closing.jpg")
        finally:
            bot.send_signal(signal.SIGTERM)
            bot.wait(15)


def _until_healthy(port: int, bot: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and bot.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise SystemExit("the demo did not become healthy")


def _photograph(address: str) -> None:
    people = "rider-1,contact-2,contact-1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{address}?as=rider-1&open={people}")
        _settled(page)
        _keep(page.screenshot(), "loop-wide.png")
        card = page.locator("#messages-contact-1 .message.bot").filter(has_text="占道").last
        card.scroll_into_view_if_needed()
        _keep(card.screenshot(), "contact-card.png")
        page.locator("dialog#place").evaluate("dialog => dialog.showModal()")
        page.wait_for_timeout(400)
        _keep(page.locator("svg#map").screenshot(), "map.png")
        phone = browser.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True)
        phone.goto(f"{address}?as=rider-1&open={people}")
        _settled(phone)
        _keep(phone.screenshot(), "loop-phone.png")
        browser.close()


def _settled(page: Page) -> None:
    page.wait_for_load_state("load")
    page.wait_for_timeout(1500)


def _keep(png: bytes, name: str) -> None:
    """Reduced to 256 colours, so that the repository stays small."""
    path = HERE / name
    path.write_bytes(png)
    with Image.open(path) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)


if __name__ == "__main__":
    main()
