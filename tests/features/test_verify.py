"""Verify: somebody other than the handler looks; nobody owes it, and silence has an end."""

from bot.domain.case import CaseState, Move
from bot.domain.people import Post, Rank, Role
from bot.domain.refusal import Refused
from bot.domain.rulebook import AgencyId
from storage import cases, members
from tests.features.acting import about, accepted, handled, until
from tests.town import Person, TestTown

URGENT = "树倒了横在路上，客运站"  # tree_down, P2, verified by another rider
TO = "urban_mgmt"


async def press_as_if(town: TestTown, person: Person, move: Move) -> str | None:
    """The refusal somebody gets for a move, whatever they press."""
    case = await town.case(1)
    try:
        async with town.database.write() as tx:
            await cases.move(tx, case, move, await members.get(tx, person.id), town.clock.now())
    except Refused as no:
        return no.key
    return None


async def test_the_reporter_confirms(town: TestTown) -> None:
    rider, _ = await handled(town)
    request = about(rider, "说已处理")
    assert request.labels == ["已修好", "没修好", "没路过"]
    assert len(request.rendered.pictures) == 1
    await rider.presses("已修好")
    case = await town.case(1)
    assert (case.state, case.verifier_id) == (CaseState.CLOSED, rider.id)
    assert request.labels == []


async def test_the_reporter_confirms_with_a_word(town: TestTown) -> None:
    rider, _ = await handled(town)
    await rider.says("已修好")
    assert (await town.case(1)).state is CaseState.CLOSED


async def test_the_reporter_disputes_and_half_the_time_is_left(town: TestTown) -> None:
    rider, contact = await handled(town)  # Monday 9:00; 3wd
    await rider.presses("没修好")
    case = await town.case(1)
    assert (case.state, case.reworks) == (CaseState.REWORK, 1)
    assert rider.hears("verify.again", number="0001")
    rework = about(contact, "还没修好")
    assert rework.edits == 0  # a message of its own: it must be noticed
    assert "已处理" in rework.labels
    assert case.resolve_due is not None
    worked = town.engine.parts.town.calendar.working_between(town.clock.now(), case.resolve_due)
    assert worked.total_seconds() == 1.5 * 390 * 60
    await rider.says(photo="still.jpg", answers=about(rider, "重新办理，承办人"))
    await contact.says("又填了一遍", photo="again.jpg", answers=rework)
    assert rider.hears_times("verify.request.own", number="0001") == 2
    await rider.presses("已修好")
    assert (await town.case(1)).state is CaseState.CLOSED


async def test_not_passing_by_asks_another_rider_then_the_community(town: TestTown) -> None:
    rider, _ = await handled(town)
    other, community = await town.rider("钱勇"), await town.verifier("社区小吴", "community:zhanqian")
    await rider.presses("没路过")
    assert other.hears("verify.request.other", number="0001")
    assert not community.hears("verify.request.other")
    assert about(rider, "已请别人去看").labels == []
    await other.presses("没路过")
    assert community.hears("verify.request.other", number="0001")
    await community.presses("已修好")
    case = await town.case(1)
    assert (case.state, case.verifier_id) == (CaseState.CLOSED, community.id)


async def test_nobody_left_is_the_offices_matter(town: TestTown) -> None:
    rider, _ = await handled(town)
    office = await town.dispatcher("孙主任")
    await rider.presses("没路过")
    assert office.hears("verify.nobody", number="0001")
    assert about(office, "等核实").labels == ["已修好", "没修好"]
    await office.presses("没修好")
    assert (await town.case(1)).state is CaseState.REWORK


async def test_an_urgent_case_is_never_left_to_its_reporter_alone(town: TestTown) -> None:
    rider, contact = await accepted(town, URGENT, TO)
    other = await town.rider("钱勇")
    await contact.says("已清走", photo="after.jpg", answers=about(contact, "0001"))
    assert (await town.case(1)).state is CaseState.VERIFYING
    assert not rider.hears("verify.request.own")
    assert other.hears("verify.request.other", number="0001")
    assert await press_as_if(town, rider, Move.CONFIRM) == "case.reporter_alone"
    assert (await town.case(1)).state is CaseState.VERIFYING
    await other.presses("已修好")
    assert (await town.case(1)).state is CaseState.CLOSED


async def test_the_handler_never_verifies_even_in_another_role(town: TestTown) -> None:
    rider = await town.rider("赵强")
    handler = await town.person(
        "刘工",
        Post(Role.CONTACT, AgencyId("housing"), Rank.A),
        Post(Role.ADMIN),
        Post(Role.VERIFIER, AgencyId("community:zhanqian")),
        Post(Role.RIDER),
    )
    await rider.says("路上有个大坑，客运站", photo="hole.jpg", group=True)
    await handler.presses("接收")
    await handler.says("好了", photo="after.jpg", answers=about(handler, "0001"))
    await rider.presses("没路过")
    assert not handler.hears("verify.request.other")
    assert not handler.hears("verify.nobody")
    assert await press_as_if(town, handler, Move.CONFIRM) == "case.own_work"
    assert (await town.case(1)).state is CaseState.VERIFYING


async def test_a_stranger_verifies_nothing(town: TestTown) -> None:
    rider, _ = await handled(town)
    stranger, other = await town.stranger("路人"), await town.rider("钱勇")
    data = about(rider, "说已处理").rendered.buttons[0].data
    await stranger.presses_data(data)
    await other.says("已修好 0001")
    assert await press_as_if(town, other, Move.CONFIRM) == "case.unknown"
    assert (await town.case(1)).state is CaseState.VERIFYING


async def test_silence_asks_the_next_one(town: TestTown) -> None:
    _, contact = await accepted(town)
    other = await town.rider("钱勇")
    await contact.presses("已处理")
    await contact.says("已填平")
    await contact.presses("没法拍照")  # so that no rule closes it after a day
    await until(town, 24, 8, 59)
    assert not other.hears("verify.request.other")
    await until(town, 24, 9, 1)  # 1wd has passed
    assert other.hears("verify.request.other", number="0001")


async def test_silence_about_an_urgent_case_asks_the_next_one_and_never_closes(town: TestTown) -> None:
    _, contact = await accepted(town, URGENT, TO)
    first, second = await town.rider("钱勇"), await town.rider("周兵")
    office = await town.dispatcher("孙主任")
    await contact.says("已清走", photo="after.jpg", answers=about(contact, "0001"))
    assert first.hears("verify.request.other", number="0001")
    await town.wait(hours=12, minutes=1)
    assert about(first, "已请别人去看").labels == []
    await until(town, 24, 9, 30)
    assert second.hears("verify.request.other", number="0001")
    await town.wait(hours=24)
    assert (await town.case(1)).state is CaseState.VERIFYING
    assert office.hears("verify.nobody", number="0001")


async def test_after_a_day_the_contacts_photo_counts_by_rule(town: TestTown) -> None:
    rider, _ = await handled(town)
    await town.wait(hours=23, minutes=50)
    assert (await town.case(1)).state is CaseState.VERIFYING
    await town.wait(minutes=20)
    assert (await town.case(1)).state is CaseState.CLOSED
    await until(town, 24, 14)
    assert rider.hears("feedback.by_rule")
    assert rider.hears("verify.over.by_rule", number="0001")
    assert not rider.hears("verify.over.confirm")
    assert about(rider, "办结了").labels == ["满意", "基本满意", "不满意", "重新办理"]


async def test_without_a_photo_of_this_repair_no_rule_closes_it(town: TestTown) -> None:
    rider, contact = await handled(town)
    office = await town.dispatcher("孙主任")
    await town.wait(minutes=1)
    await rider.presses("没修好")  # the photo of the first repair proves nothing now
    await contact.presses("已处理")
    await contact.says("又填了")
    await contact.presses("没法拍照")
    await town.wait(hours=25)
    assert (await town.case(1)).state is CaseState.VERIFYING
    assert office.hears("verify.nobody", number="0001")


async def test_a_request_waits_out_the_meal_peak(town: TestTown) -> None:
    rider, contact = await accepted(town)
    await until(town, 23, 11, 30)
    await contact.says("好了", photo="after.jpg", answers=about(contact, "0001"))
    assert (await town.case(1)).state is CaseState.VERIFYING
    await until(town, 23, 13, 29)
    assert not rider.hears("verify.request.own")
    await until(town, 23, 13, 31)
    assert rider.hears("verify.request.own", number="0001")


async def test_a_held_request_is_not_sent_once_the_contact_took_it_back(town: TestTown) -> None:
    rider, contact = await accepted(town)
    await until(town, 23, 11, 30)
    await contact.says("好了", photo="after.jpg", answers=about(contact, "0001"))
    await contact.presses("撤销")
    await until(town, 23, 14)
    assert not rider.hears("verify.request.own")
    assert not rider.hears("verify.over.undo_handle")


async def test_a_photo_of_the_place_is_kept_and_the_tap_still_decides(town: TestTown) -> None:
    rider, _ = await handled(town)
    other = await town.rider("钱勇")
    await rider.presses("没路过")
    await other.says(photo="look.jpg", answers=about(other, "请您顺路核实"))
    assert other.hears("verify.photo_kept", number="0001")
    assert (await town.case(1)).state is CaseState.VERIFYING
    await other.presses("没修好", on=about(other, "照片已收好"))
    assert (await town.case(1)).state is CaseState.REWORK
