"""Which way messages go, and what the three ways of a report become: the adapter between the county and WeCom's servers."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.events import Address, Platform
from bot.chat.platform import Rendered, RenderedButton, TryLater
from bot.domain.case import CaseState
from bot.engine.imaging import ImageWorker
from bot.platforms.wecom.socket import Link
from storage import groups, members
from storage.database import Database
from tests.fake import FakeClock, FakePlatform, picture
from tests.wecom.bot_peer import Quote
from tests.wecom.town import ADMIN, GROUP, RIDER, BotPhone, WeComTown, contact, wecom_town

POTHOLE = "路上有个大坑，客运站公交站"


@pytest.fixture
async def town(house: Database, tmp_path: Path, image_worker: ImageWorker) -> AsyncIterator[WeComTown]:
    async with wecom_town(house, tmp_path, image_worker) as made:
        yield made


async def reported(town: WeComTown) -> list[tuple[str, int]]:
    """Category and number of photos of every case."""
    found = await town.rows(
        "SELECT c.category, (SELECT count(*) FROM photos p WHERE p.case_id = c.id AND p.state = 'stored') AS photos"
        " FROM cases c ORDER BY c.id"
    )
    return [(str(row["category"]), int(str(row["photos"]))) for row in found]


# -- a report in one message ---------------------------------------------------------------------------------------


async def test_the_three_ways_of_a_report(town: WeComTown) -> None:
    rider = await town.by_bot("zhaotielin", "赵铁林", RIDER)
    await rider.says(POTHOLE, photo=picture("one"), group=True)
    await town.settle()
    await rider.says(POTHOLE, quote=Quote(images=[picture("two")]), group=True)
    await town.settle()
    await rider.says(POTHOLE, photo=picture("three"))
    await town.settle()
    assert [count for _, count in await reported(town)] == [1, 1, 1]


async def test_the_help_shows_exactly_these(town: WeComTown) -> None:
    rider = await town.by_bot("zhaotielin", "赵铁林", RIDER)
    await rider.says("帮助")
    await town.settle()
    shown = rider.sees()[-1].words
    assert "群里：@小五 + 照片 + 一句话，发成一条；" in shown
    assert "或引用刚发的照片，写「@小五 井盖坏了，客运站东门」；" in shown
    assert "或直接发给我：照片 + 一句话。" in shown


async def test_the_help_names_the_bot_as_people_call_it_there(
    house: Database, tmp_path: Path, image_worker: ImageWorker
) -> None:
    async with wecom_town(house, tmp_path, image_worker, mention="松岭小五") as town:
        rider = await town.by_bot("zhaotielin", "赵铁林", RIDER)
        await rider.says("帮助")
        await town.settle()
        assert "群里：@松岭小五 + 照片 + 一句话，发成一条；" in "".join(seen.words for seen in rider.sees())


async def test_several_pictures_with_words_are_one_report(town: WeComTown) -> None:
    rider = await town.by_bot("zhaotielin", "赵铁林", RIDER)
    await rider.says(POTHOLE, photos=[picture("one"), picture("two")], group=True)
    await town.settle()
    assert [count for _, count in await reported(town)] == [2]


async def test_a_message_that_is_repeated_is_one_report(town: WeComTown) -> None:
    rider = await town.by_bot("zhaotielin", "赵铁林", RIDER)
    await rider.says(POTHOLE, photo=picture("one"), group=True)
    town.bot.repeat()
    await town.settle()
    assert len(await town.cases()) == 1
    assert len(town.in_chat(GROUP)) == 1


async def test_a_photo_that_has_expired_is_asked_for_once_more(town: WeComTown) -> None:
    rider = await town.by_bot("zhaotielin", "赵铁林", RIDER)
    town.bot.expire_media()
    await rider.says(POTHOLE, photo=picture("one"), group=True)
    await town.settle()
    assert len(await town.cases()) == 1, "the words are not lost"
    assert "照片链接已过期，请重新发送" in rider.sees()[-1].words


async def test_who_mentions_the_bot_gets_an_answer(town: WeComTown) -> None:
    rider = await town.by_bot("zhaotielin", "赵铁林", RIDER)
    await town.settle(hours=1)  # what was not understood is said once in ten minutes
    await rider.says("在吗", group=True)
    await town.settle()
    assert "要上报请发照片" in town.in_chat(GROUP)[-1].words


async def test_the_place_is_asked_for_in_words(town: WeComTown) -> None:
    rider = await town.by_bot("zhaotielin", "赵铁林", RIDER)
    await rider.says("上报 路上有个大坑", photo=picture("one"))
    await town.settle()
    asked = rider.sees()[-1]
    assert "只差地点" in asked.words and "发位置" not in asked.words
    await rider.says("客运站公交站")
    await town.settle()
    (case,) = await town.cases()
    assert case.place == "客运站公交站"


# -- which way -----------------------------------------------------------------------------------------------------


async def test_who_has_never_written_to_the_bot_is_reached_by_the_app(town: WeComTown) -> None:
    clerk = await town.by_app("TaoChunhui", "陶春晖", contact("housing"))
    rider = await town.by_bot("zhaotielin", "赵铁林", RIDER)
    await rider.says(POTHOLE, photo=picture("one"), group=True)
    await town.settle()
    assert any("接收" in seen.labels for seen in clerk.sees())
    assert town.in_chat("taochunhui") == []


async def test_an_answer_comes_where_somebody_has_just_written(town: WeComTown) -> None:
    await town.person("liugong", "刘工", contact("housing"))
    in_app, in_bot = town.api.member("LiuGong"), BotPhone(town, "LiuGong")
    await in_bot.says("待办")
    await town.settle()
    before = len(in_bot.sees())
    assert before > 0
    assert (await in_app.says("待办"))[-1] == 200
    await town.settle()
    assert len(in_app.sees()) == 1
    assert len(in_bot.sees()) == before


async def test_where_the_bot_is_refused_the_app_takes_over(town: WeComTown) -> None:
    clerk = await town.by_bot("taochunhui", "陶春晖", contact("housing"))
    member = town.api.member("taochunhui")
    rider = await town.by_bot("zhaotielin", "赵铁林", RIDER)
    town.bot.refuse("aibot_send_msg", 93006, "invalid chatid")
    await rider.says(POTHOLE, group=True, photo=picture("one"))
    await town.settle()
    assert any("接收" in one.buttons for one in member.sees())
    assert clerk.sees() == []
    assert [row["chat"] for row in await town.rows("SELECT chat FROM doors ORDER BY chat")] == [GROUP, "zhaotielin"]


async def test_nobody_who_can_be_reached_in_no_way_keeps_a_case(
    house: Database, tmp_path: Path, image_worker: ImageWorker
) -> None:
    async with wecom_town(house, tmp_path, image_worker, app=False) as town:
        await town.by_bot("taochunhui", "陶春晖", contact("housing"), writes=False)
        admin = await town.by_bot("shengliben", "盛立本", ADMIN)
        rider = await town.by_bot("zhaotielin", "赵铁林", RIDER)
        await rider.says(POTHOLE, photo=picture("one"), group=True)
        await town.settle()
        (case,) = await town.cases()
        assert case.contact_id is None or "陶春晖" in town.said("shengliben")
        assert "陶春晖" in "".join(seen.words for seen in admin.sees())


async def test_where_no_way_of_wecom_leads_the_other_account_does(
    house: Database, tmp_path: Path, image_worker: ImageWorker
) -> None:
    """A contact with two accounts is written to on WeCom first, where they were bound last."""
    clock = FakeClock()
    other = FakePlatform(Platform.TELEGRAM, clock)
    async with wecom_town(house, tmp_path, image_worker, others=[other], clock=clock) as town:
        clerk = await town.person("taochunhui", "陶春晖", contact("housing"))
        async with house.write() as tx:
            await members.add_account(tx, clerk, Platform.TELEGRAM, "3001", clock.now() - timedelta(days=1))
        town.api.member("taochunhui", visible=False)
        rider = await town.by_bot("zhaotielin", "赵铁林", RIDER)
        await rider.says(POTHOLE, photo=picture("one"), group=True)
        await town.settle()
        assert [shown.labels[0] for shown in other.chats["3001"] if shown.labels] == ["接收"]
        (case,) = await town.cases()
        assert case.contact_id == clerk, "the case has not moved on"


async def test_a_group_with_a_robot_hears_announcements_that_the_bot_cannot_bring(
    house: Database, tmp_path: Path, image_worker: ImageWorker
) -> None:
    async with wecom_town(house, tmp_path, image_worker, bot=False, hooks=[GROUP]) as town:
        where = Address(Platform.WECOM, GROUP, private=False)
        button = RenderedButton("看规则", "x.1", 0, "看规则")
        await town.platform.send(Rendered(where, "10 月排名公布了", buttons=(button,), key="1"))
        (shown,) = town.api.groups[f"key-{GROUP}"].shown
        assert (shown.msgtype, shown.words) == ("markdown", "10 月排名公布了")


async def test_a_group_of_which_nothing_is_heard_is_listed_so(
    house: Database, tmp_path: Path, image_worker: ImageWorker
) -> None:
    async with wecom_town(house, tmp_path, image_worker, hooks=["wrNotices"]) as town:
        admin = await town.by_bot("shengliben", "盛立本", ADMIN)
        async with house.write() as tx:
            await groups.bind(tx, Platform.WECOM, "wrNotices", town.clock.now())
        await admin.says("绑定 骑手一群", group=True)
        await town.settle()
        await admin.says("群")
        await town.settle()
        shown = admin.sees()[-1].words
        assert "骑手一群 · 听得到" in shown or f"{GROUP} · 听得到" in shown
        assert "wrNotices · 只发不收" in shown


async def test_while_the_bot_is_away_for_long_the_robot_speaks_for_it(
    house: Database, tmp_path: Path, image_worker: ImageWorker
) -> None:
    async with wecom_town(house, tmp_path, image_worker, hooks=[GROUP]) as town:
        rider = await town.by_bot("zhaotielin", "赵铁林", RIDER)
        await rider.says("你好", group=True)
        await town.settle()
        await town.bot.stop()
        await linked(town, Link.AWAY)
        said = Rendered(Address(Platform.WECOM, GROUP, private=False), "10 月排名公布了", key="7")
        with pytest.raises(TryLater):
            await town.platform.send(said)
        town.clock.move(town.clock.now() + timedelta(seconds=61))
        await town.platform.send(said)
        (shown,) = town.api.groups[f"key-{GROUP}"].shown
        assert shown.words == "10 月排名公布了"


async def linked(town: WeComTown, link: Link) -> None:
    async with asyncio.timeout(5):
        while town.platform.link is not link:
            await asyncio.sleep(0.001)


# -- presses -------------------------------------------------------------------------------------------------------


async def dispatched(town: WeComTown) -> BotPhone:
    """A case lies with a contact, whose card shows it."""
    clerk = await town.by_bot("taochunhui", "陶春晖", contact("housing"))
    rider = await town.by_bot("zhaotielin", "赵铁林", RIDER)
    await rider.says(POTHOLE, photo=picture("one"), group=True)
    await town.settle()
    return clerk


async def test_a_press_that_is_refused_shows_why_on_the_card_and_leaves_its_buttons(town: WeComTown) -> None:
    await dispatched(town)
    stranger = await town.by_bot("qianduo", "钱多", RIDER)
    await stranger.presses("撤回", group=True)
    await town.settle()
    receipt = town.in_chat(GROUP)[0]
    assert receipt.updates == 1
    assert "撤回" in receipt.labels
    assert len(town.in_chat(GROUP)) == 1
    update = town.bot.asked("aibot_respond_update_msg")[-1]["body"]
    assert update["userids"] == ["qianduo"], "nobody else needs to see it"


async def test_a_press_is_answered_in_time_while_the_database_is_slow(
    house: Database, tmp_path: Path, image_worker: ImageWorker
) -> None:
    async with wecom_town(house, tmp_path, image_worker, patience_s=0.1) as town:
        clerk = await dispatched(town)
        town.slow.clear()
        await clerk.presses("接收")
        await town.bot.until(lambda: town.bot.asked("aibot_respond_update_msg"))
        assert "接收" in clerk.sees()[-1].labels
        town.slow.set()
        await town.settle()
        (case,) = await town.cases()
        assert case.state is CaseState.ACCEPTED
        assert clerk.sees()[-1].words == "0001 已接收", "what missed its time comes as a message"


async def test_a_word_instead_of_a_press_does_the_same(town: WeComTown) -> None:
    clerk = await dispatched(town)
    await clerk.says("接收 0001")
    await town.settle()
    (case,) = await town.cases()
    assert case.state is CaseState.ACCEPTED
    assert "0001 已接收" in clerk.sees()[-1].words
    await clerk.presses("接收")  # the card could not be changed by a word
    await town.settle()
    assert case.round == (await town.cases())[0].round
    assert "接收" not in [label for seen in clerk.sees()[-1:] for label in seen.labels]


# -- the line ------------------------------------------------------------------------------------------------------


async def test_frames_wait_for_a_database_that_is_away_and_none_is_lost(town: WeComTown) -> None:
    rider = await town.by_bot("zhaotielin", "赵铁林", RIDER)
    town.away = 1
    await rider.says(POTHOLE, photo=picture("one"), group=True)
    await town.settle()
    assert [count for _, count in await reported(town)] == [1]


async def test_a_gap_is_told_to_the_group_once(town: WeComTown) -> None:
    rider = await town.by_bot("zhaotielin", "赵铁林", RIDER)
    await rider.says(POTHOLE, photo=picture("one"), group=True)
    await town.settle()
    said = len(town.in_chat(GROUP))
    for _ in range(3):
        await town.bot.stop()
        await linked(town, Link.AWAY)
        town.clock.move(town.clock.now() + timedelta(seconds=40))
        await town.bot.start()
        await linked(town, Link.CONNECTED)
        await town.settle()
    told = town.in_chat(GROUP)[said:]
    assert len(told) == 1
    assert "我断线了" in told[0].words


async def test_a_bot_that_another_process_took_does_not_come_back_and_the_admin_hears_why(
    house: Database, tmp_path: Path, image_worker: ImageWorker
) -> None:
    async with wecom_town(house, tmp_path, image_worker) as town:
        admin = await town.by_app("shengliben", "盛立本", ADMIN)
        logins = len(town.bot.logins)
        town.bot.kick()
        await linked(town, Link.KICKED)
        await town.settle()
        assert "被另一个程序接走了" in admin.sees()[-1].words
        assert len(town.bot.logins) == logins


async def test_an_encrypted_id_is_made_plain_by_the_app(town: WeComTown) -> None:
    """The bot was made by an ordinary member, and the same person is known by the roll."""
    member = await town.person("zhaotielin", "赵铁林", RIDER)
    encrypted = "woAJ2GCAAAXtWyujaWJHDDGi0mACAAAA"
    town.api.member("ZhaoTielin", open_id=encrypted)
    rider = BotPhone(town, encrypted)
    await rider.says(POTHOLE, photo=picture("one"), group=True)
    await town.settle()
    (case,) = await town.cases()
    assert case.reporter_id == member
    await rider.says(POTHOLE, photo=picture("two"), group=True)
    await town.settle()
    assert len([call for call in town.api.calls if call.name == "batch/openuserid_to_userid"]) == 1


async def test_without_an_app_an_encrypted_id_is_a_person_all_the_same(
    house: Database, tmp_path: Path, image_worker: ImageWorker
) -> None:
    async with wecom_town(house, tmp_path, image_worker, app=False) as town:
        rider = BotPhone(town, "woAJ2GCAAAXtWyujaWJHDDGi0mACAAAA")
        await rider.says("帮助")
        await town.settle()
        assert "发照片 + 一句话，就是上报。" in "".join(seen.words for seen in rider.sees())
