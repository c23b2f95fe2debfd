"""Blobs in an S3-compatible bucket (extra `s3`); address and credentials come from the AWS_* environment."""

import os
from collections.abc import AsyncIterator, Awaitable
from datetime import datetime, timedelta
from typing import Final, TypeVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from storage.blobs import Blob, BlobMissing, BlobsUnavailable, checked, is_name, name_of

_PAGE: Final = 1000  # the most one S3 answer lists
_TRIES: Final = 3
_FOR: Final = timedelta(seconds=20)  # all tries of a request together
_T = TypeVar("_T")


class S3Blobs:
    """A bucket as `BlobStore`; S3 shows an object only when all of it is stored, so nothing is ever half there.

    The environment is that of every S3 tool: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, and for others
    than Amazon AWS_ENDPOINT_URL. Plain `http://` is used only if that address says so.
    """

    def __init__(self, bucket: str, prefix: str) -> None:
        endpoint = os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT") or ""
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            client_options={"allow_http": endpoint.startswith("http://"), "timeout": timedelta(seconds=15)},
            retry_config={"max_retries": _TRIES, "retry_timeout": _FOR},
        )

    async def put(self, data: bytes, suffix: str = ".jpg") -> str:
        name = name_of(data, suffix)
        # One request, so that the object's name stands for all of its content or for nothing.
        await _reported(obstore.put_async(self._store, name, data, use_multipart=False))
        return name

    async def get(self, name: str) -> bytes:
        try:
            found = await obstore.get_async(self._store, checked(name))
            return bytes(await found.bytes_async())
        except FileNotFoundError as missing:
            raise BlobMissing(name) from missing
        except (BaseError, OSError) as fault:
            raise BlobsUnavailable(_why(fault)) from fault

    async def has(self, name: str) -> bool:
        try:
            await obstore.head_async(self._store, checked(name))
        except FileNotFoundError:
            return False
        except (BaseError, OSError) as fault:
            raise BlobsUnavailable(_why(fault)) from fault
        return True

    async def delete(self, name: str) -> None:
        await _reported(obstore.delete_async(self._store, checked(name)))

    async def names(self) -> AsyncIterator[Blob]:
        try:
            # Its other shapes are typed with pyarrow, which is not installed.
            pages = obstore.list(self._store, chunk_size=_PAGE)  # pyright: ignore[reportUnknownMemberType]
            async for page in pages:
                for found in page:
                    if is_name(found["path"]):
                        yield Blob(found["path"], found["last_modified"], found["size"])
        except (BaseError, OSError) as fault:
            raise BlobsUnavailable(_why(fault)) from fault

    async def discard_unfinished(self, before: datetime) -> int:
        return 0  # a put that did not finish has left nothing


async def _reported(work: Awaitable[_T]) -> _T:
    try:
        return await work
    except (BaseError, OSError) as fault:
        raise BlobsUnavailable(_why(fault)) from fault


def _why(fault: Exception) -> str:
    """The first line only: the rest quotes the request."""
    return f"{type(fault).__name__}: {str(fault).splitlines()[0]}"
