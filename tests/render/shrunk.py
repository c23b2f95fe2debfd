"""What becomes of a picture that is sent on: smaller, and compressed once more."""

from io import BytesIO

import zxingcpp
from PIL import Image

Filter = Image.Resampling
FILTERS = (Filter.BILINEAR, Filter.BICUBIC, Filter.LANCZOS, Filter.BOX)


def codes(data: bytes, how: Filter) -> list[list[str]]:
    """What a scanner reads at 40 % of the size: compressed with quality 60 after the scaling, and before it."""
    with Image.open(BytesIO(data)) as opened:
        picture = opened.convert("RGB")
    size = (picture.width * 2 // 5, picture.height * 2 // 5)
    after = compressed(picture.resize(size, how))
    before = compressed(picture).resize(size, how)
    return [[found.text for found in zxingcpp.read_barcodes(one)] for one in (after, before)]


def compressed(picture: Image.Image) -> Image.Image:
    out = BytesIO()
    picture.save(out, "JPEG", quality=60)
    return Image.open(BytesIO(out.getvalue())).convert("RGB")
