"""What a recording is, by its first bytes alone: it is kept as it came, and nobody here plays it."""

from typing import Final

from storage.photos import Media

_OGG: Final = b"OggS"
_AMR: Final = b"#!AMR"
_ID3: Final = b"ID3"
_EBML: Final = b"\x1a\x45\xdf\xa3"
_QUICKTIME: Final = b"qt  "
_PICTURES: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"})
_DOCTYPE_WITHIN: Final = 64  # bytes: the head of a Matroska file, which says that it is WebM


def suffix(media: Media, data: bytes) -> str | None:
    """How the file is called in the store; None if the bytes are no recording of this kind."""
    return _voice(data) if media is Media.VOICE else _video(data)


def _voice(data: bytes) -> str | None:
    if data.startswith(_OGG):
        return ".ogg"
    if data.startswith(_AMR):
        return ".amr"
    if data.startswith(_ID3) or _is_mpeg_frame(data):
        return ".mp3"
    return ".m4a" if _brand(data) else None


def _video(data: bytes) -> str | None:
    if data.startswith(_EBML) and b"webm" in data[:_DOCTYPE_WITHIN]:
        return ".webm"
    brand = _brand(data)
    if brand is None:
        return None
    return ".mov" if brand == _QUICKTIME else ".mp4"


def _brand(data: bytes) -> bytes | None:
    """The major brand of an ISO base media file (ISO/IEC 14496-12) that is no picture."""
    if data[4:8] != b"ftyp" or data[8:12] in _PICTURES:
        return None
    return data[8:12]


def _is_mpeg_frame(data: bytes) -> bool:
    """Whether a frame of MPEG audio, layer III, begins here (ISO/IEC 11172-3): sync bits, then a version that is defined."""
    return len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2 and data[1] & 0x18 != 0x08
