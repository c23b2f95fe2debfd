"""One process at a time receives from a platform that hands each update to one listener only."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import structlog

from bot.engine.clock import Clock
from storage import leases
from storage.database import Database, Retry

log = structlog.get_logger(__name__)

_SHARE: Final = 3  # a lease is renewed so many times in its length


def lease_of(platform: str) -> str:
    """The name of the lease under which a platform is listened to, where several processes may."""
    return f"listener:{platform}"


@dataclass(slots=True)
class Listener:
    """Holds the lease `name` while it receives; another process takes over when it runs out or is given up."""

    database: Database
    clock: Clock
    name: str
    lease: timedelta
    holder: str = field(default_factory=lambda: f"{os.getpid()}-{secrets.token_hex(4)}")
    _ours_until: float = 0.0  # by the monotonic clock

    async def run(self, receive: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Receive whenever it is this process's turn, until cancelled."""
        while True:
            if await self._has_turn():
                await self._receive(receive)
            await asyncio.sleep(self._look_s)

    @property
    def _look_s(self) -> float:
        return self.lease.total_seconds() / _SHARE

    async def _receive(self, receive: Callable[[], Coroutine[Any, Any, None]]) -> None:
        log.info("listening", lease=self.name)
        receiving = asyncio.create_task(receive())
        try:
            while not receiving.done() and await self._keeps_turn():
                await asyncio.wait({receiving}, timeout=self._look_s)
            if receiving.done():
                receiving.result()
        finally:
            receiving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await receiving
            await self._release()

    async def _keeps_turn(self) -> bool:
        """Whether it is still this process's turn: also while the database is away, until the lease runs out.

        What came over a connection may be kept nowhere but in it.
        """
        try:
            return await self._has_turn()
        except Retry as fault:
            log.warning("lease_not_renewed", lease=self.name, error=type(fault).__name__)
            return self.clock.monotonic() + self._look_s < self._ours_until

    async def _has_turn(self) -> bool:
        now, mono = self.clock.now(), self.clock.monotonic()
        async with self.database.write() as tx:
            has = await leases.take(tx, self.name, self.holder, now, now + self.lease)
        self._ours_until = mono + self.lease.total_seconds()
        return has

    async def _release(self) -> None:
        try:
            async with self.database.write() as tx:
                await leases.release(tx, self.name, self.holder)
        except Retry as fault:  # it runs out by itself; whoever stops us is not to take this for a reason to go on
            log.warning("lease_not_released", lease=self.name, error=type(fault).__name__)
