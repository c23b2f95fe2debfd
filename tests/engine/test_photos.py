"""Photos: fetched later or never, refused by the worker, stored once; and what is thrown away."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.chat.events import Incoming, PhotoFailed, PhotoStored
from bot.chat.feature import Feature, Work
from bot.chat.messages import Effects
from bot.chat.platform import FetchLater
from bot.engine.imaging import ImageWorker
from storage import photos
from storage.blobs import open_blobs
from storage.database import Database, open_database
from storage.photos import PhotoKind, PhotoState, StoredPhoto
from tests.engine.stage import Stage, open_stage, saying
from tests.fake import picture


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    database = await open_database(sqlite_url, guarded=True)
    yield database
    await database.close()


@pytest.fixture
def heard() -> list[tuple[int, str]]:
    """Photo and what was heard of it: stored, or why it failed."""
    return []


@pytest.fixture
async def stage(database: Database, tmp_path: Path, image_worker: ImageWorker, heard: list[tuple[int, str]]) -> Stage:
    feature = Feature("t")
    feature.command("好")(saying(feature, "办了"))

    @feature.photo(lambda event, town: bool(event.photos))
    async def take(event: Incoming, work: Work) -> Effects:
        for sent in event.photos:
            await photos.want(work.tx, work.actor.id, PhotoKind.REPORT, "sandbox", sent.ref, event.at)
        return []

    @feature.photo_stored
    async def stored(event: PhotoStored, work: Work) -> Effects:
        heard.append((event.photo, "stored"))
        return []

    @feature.photo_failed
    async def failed(event: PhotoFailed, work: Work) -> Effects:
        heard.append((event.photo, event.reason))
        return []

    return await open_stage(database, tmp_path, feature, worker=image_worker)


async def rows(stage: Stage) -> list[StoredPhoto]:
    async with stage.database.read() as tx:
        return [await photos.get(tx, int(str(row["id"]))) for row in await tx.all("SELECT id FROM photos ORDER BY id")]


async def test_a_photo_is_fetched_checked_kept_and_told_once(stage: Stage, heard: list[tuple[int, str]]) -> None:
    stage.platform.uploads["a"] = picture("a")
    await stage.says("li", "", photos=["a"])

    (row,) = await rows(stage)
    assert row.state is PhotoState.STORED
    blobs = stage.engine.parts.blobs
    assert row.blob is not None and row.thumb is not None
    assert (await blobs.get(row.blob))[:2] == b"\xff\xd8"
    assert await blobs.has(row.thumb)
    assert heard == [(row.id, "stored")]

    other = await stage.another()
    await other.engine.drain()
    await stage.wait(hours=1)
    assert heard == [(row.id, "stored")]


@pytest.mark.parametrize(
    ("upload", "reason"),
    [(None, "expired"), (b"MZ not a picture", "kind"), (b"x" * 30_000_000, "too_large"), (b"\xff\xd8\xff\xe0half", "")],
)
async def test_what_cannot_be_had_or_read_fails_with_its_reason(
    upload: bytes | None, reason: str, stage: Stage, heard: list[tuple[int, str]]
) -> None:
    stage.platform.uploads["a"] = upload
    await stage.says("li", "", photos=["a"])

    (row,) = await rows(stage)
    assert row.state is PhotoState.FAILED
    assert row.reason and row.reason.startswith(reason)
    assert heard == [(row.id, row.reason)]
    await stage.wait(hours=1)
    assert len(heard) == 1


async def test_a_photo_of_a_platform_that_is_gone_fails(stage: Stage, heard: list[tuple[int, str]]) -> None:
    member = await stage.member("li")
    async with stage.database.write() as tx:
        await photos.want(tx, member, PhotoKind.REPORT, "telegram", "x", stage.clock.now())
    await stage.engine.drain()
    assert [reason for _, reason in heard] == ["no_platform"]


async def test_a_fetch_that_has_to_wait_is_repeated_and_then_given_up(
    stage: Stage, heard: list[tuple[int, str]]
) -> None:
    stage.platform.uploads |= {"a": picture("a"), "b": picture("b")}
    really = stage.platform.fetch
    slow = {"a": 2, "b": 100}
    tried: list[str] = []

    async def fetch(ref: str, most_bytes: int) -> bytes:
        tried.append(ref)
        if slow[ref]:
            slow[ref] -= 1
            raise FetchLater
        return await really(ref, most_bytes)

    stage.platform.fetch = fetch
    await stage.says("li", "", photos=["a", "b"])
    await stage.says("li", "好")
    assert stage.bot_says("li") == ["办了"], "nothing waits for a photo"
    for wait_s, times in ((0.9, 1), (0.2, 2), (4, 3)):
        await stage.wait(seconds=wait_s)
        assert tried.count("a") == times
    assert heard == [(1, "stored")]
    for wait_s in (15, 60, 300):
        await stage.wait(seconds=wait_s)
    assert heard == [(1, "stored"), (2, "gone")]
    assert tried.count("b") == 6


async def test_a_death_between_file_and_row_leaves_only_a_file_to_be_swept(
    stage: Stage, heard: list[tuple[int, str]], tmp_path: Path
) -> None:
    stage.platform.uploads |= {"a": picture("a"), "b": picture("b")}
    member = await stage.member("li")
    async with stage.database.write() as tx:
        for ref in ("a", "b"):
            await photos.want(tx, member, PhotoKind.REPORT, "sandbox", ref, stage.clock.now())
    dead = stage.engine.fetcher
    async with stage.database.write() as tx:
        one, two = await photos.claim(tx, stage.clock.now(), stage.clock.now() + dead.lease, 4)
    for photo in (one, two):  # the files are kept; then the process dies
        data = await stage.platform.fetch(photo.ref, 10_000_000)
        await dead._keep(await dead.worker.prepare(data))
    async with stage.database.write() as tx:
        await photos.fail(tx, two.id, "expired")  # the second can never be had again
    files = len(list((tmp_path / "photos").rglob("*.jpg")))
    assert files == 4

    await stage.wait(seconds=59)
    assert heard == [], "the lease of the dead"
    await stage.wait(seconds=2)
    assert heard == [(one.id, "stored")], "fetched again, stored once"
    assert len(list((tmp_path / "photos").rglob("*.jpg"))) == 4

    upkeep = stage.engine.upkeep
    stage.clock.move(datetime.now(UTC) if datetime.now(UTC) > stage.clock.now() else stage.clock.now())
    assert await upkeep.sweep_files() == 0, "a young file may be waiting for its row"
    age(tmp_path / "photos", stage.clock.now() - timedelta(hours=25))
    assert await upkeep.sweep_files() == 2
    (kept, gone) = await rows(stage)
    assert kept.blob is not None and await stage.engine.parts.blobs.has(kept.blob)
    assert gone.blob is None
    assert await upkeep.sweep_files() == 0


def age(folder: Path, at: datetime) -> None:
    for file in folder.rglob("*"):
        if file.is_file():
            os.utime(file, (at.timestamp(), at.timestamp()))


async def test_a_sweep_reads_more_rows_than_fit_into_one_look(stage: Stage, tmp_path: Path) -> None:
    blobs = open_blobs(str(tmp_path / "photos"))
    member = await stage.member("li")
    names = [await blobs.put(f"{n}".encode()) for n in range(3)]
    async with stage.database.write() as tx:
        for n in range(1200):
            photo = await photos.want(tx, member, PhotoKind.REPORT, "sandbox", f"{n}", stage.clock.now())
            if n in (0, 1199):
                await tx.run(
                    "UPDATE photos SET state = 'stored', blob = :name WHERE id = :id", id=photo, name=names[n % 2]
                )
    age(tmp_path / "photos", stage.clock.now() - timedelta(days=2))
    assert await stage.engine.upkeep.sweep_files() == 1
    assert [await blobs.has(name) for name in names] == [True, True, False]


async def test_arrivals_are_forgotten_after_30_days_but_never_what_was_set_aside(stage: Stage) -> None:
    old = await stage.says("li", "好")
    async with stage.database.write() as tx:
        await tx.run(
            "INSERT INTO inbox (source, event_id, lane, payload, state, received_at) VALUES"
            " ('sandbox', 'aside', 'l', '{}', 'set_aside', '2026-11-23T01:00:00.000Z')"
        )
    await stage.wait(days=29)
    young = await stage.says("li", "好")
    assert await stage.engine.upkeep.forget_arrivals() == 0
    await stage.wait(days=1, minutes=1)
    assert await stage.engine.upkeep.forget_arrivals() == 1
    left = {str(row["event_id"]) for row in await stage.rows("SELECT event_id FROM inbox WHERE source = 'sandbox'")}
    assert left == {"aside", young}
    assert old not in left
