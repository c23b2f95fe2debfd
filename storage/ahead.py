"""What a clock that went back leaves ahead of the present: leases, claims and waits made by it would hold for as long."""

from datetime import datetime, timedelta
from typing import Final

from bot.domain.times import stored
from storage.database import Tx

_LEASE: Final = timedelta(minutes=5)  # none is as long, nor is the wait before an event is tried again
_WAIT: Final = timedelta(hours=2)  # a message or a photo that failed is tried again within the hour


async def bring_back(tx: Tx, now: datetime) -> None:
    """Let go what nobody can hold so long, and let go out what was to go at once. Idempotent.

    Timers stay: whether one was set for an instant of the calendar or for so many minutes cannot be told.
    """
    lease, wait, at = stored(now + _LEASE), stored(now + _WAIT), stored(now)
    await tx.run("DELETE FROM leases WHERE until > :lease", lease=lease)
    await tx.run("UPDATE inbox SET claimed_until = NULL WHERE state = 'new' AND claimed_until > :lease", lease=lease)
    await tx.run("UPDATE inbox SET next_try_at = NULL WHERE state = 'new' AND next_try_at > :lease", lease=lease)
    await tx.run("UPDATE photos SET lease_until = NULL WHERE state = 'wanted' AND lease_until > :lease", lease=lease)
    await tx.run("UPDATE photos SET next_try_at = :at WHERE state = 'wanted' AND next_try_at > :wait", at=at, wait=wait)
    await tx.run(
        "UPDATE outbox SET lease_until = :at WHERE state = 'sending' AND lease_until > :lease", at=at, lease=lease
    )
    await tx.run(
        "UPDATE outbox SET not_before = :at WHERE state IN ('queued', 'unknown') AND not_before > :at"
        " AND (not_before <= created_at OR (reason IS NOT NULL AND not_before > :wait))",
        at=at, wait=wait,
    )  # fmt: skip
