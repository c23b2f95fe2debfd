"""The app's access token: fetched when it is needed, by one call at a time, and known to nobody else."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from bot.platforms.wecom.kinds import Json, words

_EARLY_S: Final = 300.0
_LIFE_S: Final = 7200.0  # WeCom developer documentation, page 91039, read 2026-11


class Clock(Protocol):
    def monotonic(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Token:
    """`issue` grows with each fetch: the server may give the same text again."""

    value: str = field(repr=False)
    until: float  # monotonic
    issue: int


class AccessToken:
    """`fetch` asks the server; its faults go to whoever wanted the token."""

    def __init__(self, fetch: Callable[[], Awaitable[Json]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token = Token("", 0.0, 0)

    async def get(self, refused: Token | None = None) -> Token:
        """A token that is good, and is not the `refused` one. Callers that were refused together fetch once."""
        async with self._lock:
            spoiled = refused is not None and refused.issue == self._token.issue
            if spoiled or not self._token.value or self._clock.monotonic() >= self._token.until:
                self._token = self._made(await self._fetch())
            return self._token

    def _made(self, answer: Json) -> Token:
        life = answer.get("expires_in")
        life_s = float(life) if isinstance(life, int | float) else _LIFE_S
        until = self._clock.monotonic() + max(life_s - _EARLY_S, 0.0)
        return Token(words(answer.get("access_token")), until, self._token.issue + 1)
