"""Who is away from when to when; routing reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.people import MemberId
from bot.domain.times import read, stored
from storage.database import Row, Tx, number, text


@dataclass(frozen=True, slots=True)
class Leave:
    """From an instant until before another."""

    id: int
    member: MemberId
    from_at: datetime
    until_at: datetime

    def covers(self, at: datetime) -> bool:
        return self.from_at <= at < self.until_at


async def add(tx: Tx, member: MemberId, from_at: datetime, until_at: datetime, at: datetime) -> Leave:
    """Note a leave."""
    row = await tx.one(
        "INSERT INTO leaves (member_id, from_at, until_at, noted_at) VALUES (:member, :from_at, :until_at, :at)"
        " RETURNING *",
        member=member,
        from_at=stored(from_at),
        until_at=stored(until_at),
        at=stored(at),
    )
    return _leave(row)


async def get(tx: Tx, leave: int) -> Leave:
    """The leave with this id, as it is now."""
    return _leave(await tx.one("SELECT * FROM leaves WHERE id = :id", id=leave))


async def list_ahead(tx: Tx, member: MemberId, at: datetime) -> Sequence[Leave]:
    """The leave that runs and those to come, earliest first."""
    rows = await tx.all(
        "SELECT * FROM leaves WHERE member_id = :member AND until_at > :at AND until_at > from_at ORDER BY from_at, id",
        member=member,
        at=stored(at),
    )
    return [_leave(row) for row in rows]


async def change(tx: Tx, leave: int, from_at: datetime, until_at: datetime) -> Leave:
    """Give a leave other days; one that ends when it begins has never been."""
    row = await tx.one(
        "UPDATE leaves SET from_at = :from_at, until_at = :until_at WHERE id = :id RETURNING *",
        id=leave,
        from_at=stored(from_at),
        until_at=stored(until_at),
    )
    return _leave(row)


async def end(tx: Tx, member: MemberId, at: datetime) -> int:
    """End the leave that runs and drop those to come; returns how many there were."""
    return await tx.run(
        "UPDATE leaves SET until_at = CASE WHEN from_at > :at THEN from_at ELSE :at END"
        " WHERE member_id = :member AND until_at > :at AND until_at > from_at",
        member=member,
        at=stored(at),
    )


def _leave(row: Row) -> Leave:
    return Leave(
        number(row, "id"), MemberId(number(row, "member_id")), read(text(row, "from_at")), read(text(row, "until_at"))
    )
