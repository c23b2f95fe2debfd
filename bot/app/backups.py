"""A backup: a verified copy of the database, the photos, and a list of them that `sha256sum -c` understands."""

import asyncio
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.control import Tell
from storage import audit, photo_list
from storage.backup import PG_DUMP, BackupFault, back_up
from storage.blobs import BlobMissing, BlobStore
from storage.blobs_folder import FolderBlobs
from storage.database import Database

_PAGE: Final = 500
PHOTOS: Final = "photos"  # beside the copies; photos never change, so all backups in a folder share them


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What was made. `command` is what has to be run besides, for a database server."""

    database: Path | None
    database_bytes: int
    manifest: Path
    photos: int
    photos_copied: int
    photo_bytes: int
    missing: int
    command: str


async def make_backup(database: Database, blobs: BlobStore, folder: Path, now: datetime, tell: Tell) -> Backup:
    """Back up to `folder`: the database first, then the photos it names that are not there yet.

    Photos of a bucket are listed and not copied: the bucket has versions and copies of its own.

    Raises:
        BackupFault: no backup was made, and why.
    """
    stem = f"wudayuan-{now:%Y%m%d-%H%M%S}Z"
    copy = folder / f"{stem}.db"
    command = PG_DUMP
    if database.dialect == "sqlite":
        await back_up(database, copy)
        command = ""
    try:
        counts = await _photos(database, blobs, folder, folder / f"{stem}.photos.txt", tell)
    except OSError as fault:
        raise BackupFault(f"{folder} cannot be written: {fault.strerror}") from fault
    made = Backup(
        database=copy if not command else None,
        database_bytes=copy.stat().st_size if not command else 0,
        manifest=folder / f"{stem}.photos.txt",
        photos=counts.listed,
        photos_copied=counts.copied,
        photo_bytes=counts.bytes,
        missing=counts.missing,
        command=command,
    )
    async with database.write() as tx:
        await audit.note(tx, now, None, "backup.made", stem, f"photos={made.photos} missing={made.missing}")
    return made


@dataclass(slots=True)
class _Counts:
    listed: int = 0
    copied: int = 0
    bytes: int = 0
    missing: int = 0


async def _photos(database: Database, blobs: BlobStore, folder: Path, manifest: Path, tell: Tell) -> _Counts:
    counts = _Counts()
    target = FolderBlobs(folder / PHOTOS) if isinstance(blobs, FolderBlobs) else None
    handle = await asyncio.to_thread(_new_file, manifest)
    with os.fdopen(handle, "w", encoding="ascii", newline="\n") as out:
        after, names = 0, [""]
        while names:
            async with database.read() as tx:
                found = await photo_list.page(tx, after, _PAGE)
            names = [name for _, own in found for name in own]
            after = found[-1][0] if found else after
            for name in dict.fromkeys(names):
                if await _keep(blobs, target, name, counts):
                    out.write(f"{name.partition('.')[0]}  {PHOTOS}/{name[:2]}/{name[2:4]}/{name}\n")
            await tell(counts.listed, 0)
        out.flush()
        os.fsync(out.fileno())
    return counts


def _new_file(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


async def _keep(blobs: BlobStore, target: FolderBlobs | None, name: str, counts: _Counts) -> bool:
    """Have the blob in the backup; False if it is missing in the store, or its bytes are no longer what they were."""
    if target is None:
        there = await blobs.has(name)
    else:
        there = await target.has(name) or await _copied(blobs, target, name, counts)
    counts.listed += there
    counts.missing += not there
    return there


async def _copied(blobs: BlobStore, target: FolderBlobs, name: str, counts: _Counts) -> bool:
    try:
        data = await blobs.get(name)
    except BlobMissing:
        return False
    kept_as = await target.put(data, "." + name.partition(".")[2])
    if kept_as != name:  # the name is the hash of the bytes
        await target.delete(kept_as)
        return False
    counts.copied += 1
    counts.bytes += len(data)
    return True
