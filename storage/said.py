"""Which message of a chat was about which case, so that a quote finds it, and what a person's message said."""

from dataclasses import dataclass

from bot.domain.case import CaseId
from storage.database import Tx, number, text


@dataclass(frozen=True, slots=True)
class Said:
    """`words` of a person's message as the case took them; empty for a message of ours."""

    case: CaseId
    words: str


async def note(tx: Tx, platform: str, chat: str, message: str, case: CaseId, words: str = "") -> None:
    """Note that a message (ours or a person's) was about a case, and what it said; the last word holds."""
    await tx.run(
        "INSERT INTO said (platform, chat, message, case_id, words) VALUES (:platform, :chat, :message, :case, :words)"
        " ON CONFLICT (platform, chat, message) DO UPDATE SET case_id = excluded.case_id, words = excluded.words",
        platform=platform,
        chat=chat,
        message=message,
        case=case,
        words=words,
    )


async def find(tx: Tx, platform: str, chat: str, message: str) -> CaseId | None:
    """The case a message was about, or None."""
    known = await look_up(tx, platform, chat, message)
    return known.case if known else None


async def look_up(tx: Tx, platform: str, chat: str, message: str) -> Said | None:
    """What is known of a message, or None."""
    row = await tx.maybe(
        "SELECT case_id, words FROM said WHERE platform = :platform AND chat = :chat AND message = :message",
        platform=platform,
        chat=chat,
        message=message,
    )
    return Said(CaseId(number(row, "case_id")), text(row, "words")) if row else None
