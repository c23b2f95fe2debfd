"""A prepared picture on its way through the pipe; the bot checks every field of it again."""

import re
from collections.abc import Mapping
from typing import Final, cast

from bot.engine.imaging.frames import BadFrame, Frame
from bot.engine.imaging.prepared import AiLabel, Prepared, Reason, Unreadable

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_HASH: Final = re.compile(r"[0-9a-f]{16}")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)?", re.ASCII)
_REASONS: Final = {str(reason): reason for reason in Reason}
_LABELS: Final = {str(label): label for label in AiLabel}


def write_prepared(made: Prepared) -> Frame:
    """The reply for a picture that was prepared."""
    fields = {
        "width": made.width,
        "height": made.height,
        "sha256_received": made.sha256_received,
        "sha256_stored": made.sha256_stored,
        "dhash": made.dhash,
        "phash": made.phash,
        "taken_at": made.taken_at,
        "position": made.position,
        "ai_label": made.ai_label,
    }
    return Frame(fields, (made.data, made.thumbnail))


def write_refusal(refused: Unreadable) -> Frame:
    """The reply for a picture that was refused."""
    return Frame({"refused": refused.reason})


def read_reply(reply: Frame) -> Frame:
    """The reply itself, unless it is a refusal.

    Raises:
        Unreadable: the worker refused the picture.
        BadFrame: it gave a reason that does not exist.
    """
    reason = reply.fields.get("refused")
    if reason is None:
        return reply
    if not isinstance(reason, str) or reason not in _REASONS:
        raise BadFrame("unknown reason")
    raise Unreadable(_REASONS[reason])


def read_prepared(reply: Frame) -> Prepared:
    """The picture in a reply.

    Raises:
        BadFrame: a field is missing, or is not what it must be.
    """
    fields = reply.fields
    if len(reply.blobs) != 2:
        raise BadFrame("a picture and its thumbnail")
    return Prepared(
        data=_jpeg(reply.blobs[0]),
        thumbnail=_jpeg(reply.blobs[1]),
        width=_count(fields, "width"),
        height=_count(fields, "height"),
        sha256_received=_text(fields, "sha256_received", _SHA256),
        sha256_stored=_text(fields, "sha256_stored", _SHA256),
        dhash=_text(fields, "dhash", _HASH),
        phash=_text(fields, "phash", _HASH),
        taken_at=None if fields.get("taken_at") is None else _text(fields, "taken_at", _INSTANT),
        position=_position(fields.get("position")),
        ai_label=_label(fields.get("ai_label")),
    )


def read_drawn(reply: Frame) -> bytes:
    """The drawn file in a reply.

    Raises:
        BadFrame: there is not exactly one.
    """
    if len(reply.blobs) != 1:
        raise BadFrame("one drawn file")
    return reply.blobs[0]


def _jpeg(data: bytes) -> bytes:
    if not data.startswith(b"\xff\xd8\xff"):
        raise BadFrame("not a JPEG")
    return data


def _count(fields: Mapping[str, object], name: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or value < 1:
        raise BadFrame(name)
    return value


def _text(fields: Mapping[str, object], name: str, form: re.Pattern[str]) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise BadFrame(name)
    return value


def _position(value: object) -> tuple[float, float] | None:
    if value is None:
        return None
    degrees = (
        [part for part in cast("list[object]", value) if isinstance(part, float)] if isinstance(value, list) else []
    )
    if len(degrees) != 2 or not (abs(degrees[0]) <= 90 and abs(degrees[1]) <= 180):  # NaN is in no range
        raise BadFrame("position")
    return degrees[0], degrees[1]


def _label(value: object) -> AiLabel | None:
    if value is None:
        return None
    if not isinstance(value, str) or value not in _LABELS:
        raise BadFrame("ai_label")
    return _LABELS[value]
