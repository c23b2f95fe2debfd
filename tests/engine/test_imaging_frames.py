"""What the bot believes of a worker's replies: nothing that is not in the right form."""

import asyncio
import json
import struct
from dataclasses import replace
from io import BytesIO

import pytest

from bot.engine.imaging import frames
from bot.engine.imaging.frames import BadFrame, Frame
from bot.engine.imaging.prepared import AiLabel, Prepared, Reason, Unreadable
from bot.engine.imaging.replies import read_drawn, read_prepared, read_reply, write_prepared, write_refusal
from bot.engine.imaging.sniff import Kind

MADE = Prepared(
    data=b"\xff\xd8\xffpicture",
    thumbnail=b"\xff\xd8\xffsmall",
    width=20,
    height=10,
    sha256_received="a" * 64,
    sha256_stored="b" * 64,
    dhash="0123456789abcdef",
    phash="f" * 16,
    taken_at="2026-03-01T08:15:30+08:00",
    position=(36.5, 114.25),
    ai_label=AiLabel.AIGC,
)


async def received(data: bytes) -> Frame:
    pipe = asyncio.StreamReader()
    pipe.feed_data(data)
    pipe.feed_eof()
    return await frames.receive(pipe)


def sent(frame: Frame) -> bytes:
    out = BytesIO()
    frames.write(out, frame)
    return out.getvalue()


def raw(header: bytes) -> bytes:
    return struct.pack("!I", len(header)) + header


@pytest.mark.parametrize("made", [MADE, replace(MADE, taken_at=None, position=None, ai_label=None)])
async def test_a_picture_arrives_as_it_was_sent(made: Prepared) -> None:
    assert read_prepared(read_reply(await received(sent(write_prepared(made))))) == made


async def test_a_refusal_arrives() -> None:
    for reason in Reason:
        with pytest.raises(Unreadable) as refused:
            read_reply(await received(sent(write_refusal(Unreadable(reason, Kind.PNG)))))
        assert refused.value.reason is reason
    with pytest.raises(BadFrame):
        read_reply(Frame({"refused": "because"}))


@pytest.mark.parametrize("header", [
    b"nonsense", b"[1]", b"{}", b'{"blobs": 3}', b'{"blobs": [-1]}', b'{"blobs": ["3"]}', b'{"blobs": [4000000000]}',
    b"[" * 100_000,
])  # fmt: skip
async def test_a_wrong_header_is_no_frame(header: bytes) -> None:
    with pytest.raises(BadFrame):
        await received(raw(header))


async def test_a_giant_header_is_not_waited_for() -> None:
    with pytest.raises(BadFrame):
        await received(struct.pack("!I", 4_000_000_000))


async def test_an_end_too_early_is_noticed() -> None:
    data = sent(Frame({"a": 1}, (b"12345",)))
    assert (await received(data)).blobs == (b"12345",)
    assert frames.read(BytesIO(data)) == Frame({"a": 1}, (b"12345",))
    for end in (2, 10, len(data) - 1):
        with pytest.raises(asyncio.IncompleteReadError):
            await received(data[:end])
        assert frames.read(BytesIO(data[:end])) is None


@pytest.mark.parametrize(("name", "value"), [
    ("width", 0), ("width", "20"), ("height", None), ("sha256_received", "a" * 63), ("sha256_stored", "../../etc"),
    ("dhash", "xyz"), ("phash", 5), ("taken_at", "<b>now</b>"), ("taken_at", "2026-03-01T08:15:30\n"),
    ("position", [1.0]), ("position", [91.0, 0.5]), ("position", [float("nan"), 0.5]), ("position", "here"),
    ("ai_label", "human"),
])  # fmt: skip
def test_each_field_is_checked(name: str, value: object) -> None:
    good = write_prepared(MADE)
    fields = json.loads(json.dumps(dict(good.fields)))
    assert read_prepared(Frame(fields, good.blobs)) == MADE
    with pytest.raises(BadFrame):
        read_prepared(Frame(fields | {name: value}, good.blobs))


def test_the_blobs_are_checked() -> None:
    good = write_prepared(MADE)
    fields = json.loads(json.dumps(dict(good.fields)))
    for blobs in ((), good.blobs[:1], (*good.blobs, b""), (b"<html>", good.blobs[1])):
        with pytest.raises(BadFrame):
            read_prepared(Frame(fields, blobs))
    assert read_drawn(Frame({}, (b"drawn",))) == b"drawn"
    with pytest.raises(BadFrame):
        read_drawn(Frame({}))
