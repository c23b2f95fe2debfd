"""A group's webhook: what it shows, how fast, and what its refusals mean."""

import hashlib
from collections.abc import AsyncIterator

import pytest

from bot.chat.platform import File, Lost, NeverWill, Picture, TryLater
from bot.platforms.wecom.hook import Hook
from bot.platforms.wecom.kinds import Part
from tests.fake import FakeClock
from tests.wecom.api_members import Group
from tests.wecom.api_peer import ApiPeer

KEY = "693a0000-invented-0000-key0-000000000000"
SEND = "webhook/send"
WORDS = Part("markdown", {"content": "**11月排行榜**已公布"})


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def peer(clock: FakeClock) -> AsyncIterator[ApiPeer]:
    async with ApiPeer(now=clock.monotonic) as made:
        yield made


@pytest.fixture
def group(peer: ApiPeer) -> Group:
    return peer.group(KEY)


@pytest.fixture
async def hook(group: Group, clock: FakeClock) -> AsyncIterator[Hook]:
    made = Hook(group.url, clock)
    yield made
    await made.close()


async def test_a_group_sees_words_mentions_pictures_and_files(hook: Hook, group: Group, peer: ApiPeer) -> None:
    picture = Picture(b"a drawn ranking", "排行.png")
    file = File(b"a long list", "名单.xlsx", "application/vnd.ms-excel")
    await hook.send(Part("text", {"content": "请看", "mentioned_list": ["wangdui"], "mentioned_mobile_list": ["@all"]}))
    await hook.send(WORDS)
    await hook.send(Part("image", {}, upload=picture))
    md5 = hashlib.md5(b"inline", usedforsecurity=False).hexdigest()
    await hook.send(Part("image", {"base64": "aW5saW5l", "md5": md5}))
    await hook.send(Part("file", {}, upload=file))
    assert [one.msgtype for one in group.shown] == ["text", "markdown", "image", "image", "file"]
    assert group.shown[0].content["mentioned_list"] == ["wangdui"]
    assert group.pictures() == [picture.data, b"inline"]
    media = peer.media[group.shown[4].content["media_id"]]
    assert (media.data, media.name, media.key) == (file.data, "file.xlsx", KEY)


async def test_what_a_webhook_cannot_carry_is_given_up(hook: Hook, group: Group, peer: ApiPeer) -> None:
    with pytest.raises(NeverWill, match="too_large"):
        await hook.send(Part("image", {}, upload=Picture(b"x" * 2_000_001, "p.jpg")))
    with pytest.raises(NeverWill, match="40058"):
        await hook.send(Part("markdown", {"content": "字" * 1366}))
    assert group.shown == []
    assert len(peer.calls) == 1


async def test_twenty_a_minute_and_the_next_one_waits_before_it_is_sent(
    hook: Hook, group: Group, peer: ApiPeer, clock: FakeClock
) -> None:
    for n in range(20):
        clock.passed_s = float(n)
        await hook.send(WORDS)
    with pytest.raises(TryLater) as later:
        await hook.send(WORDS)
    assert (later.value.after_s, later.value.chat_only, later.value.counts) == (41, True, False)
    assert len(peer.named(SEND)) == 20, "the robot is not blocked"
    clock.passed_s = 60.0
    await hook.send(WORDS)
    with pytest.raises(TryLater):
        await hook.send(WORDS)
    assert len(group.shown) == 21


async def test_the_platform_may_count_in_another_way(hook: Hook, group: Group, peer: ApiPeer) -> None:
    peer.fail(SEND, 45009)
    with pytest.raises(TryLater) as later:
        await hook.send(WORDS)
    assert (later.value.after_s, later.value.chat_only) == (60, True)
    peer.fail(SEND, -1)
    with pytest.raises(TryLater):
        await hook.send(WORDS)
    await hook.send(WORDS)
    assert len(group.shown) == 1


async def test_a_robot_that_is_missing_gets_a_second_chance_and_no_third(
    hook: Hook, group: Group, peer: ApiPeer, clock: FakeClock
) -> None:
    peer.fail(SEND, 93000, times=2)
    for _ in range(2):  # two messages at the same time
        with pytest.raises(TryLater) as later:
            await hook.send(WORDS)
        assert (later.value.after_s, later.value.chat_only) == (60, True)
    clock.passed_s = 54.0
    await hook.send(WORDS)  # it had only just been made
    del peer.groups[KEY]
    with pytest.raises(TryLater):
        await hook.send(WORDS)
    clock.passed_s = 108.0
    with pytest.raises(NeverWill) as never:
        await hook.send(WORDS)
    assert never.value.unreachable
    assert len(group.shown) == 1


async def test_other_refusals_are_for_good_though_the_status_is_200(hook: Hook, group: Group, peer: ApiPeer) -> None:
    for code in (40058, 40008, 40009, 44004, 999999):
        peer.fail(SEND, code)
        with pytest.raises(NeverWill, match=str(code)) as never:
            await hook.send(WORDS)
        assert not never.value.unreachable
    assert group.shown == []


async def test_a_lost_answer_may_have_been_shown_but_a_lost_upload_was_not(
    hook: Hook, group: Group, peer: ApiPeer
) -> None:
    peer.fail(SEND, cut="after")
    with pytest.raises(Lost):
        await hook.send(WORDS)
    peer.fail("webhook/upload_media", cut="after")
    with pytest.raises(TryLater):
        await hook.send(Part("file", {}, upload=File(b"a long list", "a.csv", "text/csv")))
    peer.fail(SEND, status=502)
    with pytest.raises(TryLater):
        await hook.send(WORDS)
    await peer.stop()
    with pytest.raises((TryLater, Lost)):
        await hook.send(WORDS)
    await peer.start()
    assert len(group.shown) == 1


async def test_the_key_is_never_told(hook: Hook, group: Group, peer: ApiPeer) -> None:
    said = repr(hook) + repr(group)
    for fault in ({"cut": "after"}, {"status": 502}, {"status": 200}, {"code": 93000}, {"code": 40058}):
        peer.fail(SEND, **fault)
        with pytest.raises((TryLater, Lost, NeverWill)) as caught:
            await hook.send(WORDS)
        said += repr(caught.value) + str(caught.value) + repr(caught.value.__cause__)
    assert KEY not in said
