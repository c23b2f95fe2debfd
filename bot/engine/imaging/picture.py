"""Opening a stranger's picture and building ours from its pixels; runs in the worker only."""

import hashlib
import struct
import warnings
import zlib
from importlib import import_module
from io import BytesIO
from typing import Final

from PIL import Image

from bot.engine.imaging import hashes
from bot.engine.imaging.claims import orientation, read_claims
from bot.engine.imaging.prepared import Prepared, Reason, Unreadable
from bot.engine.imaging.settings import Limits
from bot.engine.imaging.sniff import Kind, lacks_end, sniff, webp_size

LONGEST_SIDE: Final = 2560
QUALITY: Final = 85
THUMBNAIL_SIDE: Final = 320
_THUMBNAIL_QUALITY: Final = 80

_FORMATS: Final = {Kind.JPEG: "JPEG", Kind.PNG: "PNG", Kind.WEBP: "WEBP", Kind.HEIC: "HEIF"}
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What decoders raise for a file they do not understand.
_DAMAGED: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)


def prepare(data: bytes, limits: Limits) -> Prepared:
    """Open, check and rebuild one picture.

    Raises:
        Unreadable: it is refused, and why.
    """
    kind = sniff(data)
    image = _loaded(data, kind, limits.pixels)
    claims = read_claims(image)
    turn = _UPRIGHT.get(orientation(image))
    image = _shrunk(_eight_bit(image), LONGEST_SIDE)
    clean = _on_white(image if turn is None else image.transpose(turn))
    thumbnail = _shrunk(clean, THUMBNAIL_SIDE)
    stored = _jpeg(clean, QUALITY)
    return Prepared(
        data=stored,
        thumbnail=_jpeg(thumbnail, _THUMBNAIL_QUALITY),
        width=clean.width,
        height=clean.height,
        sha256_received=hashlib.sha256(data).hexdigest(),
        sha256_stored=hashlib.sha256(stored).hexdigest(),
        dhash=hashes.dhash(_levels(thumbnail, hashes.DHASH_SIZE)),
        phash=hashes.phash(_levels(thumbnail, hashes.PHASH_SIZE)),
        taken_at=claims.taken_at,
        position=claims.position,
        ai_label=claims.ai_label,
    )


def _loaded(data: bytes, kind: Kind, most_pixels: int) -> Image.Image:
    """The first frame, decoded to its last line; a JPEG at half, quarter or eighth scale if that is enough."""
    if kind not in _FORMATS:
        raise Unreadable(Reason.KIND, kind)
    try:
        image = _opened(data, kind, most_pixels)
        image.draft("RGB", _within(image.size, LONGEST_SIDE))
        image.load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError, MemoryError) as fault:
        raise Unreadable(Reason.TOO_MANY_PIXELS) from fault
    except _DAMAGED as fault:
        cut = "truncated" in str(fault).lower() or lacks_end(kind, data)
        raise Unreadable(Reason.TRUNCATED if cut else Reason.BROKEN) from fault
    return image


def _opened(data: bytes, kind: Kind, most_pixels: int) -> Image.Image:
    """The header, read; no pixel is decoded yet."""
    if kind is Kind.WEBP:
        _check_pixels(webp_size(data) or (0, 0), most_pixels)  # its decoder claims the memory when it is made
    if kind is Kind.HEIC:
        import_module("pillow_heif").register_heif_opener(thumbnails=False)  # an extra
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        image = Image.open(BytesIO(data), formats=[_FORMATS[kind]])
    _check_pixels(image.size, most_pixels)
    return image


def _check_pixels(size: tuple[int, int], most: int) -> None:
    if size[0] * size[1] > most:
        raise Unreadable(Reason.TOO_MANY_PIXELS)


def _eight_bit(image: Image.Image) -> Image.Image:
    """The picture as RGB, or as RGBA if any of it may be transparent."""
    if image.mode == "I;16":  # grey; a plain conversion would cut where the upper byte is meant
        image = Image.frombytes("L", image.size, image.tobytes()[1::2])
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    return image if image.mode == "RGB" else image.convert("RGB")


def _within(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """`size` scaled down so that its longest side is at most `longest`; never scaled up."""
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _shrunk(image: Image.Image, longest: int) -> Image.Image:
    size = _within(image.size, longest)
    return image if size == image.size else _resized(image, size, Image.Resampling.BICUBIC, 2.0)


def _on_white(image: Image.Image) -> Image.Image:
    """A new picture of the same pixels, so that nothing but pixels is carried over."""
    clean = Image.new("RGB", image.size, "white")
    clean.paste(image, mask=image if image.mode == "RGBA" else None)
    return clean


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _levels(image: Image.Image, size: tuple[int, int]) -> bytes:
    return _resized(image.convert("L"), size, Image.Resampling.BOX).tobytes()


def _resized(image: Image.Image, size: tuple[int, int], how: Image.Resampling, gap: float | None = None) -> Image.Image:
    # Pillow annotates `resize` with types of numpy, which is not installed.
    return image.resize(size, how, reducing_gap=gap)  # pyright: ignore[reportUnknownMemberType]
