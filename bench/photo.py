"""A 12-megapixel photo from bytes to stored: checked, upright, re-encoded, hashed and on the disk."""

import asyncio
import io
import tempfile
import time

from PIL import Image

from bench.measure import Figure, median, spread
from bot.engine.imaging import ImageWorker
from storage.blobs import open_blobs

ROUNDS = 9


def twelve_megapixels() -> bytes:
    """4000 × 3000 with the detail of a street, as a phone sends it."""
    noise = Image.effect_noise((1000, 750), 60).resize((4000, 3000), Image.Resampling.BICUBIC)
    slope = Image.linear_gradient("L").resize((4000, 3000))
    out = io.BytesIO()
    Image.merge("RGB", (noise, slope, Image.blend(noise, slope, 0.4))).save(out, "JPEG", quality=88)
    return out.getvalue()


async def _times() -> list[float]:
    data = twelve_megapixels()
    worker = ImageWorker()
    took: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        blobs = open_blobs(folder)
        await worker.prepare(data)  # starts the process
        for _ in range(ROUNDS):
            start = time.perf_counter()
            prepared = await worker.prepare(data)
            await blobs.put(prepared.data)
            await blobs.put(prepared.thumbnail)
            took.append(time.perf_counter() - start)
    await worker.close()
    return took


def run() -> list[Figure]:
    took = asyncio.run(_times())
    return [Figure("12-megapixel photo, bytes to stored", median(took), "s", 0.5, note=spread(took))]
