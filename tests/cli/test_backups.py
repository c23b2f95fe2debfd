"""Backups that can be trusted: whole, verified, with every photo they name."""

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app.backups import Backup, make_backup
from storage.backup import BackupFault, verify
from tests.town import TestTown


async def _tell(_done: int, _of: int) -> None:
    return


async def _back_up(town: TestTown, folder: Path) -> Backup:
    return await make_backup(town.database, town.engine.parts.blobs, folder, town.clock.now(), _tell)


async def _reported(town: TestTown, *photos: str) -> None:
    rider = await town.rider("赵强")
    await rider.says("路上有个大坑，客运站", photos=photos, group=True)


def _manifest(made: Backup, folder: Path) -> Sequence[tuple[str, Path]]:
    lines = made.manifest.read_text().splitlines()
    return [(line[:64], folder / line[66:]) for line in lines]


async def test_a_backup_is_whole_and_holds_every_photo(town: TestTown, tmp_path: Path) -> None:
    await _reported(town, "a.jpg", "b.jpg")
    folder = tmp_path / "backup"

    made = await _back_up(town, folder)

    assert made.database is not None
    verify(made.database)
    with closing(sqlite3.connect(made.database)) as copy:
        assert copy.execute("SELECT count(*) FROM cases").fetchone() == (1,)
    listed = _manifest(made, folder)
    assert (made.photos, made.photos_copied, made.missing) == (len(listed), len(listed), 0) == (4, 4, 0)
    assert all(hashlib.sha256(file.read_bytes()).hexdigest() == said for said, file in listed)


async def test_the_next_backup_copies_only_what_is_new(town: TestTown, tmp_path: Path) -> None:
    await _reported(town, "a.jpg")
    first = await _back_up(town, tmp_path / "backup")
    town.clock.move(town.clock.now() + timedelta(minutes=1))

    second = await _back_up(town, tmp_path / "backup")

    assert (second.photos, second.photos_copied) == (first.photos, 0)
    assert second.database != first.database
    assert first.database is not None and first.database.exists()


async def test_a_photo_that_is_gone_or_changed_is_counted_and_not_listed(town: TestTown, tmp_path: Path) -> None:
    await _reported(town, "a.jpg")
    photos = sorted(file for file in (tmp_path / "photos").rglob("*.jpg") if file.is_file())
    photos[0].unlink()
    photos[1].write_bytes(b"other bytes")

    made = await _back_up(town, tmp_path / "backup")

    assert (made.photos, made.missing) == (0, 2)
    assert made.manifest.read_text() == ""


async def test_a_backup_is_never_overwritten_and_is_in_the_audit(town: TestTown, tmp_path: Path) -> None:
    await _back_up(town, tmp_path / "backup")

    with pytest.raises(BackupFault, match="never overwritten"):
        await _back_up(town, tmp_path / "backup")

    async with town.database.read() as tx:
        noted = await tx.all("SELECT object FROM audit WHERE action = 'backup.made'")
    assert len(noted) == 1
