"""The sandbox: a local web chat as a full platform, for trying the bot without any account.

There is no network: what people see are rows, and what they do are rows too until the bot has taken them.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from bot.chat.events import Address, Incoming, Photo, Platform, Position, Pressed
from bot.chat.platform import Abilities, Deliver, FetchNever, File, NeverWill, Pace, Raw, Rendered, Sent

BATCH: Final = 100
UPLOAD: Final = "upload:"


class Clock(Protocol):
    def now(self) -> datetime: ...


class SandboxStore(Protocol):
    """The messenger's memory.

    Buttons are (label, data, row, said), links (label, address); pictures are upload ids, files (id, name, bytes).
    """

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
    ) -> int: ...

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
    ) -> bool: ...

    async def react(self, *, chat: str, message: int, emoji: str) -> bool: ...

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
    ) -> int: ...

    async def press(self, *, chat: str, person: str, payload: str, at: datetime, event_id: str) -> None: ...

    async def pending(self, most: int) -> Sequence[tuple[str, str, str, datetime]]: ...

    async def delivered(self, event_ids: Sequence[str], at: datetime) -> None: ...

    async def answer(self, *, event_id: str, text: str, alert: bool, at: datetime) -> bool: ...

    async def keep(self, *, data: bytes, kind: str, at: datetime) -> str: ...

    async def upload(self, upload: str) -> tuple[str, int] | None: ...

    def parts(self, upload: str) -> AsyncGenerator[bytes]: ...


class SandboxPlatform:
    """See `PlatformAdapter`. `says`, `presses` and `keeps` are what people do; the page and the demo call them."""

    name = Platform.SANDBOX
    abilities = Abilities(
        buttons=True, edits=True, reactions=True, photos=9, text_bytes=20_000, starts_conversations=True, files=True
    )
    pace: Sequence[Pace] = (Pace(count=200, seconds=1),)
    listens_alone = False
    at_hand = True

    def __init__(self, store: SandboxStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._news = asyncio.Event()

    async def run(self, deliver: Deliver) -> None:
        """Hand over what people did, also what an earlier run could not; until cancelled."""
        while True:
            self._news.clear()
            pending = await self._store.pending(BATCH)
            if not pending:
                await self._news.wait()
                continue
            await deliver([Raw(event_id, chat, payload, at) for event_id, chat, payload, at in pending])
            await self._store.delivered([event_id for event_id, *_ in pending], self._clock.now())

    def read(self, raw: Raw) -> Incoming | Pressed | None:
        """The event of an update."""
        try:
            return _event(raw, json.loads(raw.payload))
        except (KeyError, TypeError) as fault:
            raise ValueError(f"update {raw.event_id} is unreadable: {fault!r}") from fault

    async def send(self, message: Rendered) -> Sent:
        """Show a message, or change one."""
        buttons = [(button.label, button.data, button.row, button.said) for button in message.buttons]
        pictures = [await self.keeps(picture.data) for picture in message.pictures]
        if message.edits is not None:
            return await self._change(message, message.edits, buttons, pictures)
        shown = await self._store.show(
            chat=message.where.chat,
            private=message.where.private,
            text=message.text,
            buttons=buttons,
            links=[(link.label, link.url) for link in message.links],
            pictures=pictures,
            files=[(await self._keeps(file), file.name, len(file.data)) for file in message.files],
            answers=_id(message.answers),
            at=self._clock.now(),
        )
        return Sent(str(shown))

    async def _keeps(self, file: File) -> str:
        return await self._store.keep(data=file.data, kind=file.mime, at=self._clock.now())

    async def _change(
        self, message: Rendered, edits: str, buttons: Sequence[tuple[str, str, int, str]], pictures: Sequence[str]
    ) -> Sent:
        changed = await self._store.change(
            chat=message.where.chat,
            message=_id(edits) or 0,
            text=message.text,
            buttons=buttons,
            links=[(link.label, link.url) for link in message.links],
            pictures=pictures,
            at=self._clock.now(),
        )
        if not changed:
            raise NeverWill(f"there is no message {edits} of the bot in this chat")
        return Sent(edits)

    async def react(self, where: Address, message: str, emoji: str) -> None:
        """Put a sign on somebody's message."""
        if not await self._store.react(chat=where.chat, message=_id(message) or 0, emoji=emoji):
            raise NeverWill(f"there is no message {message} in this chat")

    async def acknowledge(self, token: str, text: str | None, *, alert: bool) -> None:
        """Show a notice to the one who pressed."""
        if not await self._store.answer(event_id=token, text=text or "", alert=alert, at=self._clock.now()):
            raise NeverWill("there was no such press")

    async def fetch(self, ref: str, most_bytes: int) -> bytes:
        """The bytes of an upload."""
        upload = ref.removeprefix(UPLOAD)
        found = await self._store.upload(upload)
        if found is None:
            raise FetchNever("gone")
        if found[1] > most_bytes:
            raise FetchNever("too_large")
        return b"".join([part async for part in self._store.parts(upload)])

    async def keeps(self, data: bytes) -> str:
        """Upload a picture, or any file; returns its id."""
        return await self._store.keep(data=data, kind=sniffed(data), at=self._clock.now())

    async def says(
        self,
        where: Address,
        person: str,
        name: str,
        text: str = "",
        *,
        pictures: Sequence[str] = (),
        answers: str | None = None,
        position: Position | None = None,
    ) -> str:
        """A person writes in a chat; returns the message's id.

        Raises:
            FetchNever: a picture was never uploaded.
        """
        update = {
            **_whence(where, person, name),
            "text": text,
            "photos": [await self._photo(upload) for upload in pictures],
            "answers": answers,
            "position": None if position is None else [position.lat, position.lon],
        }
        message = await self._store.say(
            chat=where.chat,
            private=where.private,
            sender=person,
            sender_name=name,
            text=text,
            pictures=pictures,
            answers=_id(answers),
            position=None if position is None else (position.lat, position.lon),
            at=self._clock.now(),
            event_id=_event_id(),
            payload=lambda message: json.dumps({**update, "message": str(message)}, ensure_ascii=False),
        )
        self._news.set()
        return str(message)

    async def presses(self, where: Address, person: str, name: str, message: str, data: str) -> str:
        """A person presses a button; returns the token by which the bot may answer."""
        event_id = _event_id()
        update = {**_whence(where, person, name), "message": message, "data": data}
        await self._store.press(
            chat=where.chat,
            person=person,
            payload=json.dumps(update, ensure_ascii=False),
            at=self._clock.now(),
            event_id=event_id,
        )
        self._news.set()
        return event_id

    async def _photo(self, upload: str) -> list[str | int]:
        found = await self._store.upload(upload)
        if found is None:
            raise FetchNever("gone")
        kind, size = found
        return [UPLOAD + upload, size, "photo" if kind else "file"]


def sniffed(data: bytes) -> str:
    """The image type by the first bytes, or "" if it is none that every browser shows."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return ""


def _event_id() -> str:
    """Random, because ids of rows begin anew when the demo is reset and the inbox remembers the old ones."""
    return secrets.token_hex(12)


def _whence(where: Address, person: str, name: str) -> dict[str, object]:
    return {"chat": where.chat, "private": where.private, "person": person, "name": name}


def _id(message: str | None) -> int | None:
    return int(message) if message and message.isdecimal() else None


def _event(raw: Raw, update: dict[str, Any]) -> Incoming | Pressed:
    where = Address(Platform.SANDBOX, update["chat"], bool(update["private"]))
    if "data" in update:
        return Pressed(
            event_id=raw.event_id,
            where=where,
            sender=update["person"],
            data=update["data"],
            at=raw.at,
            message=update["message"],
            token=raw.event_id,
            sender_name=update["name"],
        )
    position = update["position"]
    return Incoming(
        event_id=raw.event_id,
        where=where,
        sender=update["person"],
        text=update["text"],
        at=raw.at,
        photos=tuple(Photo(ref, size, kind) for ref, size, kind in update["photos"]),
        answers=update["answers"],
        message=update["message"],
        sender_name=update["name"],
        position=Position(*position) if position else None,
    )
