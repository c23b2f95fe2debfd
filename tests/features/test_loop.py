"""The closed loop: 上报 → 转办 → 签收 → 处置 → 核实 → 办结."""

from bot.domain.case import CaseState
from tests.town import TestTown


async def test_a_report_goes_the_whole_way(town: TestTown) -> None:
    rider = await town.rider("赵强")
    contact = await town.contact("housing", "刘工")

    await rider.says("路上有个大坑，客运站", photo="bin.jpg", group=True)

    assert (await town.case(1)).state is CaseState.DISPATCHED, [s.text for s in town.group + rider.chat]
    assert town.group_hears("report.receipt.first", number="0001")
    assert contact.hears("dispatch.card.new", number="0001")
    assert len(contact.last.rendered.pictures) == 1

    await contact.presses("接收")
    assert (await town.case(1)).state is CaseState.ACCEPTED
    await contact.says(
        "已清运干净", photo="after.jpg", answers=town.newest_with(contact.platform, contact.account, "已处理")
    )
    assert (await town.case(1)).state is CaseState.VERIFYING
    await contact.presses("照片可公开")
    assert rider.hears("verify.request.own", number="0001")
    await rider.presses("已修好")

    case = await town.case(1)
    assert case.state is CaseState.CLOSED
    assert town.group_hears("feedback.group.closed", number="0001")
    assert len(town.group) == 2
    assert len(town.group[-1].rendered.pictures) == 1
    assert rider.hears("feedback.closed", number="0001")
    await rider.presses("满意")
    for shown in town.group + rider.chat + contact.chat:
        print(shown.sender, "|", shown.text.replace("\n", " / "), shown.labels)
