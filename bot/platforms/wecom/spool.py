"""Media that were fetched ahead: their addresses die within five minutes, and the work before them may take longer."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Protocol

from bot.chat.platform import FetchLater, FetchNever

AT_ONCE: Final = 4
MOST_HELD: Final = 64_000_000  # bytes
_KEPT_S: Final = 900.0  # a store that fails is tried again after at most five minutes

Fetch = Callable[[str, int], Awaitable[bytes]]


class Clock(Protocol):
    def monotonic(self) -> float: ...


class Spool:
    """Holds what `take_in` fetched until it is too old or too much. `most_bytes` bounds a single one."""

    def __init__(
        self, fetch: Fetch, clock: Clock, most_bytes: int, *, at_once: int = AT_ONCE, most_held: int = MOST_HELD
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._most_bytes = most_bytes
        self._most_held = most_held
        self._slots = asyncio.Semaphore(at_once)
        self._loads: dict[str, asyncio.Task[bytes | FetchNever | FetchLater]] = {}
        self._held: dict[str, tuple[bytes, float]] = {}  # with the monotonic instant at which they came; oldest first

    def take_in(self, refs: Iterable[str]) -> None:
        """Begin to fetch these now."""
        for ref in refs:
            if ref not in self._held and ref not in self._loads:
                self._begin(ref)

    async def fetch(self, ref: str, most_bytes: int) -> bytes:
        """The bytes behind a reference, whether they are here already or not.

        Raises:
            FetchLater, FetchNever: as the fetching itself.
        """
        self._drop_old()
        if ref in self._held:
            found: bytes | FetchNever | FetchLater = self._held[ref][0]
        else:
            found = await asyncio.shield(self._loads.get(ref) or self._begin(ref))
        if not isinstance(found, bytes):
            raise found
        if len(found) > most_bytes:
            raise FetchNever("too_large")
        return found

    async def close(self) -> None:
        """Fetch nothing more."""
        loads = list(self._loads.values())
        for load in loads:
            load.cancel()
        await asyncio.gather(*loads, return_exceptions=True)
        self._held.clear()

    def _begin(self, ref: str) -> "asyncio.Task[bytes | FetchNever | FetchLater]":
        load = self._loads[ref] = asyncio.create_task(self._load(ref))
        return load

    async def _load(self, ref: str) -> bytes | FetchNever | FetchLater:
        """What came of it; a failure is not kept, so that the next who asks has it tried again."""
        try:
            async with self._slots:
                data = await self._fetch(ref, self._most_bytes)
        except (FetchNever, FetchLater) as fault:
            return fault
        finally:
            del self._loads[ref]
        self._held[ref] = (data, self._clock.monotonic())
        self._drop_old()
        return data

    def _drop_old(self) -> None:
        now, size = self._clock.monotonic(), sum(len(data) for data, _ in self._held.values())
        while self._held:
            ref, (data, came_at) = next(iter(self._held.items()))
            if size <= self._most_held and now - came_at < _KEPT_S:
                return
            del self._held[ref]
            size -= len(data)
