"""What is to be said: rows written with the facts they tell, sent later, each in its order.

SQLite takes the index of unsent rows only where its three states are named word for word; one may be left out after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.case import CaseId
from bot.domain.people import MemberId
from bot.domain.times import read, stored
from storage.database import Row, Tx, Value, maybe_number, maybe_text, number, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message about to be queued. `body` is JSON of the chat model; `topic` keeps the order."""

    platform: str
    chat: str
    private: bool
    topic: str
    body: str
    rank: int
    not_before: datetime
    created_at: datetime
    kind: str = "message"  # message | reaction
    member_id: MemberId | None = None
    once: str | None = None
    slot: str | None = None
    case_id: CaseId | None = None
    valid_round: int | None = None
    valid_states: tuple[str, ...] = ()
    photos_until: datetime | None = None
    only_edit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A row of the outbox."""

    id: int
    kind: str
    platform: str
    chat: str
    private: bool
    member_id: MemberId | None
    topic: str
    slot: str | None
    body: str
    rank: int
    case_id: CaseId | None
    valid_round: int | None
    valid_states: tuple[str, ...]
    photos_until: datetime | None
    only_edit: bool
    state: str
    tries: int
    created_at: datetime
    message: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as it was last sent or changed: the platform's id, and how many pictures are shown with it."""

    message: str
    pictures: int


_INSERT: Final = (
    "INSERT INTO outbox (once, kind, platform, chat, private, member_id, topic, slot, body, rank, case_id, valid_round,"
    " valid_states, not_before, photos_until, only_edit, created_at) VALUES (:once, :kind, :platform, :chat, :private,"
    " :member, :topic, :slot, :body, :rank, :case, :round, :states, :not_before, :photos, :only, :at)"
    " ON CONFLICT (once) DO NOTHING RETURNING id"
)


async def add(tx: Tx, draft: Draft) -> int | None:
    """Queue a message; None if the fact was told before (`once`).

    An unsent older message of the same slot is replaced by it.
    """
    row = await tx.maybe(_INSERT, **_values(draft))
    if row is None:
        return None
    queued = number(row, "id")
    if draft.slot is not None:
        await _replace_waiting(tx, draft, queued)
    return queued


def _values(draft: Draft) -> dict[str, Value]:
    return {
        "once": draft.once,
        "kind": draft.kind,
        "platform": draft.platform,
        "chat": draft.chat,
        "private": "yes" if draft.private else "",
        "member": draft.member_id,
        "topic": draft.topic,
        "slot": draft.slot,
        "body": draft.body,
        "rank": draft.rank,
        "case": draft.case_id,
        "round": draft.valid_round,
        "states": ",".join(draft.valid_states),
        "not_before": stored(draft.not_before),
        "photos": stored(draft.photos_until) if draft.photos_until else None,
        "only": "yes" if draft.only_edit else None,
        "at": stored(draft.created_at),
    }


async def _replace_waiting(tx: Tx, draft: Draft, by: int) -> None:
    """An unsent older message of the slot gives way; its attempt to be a first message is inherited, held as it was."""
    gone = await tx.all(
        "UPDATE outbox SET state = 'replaced' WHERE platform = :platform AND chat = :chat AND slot = :slot"
        " AND id < :id AND state = 'queued' RETURNING only_edit, not_before",
        platform=draft.platform, chat=draft.chat, slot=draft.slot, id=by,
    )  # fmt: skip
    held = [text(row, "not_before") for row in gone if row["only_edit"] is None]
    if draft.only_edit and held:
        at = max(*held, stored(draft.not_before))
        await tx.run("UPDATE outbox SET only_edit = NULL, not_before = :at WHERE id = :id", id=by, at=at)


async def lost(tx: Tx, platform: str, now: datetime) -> Sequence[Queued]:
    """Messages whose sender died with them: perhaps sent, now `unknown`."""
    rows = await tx.all(
        "UPDATE outbox SET state = 'unknown', reason = 'lease', lease_until = NULL WHERE platform = :platform"
        " AND state IN ('queued', 'sending', 'unknown') AND state = 'sending' AND lease_until < :now RETURNING *",
        platform=platform,
        now=stored(now),
    )
    return [_queued(row) for row in rows]


async def claim(tx: Tx, platform: str, now: datetime, lease_until: datetime, most: int) -> Sequence[Queued]:
    """Lease due messages: the oldest unsent one of each topic, by rank; `state` is what it was before."""
    rows = await tx.all(
        "SELECT o.* FROM outbox o WHERE o.platform = :platform AND o.state IN ('queued', 'sending', 'unknown')"
        " AND o.state <> 'sending' AND o.not_before <= :now AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.topic = o.topic AND e.id < o.id"
        " AND e.state IN ('queued', 'sending', 'unknown')) ORDER BY o.rank, o.not_before, o.id"
        " LIMIT CAST(:most AS BIGINT)",
        platform=platform,
        now=stored(now),
        most=most,
    )
    claimed: list[Queued] = []
    for row in rows:
        # A newer message of the slot may have taken its place since the list was read.
        if await tx.run(
            "UPDATE outbox SET state = 'sending', lease_until = :until WHERE id = :id AND state IN ('queued', 'unknown')",
            id=row["id"], until=stored(lease_until),
        ):  # fmt: skip
            claimed.append(_queued(row))
    return claimed


async def next_at(tx: Tx, platform: str) -> datetime | None:
    """When the next message may go, the first of each topic only; None when nothing waits."""
    row = await tx.one(
        "SELECT min(o.not_before) AS at FROM outbox o WHERE o.platform = :platform"
        " AND o.state IN ('queued', 'sending', 'unknown') AND o.state <> 'sending' AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.topic = o.topic AND e.id < o.id"
        " AND e.state IN ('queued', 'sending', 'unknown'))",
        platform=platform,
    )
    at = maybe_text(row, "at")
    return read(at) if at else None


async def sent(tx: Tx, queued: int, message: str, at: datetime, pictures: int = 0) -> None:
    """Note that the platform took it, the id it gave, and how many pictures are shown with it."""
    await tx.run(
        "UPDATE outbox SET state = 'sent', sent_at = :at, message = :message, pictures = :pictures,"
        " lease_until = NULL, reason = NULL WHERE id = :id",
        id=queued, at=stored(at), message=message, pictures=pictures,
    )  # fmt: skip


async def put_back(tx: Tx, queued: int, not_before: datetime, *, counts: bool, state: str, reason: str) -> None:
    """Wait for another try. `counts`: the try was used up; `state`: queued or unknown."""
    await tx.run(
        "UPDATE outbox SET state = :state, lease_until = NULL, not_before = :at, reason = :reason,"
        " tries = tries + CAST(:used AS BIGINT) WHERE id = :id",
        id=queued,
        state=state,
        at=stored(not_before),
        used=1 if counts else 0,
        reason=reason,
    )


async def end(tx: Tx, queued: int, state: str, reason: str) -> None:
    """Drop it (stale) or give it up (dead); its topic goes on."""
    await tx.run(
        "UPDATE outbox SET state = :state, reason = :reason, lease_until = NULL WHERE id = :id",
        id=queued,
        state=state,
        reason=reason,
    )


async def settle_seen(tx: Tx, queued: int, at: datetime) -> bool:
    """Note that a message perhaps sent is there, as somebody saw it; False if it is being sent or was settled."""
    return bool(
        await tx.run(
            "UPDATE outbox SET state = 'sent', sent_at = :at, lease_until = NULL, reason = 'seen'"
            " WHERE id = :id AND state = 'unknown'",
            id=queued,
            at=stored(at),
        )
    )


async def slot_shown(tx: Tx, platform: str, chat: str, slot: str) -> Shown | None:
    """The newest sent message of a slot: the one to edit."""
    row = await tx.maybe(
        "SELECT message, pictures FROM outbox WHERE platform = :platform AND chat = :chat AND slot = :slot"
        " AND state = 'sent' AND message IS NOT NULL ORDER BY id DESC LIMIT 1",
        platform=platform, chat=chat, slot=slot,
    )  # fmt: skip
    return Shown(text(row, "message"), number(row, "pictures")) if row else None


async def forget(tx: Tx, platform: str, chat: str, message: str) -> None:
    """Note that a sent message is not there any more and cannot be edited. Idempotent."""
    await tx.run(
        "UPDATE outbox SET message = NULL WHERE platform = :platform AND chat = :chat AND message = :message"
        " AND state = 'sent'",
        platform=platform, chat=chat, message=message,
    )  # fmt: skip


async def get(tx: Tx, queued: int) -> Queued:
    return _queued(await tx.one("SELECT * FROM outbox WHERE id = :id", id=queued))


async def recently_sent(tx: Tx, platform: str, since: datetime) -> Sequence[tuple[Queued, datetime | None]]:
    """What went out since then and when, oldest first; None for what perhaps did: the pace after a restart."""
    rows = await tx.all(
        "SELECT * FROM outbox WHERE platform = :platform AND sent_at >= :since UNION SELECT * FROM outbox"
        " WHERE platform = :platform AND state IN ('queued', 'sending', 'unknown') AND state <> 'queued'"
        " ORDER BY sent_at, id", platform=platform, since=stored(since),
    )  # fmt: skip
    return [(_queued(row), read(text(row, "sent_at")) if row["sent_at"] is not None else None) for row in rows]


async def told(tx: Tx, once: str) -> bool:
    """Whether a fact was told (or queued) before."""
    return bool(number(await tx.one("SELECT count(*) AS n FROM outbox WHERE once = :once", once=once), "n"))


async def counts(tx: Tx) -> dict[str, int]:
    """Unsent and given-up messages by state."""
    rows = await tx.all(
        "SELECT state, count(*) AS n FROM outbox WHERE state IN ('queued', 'sending', 'unknown') GROUP BY state"
    )
    return {text(row, "state"): number(row, "n") for row in rows}


async def oldest_due(tx: Tx, now: datetime) -> datetime | None:
    """Since when the oldest message that may go has been waiting."""
    row = await tx.one(
        "SELECT min(not_before) AS at FROM outbox WHERE state IN ('queued', 'sending', 'unknown')"
        " AND state <> 'sending' AND not_before <= :now",
        now=stored(now),
    )
    at = maybe_text(row, "at")
    return read(at) if at else None


def _queued(row: Row) -> Queued:
    case, member, photos = maybe_number(row, "case_id"), maybe_number(row, "member_id"), maybe_text(row, "photos_until")
    states = text(row, "valid_states")
    return Queued(
        id=number(row, "id"),
        kind=text(row, "kind"),
        platform=text(row, "platform"),
        chat=text(row, "chat"),
        private=row["private"] == "yes",
        member_id=MemberId(member) if member else None,
        topic=text(row, "topic"),
        slot=maybe_text(row, "slot"),
        body=text(row, "body"),
        rank=number(row, "rank"),
        case_id=CaseId(case) if case else None,
        valid_round=maybe_number(row, "valid_round"),
        valid_states=tuple(states.split(",")) if states else (),
        photos_until=read(photos) if photos else None,
        only_edit=row["only_edit"] is not None,
        state=text(row, "state"),
        tries=number(row, "tries"),
        created_at=read(text(row, "created_at")),
        message=maybe_text(row, "message"),
    )
