"""Perceptual hashes: near copies are near, other pictures are far, brightness does not count."""

import pytest
from PIL import Image, ImageEnhance

from bot.engine.imaging.hashes import DHASH_SIZE, PHASH_SIZE, dhash, distance, phash


def test_distance_counts_bits() -> None:
    assert distance("0000000000000000", "0000000000000000") == 0
    assert distance("0000000000000000", "ffffffffffffffff") == 64
    assert distance("8000000000000001", "0000000000000001") == 1


def test_dhash_of_a_ramp_is_known() -> None:
    wide, high = DHASH_SIZE
    rising = bytes(10 * x for _ in range(high) for x in range(wide))
    falling = bytes(200 - 10 * x for _ in range(high) for x in range(wide))
    assert dhash(rising) == "0" * 16
    assert dhash(falling) == "f" * 16


def test_phash_sees_the_wave_that_is_there() -> None:
    wide, high = PHASH_SIZE
    stripes = bytes(255 if x < wide // 2 else 0 for _ in range(high) for x in range(wide))
    brighter = bytes(min(255, level // 2 + 60) for level in stripes)
    assert phash(stripes) == phash(brighter)
    turned = bytes(stripes[x * wide + y] for y in range(high) for x in range(wide))
    assert distance(phash(stripes), phash(turned)) >= 4


@pytest.mark.parametrize("hashed", [dhash, phash])
def test_a_hash_is_sixteen_hexadecimal_digits(hashed: object) -> None:
    size = DHASH_SIZE if hashed is dhash else PHASH_SIZE
    noise = ImageEnhance.Contrast(Image.effect_noise(size, 60)).enhance(1.2).tobytes()
    made = hashed(noise)  # type: ignore[operator] - one of the two above
    assert len(made) == 16
    assert int(made, 16) >= 0
