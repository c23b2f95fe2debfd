"""Presses on cards: each may be answered once, within seconds, by a change of the card."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

PATIENCE_S: Final = 3.5  # a press is void after five seconds (WeCom developer documentation, page 101027, read 2026-11)
GRACE_S: Final = 0.7  # how long a notice waits for a change of the card, which says more
_REMEMBERED: Final = 1000


@dataclass(slots=True)
class Press:
    """`token` is how the engine knows it, `message` the card, `who` the person's account.

    Whoever answers it seizes it first; `changed` says, once it is `over`, whether the card shows the answer.
    """

    token: str
    message: str
    who: str
    private: bool
    changed: bool = False
    seized: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def end(self, *, changed: bool) -> None:
        """It was answered, or cannot be any more."""
        self.changed = changed
        self.over.set()


class OpenPresses:
    """`idle` is called with a press that nobody has answered in time."""

    def __init__(
        self, idle: Callable[[Press], Awaitable[None]], *, patience_s: float = PATIENCE_S, grace_s: float = GRACE_S
    ) -> None:
        self._idle = idle
        self._patience_s = patience_s
        self._grace_s = grace_s
        self._known: dict[str, Press] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}

    def opened(self, press: Press) -> None:
        """It was committed; one that comes twice is one."""
        if press.token in self._known:
            return
        self._known[press.token] = press
        self._waiting[press.token] = asyncio.create_task(self._wait(press))
        while len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]

    def of_card(self, message: str) -> Press | None:
        """The newest press on this card that nobody has answered: from now on that is the caller's to do."""
        open_ = (one for one in reversed(self._known.values()) if one.message == message and not one.seized.is_set())
        return next((self._seized(press) for press in open_), None)

    async def for_notice(self, token: str) -> Press | None:
        """The press of a token, to be answered with words; None if a change of its card has done so.

        Raises:
            LookupError: it is not known here, or its time is over.
        """
        press = self._known[token]
        try:
            await asyncio.wait_for(press.seized.wait(), self._grace_s)
        except TimeoutError:
            return self._seized(press)
        await press.over.wait()
        if not press.changed:
            raise LookupError(token)
        return None

    def close(self) -> None:
        """Wait for none any more."""
        for waiting in self._waiting.values():
            waiting.cancel()
        self._waiting.clear()

    def _seized(self, press: Press) -> Press:
        press.seized.set()
        if waiting := self._waiting.pop(press.token, None):
            waiting.cancel()
        return press

    async def _wait(self, press: Press) -> None:
        await asyncio.sleep(self._patience_s)
        self._waiting.pop(press.token, None)
        if press.seized.is_set():
            return
        press.seized.set()
        press.end(changed=False)
        await self._idle(press)
