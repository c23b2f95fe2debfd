"""Work groups the bot speaks in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.people import MemberId
from bot.domain.times import read, stored
from storage.database import Tx, maybe_number, maybe_text, text


@dataclass(frozen=True, slots=True)
class Bound:
    """A work group as it is listed; without a title its id stands for it. `posts_only`: nothing is heard of it."""

    title: str
    bound_at: datetime
    deaf_at: datetime | None
    posts_only: bool = False


async def bind(tx: Tx, platform: str, chat: str, at: datetime, by: MemberId | None = None) -> None:
    """Bind a chat as work group. Idempotent.

    Without `by` it comes from the settings, which hold for the start only: a group that was ended since, or moved,
    is not bound again by them.
    """
    await tx.run(
        "INSERT INTO groups (platform, chat, bound_by, bound_at) VALUES (:platform, :chat, :by, :at)"
        " ON CONFLICT (platform, chat) DO UPDATE"
        " SET ended_at = NULL, bound_by = excluded.bound_by, bound_at = excluded.bound_at"
        " WHERE groups.ended_at IS NOT NULL AND excluded.bound_by IS NOT NULL",
        platform=platform,
        chat=chat,
        by=by,
        at=stored(at),
    )


async def end(tx: Tx, platform: str, chat: str, at: datetime) -> bool:
    """A work group is one no more; False if it was none."""
    return bool(
        await tx.run(
            "UPDATE groups SET ended_at = :at WHERE platform = :platform AND chat = :chat AND ended_at IS NULL",
            platform=platform,
            chat=chat,
            at=stored(at),
        )
    )


async def move(tx: Tx, platform: str, old: str, to: str, at: datetime) -> bool:
    """A work group has another id: bound under that one since as long as before; False if it was none."""
    row = await tx.maybe(
        "UPDATE groups SET ended_at = :at WHERE platform = :platform AND chat = :old AND ended_at IS NULL"
        " RETURNING bound_by, bound_at",
        platform=platform,
        old=old,
        at=stored(at),
    )
    if row is None:
        return False
    await tx.run(
        "INSERT INTO groups (platform, chat, bound_by, bound_at) VALUES (:platform, :to, :by, :since)"
        " ON CONFLICT (platform, chat) DO UPDATE SET ended_at = NULL",
        platform=platform,
        to=to,
        by=maybe_number(row, "bound_by"),
        since=text(row, "bound_at"),
    )
    return True


async def bound(tx: Tx) -> Sequence[tuple[str, str]]:
    """Platform and chat of every bound group, the one bound first first."""
    rows = await tx.all("SELECT platform, chat FROM groups WHERE ended_at IS NULL ORDER BY bound_at, platform, chat")
    return [(text(row, "platform"), text(row, "chat")) for row in rows]


async def was_bound(tx: Tx, platform: str, chat: str) -> bool:
    """Whether a chat is or once was a work group."""
    found = "SELECT 1 AS found FROM groups WHERE platform = :platform AND chat = :chat"
    return await tx.maybe(found, platform=platform, chat=chat) is not None


async def list_bound(tx: Tx) -> Sequence[Bound]:
    """Every bound group with what is known of its chat, the one bound first first."""
    rows = await tx.all(
        "SELECT g.platform, g.chat, g.bound_at, c.title, c.deaf_at, d.door FROM groups g"
        " LEFT JOIN chats c ON c.platform = g.platform AND c.chat = g.chat"
        " LEFT JOIN doors d ON d.platform = g.platform AND d.chat = g.chat AND d.door = 'bot'"
        " WHERE g.ended_at IS NULL ORDER BY g.bound_at, g.platform, g.chat"
    )
    found: list[Bound] = []
    for row in rows:
        deaf = maybe_text(row, "deaf_at")
        title = maybe_text(row, "title") or text(row, "chat")
        silent = text(row, "platform") == "wecom" and row["door"] is None
        found.append(Bound(title, read(text(row, "bound_at")), read(deaf) if deaf else None, posts_only=silent))
    return found
