"""Where photos are kept: a folder or an S3-compatible bucket, by the SHA-256 of their content."""

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

_NAME: Final = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,8}")
_SUFFIX: Final = re.compile(r"\.[a-z0-9]{1,8}")
_BUCKET: Final = re.compile(r"s3://(?P<bucket>[A-Za-z0-9][A-Za-z0-9._-]+)(?:/(?P<prefix>.*))?")


class BlobMissing(LookupError):
    """No blob of this name is stored."""


class BadBlobName(ValueError):
    """Not a name that `put` gives; it is never turned into a path."""


class BlobsUnavailable(Exception):
    """The store could not be reached, read or written just now; nothing is known to be stored. Try again later."""


class BlobsUnusable(Exception):
    """The store cannot be used as configured; the message says why and names the cure in one sentence."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored blob; `stored_at` is when it was last put, by the store's clock, UTC."""

    name: str
    stored_at: datetime
    size_bytes: int


class BlobStore(Protocol):
    """Keeps bytes under names made of their content. Every method may raise BlobsUnavailable."""

    async def put(self, data: bytes, suffix: str = ".jpg") -> str:
        """Keep `data`; returns its name, SHA-256 in hexadecimal and `suffix`.

        When it returns, the bytes survive a power cut. Idempotent: the same content again renews `stored_at`.
        """
        ...

    async def get(self, name: str) -> bytes:
        """The bytes of a blob.

        Raises:
            BlobMissing: there is none of this name.
            BadBlobName: it is not the name of a blob.
        """
        ...

    async def has(self, name: str) -> bool:
        """Whether a blob of this name is stored."""
        ...

    async def delete(self, name: str) -> None:
        """Remove a blob; one that is not there is no error."""
        ...

    def names(self) -> AsyncIterator[Blob]:
        """Every blob, in the order of names; what is put or deleted meanwhile may or may not appear."""
        ...

    async def discard_unfinished(self, before: datetime) -> int:
        """Remove what puts that were begun before this instant and never finished have left; returns how many."""
        ...


def open_blobs(url: str) -> BlobStore:
    """The store at `s3://bucket/prefix` or, for anything without a scheme, in a folder.

    Raises:
        BlobsUnusable: the address is not understood, or the extra it needs is not installed.
    """
    if url.startswith("s3://"):
        return _bucket(url)
    if "://" in url or not url:
        raise BlobsUnusable(f'[storage] photos = "{url}": give a folder, or "s3://bucket/prefix"')
    from storage.blobs_folder import FolderBlobs

    return FolderBlobs(Path(url))


def name_of(data: bytes, suffix: str) -> str:
    """The name under which a store keeps `data`.

    Raises:
        BadBlobName: the suffix is not a dot and one to eight lower-case letters or digits.
    """
    if not _SUFFIX.fullmatch(suffix):
        raise BadBlobName(suffix)
    return hashlib.sha256(data).hexdigest() + suffix


def is_name(name: str) -> bool:
    """Whether this is a name that `put` gives."""
    return _NAME.fullmatch(name) is not None


def checked(name: str) -> str:
    """`name` itself.

    Raises:
        BadBlobName: it is not one that `put` gives.
    """
    if not is_name(name):
        raise BadBlobName(name)
    return name


def _bucket(url: str) -> BlobStore:
    address = _BUCKET.fullmatch(url)
    if address is None:
        raise BlobsUnusable(f'[storage] photos = "{url}": write it as "s3://bucket/prefix"')
    try:
        from storage.blobs_s3 import S3Blobs
    except ModuleNotFoundError as missing:
        if missing.name != "obstore":
            raise
        raise BlobsUnusable(
            f'[storage] photos = "{url}" needs the extra "s3": install it with pip install "wudayuan[s3]"'
        ) from missing
    return S3Blobs(address["bucket"], (address["prefix"] or "").strip("/"))
