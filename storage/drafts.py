"""Reports being put together: at most one open per chat and person."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.case import CaseId
from bot.domain.people import MemberId
from bot.domain.times import read, stored
from storage.database import Row, Tx, maybe_text, number, text


@dataclass(frozen=True, slots=True)
class Draft:
    """`asked`: what the rider was asked for (photo, place, category), empty if nothing; `settled`: what they chose."""

    case_id: CaseId
    platform: str
    chat: str
    member_id: MemberId
    album: str | None
    message: str | None
    asked: str
    settled: frozenset[str]
    expires_at: datetime
    closed: bool


async def insert(tx: Tx, draft: Draft) -> None:
    """A new open draft.

    Raises:
        Conflict: the person has one open in this chat.
    """
    await tx.run(
        "INSERT INTO drafts (case_id, platform, chat, member_id, album, message, asked, expires_at)"
        " VALUES (:case, :platform, :chat, :member, :album, :message, :asked, :until)",
        case=draft.case_id,
        platform=draft.platform,
        chat=draft.chat,
        member=draft.member_id,
        album=draft.album,
        message=draft.message,
        asked=draft.asked,
        until=stored(draft.expires_at),
    )


async def find_open(tx: Tx, platform: str, chat: str, member: MemberId) -> Draft | None:
    """The open draft of a person in a chat."""
    row = await tx.maybe(
        "SELECT * FROM drafts WHERE platform = :platform AND chat = :chat AND member_id = :member"
        " AND closed_at IS NULL",
        platform=platform,
        chat=chat,
        member=member,
    )
    return _draft(row) if row else None


async def find_album(tx: Tx, platform: str, chat: str, album: str) -> Draft | None:
    """The draft an album belongs to, open or not: late parts join its case."""
    row = await tx.maybe(
        "SELECT * FROM drafts WHERE platform = :platform AND chat = :chat AND album = :album"
        " ORDER BY case_id DESC LIMIT 1",
        platform=platform,
        chat=chat,
        album=album,
    )
    return _draft(row) if row else None


async def get(tx: Tx, case: CaseId) -> Draft | None:
    """The draft a case was made from, open or not."""
    row = await tx.maybe("SELECT * FROM drafts WHERE case_id = :case", case=case)
    return _draft(row) if row else None


async def ask(tx: Tx, case: CaseId, asked: str, expires_at: datetime) -> None:
    """Note the question that was put, and how long the answer is waited for."""
    await tx.run(
        "UPDATE drafts SET asked = :asked, expires_at = :until WHERE case_id = :case",
        case=case,
        asked=asked,
        until=stored(expires_at),
    )


async def settle(tx: Tx, case: CaseId, what: str) -> None:
    """Note that the rider has chosen `what` themselves. Idempotent enough: saying it twice changes nothing."""
    await tx.run(
        "UPDATE drafts SET settled = settled || ' ' || CAST(:what AS TEXT) WHERE case_id = :case", case=case, what=what
    )


async def close(tx: Tx, case: CaseId, at: datetime) -> bool:
    """Close a draft; False if it was closed before."""
    return bool(
        await tx.run(
            "UPDATE drafts SET closed_at = :at WHERE case_id = :case AND closed_at IS NULL", case=case, at=stored(at)
        )
    )


def _draft(row: Row) -> Draft:
    return Draft(
        case_id=CaseId(number(row, "case_id")),
        platform=text(row, "platform"),
        chat=text(row, "chat"),
        member_id=MemberId(number(row, "member_id")),
        album=maybe_text(row, "album"),
        message=maybe_text(row, "message"),
        asked=text(row, "asked"),
        settled=frozenset(text(row, "settled").split()),
        expires_at=read(text(row, "expires_at")),
        closed=row["closed_at"] is not None,
    )
