"""What people sent to the AI bot: fetched where it lies for five minutes, and deciphered."""

import asyncio
import base64
import binascii
import ipaddress
import socket
from typing import Final

import httpx
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.chat.platform import FetchLater, FetchNever

_PREFIX: Final = "bot:"
_KEY_BYTES: Final = 32
_BLOCK: Final = 16
_PADDED_TO: Final = 32
_GONE: Final = (403, 404, 410)
_BUSY: Final = (408, 425, 429)
_CONNECT_S, _READ_S = 5.0, 30.0


def ref_of(url: str, aeskey: str) -> str:
    """The reference under which a picture is kept: where it lies and its key, so never to be logged."""
    return f"{_PREFIX}{aeskey} {url}"


def is_ref(ref: str) -> bool:
    """Whether `ref_of` made it."""
    return ref.startswith(_PREFIX)


class BotMedia:
    """`loopback`: media of a server on this machine are fetched too, and without TLS. Otherwise only public ones are."""

    def __init__(self, *, loopback: bool = False) -> None:
        self._loopback = loopback
        # No redirects and no proxies of the environment: an address is checked before anything goes to it.
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(_READ_S, connect=_CONNECT_S), trust_env=False, follow_redirects=False
        )

    async def fetch(self, ref: str, most_bytes: int) -> bytes:
        """The bytes behind a reference, stopped over `most_bytes`.

        Raises:
            FetchLater: not now.
            FetchNever: expired, too_large, damaged, or at an address that is not asked.
        """
        aeskey, _, address = ref.removeprefix(_PREFIX).partition(" ")
        try:
            url = httpx.URL(address)
        except (httpx.InvalidURL, ValueError):
            raise FetchNever("address") from None  # the fault's text holds it
        await self._check(url)
        plain = decipher(await self._download(url, most_bytes + _PADDED_TO), aeskey)
        if len(plain) > most_bytes:
            raise FetchNever("too_large")
        return plain

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def _download(self, url: httpx.URL, most_bytes: int) -> bytes:
        data = bytearray()
        try:
            async with self._client.stream("GET", url) as answer:
                _check_status(answer.status_code)
                async for part in answer.aiter_bytes():
                    data += part
                    if len(data) > most_bytes:
                        raise FetchNever("too_large")
        except httpx.HTTPError as fault:
            raise FetchLater(type(fault).__name__) from None  # its text holds the address
        return bytes(data)

    async def _check(self, url: httpx.URL) -> None:
        """Nothing inside our own network can be asked for in this way."""
        schemes = ("https", "http") if self._loopback else ("https",)
        if url.scheme not in schemes or not url.host or url.userinfo:
            raise FetchNever("address")
        try:
            loop = asyncio.get_running_loop()
            found = await loop.getaddrinfo(url.host, url.port or 443, type=socket.SOCK_STREAM)
        except UnicodeError:
            raise FetchNever("address") from None
        except OSError as fault:
            raise FetchLater(type(fault).__name__) from None
        hosts = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        if self._loopback and all(host.is_loopback for host in hosts):
            return
        if url.scheme != "https" or not all(host.is_global and not host.is_multicast for host in hosts):
            raise FetchNever("address")


def decipher(data: bytes, aeskey: str) -> bytes:
    """AES-256-CBC with the key's first half as start, padded to 32 bytes; the key often lacks its `=`.

    Raises:
        FetchNever: damaged.
    """
    try:
        key = base64.b64decode(aeskey.rstrip("=") + "=" * (-len(aeskey.rstrip("=")) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise FetchNever("damaged") from None
    if len(key) != _KEY_BYTES or not data or len(data) % _BLOCK:
        raise FetchNever("damaged")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:_BLOCK])).decryptor()
    plain = decryptor.update(data) + decryptor.finalize()
    padding = plain[-1]
    if not 1 <= padding <= _PADDED_TO or plain[-padding:] != bytes([padding]) * padding:
        raise FetchNever("damaged")
    return plain[:-padding]


def _check_status(status: int) -> None:
    if status in _GONE:
        raise FetchNever("expired")
    if status in _BUSY or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise FetchLater(f"status {status}")
    if not httpx.codes.is_success(status):
        raise FetchNever("refused")
