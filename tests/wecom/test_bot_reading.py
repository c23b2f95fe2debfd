"""What a callback of the AI bot means, and that an odd one costs nothing but itself."""

import json
import os
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chat.events import Address, Incoming, Photo, Platform, Pressed
from bot.engine.reading import Unreadable, read_event
from bot.platforms.wecom import mentions, reading
from bot.platforms.wecom.media import ref_of
from storage.inbox import Arrival, InboxState, Kept

Json = dict[str, Any]

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
NAMES = ("五大员", "五大员 助手", "Rider Bot")
FRAMES = int(os.environ.get("WDY_PROVE_UPDATES", "2000"))
A, B = {"url": "https://cos.example/a?sign=1", "aeskey": "k" * 43}, {"url": "https://cos.example/b", "aeskey": "q" * 44}
PHOTO_A, PHOTO_B = (Photo(ref_of(there["url"], there["aeskey"])) for there in (A, B))


def frame(body: Json, *, group: bool = False, cmd: str = "aibot_msg_callback", **common: object) -> Json:
    where: Json = {"chattype": "group", "chatid": "wrAAA"} if group else {"chattype": "single"}
    usual: Json = {
        "msgid": "CAIQ1", "aibotid": "aibX", "from": {"userid": "ZhangSan"}, "create_time": 1_790_000_000,
        "response_url": "https://reply.example/once",
    }  # fmt: skip
    return {"cmd": cmd, "headers": {"req_id": "Zq1"}, "body": {**usual, **where, **body, **common}}


def read(made: Json) -> Any:
    """By way of the inbox."""
    return reading.read(reading.raw_of(made, AT, NAMES))


def text(content: str) -> Json:
    return {"msgtype": "text", "text": {"content": content}}


def image(there: Json) -> Json:
    return {"msgtype": "image", "image": there}


def mixed(*parts: Json) -> Json:
    return {"msgtype": "mixed", "mixed": {"msg_item": list(parts)}}


def test_a_text_in_private() -> None:
    assert read(frame(text("上报 红旗街18号井盖缺失"))) == Incoming(
        event_id="bot:CAIQ1",
        where=Address(Platform.WECOM, "zhangsan", private=True),
        sender="zhangsan",
        text="上报 红旗街18号井盖缺失",
        at=AT,
        message="CAIQ1",
        said_at=datetime.fromtimestamp(1_790_000_000, UTC),
    )


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("@五大员 上报 井盖缺失", "上报 井盖缺失"),
        ("上报 井盖缺失", "上报 井盖缺失"),
        ("@五大员\u2005上报 井盖缺失", "上报 井盖缺失"),
        ("@五大员\u00a0 \u2005上报 井盖缺失", "上报 井盖缺失"),
        ("井盖缺失 @五大员 红旗街", "井盖缺失 红旗街"),
        ("井盖缺失 @五大员", "井盖缺失"),
        ("井盖缺失@五大员，快来", "井盖缺失，快来"),
        ("@五大员", ""),
        ("@五大员 助手 帮助", "帮助"),
        ("@rider bot help", "help"),
        ("@王队 @五大员 看一下", "@王队 看一下"),
        ("@五大员 @王队 看一下", "@王队 看一下"),
        ("@五大员 @五大员小张 看一下", "@五大员小张 看一下"),
        ("@另取的名字 看一下", "看一下"),  # only what names the bot comes, so the first name is its own
        ("@另取的名字 @王队 看一下", "@王队 看一下"),
        ("邮箱 a@五大员 不是叫我", "邮箱 a@五大员 不是叫我"),
        ("@五大员 第一行\n第二行", "第一行\n第二行"),
    ],
)
def test_the_name_of_the_bot_is_taken_out_and_no_other(said: str, meant: str) -> None:
    found = read(frame(text(said), group=True))
    assert (found.text, found.where) == (meant, Address(Platform.WECOM, "wrAAA", private=False))
    assert found.sender == "zhangsan"


def test_in_private_a_mention_is_somebody_else() -> None:
    assert read(frame(text("@王队 看一下"))).text == "@王队 看一下"


@pytest.mark.parametrize(
    ("userid", "sender"),
    [("woAJ2GCAAAXtWyujaWJHDDGi0mACAAAA", "woAJ2GCAAAXtWyujaWJHDDGi0mACAAAA"), ("WoShiShei", "woshishei")],
)
def test_an_encrypted_id_keeps_its_letters(userid: str, sender: str) -> None:
    assert read(frame({**text("你好"), "from": {"userid": userid}})).sender == sender


def test_without_a_name_nothing_is_taken_out() -> None:
    assert mentions.without("@五大员 上报", ()) == mentions.without(" @五大员 上报", ("", " ")) == "@五大员 上报"


@pytest.mark.parametrize(
    ("body", "said", "photos"),
    [
        (mixed(image(A), text("@五大员 井盖缺失")), "井盖缺失", (PHOTO_A,)),
        (mixed(text("@五大员 井盖缺失"), image(A), image(B)), "井盖缺失", (PHOTO_A, PHOTO_B)),
        (mixed(image(A), image(B)), "", (PHOTO_A, PHOTO_B)),
        (mixed(text("@五大员 "), image(A), text("红旗街")), "红旗街", (PHOTO_A,)),
        (mixed(image({"url": "https://cos.example/c"}), image(B)), "", (PHOTO_B,)),
        (mixed(mixed(image(A)), {"msgtype": "new"}, image(B)), "", (PHOTO_B,)),
        (image(A), "", (PHOTO_A,)),
        ({"msgtype": "voice", "voice": {"content": "红旗街井盖坏了"}}, "红旗街井盖坏了", ()),
    ],
)
def test_words_and_pictures(body: Json, said: str, photos: tuple[Photo, ...]) -> None:
    made = frame(body)
    found = read(made)
    assert (found.text, found.photos, found.media) == (said, photos, ())
    assert reading.media_in(made) == [photo.ref for photo in photos]


def test_files_and_films() -> None:
    file, film = ({"msgtype": kind, kind: A} for kind in ("file", "video"))
    assert read(frame(file)).photos == (Photo(PHOTO_A.ref, kind="file"),)
    assert read(frame(film)).media == (Photo(PHOTO_A.ref, kind="video"),)
    assert read(frame(film)).photos == ()


@pytest.mark.parametrize(
    ("quote", "quoted", "photos"),
    [
        (image(A), "", (PHOTO_A,)),
        (mixed(image(A), text("早上拍的"), image(B)), "早上拍的", (PHOTO_A, PHOTO_B)),
        (text("新案件〔案-0042〕"), "新案件〔案-0042〕", ()),
        ({"msgtype": "voice", "voice": {"content": "听我说"}}, "听我说", ()),
        ({"msgtype": "new", "new": {}}, "", ()),
        (None, "", ()),
    ],
)
def test_what_is_quoted(quote: Json | None, quoted: str, photos: tuple[Photo, ...]) -> None:
    made = frame({**text("@五大员 井盖缺失"), "quote": quote}, group=True)
    found = read(made)
    assert (found.text, found.quoted, found.photos) == ("井盖缺失", quoted, photos)
    assert found.answers is None
    assert reading.media_in(made) == [photo.ref for photo in photos]


def test_a_quote_of_the_bot_beside_a_picture_of_ones_own() -> None:
    found = read(frame({**mixed(image(B), text("完成")), "quote": image(A)}))
    assert found.photos == (PHOTO_B, PHOTO_A)


def pressed(event: Json, **common: object) -> Json:
    body = {"msgtype": "event", "event": {"eventtype": "template_card_event", **event}}
    return frame(body, cmd="aibot_event_callback", **common)


@pytest.mark.parametrize("nested", [True, False])
def test_a_press(nested: bool) -> None:
    what = {"card_type": "button_interaction", "event_key": "accept:42", "task_id": "case-42-r1"}
    made = pressed({"template_card_event": what} if nested else what)
    assert read(made) == Pressed(
        event_id="bot:CAIQ1",
        where=Address(Platform.WECOM, "zhangsan", private=True),
        sender="zhangsan",
        data="accept:42",
        at=AT,
        message="task:case-42-r1",
        token="bot:Zq1",
    )
    assert reading.press_in(made) == "bot:Zq1"
    in_group = pressed({"template_card_event": what}, chattype="group", chatid="wrAAA")
    assert read(in_group).where == Address(Platform.WECOM, "wrAAA", private=False)
    assert reading.press_in(frame(text("x"))) is None


def test_entering_is_a_start() -> None:
    body = {"msgtype": "event", "event": {"eventtype": "enter_chat"}}
    found = read(frame(body, cmd="aibot_event_callback"))
    assert (found.text, found.message, found.where.private) == ("/start", "welcome:Zq1", True)


@pytest.mark.parametrize(
    "made",
    [
        frame({"msgtype": "event", "event": {"eventtype": "feedback_event"}}, cmd="aibot_event_callback"),
        frame({"msgtype": "event", "event": {"eventtype": "disconnected_event"}}, cmd="aibot_event_callback"),
        frame({"msgtype": "event", "event": {"eventtype": "something_new"}}, cmd="aibot_event_callback"),
        frame({"msgtype": "something_new"}, group=True),
        frame({"msgtype": "stream", "stream": {"id": "s"}}),
        frame(text("x"), cmd="something_new"),
    ],
)
def test_what_means_nothing(made: Json) -> None:
    assert read(made) is None


def test_a_new_kind_in_private_is_a_message_without_words() -> None:
    assert read(frame({"msgtype": "something_new"})).text == ""


@pytest.mark.parametrize(
    "made",
    [
        frame(text("x"), **{"from": {}}),
        frame(text("x"), **{"from": {"userid": "a\x00b"}}),
        frame(text("x"), chattype="group", chatid=None),
        pressed({"template_card_event": {"event_key": "accept:42"}}),
        pressed({}),
    ],
)
def test_what_cannot_be_read_says_so(made: Json) -> None:
    with pytest.raises((ValueError, LookupError, TypeError)):
        read(made)


def test_a_repeated_callback_has_the_same_key_and_an_unnamed_one_has_its_contents() -> None:
    first, again = frame(text("x")), frame(text("x"))
    again["headers"]["req_id"] = "Zq2"
    assert reading.raw_of(first, AT, NAMES).event_id == reading.raw_of(again, AT, NAMES).event_id == "bot:CAIQ1"
    keys = {
        reading.raw_of(frame(text(said), msgid=msgid), AT, NAMES).event_id
        for said in "xy"
        for msgid in (None, 7, "a\x00", "长" * 3, "x" * 1000)
    }
    assert len(keys) == 10
    assert all(len(key) < 200 for key in keys)


def test_where_a_photo_lies_and_its_key_are_never_shown() -> None:
    made = frame(image(A))
    shown = repr(reading.raw_of(made, AT, NAMES)) + repr(read(made))
    assert "sign=1" not in shown
    assert A["aeskey"] not in shown


def test_the_lane_is_the_chat_and_what_nobody_needs_is_not_kept() -> None:
    assert reading.raw_of(frame(text("x")), AT, NAMES).lane == "zhangsan"
    assert reading.raw_of(frame(text("x"), group=True), AT, NAMES).lane == "wrAAA"
    assert reading.raw_of({}, AT, NAMES).lane == "odd"
    assert "reply.example" not in reading.raw_of(frame(text("x")), AT, NAMES).payload


# -- anything ------------------------------------------------------------------------------------------------------

odd_texts = st.text(st.characters(codec=None), max_size=12) | st.sampled_from(
    ["", "\ud83d", "a\udc00b", "\x00", "@五大员 上报", "https://cos.example/a", "k" * 43, "group", "single", "image"]
)
odd_numbers = st.sampled_from([0, -1, 2**31, 2**63, 10**40]) | st.floats() | st.integers()
scalars = st.none() | st.booleans() | odd_numbers | odd_texts
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd_texts, inner, max_size=3), max_leaves=8
)
kinds = st.sampled_from(["text", "mixed", "image", "voice", "file", "video", "event", "stream"]) | anything
media = st.fixed_dictionaries({}, optional={"url": odd_texts | anything, "aeskey": odd_texts | anything})
contents = st.fixed_dictionaries({}, optional={"content": odd_texts | anything})
said = st.deferred(
    lambda: st.fixed_dictionaries(
        {},
        optional={
            "msgtype": kinds,
            "text": contents | anything,
            "voice": contents | anything,
            "image": media | anything,
            "file": media | anything,
            "video": media | anything,
            "mixed": st.fixed_dictionaries({}, optional={"msg_item": st.lists(said, max_size=3) | anything}) | anything,
        },
    )
)
events = st.fixed_dictionaries(
    {},
    optional={
        "eventtype": st.sampled_from(["enter_chat", "template_card_event", "feedback_event"]) | anything,
        "template_card_event": st.fixed_dictionaries({}, optional={"event_key": odd_texts, "task_id": odd_texts})
        | anything,
        "event_key": odd_texts | anything,
    },
)
bodies = st.builds(
    lambda message, more: {**message, **more},
    said,
    st.fixed_dictionaries(
        {},
        optional={
            "msgid": odd_texts | anything,
            "from": st.fixed_dictionaries({}, optional={"userid": odd_texts | st.just("ZhangSan")}) | anything,
            "chattype": st.sampled_from(["single", "group"]) | anything,
            "chatid": odd_texts | anything,
            "create_time": odd_numbers | anything,
            "quote": said | anything,
            "event": events | anything,
        },
    ),
)
frames = st.fixed_dictionaries(
    {},
    optional={
        "cmd": st.sampled_from(["aibot_msg_callback", "aibot_event_callback"]) | anything,
        "headers": st.fixed_dictionaries({}, optional={"req_id": odd_texts | anything}) | anything,
        "body": bodies | anything,
    },
)


@settings(max_examples=FRAMES, deadline=None, suppress_health_check=list(HealthCheck))
@given(frames)
def test_no_frame_stops_the_intake(made: Json) -> None:
    raw = reading.raw_of(made, AT, NAMES)
    for kept in (raw.event_id, raw.lane, raw.payload):
        kept.encode("utf-8")
        assert "\x00" not in kept
    assert json.loads(raw.payload)["names"] == list(NAMES)
    assert reading.raw_of(made, AT, NAMES) == raw, "the same frame is known again"
    assert all(isinstance(ref, str) for ref in reading.media_in(made))
    assert isinstance(reading.press_in(made), str | None)
    kept_row = Kept(1, Arrival("wecom", raw.event_id, raw.lane, raw.payload, AT), InboxState.NEW, 0, None)
    try:
        direct = reading.read_bot(made, raw.event_id, AT, NAMES)
    except (ValueError, LookupError, TypeError):
        direct = None
    try:
        event = read_event(kept_row, {"wecom": reading.read})
    except Unreadable:
        assert direct is None
        return
    assert event is None or isinstance(event, Incoming | Pressed)
    if isinstance(event, Incoming):
        event.text.encode("utf-8")
        event.quoted.encode("utf-8")
        assert all(photo.ref.isprintable() for photo in (*event.photos, *event.media))
        assert event.message
    if event is not None:
        for kept in (event.where.chat, event.sender, event.message):
            assert kept.encode("utf-8").isascii() or kept.isprintable()
