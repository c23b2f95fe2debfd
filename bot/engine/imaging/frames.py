"""The pipe between the bot and its image worker: a JSON header, then bytes; each with its length before it.

Nothing from the worker is unpickled or trusted: it has read bytes of strangers.
"""

import asyncio
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

MOST_HEADER_BYTES: Final = 1_000_000
MOST_BYTES: Final = 400_000_000  # of all blobs: nine pictures for a drawing, with room
_LENGTH: Final = struct.Struct("!I")
_CHUNK: Final = 1 << 20


class BadFrame(Exception):
    """The other side does not keep to the form."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message: plain JSON fields, and blobs in order."""

    fields: Mapping[str, object]
    blobs: tuple[bytes, ...] = ()


async def send(pipe: asyncio.StreamWriter, frame: Frame) -> None:
    """Write a frame, never more than a megabyte ahead of the reader."""
    for part in (_head(frame), *frame.blobs):
        for at in range(0, len(part), _CHUNK):
            pipe.write(part[at : at + _CHUNK])
            await pipe.drain()


async def receive(pipe: asyncio.StreamReader) -> Frame:
    """Read a frame.

    Raises:
        BadFrame: what came is not one.
        asyncio.IncompleteReadError: the pipe ended before it was whole.
    """
    header = await pipe.readexactly(_header_bytes(await pipe.readexactly(_LENGTH.size)))
    fields, lengths = _read_header(header)
    return Frame(fields, tuple([await pipe.readexactly(length) for length in lengths]))


def write(pipe: BinaryIO, frame: Frame) -> None:
    """The worker's `send`."""
    for part in (_head(frame), *frame.blobs):
        pipe.write(part)
    pipe.flush()


def read(pipe: BinaryIO) -> Frame | None:
    """The worker's `receive`; None when the bot has closed the pipe."""
    length = pipe.read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        return None
    header = pipe.read(_header_bytes(length))
    if len(header) < _header_bytes(length):
        return None
    fields, lengths = _read_header(header)
    blobs = tuple(pipe.read(length) for length in lengths)
    return Frame(fields, blobs) if [len(blob) for blob in blobs] == lengths else None


def _head(frame: Frame) -> bytes:
    fields = {**frame.fields, "blobs": [len(blob) for blob in frame.blobs]}
    header = json.dumps(fields, ensure_ascii=True).encode()
    return _LENGTH.pack(len(header)) + header


def _header_bytes(length: bytes) -> int:
    header_bytes: int = _LENGTH.unpack(length)[0]
    if header_bytes > MOST_HEADER_BYTES:
        raise BadFrame("header too long")
    return header_bytes


def _read_header(header: bytes) -> tuple[Mapping[str, object], list[int]]:
    try:
        fields: object = json.loads(header)
    except (ValueError, RecursionError) as fault:
        raise BadFrame("header is not JSON") from fault
    if not isinstance(fields, dict):
        raise BadFrame("header is not an object")
    known = cast("dict[str, object]", fields)  # JSON objects have text keys
    lengths = known.pop("blobs", None)
    if not isinstance(lengths, list):
        raise BadFrame("header without lengths")
    sizes = [size for size in cast("list[object]", lengths) if isinstance(size, int) and size >= 0]
    if len(sizes) != len(cast("list[object]", lengths)) or sum(sizes) > MOST_BYTES:
        raise BadFrame("lengths of blobs")
    return known, sizes
