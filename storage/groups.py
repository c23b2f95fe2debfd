"""Work groups the bot speaks in."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.people import MemberId
from bot.domain.times import stored
from storage.database import Tx, text


async def bind(tx: Tx, platform: str, chat: str, at: datetime, by: MemberId | None = None) -> None:
    """Bind a chat as work group. Idempotent."""
    await tx.run(
        "INSERT INTO groups (platform, chat, bound_by, bound_at) VALUES (:platform, :chat, :by, :at)"
        " ON CONFLICT (platform, chat) DO UPDATE SET ended_at = NULL",
        platform=platform,
        chat=chat,
        by=by,
        at=stored(at),
    )


async def bound(tx: Tx) -> Sequence[tuple[str, str]]:
    """Platform and chat of every bound group, the one bound first first."""
    rows = await tx.all("SELECT platform, chat FROM groups WHERE ended_at IS NULL ORDER BY bound_at, platform, chat")
    return [(text(row, "platform"), text(row, "chat")) for row in rows]
