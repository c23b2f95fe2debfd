"""`run` and `demo`: the bot works until it is told to stop."""

import asyncio
import signal
import sys
import webbrowser
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import structlog

from bot import log
from bot.app.app import App, open_app
from bot.app.version import version
from bot.commands.reaching import settings_at
from bot.commands.showing import console
from bot.commands.wording import say
from bot.config import Settings
from bot.county import load as load_county


def run_bot(file: Path) -> None:
    """Work for the county; returns after SIGTERM or Ctrl-C."""
    settings = settings_at(file)
    log.configure(settings.log.level, settings.log.format)
    logger = structlog.get_logger("bot")

    def ready(host: str, port: int) -> None:
        logger.info("ready", host=host, port=port, version=version())

    async def work(stop: asyncio.Event) -> None:
        async with open_app(settings) as app:
            await app.run(stop, ready)
        logger.info("stopped")

    until_stopped(work)


def run_demo(*, port: int, folder: Path, play: bool, leave: bool, fresh: bool, open_browser: bool) -> None:
    """Show the invented county on this machine; returns after Ctrl-C, or with `leave` when the scene is set."""
    folder = folder.absolute()
    settings = demo_settings(folder, port)
    log.configure("warning", "console")

    def ready(host: str, at: int) -> None:
        address = f"http://{host}:{at}/"
        console.print(say("demo.ready", address=address))
        if open_browser:
            webbrowser.open(address)

    async def work(stop: asyncio.Event) -> None:
        async with open_app(settings, demo=folder) as app:
            await _set_the_scene(app, play=play, fresh=fresh)
            if not leave:
                await app.run(stop, ready)
        console.print(say("demo.stopped"))

    until_stopped(work)


async def _set_the_scene(app: App, *, play: bool, fresh: bool) -> None:
    if app.demo is None:
        return
    if fresh or play:
        await app.demo.reset()
    if play:
        from bot.demo.play import play as play_morning

        await play_morning(app.demo, console)


def demo_settings(folder: Path, port: int) -> Settings:
    """Settings of the demo: everything below its absolute folder, loopback only, nothing from file or environment."""
    county = load_county()
    folder.mkdir(parents=True, exist_ok=True)
    address = f"http://127.0.0.1:{port}" if port else ""  # where links to pages lead; a free port is not known yet
    return Settings.model_validate(
        {
            "town": {"name": county.name, "code": county.code, "secret_file": folder / "secret.key"},
            "storage": {"url": f"sqlite:///{(folder / 'wudayuan.db').as_posix()}", "photos": str(folder / "photos")},
            "web": {"host": "127.0.0.1", "port": port, "public_url": address},
        }
    )


def until_stopped(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run `work` with an event that SIGTERM and Ctrl-C set."""

    async def main() -> None:
        stop = asyncio.Event()
        _on_signals(stop.set)
        await work(stop)

    asyncio.run(main())


def _on_signals(stop: Callable[[], None]) -> None:
    """SIGTERM and Ctrl-C stop in order; a second one changes nothing, for there is little left to wait for."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        if sys.platform == "win32":  # its loops know no signal handlers
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
        else:
            loop.add_signal_handler(number, stop)
