"""Positions: what a map calls a place, and one that comes by itself just after a report."""

from bot.domain.case import CaseState
from tests.features.acting import POTHOLE, about
from tests.features.test_report import FAR_AWAY, no_case
from tests.features.test_report_edits import cases_made
from tests.town import TestTown

HERE = (46.9095, 130.4175)  # in the county, beside no place the gazetteer knows
EAST_GATE = (46.90771, 130.41605)  # 客运站东门


async def test_a_venue_is_called_by_its_name(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("路灯不亮", photo="lamp.jpg")
    await rider.says(at=(*HERE, "老王超市"))
    case = await town.case(1)
    assert (case.state, case.place, case.lat, case.lon) == (CaseState.DISPATCHED, "老王超市", *HERE)


async def test_the_gazetteer_knows_a_venue_better(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("路灯不亮", photo="lamp.jpg")
    await rider.says(at=(*HERE, "客运站东门"))
    case = await town.case(1)
    assert (case.place, case.lat) == ("客运站东门", HERE[0])
    # Words of the rider's own come before the map's.
    await rider.says("县图书馆路灯不亮", photo="lamp.jpg", at=(*HERE, "老王超市"))
    assert (await town.case(2)).place == "县图书馆"


async def test_a_venue_shows_no_number_of_a_person(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("路灯不亮", photo="lamp.jpg", group=True)
    await rider.says(at=(*HERE, "老王超市13812345678"))
    assert "老王超市" in town.group[0].text
    assert "13812345678" not in town.group[0].text


async def test_a_position_just_after_a_report_belongs_to_it(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("路上有个大坑，老粮库后身", photo="hole.jpg", group=True)
    assert ((await town.case(1)).state, (await town.case(1)).lat) == (CaseState.DISPATCHED, None)
    sent = len(contact.chat)
    await town.wait(minutes=8)
    await rider.says(at=HERE)
    await town.wait(seconds=1)
    case = await town.case(1)
    assert (case.place, case.lat, case.grid) == ("老粮库后身", HERE[0], "g03")
    assert rider.hears("report.corrected", number="0001")
    assert "3号网格" in about(contact, "新事项 0001").text
    assert (await cases_made(town), len(contact.chat), len(town.group)) == (1, sent, 1)
    # It has its position now: another one is another report.
    await rider.says(at=EAST_GATE)
    assert await cases_made(town) == 2


async def test_in_the_group_a_sign_is_enough(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    said = await rider.says(at=HERE, group=True)
    assert said.reactions == ["👌"]
    assert ((await town.case(1)).place, (await town.case(1)).lat) == ("客运站", HERE[0])
    assert len(town.group) == 1


async def test_a_position_of_somebody_else_or_of_later_is_no_part_of_it(town: TestTown) -> None:
    rider, other = await town.rider("赵强"), await town.rider("钱勇")
    contact = await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    before = await town.case(1)
    assert (await other.says(at=HERE, group=True)).reactions == []
    await town.wait(minutes=11)
    assert (await rider.says(at=HERE, group=True)).reactions == []
    assert (await town.case(1)).lat == before.lat
    await rider.says(POTHOLE, photo="hole2.jpg")  # in private
    assert (await rider.says(at=HERE, group=True)).reactions == []
    await contact.presses("接收")
    await rider.says(at=HERE)  # somebody is at it
    assert (await cases_made(town), (await town.case(3)).state) == (3, CaseState.DRAFT)


async def test_a_position_outside_the_county_changes_nothing(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg", group=True)
    before = await town.case(1)
    await rider.says(at=FAR_AWAY)
    assert rider.hears("report.outside", number="0001")
    assert await town.case(1) == before


async def test_a_position_gives_a_place_to_a_report_that_was_kept_for_want_of_one(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("路灯不亮", photo="lamp.jpg", group=True)
    await town.wait(minutes=6)
    assert (await town.case(1)).state is CaseState.REPORTED
    await town.wait(minutes=2)
    async with town.database.write() as tx:
        await tx.run("DELETE FROM dialogs")  # nobody waits for an answer any more
    await rider.says(at=EAST_GATE)
    assert ((await town.case(1)).state, (await town.case(1)).place) == (CaseState.DISPATCHED, "客运站东门")


async def test_a_position_by_itself_is_no_report_of_a_stranger(town: TestTown) -> None:
    stranger = await town.stranger("路人")
    await stranger.says(at=HERE, group=True)
    assert await no_case(town)
