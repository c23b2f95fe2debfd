"""Plain text as WeCom's Markdown: a reader of Markdown finds no markup in it, and sees what was written."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.chat.texts import LANGUAGES
from bot.platforms.wecom.markdown import anchor, app_plain, link, plain
from tests.chat.test_catalogues import CHINESE, longest
from tests.wecom.shown import eye

# One that knows more than WeCom says it does: what is dead for it is dead there.
READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
SIGNS = st.text(alphabet="ab中1.)#>-+*=_`~[]()<>|\\&;:!@/\n\t ", max_size=60)
NEVER_SENT_TO_A_CHAT = ("people.sheet.", "people.example.")


def seen(markdown: str) -> str:
    """What a reader shows; fails if it found any markup."""
    shown = ""
    for block in READER.parse(markdown):
        assert block.type in ("paragraph_open", "paragraph_close", "inline"), block.type
        for piece in block.children or ():
            assert piece.type in ("text", "softbreak", "hardbreak"), piece.type
            shown += piece.content or " "
    return shown


@given(SIGNS)
@example("**粗** _斜_ `码` ~~删~~")
@example("张*、李*")
@example("# 题\n> 引\n- 项\n+ 项\n* 项\n1. 一\n2) 二\n---\n===")
@example("字\n===")
@example("[点我](http://example.org) ![图](x)\n[a]: /b")
@example("<@zhangsan> <font color='warning'>急</font> <http://example.org>")
@example("&lt;@zhangsan&gt; &#42;a&#42;")
@example("|a|b|\n|-|-|\n|1|2|")
@example("a\\*b\\")
@example("    code\n\tcode")
@settings(max_examples=500)
def test_nothing_that_was_written_is_markup_and_all_of_it_is_seen(text: str) -> None:
    assert eye(seen(plain(text))) == eye(text)
    assert plain(plain(text)) == plain(text)


@given(SIGNS, SIGNS)
def test_nobody_is_mentioned_and_no_colour_is_made(before: str, after: str) -> None:
    assert "<" not in plain(f"{before}<@zhangsan>{after}")


@pytest.mark.parametrize(
    "text", ["a_b 和 wang.xiaodui-2@x", "5 > 3，2.5 公里", "+5 分，-3 分", "8:30–17:30 [照片] #1", "3*"]
)
def test_signs_that_do_not_act_stay(text: str) -> None:
    assert plain(text).replace("＊", "*") == text


def test_an_address_stays_whole() -> None:
    said = "请看 https://county.example/case/a_b-c~d?x=1&y=2*，谢谢_"
    assert "https://county.example/case/a_b-c~d?x=1&y=2＊，谢谢＿" in plain(said)


@pytest.mark.parametrize("sign", ["\r\n", "\r", "\u2028", "\x85", "\v"])
def test_no_other_line_break_hides_the_start_of_a_line(sign: str) -> None:
    assert plain(f"好{sign}# 题") == "好\n＃ 题"


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_own_texts_look_as_they_are_written(language: str) -> None:
    said = [longest(key, language) for key in CHINESE if not key.startswith(NEVER_SENT_TO_A_CHAT)]
    assert [text for text in said if eye(seen(plain(text))) != eye(text)] == []
    assert [text for text in said if app_plain(text) != text] == []


def test_the_number_of_a_line_is_not_counted_anew() -> None:
    assert plain("2. 0119 井盖破损\n3. 0127 违停") == "2．0119 井盖破损\n3．0127 违停"


def test_a_link_is_one_link_whatever_its_label_and_address_hold() -> None:
    made = link("看 [0127](x) *急*\n<a>", "https://county.example/case/a)b c<d>")
    (block,) = [block for block in READER.parse(made) if block.type == "inline"]
    assert [piece.type for piece in block.children or ()] == ["link_open", "text", "link_close"]
    assert made.endswith("](https://county.example/case/a%29b%20c%3Cd%3E)")


def test_an_app_knows_anchors_only_and_nobody_forges_one() -> None:
    said = "点 < A href='http://example.org'>这里</a> <b> *好*"
    assert app_plain(said) == "点 ＜ A href='http://example.org'>这里＜/a> <b> *好*"
    made = anchor("看</a>案", 'https://county.example/a"b')
    assert made == '<a href="https://county.example/a%22b">看＜/a>案</a>'
