"""What people mean to do, in order of time; and what they did, for whoever checks it afterwards."""

import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

Act = Callable[[], Awaitable[None]]


@dataclass(order=True, slots=True)
class _Meant:
    at: datetime
    order: int
    act: Act = field(compare=False)


@dataclass(slots=True)
class Agenda:
    """No two people act in the same millisecond, so that an instant belongs to one of them."""

    meant: list[_Meant] = field(default_factory=list[_Meant])
    _count: int = 0
    _taken: set[datetime] = field(default_factory=set[datetime])

    def add(self, at: datetime, act: Act) -> None:
        at = at.astimezone(UTC)
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        while at in self._taken:
            at = at.replace(microsecond=(at.microsecond + 1000) % 1_000_000)
        self._taken.add(at)
        self._count += 1
        heapq.heappush(self.meant, _Meant(at, self._count, act))

    @property
    def next_at(self) -> datetime | None:
        return self.meant[0].at if self.meant else None

    def take(self) -> Act:
        return heapq.heappop(self.meant).act


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a person did that no row of a case tells. `event`: of the inbox, which knows when it was heard."""

    event: str
    what: str  # words | extend | calm
    case: int = 0
    days: int = 0
