"""The canvas: what it draws, what it notes, and that the log's faults are found."""

from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.render import kit
from bot.render.canvas import Canvas
from bot.render.colour import WHITE, Gradient, contrast
from bot.render.fonts import Role
from bot.render.marks import Kind, faults
from bot.render.shapes import Shadow, cover, read_photo
from bot.render.text import Style

INK = Style(Role.TITLE, 60, (40, 20, 20))


def ink(canvas: Canvas) -> int:
    grey = canvas.image.convert("L")
    return sum(255 - value for value in grey.tobytes())


def test_words_are_noted_with_the_box_of_their_ink() -> None:
    canvas = Canvas((400, 200), WHITE)
    mark = canvas.words((40, 120), "县", INK, canvas.page)

    drawn = ImageChops.invert(canvas.image.convert("L")).getbbox()
    assert drawn is not None
    assert all(abs(noted - seen) <= 1 for noted, seen in zip(mark.box, drawn, strict=True))
    assert (mark.kind, mark.words, mark.ink, mark.ground) == (Kind.WORDS, "县", INK.colour, WHITE)


@pytest.mark.parametrize(("anchor", "left"), [("l", 200), ("m", 140), ("r", 80)])
def test_the_anchor_says_which_end_stands_at_the_place(anchor: str, left: int) -> None:
    canvas = Canvas((400, 200), WHITE)
    mark = canvas.words((200, 120), "五大", INK, canvas.page, anchor)

    assert mark.box[0] == pytest.approx(left, abs=5)


def test_a_stand_in_glyph_is_made_bold() -> None:
    heavy, regular = Canvas((100, 100), WHITE), Canvas((100, 100), WHITE)
    heavy.words((20, 80), "𬭎", INK, heavy.page)
    regular.words((20, 80), "𬭎", Style(Role.SERIF, 60, INK.colour), regular.page)

    assert ink(heavy) > 1.15 * ink(regular)


def test_an_orderly_layout_has_no_faults() -> None:
    canvas = Canvas((400, 300), kit.CREAM)
    card = kit.card(canvas, (40, 40, 360, 260), canvas.page)
    canvas.words((60, 120), "已办结", INK, card)
    kit.bar(canvas, (60, 180, 340, 200), 0.4, card, kit.RED, kit.LINE)

    assert faults(canvas.log) == []


def test_words_that_leave_their_card_are_a_fault() -> None:
    canvas = Canvas((400, 300), kit.CREAM)
    card = kit.card(canvas, (40, 40, 200, 260), canvas.page)
    canvas.words((60, 120), "办结时间", INK, card)

    [fault] = faults(canvas.log)
    assert fault.startswith("outside: words")


def test_words_upon_words_are_a_fault() -> None:
    canvas = Canvas((400, 300), WHITE)
    canvas.words((60, 120), "上报", INK, canvas.page)
    canvas.words((80, 130), "办理", INK, canvas.page)

    assert [fault.split(" (")[0] for fault in faults(canvas.log) if fault.startswith("overlap")] == [
        "overlap: words 1 '上报'"
    ]


def test_the_ground_is_read_from_the_picture_and_faint_words_are_a_fault() -> None:
    canvas = Canvas((400, 300), WHITE)
    canvas.panel((200, 0, 400, 300), (200, 40, 40), canvas.page, free=True)
    canvas.words((180, 120), "一半", Style(Role.BOLD, 40, (210, 50, 50)), canvas.page)

    [fault] = faults(canvas.log)
    assert fault.startswith("faint: words")
    assert contrast((210, 50, 50), WHITE) > 4.5  # only the half on red is at fault


def test_gradient_words_are_judged_by_their_worst_colour() -> None:
    canvas = Canvas((400, 300), WHITE)
    fading = Gradient(((0.0, (60, 0, 0)), (1.0, (250, 240, 230))))
    canvas.gradient_words((200, 150), "聘书", INK, fading, canvas.page)

    assert [fault.split(":")[0] for fault in faults(canvas.log)] == ["faint"]
    assert canvas.image.getpixel((2, 2)) == WHITE


def test_a_gradient_runs_between_its_stops() -> None:
    picture = Gradient(((0.0, (0, 0, 0)), (1.0, (200, 100, 50))), across=True).image((101, 10))

    assert picture.getpixel((0, 5)) == (0, 0, 0)
    assert picture.getpixel((100, 5)) == (200, 100, 50)
    assert picture.getpixel((50, 5)) == (100, 50, 25)


def test_corners_are_round_and_smooth_and_the_shadow_falls_outside() -> None:
    canvas = Canvas((300, 300), WHITE)
    canvas.panel((100, 100, 200, 200), (0, 0, 0), canvas.page, 30, shadow=Shadow((0, 0, 0), 8, 10, 0.5))

    assert canvas.image.getpixel((150, 150)) == (0, 0, 0)
    assert canvas.image.getpixel((150, 206))[0] < canvas.image.getpixel((150, 94))[0]
    edge = {canvas.image.getpixel((100 + step, 109))[0] for step in range(30)}
    assert len(edge) > 3  # steps of grey, not black and white


def test_a_rim_without_fill_lets_the_ground_through() -> None:
    canvas = Canvas((100, 100), (9, 99, 199))
    canvas.panel((20, 20, 80, 80), None, canvas.page, 10, outline=(255, 0, 0), line=3)

    assert canvas.image.getpixel((50, 50)) == (9, 99, 199)
    assert canvas.image.getpixel((50, 21)) == (255, 0, 0)


def test_a_bar_is_filled_by_its_share_and_never_beyond_its_trough() -> None:
    canvas = Canvas((220, 100), WHITE)
    for row, share in enumerate((0.0, 0.5, 7.0)):
        kit.bar(canvas, (10, 10 + 30 * row, 210, 24 + 30 * row), share, canvas.page, (255, 0, 0), (0, 0, 0))

    filled = [sum(canvas.image.getpixel((x, 17 + 30 * row)) == (255, 0, 0) for x in range(220)) for row in range(3)]
    assert filled == [pytest.approx(14, abs=2), pytest.approx(100, abs=2), pytest.approx(200, abs=2)]
    assert faults(canvas.log) == []


def test_an_avatar_shows_the_first_character_or_the_photo() -> None:
    canvas = Canvas((400, 200), WHITE)
    ring = kit.Ring(kit.GOLD, 8)
    kit.avatar(canvas, (100, 100), 60, canvas.page, ring, "李晓梅")
    kit.avatar(canvas, (300, 100), 60, canvas.page, ring, Image.new("RGB", (90, 200), (0, 160, 0)))

    assert [mark.words for mark in canvas.log if mark.kind is Kind.WORDS] == ["李"]
    assert canvas.image.getpixel((300, 100)) == (0, 160, 0)
    assert canvas.image.getpixel((300 - 66, 100)) == kit.GOLD
    assert faults(canvas.log) == []


def test_an_avatar_shows_a_family_name_of_two_characters_whole_and_smaller() -> None:
    canvas = Canvas((400, 200), WHITE)
    for number, name in enumerate(("李", "欧阳", "买买提")):
        kit.avatar(canvas, (70 + 130 * number, 100), 50, canvas.page, kit.Ring(kit.GILT, 6), name)

    shown = {mark.words: mark.size for mark in canvas.log if mark.kind is Kind.WORDS}
    assert set(shown) == {"李", "欧阳", "买"}
    assert shown["欧阳"] < shown["李"] == shown["买"]
    assert faults(canvas.log) == []


def test_a_pill_grows_with_its_words_up_to_its_room() -> None:
    canvas = Canvas((900, 300), WHITE)
    style = Style(Role.BOLD, 30, WHITE)
    short = kit.pill(canvas, (20, 50), "处置前", style, canvas.page, kit.RED)
    long = kit.pill(canvas, (20, 150), "处置前" * 9, style, canvas.page, kit.RED, room=300)

    assert short.box[2] - short.box[0] == pytest.approx(3 * 30 + 2 * 21.6, abs=1)
    assert long.box[2] - long.box[0] == 300
    assert faults(canvas.log) == []


def test_a_jpeg_keeps_its_limit_even_for_noise() -> None:
    canvas = Canvas((1200, 900), WHITE)
    noise = Image.effect_noise((1200, 900), 90)
    canvas.image.paste(Image.merge("RGB", (noise, noise.rotate(180), noise.rotate(90).resize(noise.size))))

    data = canvas.jpeg(120_000)
    assert 40_000 < len(data) <= 120_000
    with Image.open(BytesIO(data)) as picture:
        assert picture.width < 1200
        assert picture.width / picture.height == pytest.approx(4 / 3, abs=0.02)


def test_a_plain_picture_keeps_size_and_quality() -> None:
    with Image.open(BytesIO(Canvas((640, 480), kit.RED).jpeg(120_000))) as picture:
        assert picture.size == (640, 480)
        assert max(abs(a - b) for a, b in zip(picture.getpixel((300, 200)), kit.RED, strict=True)) <= 3


def test_the_cut_of_a_photo_keeps_its_subject() -> None:
    tall = Image.new("RGB", (300, 900), (90, 90, 90))
    subject = Image.effect_noise((200, 200), 80)
    tall.paste(Image.merge("RGB", (subject,) * 3), (50, 680))

    kept = cover(tall, (300, 300))
    assert ImageStat.Stat(kept.convert("L")).stddev[0] > 35
    middle = tall.crop((0, 300, 300, 600))
    assert ImageStat.Stat(middle.convert("L")).stddev[0] == 0  # the plain middle would have lost it


def test_a_photo_lying_on_its_side_is_set_upright() -> None:
    lying = Image.new("RGB", (80, 40), (255, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6
    out = BytesIO()
    lying.save(out, "JPEG", exif=exif)

    assert read_photo(out.getvalue(), (10, 10)).size[0] < read_photo(out.getvalue(), (10, 10)).size[1]


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\xff\xd8\xff\xe0\x00\x10JFIF"])
def test_what_is_not_a_picture_is_refused(data: bytes) -> None:
    with pytest.raises(OSError, match=r"identify|Truncated"):
        read_photo(data, (10, 10))
