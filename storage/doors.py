"""By which ways a chat may be written to, where a platform has several and opens them one by one."""

from collections.abc import Mapping
from datetime import datetime

from bot.domain.times import stored
from storage.database import Tx, text


async def open_up(tx: Tx, platform: str, chat: str, door: str, at: datetime) -> None:
    """Note that the chat may be written to by this way. Idempotent."""
    await tx.run(
        "INSERT INTO doors (platform, chat, door, opened_at) VALUES (:platform, :chat, :door, :at)"
        " ON CONFLICT (platform, chat, door) DO NOTHING",
        platform=platform, chat=chat, door=door, at=stored(at),
    )  # fmt: skip


async def shut(tx: Tx, platform: str, chat: str, door: str) -> None:
    """The platform refuses this way for this chat. Idempotent."""
    await tx.run(
        "DELETE FROM doors WHERE platform = :platform AND chat = :chat AND door = :door",
        platform=platform, chat=chat, door=door,
    )  # fmt: skip


async def list_open(tx: Tx, platform: str) -> Mapping[str, frozenset[str]]:
    """The open ways of every chat of a platform."""
    found: dict[str, frozenset[str]] = {}
    for row in await tx.all("SELECT chat, door FROM doors WHERE platform = :platform ORDER BY chat", platform=platform):
        found[text(row, "chat")] = found.get(text(row, "chat"), frozenset()) | {text(row, "door")}
    return found
