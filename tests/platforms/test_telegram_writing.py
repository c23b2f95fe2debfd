"""Messages as calls of the Bot API: pure, so every shape is a value to compare."""

from dataclasses import replace

import pytest

from bot.chat.events import Address, Platform
from bot.chat.platform import File, Link, Picture, Rendered, RenderedButton
from bot.platforms.telegram.length import MOST_CAPTION, MOST_TEXT, cut, units
from bot.platforms.telegram.writing import answering, plan, reaction

GROUP = Address(Platform.TELEGRAM, "-1001", private=False)
PRIVATE = Address(Platform.TELEGRAM, "42", private=True)
ONE, TWO = Picture(b"1", "photo-1.jpg"), Picture(b"2", "photo-2.jpg")
DRAWN = Picture(b"d", "closing.jpg", drawn=True)
SHEET = File(b"s", "周报.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
PRESS = RenderedButton("接收", "7.0.abcdef", 0, "接收")
LATER = RenderedButton("需要延期", "7.1.abcdef", 1, "需要延期")
KEYBOARD = {
    "inline_keyboard": [
        [{"text": "接收", "callback_data": "7.0.abcdef"}],
        [{"text": "需要延期", "callback_data": "7.1.abcdef"}],
    ]
}
NO_PREVIEW = {"link_preview_options": {"is_disabled": True}}


def reply(number: int) -> dict[str, object]:
    return {"reply_parameters": {"message_id": number, "allow_sending_without_reply": True}}


def test_a_text_has_its_buttons_and_no_preview_and_no_markup() -> None:
    words = plan(Rendered(PRIVATE, "<b>井盖</b> & *坏了*", (PRESS, LATER))).words
    assert words is not None
    assert words.method == "sendMessage"
    assert words.params == {"chat_id": 42, "text": "<b>井盖</b> & *坏了*", "reply_markup": KEYBOARD, **NO_PREVIEW}
    assert "parse_mode" not in words.params


PAGE = Link("大图和上传", "https://case.example.cn/case/x")
PAGE_ROW = [{"text": "大图和上传", "url": "https://case.example.cn/case/x"}]


def test_a_link_is_a_row_of_its_own_below_the_choices() -> None:
    below = {"inline_keyboard": [*KEYBOARD["inline_keyboard"], PAGE_ROW]}
    for message in (
        Rendered(PRIVATE, "卡片", (PRESS, LATER), links=(PAGE,)),
        Rendered(PRIVATE, "卡片", (PRESS, LATER), (ONE,), links=(PAGE,)),
        Rendered(PRIVATE, "卡片", (PRESS, LATER), (ONE, TWO), links=(PAGE,)),
        Rendered(PRIVATE, "卡片", (PRESS, LATER), links=(PAGE,), edits="7"),
    ):
        words = plan(message).words
        assert words is not None
        assert words.params["reply_markup"] == below
    alone = plan(Rendered(PRIVATE, "在哪？", links=(PAGE,))).words
    assert alone is not None
    assert alone.params["reply_markup"] == {"inline_keyboard": [PAGE_ROW]}


def test_a_link_that_telegram_would_refuse_is_left_out() -> None:
    local = Link("大图和上传", "http://127.0.0.1:8090/case/x")
    words = plan(Rendered(PRIVATE, "卡片", links=(local,))).words
    assert words is not None
    assert "reply_markup" not in words.params


def test_a_server_without_previews_is_not_asked_to_leave_them_out() -> None:
    words = plan(Rendered(PRIVATE, "好"), previews=False).words
    assert words is not None
    assert words.params == {"chat_id": 42, "text": "好"}


def test_an_answer_goes_where_the_message_was_also_if_that_is_deleted() -> None:
    words = plan(Rendered(GROUP, "收到", answers="17")).words
    assert words is not None
    assert words.params == {"chat_id": -1001, "text": "收到", **reply(17), **NO_PREVIEW}


def test_an_answer_in_a_forum_topic_stays_in_the_topic() -> None:
    words = plan(Rendered(GROUP, "收到", answers="5/17")).words
    assert words is not None
    assert words.params["message_thread_id"] == 5
    assert words.params["reply_parameters"] == reply(17)["reply_parameters"]


def test_one_picture_has_its_words_as_caption() -> None:
    made = plan(Rendered(PRIVATE, "新事项", (PRESS, LATER), (ONE,)))
    assert made.pictures is None
    assert made.words is not None
    assert made.words.method == "sendPhoto"
    assert made.words.params == {"chat_id": 42, "caption": "新事项", "reply_markup": KEYBOARD}
    assert made.words.files == {"photo": ONE}


def test_an_album_can_have_no_buttons_so_its_words_follow() -> None:
    made = plan(Rendered(PRIVATE, "新事项", (PRESS,), (ONE, TWO)))
    assert made.words_last
    assert made.pictures is not None
    assert made.pictures.method == "sendMediaGroup"
    media = [{"type": "photo", "media": "attach://photo0"}, {"type": "photo", "media": "attach://photo1"}]
    assert made.pictures.params == {"chat_id": 42, "media": media}
    assert made.pictures.files == {"photo0": ONE, "photo1": TWO}
    assert made.words is not None
    assert answering(made.words, "90").params["reply_parameters"] == reply(90)["reply_parameters"]


def test_words_too_long_for_a_caption_follow_their_picture() -> None:
    long = "字" * (MOST_CAPTION + 1)
    made = plan(Rendered(PRIVATE, long, pictures=(ONE,)))
    assert made.words_last
    assert made.words is not None
    assert made.words.params["text"] == long
    assert made.pictures is not None
    assert made.pictures.method == "sendPhoto"
    assert "caption" not in made.pictures.params


def test_a_file_alone_has_its_words_as_caption() -> None:
    made = plan(Rendered(PRIVATE, "本周周报", (PRESS, LATER), files=(SHEET,)))
    assert made.words is not None
    assert made.calls == (made.words,)
    assert made.words.method == "sendDocument"
    assert made.words.params == {"chat_id": 42, "caption": "本周周报", "reply_markup": KEYBOARD}
    assert made.words.files == {"document": SHEET}


@pytest.mark.parametrize(
    ("text", "pictures", "methods"),
    [
        ("周报", (ONE,), ["sendPhoto", "sendDocument"]),
        ("周报", (ONE, TWO), ["sendMediaGroup", "sendMessage", "sendDocument"]),
        ("字" * (MOST_CAPTION + 1), (), ["sendMessage", "sendDocument"]),
        ("字" * (MOST_CAPTION + 1), (ONE,), ["sendPhoto", "sendMessage", "sendDocument"]),
    ],
)
def test_a_file_follows_words_and_pictures(text: str, pictures: tuple[Picture, ...], methods: list[str]) -> None:
    made = plan(Rendered(PRIVATE, text, (PRESS,), pictures, files=(SHEET,)))
    assert [call.method for call in made.calls] == methods
    assert made.files[0].params == {"chat_id": 42}, "words and buttons stand once"
    assert made.files[0].files == {"document": SHEET}


@pytest.mark.parametrize(
    ("had", "pictures", "method", "added"),
    [
        (0, (), "editMessageText", None),
        (0, (ONE,), "editMessageMedia", None),
        (0, (ONE, TWO), "editMessageText", "sendMediaGroup"),
        (1, (), "editMessageCaption", None),
        (1, (ONE,), "editMessageCaption", None),
        (1, (DRAWN,), "editMessageMedia", None),
        (1, (ONE, TWO), "editMessageCaption", "sendPhoto"),
        (2, (ONE, TWO), "editMessageText", None),
    ],
)
def test_an_edit_fits_what_is_shown(had: int, pictures: tuple[Picture, ...], method: str, added: str | None) -> None:
    made = plan(Rendered(PRIVATE, "已接收", (PRESS, LATER), pictures, edits="90", had=had))
    assert made.words is not None
    assert made.words.method == method
    assert made.words.params["message_id"] == 90
    assert made.words.params["reply_markup"] == KEYBOARD
    assert (made.pictures.method if made.pictures else None) == added
    if made.pictures is not None:
        assert made.pictures.params["reply_parameters"] == reply(90)["reply_parameters"]
        assert not made.words_last


def test_an_edit_without_buttons_takes_them_away() -> None:
    words = plan(Rendered(PRIVATE, "办结", edits="90")).words
    assert words is not None
    assert "reply_markup" not in words.params


def test_a_reaction_names_the_message_without_its_topic() -> None:
    call = reaction(GROUP, "5/17", "👀")
    assert call.params == {"chat_id": -1001, "message_id": 17, "reaction": [{"type": "emoji", "emoji": "👀"}]}


@pytest.mark.parametrize("text", ["字" * 5000, "👀" * 3000, "一行\n" * 2000, "😀字\n" * 1500, "x" * 4097])
def test_texts_are_cut_by_units_of_utf_16_and_end_with_a_mark(text: str) -> None:
    short = cut(text, MOST_TEXT)
    assert units(short) <= MOST_TEXT
    assert short.endswith("…")
    assert text.startswith(short[:-1])
    short.encode("utf-16")  # no half of a pair
    assert len(short) > len(text[: MOST_TEXT // 2]) // 2


def test_what_fits_is_not_cut() -> None:
    assert cut("👀" * 2048, MOST_TEXT) == "👀" * 2048
    assert units("a👀字") == 4
    message = Rendered(PRIVATE, "字" * 1025, pictures=(ONE,), edits="9", had=1)
    words = plan(message).words
    assert words is not None
    assert units(str(words.params["caption"])) == MOST_CAPTION
    assert plan(replace(message, text="字" * 1024)).words is not None


def test_no_call_takes_a_text_where_a_file_belongs() -> None:
    """A text that names a file of this machine would be uploaded by the library's own methods."""
    for had, pictures in ((0, (ONE,)), (1, (DRAWN,)), (0, (ONE, TWO))):
        for edits in (None, "9"):
            made = plan(Rendered(PRIVATE, "pyproject.toml", (), pictures, (SHEET,), edits=edits, had=had))
            for call in made.calls:
                assert "photo" not in call.params
                assert "document" not in call.params
                assert all(isinstance(file.data, bytes) for file in call.files.values())
