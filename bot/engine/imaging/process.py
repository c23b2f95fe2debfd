"""One process of the image worker: started with a clean environment, asked through pipes, killed without regret."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Final

from bot.engine.imaging import frames
from bot.engine.imaging.frames import BadFrame, Frame
from bot.engine.imaging.settings import Settings

_STREAM_BYTES: Final = 1 << 20
_LAST_BREATH_S: Final = 2.0
_START_S: Final = 30.0  # takes a tenth of a second; a machine that swaps needs longer
# What Python itself may need to start; nothing else of the bot's environment reaches the worker.
_KEPT: Final = ("LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP")


class WorkerUnusable(Exception):
    """No worker can be started, or it was closed; the pictures are not to blame."""


class Crashed(Exception):
    """The worker ended, or answered nonsense, in the middle of a request."""


class TooSlow(Exception):
    """A request took more time than it may."""


class WorkerProcess:
    """A running worker. After any exception from `ask` it is dead."""

    def __init__(self, process: Process, wall_s: float) -> None:
        if process.stdin is None or process.stdout is None:
            raise WorkerUnusable("image worker without pipes")
        self._process = process
        self._requests = process.stdin
        self._replies = process.stdout
        self._wall_s = wall_s

    @classmethod
    async def start(cls, settings: Settings) -> "WorkerProcess":
        """Start one and wait until it is ready.

        Raises:
            WorkerUnusable: it ended before, or took too long.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "bot.engine.imaging.worker", settings.write(),
            stdin=PIPE, stdout=PIPE, limit=_STREAM_BYTES, env=_environment(),
            # A Ctrl-C in the terminal is for the bot alone; it closes the worker's pipe when it ends.
            start_new_session=True,
        )  # fmt: skip
        worker = cls(process, settings.limits.wall_s)
        try:
            await worker._within(_START_S, frames.receive(worker._replies))
        except (Crashed, TooSlow) as fault:
            raise WorkerUnusable(f"image worker does not start, exit status {process.returncode}") from fault
        return worker

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, request: Frame) -> Frame:
        """Send a request and wait for its reply.

        Raises:
            Crashed: the process ended, or its reply is not a frame.
            TooSlow: it took too much CPU or wall time.
        """
        return await self._within(self._wall_s, self._converse(request))

    def end(self) -> None:
        """Let it end by itself; only between requests."""
        self._requests.close()

    async def kill(self) -> int:
        """End it at once; returns its exit status, minus the signal that ended it."""
        self._strike()
        return await self._process.wait()

    def _strike(self) -> None:
        if self.alive:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def _ended(self) -> int:
        """Exit status of a process that has closed its pipe; killing it first could hide what it ended of."""
        try:
            async with asyncio.timeout(_LAST_BREATH_S):
                return await self._process.wait()
        except TimeoutError:
            return await self.kill()

    async def _converse(self, request: Frame) -> Frame:
        await frames.send(self._requests, request)
        return await frames.receive(self._replies)

    async def _within(self, seconds: float, work: Coroutine[None, None, Frame]) -> Frame:
        try:
            async with asyncio.timeout(seconds):
                return await work
        except TimeoutError:
            await self.kill()
            raise TooSlow from None
        except BadFrame as fault:
            await self.kill()
            raise Crashed from fault
        except (ConnectionError, asyncio.IncompleteReadError) as fault:
            raise (TooSlow if _ended_by_cpu_limit(await self._ended()) else Crashed) from fault
        except asyncio.CancelledError:
            self._strike()
            raise


def _ended_by_cpu_limit(status: int) -> bool:
    return sys.platform != "win32" and status == -signal.SIGXCPU


def _environment() -> dict[str, str]:
    """No secrets, no settings: the import path of the bot, plain text encoding, and few memory arenas."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    return {**kept, "PYTHONPATH": path, "PYTHONUTF8": "1", "MALLOC_ARENA_MAX": "2"}
