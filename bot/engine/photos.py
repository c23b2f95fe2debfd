"""Fetches what people sent, has pictures checked and re-encoded, keeps recordings as they came; then it is an event."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from bot.chat.events import PhotoFailed, PhotoId, PhotoStored
from bot.chat.platform import FetchLater, FetchNever, PlatformAdapter
from bot.chat.wire import write_internal
from bot.chat.work import Limits
from bot.engine import crash, uploads
from bot.engine.clock import Clock
from bot.engine.imaging import ImageWorker, Prepared, Unreadable
from bot.engine.reading import INTERNAL
from bot.engine.recordings import suffix
from storage import inbox, photos
from storage.blobs import BlobStore
from storage.database import Database, Tx
from storage.inbox import Arrival
from storage.photos import Found, Media, StoredPhoto

log = structlog.get_logger(__name__)

Noted = Callable[[Tx], Awaitable[bool]]

_WAITS_S: Final = (1, 4, 15, 60, 300)
_OVER_QUOTA: Final = timedelta(hours=1)
_AT_ONCE: Final = 4


@dataclass(slots=True)
class PhotoFetcher:
    """A durable worker over the rows of `photos`. `wake` is told the lane of an event it has committed."""

    database: Database
    platforms: Mapping[str, PlatformAdapter]
    worker: ImageWorker
    blobs: BlobStore
    clock: Clock
    most_bytes: int
    wake: Callable[[str], None]
    limits: Limits
    lease: timedelta = timedelta(seconds=90)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Fetch until cancelled."""
        if self.database.exclusive:
            async with self.database.write() as tx:
                await photos.release(tx)  # what was being fetched was left by the process before this one
        while True:
            self.woken.clear()
            if await self.once():
                continue
            try:
                await asyncio.wait_for(self.woken.wait(), timeout=1.0)
            except TimeoutError:
                continue

    async def once(self) -> int:
        """Fetch what is due now; returns how many were worked on."""
        now = self.clock.now()
        async with self.database.write() as tx:
            claimed = await photos.claim(tx, now, now + self.lease, _AT_ONCE)
        await asyncio.gather(*(self._fetch(photo) for photo in claimed))
        return len(claimed)

    async def _fetch(self, photo: StoredPhoto) -> None:
        try:
            if await self._over_quota(photo):
                return
            data = await self._bytes(photo)
            crash.point("photo.fetched")
            noted = await self._kept(photo, data)
            crash.point("photo.kept")
        except FetchNever as gone:
            await self._fail(photo, gone.reason)
        except Unreadable as no:
            await self._fail(photo, no.reason)
        except Exception as fault:  # noqa: BLE001 - one of the three places where everything is caught
            await self._later(photo, fault)
        else:
            await self._stored(photo, noted)
            crash.point("photo.noted")

    async def _bytes(self, photo: StoredPhoto) -> bytes:
        """From our own page, or from wherever the person sent it.

        Raises:
            FetchLater, FetchNever: they cannot be had now, or any more.
        """
        if uploads.is_upload(photo.ref):
            return await uploads.take(self.blobs, photo.ref, self.most_bytes)
        platform = self.platforms.get(photo.platform)
        if platform is None:
            raise FetchNever("no_platform")
        return await platform.fetch(photo.ref, self.most_bytes)

    async def _over_quota(self, photo: StoredPhoto) -> bool:
        """Whether the person sent more than a day's worth: then it waits its turn, and is not lost.

        What would be gone by then is fetched all the same.
        """
        platform, now = self.platforms.get(photo.platform), self.clock.now()
        if platform is not None and not platform.abilities.media_last and not uploads.is_upload(photo.ref):
            return False
        async with self.database.write() as tx:
            count, size = await photos.stored_since(tx, photo.member_id, now - timedelta(days=1))
            few = photo.media is not None or count < self.limits.photos_day
            if few and size < self.limits.photo_bytes_day:
                return False
            await photos.wait(tx, photo.id, now + _OVER_QUOTA)
        log.info("photo_over_quota", photo=photo.id)
        return True

    async def _kept(self, photo: StoredPhoto, data: bytes) -> Noted:
        """Put the bytes into the store; what is returned notes that they are there.

        Raises:
            FetchNever: they are no recording of the kind that was said.
            Unreadable: they are no picture.
        """
        now = self.clock.now()
        if photo.media is not None:
            blob = await self._keep_recording(photo.media, data)
            sha256 = hashlib.sha256(data).hexdigest()
            return lambda tx: photos.store_recording(tx, photo.id, blob, len(data), sha256, now)
        found = await self._keep(await self.worker.prepare(data))
        return lambda tx: photos.store(tx, photo.id, found, now)

    async def _keep_recording(self, media: Media, data: bytes) -> str:
        kind = suffix(media, data)
        if kind is None:
            raise FetchNever("kind")
        return await self.blobs.put(data, kind)

    async def _keep(self, prepared: Prepared) -> Found:
        return Found(
            blob=await self.blobs.put(prepared.data),
            thumb=await self.blobs.put(prepared.thumbnail),
            bytes=len(prepared.data),
            width=prepared.width,
            height=prepared.height,
            sha256_received=prepared.sha256_received,
            sha256_stored=prepared.sha256_stored,
            dhash=prepared.dhash,
            phash=prepared.phash,
            taken_claim=prepared.taken_at,
            position_claim=prepared.position,
            ai_label=prepared.ai_label,
        )

    async def _stored(self, photo: StoredPhoto, noted: Noted) -> None:
        event = PhotoStored(f"photo:{photo.id}", PhotoId(photo.id), self.clock.now())
        async with self.database.write() as tx:
            if await noted(tx):
                await inbox.add(tx, [_arrival(event, photo)])
        self.wake(_lane(photo))
        log.info("photo_stored", photo=photo.id)
        await self._drop_upload(photo)

    async def _fail(self, photo: StoredPhoto, reason: str) -> None:
        now = self.clock.now()
        event = PhotoFailed(f"photo:{photo.id}", PhotoId(photo.id), reason, now)
        async with self.database.write() as tx:
            if await photos.fail(tx, photo.id, reason):
                await inbox.add(tx, [_arrival(event, photo)])
        self.wake(_lane(photo))
        log.warning("photo_failed", photo=photo.id, reason=reason)
        await self._drop_upload(photo)

    async def _drop_upload(self, photo: StoredPhoto) -> None:
        """What lies on our page's side is not kept as it came."""
        if uploads.is_upload(photo.ref):
            await uploads.drop(self.blobs, photo.ref)

    async def _later(self, photo: StoredPhoto, fault: Exception) -> None:
        if photo.tries >= len(_WAITS_S):
            await self._fail(photo, "gone")
            return
        expected = isinstance(fault, FetchLater)
        log.warning("photo_later", photo=photo.id, error=type(fault).__name__, exc_info=None if expected else fault)
        async with self.database.write() as tx:
            at = self.clock.now() + timedelta(seconds=_WAITS_S[photo.tries])
            await photos.postpone(tx, photo.id, at, type(fault).__name__)


def _lane(photo: StoredPhoto) -> str:
    return f"{INTERNAL}:case:{photo.case_id or photo.id}"


def _arrival(event: PhotoStored | PhotoFailed, photo: StoredPhoto) -> Arrival:
    return Arrival(INTERNAL, event.event_id, _lane(photo), write_internal(event), event.at)
