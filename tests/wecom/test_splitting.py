"""Long texts in pieces: within the bytes, nothing lost, cut where it hurts least."""

from hypothesis import example, given
from hypothesis import strategies as st

from bot.platforms.wecom.markdown import plain
from bot.platforms.wecom.splitting import split

FAMILY = "👨‍👩‍👧"


@given(st.text(alphabet=st.sampled_from("a字\n 1#é👍🏽👨‍👩‍👧🇨🇳e\u0301"), max_size=300), st.integers(4, 200))
@example("", 4)
@example("字" * 100, 4)
@example("\n" * 50, 8)
def test_pieces_joined_are_the_text_and_each_fits(text: str, most: int) -> None:
    pieces = split(text, most)
    assert "".join(pieces) == text
    assert all(piece and len(piece.encode()) <= most for piece in pieces)


def test_a_short_text_is_one_piece() -> None:
    assert split("井盖坏了", 12) == ("井盖坏了",)
    assert split("", 12) == ()


def test_a_paragraph_is_the_best_place_if_it_fills_half() -> None:
    assert split("一" * 6 + "\n\n" + "二" * 3 + "\n" + "三" * 6, 36) == ("一" * 6 + "\n\n", "二" * 3 + "\n" + "三" * 6)
    assert split("一\n\n" + "二" * 8 + "\n" + "三" * 6, 36) == ("一\n\n" + "二" * 8 + "\n", "三" * 6)


def test_a_line_is_the_next_best() -> None:
    lines = [f"{n} 幸福路井盖破损\n" for n in range(10)]
    assert split("".join(lines), len(lines[0].encode()) * 4 + 5) == (
        "".join(lines[:4]),
        "".join(lines[4:8]),
        "".join(lines[8:]),
    )


def test_what_is_seen_as_one_sign_stays_whole() -> None:
    for sign in (FAMILY, "👍🏽", "e\u0301", "⚠️", "🇨🇳"):
        first, *_ = split("字字" + sign + "字" * 9, 6 + len(sign.encode()) - 1)
        assert first == "字字", sign


def test_no_piece_begins_with_what_acts_at_the_start_of_a_line() -> None:
    text = plain("字" * 9 + "# 题" + "字" * 9 + "1. 项")
    for most in range(24, 60):
        assert all(piece[0] not in "#>-+=* 0123456789" for piece in split(text, most)), most
