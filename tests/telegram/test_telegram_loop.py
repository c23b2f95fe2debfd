"""The closed loop on Telegram: what riders, contacts and the group see, over a server that speaks the Bot API."""

from dataclasses import replace

from bot.domain.case import CaseState
from bot.engine.identity import ensure_admins
from tests.fake import picture
from tests.telegram.town import GROUP, TelegramTown

POTHOLE = "上报 路上有个大坑，客运站公交站"


async def test_from_the_photo_in_the_group_to_the_card_in_the_group(town: TelegramTown) -> None:
    rider, contact = await town.rider(), await town.contact("housing")

    report = rider.says(POTHOLE, group=GROUP, photo=picture("pothole"))
    await town.settle()

    assert report.reactions == ["👀"]
    receipt = town.api.seen(GROUP)[-1]
    assert "0001" in receipt.text
    assert receipt.reply_to == report.id
    card = contact.sees()[-1]
    assert len(card.photos) == 1
    assert "接收" in card.labels

    contact.presses("接收")
    await town.settle()
    assert card.edits == 1
    assert "接收" not in card.labels
    assert "撤销接收" in card.labels

    contact.says("已修补", photo=picture("mended"), reply_to=card)
    await town.settle()
    contact.presses("照片可公开")
    await town.settle()
    rider.presses("已修好")
    await town.settle()

    (case,) = await town.cases()
    assert case.state is CaseState.CLOSED
    closing = town.api.seen(GROUP)[-1]
    assert closing.caption.startswith("✅ 0001")
    assert len(closing.photos) == 1
    assert closing.reply_to == report.id
    assert len(town.api.seen(GROUP)) == 2, "a receipt, edited in place, and the closing"
    assert town.api.seen(GROUP)[0].edits >= 2
    assert not town.api.pending


async def test_an_admin_by_configuration_is_called_by_name_once_they_write(town: TelegramTown) -> None:
    async with town.database.write() as tx:
        await ensure_admins(tx, replace(town.engine.parts.town, admins=("telegram:9001",)), town.clock.now())
    admin = town.api.person(9001, "盛立本")
    admin.starts()
    await town.settle()
    assert "盛立本，您好" in town.said(admin.id)
    assert "管理员" in town.said(admin.id)


async def test_a_bot_that_cannot_hear_the_group_says_in_one_sentence_what_is_missing(town: TelegramTown) -> None:
    admin = await town.admin()
    town.api.me["can_read_all_group_messages"] = False
    town.platform._me = await town.platform.api.me()  # as after a start with privacy mode on
    group = town.api.group(-1001600, "新群", bot="left")
    group.places_bot("member", admin)
    await town.settle()
    hello = town.api.seen(group.id)[-1]
    assert hello.words.count("我听不到群里的话") == 1
    group.places_bot("administrator", admin)
    await town.settle()
    admin.says("绑定", group=group.id)
    await town.settle()
    assert "本群已绑定为工作群" in town.said(group.id)
    assert "听不到" not in town.api.seen(group.id)[-1].words
