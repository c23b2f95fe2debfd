"""What bytes are, by their first bytes alone; file names and MIME types are never asked."""

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """A kind of file; only the first four are ever opened."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"
    AVIF = "avif"
    GIF = "gif"
    BMP = "bmp"
    TIFF = "tiff"
    PSD = "psd"
    JPEG2000 = "jpeg2000"
    EPS = "eps"
    PDF = "pdf"
    SVG = "svg"
    VIDEO = "video"
    ARCHIVE = "archive"
    OTHER = "other"
    EMPTY = "empty"


_STARTS: Final[tuple[tuple[bytes, Kind], ...]] = (
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"GIF87a", Kind.GIF),
    (b"GIF89a", Kind.GIF),
    (b"BM", Kind.BMP),
    (b"II*\0", Kind.TIFF),
    (b"MM\0*", Kind.TIFF),
    (b"II+\0", Kind.TIFF),
    (b"MM\0+", Kind.TIFF),
    (b"8BPS", Kind.PSD),
    (b"\0\0\0\x0cjP  ", Kind.JPEG2000),
    (b"\xff\x4f\xff\x51", Kind.JPEG2000),
    (b"%!PS", Kind.EPS),
    (b"\xc5\xd0\xd3\xc6", Kind.EPS),
    (b"%PDF-", Kind.PDF),
    (b"\x1a\x45\xdf\xa3", Kind.VIDEO),
    (b"FLV\x01", Kind.VIDEO),
    (b"\0\0\x01\xba", Kind.VIDEO),
    (b"PK\x03\x04", Kind.ARCHIVE),
    (b"Rar!\x1a\x07", Kind.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", Kind.ARCHIVE),
    (b"\x1f\x8b", Kind.ARCHIVE),
)
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_RIFF: Final = {b"WEBP": Kind.WEBP, b"AVI ": Kind.VIDEO}


def sniff(data: bytes) -> Kind:
    """The kind of `data`."""
    if not data:
        return Kind.EMPTY
    if data.startswith(b"RIFF"):
        return _RIFF.get(data[8:12], Kind.OTHER)
    if data[4:8] == b"ftyp":
        return _by_brand(data)
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    return Kind.SVG if b"<svg" in data[:1024].lower() else Kind.OTHER


def _by_brand(data: bytes) -> Kind:
    """The kind of an ISO base media file: pictures and videos share the container (ISO/IEC 14496-12, 23008-12)."""
    end = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}
    if brands & _AVIF_BRANDS:
        return Kind.AVIF
    return Kind.HEIC if brands & _HEIC_BRANDS else Kind.VIDEO


def webp_size(data: bytes) -> tuple[int, int] | None:
    """Width and height a WebP announces, None if its header is not understood (RFC 9649)."""
    chunk, body = data[12:16], data[20:30]
    if len(body) < 10:
        return None
    if chunk == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if chunk == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    return None


def lacks_end(kind: Kind, data: bytes) -> bool:
    """Whether a picture that could not be decoded stops before its format's end mark."""
    match kind:
        case Kind.JPEG:
            return not data.rstrip(b"\0").endswith(b"\xff\xd9")
        case Kind.PNG:
            return b"IEND" not in data[-4096:]
        case Kind.WEBP:
            return int.from_bytes(data[4:8], "little") + 8 > len(data)
        case _:
            return _boxes_run_over(data)


def _boxes_run_over(data: bytes) -> bool:
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size == 0:  # this box reaches to the end of the file, wherever that is
            return False
        if size < 8:
            return False
        at += size
    return at != len(data)
