"""What image intake gives back: a cleaned picture with its claims, or the reason why there is none."""

from dataclasses import dataclass
from enum import StrEnum

from bot.engine.imaging.sniff import Kind


class Reason(StrEnum):
    """Why a picture was refused."""

    TOO_LARGE = "too_large"  # more bytes than allowed
    KIND = "kind"  # not a kind of picture that is opened; `Unreadable.kind` says what it is
    TRUNCATED = "truncated"  # the end is missing: sending it again helps
    TOO_MANY_PIXELS = "too_many_pixels"  # more than allowed, or more than the worker's memory holds
    TIME = "time"  # took longer than a picture may take
    BROKEN = "broken"  # no decoder makes sense of it, or it brought the worker down twice


class Unreadable(Exception):
    """A picture cannot be prepared, or a drawing cannot be drawn; trying again with the same bytes does not help."""

    def __init__(self, reason: Reason, kind: Kind | None = None) -> None:
        super().__init__(reason if kind is None else f"{reason}: {kind}")
        self.reason = reason
        self.kind = kind


class AiLabel(StrEnum):
    """Mark of a generated picture, a hint for a human."""

    AIGC = "aigc"  # the AIGC metadata field of GB 45438-2025
    SOURCE_TYPE = "source_type"  # IPTC digital source type, "trained algorithmic media" and its like
    PARAMETERS = "parameters"  # text chunks that image generators leave in a PNG


@dataclass(frozen=True, slots=True)
class Claims:
    """What a file says of itself; anyone can write anything there.

    `taken_at` is ISO text, with an offset only if the file has one. `position` is (latitude, longitude) in degrees.
    """

    taken_at: str | None = None
    position: tuple[float, float] | None = None
    ai_label: AiLabel | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture rebuilt from its pixels: `data` and `thumbnail` are JPEG without any metadata.

    `width` and `height` are those of `data`, upright. SHA-256 and the 64-bit perceptual hashes are lower-case
    hexadecimal. For the claims see `Claims`.
    """

    data: bytes
    thumbnail: bytes
    width: int
    height: int
    sha256_received: str
    sha256_stored: str
    dhash: str
    phash: str
    taken_at: str | None
    position: tuple[float, float] | None
    ai_label: AiLabel | None
