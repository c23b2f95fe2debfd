"""Where a person stands in a dialog; a row, so that a restart or another process goes on."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.people import MemberId
from bot.domain.times import stored
from storage.database import Tx, text


@dataclass(frozen=True, slots=True)
class Dialog:
    step: str  # "feature.step"
    data: str  # JSON of the feature


async def start(tx: Tx, platform: str, chat: str, member: MemberId, step: str, data: str, expires_at: datetime) -> None:
    """Put a person at a step; an older dialog of the same chat gives way."""
    await tx.run(
        "INSERT INTO dialogs (platform, chat, member_id, step, data, expires_at)"
        " VALUES (:platform, :chat, :member, :step, :data, :until) ON CONFLICT (platform, chat, member_id)"
        " DO UPDATE SET step = excluded.step, data = excluded.data, expires_at = excluded.expires_at",
        platform=platform,
        chat=chat,
        member=member,
        step=step,
        data=data,
        until=stored(expires_at),
    )


async def find(tx: Tx, platform: str, chat: str, member: MemberId, now: datetime) -> Dialog | None:
    """The open dialog of a person in a chat."""
    row = await tx.maybe(
        "SELECT step, data FROM dialogs WHERE platform = :platform AND chat = :chat AND member_id = :member"
        " AND expires_at > :now",
        platform=platform,
        chat=chat,
        member=member,
        now=stored(now),
    )
    return Dialog(text(row, "step"), text(row, "data")) if row else None


async def end(tx: Tx, platform: str, chat: str, member: MemberId) -> None:
    """End a dialog. Idempotent."""
    await tx.run(
        "DELETE FROM dialogs WHERE platform = :platform AND chat = :chat AND member_id = :member",
        platform=platform,
        chat=chat,
        member=member,
    )
