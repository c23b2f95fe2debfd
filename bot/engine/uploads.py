"""Bytes uploaded on a page of ours: they lie in the blob store as they came, until the worker has made a photo of them."""

import hashlib
import re
from collections.abc import Sequence
from typing import Final

import structlog

from bot.chat.platform import FetchNever
from storage.blobs import BlobMissing, BlobStore, BlobsUnavailable

log = structlog.get_logger(__name__)

PREFIX: Final = "page:"
SUFFIX: Final = ".upload"
_MARK_BYTES: Final = 16
_NAMED: Final = re.compile(rf"{PREFIX}([0-9a-f]{{64}}{re.escape(SUFFIX)})")


async def keep(blobs: BlobStore, event_id: str, data: bytes) -> str:
    """Keep what was uploaded with an event; returns the reference by which a photo row names it.

    Idempotent for an event. The event's mark before the bytes keeps equal pictures of two events apart, so that one
    can be dropped without the other.
    """
    mark = hashlib.sha256(event_id.encode()).digest()[:_MARK_BYTES]
    return PREFIX + await blobs.put(mark + data, SUFFIX)


def is_upload(ref: str) -> bool:
    """Whether a reference is one of `keep`, whatever the platform of its sender."""
    return ref.startswith(PREFIX)


def named(payload: str) -> Sequence[str]:
    """The blobs that an event not worked off yet needs."""
    return _NAMED.findall(payload)


async def take(blobs: BlobStore, ref: str, most_bytes: int) -> bytes:
    """The bytes as they came.

    Raises:
        FetchNever: they are gone, or more than `most_bytes`.
    """
    try:
        data = (await blobs.get(ref.removeprefix(PREFIX)))[_MARK_BYTES:]
    except BlobMissing:
        raise FetchNever("gone") from None
    if len(data) > most_bytes:
        raise FetchNever("too_large")
    return data


async def drop(blobs: BlobStore, ref: str) -> None:
    """Remove the bytes as they came, with all that a camera writes into them; what fails is swept within a day or two."""
    try:
        await blobs.delete(ref.removeprefix(PREFIX))
    except BlobsUnavailable as fault:
        log.warning("upload_not_dropped", error=str(fault))
