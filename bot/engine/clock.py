"""The edge where time comes in."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """`now` is what people's clocks show; `monotonic` (seconds) serves leases, retries and pace."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


@dataclass(slots=True)
class SystemClock:
    """The machine's clock, moved by `offset` in the demo only."""

    offset: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def monotonic(self) -> float:
        return time.monotonic()
