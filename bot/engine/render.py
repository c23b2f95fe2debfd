"""From a row of the outbox to a message ready to go: words in the reader's language, buttons signed, pictures made."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from bot.chat.events import Address, Platform
from bot.chat.messages import Attachment, AttachmentKind, Button
from bot.chat.platform import Abilities, File, Link, Picture, Rendered, RenderedButton
from bot.chat.texts import Texts
from bot.chat.wire import Body, read_choices
from bot.engine.buttons import Signer, write_data
from bot.engine.case_link import case_url
from bot.engine.imaging import ImageWorker, Unreadable
from storage import members, photos, prompts
from storage.blobs import BlobMissing, BlobStore
from storage.database import Tx
from storage.outbox import Queued, Shown
from storage.photos import PhotoState, StoredPhoto
from storage.prompts import Prompt

log = structlog.get_logger(__name__)

_MOST_PHOTOS: Final = 9
_MIMES: Final = {  # by ending
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a message needs from the database, read in the transaction that claims it."""

    language: str
    prompt: Prompt | None
    photos: dict[int, StoredPhoto]

    @property
    def waits(self) -> bool:
        """Whether a photo of the message is still on its way."""
        return any(photo.state is PhotoState.WANTED for photo in self.photos.values())


async def facts(tx: Tx, queued: Queued, body: Body, language: str) -> Facts:
    """Read what rendering needs; `language` is the county's, for groups."""
    if queued.member_id is not None:
        language = await members.language(tx, queued.member_id)
    prompt = await prompts.of_outbox(tx, queued.id) if body.buttons else None
    wanted = [photo for attachment in body.attachments for photo in attachment.photos]
    return Facts(language, prompt, {photo.id: photo for photo in await photos.list_by_id(tx, wanted)})


@dataclass(frozen=True, slots=True)
class Renderer:
    texts: Texts
    signer: Signer
    blobs: BlobStore
    worker: ImageWorker
    public_url: str | None = None  # under which people's browsers find our pages

    async def render(
        self, queued: Queued, body: Body, known: Facts, abilities: Abilities, now: datetime, edits: Shown | None
    ) -> Rendered:
        """The message as the platform can show it."""
        text = self.texts.render(body.text, known.language, now)
        buttons = self._buttons(queued, known, now)
        if buttons and not abilities.buttons:
            text += "\n" + "  ".join(f"{n} {button.label}" for n, button in enumerate(buttons, 1))
            buttons = ()
        return Rendered(
            where=Address(Platform(queued.platform), queued.chat, queued.private),
            text=text,
            buttons=buttons,
            pictures=await self._pictures(body, known, now) if abilities.photos else (),
            files=await self._files(body, known, now) if abilities.files and edits is None else (),
            links=self._links(queued, body, known.language, now),
            answers=body.answers,
            edits=edits.message if edits else None,
            had=edits.pictures if edits else 0,
            key=str(queued.id),
        )

    def _links(self, queued: Queued, body: Body, language: str, now: datetime) -> tuple[Link, ...]:
        """The link to the case's page, for the one person who reads this chat."""
        if body.page is None or self.public_url is None or not queued.private or queued.member_id is None:
            return ()
        url = case_url(self.public_url, self.signer, body.page.case, queued.member_id)
        return (Link(self.texts.render(body.page.label, language, now), url),)

    def _buttons(self, queued: Queued, known: Facts, now: datetime) -> tuple[RenderedButton, ...]:
        prompt = known.prompt
        if prompt is None or prompt.closed:
            return ()
        return tuple(
            self._button(queued, prompt.id, index, button, known.language, now)
            for index, button in enumerate(read_choices(prompt.choices))
        )

    def _button(
        self, queued: Queued, prompt: int, index: int, button: Button, language: str, now: datetime
    ) -> RenderedButton:
        label = self.texts.render(button.label, language, now)
        data = write_data(self.signer, prompt, index, queued.platform, queued.chat)
        return RenderedButton(label, data, button.row, said=label)

    async def _pictures(self, body: Body, known: Facts, now: datetime) -> tuple[Picture, ...]:
        pictures: list[Picture] = []
        shown = [attachment for attachment in body.attachments if attachment.kind is not AttachmentKind.FILE]
        for attachment in shown[:_MOST_PHOTOS]:
            pictures += await self._attached(attachment, known, now)
        return tuple(pictures)

    async def _files(self, body: Body, known: Facts, now: datetime) -> tuple[File, ...]:
        files: list[File] = []
        for attachment in body.attachments:
            if attachment.kind is AttachmentKind.FILE:
                files += await self._file(attachment, known, now)
        return tuple(files)

    async def _file(self, attachment: Attachment, known: Facts, now: datetime) -> list[File]:
        called = self.texts.shown(attachment.words["file"], known.language, now)
        ending = attachment.name.rpartition(".")[2]
        try:
            return [File(await self._made(attachment, known.language, now), f"{called}.{ending}", _MIMES[ending])]
        except Unreadable as fault:
            log.error("file_missing", file=attachment.name, error=type(fault).__name__)
            return []

    async def _attached(self, attachment: Attachment, known: Facts, now: datetime) -> list[Picture]:
        stored = [known.photos[photo] for photo in attachment.photos if known.photos[photo].blob is not None]
        try:
            data = [await self.blobs.get(photo.blob) for photo in stored if photo.blob is not None]
            if attachment.kind is AttachmentKind.PHOTO:
                return [Picture(found, f"photo-{photo.id}.jpg") for found, photo in zip(data, stored, strict=True)]
            drawn = await self._made(attachment, known.language, now, data)
            return [Picture(drawn, f"{attachment.name}.jpg", drawn=True)]
        except (BlobMissing, Unreadable) as fault:
            # The message says the same in words; a picture that is gone must not hold it back.
            log.error("picture_missing", picture=attachment.name, error=type(fault).__name__)
            return []

    async def _made(self, attachment: Attachment, language: str, now: datetime, data: Sequence[bytes] = ()) -> bytes:
        """Have the worker make it from its words, beside which `rows` are the cells of its tables, if it has any."""
        told: dict[str, object] = {
            name: self.texts.shown(value, language, now) for name, value in attachment.words.items()
        }
        if attachment.rows:
            told["rows"] = [[self.texts.cell(cell, language, now) for cell in row] for row in attachment.rows]
        return await self.worker.draw(attachment.name, json.dumps(told, ensure_ascii=False), data)
