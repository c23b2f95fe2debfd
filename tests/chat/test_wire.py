"""What is kept as JSON comes back as it was."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.events import (
    Address,
    Delivered,
    Due,
    Incoming,
    NotDelivered,
    Ordered,
    Photo,
    PhotoFailed,
    PhotoId,
    PhotoStored,
    Platform,
    Position,
)
from bot.chat.messages import Arg, Attachment, AttachmentKind, Button, CasePage, Lines, Text, Until
from bot.chat.wire import Body, read_body, read_choices, read_internal, write_body, write_choices, write_internal
from bot.domain.case import CaseId
from bot.domain.people import MemberId

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.integers(-(2**53), 2**53)
instants = st.integers(0, 7 * 10**12).map(  # instants are kept to the millisecond
    lambda ms: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
lengths = st.timedeltas(timedelta(days=-4000), timedelta(days=4000))
plain: st.SearchStrategy[Arg] = st.one_of(words, numbers, instants, lengths, instants.map(Until))


def texts(inner: st.SearchStrategy[Arg]) -> st.SearchStrategy[Text]:
    return st.builds(Text, words, st.dictionaries(words, inner, max_size=3))


def lines(of: st.SearchStrategy[Text]) -> st.SearchStrategy[Lines]:
    return st.builds(Lines, st.lists(of, max_size=3).map(tuple), words)


args = st.recursive(plain, lambda inner: st.one_of(texts(inner), lines(texts(inner))), max_leaves=8)
buttons = st.builds(
    Button,
    action=words,
    label=texts(plain),
    case=st.none() | st.integers(1, 2**40).map(CaseId),
    round=st.integers(0, 99),
    target=words,
    only=st.none() | st.integers(1, 2**40).map(MemberId),
    row=st.integers(0, 9),
    minutes=st.integers(0, 10**6),
)
attachments = st.builds(
    Attachment,
    kind=st.sampled_from(AttachmentKind),
    photos=st.lists(st.integers(1, 2**40).map(PhotoId), max_size=9).map(tuple),
    name=words,
    words=st.dictionaries(words, args, max_size=3),
    rows=st.lists(st.lists(args, max_size=3).map(tuple), max_size=3).map(tuple),
)
bodies = st.builds(
    Body,
    text=texts(args) | lines(texts(args)),
    buttons=st.lists(buttons, max_size=4).map(tuple),
    attachments=st.lists(attachments, max_size=3).map(tuple),
    answers=st.none() | words,
)


@given(bodies)
def test_a_message_comes_back_from_the_outbox_as_it_was(body: Body) -> None:
    assert read_body(write_body(body)) == body


@given(args)
def test_every_kind_of_argument_keeps_its_type(value: Arg) -> None:
    came = read_body(write_body(Body(Text("k", {"a": value})))).text
    assert isinstance(came, Text)
    assert came.args["a"] == value
    assert type(came.args["a"]) is type(value)


@given(st.lists(buttons, max_size=5))
def test_the_choices_of_a_prompt_come_back(choices: list[Button]) -> None:
    assert read_choices(write_choices(choices)) == tuple(choices)


@given(st.data())
def test_events_of_our_own_come_back_from_the_inbox(data: st.DataObject) -> None:
    event_id, at = data.draw(words), data.draw(instants)
    event = data.draw(
        st.one_of(
            st.builds(Due, st.just(event_id), words, words, instants, st.just(at)),
            st.builds(PhotoStored, st.just(event_id), numbers, st.just(at)),
            st.builds(PhotoFailed, st.just(event_id), numbers, words, st.just(at)),
            st.builds(Delivered, st.just(event_id), numbers, st.just(at)),
            st.builds(NotDelivered, st.just(event_id), numbers, words, st.just(at)),
            st.builds(Ordered, st.just(event_id), words, words, numbers, st.just(at)),
        )
    )
    assert read_internal(event_id, write_internal(event), at) == event


@pytest.mark.parametrize("wrong", ['{"text":{"x":1}}', '{"text":"plain","buttons":[],"attachments":[],"answers":null}'])
def test_what_was_never_written_is_refused(wrong: str) -> None:
    with pytest.raises((TypeError, KeyError)):
        read_body(wrong)
    with pytest.raises(ValueError, match="unknown kind"):
        read_internal("e", '{"is":"other"}', datetime.now(UTC))


def test_what_was_sent_on_a_page_comes_back_as_said_in_private() -> None:
    where, at = Address(Platform.WECOM, "liugong", private=True), datetime(2026, 11, 23, tzinfo=UTC)
    photos = (Photo("page:" + "0" * 64 + ".upload", 12), Photo("page:" + "1" * 64 + ".upload", 7))
    for event in (
        Incoming("page:1:2:a", where, "liugong", "已填平", at, photos=photos, about=CaseId(1)),
        Incoming("page:1:2:b", where, "liugong", "", at, position=Position(46.9, 130.4), about=CaseId(1)),
    ):
        assert read_internal(event.event_id, write_internal(event), at) == event


def test_the_link_to_a_page_is_kept_and_bodies_of_before_have_none() -> None:
    body = Body(Text("a"), page=CasePage(CaseId(7), Text("dispatch.button.page")))
    assert read_body(write_body(body)) == body
    assert "page" not in write_body(Body(Text("a")))
    assert read_body(write_body(Body(Text("a")))).page is None
