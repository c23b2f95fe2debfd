"""The closed loop on WeCom, over every way it has: what riders, contacts and the group see."""

from dataclasses import astuple
from functools import partial
from pathlib import Path

import pytest

from bot.chat.events import Platform
from bot.domain.case import CaseState
from bot.engine.imaging import ImageWorker
from bot.platforms.telegram import Api, TelegramPlatform
from bot.platforms.wecom.datum import Point, to_gcj02
from storage import groups, members
from storage.database import Database
from tests.fake import FakeClock, picture
from tests.telegram.botapi import BotApi
from tests.wecom.bot_peer import Quote
from tests.wecom.town import GROUP, RIDER, contact, wecom_town

POTHOLE = "上报 路上有个大坑，客运站公交站"
RIDERS = -1001500
STATION = Point(46.90791, 130.41489)


@pytest.mark.parametrize("by_app", [False, True], ids=["bot", "app"])
async def test_from_the_message_in_the_group_to_the_card_in_the_group(
    house: Database, tmp_path: Path, image_worker: ImageWorker, by_app: bool
) -> None:
    """The rider reports in one message; the contact works with the bot, or only with the app."""
    async with wecom_town(house, tmp_path, image_worker, app=by_app) as town:
        rider = await town.by_bot("zhaotielin", "赵铁林", RIDER)
        who = ("TaoChunhui", "陶春晖", contact("housing"))
        clerk = await (town.by_app(*who) if by_app else town.by_bot(*who))

        await rider.says(POTHOLE, photo=picture("pothole"), group=True)
        await town.settle()
        (case,) = await town.cases()
        assert "0001" in town.in_chat(GROUP)[-1].words
        card = next(seen for seen in reversed(clerk.sees()) if "接收" in seen.labels)
        assert any(seen.pictures for seen in clerk.sees())

        await clerk.presses("接收")
        await town.settle()
        assert not any("接收" in seen.labels for seen in clerk.sees()), "the card itself has changed"
        assert any("撤销接收" in seen.labels and seen.updates == 1 for seen in clerk.sees())
        assert len([seen for seen in clerk.sees() if "0001" in seen.words]) == 1, clerk.sees()

        if by_app:
            await clerk.says("0001 已修补", photo=picture("mended"))
        else:
            await clerk.says("已修补", photo=picture("mended"), quote=Quote(card.words))
        await town.settle()
        await clerk.presses("照片可公开")
        await town.settle()
        await rider.presses("已修好")
        await town.settle()

        (case,) = await town.cases()
        assert case.state is CaseState.CLOSED
        shown = town.in_chat(GROUP)
        assert any(seen.words.startswith("✅ 0001") for seen in shown), shown
        assert shown[-1].pictures or shown[-2].pictures, "before and after"


async def test_with_the_app_alone_and_a_robot_in_the_group(
    house: Database, tmp_path: Path, image_worker: ImageWorker
) -> None:
    """A county without the AI bot: everybody writes to the app, the group reads what a robot posts."""
    async with wecom_town(house, tmp_path, image_worker, bot=False, hooks=[GROUP]) as town:
        rider, clerk = (
            await town.by_app("ZhaoTielin", "赵铁林", RIDER),
            await town.by_app("TaoChunhui", "陶春晖", contact("housing")),
        )
        await rider.says("上报 路上有个大坑", photo=picture("pothole"))
        await town.settle()
        assert "只差地点" in rider.sees()[-1].words
        await rider.member.sends_position(*astuple(to_gcj02(STATION)), label="客运站")
        await town.settle()
        (case,) = await town.cases()
        assert case.lat is not None and case.lon is not None
        assert max(abs(case.lat - STATION.lat), abs(case.lon - STATION.lon)) < 1e-5, "kept as WGS-84"

        await clerk.presses("接收")
        await town.settle()
        await clerk.says("0001 已修补", photo=picture("mended"))
        await town.settle()
        await clerk.presses("照片可公开")
        await town.settle()
        await rider.presses("已修好")
        await town.settle()
        (case,) = await town.cases()
        assert case.state is CaseState.CLOSED
        group = town.api.groups[f"key-{GROUP}"]
        assert group.shown[-1].words.startswith("✅ 0001"), group.shown
        assert len(group.pictures()) == 1


async def test_a_rider_on_telegram_and_a_contact_on_wecom_work_on_one_case(
    house: Database, tmp_path: Path, image_worker: ImageWorker
) -> None:
    clock = FakeClock()
    async with BotApi(clock=clock.monotonic, now=lambda: clock.now().timestamp()) as server:
        client = Api(server.token, base_url=f"{server.url}/bot", file_base_url=f"{server.url}/file/bot")
        telegram = TelegramPlatform(client, clock)
        async with wecom_town(house, tmp_path, image_worker, others=[telegram], clock=clock) as town:
            await telegram.begin(partial(town.engine.intake.deliver, Platform.TELEGRAM))
            async with house.write() as tx:
                member = await members.insert(tx, "赵铁林", clock.now())
                await members.add_account(tx, member, Platform.TELEGRAM, "2001", clock.now())
                await members.add_post(tx, member, RIDER, clock.now())
                await groups.bind(tx, Platform.TELEGRAM, str(RIDERS), clock.now())
            server.group(RIDERS, "骑手群")
            rider = server.person(2001, "赵铁林")
            clerk = await town.by_app("TaoChunhui", "陶春晖", contact("housing"))

            report = rider.says(POTHOLE, group=RIDERS, photo=picture("pothole"))
            await telegram.look()
            await town.settle()
            await clerk.presses("接收")
            await town.settle()
            await clerk.says("0001 已修补", photo=picture("mended"))
            await town.settle()
            await clerk.presses("照片可公开")
            await town.settle()
            rider.presses("已修好")
            await telegram.look()
            await town.settle()

            (case,) = await town.cases()
            assert case.state is CaseState.CLOSED
            closing = server.seen(RIDERS)[-1]
            assert closing.caption.startswith("✅ 0001")
            assert closing.reply_to == report.id
            assert town.in_chat(GROUP) == [], "its home is the riders' group"
        await client.close()
