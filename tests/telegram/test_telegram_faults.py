"""What goes wrong on the line to Telegram: nothing that was said is lost, and nothing is done twice."""

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.chat.platform import Raw, Unusable
from bot.domain.case import CaseState
from bot.domain.people import Rank
from bot.platforms.telegram import Api, TelegramPlatform, Webhook
from bot.platforms.telegram.polling import Poller
from tests.fake import FakeClock, picture
from tests.telegram.botapi import BotApi
from tests.telegram.faults import Fault
from tests.telegram.town import GROUP, TelegramTown

POTHOLE = "上报 路上有个大坑，客运站公交站"


async def test_an_update_that_cannot_be_read_is_set_aside_and_the_rest_goes_on(town: TelegramTown) -> None:
    rider, admin = await town.rider(), await town.admin()
    town.api.enqueue(
        {"message": {"message_id": "seven", "chat": {"id": GROUP, "type": "supergroup"}, "from": {"id": 5}}}
    )
    town.api.enqueue({"message": {"message_id": 3, "chat": {"id": GROUP, "type": "supergroup"}, "text": "谁"}})
    town.api.enqueue({"something_new": {"id": 1}})
    rider.says(POTHOLE, group=GROUP, photo=picture("a"))
    await town.settle()

    states = await town.rows("SELECT state, count(*) AS n FROM inbox WHERE source = 'telegram' GROUP BY state")
    assert {row["state"]: row["n"] for row in states} == {"set_aside": 2, "done": 2}
    assert len(await town.cases()) == 1
    assert any("wudayuan replay" in message.words for message in admin.sees())


async def test_what_is_delivered_twice_or_in_another_order_is_done_once(town: TelegramTown) -> None:
    town.api.duplicates, town.api.shuffled, town.api.batch = 1.0, True, 7
    riders = [await town.rider(2001 + n, f"赵{n}") for n in range(6)]
    for n, rider in enumerate(riders):
        rider.says(f"上报 路灯不亮，客运站公交站 {n}", group=GROUP, photo=picture(f"light {n}"))
    await town.settle()
    await town.settle()
    assert len(town.delivered) > len(riders), "the server did hand them out again"
    assert len(await town.cases()) == 6
    assert len([message for message in town.api.seen(GROUP) if "已收到" in message.words]) == 6


async def test_an_album_is_one_report_whatever_the_order_and_a_late_part_joins_it(town: TelegramTown) -> None:
    rider = await town.rider()
    await town.contact("housing")
    town.api.shuffled = True
    rider.says("路上有个大坑，客运站公交站", group=GROUP, album=[picture(f"part {n}") for n in range(4)])
    await town.settle()
    late = rider.says(group=GROUP, photo=picture("late"), media_group=town.api.chats[GROUP][0].media_group)
    await town.settle()

    (case,) = await town.cases()
    kept = await town.rows("SELECT state FROM photos WHERE case_id = :case", case=case.id)
    assert [row["state"] for row in kept] == ["stored"] * 5
    assert late.reactions == []
    assert len([message for message in town.api.seen(GROUP) if "已收到" in message.words]) == 1


async def test_a_contact_gets_an_album_and_the_words_with_buttons_after_it(town: TelegramTown) -> None:
    rider, contact = await town.rider(), await town.contact("housing")
    rider.says("路上有个大坑，客运站公交站", group=GROUP, album=[picture("one"), picture("two")])
    await town.settle()
    *before, words = contact.sees()
    album = [message for message in before if message.media_group]
    assert len(album) == 2
    assert "接收" in words.labels
    assert words.reply_to == album[0].id
    contact.says("到现场了", reply_to=album[1])
    await town.settle()
    assert "到现场了" in town.said(rider.id), "a quote of a picture of the card is about its case"


async def test_an_album_that_went_is_not_sent_again_when_its_words_must_wait(town: TelegramTown) -> None:
    rider, contact = await town.rider(), await town.contact("housing")
    town.api.faults.add("sendMessage", Fault.too_many(3), chat=contact.id)
    rider.says("路上有个大坑，客运站公交站", group=GROUP, album=[picture("one"), picture("two")])
    await town.settle()
    assert len([call for call in town.api.calls if call.method == "sendMediaGroup"]) == 1
    assert "接收" in contact.sees()[-1].labels


async def test_a_topic_is_answered_in_the_topic(town: TelegramTown) -> None:
    rider = await town.rider()
    forum = town.api.groups[GROUP]
    forum.forum = True
    topic = forum.opens_topic("道路", rider)
    rider.says(POTHOLE, group=GROUP, photo=picture("a"), thread=topic)
    await town.settle()
    assert {message.thread for message in town.api.seen(GROUP)} == {topic}


async def test_a_flood_makes_only_that_chat_wait(town: TelegramTown) -> None:
    first, second = await town.rider(2001, "赵一"), await town.rider(2002, "赵二")
    town.api.faults.add("sendMessage", Fault.too_many(40), chat=first.id)
    first.says("进度")
    second.says("进度")
    await town.look()
    await town.engine.drain()
    assert second.sees(), "the other chat is served at once"
    assert not [message for message in first.sees() if message.reply_to]
    await town.settle()
    assert first.sees()
    again = [call.at for call in town.api.calls if call.method == "sendMessage" and call.params["chat_id"] == first.id]
    assert again[1] - again[0] >= 40


async def test_a_lost_answer_sends_a_personal_message_once_more_and_asks_about_the_group(town: TelegramTown) -> None:
    rider, admin = await town.rider(), await town.admin()
    town.api.faults.add("sendMessage", Fault.drop_after(), chat=rider.id)
    rider.says("进度")
    await town.settle()
    words = [message.words for message in rider.sees()]
    assert len(words) > len(set(words)), "perhaps sent, so once more"
    assert len(words) - len(set(words)) == 1

    town.api.faults.add("sendMessage", Fault.drop_after(), chat=GROUP)
    rider.says(POTHOLE, group=GROUP, photo=picture("a"))
    await town.settle()
    admin.presses("群里有了")
    await town.settle(hours=0.2)
    assert len([message for message in town.api.seen(GROUP) if "已收到" in message.words]) == 1


async def test_a_server_in_trouble_is_tried_again(town: TelegramTown) -> None:
    rider = await town.rider()
    for fault in (Fault.status(502), Fault.page(502), Fault.status(500), Fault.drop()):
        town.api.faults.add("sendMessage", fault, chat=rider.id)
    rider.says("进度")
    await town.settle()
    assert rider.sees()


async def test_who_blocked_the_bot_is_unreachable_and_the_deputy_takes_over(town: TelegramTown) -> None:
    rider, contact = await town.rider(), await town.contact("housing", 3001, "陶春晖")
    deputy, admin = await town.contact("housing", 3002, "白云", Rank.B), await town.admin()
    town.api.blocked.add(contact.id)
    rider.says(POTHOLE, group=GROUP, photo=picture("a"))
    await town.settle()
    (case,) = await town.cases()
    assert case.contact_id == await town.member(deputy.id)
    assert "接收" in deputy.sees()[-1].labels
    assert any("陶春晖" in message.words for message in admin.sees())


async def test_a_deleted_receipt_is_not_edited_and_nobody_is_alarmed(town: TelegramTown) -> None:
    rider, contact, admin = await town.rider(), await town.contact("housing"), await town.admin()
    rider.says(POTHOLE, group=GROUP, photo=picture("a"))
    await town.settle()
    seen = len(admin.sees())
    receipt = town.api.seen(GROUP)[-1]
    town.api.chats[GROUP].remove(receipt)
    contact.presses("接收")
    await town.settle()
    assert (await town.cases())[0].state is CaseState.ACCEPTED
    assert town.api.seen(GROUP) == []
    assert len(admin.sees()) == seen


async def test_a_group_that_became_a_supergroup_is_followed_in_the_middle_of_a_case(town: TelegramTown) -> None:
    rider, contact = await town.rider(), await town.contact("housing")
    rider.says(POTHOLE, group=GROUP, photo=picture("a"))
    await town.settle()
    new = -1009900
    town.api.groups[GROUP].migrates(new, rider)
    contact.presses("接收")
    await town.settle()
    contact.says("已修补", photo=picture("mended"), reply_to=contact.sees()[-1])
    await town.settle()
    rider.presses("已修好")
    await town.settle()
    assert (await town.cases())[0].state is CaseState.CLOSED
    assert [message for message in town.api.seen(new) if "已办结" in message.words]


@pytest.mark.parametrize("fault", [Fault.status(403, "Forbidden"), Fault.status(400, "Bad Request: REACTION_INVALID")])
async def test_a_reaction_that_fails_never_matters(town: TelegramTown, fault: Fault) -> None:
    rider = await town.rider()
    town.api.faults.add("setMessageReaction", fault, times=5)
    report = rider.says(POTHOLE, group=GROUP, photo=picture("a"))
    await town.settle()
    assert report.reactions == []
    assert town.api.seen(GROUP)[-1].words.startswith("📷 已收到")
    assert len(await town.cases()) == 1


async def test_an_expired_link_is_asked_for_anew_and_a_lost_photo_leaves_the_case(town: TelegramTown) -> None:
    rider = await town.rider()
    rider.says(POTHOLE, group=GROUP, photo=picture("a"))
    (ref,) = town.api.files
    town.api.faults.add("getFile", Fault.status(500))
    await town.settle()
    assert [row["state"] for row in await town.rows("SELECT state FROM photos")] == ["stored"]
    rider.says("路灯不亮，客运站公交站", group=GROUP, photo=picture("b"))
    town.api.expire(next(name for name in town.api.files if name != ref), for_good=True)
    await town.settle(hours=0.3)
    assert sorted(str(row["state"]) for row in await town.rows("SELECT state FROM photos")) == ["failed", "stored"]
    assert len(await town.cases()) == 2
    assert "重新发送" in town.said(rider.id)


async def test_a_press_is_answered_while_the_work_is_slow_and_the_words_follow(town: TelegramTown) -> None:
    """The lane of the chat waits for a retry; the clock on the button must not turn until then."""
    rider = await town.rider()
    platform = TelegramPlatform(town.platform.api, town.clock, patience_s=0.01)
    delivered: list[object] = []

    async def deliver(updates: object) -> None:
        delivered.append(updates)

    await platform.begin(deliver)
    press = rider.presses_data("1.0.forged", None)
    await platform.look()
    await town.api.until(lambda: press in town.api.answers)
    assert town.api.answers[press] == ("", False)
    with pytest.raises(Exception, match="answered in time"):
        await platform.acknowledge(press, "已接收", alert=False)


async def test_a_forged_press_changes_nothing_and_says_so_kindly(town: TelegramTown) -> None:
    rider, contact = await town.rider(), await town.contact("housing")
    rider.says(POTHOLE, group=GROUP, photo=picture("a"))
    await town.settle()
    card = contact.sees()[-1]
    theirs = next(data for row in card.keyboard for label, data in row if label == "接收")
    for press in (rider.presses_data("1.0.AAAAAAAAAAAAAA", None), rider.presses_data(theirs, None)):
        await town.settle()
        assert town.api.answers[press][0].startswith("这个按钮不能用了")
    assert (await town.cases())[0].state is CaseState.DISPATCHED
    first, again = contact.presses("接收", on=card), contact.presses("接收", on=card)
    await town.settle()
    assert (await town.cases())[0].state is CaseState.ACCEPTED
    assert {first, again} <= set(town.api.answers)


async def test_the_pace_keeps_the_documented_ceilings_also_after_a_restart(town: TelegramTown) -> None:
    town.api.enforce = True
    riders = [await town.rider(2001 + n, f"赵{n}") for n in range(12)]
    await town.contact("housing")
    for n, rider in enumerate(riders):
        rider.says(f"路上有个大坑，客运站公交站 {n}", group=GROUP, photo=picture(f"hole {n}"))
    await town.settle()
    for courier in town.engine.couriers.values():
        await courier.release()
        courier._pacer = None  # as after a restart: what went out is read from the database
    for n, rider in enumerate(riders):
        rider.says(f"路灯不亮，人民路幼儿园 {n}", group=GROUP, photo=picture(f"light {n}"))
    await town.settle()
    assert len([message for message in town.api.seen(GROUP) if "已收到" in message.words]) == 24
    assert town.api.flooded == 0


async def test_a_start_without_network_waits_and_a_wrong_token_ends_it() -> None:
    clock = FakeClock()
    async with BotApi() as api:
        api.faults.add("getMe", Fault.status(502))
        client = Api(api.token, base_url=f"{api.url}/bot", file_base_url=f"{api.url}/file/bot")
        platform = TelegramPlatform(client, clock)
        await platform.begin(nothing)
        assert len([call for call in api.calls if call.method == "getMe"]) >= 1
        wrong = TelegramPlatform(Api("1002:" + "x" * 35, base_url=f"{api.url}/bot"), clock)
        with pytest.raises(Unusable):
            await wrong.begin(nothing)
        await client.close()
        await wrong.close()


async def nothing(_updates: object) -> None:
    return None


async def test_another_program_with_the_same_token_is_told_to_the_admin_in_words(town: TelegramTown) -> None:
    admin = await town.admin()
    for _ in range(3):
        town.api.faults.add("getUpdates", Fault.status(409, "Conflict: terminated by other getUpdates request"))
        await town.look()
    await town.settle()
    assert any("同一个" in message.words or "另一个" in message.words for message in admin.sees()), town.said(admin.id)


async def test_a_line_that_failed_is_heard_again_and_the_outage_is_told(town: TelegramTown) -> None:
    await town.look()
    assert town.platform.silent_s() == 0.0
    town.api.faults.add("getUpdates", Fault.drop())
    town.clock.move(town.clock.now() + timedelta(minutes=7))
    await town.look()
    assert town.platform.silent_s() == 420.0, "the health page says since when"
    rider, admin = await town.rider(), await town.admin()
    rider.says("帮助")
    await town.settle()
    assert rider.sees()
    assert any("7" in message.words and "Telegram" in message.words for message in admin.sees()), town.said(admin.id)


async def test_a_connection_that_hangs_is_thrown_away(town: TelegramTown) -> None:
    taken: list[object] = []

    async def take(updates: Sequence[object]) -> None:
        taken.extend(updates)

    poller = Poller(town.platform.api, town.clock, take, never_told, hung_s=1.0)
    rider = await town.rider()
    rider.says("帮助")
    town.api.faults.add("getUpdates", Fault.slow(30))
    assert await poller.once(0) == 1.0, "a pause before the next try"
    assert poller.heard_at is None
    assert await poller.once(0) == 0.0
    assert len(taken) == 1


async def never_told(what: str, detail: str) -> None:
    raise AssertionError((what, detail))


async def test_a_webhook_takes_only_who_knows_the_word_and_answers_after_the_commit(town: TelegramTown) -> None:
    rider = await town.rider()
    hook = Webhook("https://wudayuan.example.cn/telegram", "a-long-enough-word")
    platform = TelegramPlatform(town.platform.api, town.clock, webhook=hook)
    assert await platform.receive(hook.secret, b"{}") == 503, "not yet: it will be handed over again"

    async def deliver(updates: Sequence[Raw]) -> None:
        await town.engine.intake.deliver("telegram", updates)

    await platform.begin(deliver)
    assert town.api.webhook.url == hook.url
    before = len(await town.rows("SELECT id FROM inbox"))
    for n in range(50):
        assert await platform.receive(f"guess {n}", b'{"update_id": 1}') == 403
    assert await platform.receive(hook.secret, b"x" * 1_000_001) == 413
    assert len(await town.rows("SELECT id FROM inbox")) == before, "no trace in the database"
    assert platform.forged == 50
    assert await platform.receive(hook.secret, b"\xff not json") == 200, "refused, it would block its chat for a day"
    rider.says("帮助")
    (update,) = town.api.pending
    assert await platform.receive(hook.secret, json.dumps(update).encode()) == 200
    assert await platform.receive(hook.secret, json.dumps(update).encode()) == 200
    town.api.pending.clear()
    town.api.webhook.url = ""
    await town.settle()
    assert len([message for message in rider.sees() if message.words.startswith("发照片")]) == 1


async def test_an_address_that_telegram_refuses_is_told_to_the_admin(town: TelegramTown) -> None:
    admin = await town.admin()
    town.api.faults.add("setWebhook", Fault.status(400, "Bad Request: bad webhook: HTTPS url must be provided"))
    hook = Webhook("https://wudayuan.example.cn/telegram", "a-long-enough-word")
    platform = TelegramPlatform(town.platform.api, town.clock, webhook=hook)

    async def deliver(updates: Sequence[Raw]) -> None:
        await town.engine.intake.deliver("telegram", updates)

    await platform.begin(deliver)
    assert town.api.webhook.url == hook.url, "tried again until it is accepted"
    town.api.webhook.url = ""
    await town.settle()
    assert any("wudayuan doctor" in message.words for message in admin.sees())


async def test_long_names_and_marks_of_markup_are_plain_words(town: TelegramTown) -> None:
    rider, contact = await town.rider(), await town.contact("housing")
    rider.says("上报 路上有个大坑 <b>&amp; *_` 客运站公交站 " + "坏" * 3000, group=GROUP, photo=picture("a"))
    await town.settle()
    card = contact.sees()[-1]
    assert "<b>" in card.words
    assert not any("parse_mode" in call.params for call in town.api.calls)
