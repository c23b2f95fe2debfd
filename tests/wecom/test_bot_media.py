"""What people sent to the AI bot: fetched before it expires, deciphered, and nothing else fetched."""

import asyncio
import base64
import hashlib
import random
from collections.abc import AsyncIterator

import pytest

from bot.chat.platform import FetchLater, FetchNever
from bot.platforms.wecom.media import BotMedia, decipher, is_ref, ref_of
from bot.platforms.wecom.spool import Spool
from tests.telegram.wire import Answer, Request, Server
from tests.wecom.bot_peer import BotPeer
from tests.wecom.line import Clock
from tests.wecom.sealing import new_key, seal

MOST = 1_000_000


@pytest.fixture
async def peer() -> AsyncIterator[BotPeer]:
    async with BotPeer() as made:
        yield made


@pytest.fixture
async def media() -> AsyncIterator[BotMedia]:
    made = BotMedia(loopback=True)
    yield made
    await made.close()


def lay(peer: BotPeer, data: bytes) -> str:
    there = peer.lay(data)
    return ref_of(there["url"], there["aeskey"])


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("size", [1, 15, 16, 17, 31, 32, 33, 48, 100_000])
async def test_any_size_and_both_forms_of_the_key(peer: BotPeer, media: BotMedia, size: int, padded: bool) -> None:
    peer.padded = padded
    data = random.Random(size).randbytes(size)
    ref = lay(peer, data)
    assert is_ref(ref)
    assert await media.fetch(ref, MOST) == data


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_an_address_that_has_died(peer: BotPeer, media: BotMedia, status: int) -> None:
    ref = lay(peer, b"picture")
    peer.expire_media(status)
    with pytest.raises(FetchNever) as gone:
        await media.fetch(ref, MOST)
    assert gone.value.reason == "expired"


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_server_in_trouble_is_asked_again(peer: BotPeer, media: BotMedia, status: int) -> None:
    ref = lay(peer, b"picture")
    peer.expire_media(status)
    with pytest.raises(FetchLater):
        await media.fetch(ref, MOST)
    peer.expire_media(None)
    assert await media.fetch(ref, MOST) == b"picture"


async def test_no_server_at_all(peer: BotPeer, media: BotMedia) -> None:
    ref = lay(peer, b"picture")
    await peer.stop()
    with pytest.raises(FetchLater) as later:
        await media.fetch(ref, MOST)
    assert "http" not in str(later.value)
    assert later.value.__cause__ is None


async def test_the_size_is_watched_while_it_comes(peer: BotPeer, media: BotMedia) -> None:
    ref = lay(peer, bytes(1000))
    assert len(await media.fetch(ref, 1000)) == 1000
    with pytest.raises(FetchNever) as large:
        await media.fetch(ref, 999)
    assert large.value.reason == "too_large"
    with pytest.raises(FetchNever) as larger:
        await media.fetch(lay(peer, bytes(500_000)), 1000)
    assert larger.value.reason == "too_large"


async def test_what_is_too_much_is_not_read_to_its_end(media: BotMedia) -> None:
    written = 0

    async def endless(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        try:
            while written < 100_000_000:
                writer.write(bytes(65536))
                await writer.drain()
                written += 65536
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(FetchNever):
            await media.fetch(ref_of(f"http://127.0.0.1:{port}/x", new_key()), 100_000)
    assert written < 50_000_000


async def test_half_a_file_is_no_file(media: BotMedia) -> None:
    key = new_key()

    async def half(_request: Request) -> Answer:
        return Answer(200, seal(bytes(64), key), whole=False)

    server = Server(half)
    port = await server.start()
    with pytest.raises(FetchLater):
        await media.fetch(ref_of(f"http://127.0.0.1:{port}/x", key), MOST)
    await server.stop()


def test_damage_is_noticed_byte_by_byte() -> None:
    key = new_key()
    sealed = seal(b"x" * 70, key)
    for wrong in (b"", sealed[:-1], sealed[:-16], sealed + b"\0", b"<Error/>"):
        with pytest.raises(FetchNever):
            decipher(wrong, key)
    for bad_key in ("", "short", key[:-1], key + "AAAA", "!" * 43, "键" * 43):
        with pytest.raises(FetchNever):
            decipher(sealed, bad_key)
    # A byte of the block before changes the same byte of the padding: 26 of its bytes are in the last two blocks.
    for place in range(len(sealed) - 32 + 6, len(sealed) - 16):
        forged = bytearray(sealed)
        forged[place] ^= 1
        with pytest.raises(FetchNever):
            decipher(bytes(forged), key)


def test_padding_up_to_a_whole_block_of_32() -> None:
    key = new_key()
    for size in range(65):
        assert decipher(seal(bytes(size), key), key) == bytes(size)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x", "https://127.0.0.1/x", "https://10.1.2.3/x", "https://192.168.1.1/x", "https://[::1]/x",
        "https://169.254.169.254/latest", "https://100.64.0.1/", "https://localhost/x", "https://0.0.0.0/",
        "http://8.8.8.8/x", "ftp://8.8.8.8/x", "file:///etc/passwd", "https:///x", "", "https://user:pw@8.8.8.8/",
        "https://[::ffff:10.0.0.1]/", "https://224.0.0.1/", "http://[", "https://\udc00/", "data:,x",
    ],
)  # fmt: skip
async def test_nothing_inside_our_own_network_is_fetched(url: str) -> None:
    media = BotMedia()
    with pytest.raises(FetchNever) as never:
        await media.fetch(ref_of(url, new_key()), MOST)
    assert never.value.reason == "address"
    await media.close()


async def test_a_server_cannot_send_us_elsewhere(peer: BotPeer, media: BotMedia) -> None:
    ref = lay(peer, b"picture")
    peer.expire_media(302)
    with pytest.raises(FetchNever) as never:
        await media.fetch(ref, MOST)
    assert never.value.reason == "refused"


# -- fetched ahead -------------------------------------------------------------------------------------------------


async def test_what_was_taken_in_outlives_its_address(peer: BotPeer, media: BotMedia) -> None:
    spool = Spool(media.fetch, Clock(), MOST)
    refs = [lay(peer, bytes([number]) * 100) for number in range(9)]
    spool.take_in(refs)
    spool.take_in(refs)
    await peer.until(lambda: len(peer.media_fetched) == 9)
    found = [await spool.fetch(ref, MOST) for ref in refs]
    peer.expire_media()
    again = [await spool.fetch(ref, MOST) for ref in refs]
    assert found == again == [bytes([number]) * 100 for number in range(9)]
    assert len(peer.media_fetched) == 9
    with pytest.raises(FetchNever):
        await spool.fetch(refs[0], 99)
    await spool.close()


async def test_what_was_not_taken_in_is_fetched_when_it_is_wanted(peer: BotPeer, media: BotMedia) -> None:
    spool = Spool(media.fetch, Clock(), MOST)
    ref = lay(peer, b"picture")
    peer.expire_media(500)
    spool.take_in([ref])
    with pytest.raises(FetchLater):
        await spool.fetch(ref, MOST)
    peer.expire_media(None)
    assert await spool.fetch(ref, MOST) == b"picture"
    gone = lay(peer, b"gone")
    peer.expire_media()
    with pytest.raises(FetchNever) as expired:
        await spool.fetch(gone, MOST)
    assert expired.value.reason == "expired"
    await spool.close()


async def test_at_most_four_at_a_time_and_so_much_held() -> None:
    now = most = 0
    fetched: list[str] = []
    go = asyncio.Event()

    async def fetch(ref: str, _most: int) -> bytes:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await go.wait()
        now -= 1
        fetched.append(ref)
        return bytes(300)

    clock = Clock()
    spool = Spool(fetch, clock, MOST, most_held=1000)
    refs = [f"bot:{number}" for number in range(10)]
    spool.take_in(refs)
    await asyncio.sleep(0.01)
    assert most == 4
    go.set()
    while len(fetched) < 10:
        await asyncio.sleep(0)
    for ref in refs[-3:]:
        await spool.fetch(ref, MOST)
    assert len(fetched) == 10, "the newest three are held"
    await spool.fetch(refs[0], MOST)
    assert len(fetched) == 11, "the oldest were dropped"
    clock.ahead_s = 1000
    await spool.fetch(refs[0], MOST)
    assert len(fetched) == 12, "nothing is held for long"
    assert most == 4
    await spool.close()


async def test_whoever_waits_and_gives_up_does_not_end_the_download() -> None:
    go = asyncio.Event()

    async def fetch(_ref: str, _most: int) -> bytes:
        await go.wait()
        return b"picture"

    spool = Spool(fetch, Clock(), MOST)
    first = asyncio.create_task(spool.fetch("bot:1", MOST))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    go.set()
    assert await spool.fetch("bot:1", MOST) == b"picture"
    await spool.close()


def test_the_seal_of_the_tests_is_the_described_one() -> None:
    """A vector of our own, worked out with openssl: key 00..1f, text "wudayuan", padded with 24 bytes of 24."""
    key = base64.b64encode(bytes(range(32))).decode()
    sealed = seal(b"wudayuan", key)
    assert len(sealed) == 32
    assert hashlib.sha256(sealed).hexdigest() == "154fe5b96e29b2a70f3ab471c2e5f7c8716e2ef0ca5d06ed3ac2ab1a50cf07ae"
