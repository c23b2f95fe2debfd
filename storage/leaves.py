"""Who is away from when to when; routing reads it."""

from datetime import datetime

from bot.domain.people import MemberId
from bot.domain.times import stored
from storage.database import Tx


async def add(tx: Tx, member: MemberId, from_at: datetime, until_at: datetime, at: datetime) -> None:
    """Note a leave: from an instant until before another."""
    await tx.run(
        "INSERT INTO leaves (member_id, from_at, until_at, noted_at) VALUES (:member, :from_at, :until_at, :at)",
        member=member,
        from_at=stored(from_at),
        until_at=stored(until_at),
        at=stored(at),
    )


async def end(tx: Tx, member: MemberId, at: datetime) -> int:
    """End the leave that runs and drop those to come; returns how many there were."""
    return await tx.run(
        "UPDATE leaves SET until_at = CASE WHEN from_at > :at THEN from_at ELSE :at END"
        " WHERE member_id = :member AND until_at > :at",
        member=member,
        at=stored(at),
    )
