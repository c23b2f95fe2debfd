"""Pictures and files go up in chunks; what is up can be shown by its media id for three days."""

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Literal

import structlog

from bot.chat.platform import Lost, NeverWill, TryLater
from bot.platforms.wecom import frames
from bot.platforms.wecom.filenames import plain
from bot.platforms.wecom.kinds import Answer, Refusal, words

log = structlog.get_logger(__name__)

Kind = Literal["image", "file"]
Ask = Callable[[str, Mapping[str, object]], Awaitable[Answer]]

CHUNK: Final = 512 << 10  # bytes before base64
MOST_BYTES: Final[Mapping[str, int]] = {"image": 10 << 20, "file": 20 << 20}
_MOST_CHUNKS: Final = 100
_TRIES: Final = 4
_AGAIN_S: Final = 5.0


async def upload(ask: Ask, kind: Kind, data: bytes, name: str, *, again_s: float) -> str:
    """The media id of `data`; a chunk that failed is sent again after `again_s`, twice that, three times that.

    Raises:
        NeverWill: it is too large.
        TryLater: it could not be brought up; nobody has seen anything of it.
        Refusal: the server said no.
    """
    if not data or len(data) > MOST_BYTES[kind]:
        raise NeverWill("no data" if not data else "too large")
    try:
        return await _upload(ask, kind, data, name, again_s)
    except Lost as lost:
        raise TryLater(_AGAIN_S, f"upload: {lost}", counts=True) from lost


async def _upload(ask: Ask, kind: Kind, data: bytes, name: str, again_s: float) -> str:
    chunks = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
    begun = await ask(
        frames.UPLOAD_INIT,
        {
            "type": kind,
            "filename": plain(name, kind),
            "total_size": len(data),
            "total_chunks": len(chunks),
            "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        },
    )
    upload_id = _named(begun, "upload_id")
    together = _together(len(chunks))
    for first in range(0, len(chunks), together):
        await _round(ask, upload_id, first, chunks[first : first + together], again_s)
    return _named(await ask(frames.UPLOAD_FINISH, {"upload_id": upload_id}), "media_id")


async def _round(ask: Ask, upload_id: str, first: int, chunks: Sequence[bytes], again_s: float) -> None:
    sent = (_chunk(ask, upload_id, first + place, chunk, again_s) for place, chunk in enumerate(chunks))
    for outcome in await asyncio.gather(*sent, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


async def _chunk(ask: Ask, upload_id: str, index: int, chunk: bytes, again_s: float) -> None:
    body = {"upload_id": upload_id, "chunk_index": index, "base64_data": base64.b64encode(chunk).decode()}
    for failures in range(1, _TRIES):
        try:
            await ask(frames.UPLOAD_CHUNK, body)  # one that came twice is ignored by the server
        except (Lost, Refusal) as fault:
            log.info("chunk_failed", index=index, error=type(fault).__name__)
            await asyncio.sleep(failures * again_s)
        else:
            return
    await ask(frames.UPLOAD_CHUNK, body)


def _together(chunks: int) -> int:
    """How many go at a time: many at once make the server answer "system error" (official client 1.0.7)."""
    if chunks <= 4:
        return chunks
    return 3 if chunks <= 10 else 2


def _named(answer: Answer, key: str) -> str:
    found = words(answer.body.get(key))
    if not found:
        raise Refusal(answer.code, f"no {key}")
    return found
