"""The server of the tests refuses what WeCom refuses."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.platforms.wecom.kinds import Refusal
from tests.wecom.bot_peer import BAD, TOO_OFTEN, BotPeer
from tests.wecom.line import Bot, running


@pytest.fixture
async def peer() -> AsyncIterator[BotPeer]:
    async with BotPeer() as made:
        yield made


def markdown(text: str) -> dict[str, Any]:
    return {"msgtype": "markdown", "markdown": {"content": text}}


async def refused(bot: Bot, body: dict[str, Any], chat: str = "lisi") -> int:
    with pytest.raises(Refusal) as no:
        await bot.socket.push(chat, True, body)
    return no.value.code


async def test_a_group_hears_only_who_calls_the_bot_and_no_bare_picture(peer: BotPeer) -> None:
    async with running(peer) as bot:
        assert peer.says("lisi", "路灯不亮", group="wrAAA", mention=False) is None
        assert peer.says("lisi", voice="路灯不亮", group="wrAAA") is None
        assert peer.says("lisi", group="wrAAA", images=[b"x"], mention=False) is None
        assert peer.says("lisi", "路灯不亮", group="wrAAA", images=[b"x"])
        await bot.hears(1)
        parts = bot.heard[0]["body"]["mixed"]["msg_item"]
        assert [part["msgtype"] for part in parts] == ["image", "text"]


async def test_what_is_said_while_nobody_is_there_is_lost(peer: BotPeer) -> None:
    peer.says("lisi", "早")
    async with running(peer) as bot:
        peer.says("lisi", "晚")
        await bot.hears(1)
        assert bot.texts == ["晚"]
        assert len(peer.missed) == 1


async def test_a_chat_takes_thirty_a_minute_and_a_thousand_an_hour() -> None:
    now = 0.0
    async with BotPeer(enforce=True, clock=lambda: now) as peer, running(peer) as bot:
        peer.says("lisi", "绑定")
        await bot.hears(1)
        for _ in range(30):
            await bot.socket.push("lisi", True, markdown("x"))
        with pytest.raises(Exception, match="frequency"):
            await bot.socket.reply(bot.req_id(), markdown("x"))
        now = 61.0
        await bot.socket.push("lisi", True, markdown("x"))
        assert len(peer.seen("lisi")) == 31
        assert TOO_OFTEN == 45009


async def test_it_looks_at_what_it_gets(peer: BotPeer) -> None:
    async with running(peer) as bot:
        peer.says("lisi", "绑定")
        await bot.hears(1)
        await bot.socket.push("lisi", True, markdown("长" * 6826))  # 20,478 bytes
        assert await refused(bot, markdown("长" * 6827)) == BAD
        assert await refused(bot, {"msgtype": "text", "text": {"content": "x"}}) == BAD
        assert await refused(bot, {"msgtype": "image", "image": {"media_id": "none"}}) == 40007
        good = {
            "card_type": "button_interaction", "task_id": "case-1-r1", "main_title": {"title": "x"},
            "button_list": [{"text": "a", "key": "a"}],
        }  # fmt: skip
        for wrong in (
            {"task_id": "案"}, {"task_id": "x" * 129}, {"main_title": {}}, {"card_type": "odd"}, {"button_list": []},
            {"button_list": [{"text": "a", "key": "a"}] * 2}, {"button_list": [{"text": "a", "key": "x" * 1025}]},
            {"button_list": [{"text": "", "key": "a"}]}, {"card_type": "text_notice"},
            {"horizontal_content_list": [{"keyname": "x"}] * 7},
        ):  # fmt: skip
            assert await refused(bot, {"msgtype": "template_card", "template_card": {**good, **wrong}}) == BAD
        body = {"msgtype": "template_card", "template_card": good}
        await bot.socket.push("lisi", True, body)
        assert await refused(bot, body) == BAD, "a task id is used once for ever"


async def test_a_stream_is_one_bubble(peer: BotPeer) -> None:
    async with running(peer) as bot:
        peer.says("lisi", "你好")
        await bot.hears(1)
        for finish, text in ((False, "一"), (True, "一二")):
            stream = {"id": "s1", "finish": finish, "content": text}
            await bot.socket.reply(bot.req_id(), {"msgtype": "stream", "stream": stream})
        assert [shown.text for shown in peer.seen("lisi")] == ["一二"]


async def test_a_repeated_callback_keeps_its_msgid(peer: BotPeer) -> None:
    async with running(peer) as bot:
        peer.says("lisi", "一")
        peer.repeat()
        await bot.hears(2)
        first, again = bot.heard
        assert first["body"] == again["body"]
        assert first["headers"] != again["headers"]
