"""The edge where time comes in."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

PLAUSIBLE: Final = datetime(2026, 1, 1, tzinfo=UTC)  # a clock before this has lost its battery
# Clocks nearer to each other than this agree. A time server moves a healthy machine by less; a lease lasts twice as
# long and the first step of the ladder ten times, so nobody is told anything at another time for it.
APART: Final = timedelta(seconds=30)


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
