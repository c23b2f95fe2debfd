"""Named points at which a test may kill the process: the environment names one, nothing else does anything."""

import os
import signal
from typing import Final

POINTS: Final = (
    "intake.committed",
    "process.finished",
    "process.committed",
    "courier.claimed",
    "courier.sent",
    "courier.noted",
    "photo.fetched",
    "photo.kept",
    "photo.noted",
    "tick.committed",
)
_AT: Final = os.environ.get("WDY_CRASH_AT", "")
_left = int(os.environ.get("WDY_CRASH_AFTER", "0"))


def point(name: str) -> None:
    """Die here, as by a power cut, if the environment says so (the n-th time, by `WDY_CRASH_AFTER`)."""
    global _left  # noqa: PLW0603 - counts passes of the one chosen point
    if name != _AT:
        return
    if _left > 0:
        _left -= 1
        return
    os.kill(os.getpid(), signal.SIGKILL)
