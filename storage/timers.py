"""Due instants as rows, and when each recurring tick last ran."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.case import CaseId
from bot.domain.times import read, stored
from storage.database import Row, Tx, maybe_text, text

_SET: Final = "INSERT INTO timers (name, key, due_at, case_id) VALUES"
_ANEW: Final = "ON CONFLICT (name, key) DO UPDATE SET due_at = excluded.due_at, handed_at = NULL"


@dataclass(frozen=True, slots=True)
class Timer:
    name: str
    key: str
    due_at: datetime


async def set_timer(tx: Tx, name: str, key: object, due_at: datetime, case: CaseId | None = None) -> None:
    """Set (or move) the timer `name` of the object `key`."""
    await tx.run(
        "INSERT INTO timers (name, key, due_at, case_id) VALUES (:name, :key, :due, :case)"
        " ON CONFLICT (name, key) DO UPDATE SET due_at = excluded.due_at, handed_at = NULL",
        name=name,
        key=str(key),
        due=stored(due_at),
        case=case,
    )


async def set_all(tx: Tx, name: str, timers: Sequence[tuple[str, datetime]], case: CaseId) -> None:
    """Set (or move) several timers `name` about one case, by key and instant, in one statement."""
    if not timers:
        return
    places = ", ".join(f"(:name, :key{n}, :due{n}, :case)" for n in range(len(timers)))
    await tx.run(
        f"{_SET} {places} {_ANEW}",
        name=name,
        case=case,
        **{f"key{n}": key for n, (key, _) in enumerate(timers)},
        **{f"due{n}": stored(due_at) for n, (_, due_at) in enumerate(timers)},
    )


async def cancel_of_case(tx: Tx, name: str, case: CaseId) -> None:
    """Remove all timers `name` about a case. Idempotent."""
    await tx.run("DELETE FROM timers WHERE case_id = :case AND name = :name", case=case, name=name)


async def any_due(tx: Tx, name: str, now: datetime, since: datetime) -> bool:
    """Whether a timer `name` that came after `since` has not been worked off, be it handed out or not."""
    row = await tx.one(
        "SELECT EXISTS (SELECT 1 FROM timers WHERE handed_at IS NULL AND due_at <= :now AND due_at > :since"
        " AND name = :name) AS coming, EXISTS (SELECT 1 FROM timers WHERE handed_at IS NOT NULL AND due_at <= :now"
        " AND due_at > :since AND name = :name) AS handed",
        now=stored(now),
        since=stored(since),
        name=name,
    )
    return bool(row["coming"]) or bool(row["handed"])


async def is_set(tx: Tx, name: str, key: object) -> bool:
    """Whether a timer has been set and has not been worked off."""
    return (
        await tx.maybe("SELECT 1 AS one FROM timers WHERE name = :name AND key = :key", name=name, key=str(key))
        is not None
    )


async def cancel(tx: Tx, name: str, key: object) -> None:
    """Remove a timer. Idempotent."""
    await tx.run("DELETE FROM timers WHERE name = :name AND key = :key", name=name, key=str(key))


async def take(tx: Tx, name: str, key: str, due_at: datetime) -> bool:
    """Remove a timer that has come; False if it was moved or cancelled meanwhile."""
    return bool(
        await tx.run(
            "DELETE FROM timers WHERE name = :name AND key = :key AND due_at = :due",
            name=name,
            key=key,
            due=stored(due_at),
        )
    )


async def hand_out(tx: Tx, now: datetime, most: int) -> Sequence[Timer]:
    """Take timers that have come, earliest first, for events to be made of them; each stays until its event takes it.

    A timer is handed out once, whoever asks; set anew, even for the same instant, it is handed out again.
    """
    rows = await tx.all(
        "UPDATE timers SET handed_at = :now WHERE handed_at IS NULL AND due_at <= :now AND (name, key) IN (SELECT name, key"
        " FROM timers WHERE handed_at IS NULL AND due_at <= :now ORDER BY due_at, name, key LIMIT CAST(:most AS BIGINT))"
        " RETURNING *",
        now=stored(now),
        most=most,
    )
    return sorted((_timer(row) for row in rows), key=lambda timer: (timer.due_at, timer.name, timer.key))


async def next_due(tx: Tx) -> datetime | None:
    """The earliest instant any timer waits for."""
    at = maybe_text(await tx.one("SELECT min(due_at) AS at FROM timers WHERE handed_at IS NULL"), "at")
    return read(at) if at else None


async def last_tick(tx: Tx, name: str) -> datetime | None:
    """The last due instant of a recurring tick that was handed out."""
    row = await tx.maybe("SELECT last_at FROM ticks WHERE name = :name", name=name)
    return read(text(row, "last_at")) if row else None


async def set_tick(tx: Tx, name: str, at: datetime) -> None:
    """Note the last due instant of a recurring tick; never moves back."""
    await tx.run(
        "INSERT INTO ticks (name, last_at) VALUES (:name, :at) ON CONFLICT (name) DO UPDATE"
        " SET last_at = excluded.last_at WHERE ticks.last_at < excluded.last_at",
        name=name,
        at=stored(at),
    )


async def set_tick_back(tx: Tx, name: str, at: datetime) -> None:
    """Count a recurring tick from `at` on, because the clock went back."""
    await tx.run("UPDATE ticks SET last_at = :at WHERE name = :name", name=name, at=stored(at))


def _timer(row: Row) -> Timer:
    return Timer(text(row, "name"), text(row, "key"), read(text(row, "due_at")))
