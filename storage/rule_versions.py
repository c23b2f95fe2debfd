"""Versions of the point rules as they were in force; the ledger names the one an entry was booked by."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.times import stored
from storage.database import Tx, number, text


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """`content` is JSON, `hash` its SHA-256 in hexadecimal."""

    id: int
    effective_from: str
    hash: str
    content: str


async def find(tx: Tx, effective_from: str) -> RuleVersion | None:
    """The version that is in force from this day on, e.g. "2026-01-01"."""
    row = await tx.maybe("SELECT * FROM rules WHERE effective_from = :day", day=effective_from)
    if row is None:
        return None
    return RuleVersion(number(row, "id"), text(row, "effective_from"), text(row, "hash"), text(row, "content"))


async def insert(tx: Tx, effective_from: str, digest: str, content: str, at: datetime) -> None:
    """Keep a version.

    Raises:
        Conflict: there is one from that day on.
    """
    await tx.run(
        "INSERT INTO rules (effective_from, hash, content, stored_at) VALUES (:day, :hash, :content, :at)",
        day=effective_from,
        hash=digest,
        content=content,
        at=stored(at),
    )
