"""The promises of a blob store, kept by a folder and by an S3-compatible bucket alike."""

import asyncio
import hashlib
import os
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest
from moto.server import ThreadedMotoServer

from storage.blobs import BadBlobName, Blob, BlobMissing, BlobStore, BlobsUnavailable, BlobsUnusable, open_blobs

numbers = count(1)
PHOTO = b"\xff\xd8\xff a manhole without its cover \xff\xd9"
ABSENT = "0" * 64 + ".jpg"


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Address of an S3 server of this test run's own."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "folder, deep", "bucket", "bucket, prefix"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a new, empty store."""
    if "folder" in request.param:
        return str(tmp_path / ("photos" if request.param == "folder" else "var/new/photos"))
    bucket = f"photos-{next(numbers)}"
    server: str = request.getfixturevalue("s3_server")
    use_s3(request.getfixturevalue("monkeypatch"), server)
    httpx.put(f"{server}/{bucket}").raise_for_status()
    return f"s3://{bucket}" + ("/county/photos/" if request.param.endswith("prefix") else "")


@pytest.fixture
def store(url: str) -> BlobStore:
    return open_blobs(url)


def use_s3(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "only-for-tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "only-for-tests")
    monkeypatch.setenv("AWS_REGION", "us-east-1")


async def listed(store: BlobStore) -> list[Blob]:
    return [blob async for blob in store.names()]


async def test_what_is_put_can_be_had(store: BlobStore) -> None:
    name = await store.put(PHOTO)
    assert name == hashlib.sha256(PHOTO).hexdigest() + ".jpg"
    assert await store.has(name)
    assert await store.get(name) == PHOTO


async def test_an_empty_blob_and_one_of_many_megabytes(store: BlobStore) -> None:
    for data in (b"", bytes(range(256)) * 50_000):
        found = await store.get(await store.put(data))
        assert type(found) is bytes
        assert found == data


async def test_another_process_finds_it(store: BlobStore, url: str) -> None:
    name = await store.put(PHOTO, ".png")
    assert name.endswith(".png")
    assert await open_blobs(url).get(name) == PHOTO


async def test_what_is_absent_is_missing(store: BlobStore) -> None:
    assert not await store.has(ABSENT)
    with pytest.raises(BlobMissing):
        await store.get(ABSENT)
    name = await store.put(PHOTO)
    assert await store.has(name)
    with pytest.raises(BlobMissing):
        await store.get(name.replace(".jpg", ".png"))


async def test_put_twice_is_one_blob(store: BlobStore) -> None:
    names = await asyncio.gather(*(store.put(PHOTO) for _ in range(8)))
    assert len(set(names)) == 1
    assert [blob.name for blob in await listed(store)] == names[:1]
    assert await store.get(names[0]) == PHOTO


async def test_deleted_is_gone_and_may_be_deleted_again(store: BlobStore) -> None:
    kept, deleted = await store.put(b"kept"), await store.put(b"deleted")
    await store.delete(deleted)
    await store.delete(deleted)
    assert not await store.has(deleted)
    assert await store.get(kept) == b"kept"
    assert [blob.name for blob in await listed(store)] == [kept]


async def test_names_come_in_order_with_time_and_size(store: BlobStore) -> None:
    assert await listed(store) == []
    before = datetime.now(UTC) - timedelta(seconds=2)
    names = [await store.put(b"x" * size) for size in range(1, 26)]
    found = await listed(store)
    assert [blob.name for blob in found] == sorted(names)
    sizes = {blob.name: blob.size_bytes for blob in found}
    assert [sizes[name] for name in names] == list(range(1, 26))
    assert all(before <= blob.stored_at <= datetime.now(UTC) + timedelta(seconds=2) for blob in found)


@pytest.mark.parametrize("name", [
    "../x", "/etc/passwd", "", ".", "a.jpg", "0" * 64, "0" * 64 + ".JPG", "0" * 64 + ".jpg\n", "G" * 64 + ".jpg",
    "0" * 64 + "/../x.jpg", "0" * 64 + ".jpg/..", "０" * 64 + ".jpg",
])  # fmt: skip
async def test_only_names_it_gives_are_names(store: BlobStore, name: str) -> None:
    for ask in (store.get, store.has, store.delete):
        with pytest.raises(BadBlobName):
            await ask(name)


@pytest.mark.parametrize("suffix", ["", "jpg", "/../x", ".", ".JPG", ".tar.gz", ".jpg/", ".waytoolong"])
async def test_only_a_plain_suffix_is_taken(store: BlobStore, suffix: str) -> None:
    with pytest.raises(BadBlobName):
        await store.put(PHOTO, suffix)
    assert await listed(store) == []


async def test_a_store_that_cannot_be_had_is_said_so(store: BlobStore, url: str, tmp_path: Path) -> None:
    await store.put(PHOTO)
    if url.startswith("s3://"):
        unavailable = open_blobs("s3://no-such-bucket")
    else:
        (tmp_path / "file").write_bytes(b"")
        unavailable = open_blobs(str(tmp_path / "file" / "photos"))
    with pytest.raises(BlobsUnavailable):
        await unavailable.put(PHOTO)


async def test_a_server_that_is_down_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    use_s3(monkeypatch, "http://127.0.0.1:9")
    down = open_blobs("s3://photos")
    for work in (down.put(PHOTO), down.get(ABSENT), down.has(ABSENT), down.delete(ABSENT), listed(down)):
        with pytest.raises(BlobsUnavailable) as said:
            await work
        assert "only-for-tests" not in str(said.value)


async def test_a_folder_is_for_the_bot_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        name = await open_blobs(str(tmp_path / "photos")).put(PHOTO)
    finally:
        os.umask(before)
    path = tmp_path / "photos" / name[:2] / name[2:4] / name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in list(path.parents)[:3]:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_a_put_that_fails_leaves_the_old_blob_and_no_new_one(tmp_path: Path) -> None:
    import resource

    store = open_blobs(str(tmp_path / "photos"))
    name = await store.put(PHOTO)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))  # as on a full disk, a write ends in the middle
    try:
        with pytest.raises(BlobsUnavailable):
            await store.put(bytes(20_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [blob.name for blob in await listed(store)] == [name]
    assert await store.discard_unfinished(datetime.now(UTC) + timedelta(hours=1)) == 0


async def test_a_put_again_mends_a_damaged_file_and_renews_its_time(tmp_path: Path) -> None:
    store = open_blobs(str(tmp_path))
    name = await store.put(PHOTO)
    path = tmp_path / name[:2] / name[2:4] / name
    path.write_bytes(b"half")
    os.utime(path, (0, 0))
    await store.put(PHOTO)
    assert await store.get(name) == PHOTO
    assert [blob.stored_at.year > 2000 for blob in await listed(store)] == [True]


async def test_leavings_of_a_crash_are_neither_listed_nor_kept(tmp_path: Path) -> None:
    store = open_blobs(str(tmp_path))
    name = await store.put(PHOTO)
    old, new = tmp_path / "unfinished" / "old", tmp_path / "unfinished" / "new"
    old.write_bytes(b"half")
    new.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert [blob.name for blob in await listed(store)] == [name]
    assert await store.discard_unfinished(datetime.now(UTC) - timedelta(hours=24)) == 1
    assert (old.exists(), new.exists()) == (False, True)


async def test_what_else_lies_in_the_store_is_not_listed(store: BlobStore, url: str) -> None:
    name = await store.put(PHOTO)
    if url.startswith("s3://"):
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        key = f"{bucket}/{prefix}readme.txt"
        async with httpx.AsyncClient() as client:
            (await client.put(f"{os.environ['AWS_ENDPOINT_URL']}/{key}", content=b"hello")).raise_for_status()
    else:
        (Path(url) / name[:2] / "readme.txt").write_text("hello")
        (Path(url) / name[:2] / name[2:4] / "readme.txt").write_text("hello")
    assert [blob.name for blob in await listed(store)] == [name]


@pytest.mark.parametrize("url", ["", "http://host/photos", "s3://", "s3:///photos", "S3://photos"])
def test_an_address_that_is_not_understood(url: str) -> None:
    with pytest.raises(BlobsUnusable, match=r"\[storage\] photos"):
        open_blobs(url)


def test_a_missing_extra_is_one_clear_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.partition(".")[0] == "obstore" or name == "storage.blobs_s3"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(BlobsUnusable, match=r"wudayuan\[s3\]"):
        open_blobs("s3://photos")
    assert open_blobs("var/photos") is not None
