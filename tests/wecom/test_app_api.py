"""Calls of the app, against a server of its own: what is shown, what is changed, and what goes wrong on the way."""

import asyncio
import io
import logging
import sys
import threading
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import structlog

from bot import log
from bot.chat.platform import FetchLater, FetchNever, File, Lost, NeverWill, NothingToEdit, Picture, TryLater
from bot.platforms.wecom.app_api import AppApi
from bot.platforms.wecom.filenames import plain
from bot.platforms.wecom.kinds import Misconfigured, Part, Refusal
from tests.fake import FakeClock
from tests.wecom.api_members import Member
from tests.wecom.api_peer import ApiPeer

WORDS = Part("text", {"content": "〔案-0042〕红旗街18号井盖缺失"})
SEND = "message/send"


def card(task: str = "case-42-r1") -> Part:
    return Part("template_card", {
        "card_type": "button_interaction", "task_id": task, "main_title": {"title": "新案件 42"},
        "button_list": [{"text": "受理", "style": 1, "key": "a.42"}, {"text": "退回", "style": 2, "key": "r.42"}],
    })  # fmt: skip


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def peer(clock: FakeClock) -> AsyncIterator[ApiPeer]:
    async with ApiPeer(now=lambda: clock.now().timestamp()) as made:
        yield made


@pytest.fixture
async def api(peer: ApiPeer, clock: FakeClock) -> AsyncIterator[AppApi]:
    made = AppApi(peer.corp_id, peer.agent_id, peer.secret, clock, base_url=peer.url)
    yield made
    await made.close()


@pytest.fixture
def contact(peer: ApiPeer) -> Member:
    return peer.member("WangDui", mobile="13800000000", open_id="woInvented01")


# -- messages ------------------------------------------------------------------------------------------------------


async def test_a_member_sees_what_was_sent(api: AppApi, peer: ApiPeer, contact: Member) -> None:
    shown = await api.send("wangdui", WORDS)
    assert [one.words for one in contact.sees()] == ["〔案-0042〕红旗街18号井盖缺失"]
    assert shown.message == contact.sees()[0].message
    assert shown.response_code == ""
    (request,) = peer.named(SEND)
    assert (request["enable_duplicate_check"], request["duplicate_check_interval"]) == (1, 120)
    assert (request["touser"], request["agentid"]) == ("wangdui", 1000002)


async def test_the_same_request_within_two_minutes_is_shown_once(
    api: AppApi, contact: Member, clock: FakeClock
) -> None:
    await api.send("wangdui", WORDS)
    await api.send("wangdui", WORDS)
    assert len(contact.sees()) == 1
    clock.jump(minutes=3)
    await api.send("wangdui", WORDS)
    assert len(contact.sees()) == 2


async def test_a_picture_and_a_file_are_uploaded_first(api: AppApi, peer: ApiPeer, contact: Member) -> None:
    picture, file = Picture(b"a picture", "照片.jpg"), File(b"a table", "名单.xlsx", "application/vnd.ms-excel")
    for kind, what in (("image", picture), ("file", file)):
        media = await api.upload(kind, what)
        await api.send("wangdui", Part(kind, {}, upload=what), media)
        assert peer.media[contact.sees()[-1].content["media_id"]].data == what.data
    assert [media.name for media in peer.media.values()] == ["image.jpg", "file.xlsx"]
    with pytest.raises(NeverWill, match="40009"):
        await api.upload("image", Picture(b"1", "p.jpg"))


@pytest.mark.parametrize(
    ("name", "sent"),
    [("排行榜.png", "x.png"), ("2026-11 排行.xlsx", "2026-11.xlsx"), ("a\r\n\".jpg", "a.jpg"), ("无", "x"), ("p.照片", "p.")],
)  # fmt: skip
def test_file_names_are_ascii(name: str, sent: str) -> None:
    assert plain(name, "x") == sent


# -- cards ---------------------------------------------------------------------------------------------------------


async def test_a_card_is_changed_by_its_code_once(api: AppApi, contact: Member) -> None:
    shown = await api.send("wangdui", card())
    assert list(contact.sees()[0].buttons) == ["受理", "退回"]
    await api.update_card(shown.response_code, ["wangdui"], {"button": {"replace_name": "已受理"}})
    assert (contact.sees()[0].buttons, contact.sees()[0].replaced) == ({}, "已受理")
    with pytest.raises(NothingToEdit):
        await api.update_card(shown.response_code, ["wangdui"], {"button": {"replace_name": "again"}})
    assert contact.sees()[0].updates == 1


async def test_a_code_is_good_for_three_days_and_for_those_who_have_the_card(
    api: AppApi, peer: ApiPeer, contact: Member, clock: FakeClock
) -> None:
    peer.member("Other")
    shown = await api.send("wangdui", card())
    with pytest.raises(NothingToEdit, match="invaliduser"):
        await api.update_card(shown.response_code, ["other"], {"template_card": card().content})
    late = await api.send("wangdui", card("case-43-r1"))
    clock.jump(hours=73)
    with pytest.raises(NothingToEdit):
        await api.update_card(late.response_code, ["wangdui"], {"template_card": card().content})


async def test_a_press_brings_a_new_code(api: AppApi, peer: ApiPeer, contact: Member) -> None:
    await api.send("wangdui", card())
    calls: list[Any] = []

    async def take(query: Any, body: bytes) -> int:
        calls.append(query)
        return 200

    peer.callback = take
    await contact.presses(contact.sees()[0], "受理")
    newest = list(peer.cards)[-1]
    await api.update_card(newest, ["wangdui"], {"template_card": {**card("case-42-r2").content, "replace_text": "好"}})
    assert contact.sees()[0].replaced == "好"
    assert len(calls) == 1


# -- the token -----------------------------------------------------------------------------------------------------


async def test_one_token_serves_all_calls_until_shortly_before_its_end(
    api: AppApi, peer: ApiPeer, contact: Member, clock: FakeClock
) -> None:
    for n in range(5):
        await api.send("wangdui", Part("text", {"content": str(n)}))
    assert peer.tokens == 1
    clock.passed_s = 6899
    await api.send("wangdui", WORDS)
    assert peer.tokens == 1
    clock.passed_s = 6901
    await api.send("wangdui", Part("text", {"content": "later"}))
    assert peer.tokens == 2


@pytest.mark.parametrize("code", [40014, 42001])
@pytest.mark.parametrize("same", [True, False])
async def test_twenty_calls_at_once_renew_an_expired_token_once(
    api: AppApi, peer: ApiPeer, contact: Member, code: int, same: bool
) -> None:
    await api.token_works()
    peer.expire_token(code, same=same)
    await asyncio.gather(*(api.send("wangdui", Part("text", {"content": str(n)})) for n in range(20)))
    assert len(contact.sees()) == 20
    assert peer.tokens == 2


async def test_a_token_that_is_refused_again_is_not_asked_for_without_end(
    api: AppApi, peer: ApiPeer, contact: Member
) -> None:
    peer.fail(SEND, 42001, times=2)
    with pytest.raises(TryLater, match="42001"):
        await api.send("wangdui", WORDS)
    assert (peer.tokens, len(peer.named(SEND))) == (2, 2)


async def test_first_calls_at_once_fetch_one_token(api: AppApi, peer: ApiPeer, contact: Member) -> None:
    await asyncio.gather(*(api.send("wangdui", Part("text", {"content": str(n)})) for n in range(20)))
    assert peer.tokens == 1


# -- what codes mean -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [40001, 40013, 40056, 60020, 48002])
async def test_wrong_settings_are_told_and_the_message_waits(
    api: AppApi, peer: ApiPeer, contact: Member, code: int
) -> None:
    peer.fail(SEND, code)
    with pytest.raises(Misconfigured) as told:
        await api.send("wangdui", WORDS)
    assert (told.value.code, told.value.after_s, told.value.chat_only) == (code, 60, True)
    await api.send("wangdui", WORDS)
    assert len(contact.sees()) == 1


async def test_wrong_credentials_are_noticed_when_the_token_is_fetched(
    peer: ApiPeer, contact: Member, clock: FakeClock
) -> None:
    for corp_id, secret, code in ((peer.corp_id, "wrong", 40001), ("wrong", peer.secret, 40013)):
        api = AppApi(corp_id, peer.agent_id, secret, clock, base_url=peer.url)
        with pytest.raises(Misconfigured, match=str(code)):
            await api.send("wangdui", WORDS)
        assert not await api.token_works()
        await api.close()
    assert peer.named(SEND) == []


async def test_an_address_that_is_not_trusted_lets_the_token_through_and_nothing_else(
    api: AppApi, peer: ApiPeer
) -> None:
    peer.trusted = False
    assert await api.token_works()
    with pytest.raises(Misconfigured, match="60020"):
        await api.agent()


@pytest.mark.parametrize("all_invalid", [0, 81013])
async def test_somebody_who_is_not_there_is_unreachable(api: AppApi, peer: ApiPeer, all_invalid: int) -> None:
    peer.all_invalid = all_invalid
    peer.member("Hidden", visible=False)
    for user in ("hidden", "nobody"):
        with pytest.raises(NeverWill) as never:
            await api.send(user, WORDS)
        assert never.value.unreachable


@pytest.mark.parametrize(
    ("code", "after_s", "counts"), [(45009, 60, False), (45033, 5, True), (-1, 5, True), (40007, 5, True)]
)
async def test_what_passes_is_tried_later(
    api: AppApi, peer: ApiPeer, contact: Member, code: int, after_s: float, counts: bool
) -> None:
    peer.fail(SEND, code)
    with pytest.raises(TryLater) as later:
        await api.send("wangdui", WORDS)
    assert (later.value.after_s, later.value.counts) == (after_s, counts)
    assert later.value.chat_only, "the bot's connection may be well"
    assert contact.sees() == []
    await api.send("wangdui", WORDS)
    assert len(contact.sees()) == 1


@pytest.mark.parametrize("code", [40058, 44004, 40008, 41001, 999999])
async def test_what_never_passes_is_given_up_with_code_and_words(
    api: AppApi, peer: ApiPeer, contact: Member, code: int
) -> None:
    peer.fail(SEND, code)
    with pytest.raises(NeverWill, match=f"^{code} invented fault") as never:
        await api.send("wangdui", WORDS)
    assert not never.value.unreachable


# -- what goes wrong on the line -----------------------------------------------------------------------------------


async def test_a_lost_answer_may_have_been_a_message(api: AppApi, peer: ApiPeer, contact: Member) -> None:
    await api.token_works()
    for cut in ("after", "before"):
        peer.fail(SEND, cut=cut)
        with pytest.raises(Lost):
            await api.send("wangdui", Part("text", {"content": cut}))
    assert [one.words for one in contact.sees()] == ["after"]
    await api.send("wangdui", Part("text", {"content": "after"}))  # the same once more
    assert len(contact.sees()) == 1, "the platform knows it"


async def test_without_a_line_nothing_was_sent(api: AppApi, peer: ApiPeer, contact: Member) -> None:
    await api.token_works()
    await peer.stop()
    with pytest.raises(TryLater, match="no connection"):
        await api.send("wangdui", WORDS)
    await peer.start()
    await api.send("wangdui", WORDS)
    assert len(contact.sees()) == 1


async def test_a_token_that_cannot_be_fetched_means_that_nothing_was_sent(
    api: AppApi, peer: ApiPeer, contact: Member
) -> None:
    for fault in ({"cut": "after"}, {"cut": "before"}, {"status": 502}, {"code": -1}, {"code": 45009}):
        peer.fail("gettoken", **fault)
        with pytest.raises(TryLater) as later:
            await api.send("wangdui", WORDS)
        assert not isinstance(later.value, Misconfigured)
    assert peer.named(SEND) == []
    await api.send("wangdui", WORDS)


async def test_a_server_that_is_not_well(api: AppApi, peer: ApiPeer, contact: Member) -> None:
    peer.fail(SEND, status=502)
    with pytest.raises(TryLater) as later:
        await api.send("wangdui", WORDS)
    assert later.value.counts
    peer.fail(SEND, status=200)  # a page of somebody between us and the platform
    with pytest.raises(Lost):
        await api.send("wangdui", WORDS)


# -- media, people, the app ----------------------------------------------------------------------------------------


async def test_what_a_member_sent_is_fetched(api: AppApi, peer: ApiPeer) -> None:
    media = peer.keep(b"{not json, 20 bytes}")
    assert await api.download(media, 20) == b"{not json, 20 bytes}"
    with pytest.raises(FetchNever, match="too_large"):
        await api.download(media, 19)
    with pytest.raises(FetchNever, match="expired"):
        await api.download("gone", 20)
    for fault in ({"cut": "after"}, {"status": 502}, {"code": 45009}, {"code": 60020}, {"code": 40058}):
        peer.fail("media/get", **fault)
        with pytest.raises(FetchLater):
            await api.download(media, 20)
    peer.expire_token()
    assert await api.download(media, 20)


async def test_uploads_are_tried_again_whatever_was_lost(api: AppApi, peer: ApiPeer) -> None:
    for fault in ({"cut": "after"}, {"cut": "before"}, {"status": 502}, {"code": -1}, {"status": 200}):
        peer.fail("media/upload", **fault)
        with pytest.raises(TryLater):
            await api.upload("image", Picture(b"a picture", "p.jpg"))
    peer.expire_token()
    assert await api.upload("image", Picture(b"a picture", "p.jpg"))


async def test_members_by_phone_and_by_encrypted_id(api: AppApi, peer: ApiPeer, contact: Member) -> None:
    assert await api.user_by_mobile("13800000000") == "wangdui"
    assert await api.user_by_mobile("13800000001") is None
    peer.fail("user/getuserid", 60011)
    with pytest.raises(Refusal):
        await api.user_by_mobile("13800000000")
    for n in range(1500):
        peer.member(f"U{n}", open_id=f"wo{n}")
    found = await api.plain_ids(["woInvented01", "woNobody", *(f"wo{n}" for n in range(1500))])
    assert len(found) == 1501
    assert (found["woInvented01"], found["wo7"]) == ("wangdui", "u7")
    assert [len(call["open_userid_list"]) for call in peer.named("batch/openuserid_to_userid")] == [1000, 502]
    assert await api.plain_ids([]) == {}


async def test_the_app_and_where_it_is_called_from(api: AppApi, peer: ApiPeer, contact: Member) -> None:
    assert (await api.agent())["allow_userinfos"] == {"user": [{"userid": "WangDui"}]}
    assert await api.callback_ips() == ("192.0.2.10", "192.0.2.0/28")
    peer.agent_id = 1000003
    with pytest.raises(Misconfigured, match="301002"):
        await api.agent()


# -- secrets -------------------------------------------------------------------------------------------------------


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the bot logs, as it is set up when it runs."""
    root = logging.getLogger()
    hooks, handlers, level = (sys.excepthook, threading.excepthook, sys.unraisablehook), root.handlers[:], root.level
    stream = io.StringIO()
    log.configure("debug", "json", stream)
    yield stream
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


async def test_no_secret_is_in_any_log_or_fault(
    api: AppApi, peer: ApiPeer, contact: Member, written: io.StringIO
) -> None:
    log.configure("debug", "json", written)  # again, for pytest adds its own handler when the test begins
    seen = await _told(api, peer) + written.getvalue() + repr(api)
    assert "fault_seen" in seen
    for secret in (peer.secret, "Invented-token", "Invented-code", "13800000000"):
        assert secret not in seen


async def _told(api: AppApi, peer: ApiPeer) -> str:
    """All that can be read of faults of every kind, and of what was shown."""
    shown = await api.send("wangdui", card())
    told = repr(shown)
    tries: list[tuple[str, Callable[[], Awaitable[Any]]]] = [
        (SEND, lambda: api.send("wangdui", WORDS)),
        (
            "message/update_template_card",
            lambda: api.update_card(shown.response_code, ["wangdui"], {"button": {"replace_name": "好"}}),
        ),
        ("media/get", lambda: api.download("m", 9)),
        ("media/upload", lambda: api.upload("image", Picture(b"a picture", "p.jpg"))),
        ("user/getuserid", lambda: api.user_by_mobile("13800000000")),
        ("agent/get", api.agent),
    ]
    for fault in (
        {"cut": "after"},
        {"status": 502},
        {"status": 200},
        {"code": 40058},
        {"code": 60020},
        {"code": 42001},
    ):
        for name, call in tries:
            peer.fail(name, **fault, times=2)
            with pytest.raises((TryLater, Lost, NeverWill, FetchLater, FetchNever, Refusal)) as caught:
                await call()
            told += "".join(traceback.format_exception(caught.value)) + repr(caught.value)
            structlog.get_logger("bot").error("fault_seen", exc_info=caught.value)
            peer.mend()
    return told
