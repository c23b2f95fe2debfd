"""The closed loop on WeCom, over every way it has: what riders, contacts and the group see."""

from pathlib import Path

import pytest

from bot.domain.case import CaseState
from bot.engine.imaging import ImageWorker
from storage.database import Database
from tests.fake import picture
from tests.wecom.bot_peer import Quote
from tests.wecom.town import GROUP, RIDER, contact, wecom_town

POTHOLE = "上报 路上有个大坑，客运站公交站"


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
