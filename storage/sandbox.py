"""What the sandbox keeps: its messages, what people did there, and the pictures."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from bot.domain.times import read, stored
from storage.database import Database, Tx, Value, number, text

PART_BYTES: Final = 512 * 1024  # written in a few milliseconds, so nobody waits for a picture
CHANGES_KEPT: Final = 1000
NOTICES: Final = "*notices"  # told to those who wait, beside the names of chats
EVERYTHING: Final = "*"
CLEAR: Final = (
    "DELETE FROM sandbox_messages",
    "DELETE FROM sandbox_updates",
    "DELETE FROM sandbox_uploads",
    "DELETE FROM sandbox_upload_parts",
    "DELETE FROM sandbox_seen",
)


class SandboxRows:
    """The rows of the sandbox, and word of every change for those who watch. One for a process."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._changes: deque[tuple[int, str]] = deque(maxlen=CHANGES_KEPT)
        self._count = 0
        self._changed = asyncio.Event()

    @property
    def changes(self) -> int:
        """How many changes there were since the start of the process."""
        return self._count

    async def changed_after(self, seen: int) -> tuple[int, frozenset[str]]:
        """Wait for a change after `seen`; returns the new count and the chats that changed."""
        while self._count <= seen:
            await self._changed.wait()
        return self._count, frozenset(chat for n, chat in self._changes if n > seen)

    async def show(
        self,
        *,
        chat: str,
        private: bool,
        text: str,
        buttons: Sequence[tuple[str, str, int, str]],
        links: Sequence[tuple[str, str]],
        pictures: Sequence[str],
        files: Sequence[tuple[str, str, int]],
        answers: int | None,
        at: datetime,
    ) -> int:
        """Add a message of the bot; returns its id. A file is (upload id, name, bytes), a link (label, address)."""
        async with self.database.write() as tx:
            message = await _insert(
                tx,
                chat=chat,
                private="yes" if private else None,
                sender=None,
                sender_name="",
                text=text,
                pictures=json.dumps([*pictures, *files], ensure_ascii=False),
                buttons=json.dumps([*buttons, *links], ensure_ascii=False),
                answers=answers,
                position=None,
                at=stored(at),
            )
        self.tell(chat)
        return message

    async def change(
        self,
        *,
        chat: str,
        message: int,
        text: str,
        buttons: Sequence[tuple[str, str, int, str]],
        links: Sequence[tuple[str, str]],
        pictures: Sequence[str],
        at: datetime,
    ) -> bool:
        """Change a message of the bot; without pictures it keeps those it has. False if there is none."""
        async with self.database.write() as tx:
            changed = await tx.run(
                "UPDATE sandbox_messages SET text = :text, buttons = :buttons, edited_at = :at,"
                " pictures = CASE WHEN :pictures = '[]' THEN pictures ELSE :pictures END"
                " WHERE id = :message AND chat = :chat AND sender IS NULL",
                chat=chat,
                message=message,
                text=text,
                buttons=json.dumps([*buttons, *links], ensure_ascii=False),
                pictures=json.dumps(list(pictures)),
                at=stored(at),
            )
        self.tell(chat)
        return changed == 1

    async def react(self, *, chat: str, message: int, emoji: str) -> bool:
        """Put the bot's sign on a message, in place of an earlier one. False if there is no such message."""
        async with self.database.write() as tx:
            changed = await tx.run(
                "UPDATE sandbox_messages SET reaction = :emoji WHERE id = :message AND chat = :chat",
                chat=chat,
                message=message,
                emoji=emoji,
            )
        self.tell(chat)
        return changed == 1

    async def say(
        self,
        *,
        chat: str,
        private: bool,
        sender: str,
        sender_name: str,
        text: str,
        pictures: Sequence[str],
        answers: int | None,
        position: tuple[float, float] | None,
        at: datetime,
        event_id: str,
        payload: Callable[[int], str],
    ) -> int:
        """Add a person's message and what the bot is to be told of it, together; returns the message's id.

        `payload` makes the update from the message's id.
        """
        async with self.database.write() as tx:
            message = await _insert(
                tx,
                chat=chat,
                private="yes" if private else None,
                sender=sender,
                sender_name=sender_name,
                text=text,
                pictures=json.dumps(list(pictures)),
                buttons="[]",
                answers=answers,
                position=None if position is None else f"{position[0]:.6f},{position[1]:.6f}",
                at=stored(at),
            )
            await _insert_update(tx, event_id, sender, chat, payload(message), at)
        self.tell(chat)
        return message

    async def press(self, *, chat: str, person: str, payload: str, at: datetime, event_id: str) -> None:
        """Keep a press until the bot has taken it."""
        async with self.database.write() as tx:
            await _insert_update(tx, event_id, person, chat, payload, at)
        self.tell(chat)

    async def pending(self, most: int) -> Sequence[tuple[str, str, str, datetime]]:
        """What the bot has not taken yet, oldest first: event id, chat, payload, instant."""
        async with self.database.read() as tx:
            rows = await tx.all(
                "SELECT event_id, chat, payload, at FROM sandbox_updates WHERE delivered_at IS NULL"
                " ORDER BY id LIMIT CAST(:most AS BIGINT)",
                most=most,
            )
        return [(text(row, "event_id"), text(row, "chat"), text(row, "payload"), read(text(row, "at"))) for row in rows]

    async def delivered(self, event_ids: Sequence[str], at: datetime) -> None:
        """The bot has taken these. Idempotent."""
        async with self.database.write() as tx:
            for event_id in event_ids:
                await tx.run(
                    "UPDATE sandbox_updates SET delivered_at = :at WHERE event_id = :event_id AND delivered_at IS NULL",
                    event_id=event_id,
                    at=stored(at),
                )

    async def answer(self, *, event_id: str, text: str, alert: bool, at: datetime) -> bool:
        """Keep the bot's answer to a press. False if there was no such press."""
        async with self.database.write() as tx:
            changed = await tx.run(
                "UPDATE sandbox_updates SET answered_at = :at, answer = :text, alert = :alert"
                " WHERE event_id = :event_id",
                event_id=event_id,
                at=stored(at),
                text=text,
                alert="yes" if alert else None,
            )
        self.tell(NOTICES)
        return changed == 1

    async def keep(self, *, data: bytes, kind: str, at: datetime) -> str:
        """Keep bytes; returns their id, which is the same for the same bytes and ends in what they are.

        `kind` is an image type, the type of a file that the bot sends, or "" for anything else.
        """
        ending = kind.removeprefix("image/") if kind.startswith("image/") else "bin"
        upload = f"{sha256(data).hexdigest()[:40]}.{ending}"
        for part, start in enumerate(range(0, len(data), PART_BYTES)):
            async with self.database.write() as tx:
                await tx.run(
                    "INSERT INTO sandbox_upload_parts (upload, part, data) VALUES (:upload, :part, :data)"
                    " ON CONFLICT (upload, part) DO NOTHING",
                    upload=upload,
                    part=part,
                    data=data[start : start + PART_BYTES],
                )
        async with self.database.write() as tx:
            await tx.run(
                "INSERT INTO sandbox_uploads (id, kind, bytes, at) VALUES (:upload, :kind, :bytes, :at)"
                " ON CONFLICT (id) DO NOTHING",
                upload=upload,
                kind=kind,
                bytes=len(data),
                at=stored(at),
            )
        return upload

    async def upload(self, upload: str) -> tuple[str, int] | None:
        """Sniffed kind and number of bytes of an upload, or None."""
        async with self.database.read() as tx:
            row = await tx.maybe("SELECT kind, bytes FROM sandbox_uploads WHERE id = :upload", upload=upload)
        return (text(row, "kind"), number(row, "bytes")) if row else None

    async def parts(self, upload: str) -> AsyncGenerator[bytes]:
        """The bytes of an upload, piece by piece; each piece is a transaction of its own."""
        part = 0
        while True:
            async with self.database.read() as tx:
                row = await tx.maybe(
                    "SELECT data FROM sandbox_upload_parts WHERE upload = :upload AND part = :part",
                    upload=upload,
                    part=part,
                )
            if row is None:
                return
            data = row["data"]
            if not isinstance(data, bytes):
                raise TypeError("sandbox_upload_parts.data: bytes were expected")
            yield data
            part += 1

    async def clear(self) -> None:
        """Forget everything that was said and shown."""
        async with self.database.write() as tx:
            for statement in CLEAR:
                await tx.run(statement)
        self.tell(EVERYTHING)

    def tell(self, chat: str) -> None:
        """Wake those who watch: this chat changed."""
        self._count += 1
        self._changes.append((self._count, chat))
        waiting, self._changed = self._changed, asyncio.Event()
        waiting.set()


async def _insert(tx: Tx, **values: Value) -> int:
    row = await tx.one(
        "INSERT INTO sandbox_messages"
        " (chat, private, sender, sender_name, text, pictures, buttons, answers, position, at) VALUES"
        " (:chat, :private, :sender, :sender_name, :text, :pictures, :buttons, :answers, :position, :at) RETURNING id",
        **values,
    )
    return number(row, "id")


async def _insert_update(tx: Tx, event_id: str, person: str, chat: str, payload: str, at: datetime) -> None:
    await tx.run(
        "INSERT INTO sandbox_updates (event_id, person, chat, payload, at)"
        " VALUES (:event_id, :person, :chat, :payload, :at)",
        event_id=event_id,
        person=person,
        chat=chat,
        payload=payload,
        at=stored(at),
    )
