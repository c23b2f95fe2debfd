"""From bytes of strangers to our own picture, through a real worker: refusals beside successes."""

import hashlib
import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PIL import Image, ImageCms, ImageEnhance, ImageOps

from bot.engine.imaging import AiLabel, ImageWorker, Kind, Limits, Prepared, Reason, Unreadable, distance
from tests.engine import imaging_pictures as pictures
from tests.engine.imaging_pictures import exif, halves, opened, save, scene

SECRET = "秘密 secret words of the file"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker() -> AsyncIterator[ImageWorker]:
    async with ImageWorker() as made:
        yield made


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def refusal(worker: ImageWorker, data: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        await worker.prepare(data)
    return refused.value


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) <= 24 for one, other in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
async def test_a_picture_becomes_our_jpeg(worker: ImageWorker, form: str) -> None:
    data = save(scene(1), form)
    made = await worker.prepare(data)
    stored, thumbnail = opened(made.data), opened(made.thumbnail)

    assert (stored.format, stored.mode, stored.size) == ("JPEG", "RGB", (640, 480))
    assert (made.width, made.height) == (640, 480)
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (320, 240))
    assert made.sha256_received == hashlib.sha256(data).hexdigest()
    assert made.sha256_stored == hashlib.sha256(made.data).hexdigest()
    assert (made.taken_at, made.position, made.ai_label) == (None, None, None)


@pytest.mark.parametrize(("size", "stored", "thumbnail"), [
    ((4000, 3000), (2560, 1920), (320, 240)),
    ((1000, 6000), (427, 2560), (53, 320)),
    ((9000, 2), (2560, 1), (320, 1)),
    ((100, 60), (100, 60), (100, 60)),
    ((1, 1), (1, 1), (1, 1)),
])  # fmt: skip
async def test_longest_side_is_2560_and_nothing_grows(
    worker: ImageWorker, size: tuple[int, int], stored: tuple[int, int], thumbnail: tuple[int, int]
) -> None:
    made = await worker.prepare(save(Image.new("RGB", size, "teal")))
    assert (opened(made.data).size, opened(made.thumbnail).size) == (stored, thumbnail)


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_orientation_is_applied_and_forgotten(worker: ImageWorker, orientation: int) -> None:
    data = save(halves(), quality=95, exif=exif(Orientation=orientation))
    made = opened((await worker.prepare(data)).data)
    upright = ImageOps.exif_transpose(opened(data))
    assert made.size == upright.size
    assert made.getexif() == {}
    for x in (0.03, 0.25, 0.75, 0.97):
        for y in (0.03, 0.5, 0.97):
            at = int(x * made.width), int(y * made.height)
            assert near(made.getpixel(at), upright.getpixel(at))  # type: ignore[arg-type] - RGB


async def test_a_senseless_orientation_is_upright(worker: ImageWorker) -> None:
    made = await worker.prepare(save(halves(), exif=exif(Orientation=77)))
    assert (made.width, made.height) == (80, 40)


async def test_nothing_but_pixels_is_kept(worker: ImageWorker) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    mark = SECRET.encode()
    described = pictures.xmp(f'dc:title="{SECRET}"')
    data = save(scene(2), exif=pictures.phone_exif(), xmp=described, icc_profile=profile, comment=mark)
    data += b"trailing " + mark + b"<?php ?>"
    assert data.count(mark) == 3
    assert b"Phone maker" in data

    made = await worker.prepare(data)
    for clean in (made.data, made.thumbnail):
        assert set(pictures.markers(clean)) == {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}
        for trace in (mark, b"Exif", b"Phone maker", b"ns.adobe.com", b"ICC_PROFILE", b"<?php", b"2026"):
            assert trace not in clean
    assert made.sha256_received == hashlib.sha256(data).hexdigest()


async def test_png_text_is_not_kept(worker: ImageWorker) -> None:
    data = save(scene(2), "PNG", comment=SECRET, exif=pictures.phone_exif())
    made = await worker.prepare(data)
    assert set(pictures.markers(made.data)) == {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}


async def test_first_frame_only(worker: ImageWorker) -> None:
    first, second = Image.new("RGB", (64, 64), "red"), Image.new("RGB", (64, 64), "blue")
    for form in ("MPO", "PNG", "WEBP"):
        data = save(first, form, save_all=True, append_images=[second])
        assert opened(data).n_frames == 2  # type: ignore[attr-defined] - all three have frames
        made = await worker.prepare(data)
        assert near(opened(made.data).getpixel((32, 32)), (255, 0, 0)), form
        assert made.data.count(b"\xff\xd8\xff") == 1


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
async def test_transparency_is_white(worker: ImageWorker, form: str) -> None:
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    image.paste((10, 120, 10, 255), (0, 0, 32, 64))
    made = opened((await worker.prepare(save(image, form))).data)
    assert near(made.getpixel((10, 30)), (10, 120, 10))
    assert near(made.getpixel((54, 30)), (255, 255, 255))


async def test_transparency_beyond_rgba_is_white(worker: ImageWorker) -> None:
    palette = Image.new("P", (32, 32), 0)
    palette.putpalette([0, 0, 0, 200, 0, 0])
    marked = Image.new("RGB", (32, 32), (1, 2, 3))
    for data in (
        save(palette, "PNG", transparency=0),
        save(marked, "PNG", transparency=(1, 2, 3)),
        save(Image.new("LA", (32, 32), (0, 0)), "PNG"),
    ):
        made = opened((await worker.prepare(data)).data)
        assert near(made.getpixel((16, 16)), (255, 255, 255))


@pytest.mark.parametrize(("image", "form"), [
    (Image.new("I;16", (32, 32), 0x8000), "PNG"),
    (Image.new("L", (32, 32), 128), "JPEG"),
    (Image.new("CMYK", (32, 32), (0, 0, 0, 127)), "JPEG"),
    (Image.new("P", (32, 32), 0), "PNG"),
])  # fmt: skip
async def test_other_colour_modes_become_rgb(worker: ImageWorker, image: Image.Image, form: str) -> None:
    if image.mode == "P":
        image.putpalette([128, 128, 128])
    made = opened((await worker.prepare(save(image, form))).data)
    assert made.mode == "RGB"
    assert near(made.getpixel((16, 16)), (128, 128, 128))


@pytest.mark.parametrize(("data", "kind"), [
    (save(halves(), "GIF"), Kind.GIF),
    (save(halves(), "TIFF"), Kind.TIFF),
    (save(halves(), "EPS"), Kind.EPS),
    (save(halves(), "PDF"), Kind.PDF),
    (save(halves(), "BMP"), Kind.BMP),
    (save(halves(), "AVIF"), Kind.AVIF),
    (b'<svg xmlns="http://www.w3.org/2000/svg"/>', Kind.SVG),
    (b"\0\0\0\x18ftypisom\0\0\0\0isomavc1", Kind.VIDEO),
    (b"", Kind.EMPTY),
])  # fmt: skip
async def test_other_kinds_are_refused_unopened(data: bytes, kind: Kind) -> None:
    async with ImageWorker() as fresh:
        refused = await refusal(fresh, data)
        assert (refused.reason, refused.kind) == (Reason.KIND, kind)
        assert fresh.pid is None


async def test_heic_with_its_decoder_and_without(worker: ImageWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    data = save(halves((200, 100)), "HEIF", quality=90, exif=exif(Orientation=6, Make="Phone maker").tobytes())
    made = await worker.prepare(data)
    assert (made.width, made.height) == (100, 200)
    assert near(opened(made.data).getpixel((50, 150)), pictures.RIGHT)
    assert b"Phone maker" not in made.data
    assert (await refusal(worker, data[: len(data) * 2 // 3])).reason is Reason.TRUNCATED

    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    refused = await refusal(worker, data)
    assert (refused.reason, refused.kind) == (Reason.KIND, Kind.HEIC)


@pytest.mark.parametrize(("form", "options"), [
    ("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {}), ("WEBP", {"lossless": True}),
])  # fmt: skip
async def test_a_cut_file_is_refused_wherever_it_is_cut(
    worker: ImageWorker, form: str, options: dict[str, object]
) -> None:
    data = save(scene(3), form, **options)
    assert (await worker.prepare(data)).width == 640
    for part in (0.05, 0.5, 0.95):
        assert (await refusal(worker, data[: int(len(data) * part)])).reason is Reason.TRUNCATED, part
    assert (await refusal(worker, data[:40])).reason is Reason.TRUNCATED


@pytest.mark.parametrize("data", [
    save(halves(), "PNG").replace(b"IDAT", b"IDAX"),
    b"\xff\xd8\xff\xe0" + b"nothing of a picture" * 50 + b"\xff\xd9",
    b"RIFF\x0c\0\0\0WEBPVP8 \0\0\0\0",
    pictures.png_bomb((900, 900)),
])  # fmt: skip
async def test_nonsense_is_broken(worker: ImageWorker, data: bytes) -> None:
    assert (await refusal(worker, data)).reason in {Reason.BROKEN, Reason.TRUNCATED}
    assert (await worker.prepare(save(halves()))).width == 80


@pytest.mark.parametrize("size", [(7100, 7100), (10_000, 10_000), (16_383, 16_383)])
async def test_a_bomb_is_refused_before_it_is_loaded(worker: ImageWorker, size: tuple[int, int]) -> None:
    for bomb in (pictures.png_bomb, pictures.jpeg_bomb, pictures.webp_bomb):
        data = bomb(size)
        assert len(data) < 3000
        assert (await refusal(worker, data)).reason is Reason.TOO_MANY_PIXELS, bomb.__name__


async def test_the_limits_are_exact() -> None:
    data = save(Image.new("RGB", (100, 100)), "PNG")
    limits = Limits(bytes=len(data), pixels=100 * 100)
    async with ImageWorker(limits) as strict:
        assert (await strict.prepare(data)).width == 100
        assert (await refusal(strict, data + b"x")).reason is Reason.TOO_LARGE
        wider = save(Image.new("1", (101, 100)), "PNG")
        assert len(wider) <= len(data)
        assert (await refusal(strict, wider)).reason is Reason.TOO_MANY_PIXELS


async def test_claims_of_a_phone(worker: ImageWorker) -> None:
    for form in ("JPEG", "PNG", "WEBP"):
        made = await worker.prepare(save(halves(), form, exif=pictures.phone_exif()))
        assert made.taken_at == "2026-03-01T08:15:30+08:00", form
        assert made.position == pytest.approx((36.51, 114.25)), form


@pytest.mark.parametrize(("attributes", "taken_at", "position", "label"), [
    ('exif:DateTimeOriginal="2026-03-01T08:15:30.25+08:00"', "2026-03-01T08:15:30+08:00", None, None),
    ('xmp:CreateDate="2026-03-01T08:15:30"', "2026-03-01T08:15:30", None, None),
    ('xmp:CreateDate="yesterday, in the morning"', None, None, None),
    ('exif:GPSLatitude="36,30.6N" exif:GPSLongitude="114,15,0W"', None, (36.51, -114.25), None),
    ('exif:GPSLatitude="36,30.6N"', None, None, None),
    ('exif:GPSLatitude="136,30.6N" exif:GPSLongitude="114,15,0W"', None, None, None),
    ("TC260:AIGC='{\"Label\":\"1\"}'", None, None, AiLabel.AIGC),
    ('Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"',
     None, None, AiLabel.SOURCE_TYPE),
    ('Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"', None, None, None),
])  # fmt: skip
async def test_claims_in_xmp(
    worker: ImageWorker,
    attributes: str,
    taken_at: str | None,
    position: tuple[float, float] | None,
    label: AiLabel | None,
) -> None:
    for form in ("JPEG", "WEBP"):
        made = await worker.prepare(save(halves(), form, xmp=pictures.xmp(attributes)))
        assert (made.taken_at, made.position, made.ai_label) == (taken_at, position, label), form


async def test_generator_parameters_of_a_png(worker: ImageWorker) -> None:
    from PIL.PngImagePlugin import PngInfo

    for key, label in (("parameters", AiLabel.PARAMETERS), ("AIGC", AiLabel.AIGC), ("Title", None)):
        text = PngInfo()
        text.add_text(key, "steps: 20, sampler: x")
        assert (await worker.prepare(save(halves(), "PNG", pnginfo=text))).ai_label is label


async def test_the_aigc_field_in_a_user_comment(worker: ImageWorker) -> None:
    for words, label in ((b'ASCII\0\0\0{"AIGC":{"Label":"1"}}', AiLabel.AIGC), (b"ASCII\0\0\0of AIGC fame", None)):
        made = await worker.prepare(save(halves(), exif=exif(UserComment=words)))
        assert made.ai_label is label


async def test_a_damaged_claim_is_no_claim(worker: ImageWorker) -> None:
    whole = pictures.phone_exif().tobytes()
    for damaged in (
        whole[:40],
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0nonsense",
        whole.replace(b"2026:", b"20x6:"),
    ):
        made = await worker.prepare(save(halves(), exif=damaged))
        assert made.taken_at is None
        assert made.width == 80


async def test_a_camera_without_a_fix_claims_no_position(worker: ImageWorker) -> None:
    from PIL import ExifTags

    block = pictures.phone_exif()
    directory = block.get_ifd(ExifTags.IFD.GPSInfo)
    for latitude in ((0.0, 0.0, 0.0), (400.0, 0.0, 0.0)):
        directory[ExifTags.GPS.GPSLatitude] = latitude
        directory[ExifTags.GPS.GPSLongitude] = (0.0, 0.0, 0.0)
        made = await worker.prepare(save(halves(), exif=block))
        assert (made.position, made.taken_at) == (None, "2026-03-01T08:15:30+08:00")


async def test_near_copies_are_near_and_others_far(worker: ImageWorker) -> None:
    def apart(one: Prepared, other: Prepared) -> tuple[int, int]:
        return distance(one.dhash, other.dhash), distance(one.phash, other.phash)

    originals = [await worker.prepare(save(scene(seed, (1200, 900)), quality=95)) for seed in range(6)]
    for seed, original in enumerate(originals):
        image = scene(seed, (1200, 900))
        small = image.resize((500, 375))
        bright = ImageEnhance.Brightness(image).enhance(1.1)
        for data in (save(image, quality=30), save(small), save(bright), save(image, "PNG"), save(small, "WEBP")):
            assert max(apart(original, await worker.prepare(data))) <= 8
        for other in originals[:seed]:
            assert min(apart(original, other)) >= 16
