"""Blobs in a folder: `ab/cd/abcd….jpg`, readable by the bot's own user only."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from storage.blobs import Blob, BlobMissing, BlobsUnavailable, checked, is_name, name_of

_UNFINISHED: Final = "unfinished"  # beside the fan-out folders, so that a rename stays within one file system
_T = TypeVar("_T")


class FolderBlobs:
    """A folder as `BlobStore`; it is made when the first blob is put."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, data: bytes, suffix: str = ".jpg") -> str:
        return await _in_thread(self._put, data, suffix)

    async def get(self, name: str) -> bytes:
        path = self._path(name)
        try:
            return await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError as missing:
            raise BlobMissing(name) from missing
        except OSError as fault:
            raise BlobsUnavailable(_why(fault)) from fault

    async def has(self, name: str) -> bool:
        return await _in_thread(self._path(name).is_file)

    async def delete(self, name: str) -> None:
        await _in_thread(_remove, self._path(name))

    async def names(self) -> AsyncIterator[Blob]:
        for folder in await _in_thread(_subfolders, self._root):
            for blob in await _in_thread(_blobs_below, folder):
                yield blob

    async def discard_unfinished(self, before: datetime) -> int:
        return await _in_thread(self._discard_unfinished, before.timestamp())

    def _path(self, name: str) -> Path:
        return self._root / checked(name)[:2] / name[2:4] / name

    def _put(self, data: bytes, suffix: str) -> str:
        name = name_of(data, suffix)
        path = self._path(name)
        _make_folders(path.parent)
        unfinished = self._root / _UNFINISHED
        _make_folders(unfinished)
        written = _write(unfinished, data)
        written.replace(path)
        _sync_folder(path.parent)
        return name

    def _discard_unfinished(self, before: float) -> int:
        folder = self._root / _UNFINISHED
        left = [path for path in folder.iterdir() if path.stat().st_mtime < before] if folder.is_dir() else []
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)


async def _in_thread(work: Callable[..., _T], *args: object) -> _T:
    with _reported():
        return await asyncio.to_thread(work, *args)


@contextmanager
def _reported() -> Generator[None]:
    try:
        yield
    except OSError as fault:
        raise BlobsUnavailable(_why(fault)) from fault


def _why(fault: OSError) -> str:
    return f"{fault.strerror or type(fault).__name__}: {fault.filename or ''}"


def _write(folder: Path, data: bytes) -> Path:
    """Write `data` to a new file (mode 0600) and have it on the disk."""
    handle, name = tempfile.mkstemp(dir=folder)
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path


def _make_folders(folder: Path) -> None:
    """Make a folder and those above it (mode 0700), each on the disk before anything is put into it."""
    if folder.is_dir():
        return
    _make_folders(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":  # it has no handle of a folder to sync
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    if path.is_file():
        path.unlink(missing_ok=True)
        _sync_folder(path.parent)


def _subfolders(root: Path) -> list[Path]:
    if not root.exists():
        return []
    return sorted(path for path in root.iterdir() if len(path.name) == 2 and path.is_dir())


def _blobs_below(folder: Path) -> list[Blob]:
    paths = sorted(path for path in folder.glob("??/*") if is_name(path.name))
    return [blob for path in paths if (blob := _blob(path)) is not None]


def _blob(path: Path) -> Blob | None:
    """A blob's row in the list; None if it was deleted since."""
    try:
        facts = path.stat()
    except FileNotFoundError:
        return None
    return Blob(path.name, datetime.fromtimestamp(facts.st_mtime, UTC), facts.st_size)
