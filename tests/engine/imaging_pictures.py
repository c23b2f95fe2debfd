"""Pictures for the tests of image intake, made in code."""

import random
import struct
import zlib
from io import BytesIO

from PIL import ExifTags, Image, ImageDraw

LEFT, RIGHT = (200, 30, 30), (30, 30, 200)


def scene(seed: int, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """A street of coloured boxes under a sky, another for each seed."""
    dice = random.Random(seed)
    image = Image.new("RGB", size, tuple(dice.randrange(120, 256) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(24):
        x, y = dice.randrange(size[0]), dice.randrange(size[1])
        box = (x, y, x + dice.randrange(20, size[0] // 2), y + dice.randrange(20, size[1] // 2))
        draw.rectangle(box, fill=tuple(dice.randrange(256) for _ in range(3)))
    return image


def halves(size: tuple[int, int] = (80, 40)) -> Image.Image:
    """Red on the left, blue on the right, a white spot at the top left: every turn of it looks different."""
    image = Image.new("RGB", size, LEFT)
    image.paste(RIGHT, (size[0] // 2, 0, *size))
    image.paste((255, 255, 255), (0, 0, size[0] // 8, size[1] // 4))
    return image


def save(image: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    out = BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def exif(**tags: object) -> Image.Exif:
    """EXIF with tags by their names in the main directory."""
    block = Image.Exif()
    for name, value in tags.items():
        block[ExifTags.Base[name]] = value
    return block


def phone_exif() -> Image.Exif:
    """What a phone writes: time with offset, and a position in the invented county."""
    block = exif(Make="Phone maker", Orientation=1, DateTime="2026:03:01 09:00:00")
    block.get_ifd(ExifTags.IFD.Exif).update(
        {ExifTags.Base.DateTimeOriginal: "2026:03:01 08:15:30", ExifTags.Base.OffsetTimeOriginal: "+08:00"}
    )
    position = {
        ExifTags.GPS.GPSLatitudeRef: "N",
        ExifTags.GPS.GPSLatitude: (36.0, 30.0, 36.0),
        ExifTags.GPS.GPSLongitudeRef: "E",
        ExifTags.GPS.GPSLongitude: (114.0, 15.0, 0.0),
    }
    block.get_ifd(ExifTags.IFD.GPSInfo).update(position)
    return block


def xmp(attributes: str) -> bytes:
    """An XMP packet with these attributes."""
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f"<rdf:Description {attributes}/></rdf:RDF></x:xmpmeta>"
    ).encode()


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + name + body + struct.pack("!I", zlib.crc32(name + body))


def png_bomb(size: tuple[int, int]) -> bytes:
    """A PNG of a few hundred bytes that announces `size`."""
    header = struct.pack("!IIBBBBB", *size, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(100_000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(name, body) for name, body in chunks)


def jpeg_bomb(size: tuple[int, int]) -> bytes:
    """A small JPEG whose frame header announces `size`."""
    data = bytearray(save(halves()))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack("!HH", size[1], size[0])
    return bytes(data)


def webp_bomb(size: tuple[int, int]) -> bytes:
    """A small extended WebP whose canvas announces `size`."""
    data = bytearray(save(halves(), "WEBP", exif=exif(Make="x").tobytes()))
    data[24:30] = (size[0] - 1).to_bytes(3, "little") + (size[1] - 1).to_bytes(3, "little")
    return bytes(data)


def markers(jpeg: bytes) -> list[int]:
    """The marker bytes of a JPEG up to its pixels; the file must end right after them."""
    assert jpeg.endswith(b"\xff\xd9")
    found, at = [], 2
    while True:
        assert jpeg[at] == 0xFF
        found.append(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if found[-1] == 0xDA:
            # A coded picture holds no marker but 00 (a plain FF) and restart marks, then the end.
            rest = jpeg[at:-2]
            assert all(rest[i + 1] == 0 for i in range(len(rest) - 1) if rest[i] == 0xFF)
            return found
