"""Recordings: told by their first bytes, kept as they came, never opened."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.events import PhotoFailed, PhotoStored
from bot.chat.feature import Feature, Work
from bot.chat.messages import Effects
from bot.domain.people import MemberId
from bot.engine.imaging import ImageWorker
from bot.engine.recordings import suffix
from storage import photos
from storage.database import Database, open_database
from storage.photos import Media, PhotoKind, PhotoState, StoredPhoto
from tests.engine.stage import Stage, open_stage
from tests.fake import RECORDED, picture


def boxed(brand: bytes) -> bytes:
    return b"\x00\x00\x00\x18ftyp" + brand + b"\x00\x00\x02\x00"


@pytest.mark.parametrize(
    ("media", "data", "kept_as"),
    [
        (Media.VOICE, b"OggS\x00\x02", ".ogg"),
        (Media.VOICE, b"#!AMR\n<", ".amr"),
        (Media.VOICE, b"#!AMR-WB\n<", ".amr"),
        (Media.VOICE, b"ID3\x04\x00", ".mp3"),
        (Media.VOICE, b"\xff\xfb\x90\x00", ".mp3"),
        (Media.VOICE, b"\xff\xf3\x40\xc0", ".mp3"),
        (Media.VOICE, boxed(b"M4A "), ".m4a"),
        (Media.VIDEO, boxed(b"mp42"), ".mp4"),
        (Media.VIDEO, boxed(b"3gp5"), ".mp4"),
        (Media.VIDEO, boxed(b"qt  "), ".mov"),
        (Media.VIDEO, b"\x1a\x45\xdf\xa3\x01\x00\x42\x82\x84webm", ".webm"),
        (Media.VOICE, b"\xff\xd8\xff\xe0", None),  # a JPEG
        (Media.VOICE, b"\xff\xf1\x50\x80", None),  # AAC without a container
        (Media.VOICE, b"MZ\x90\x00", None),
        (Media.VOICE, b"", None),
        (Media.VIDEO, b"", None),
        (Media.VIDEO, b"OggS\x00\x02", None),
        (Media.VIDEO, boxed(b"heic"), None),
        (Media.VIDEO, b"\x1a\x45\xdf\xa3 of another kind", None),
        (Media.VIDEO, b"<html>", None),
    ],
)
def test_what_a_recording_is_shows_in_its_first_bytes(media: Media, data: bytes, kept_as: str | None) -> None:
    assert suffix(media, data) == kept_as


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    database = await open_database(sqlite_url, guarded=True)
    yield database
    await database.close()


@pytest.fixture
def heard() -> list[tuple[int, str]]:
    return []


@pytest.fixture
async def stage(database: Database, tmp_path: Path, heard: list[tuple[int, str]]) -> AsyncIterator[Stage]:
    feature = Feature("t")

    @feature.photo_stored
    async def stored(event: PhotoStored, work: Work) -> Effects:
        heard.append((event.photo, "stored"))
        return []

    @feature.photo_failed
    async def failed(event: PhotoFailed, work: Work) -> Effects:
        heard.append((event.photo, event.reason))
        return []

    # The worker's drawings do not exist: it would fail if it were asked to do anything.
    worker = ImageWorker(drawings={})
    yield await open_stage(database, tmp_path, feature, worker=worker)
    await worker.close()


async def sent(stage: Stage, ref: str, media: Media, who: MemberId | None = None) -> StoredPhoto:
    """What became of an upload."""
    who = who or await stage.member("li")
    async with stage.database.write() as tx:
        photo = await photos.want(tx, who, PhotoKind.REPORT, "sandbox", ref, stage.clock.now(), media=media)
    await stage.engine.drain()
    async with stage.database.read() as tx:
        return await photos.get(tx, photo)


@pytest.mark.parametrize("media", list(Media))
async def test_a_recording_is_kept_byte_for_byte(stage: Stage, heard: list[tuple[int, str]], media: Media) -> None:
    stage.platform.uploads["a"] = RECORDED[media]
    row = await sent(stage, "a", media)
    assert row.state is PhotoState.STORED
    assert row.blob is not None and row.thumb is None
    assert await stage.engine.parts.blobs.get(row.blob) == RECORDED[media]
    assert heard == [(row.id, "stored")]


@pytest.mark.parametrize(
    ("upload", "reason"), [(None, "expired"), (picture("a"), "kind"), (b"O" * 30_000_000, "too_large")]
)
async def test_what_is_no_recording_or_too_large_fails_with_its_reason(
    upload: bytes | None, reason: str, stage: Stage, heard: list[tuple[int, str]]
) -> None:
    stage.platform.uploads["a"] = upload
    row = await sent(stage, "a", Media.VOICE)
    assert (row.state, row.reason) == (PhotoState.FAILED, reason)
    assert heard == [(row.id, reason)]


async def test_recordings_use_up_the_bytes_of_a_day_and_not_the_number_of_photos(
    stage: Stage, heard: list[tuple[int, str]]
) -> None:
    size = len(RECORDED["voice"])
    stage.engine.fetcher.limits = replace(stage.engine.fetcher.limits, photos_day=1, photo_bytes_day=2 * size)
    stage.platform.uploads |= dict.fromkeys("abc", RECORDED["voice"])
    who = await stage.member("li")
    assert [(await sent(stage, ref, Media.VOICE, who)).state for ref in "abc"] == [
        PhotoState.STORED, PhotoState.STORED, PhotoState.WANTED,
    ]  # fmt: skip
    await stage.wait(hours=26)
    assert [what for _, what in heard] == ["stored"] * 3
