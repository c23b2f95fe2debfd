"""Measuring, fitting and breaking of Chinese text."""

from dataclasses import replace

import pytest

from bot.render.fonts import Role
from bot.render.text import NEVER_FIRST, NEVER_LAST, Line, Span, Style, fit, runs, width, wrap

STYLE = Style(Role.BOLD, 40, (0, 0, 0))
LONG_NAME = "阿卜杜热合曼·艾合买提江"
BODY = "经本人申请、行业部门审核和联审联查，兹聘任您为“五大员”（道路交通安全员），聘期自2026年11月1日起。"


def texts(lines: list[Line]) -> list[str]:
    return ["".join(piece.text for piece in line.pieces) for line in lines]


def test_a_chinese_character_is_one_em_wide() -> None:
    assert width("五大员", STYLE) == pytest.approx(120, abs=1)
    assert width("五大员", replace(STYLE, track=5)) == pytest.approx(130, abs=1)
    assert width("", STYLE) == 0


def test_runs_change_where_the_font_changes_and_lose_nothing() -> None:
    parts = runs("张𬭎同志", Role.TITLE)

    assert [part.text for part in parts] == ["张", "𬭎", "同志"]
    assert [part.thin for part in parts] == [False, True, False]


def test_words_that_fit_stay_as_they_are() -> None:
    assert fit("王建国", STYLE, 200) == ("王建国", STYLE)


def test_an_eleven_character_name_shrinks_and_stays_whole() -> None:
    text, style = fit(LONG_NAME, STYLE, 300)

    assert text == LONG_NAME
    assert STYLE.size * 0.6 <= style.size < STYLE.size
    assert width(text, style) <= 300
    assert width(text, replace(style, size=style.size + 1)) > 300


def test_what_is_still_too_long_is_cut_with_an_ellipsis() -> None:
    text, style = fit(LONG_NAME * 2, STYLE, 300)

    assert text.endswith("…")
    assert LONG_NAME.startswith(text[:-1])
    assert style.size == 24
    assert 300 - 24 <= width(text, style) <= 300


@pytest.mark.parametrize("room", range(170, 700, 37))
def test_no_line_begins_or_ends_with_a_forbidden_sign_or_is_too_wide(room: int) -> None:
    lines = wrap([Span(BODY, STYLE)], room)

    assert "".join(texts(lines)) == BODY
    assert len(lines) > 1
    for text in texts(lines):
        assert text[0] not in NEVER_FIRST
        assert text[-1] not in NEVER_LAST
    assert all(line.width <= room + 1 for line in lines)


def test_numbers_stay_whole_and_move_to_the_next_line() -> None:
    lines = texts(wrap([Span("截至目前共2026件", STYLE)], 240))

    assert lines == ["截至目前共", "2026件"]


def test_a_word_longer_than_the_line_is_cut_rather_than_lost() -> None:
    lines = wrap([Span("https://example.org/p/2026-10", STYLE)], 200)

    assert "".join(texts(lines)) == "https://example.org/p/2026-10"
    assert all(line.width <= 201 for line in lines)


def test_each_paragraph_is_indented_and_justified_but_for_its_last_line() -> None:
    lines = wrap([Span(BODY + "\n特颁此证。", STYLE)], 605, indent=80, justify=True)

    assert lines[0].pieces[0].x == 80
    assert lines[1].pieces[0].x == 0
    assert all(line.width == pytest.approx(605, abs=1) for line in lines[:-2])
    assert lines[-1].pieces[0].x == 80
    assert texts(lines)[-1] == "特颁此证。"


def test_styles_meet_on_one_line() -> None:
    red = replace(STYLE, role=Role.TITLE, colour=(176, 26, 30))
    [line] = wrap([Span("兹聘任您为", STYLE), Span("安全员", red)], 600)

    assert [(piece.text, piece.style) for piece in line.pieces] == [("兹聘任您为", STYLE), ("安全员", red)]
    assert line.pieces[1].x == pytest.approx(200, abs=1)
