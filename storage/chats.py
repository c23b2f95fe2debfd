"""Groups the bot is or was in, bound or not: what they are called, whether it hears them, which id they have today."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.times import read, stored
from storage.database import Row, Tx, maybe_text, text


@dataclass(frozen=True, slots=True)
class Chat:
    """`deaf_at`: what is said there has not been heard since then."""

    title: str
    joined_at: datetime
    left_at: datetime | None = None
    deaf_at: datetime | None = None
    moved_to: str | None = None


async def find(tx: Tx, platform: str, chat: str) -> Chat | None:
    """What is known of a group, None if nothing is."""
    row = await tx.maybe(
        "SELECT * FROM chats WHERE platform = :platform AND chat = :chat", platform=platform, chat=chat
    )
    return _chat(row) if row else None


async def save(tx: Tx, platform: str, chat: str, known: Chat) -> None:
    """Keep what is known of a group; `moved_to` stays as it is, see `redirect`."""
    await tx.run(
        "INSERT INTO chats (platform, chat, title, joined_at, left_at, deaf_at)"
        " VALUES (:platform, :chat, :title, :joined, :left, :deaf) ON CONFLICT (platform, chat) DO UPDATE"
        " SET title = excluded.title, joined_at = excluded.joined_at, left_at = excluded.left_at,"
        " deaf_at = excluded.deaf_at",
        platform=platform,
        chat=chat,
        title=known.title,
        joined=stored(known.joined_at),
        left=stored(known.left_at) if known.left_at else None,
        deaf=stored(known.deaf_at) if known.deaf_at else None,
    )


async def leave(tx: Tx, platform: str, chat: str, at: datetime) -> None:
    """Note that the bot is not in a group any more. Idempotent."""
    await tx.run(
        "UPDATE chats SET left_at = :at, deaf_at = NULL WHERE platform = :platform AND chat = :chat AND left_at IS NULL",
        platform=platform,
        chat=chat,
        at=stored(at),
    )


async def current(tx: Tx, platform: str, chat: str) -> str:
    """The id a group has today: its own, or the one it moved to."""
    row = await tx.maybe(
        "SELECT moved_to FROM chats WHERE platform = :platform AND chat = :chat AND moved_to IS NOT NULL",
        platform=platform,
        chat=chat,
    )
    return text(row, "moved_to") if row else chat


async def redirect(tx: Tx, platform: str, old: str, to: str, at: datetime) -> None:
    """Note that a group has another id; older ids of it lead there too. Idempotent. `to` must not have moved itself."""
    await tx.run(
        "INSERT INTO chats (platform, chat, joined_at, moved_to) VALUES (:platform, :old, :at, :to)"
        " ON CONFLICT (platform, chat) DO UPDATE SET moved_to = excluded.moved_to",
        platform=platform,
        old=old,
        to=to,
        at=stored(at),
    )
    await tx.run(
        "UPDATE chats SET moved_to = :to WHERE platform = :platform AND moved_to = :old",
        platform=platform,
        old=old,
        to=to,
    )


async def list_present(tx: Tx, platform: str) -> Mapping[str, Chat]:
    """The groups the bot is in, by their id, the one it joined last first."""
    rows = await tx.all(
        "SELECT * FROM chats WHERE platform = :platform AND left_at IS NULL AND moved_to IS NULL"
        " ORDER BY joined_at DESC, chat",
        platform=platform,
    )
    return {text(row, "chat"): _chat(row) for row in rows}


def _chat(row: Row) -> Chat:
    left, deaf = maybe_text(row, "left_at"), maybe_text(row, "deaf_at")
    return Chat(
        title=text(row, "title"),
        joined_at=read(text(row, "joined_at")),
        left_at=read(left) if left else None,
        deaf_at=read(deaf) if deaf else None,
        moved_to=maybe_text(row, "moved_to"),
    )
