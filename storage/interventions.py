"""Interventions: what riders stopped on the spot, kept without any case."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.people import MemberId
from bot.domain.times import read, stored
from storage.database import Tx, number, text


@dataclass(frozen=True, slots=True)
class Intervention:
    """`note`: the rider's words, or "pick:name" for one of the quick picks."""

    id: int
    member: MemberId
    at: datetime
    note: str
    undone: bool


async def get(tx: Tx, intervention: int) -> Intervention:
    row = await tx.one("SELECT * FROM interventions WHERE id = :id", id=intervention)
    return Intervention(
        number(row, "id"),
        MemberId(number(row, "member_id")),
        read(text(row, "at")),
        text(row, "note"),
        row["undone_at"] is not None,
    )


async def insert(tx: Tx, member: MemberId, note: str, place: str, at: datetime) -> int:
    """A new intervention; returns its id. `note`: the rider's words, or "pick:name" for one of the quick picks."""
    row = await tx.one(
        "INSERT INTO interventions (member_id, at, note, place) VALUES (:member, :at, :note, :place) RETURNING id",
        member=member,
        at=stored(at),
        note=note,
        place=place,
    )
    return number(row, "id")


async def undo(tx: Tx, intervention: int, member: MemberId, at: datetime) -> bool:
    """Take an intervention of one's own back; False if it was taken back before or is somebody else's."""
    return bool(
        await tx.run(
            "UPDATE interventions SET undone_at = :at WHERE id = :id AND member_id = :member AND undone_at IS NULL",
            id=intervention,
            member=member,
            at=stored(at),
        )
    )


async def count(tx: Tx, member: MemberId, since: datetime, until: datetime) -> int:
    """Interventions of a member from `since` up to and without `until`, those taken back left out."""
    row = await tx.one(
        "SELECT count(*) AS n FROM interventions WHERE member_id = :member AND at >= :since AND at < :until"
        " AND undone_at IS NULL",
        member=member,
        since=stored(since),
        until=stored(until),
    )
    return number(row, "n")
