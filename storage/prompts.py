"""Choices that stand open in a chat: what a button means, and what a typed word may mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.case import CaseId
from bot.domain.times import read, stored
from storage.database import Row, Tx, maybe_number, maybe_text, number, text


@dataclass(frozen=True, slots=True)
class Prompt:
    """`choices` is JSON of the chat model; `message` is the platform's id once it was sent."""

    id: int
    platform: str
    chat: str
    case_id: CaseId | None
    choices: str
    expires_at: datetime
    closed: bool
    message: str | None


async def add(
    tx: Tx, outbox: int, platform: str, chat: str, case: CaseId | None, choices: str, expires_at: datetime
) -> int:
    """Open the choices of a queued message; the id goes into its buttons."""
    row = await tx.one(
        "INSERT INTO prompts (outbox_id, platform, chat, case_id, choices, expires_at)"
        " VALUES (:outbox, :platform, :chat, :case, :choices, :until) RETURNING id",
        outbox=outbox,
        platform=platform,
        chat=chat,
        case=case,
        choices=choices,
        until=stored(expires_at),
    )
    return number(row, "id")


async def find(tx: Tx, prompt: int) -> Prompt | None:
    """A prompt, open or not."""
    row = await tx.maybe(
        "SELECT p.*, o.message FROM prompts p JOIN outbox o ON o.id = p.outbox_id WHERE p.id = :id", id=prompt
    )
    return _prompt(row) if row else None


async def of_outbox(tx: Tx, outbox: int) -> Prompt | None:
    """The prompt of a queued message."""
    row = await tx.maybe(
        "SELECT p.*, o.message FROM prompts p JOIN outbox o ON o.id = p.outbox_id WHERE p.outbox_id = :id", id=outbox
    )
    return _prompt(row) if row else None


async def list_open(tx: Tx, platform: str, chat: str, now: datetime) -> Sequence[Prompt]:
    """Open prompts of a chat that were shown (or perhaps were), newest first; at most 100."""
    rows = await tx.all(
        "SELECT p.*, o.message FROM prompts p JOIN outbox o ON o.id = p.outbox_id WHERE p.platform = :platform"
        " AND p.chat = :chat AND p.closed_at IS NULL AND p.expires_at > :now AND o.state IN ('sent', 'sending', 'unknown')"
        " ORDER BY p.id DESC LIMIT 100",
        platform=platform,
        chat=chat,
        now=stored(now),
    )
    return [_prompt(row) for row in rows]


async def close_slot(tx: Tx, platform: str, chat: str, slot: str, before: int, at: datetime) -> None:
    """Close the choices of older messages of a slot: they are edited away."""
    await tx.run(
        "UPDATE prompts SET closed_at = :at WHERE closed_at IS NULL AND outbox_id IN (SELECT id FROM outbox"
        " WHERE platform = :platform AND chat = :chat AND slot = :slot AND id < :before)",
        platform=platform,
        chat=chat,
        slot=slot,
        before=before,
        at=stored(at),
    )


async def close(tx: Tx, prompt: int, at: datetime) -> None:
    """Close one prompt. Idempotent."""
    await tx.run("UPDATE prompts SET closed_at = :at WHERE id = :id AND closed_at IS NULL", id=prompt, at=stored(at))


def _prompt(row: Row) -> Prompt:
    case = maybe_number(row, "case_id")
    return Prompt(
        id=number(row, "id"),
        platform=text(row, "platform"),
        chat=text(row, "chat"),
        case_id=CaseId(case) if case else None,
        choices=text(row, "choices"),
        expires_at=read(text(row, "expires_at")),
        closed=row["closed_at"] is not None,
        message=maybe_text(row, "message"),
    )
