"""Who may do what only one process may do at a time."""

from datetime import datetime

from bot.domain.times import stored
from storage.database import Tx, number


async def take(tx: Tx, name: str, holder: str, now: datetime, until: datetime) -> bool:
    """Take or renew a lease; False while another holder's has not run out. Locks the row until the commit."""
    return bool(
        await tx.run(
            "INSERT INTO leases (name, holder, until) VALUES (:name, :holder, :until) ON CONFLICT (name) DO UPDATE"
            " SET holder = excluded.holder, until = excluded.until"
            " WHERE leases.holder = excluded.holder OR leases.until < :now",
            name=name,
            holder=holder,
            until=stored(until),
            now=stored(now),
        )
    )


async def is_held(tx: Tx, name: str, now: datetime) -> bool:
    """Whether somebody holds it, and it has not run out."""
    row = await tx.one(
        "SELECT count(*) AS n FROM leases WHERE name = :name AND until >= :now", name=name, now=stored(now)
    )
    return number(row, "n") > 0


async def seize(tx: Tx, name: str, holder: str, until: datetime) -> None:
    """Take a lease whoever holds it: for the only process of a database, whose predecessor is dead."""
    await tx.run(
        "INSERT INTO leases (name, holder, until) VALUES (:name, :holder, :until) ON CONFLICT (name) DO UPDATE"
        " SET holder = excluded.holder, until = excluded.until",
        name=name,
        holder=holder,
        until=stored(until),
    )


async def release(tx: Tx, name: str, holder: str) -> None:
    """Give a lease up. Idempotent."""
    await tx.run("DELETE FROM leases WHERE name = :name AND holder = :holder", name=name, holder=holder)
