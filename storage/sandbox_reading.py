"""What the sandbox's pages show: messages, the list of chats, notices."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.domain.times import read, stored
from storage.database import Row, Tx, maybe_number, maybe_text, number, text

_LINK: Final = ("label", "url")


@dataclass(frozen=True, slots=True)
class SandboxButton:
    """`data` comes back when it is pressed; `said` is the word that does the same."""

    label: str
    data: str
    row: int
    said: str


@dataclass(frozen=True, slots=True)
class SandboxLink:
    """An address under a message."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class SandboxFile:
    """A file that the bot sent, by its upload id."""

    upload: str
    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class SandboxMessage:
    """A message as it is shown. `sender` is None for the bot; `pictures` are upload ids."""

    id: int
    chat: str
    sender: str | None
    sender_name: str
    text: str
    pictures: tuple[str, ...]
    files: tuple[SandboxFile, ...]
    buttons: tuple[SandboxButton, ...]
    links: tuple[SandboxLink, ...]
    answers: int | None
    reaction: str
    position: tuple[float, float] | None  # WGS-84 latitude and longitude, degrees
    at: datetime
    edited_at: datetime | None


@dataclass(frozen=True, slots=True)
class Notice:
    """The answer to a press, for the person who pressed."""

    person: str
    text: str
    alert: bool


@dataclass(frozen=True, slots=True)
class ChatState:
    """How a chat stands in the list of chats. `unread` counts messages of the bot that were not looked at."""

    unread: int
    last: SandboxMessage


async def list_messages(tx: Tx, chat: str, most: int) -> Sequence[SandboxMessage]:
    """The newest messages of a chat, oldest first."""
    rows = await tx.all(
        "SELECT * FROM sandbox_messages WHERE chat = :chat ORDER BY id DESC LIMIT CAST(:most AS BIGINT)",
        chat=chat,
        most=most,
    )
    return [_message(row) for row in reversed(rows)]


async def count_said(tx: Tx, chat: str) -> Mapping[str, int]:
    """How often people have said what in a chat."""
    rows = await tx.all(
        "SELECT text, count(*) AS n FROM sandbox_messages WHERE chat = :chat AND sender IS NOT NULL GROUP BY text",
        chat=chat,
    )
    return {text(row, "text"): number(row, "n") for row in rows}


async def list_quoted(tx: Tx, chat: str, most: int) -> Mapping[int, SandboxMessage]:
    """The messages that the newest messages of a chat answer, by id."""
    rows = await tx.all(
        "SELECT * FROM sandbox_messages WHERE chat = :chat AND id IN (SELECT answers FROM"
        " (SELECT answers FROM sandbox_messages WHERE chat = :chat ORDER BY id DESC LIMIT CAST(:most AS BIGINT))"
        " AS newest WHERE answers IS NOT NULL)",
        chat=chat,
        most=most,
    )
    return {message.id: message for message in map(_message, rows)}


async def find_message(tx: Tx, chat: str, message: int) -> SandboxMessage | None:
    """A message of a chat, or None."""
    row = await tx.maybe(
        "SELECT * FROM sandbox_messages WHERE chat = :chat AND id = :message", chat=chat, message=message
    )
    return _message(row) if row else None


async def list_chats(tx: Tx) -> Mapping[str, ChatState]:
    """Every chat that has a message, with its newest one."""
    counted = await tx.all(
        "SELECT m.chat AS chat, count(*) AS unread FROM sandbox_messages m"
        " LEFT JOIN sandbox_seen s ON s.chat = m.chat"
        " WHERE m.sender IS NULL AND m.id > COALESCE(s.message, 0) GROUP BY m.chat"
    )
    unread = {text(row, "chat"): number(row, "unread") for row in counted}
    newest = await tx.all(
        "SELECT * FROM sandbox_messages WHERE id IN (SELECT max(id) FROM sandbox_messages GROUP BY chat)"
    )
    return {text(row, "chat"): ChatState(unread.get(text(row, "chat"), 0), _message(row)) for row in newest}


async def see(tx: Tx, chat: str, message: int) -> bool:
    """Everything up to a message was looked at. False if that is no news."""
    changed = await tx.run(
        "INSERT INTO sandbox_seen (chat, message) VALUES (:chat, :message)"
        " ON CONFLICT (chat) DO UPDATE SET message = excluded.message WHERE sandbox_seen.message < excluded.message",
        chat=chat,
        message=message,
    )
    return changed == 1


async def list_notices(tx: Tx, after: datetime) -> tuple[datetime, Sequence[Notice]]:
    """Answers to presses given after an instant, oldest first, and the instant up to which they reach."""
    rows = await tx.all(
        "SELECT person, answer, alert, answered_at FROM sandbox_updates"
        " WHERE answered_at IS NOT NULL AND answered_at > :after ORDER BY answered_at, id",
        after=stored(after),
    )
    reach = read(text(rows[-1], "answered_at")) if rows else after
    found = [Notice(text(row, "person"), text(row, "answer"), row["alert"] is not None) for row in rows]
    return reach, [notice for notice in found if notice.text]


def _message(row: Row) -> SandboxMessage:
    answers, position, edited = maybe_number(row, "answers"), maybe_text(row, "position"), maybe_text(row, "edited_at")
    below: list[Any] = json.loads(text(row, "buttons"))  # buttons, then links, which have two parts
    shown: list[Any] = json.loads(text(row, "pictures"))  # ids of pictures, then files as lists
    return SandboxMessage(
        id=number(row, "id"),
        chat=text(row, "chat"),
        sender=maybe_text(row, "sender"),
        sender_name=text(row, "sender_name"),
        text=text(row, "text"),
        pictures=tuple(one for one in shown if isinstance(one, str)),
        files=tuple(SandboxFile(*one) for one in shown if not isinstance(one, str)),
        buttons=tuple(SandboxButton(*one) for one in below if len(one) > len(_LINK)),
        links=tuple(SandboxLink(*one) for one in below if len(one) == len(_LINK)),
        answers=answers,
        reaction=text(row, "reaction"),
        position=_position(position) if position else None,
        at=read(text(row, "at")),
        edited_at=read(edited) if edited else None,
    )


def _position(written: str) -> tuple[float, float]:
    lat, _, lon = written.partition(",")
    return float(lat), float(lon)
