"""Claims of a picture about itself, from EXIF, XMP and PNG text; a damaged block is a claim that was not made."""

import math
import re
import struct
from collections.abc import Mapping
from typing import Any, Final, cast

from PIL import ExifTags, Image

from bot.engine.imaging.prepared import AiLabel, Claims

_MOST_XMP_BYTES: Final = 512_000
_DAMAGED: Final = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)

_INSTANT: Final = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_OFFSET: Final = re.compile(r"[+-]\d\d:\d\d", re.ASCII)
_XMP_INSTANT: Final = re.compile(
    r'(?:exif:DateTimeOriginal|photoshop:DateCreated|xmp:CreateDate)(?:="|>)([^"<]{19,40})'
)
_XMP_DEGREES: Final = (
    r'exif:GPS{}(?:="|>)(\d{{1,3}}),(\d{{1,2}}(?:\.\d{{1,12}})?)(?:,(\d{{1,2}}(?:\.\d{{1,12}})?))?([{}])'
)
_XMP_LATITUDE: Final = re.compile(_XMP_DEGREES.format("Latitude", "NS"), re.ASCII)
_XMP_LONGITUDE: Final = re.compile(_XMP_DEGREES.format("Longitude", "EW"), re.ASCII)
_AIGC: Final = re.compile(r'\bAIGC\b(?=\s*["\'=>:{/])')
# IPTC NewsCodes, digital source type, the values for generated media.
_SOURCE_TYPE: Final = re.compile(
    r"digitalsourcetype/(?:compositeWith)?trainedAlgorithmicMedia\b|digitalsourcetype/algorithmicMedia\b"
)
_GENERATORS: Final = frozenset({"parameters", "prompt", "workflow"})


def read_claims(image: Image.Image) -> Claims:
    """What an opened picture claims; never raises for what a file contains."""
    exif = _exif(image)
    xmp = _xmp(image)
    return Claims(
        _exif_instant(exif) or _instant(_found(_XMP_INSTANT, xmp)),
        _exif_position(exif) or _xmp_position(xmp),
        _ai_label(image, exif, xmp),
    )


def orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 (upright) if there is none or it makes no sense."""
    value = _exif(image).get(ExifTags.Base.Orientation)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _exif(image: Image.Image) -> Mapping[int, object]:
    """All EXIF tags of the main and the Exif directory, and the position directory under its pointer's tag."""
    try:
        exif = image.getexif()
        position = exif.get_ifd(ExifTags.IFD.GPSInfo)
        return {**exif, **exif.get_ifd(ExifTags.IFD.Exif), ExifTags.IFD.GPSInfo: position}
    except _DAMAGED:
        return {}


def _xmp(image: Image.Image) -> str:
    raw: object = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    if isinstance(raw, str):
        return raw[:_MOST_XMP_BYTES]
    return raw[:_MOST_XMP_BYTES].decode("utf-8", "replace") if isinstance(raw, bytes) else ""


def _exif_instant(exif: Mapping[int, object]) -> str | None:
    said = exif.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    instant = _instant(said if isinstance(said, str) else "")
    offset = exif.get(ExifTags.Base.OffsetTimeOriginal)
    if instant and isinstance(offset, str) and _OFFSET.fullmatch(offset.strip("\0 ")):
        return instant[:19] + offset.strip("\0 ")
    return instant


def _instant(said: str) -> str | None:
    parts = _INSTANT.match(said)
    if parts is None or parts[1] == "0000":
        return None
    return f"{parts[1]}-{parts[2]}-{parts[3]}T{parts[4]}{parts[5] or ''}"


def _exif_position(exif: Mapping[int, object]) -> tuple[float, float] | None:
    directory = exif.get(ExifTags.IFD.GPSInfo)
    if not isinstance(directory, Mapping):
        return None
    tags = cast("Mapping[int, Any]", directory)  # values of a stranger's file: of any type
    try:
        latitude = _degrees(*tags[ExifTags.GPS.GPSLatitude]) * _sign(tags[ExifTags.GPS.GPSLatitudeRef])
        longitude = _degrees(*tags[ExifTags.GPS.GPSLongitude]) * _sign(tags[ExifTags.GPS.GPSLongitudeRef])
    except _DAMAGED:
        return None
    return _place(latitude, longitude)


def _xmp_position(xmp: str) -> tuple[float, float] | None:
    latitude, longitude = _XMP_LATITUDE.search(xmp), _XMP_LONGITUDE.search(xmp)
    if latitude is None or longitude is None:
        return None
    north, east = (
        _degrees(float(said[1]), float(said[2]), float(said[3] or 0)) * _sign(said[4]) for said in (latitude, longitude)
    )
    return _place(north, east)


def _degrees(degrees: float, minutes: float, seconds: float) -> float:
    return float(degrees) + float(minutes) / 60 + float(seconds) / 3600


def _sign(side: object) -> int:
    return -1 if str(side).strip("\0 ").upper() in {"S", "W"} else 1


def _place(latitude: float, longitude: float) -> tuple[float, float] | None:
    if not (math.isfinite(latitude) and math.isfinite(longitude)) or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    # Cameras without a fix write zeros; there is no land there.
    return None if latitude == longitude == 0 else (round(latitude, 6), round(longitude, 6))


def _ai_label(image: Image.Image, exif: Mapping[int, object], xmp: str) -> AiLabel | None:
    said = "\n".join(_words(exif.get(tag)) for tag in (ExifTags.Base.UserComment, ExifTags.Base.ImageDescription))
    if "AIGC" in image.info or _AIGC.search(xmp) or _AIGC.search(said):
        return AiLabel.AIGC
    if _SOURCE_TYPE.search(xmp):
        return AiLabel.SOURCE_TYPE
    if image.format == "PNG" and not _GENERATORS.isdisjoint(image.info):
        return AiLabel.PARAMETERS
    return None


def _words(value: object) -> str:
    if isinstance(value, bytes):
        return value[:_MOST_XMP_BYTES].decode("utf-8", "replace").replace("\0", "")
    return value[:_MOST_XMP_BYTES] if isinstance(value, str) else ""


def _found(form: re.Pattern[str], text: str) -> str:
    found = form.search(text)
    return found[1] if found else ""
