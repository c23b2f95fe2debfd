"""Duplicates: the rider is asked whether it is the same; never merged in silence."""

import pytest

from bot.chat.messages import Text
from bot.domain.case import Case, CaseId, CaseState
from bot.domain.people import MemberId
from bot.domain.rulebook import Severity
from handlers.duplicates.rules import distance, nearest_open
from storage import photos
from tests.fake import FakeClock
from tests.features.acting import GARBAGE, POTHOLE, about, accepted
from tests.town import Person, TestTown

HERE = (46.90771, 130.41605)
NEAR = (46.90801, 130.41605)  # 33 m north
FAR = (46.90861, 130.41605)  # 100 m north


def a_case(number: int, at: tuple[float, float] | None, place: str = "") -> Case:
    now = FakeClock().now()
    return Case(
        id=CaseId(number),
        number=number,
        state=CaseState.DISPATCHED,
        version=1,
        round=1,
        reporter_id=MemberId(2),
        opened_at=now,
        moved_at=now,
        severity=Severity.P3,
        place=place,
        lat=at[0] if at else None,
        lon=at[1] if at else None,
    )


@pytest.mark.parametrize(
    ("first", "second", "metres"),
    [
        (a_case(1, HERE), a_case(2, HERE), 0),
        (a_case(1, HERE), a_case(2, NEAR), 33),
        (a_case(1, None, "客运站"), a_case(2, None, "客运站"), 0),
        (a_case(1, None, "客运站"), a_case(2, None, "县图书馆"), None),
        (a_case(1, None), a_case(2, None), None),
        (a_case(1, HERE, "甲"), a_case(2, None, "乙"), None),
    ],
)
def test_how_far_two_reports_are_apart(first: Case, second: Case, metres: int | None) -> None:
    assert distance(first, second) == metres


def test_the_nearest_within_fifty_metres_is_meant() -> None:
    case = a_case(9, HERE)
    assert nearest_open(case, [a_case(1, FAR), case]) is None
    found = nearest_open(case, [a_case(1, FAR), a_case(2, NEAR), a_case(3, HERE)])
    assert found is not None and found[0].number == 3


async def second_report(town: TestTown, words: str = POTHOLE) -> tuple[Person, Person]:
    """Contact of the first case, reporter of the second."""
    _, contact = await accepted(town)
    second = await town.rider("钱勇")
    await second.says(words, photo="other.jpg", group=True)
    return contact, second


async def test_the_same_place_is_asked_about_and_merged(town: TestTown) -> None:
    contact, second = await second_report(town)
    assert second.hears("duplicates.same_place", number="0002", other="0001", where=Text("duplicates.here"))
    assert "0 米" not in about(second, "0001").text
    assert (await town.case(2)).state is CaseState.DISPATCHED
    await second.presses("是同一处")
    case = await town.case(2)
    assert (case.state, case.merged_into) == (CaseState.MERGED, (await town.case(1)).id)
    first = await town.case(1)
    async with town.database.read() as tx:
        assert len(await photos.list_of_case(tx, first.id)) == 2
    assert contact.hears("duplicates.seen_again", number="0001")
    assert len(about(contact, "又有骑手看到").rendered.pictures) == 1
    assert "钱勇" not in about(contact, "又有骑手看到").text
    assert about(second, "已并入 0001").labels == []
    assert second.hears("duplicates.joined", number="0002", into="0001")
    assert not second.hears("feedback.merged", number="0002", into="0001"), "said once"


async def test_the_question_still_counts_after_the_case_was_handed_on(town: TestTown) -> None:
    _, second = await second_report(town)
    office = await town.dispatcher("孙主任")
    await town.contact("urban_mgmt", "王队")
    await office.says("转 0002 城管")
    await second.presses("是同一处")
    assert (await town.case(2)).state is CaseState.MERGED


async def test_once_somebody_is_at_it_the_case_stays(town: TestTown) -> None:
    contact, second = await second_report(town)
    await contact.says("接收 0002")
    await second.presses("是同一处")
    assert (await town.case(2)).state is CaseState.ACCEPTED
    assert second.notices[-1].startswith("0002 已经有人在办")


async def test_it_is_another_place(town: TestTown) -> None:
    _, second = await second_report(town)
    await second.presses("不是")
    assert (await town.case(2)).state is CaseState.DISPATCHED
    assert second.hears("duplicates.stays", number="0002")
    assert about(second, "单独办理").labels == []


async def test_unanswered_nothing_is_merged(town: TestTown) -> None:
    await second_report(town)
    await town.wait(hours=5)
    assert (await town.case(2)).state is CaseState.DISPATCHED


@pytest.mark.parametrize("words", ["路上有个大坑，县图书馆", GARBAGE.replace("人民路幼儿园", "客运站")])
async def test_far_or_of_another_kind_is_not_asked(town: TestTown, words: str) -> None:
    await town.contact("urban_mgmt", "王队")
    _, second = await second_report(town, words)
    assert (await town.case(2)).state is CaseState.DISPATCHED
    assert not second.hears("duplicates.same_place")


async def test_a_closed_case_is_not_asked_about(town: TestTown) -> None:
    rider, contact = await accepted(town)
    await contact.says("好了", photo="after.jpg", answers=about(contact, "0001"))
    await rider.presses("已修好")
    second = await town.rider("钱勇")
    await second.says(POTHOLE, photo="again.jpg", group=True)
    assert (await town.case(2)).state is CaseState.DISPATCHED
    assert not second.hears("duplicates.same_place")


async def test_the_other_case_closed_meanwhile(town: TestTown) -> None:
    rider, contact = await accepted(town)
    second = await town.rider("钱勇")
    await second.says(POTHOLE, photo="other.jpg", group=True)
    await contact.says("好了", photo="after.jpg", answers=about(contact, "0001"))
    await rider.presses("已修好")
    assert (await town.case(1)).state is CaseState.CLOSED
    await second.presses("是同一处")
    assert (await town.case(2)).state is CaseState.DISPATCHED
    assert second.notices[-1].startswith("0001 已经办结")


async def test_of_sensitive_cases_the_contact_sees_no_name(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("market_reg", "郑老师")
    second = await town.rider("钱勇")
    await rider.says("春来饺子馆后厨脏", photo="one.jpg", group=True)
    await second.says("春来饺子馆后厨脏", photo="two.jpg", group=True)
    await second.presses("是同一处")
    assert contact.hears("duplicates.anonymous")
    assert all("钱" not in shown.text for shown in contact.chat)
