"""The engine's loops: begun, ended, and in the demo stopped for a while."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot.engine.engine import Engine, Parts, assemble


class Life:
    """One engine at a time over the same parts. A stopped engine can still be driven by hand, but not begun again."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.engine = assemble(parts)
        self.failed = asyncio.Event()
        self._loops: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()

    @property
    def is_running(self) -> bool:
        """Whether the loops are running."""
        return self._loops is not None and not self._loops.done()

    async def begin(self) -> None:
        """Start the loops of a fresh engine."""
        if self.engine.stopping.is_set():
            self.engine = assemble(self.parts)
        await self.engine.prepare()
        self._loops = asyncio.create_task(self.engine.run(), name="engine")
        self._loops.add_done_callback(self._ended)

    async def end(self) -> None:
        """Stop the loops and wait for what they are doing.

        Raises:
            BaseException: what made the engine stop by itself.
        """
        self.engine.stopping.set()
        if self._loops is not None:
            await self._loops

    @asynccontextmanager
    async def at_rest(self) -> AsyncGenerator[Engine]:
        """The engine with its loops stopped, to be driven by hand; afterwards they run again if they did before."""
        async with self._changing:
            running = self.is_running
            if running:
                await self.engine.drain()  # a message half sent would be sent again
                await self.end()
            try:
                yield self.engine
            finally:
                if running:
                    await self.begin()

    def _ended(self, loops: asyncio.Task[None]) -> None:
        if not loops.cancelled() and loops.exception() is not None:
            self.failed.set()
