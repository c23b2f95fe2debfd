"""Fonts: the coverage tables tell the truth, and a character no font has is not drawn as an empty box."""

import logging
from pathlib import Path

import pytest
from PIL import ImageFont

from bot.render.fonts import COVERAGE, FOLDER, GETA, PACKAGE, Role, glyph, has
from bot.render.make_fonts import covered, ranges

VENDORED = sorted(FOLDER.glob("*.[ot]tf"))
ALL_FONTS = VENDORED + sorted(PACKAGE.glob("*.otf"))
EVERYDAY = "示例县五大员赵师傅办结〇〓0aZ，。（）"
RARE = "㛃𬭎"


@pytest.mark.parametrize("file", ALL_FONTS, ids=lambda file: file.name)
def test_coverage_table_is_what_the_font_file_holds(file: Path) -> None:
    held = covered(file.read_bytes())

    assert len(held) > 7000
    assert f'"{file.name}": "{ranges(held)}"' in COVERAGE.read_text(encoding="ascii")


@pytest.mark.parametrize("file", ALL_FONTS, ids=lambda file: file.name)
def test_table_agrees_with_what_is_drawn(file: Path) -> None:
    font = ImageFont.truetype(str(file), 40)
    empty_box = bytes(font.getmask("\U0010fffd"))

    for char in EVERYDAY + RARE + "🏆ༀ":
        assert (bytes(font.getmask(char)) != empty_box) == has(file, ord(char)), char


@pytest.mark.parametrize("role", list(Role))
def test_everyday_and_rare_characters_are_found_in_every_role(role: Role) -> None:
    for char in EVERYDAY + RARE:
        found = glyph(char, role)
        assert found is not None
        assert found.char == char


def test_a_regular_face_stands_in_for_a_heavy_one_and_says_so() -> None:
    common, rare = glyph("张", Role.TITLE), glyph("𬭎", Role.TITLE)

    assert common is not None
    assert rare is not None
    assert (common.thin, rare.thin) == (False, True)
    assert common.file != rare.file


def test_a_character_of_no_font_becomes_geta_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "bot.render.fonts"):
        found = [glyph("\U0001f9ff", role) for role in Role]

    assert {one.char for one in found if one} == {GETA}
    assert [record.getMessage() for record in caplog.records] == ["glyph_missing"]
    assert vars(caplog.records[0])["code"] == "U+1F9FF"


@pytest.mark.parametrize("char", ["\u200d", "\ufe0f", "\u200b", "\x07", "\u202e"])
def test_what_is_not_seen_is_left_out_in_silence(char: str, caplog: pytest.LogCaptureFixture) -> None:
    assert glyph(char, Role.BOLD) is None
    assert not caplog.records


def test_kai_takes_quotes_from_a_face_that_draws_them_at_chinese_width() -> None:
    quote, word = glyph("“", Role.KAI), glyph("聘", Role.KAI)

    assert quote is not None
    assert word is not None
    assert quote.file.name == "NotoSerifSC-Regular.otf"
    assert word.file.name == "kai.ttf"


def test_vendored_fonts_are_small_and_licensed() -> None:
    licences = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("OFL-*.txt"))

    assert sum(file.stat().st_size for file in VENDORED) <= 12_000_000
    assert len(VENDORED) == 3
    for file in VENDORED:
        assert file.name in licences
    assert licences.count("SIL OPEN FONT LICENSE Version 1.1") == 2
