"""What bytes are, by their first bytes."""

import pytest

from bot.engine.imaging.sniff import Kind, lacks_end, sniff, webp_size
from tests.engine.imaging_pictures import halves, save

ISO = b"\0\0\0\x18ftyp"


@pytest.mark.parametrize(("form", "kind"), [
    ("JPEG", Kind.JPEG), ("MPO", Kind.JPEG), ("PNG", Kind.PNG), ("WEBP", Kind.WEBP), ("GIF", Kind.GIF),
    ("BMP", Kind.BMP), ("TIFF", Kind.TIFF), ("PDF", Kind.PDF), ("EPS", Kind.EPS), ("AVIF", Kind.AVIF),
    ("JPEG2000", Kind.JPEG2000),
])  # fmt: skip
def test_kind_of_what_pillow_writes(form: str, kind: Kind) -> None:
    assert sniff(save(halves(), form)) is kind


@pytest.mark.parametrize(("data", "kind"), [
    (ISO + b"heic\0\0\0\0mif1heic", Kind.HEIC),
    (ISO + b"mif1\0\0\0\0mif1heic", Kind.HEIC),
    (ISO + b"mif1\0\0\0\0mif1avif", Kind.AVIF),
    (ISO + b"isom\0\0\0\0isomavc1", Kind.VIDEO),
    (ISO + b"qt  \0\0\0\0qt  \0\0\0\0", Kind.VIDEO),
    (b"\x1a\x45\xdf\xa3webm", Kind.VIDEO),
    (b"RIFF\x10\0\0\0AVI LIST", Kind.VIDEO),
    (b"RIFF\x10\0\0\0WAVEfmt ", Kind.OTHER),
    (b"PK\x03\x04word/document.xml", Kind.ARCHIVE),
    (b"8BPS\0\x01", Kind.PSD),
    (b'<?xml version="1.0"?>\n<SVG xmlns="http://www.w3.org/2000/svg"/>', Kind.SVG),
    (b"<html>photo.jpg</html>", Kind.OTHER),
    (b"", Kind.EMPTY),
    (b"\xff\xd8", Kind.OTHER),
    ("井盖.jpg".encode(), Kind.OTHER),
])  # fmt: skip
def test_kind_of_first_bytes(data: bytes, kind: Kind) -> None:
    assert sniff(data) is kind


@pytest.mark.parametrize(
    "options", [{"quality": 60}, {"lossless": True}, {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"}]
)
def test_webp_says_its_size_in_each_of_its_three_headers(options: dict[str, object]) -> None:
    data = save(halves((300, 170)), "WEBP", **options)
    assert webp_size(data) == (300, 170)
    assert webp_size(data[:25]) is None


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_whole_file_has_its_end_and_a_cut_one_has_not(form: str) -> None:
    data = save(halves(), form)
    assert not lacks_end(sniff(data), data)
    assert lacks_end(sniff(data), data[: len(data) // 2])
