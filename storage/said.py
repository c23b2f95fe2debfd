"""Which message of a chat was about which case, so that a quote finds it."""

from bot.domain.case import CaseId
from storage.database import Tx, number


async def note(tx: Tx, platform: str, chat: str, message: str, case: CaseId) -> None:
    """Note that a message (ours or a person's) was about a case; the last word holds."""
    await tx.run(
        "INSERT INTO said (platform, chat, message, case_id) VALUES (:platform, :chat, :message, :case)"
        " ON CONFLICT (platform, chat, message) DO UPDATE SET case_id = excluded.case_id",
        platform=platform,
        chat=chat,
        message=message,
        case=case,
    )


async def find(tx: Tx, platform: str, chat: str, message: str) -> CaseId | None:
    """The case a message was about, or None."""
    row = await tx.maybe(
        "SELECT case_id FROM said WHERE platform = :platform AND chat = :chat AND message = :message",
        platform=platform,
        chat=chat,
        message=message,
    )
    return CaseId(number(row, "case_id")) if row else None
