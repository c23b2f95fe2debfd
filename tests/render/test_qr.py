"""QR codes: the drawn pixels are the code, and the code says what was asked."""

from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from bot.render.canvas import Canvas
from bot.render.colour import WHITE
from bot.render.kit import CREAM, DEEP
from bot.render.qr import draw_qr, modules

PAYLOADS = ["https://example.org/p/2026-10", "wdy1:SLWDY20260042:7F3K29QD:" + "A1b2C3d4" * 11, "示例县五大员"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_scanner_reads_the_payload_from_the_jpeg(payload: str) -> None:
    canvas = Canvas((600, 400), CREAM)
    draw_qr(canvas, (180, 80, 420, 320), payload, canvas.page, DEEP, CREAM)

    with Image.open(BytesIO(canvas.jpeg(400_000))) as picture:
        [found] = zxingcpp.read_barcodes(picture.convert("RGB"))
    assert found.text == payload


def test_every_module_is_drawn_in_its_colour() -> None:
    canvas = Canvas((400, 400), WHITE)
    draw_qr(canvas, (20, 20, 380, 380), PAYLOADS[0], canvas.page, DEEP)

    rows = modules(PAYLOADS[0])
    scale = 360 // (len(rows) + 4)
    start = round((400 - scale * len(rows)) / 2)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            pixel = canvas.image.getpixel((start + x * scale + scale // 2, start + y * scale + scale // 2))
            assert pixel == (DEEP if dark else WHITE)


def test_a_box_too_small_is_refused() -> None:
    canvas = Canvas((100, 100), WHITE)

    with pytest.raises(ValueError, match="too few"):
        draw_qr(canvas, (0, 0, 20, 20), PAYLOADS[0], canvas.page, DEEP)
