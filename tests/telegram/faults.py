"""What can go wrong between the bot and Telegram: faults to order, and the documented ceilings."""

import math
import random
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Kind = Literal["status", "page", "drop", "drop_after", "slow", "half"]

_A_SECOND: Final = 30  # messages over all (Bots FAQ)
_A_GROUP_MINUTE: Final = 20
_BURST: Final = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, once. `status`, `page` and `drop` come instead of the work, the others after it."""

    kind: Kind
    code: int = 500
    description: str = "Internal Server Error"
    parameters: dict[str, Any] = field(default_factory=dict[str, Any])
    seconds: float = 0.0

    @classmethod
    def status(cls, code: int, description: str = "Internal Server Error", **parameters: Any) -> "Fault":
        return cls("status", code, description, parameters)

    @classmethod
    def too_many(cls, seconds: int) -> "Fault":
        return cls.status(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)

    @classmethod
    def page(cls, code: int = 502) -> "Fault":
        """HTML instead of JSON, with any status, 200 too."""
        return cls("page", code)

    @classmethod
    def drop(cls) -> "Fault":
        """Nothing is done, the connection ends."""
        return cls("drop")

    @classmethod
    def drop_after(cls) -> "Fault":
        """All is done, but no answer comes."""
        return cls("drop_after")

    @classmethod
    def slow(cls, seconds: float) -> "Fault":
        """All is done at once, the answer comes late; a client that does not wait for it changes nothing."""
        return cls("slow", seconds=seconds)

    @classmethod
    def half(cls) -> "Fault":
        """All is done, and the connection ends within the answer."""
        return cls("half")


@dataclass(slots=True)
class Faults:
    """Faults wait for a call of their method (or "*" for any, "download" for a file), in the order they were added."""

    _waiting: list[tuple[str, int | None, Fault]] = field(default_factory=list[tuple[str, int | None, Fault]])
    _often: dict[str, tuple[float, Callable[[], Fault]]] = field(default_factory=dict)
    _random: random.Random = field(default_factory=lambda: random.Random(7))
    met: list[tuple[str, Fault]] = field(default_factory=list[tuple[str, Fault]])

    def add(self, method: str, fault: Fault, *, chat: int | None = None, times: int = 1) -> None:
        self._waiting += [(method, chat, fault)] * times

    def sometimes(self, method: str, share: float, fault: Callable[[], Fault]) -> None:
        """Beside those added, this share of the calls of `method` meets `fault()`; 0 ends it."""
        self._often[method] = (share, fault)

    def clear(self) -> None:
        self._waiting.clear()
        self._often.clear()

    def take(self, method: str, chat: int | None) -> Fault | None:
        for index, (of, where, fault) in enumerate(self._waiting):
            if of in (method, "*") and where in (None, chat):
                del self._waiting[index]
                self.met.append((method, fault))
                return fault
        share, make = self._often.get(method) or self._often.get("*") or (0.0, Fault.drop)
        if share and self._random.random() < share:
            self.met.append((method, make()))
            return self.met[-1][1]
        return None


class Ceilings:
    """1 message a second in a chat with bursts of 3, 20 a minute in a group, 30 a second over all (Bots FAQ).

    An album is one message for its chat's second, and as many as it has items for the other two.
    """

    def __init__(self) -> None:
        self._all: deque[float] = deque()
        self._groups: defaultdict[int, deque[float]] = defaultdict(deque)
        self._chats: dict[int, float] = {}  # instant at which a chat has its whole burst again

    def wait_s(self, chat: int, messages: int, now: float) -> int:
        """Seconds until so many messages may go to `chat`; 0 if at this (monotonic) instant; then they are counted."""
        group = self._groups[chat]
        free = max(self._chats.get(chat, now), now)
        waits = [
            _until(self._all, now, 1.0, _A_SECOND - messages),
            _until(group, now, 60.0, _A_GROUP_MINUTE - messages) if chat < 0 else 0.0,
            free - now - (_BURST - 1),
        ]
        if (longest := max(waits)) > 1e-9:
            return max(1, math.ceil(longest))
        self._all.extend([now] * messages)
        if chat < 0:
            group.extend([now] * messages)
        self._chats[chat] = free + 1.0
        return 0


def _until(sent: deque[float], now: float, window_s: float, most_before: int) -> float:
    """Seconds until at most so many of `sent` lie within the window."""
    while sent and sent[0] <= now - window_s:
        sent.popleft()
    over = len(sent) - max(most_before, 0)
    return sent[over - 1] + window_s - now if over > 0 else 0.0
