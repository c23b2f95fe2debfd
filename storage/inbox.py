"""Everything that happened, stored before it is confirmed to anybody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.times import read, stored
from storage.database import Row, Tx, maybe_text, number, text


class InboxState(StrEnum):
    NEW = "new"
    DONE = "done"
    REFUSED = "refused"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One raw event. `source` and `event_id` together are seen once; `lane` keeps the order of a chat."""

    source: str
    event_id: str
    lane: str
    payload: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """An arrival as it lies in the inbox."""

    id: int
    arrival: Arrival
    state: InboxState
    tries: int
    next_try_at: datetime | None
    followed: bool = True  # others of its lane were waiting when it was read


async def add(tx: Tx, arrivals: Iterable[Arrival]) -> int:
    """Store arrivals; those seen before are passed over. Returns how many were new."""
    added = 0
    for arrival in arrivals:
        added += await tx.run(
            "INSERT INTO inbox (source, event_id, lane, payload, received_at)"
            " VALUES (:source, :event, :lane, :payload, :at) ON CONFLICT (source, event_id) DO NOTHING",
            source=arrival.source,
            event=arrival.event_id,
            lane=arrival.lane,
            payload=arrival.payload,
            at=stored(arrival.at),
        )
    return added


async def add_again(tx: Tx, arrivals: Iterable[Arrival]) -> None:
    """Store arrivals of things that may come more than once: one that was done is new again, one that waits stays."""
    for arrival in arrivals:
        await tx.run(
            "INSERT INTO inbox (source, event_id, lane, payload, received_at)"
            " VALUES (:source, :event, :lane, :payload, :at) ON CONFLICT (source, event_id) DO UPDATE SET state = 'new',"
            " payload = excluded.payload, received_at = excluded.received_at, done_at = NULL, tries = 0,"
            " next_try_at = NULL, claimed_until = NULL, error = NULL WHERE inbox.state IN ('done', 'refused')",
            source=arrival.source,
            event=arrival.event_id,
            lane=arrival.lane,
            payload=arrival.payload,
            at=stored(arrival.at),
        )


async def lanes(tx: Tx, most: int) -> Sequence[str]:
    """Lanes with something new in them, the one that waits longest first."""
    rows = await tx.all(
        "SELECT lane FROM inbox WHERE state = 'new' GROUP BY lane ORDER BY min(id) LIMIT CAST(:most AS BIGINT)",
        most=most,
    )
    return [text(row, "lane") for row in rows]


async def head(tx: Tx, lane: str) -> Kept | None:
    """The oldest new arrival of a lane: the only one that may be worked on."""
    rows = await tx.all("SELECT * FROM inbox WHERE lane = :lane AND state = 'new' ORDER BY id LIMIT 2", lane=lane)
    return replace(_kept(rows[0]), followed=len(rows) > 1) if rows else None


async def claim(tx: Tx, kept: int, until: datetime, now: datetime) -> bool:
    """Take an arrival for this process until then; False if another process has it."""
    return bool(
        await tx.run(
            "UPDATE inbox SET claimed_until = :until WHERE id = :id AND state = 'new'"
            " AND (claimed_until IS NULL OR claimed_until < :now)",
            id=kept,
            until=stored(until),
            now=stored(now),
        )
    )


async def finish(tx: Tx, kept: int, at: datetime) -> bool:
    """Mark an arrival done, in the transaction of its effects; False if it was done before."""
    return bool(
        await tx.run(
            "UPDATE inbox SET state = 'done', done_at = :at, error = NULL WHERE id = :id AND state = 'new'",
            id=kept,
            at=stored(at),
        )
    )


async def refuse(tx: Tx, kept: int, key: str) -> None:
    """Note that a rule said no to an arrival that was finished."""
    await tx.run("UPDATE inbox SET state = 'refused', error = :key WHERE id = :id", id=kept, key=key)


async def postpone(tx: Tx, kept: int, next_try_at: datetime, error: str) -> None:
    """Note a failure; the lane waits until the next try."""
    await tx.run(
        "UPDATE inbox SET tries = tries + 1, next_try_at = :at, claimed_until = NULL, error = :error"
        " WHERE id = :id AND state = 'new'",
        id=kept,
        at=stored(next_try_at),
        error=error,
    )


async def set_aside(tx: Tx, kept: int, at: datetime, error: str) -> bool:
    """Give an arrival up for now: its lane goes on, `replay` may bring it back."""
    return bool(
        await tx.run(
            "UPDATE inbox SET state = 'set_aside', done_at = :at, error = :error WHERE id = :id AND state = 'new'",
            id=kept,
            at=stored(at),
            error=error,
        )
    )


async def bring_back(tx: Tx, kept: int) -> bool:
    """Make a set-aside arrival new again; False if there is none."""
    return bool(
        await tx.run(
            "UPDATE inbox SET state = 'new', tries = 0, next_try_at = NULL, claimed_until = NULL, error = NULL"
            " WHERE id = :id AND state = 'set_aside'",
            id=kept,
        )
    )


async def list_set_aside(tx: Tx) -> Sequence[Kept]:
    """What waits for `replay`, oldest first."""
    return [_kept(row) for row in await tx.all("SELECT * FROM inbox WHERE state = 'set_aside' ORDER BY id")]


async def find_state(tx: Tx, source: str, event: str) -> InboxState | None:
    """How far an arrival is; None if it never came, or was forgotten."""
    row = await tx.maybe(
        "SELECT state FROM inbox WHERE source = :source AND event_id = :event", source=source, event=event
    )
    return InboxState(text(row, "state")) if row else None


async def payloads(tx: Tx, source: str, beginning: str) -> Sequence[str]:
    """What arrivals hold that are not done (new or set aside) and whose ids begin like this."""
    rows = await tx.all(
        "SELECT payload FROM inbox WHERE source = :source AND state IN ('new', 'set_aside')"
        " AND substr(event_id, 1, CAST(:length AS INTEGER)) = CAST(:beginning AS TEXT) ORDER BY id",
        source=source,
        beginning=beginning,
        length=len(beginning),
    )
    return [text(row, "payload") for row in rows]


async def oldest_new(tx: Tx) -> datetime | None:
    """When the oldest arrival came that is not done; None when all are."""
    row = await tx.one("SELECT min(received_at) AS at FROM inbox WHERE state = 'new'")
    at = maybe_text(row, "at")
    return read(at) if at else None


async def forget(tx: Tx, before: datetime, most: int) -> int:
    """Delete old done arrivals, at most `most`; returns how many."""
    return await tx.run(
        "DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE state IN ('done', 'refused')"
        " AND received_at < :before ORDER BY id LIMIT CAST(:most AS BIGINT))",
        before=stored(before),
        most=most,
    )


async def forget_after(tx: Tx, source: str, lane: str, event: str) -> int:
    """Delete done arrivals of a lane whose ids stand after `event` in the alphabet; returns how many."""
    return await tx.run(
        "DELETE FROM inbox WHERE source = :source AND event_id > :event AND lane = :lane AND state IN ('done', 'refused')",
        source=source,
        event=event,
        lane=lane,
    )


def _kept(row: Row) -> Kept:
    retry = maybe_text(row, "next_try_at")
    return Kept(
        id=number(row, "id"),
        arrival=Arrival(
            text(row, "source"),
            text(row, "event_id"),
            text(row, "lane"),
            text(row, "payload"),
            read(text(row, "received_at")),
        ),
        state=InboxState(text(row, "state")),
        tries=number(row, "tries"),
        next_try_at=read(retry) if retry else None,
    )
