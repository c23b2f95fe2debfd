"""Calls made one after the other, apart from whoever asks for them."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)

Call = Callable[[], Awaitable[None]]


class Handover:
    """At most `most` calls wait; whoever brings one more waits with it, and nothing is dropped."""

    def __init__(self, most: int) -> None:
        self._waiting: asyncio.Queue[Call] = asyncio.Queue(most)

    @property
    def full(self) -> bool:
        """Whether the next one would have to wait."""
        return self._waiting.full()

    async def put(self, call: Call) -> None:
        """Have it made after all that were put before."""
        await self._waiting.put(call)

    async def run(self) -> None:
        """Make the calls until cancelled. One that fails costs nothing but itself."""
        while True:
            await _made(await self._waiting.get())
            self._waiting.task_done()

    async def finish(self, most_s: float) -> None:
        """Wait, while `run` goes on, until all calls are made, or so many seconds."""
        try:
            await asyncio.wait_for(self._waiting.join(), most_s)
        except TimeoutError:
            log.error("frames_not_handled", left=self._waiting.qsize())


async def _made(call: Call) -> None:
    task = asyncio.ensure_future(_awaited(call))  # a task of its own: whatever it raises ends there
    try:
        await asyncio.wait([task])
    finally:
        task.cancel()
        await asyncio.wait([task])  # whoever ends us closes the database next
    if not task.cancelled() and (fault := task.exception()) is not None:
        log.error("frame_not_handled", error=type(fault).__name__)


async def _awaited(call: Call) -> None:
    await call()
