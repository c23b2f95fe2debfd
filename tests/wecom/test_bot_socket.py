"""The AI bot's connection: it stays up, keeps its order, sends once, and gives way."""

import asyncio
import hashlib
import logging
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.chat.platform import Lost, NeverWill, TryLater
from bot.platforms.wecom.kinds import Refusal
from bot.platforms.wecom.line import Intervals
from bot.platforms.wecom.pauses import Pauses
from bot.platforms.wecom.reading import PRESS, press_in
from bot.platforms.wecom.socket import UNKNOWN_REQ_ID, Link
from bot.platforms.wecom.upload import CHUNK
from tests.wecom.bot_peer import SECRET, BotPeer
from tests.wecom.line import QUICK, Bot, running


@pytest.fixture
async def peer() -> AsyncIterator[BotPeer]:
    async with BotPeer() as made:
        yield made


def markdown(text: str) -> dict[str, object]:
    return {"msgtype": "markdown", "markdown": {"content": text}}


def card(task: str, *keys: str) -> dict[str, Any]:
    buttons = [{"text": key, "key": key, "style": 1} for key in keys]
    return {
        "msgtype": "template_card",
        "template_card": {
            "card_type": "button_interaction", "task_id": task, "main_title": {"title": "事项"}, "button_list": buttons,
        },
    }  # fmt: skip


# -- up and down ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1000, 1001, 1011, None])
async def test_after_any_end_it_comes_back(peer: BotPeer, code: int | None) -> None:
    async with running(peer) as bot:
        peer.says("zhangsan", "一")
        await bot.hears(1)
        await peer.drop(code)
        await bot.until(lambda: bot.links == [Link.CONNECTED, Link.AWAY, Link.CONNECTED])
        peer.says("zhangsan", "二")
        await bot.hears(2)
        assert bot.texts == ["一", "二"]
        assert [state.epoch for state in bot.states] == [1, 1, 2]
        assert bot.states[0].was_away_s is None
        assert 0 < (bot.states[2].was_away_s or 0) < 2


@pytest.mark.parametrize("code", [1000, 1011])
async def test_what_was_written_before_the_end_is_heard(peer: BotPeer, code: int) -> None:
    async with running(peer) as bot:
        for number in range(200):
            peer.says("zhangsan", str(number))
        await peer.written()
        await peer.drop(code)
        await bot.hears(200)
        assert bot.texts == [str(number) for number in range(200)]
        await bot.until(lambda: bot.links == [Link.CONNECTED, Link.AWAY, Link.CONNECTED])


async def test_time_away_counts_from_the_last_sign_of_life(peer: BotPeer) -> None:
    async with running(peer) as bot:
        port = peer.port
        await peer.stop()
        await bot.until(lambda: bot.links == [Link.CONNECTED, Link.AWAY])
        bot.clock.ahead_s = 300
        assert not bot.socket.connected
        assert peer.port == port
        await peer.start()
        await bot.until(lambda: len(bot.states) == 3)
        assert 300 <= (bot.states[2].was_away_s or 0) < 302, "tries that failed in between are not told"


async def test_each_answered_ping_is_a_sign_of_life(peer: BotPeer) -> None:
    async with running(peer) as bot:
        bot.clock.ahead_s = 1000
        pings = len(peer.asked("ping"))
        await peer.until(lambda: len(peer.asked("ping")) >= pings + 2)
        await peer.drop()
        await bot.until(lambda: len(bot.states) == 3)
        assert (bot.states[2].was_away_s or 0) < 2


def test_pauses_double_up_to_a_bound_and_begin_anew() -> None:
    pauses = Pauses(1, 30)
    for _ in range(2):
        for whole in (1, 2, 4, 8, 16, 30, 30, 30):
            assert max(1, whole / 2) <= pauses.longer() <= whole
        pauses.forget()
    assert len({pauses.longer() for _ in range(20)}) > 10


async def test_only_a_login_makes_pauses_short_again(peer: BotPeer) -> None:
    loop = asyncio.get_running_loop()
    peer.refuse("aibot_subscribe", -1, "system busy", times=5)
    began = loop.time()
    async with running(peer, intervals=replace(QUICK, longest_pause=5.0)) as bot:
        assert loop.time() - began >= (0.01 + 0.02 + 0.04 + 0.08 + 0.16) / 2
        for number in range(8):
            began = loop.time()
            await peer.drop()
            await bot.until(lambda number=number: len(bot.states) == 4 + 2 * number)
            assert loop.time() - began < 0.5


async def test_a_connection_that_has_died_unnoticed_is_left(peer: BotPeer) -> None:
    async with running(peer) as bot:
        peer.fall_silent()
        lost = asyncio.create_task(bot.socket.push("zhangsan", True, markdown("x")))
        await bot.until(lambda: bot.links == [Link.CONNECTED, Link.AWAY, Link.CONNECTED])
        with pytest.raises(Lost):
            await lost
        assert peer.opened == 2


async def test_one_unanswered_ping_is_not_the_end(peer: BotPeer) -> None:
    async with running(peer) as bot:
        peer.mute("ping")
        await peer.until(lambda: len(peer.asked("ping")) >= 4)
        peer.mute("ping")
        await peer.until(lambda: len(peer.asked("ping")) >= 8)
        assert bot.links == [Link.CONNECTED]
        assert peer.opened == 1


async def test_a_ping_that_waits_holds_nobody_up(peer: BotPeer) -> None:
    async with running(peer, intervals=replace(QUICK, ping=1.0)) as bot:
        peer.mute("ping")
        await peer.until(lambda: peer.asked("ping"))
        began = asyncio.get_running_loop().time()
        await peer.drop()
        await bot.until(lambda: len(bot.states) == 3)
        assert asyncio.get_running_loop().time() - began < 0.25


def test_silence_is_known_within_75_seconds() -> None:
    usual = Intervals()
    assert 2 * usual.ping + usual.ping / 2 == 75
    assert usual.answer > 6
    assert (usual.first_pause, usual.longest_pause) == (1, 30)
    assert (usual.first_refused, usual.longest_refused) == (60, 600)


async def test_whoever_is_kicked_stays_away(peer: BotPeer) -> None:
    async with running(peer) as bot:
        peer.kick()
        await bot.until(lambda: bot.links == [Link.CONNECTED, Link.KICKED])
        await asyncio.sleep(5 * QUICK.longest_pause)
        assert peer.opened == 1
        assert not bot.socket.connected
        with pytest.raises(TryLater):
            await bot.socket.push("zhangsan", True, markdown("x"))


async def test_the_second_of_two_wins_and_the_first_gives_way(peer: BotPeer) -> None:
    async with running(peer) as first, running(peer) as second:
        await first.until(lambda: first.links == [Link.CONNECTED, Link.KICKED])
        peer.says("zhangsan", "一")
        await second.hears(1)
        assert first.heard == []
        await asyncio.sleep(0.1)
        assert (peer.opened, second.links) == (2, [Link.CONNECTED])


async def test_a_refused_login_is_closed_and_tried_again_much_later(peer: BotPeer) -> None:
    async with running(peer, secret="wrong", wait=False) as bot:
        await peer.until(lambda: len(peer.logins) >= 3)
        assert set(peer.logins) == {853000}
        assert bot.links == [Link.REFUSED], "told once"
        assert peer.connections == 1, "the server would leave them all open"
        peer.secret = "wrong"  # the administrator has put it right at the other end
        await bot.until(lambda: bot.links == [Link.REFUSED, Link.CONNECTED])


async def test_a_refused_login_waits_longer_than_a_lost_line(peer: BotPeer) -> None:
    began = asyncio.get_running_loop().time()
    async with running(peer, secret="wrong", wait=False):
        await peer.until(lambda: len(peer.logins) >= 2)
        assert asyncio.get_running_loop().time() - began >= QUICK.first_refused


async def test_a_login_without_an_answer_is_tried_again(peer: BotPeer) -> None:
    peer.mute("aibot_subscribe")
    peer.refuse("aibot_subscribe", -1, "system busy")
    async with running(peer, intervals=replace(QUICK, answer=0.05)) as bot:
        assert bot.links == [Link.AWAY, Link.CONNECTED]
        assert peer.logins == [-1, 0, 0] or peer.logins[-1] == 0


async def test_on_a_bad_network_nothing_comes_twice(peer: BotPeer) -> None:
    """Whatever falls, nothing is sent twice, nothing comes twice, and what is said to be sent or unsent is so."""
    chance = random.Random(6)
    outcomes: dict[str, str] = {}

    async def push(bot: Bot, text: str) -> None:
        try:
            await bot.socket.push("lisi", True, markdown(text))
            outcomes[text] = "sent"
        except TryLater:
            outcomes[text] = "unsent"
        except Lost:
            outcomes[text] = "lost"

    async with running(peer, intervals=replace(QUICK, answer=0.1)) as bot:
        peer.says("lisi", "绑定")
        said = 0
        for turn in range(60):
            pushes = [asyncio.create_task(push(bot, f"{turn}.{number}")) for number in range(chance.randrange(6))]
            for _ in range(chance.randrange(6)):
                said += 1
                peer.says("lisi", str(said))
            if chance.random() < 0.3:
                peer.mute("aibot_send_msg")
            if chance.random() < 0.3:
                peer.send("junk \x02")
            await asyncio.sleep(chance.random() / 100)
            if peer.live and chance.random() < 0.5:
                await peer.drop(chance.choice([1000, 1001, 1011, None]))
            await asyncio.gather(*pushes)
        await peer.until(lambda: peer.live)
        peer.says("lisi", "完")
        await bot.until(lambda: bot.texts[-1:] == ["完"])
        numbers = [int(text) for text in bot.texts if text.isdigit()]
        assert numbers == sorted(set(numbers))
        shown = [one.text for one in peer.seen("lisi")]
        assert len(shown) == len(set(shown))
        assert {text for text, outcome in outcomes.items() if outcome == "sent"} <= set(shown)
        assert {text for text, outcome in outcomes.items() if outcome == "unsent"}.isdisjoint(shown)
        assert {"sent", "lost"} <= set(outcomes.values())
        assert Link.KICKED not in bot.links
        assert peer.strays == []


# -- what comes ----------------------------------------------------------------------------------------------------


async def test_junk_costs_nothing(peer: BotPeer) -> None:
    async with running(peer) as bot:
        for junk in (
            "", "{", "[]", "null", "42", '"x"', b"\xff\x00\xfe", "{}", '{"cmd": "something_new", "body": 1}',
            '{"cmd": null, "headers": null, "errcode": 0}', '{"headers": {"req_id": []}, "errcode": "0"}',
            '{"cmd": ["aibot_msg_callback"]}', "[" * 100_000, '{"errcode": 0, "headers": {"req_id": "nobody"}}',
        ):  # fmt: skip
            peer.send(junk)
        peer.send('{"cmd": "aibot_msg_callback", "headers": null, "body": {"text": {"content": "无头"}}}')
        peer.send('{"cmd": "aibot_msg_callback", \x01"body": {"text": {"content": "控\x02制\x1f符"}}}')
        peer.send('{"cmd": "aibot_msg_callback", "body": {"text": {"content": "两\n行"}}}')
        peer.says("zhangsan", "之后")
        await bot.hears(4)
        assert bot.texts == ["无头", "控制符", "两\n行", "之后"]
        assert bot.links == [Link.CONNECTED]


async def test_order_is_kept_and_a_failing_handler_costs_only_its_frame(peer: BotPeer) -> None:
    async def fails(frame: dict[str, Any]) -> None:
        if frame["body"]["text"]["content"] == "3":
            raise RuntimeError(f"with {SECRET}")

    async with running(peer) as bot:
        bot.before = fails
        with capture_logs() as logs:
            for number in range(50):
                peer.says("zhangsan", str(number))
            await bot.hears(49)
        assert bot.texts == [str(number) for number in range(50) if number != 3]
        assert [entry for entry in logs if entry["event"] == "frame_not_handled"] == [
            {"event": "frame_not_handled", "error": "RuntimeError", "log_level": "error"}
        ]


async def test_while_the_database_is_slow_pings_and_answers_go_on(peer: BotPeer) -> None:
    slow = asyncio.Event()

    async def waits(_frame: object) -> None:
        await slow.wait()

    async with running(peer) as bot:
        peer.says("zhangsan", "一")
        await bot.hears(1)
        bot.before = waits
        peer.says("zhangsan", "二")
        await peer.until(lambda: len(peer.asked("ping")) >= 3)
        await bot.socket.push("zhangsan", True, markdown("好"))
        await bot.socket.reply(bot.req_id(), markdown("答"))
        assert [shown.text for shown in peer.seen("zhangsan")] == ["好", "答"]
        assert bot.links == [Link.CONNECTED]
        slow.set()
        await bot.hears(2)


async def test_too_much_at_once_is_left_with_the_server_and_nothing_is_dropped(peer: BotPeer) -> None:
    slow = asyncio.Event()

    async def waits(_frame: object) -> None:
        await slow.wait()

    async with running(peer, most_waiting=5) as bot:
        bot.before = waits
        for number in range(300):
            peer.says("zhangsan", str(number))
        await asyncio.sleep(4 * QUICK.ping)
        assert bot.links == [Link.CONNECTED], "silence while nothing is read means nothing"
        slow.set()
        await bot.hears(300)
        assert bot.texts == [str(number) for number in range(300)]
        assert peer.opened == 1


# -- what goes out -------------------------------------------------------------------------------------------------


async def test_a_push_says_what_kind_of_chat_it_is_for(peer: BotPeer) -> None:
    async with running(peer) as bot:
        peer.says("ZhangSan", "你好")
        peer.says("zhangsan", "你好", group="wrAAA")
        await bot.hears(2)
        await bot.socket.push("zhangsan", True, markdown("给您"))
        await bot.socket.push("wrAAA", False, markdown("给大家"))
        pushes = [frame["body"] for frame in peer.asked("aibot_send_msg")]
        assert [(push["chatid"], push["chat_type"]) for push in pushes] == [("zhangsan", 1), ("wrAAA", 2)]
        assert peer.seen("wrAAA")[0].text == "给大家"


async def test_refusals_are_told_apart(peer: BotPeer) -> None:
    async with running(peer) as bot:
        with pytest.raises(Refusal) as never_wrote:
            await bot.socket.push("lisi", True, markdown("x"))
        assert never_wrote.value.code == 93006
        peer.says("lisi", "绑定")
        await bot.hears(1)
        peer.refuse("aibot_send_msg", 45009, "api freq out of limit")
        peer.refuse("aibot_send_msg", 1, "Frequency limit")
        for _ in range(2):
            with pytest.raises(TryLater) as later:
                await bot.socket.push("lisi", True, markdown("x"))
            assert (later.value.after_s, later.value.chat_only) == (60, True)
        await bot.socket.push("lisi", True, markdown("x"))
        assert len(peer.seen("lisi")) == 1


async def test_a_late_answer_is_still_a_yes(peer: BotPeer) -> None:
    """As six seconds are within the usual twenty."""
    async with running(peer) as bot:
        peer.says("lisi", "绑定")
        await bot.hears(1)
        peer.delays["aibot_send_msg"] = 0.3 * QUICK.answer
        await bot.socket.push("lisi", True, markdown("x"))
        assert len(peer.seen("lisi")) == 1


async def test_without_an_answer_nobody_knows_and_nothing_is_repeated(peer: BotPeer) -> None:
    async with running(peer) as bot:
        peer.says("lisi", "绑定")
        await bot.hears(1)
        peer.mute("aibot_send_msg")
        with pytest.raises(Lost):
            await bot.socket.push("lisi", True, markdown("x"))
        assert len(peer.seen("lisi")) == 1


async def test_a_line_that_falls_loses_what_waits_for_an_answer(peer: BotPeer) -> None:
    async with running(peer) as bot:
        peer.says("lisi", "绑定")
        await bot.hears(1)
        peer.mute("aibot_send_msg")
        push = asyncio.create_task(bot.socket.push("lisi", True, markdown("x")))
        await peer.until(lambda: peer.seen("lisi"))
        await peer.drop()
        with pytest.raises(Lost):
            await push
        with pytest.raises(TryLater):
            await bot.socket.push("lisi", True, markdown("x"))


async def test_before_the_first_login_nothing_is_sent(peer: BotPeer) -> None:
    async with running(peer, secret="wrong", wait=False) as bot:
        for sent in (
            bot.socket.push("lisi", True, markdown("x")), bot.socket.reply("Rq1", markdown("x")),
            bot.socket.upload("file", b"123456", "a.txt"),
        ):  # fmt: skip
            with pytest.raises(TryLater) as later:
                await sent
            assert not later.value.chat_only
        assert peer.asked("aibot_send_msg") == []


async def test_answers_to_one_message_go_one_after_the_other(peer: BotPeer) -> None:
    async with running(peer) as bot:
        peer.says("lisi", "一")
        await bot.hears(1)
        peer.delays["aibot_respond_msg"] = 0.03
        most = 0

        async def watch() -> None:
            nonlocal most
            for _ in range(60):
                await asyncio.sleep(0.002)
                most = max(most, len(peer.asked("aibot_respond_msg")) - done)

        done = 0

        async def say(text: str) -> None:
            nonlocal done
            await bot.socket.reply(bot.req_id(), markdown(text))
            done += 1

        await asyncio.gather(watch(), *(say(text) for text in "甲乙丙"))
        assert [shown.text for shown in peer.seen("lisi")] == ["甲", "乙", "丙"]
        assert most == 1


async def test_after_a_lost_answer_the_message_is_answered_by_a_push(peer: BotPeer) -> None:
    """The late answer to the first would be taken for one to the second."""
    async with running(peer) as bot:
        peer.says("lisi", "一")
        await bot.hears(1)
        peer.delays["aibot_respond_msg"] = 2 * QUICK.answer
        first = asyncio.create_task(bot.socket.reply(bot.req_id(), markdown("甲")))
        second = asyncio.create_task(bot.socket.reply(bot.req_id(), markdown("乙")))
        with pytest.raises(Lost):
            await first
        with pytest.raises(Refusal) as no:
            await second
        assert no.value.code == UNKNOWN_REQ_ID
        assert [shown.text for shown in peer.seen("lisi")] == ["甲"]


async def test_callbacks_of_an_earlier_connection_are_not_answered(peer: BotPeer) -> None:
    async with running(peer) as bot:
        peer.says("lisi", "一")
        await bot.hears(1)
        req_id = bot.req_id()
        assert bot.socket.answerable(req_id)
        await peer.drop()
        await bot.until(lambda: len(bot.states) == 3)
        assert not bot.socket.answerable(req_id)
        with pytest.raises(Refusal) as no:
            await bot.socket.reply(req_id, markdown("x"))
        assert no.value.code == UNKNOWN_REQ_ID
        assert peer.asked("aibot_respond_msg") == []


async def test_a_button_changes_its_card_and_entering_is_welcomed(peer: BotPeer) -> None:
    async with running(peer) as bot:
        peer.says("lisi", "绑定")
        await bot.socket.push("lisi", True, card("case-1-r1", "accept:1"))
        shown = peer.seen("lisi")[0]
        peer.press("lisi", shown, "accept:1")
        peer.enters("lisi")
        await bot.hears(3)
        changed = card("case-1-r1", "done:1")["template_card"]
        await bot.socket.update(
            bot.req_id(1), {"response_type": "update_template_card", "userids": ["lisi"], "template_card": changed}
        )
        assert (shown.keys, shown.updates) == (["done:1"], 1)
        await bot.socket.welcome(bot.req_id(2), {"msgtype": "text", "text": {"content": "您好"}})
        assert peer.seen("lisi")[1].text == "您好"


async def test_a_press_is_answered_in_time_although_the_database_is_slow(peer: BotPeer) -> None:
    slow = asyncio.Event()

    async def waits(_frame: object) -> None:
        await slow.wait()

    async with running(peer) as bot:
        bot.before = waits
        peer.says("lisi", "绑定")
        await bot.until(lambda: bot.glimpsed)
        await bot.socket.push("lisi", True, card("case-1-r1", "accept:1"))
        peer.press("lisi", peer.seen("lisi")[0], "accept:1")
        await bot.until(lambda: len(bot.glimpsed) == 2)
        assert bot.heard == []
        token = press_in(bot.glimpsed[1])
        assert token is not None
        changed = card("case-1-r1", "done:1")["template_card"]
        await bot.socket.update(
            token.removeprefix(PRESS), {"response_type": "update_template_card", "template_card": changed}
        )
        assert peer.seen("lisi")[0].keys == ["done:1"]
        slow.set()
        await bot.hears(2)
        assert bot.heard == bot.glimpsed


async def test_each_callback_takes_its_own_command_in_its_time(peer: BotPeer) -> None:
    late = 0.0
    peer.clock = lambda: asyncio.get_running_loop().time() + late
    async with running(peer) as bot:
        peer.enters("lisi")
        peer.enters("lisi")
        await bot.hears(2)
        with pytest.raises(Refusal) as wrong:
            await bot.socket.reply(bot.req_id(0), markdown("x"))
        late = 6.0
        with pytest.raises(Refusal) as too_late:
            await bot.socket.welcome(bot.req_id(1), {"msgtype": "text", "text": {"content": "您好"}})
        assert wrong.value.code == too_late.value.code == UNKNOWN_REQ_ID


# -- uploads -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunks", [1, 4, 5, 11])
async def test_files_go_up_in_chunks(peer: BotPeer, chunks: int) -> None:
    data = bytes(range(256)) * (CHUNK // 256) * (chunks - 1) + b"the rest"
    peer.delays["aibot_upload_media_chunk"] = 0.005
    async with running(peer, intervals=replace(QUICK, answer=5.0)) as bot:
        peer.says("lisi", "绑定")
        await bot.hears(1)
        media = await bot.socket.upload("file", data, "十月排行榜.xlsx")
        await bot.socket.push("lisi", True, {"msgtype": "file", "file": {"media_id": media}})
        shown = peer.seen("lisi")[0]
        assert hashlib.sha256(shown.data).digest() == hashlib.sha256(data).digest()
        assert shown.name == "file.xlsx"
        assert peer.most_parallel == {1: 1, 4: 4, 5: 3, 11: 2}[chunks]
        sizes = [len(frame["body"]["base64_data"]) for frame in peer.asked("aibot_upload_media_chunk")]
        assert max(sizes) <= CHUNK * 4 // 3 + 4


async def test_a_chunk_is_sent_again_three_times(peer: BotPeer) -> None:
    async with running(peer) as bot:
        peer.refuse("aibot_upload_media_chunk", -1, "system error", times=3)
        assert await bot.socket.upload("image", b"123456", "a.jpg")
        peer.refuse("aibot_upload_media_chunk", -1, "system error", times=4)
        with pytest.raises(Refusal):
            await bot.socket.upload("image", b"123456", "a.jpg")


async def test_an_upload_without_an_answer_is_surely_not_shown(peer: BotPeer) -> None:
    async with running(peer, intervals=replace(QUICK, answer=0.05)) as bot:
        peer.mute("aibot_upload_media_finish")
        with pytest.raises(TryLater):
            await bot.socket.upload("image", b"123456", "a.jpg")


async def test_what_is_too_large_never_goes_up(peer: BotPeer) -> None:
    async with running(peer) as bot:
        with pytest.raises(NeverWill):
            await bot.socket.upload("image", bytes((10 << 20) + 1), "a.jpg")
        assert peer.asked("aibot_upload_media_init") == []


# -- secrets -------------------------------------------------------------------------------------------------------


async def test_no_secret_reaches_a_log(peer: BotPeer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        async with running(peer) as bot:
            peer.says("lisi", "只给您看", images=[b"picture"])
            await bot.hears(1)
            peer.send("{ odd")
            await peer.drop()
            await bot.until(lambda: len(bot.states) == 3)
            peer.kick()
            await bot.until(lambda: len(bot.states) == 4)
        async with running(peer, secret="wrong-" + SECRET, wait=False) as other:
            await other.until(lambda: other.states)
    client = [record.getMessage() for record in caplog.records if record.name == "websockets.wecom"]
    written = "\n".join(map(str, logs)) + "\n".join(client)
    assert "login_refused" in written
    for secret in (SECRET, "aeskey", "response_url", "只给您看", "media/", peer.url):
        assert secret not in written
    assert SECRET not in repr(bot.socket)
