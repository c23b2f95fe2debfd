"""Presses that wait for their answer: whoever pressed sees a clock until it comes, so none waits for slow work."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

PATIENCE_S: Final = (
    3.0  # a press is void after some ten seconds (reports in trackers of other projects, none documented)
)
_REMEMBERED: Final = 1000


class OpenPresses:
    """`answer` is called with the id of a press that nobody has answered in time."""

    def __init__(self, answer: Callable[[str], Awaitable[None]], patience_s: float = PATIENCE_S) -> None:
        self._answer = answer
        self._patience_s = patience_s
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._answered: dict[str, None] = {}  # by ourselves; the oldest is forgotten first

    def opened(self, presses: Sequence[str]) -> None:
        """These were committed; a press that comes twice has one answer."""
        for press in presses:
            if press not in self._waiting and press not in self._answered:
                self._waiting[press] = asyncio.create_task(self._wait(press))

    def take(self, press: str) -> bool:
        """Whether the answer is still wanted; from now on it is the caller's to give."""
        waiting = self._waiting.pop(press, None)
        if waiting is not None:
            waiting.cancel()
        return press not in self._answered

    def close(self) -> None:
        """Wait for none any more."""
        for waiting in self._waiting.values():
            waiting.cancel()
        self._waiting.clear()

    async def _wait(self, press: str) -> None:
        await asyncio.sleep(self._patience_s)
        self._waiting.pop(press, None)
        self._answered[press] = None
        while len(self._answered) > _REMEMBERED:
            del self._answered[next(iter(self._answered))]
        await self._answer(press)
