"""The contract of an adapter, kept in every way: what `send` says became of a message, and that no part goes twice."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.events import Address, Platform
from bot.chat.platform import File, Lost, NeverWill, NothingToEdit, Picture, Rendered, RenderedButton, Sent, TryLater
from bot.engine.imaging import ImageWorker
from bot.platforms.wecom.socket import Link
from storage.database import Database
from tests.fake import picture
from tests.wecom.town import GROUP, RIDER, WeComTown, wecom_town

BUTTON = RenderedButton("接收", "12.0.abcdefgh", 0, "接收")
LI = Address(Platform.WECOM, "lisi", private=True)
WANG = Address(Platform.WECOM, "wangwu", private=True)
ROBOT = Address(Platform.WECOM, "wrNotices", private=False)


@pytest.fixture
async def town(house: Database, tmp_path: Path, image_worker: ImageWorker) -> AsyncIterator[WeComTown]:
    """Li chats with the bot, Wang with the app, and one group has a robot only."""
    async with wecom_town(house, tmp_path, image_worker, hooks=[ROBOT.chat]) as made:
        await made.by_bot("lisi", "李四", RIDER)
        await made.by_app("wangwu", "王五", RIDER)
        yield made


def shown(town: WeComTown, where: Address) -> list[str]:
    """Kinds of what a chat shows."""
    if where == LI:
        return [one.msgtype for one in town.bot.seen("lisi")]
    if where == WANG:
        return [one.msgtype for one in town.api.members["wangwu"].sees()]
    return [one.msgtype for one in town.api.groups[f"key-{ROBOT.chat}"].shown]


ALL = pytest.mark.parametrize("where", [LI, WANG, ROBOT], ids=["bot", "app", "robot"])
PHOTO = Picture(picture("one"), "photo-1.jpg")
SHEET = File(b"PK\x03\x04 a table", "十月.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@ALL
async def test_a_message_of_several_parts_goes_in_order(town: WeComTown, where: Address) -> None:
    sent = await town.platform.send(Rendered(where, "0127 已接收", pictures=(PHOTO,), files=(SHEET,), key="1"))
    words = "text" if where == WANG else "markdown"
    assert shown(town, where) == ["image", words, "file"]
    assert sent.message


@ALL
async def test_who_is_too_fast_waits(town: WeComTown, where: Address) -> None:
    town.bot.refuse("aibot_send_msg", 45009, "api freq out of limit")
    town.api.fail("message/send", 45009)
    town.api.fail("webhook/send", 45009)
    with pytest.raises(TryLater) as later:
        await town.platform.send(Rendered(where, "一", key="1"))
    assert later.value.after_s >= 60
    assert shown(town, where) == []
    await town.platform.send(Rendered(where, "一", key="1"))
    assert len(shown(town, where)) == 1


@ALL
async def test_an_answer_that_is_lost_is_lost_and_not_a_no(town: WeComTown, where: Address) -> None:
    town.bot.mute("aibot_send_msg")
    town.api.fail("message/send", cut="after")
    town.api.fail("webhook/send", cut="after")
    with pytest.raises(Lost):
        await town.platform.send(Rendered(where, "一", key="1"))
    assert len(shown(town, where)) == 1, "it was done all the same"


@pytest.mark.parametrize("where", [LI, WANG], ids=["bot", "app"])
async def test_a_card_whose_answer_was_lost_is_there_and_known_when_it_is_tried_again(
    town: WeComTown, where: Address
) -> None:
    card = Rendered(where, "0127\n请接收", buttons=(BUTTON,), key="1")
    town.bot.mute("aibot_send_msg")
    town.api.fail("message/send", cut="after")
    with pytest.raises(Lost):
        await town.platform.send(card)
    town.clock.move(town.clock.now() + timedelta(minutes=10))
    assert (await town.platform.send(card)).message.startswith("task:"), "it can be changed later"
    assert shown(town, where) == ["template_card"]


@ALL
async def test_what_went_of_a_message_does_not_go_again(town: WeComTown, where: Address) -> None:
    message = Rendered(where, "0127 已接收", pictures=(PHOTO, PHOTO), key="1")
    town.bot.refuse("aibot_upload_media_finish", 45009, times=1)
    town.api.fail("webhook/send", 45009, times=1)
    town.api.fail("message/send", 45009, times=1)
    with pytest.raises(TryLater):
        await town.platform.send(message)
    await town.platform.send(message)
    assert [kind for kind in shown(town, where) if kind == "image"] == ["image", "image"]
    assert len(shown(town, where)) == 3


@ALL
async def test_what_goes_to_one_chat_at_once_keeps_its_parts_together(town: WeComTown, where: Address) -> None:
    """A picture under the words of another case would send somebody to the wrong place."""
    two = [Rendered(where, words, pictures=(PHOTO,), files=(SHEET,), key=words) for words in ("0127", "0128")]
    await asyncio.gather(*(town.platform.send(message) for message in two))
    words = "text" if where == WANG else "markdown"
    assert shown(town, where) == ["image", words, "file"] * 2


async def test_a_second_try_goes_on_where_the_first_ended(town: WeComTown) -> None:
    message = Rendered(LI, "字" * 9000, key="1")  # two messages
    await town.platform.send(Rendered(LI, "一", key="0"))
    assert len(shown(town, LI)) == 1
    first = Rendered(LI, "0127", pictures=(PHOTO,), key="2")
    town.bot.refuse("aibot_upload_media_init", -1, "system error")
    with pytest.raises(TryLater):
        await town.platform.send(first)
    await town.platform.send(first)
    await town.platform.send(message)
    assert shown(town, LI) == ["markdown", "image", "markdown", "markdown", "markdown"]


@ALL
async def test_what_is_wrong_in_itself_is_never_sent(town: WeComTown, where: Address) -> None:
    town.bot.refuse("aibot_send_msg", 40058, "invalid parameter")
    town.api.fail("message/send", 40058)
    town.api.fail("webhook/send", 40058)
    with pytest.raises(NeverWill) as never:
        await town.platform.send(Rendered(where, "一", key="1"))
    assert not never.value.unreachable


async def test_who_is_not_there_is_unreachable(town: WeComTown) -> None:
    nobody = Address(Platform.WECOM, "meiyouren", private=True)
    with pytest.raises(NeverWill) as never:
        await town.platform.send(Rendered(nobody, "一", key="1"))
    assert never.value.unreachable


async def test_a_group_in_which_nobody_has_written_waits(town: WeComTown) -> None:
    with pytest.raises(TryLater) as later:
        await town.platform.send(Rendered(Address(Platform.WECOM, "wrSilent", private=False), "一", key="1"))
    assert later.value.counts, "not for ever: nobody wants to read the news of months at once"
    assert later.value.after_s < 5, "what is said there meanwhile is answered at once"


async def test_settings_that_are_refused_wait_and_the_admin_hears_it_once(town: WeComTown) -> None:
    town.api.trusted = False
    for key in "123":
        with pytest.raises(TryLater):
            await town.platform.send(Rendered(WANG, "一", key=key))
    told = [raw for raw in town.delivered if "untrusted_ip" in raw.payload]
    assert len(told) == 1


async def test_an_app_that_is_refused_leaves_the_message_to_the_bot(town: WeComTown) -> None:
    """Li uses both, and the app last."""
    await town.api.member("lisi").says("你好")
    await town.settle()
    town.bot.chats["lisi"].clear()
    town.api.trusted = False
    await town.platform.send(Rendered(LI, "一", key="1"))
    assert shown(town, LI) == ["markdown"]
    assert [raw for raw in town.delivered if "untrusted_ip" in raw.payload], "the admin hears it all the same"


async def test_an_answer_goes_where_the_question_came_from_whichever_process_heard_it(town: WeComTown) -> None:
    member = town.api.member("lisi")
    await town.platform.send(Rendered(LI, "一", key="1", answers="app:7000000000000001"))
    assert [one.words for one in member.sees()] == ["一"]
    assert shown(town, LI) == []


async def test_while_the_bot_is_away_nobody_else_waits_for_it(town: WeComTown) -> None:
    await town.bot.stop()
    async with asyncio.timeout(5):
        while town.platform.link is not Link.AWAY:
            await asyncio.sleep(0.001)
    for passed_s in (0, 61):
        town.clock.move(town.clock.now() + timedelta(seconds=passed_s))
        with pytest.raises(TryLater) as later:
            await town.platform.send(
                Rendered(Address(Platform.WECOM, GROUP, private=False), "一", answers="x", key="1")
            )
        assert later.value.chat_only
    assert later.value.after_s >= 10


async def test_cards_are_changed_by_a_press_or_not_at_all(town: WeComTown) -> None:
    sent = await town.platform.send(Rendered(LI, "0127\n请接收", buttons=(BUTTON,), key="1"))
    with pytest.raises(NothingToEdit) as no:
        await town.platform.send(Rendered(LI, "0127\n已接收", edits=sent.message, key="2"))
    assert no.value.stays
    assert shown(town, LI) == ["template_card"]


async def test_a_card_of_the_app_may_be_changed_once_without_a_press(town: WeComTown) -> None:
    sent = await town.platform.send(Rendered(WANG, "0127\n请接收", buttons=(BUTTON,), key="1"))
    again = await town.platform.send(Rendered(WANG, "0127\n已收回", edits=sent.message, key="2"))
    assert again == Sent(sent.message)
    (card,) = town.api.members["wangwu"].sees()
    assert "已收回" in card.words and card.updates == 1
    with pytest.raises(NothingToEdit):
        await town.platform.send(Rendered(WANG, "0127\n又变了", edits=sent.message, key="3"))


async def test_an_answer_that_comes_too_late_to_be_one_is_a_message_all_the_same(town: WeComTown) -> None:
    """A day after the question it is refused; with which code is not documented."""
    msgid = town.bot.says("lisi", "你好")
    town.wait_for(msgid)
    await town.settle()
    town.bot.chats["lisi"].clear()
    town.bot.refuse("aibot_respond_msg", 600041, "too late")
    await town.platform.send(Rendered(LI, "0127 已办结", answers=msgid, key="1"))
    assert shown(town, LI) == ["markdown"]


async def test_a_press_in_the_app_lets_its_card_be_changed_also_much_later(
    house: Database, tmp_path: Path, image_worker: ImageWorker
) -> None:
    async with wecom_town(house, tmp_path, image_worker, bot=False, patience_s=0.02) as town:
        wang = (await town.by_app("wangwu", "王五", RIDER)).member
        sent = await town.platform.send(Rendered(WANG, "0127\n请接收", buttons=(BUTTON,), key="1"))
        again = Rendered(WANG, "0127\n还在等您", buttons=(BUTTON,), edits=sent.message, key="2")
        await town.platform.send(again)
        town.slow.clear()  # what becomes of the press is known much later
        pressing = asyncio.create_task(wang.presses(wang.sees()[-1], "接收"))
        await asyncio.wait({pressing}, timeout=0.2)
        await town.platform.send(Rendered(WANG, "0127\n已接收", edits=sent.message, key="3"))
        (card,) = wang.sees()
        assert "已接收" in card.words
        town.slow.set()
        await pressing


async def test_a_picture_that_comes_later_goes_beside_its_card(town: WeComTown) -> None:
    sent = await town.platform.send(Rendered(LI, "0127\n请接收", buttons=(BUTTON,), key="1"))
    more = Rendered(LI, "0127\n请接收", buttons=(BUTTON,), pictures=(PHOTO,), edits=sent.message, key="2")
    assert (await town.platform.send(more)).message == sent.message
    assert shown(town, LI) == ["template_card", "image"]


async def test_a_picture_comes_also_where_the_card_of_the_app_can_be_changed_no_more(town: WeComTown) -> None:
    sent = await town.platform.send(Rendered(WANG, "0127\n请接收", buttons=(BUTTON,), key="1"))
    for code in town.api.cards.values():
        code.used = True
    more = Rendered(WANG, "0127\n请接收", buttons=(BUTTON,), pictures=(PHOTO,), edits=sent.message, key="2")
    assert (await town.platform.send(more)).message == sent.message
    assert shown(town, WANG) == ["template_card", "image"]


async def test_who_asks_the_app_twice_is_answered_twice(town: WeComTown) -> None:
    for key in "12":
        await town.platform.send(Rendered(WANG, "现在没有待办。", key=key))
        town.clock.move(town.clock.now() + timedelta(minutes=3))
    assert shown(town, WANG) == ["text", "text"]


async def test_nothing_secret_is_written_to_the_log(
    town: WeComTown, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    town.api.fail("message/send", 45009)
    town.bot.refuse("aibot_send_msg", -1, "system error")
    for where in (LI, WANG, ROBOT):
        try:
            await town.platform.send(Rendered(where, "一", pictures=(PHOTO,), key=where.chat))
        except TryLater:
            continue
    town.bot.send("no frame")
    town.bot.says("lisi", "你好", images=[picture("two")])
    await town.settle(hours=0)
    secrets = [
        town.bot.secret,
        town.api.secret,
        town.api.aes_key,
        town.api.access_token,
        f"key-{ROBOT.chat}",
        "sign=invented",
    ]
    written = caplog.text + capsys.readouterr().out
    assert written, "something is written"
    assert [one for one in secrets if one and one in written] == []


async def test_an_event_that_cannot_be_read_does_not_stop_what_follows(town: WeComTown) -> None:
    town.bot.tell(
        "aibot_event_callback",
        {"msgtype": "event", "event": {"eventtype": "template_card_event"}},
        "lisi",
        None,
        "card",
    )
    town.bot.send({"cmd": "aibot_msg_callback", "headers": None, "body": {"msgtype": "text"}})
    rider = town.bot.says("lisi", "帮助")
    town.wait_for(rider)
    await town.settle(hours=1)
    assert "发照片" in town.said("lisi")
    town.clock.move(town.clock.now() + timedelta(seconds=1))
    assert GROUP not in town.bot.chats or town.in_chat(GROUP) == []
