"""Progress: one's own reports, what is to be done, and one case to look at or to work on."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

import handlers
from bot.chat.messages import Text
from bot.domain.case import Case, CaseId, CaseState, Move
from bot.domain.people import MemberId
from bot.domain.todo import in_order, limit_of
from handlers.progress.rules import due_today, told
from storage.timelines import Happened
from tests.fake import GROUP, FakeClock, Shown
from tests.town import Person, TestTown

POTHOLE = "路上有个大坑，客运站"


async def test_a_rider_sees_how_far_the_reports_are(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("进度")
    assert rider.hears("progress.none")

    await rider.says(POTHOLE, photo="hole.jpg")
    await rider.says("进度")
    case = await town.case(1)
    assert rider.hears("progress.line", number="0001", due=Text("progress.due.answer", {"due": case.accept_due}))
    await contact.presses("接收")
    await rider.says("进度")
    assert rider.hears("progress.due.mend", due=case.resolve_due)

    await rider.presses("0001 路面坑槽")
    assert rider.hears("progress.move.accept")
    assert "住建局" in rider.last.text


async def test_nobody_learns_of_a_case_that_is_not_theirs(town: TestTown) -> None:
    rider, other = await town.rider("赵强"), await town.rider("李晓梅")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")

    await other.says("进度 0001")
    known = other.last.text.replace("0001", "N")
    await other.says("进度 0217")
    assert other.last.text.replace("0217", "N") == known
    assert other.hears("progress.unknown", said="0001")
    assert not other.hears("progress.head")
    async with town.database.read() as tx:
        denied = await tx.all("SELECT actor_id, object FROM audit WHERE action = 'action.denied' AND detail = 'see'")
    assert [row["actor_id"] for row in denied] == [other.id]  # the number nobody has leaves no trace

    await rider.says("进度 0001")
    assert rider.hears("progress.head", number="0001")


async def test_a_link_opens_a_case_for_whom_it_concerns(town: TestTown) -> None:
    rider, other, contact = await town.rider("赵强"), await town.rider("李晓梅"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    await contact.presses("接收")

    await rider.says("/start case_0001")
    assert rider.last.text == await answer_to(rider, "进度 0001")
    await contact.says("/start case_0001")
    assert contact.last.text == await answer_to(contact, "办 0001")
    await other.says("/start case_0001")
    assert other.hears("progress.unknown", said="0001")
    assert not other.hears("progress.head")


async def answer_to(person: Person, said: str) -> str:
    await person.says(said)
    return person.last.text


@pytest.mark.parametrize("typed", ["0001", "#1", "１号", "进度0001", "进度 #0001", "WD-20261123-0001"])
async def test_a_number_is_understood_as_people_type_it(town: TestTown, typed: str) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    await rider.says(typed)
    assert rider.hears("progress.head", number="0001")


async def test_a_wrong_number_is_answered_with_what_is_near(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")

    await rider.says("进度 0217")
    assert rider.hears("progress.unknown", said="0217")
    await rider.presses("0001 路面坑槽")
    assert rider.hears("progress.head", number="0001")


async def test_asked_in_the_group_it_is_answered_in_private(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    said_in_group = len(town.group)

    await rider.says("进度", group=True)
    assert rider.hears("progress.line", number="0001")
    await rider.says("0001", group=True)
    assert len(town.group) == said_in_group
    assert not any(heard.chat == GROUP and heard.is_("progress.head") for heard in town.heard)


async def test_a_report_can_be_taken_back_or_done_again_from_here(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    await rider.says("进度 0001")
    assert "撤回" in rider.last.labels
    await town.wait(minutes=11)
    await rider.says("进度 0001")
    assert "撤回" not in rider.last.labels

    await contact.presses("接收")
    await contact.says("已填平", photo="after.jpg", answers=card(town, contact))
    await rider.presses("已修好")
    await rider.says("进度 0001")
    await rider.presses("重新办理", on=rider.last)
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert (await town.case(1)).reopens == 1


async def test_the_list_of_a_contact_begins_with_what_is_due_first(town: TestTown) -> None:
    contact = await town.contact("housing", "刘工")
    await contact.says("待办")
    assert contact.hears("progress.todo.none")

    await seven_reports(town)
    await contact.says("待办")
    lines = contact.last.text.splitlines()
    assert contact.hears("progress.todo.head_today", n=7)
    assert contact.hears("progress.todo.more", n=2)
    assert len(lines) == 7
    cases = in_order([await town.case(number) for number in range(1, 8)])
    assert [line.split()[1] for line in lines[1:6]] == [f"{case.number:04d}" for case in cases[:5]]
    assert contact.last.labels == [*(f"办 {case.number:04d}" for case in cases[:3]), "其余"]

    await contact.presses("其余")
    assert [line.split()[1] for line in contact.last.text.splitlines()[1:]] == [f"{c.number:04d}" for c in cases[5:]]


async def test_only_those_who_handle_cases_have_a_list(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await rider.says("待办")
    assert rider.hears("core.not_allowed")
    await rider.says("办 0001")
    assert rider.hears_times("core.not_allowed") == 2


async def test_a_contact_works_on_a_case_from_its_number(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    await contact.says("待办")
    await contact.presses("办 0001")
    sheet = contact.last
    assert contact.hears("progress.reporter", who=Text("core.rider", {"surname": "赵"}))
    assert sheet.labels == ["接收", "不归我管", "已处理"]
    assert len(sheet.rendered.pictures) == 1

    await contact.presses("接收", on=sheet)
    assert (await town.case(1)).state is CaseState.ACCEPTED
    await contact.says("办0001")
    assert contact.last.labels == ["已处理", "需要延期"]
    await contact.says("已填平", photo="after.jpg", answers=card(town, contact))
    assert (await town.case(1)).state is CaseState.VERIFYING


async def test_a_contact_of_another_agency_gets_only_their_own(town: TestTown) -> None:
    rider, stranger = await town.rider("赵强"), await town.contact("urban_mgmt", "王队")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    await stranger.says("办 0001")
    assert stranger.hears("progress.unknown", said="0001")
    assert not stranger.hears("progress.head")


async def test_leader_dispatcher_and_admin_see_who_is_at_it(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    for person in (await town.leader("housing", "孙局"), await town.dispatcher("郑敏"), await town.admin("李主任")):
        await person.says("办 0001")
        assert person.hears("progress.contact", name="刘工"), person.name
    assert not rider.hears("progress.contact")


async def test_a_sensitive_case_does_not_name_its_reporter(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("market_reg", "钱科")
    await rider.says("饭店后厨有老鼠，客运站", photo="rats.jpg")
    assert (await town.case(1)).contact_id == contact.id
    await contact.says("办 0001")
    assert contact.hears("progress.reporter", who=Text("progress.anonymous"))
    assert "赵" not in contact.last.text


def card(town: TestTown, contact: Person) -> Shown:
    """What a contact answers: the newest message that offers it."""
    return town.newest_with(town.platform, contact.account, "已处理")


async def seven_reports(town: TestTown) -> Person:
    rider = await town.rider("赵强")
    for words in ("路上有个大坑", "路灯不亮", "路面积水很深", "井盖松动", "下水道堵了冒溢", "路面又有坑槽", "路灯坏了"):
        await rider.says(f"{words}，客运站", photo=f"{words}.jpg")
        await town.wait(minutes=5)
    return rider


AT = FakeClock().now()
CASE = Case(
    id=CaseId(1),
    number=1,
    state=CaseState.DISPATCHED,
    version=1,
    round=1,
    reporter_id=MemberId(2),
    opened_at=AT,
    moved_at=AT,
    accept_due=AT + timedelta(hours=2),
    resolve_due=AT + timedelta(days=3),
)


def test_the_limit_is_that_of_the_state() -> None:
    assert limit_of(CASE) == CASE.accept_due
    assert limit_of(replace(CASE, state=CaseState.ACCEPTED)) == CASE.resolve_due
    assert limit_of(replace(CASE, state=CaseState.REWORK)) == CASE.resolve_due
    assert limit_of(replace(CASE, state=CaseState.ON_HOLD)) is None
    assert limit_of(replace(CASE, state=CaseState.VERIFYING)) is None


def test_what_waits_comes_last_and_is_not_due() -> None:
    held = replace(CASE, number=2, state=CaseState.ON_HOLD)
    later = replace(CASE, number=3, state=CaseState.ACCEPTED)
    overdue = replace(CASE, number=4, accept_due=AT - timedelta(days=2))
    assert [case.number for case in in_order([held, later, CASE, overdue])] == [4, 1, 3, 2]
    assert due_today([held, later, CASE, overdue], AT, ZoneInfo("Asia/Shanghai")) == 2


def happened(*moves: Move) -> list[Happened]:
    return [Happened(move, AT + timedelta(minutes=index), None) for index, move in enumerate(moves)]


def moves_told(*moves: Move) -> list[Move]:
    return [step.move for step in told(happened(*moves))]


def test_the_first_and_the_last_steps_are_told() -> None:
    assert moves_told(Move.REPORT, Move.FILE, Move.DISPATCH) == [Move.REPORT, Move.DISPATCH]
    whole = (Move.REPORT, Move.FILE, Move.DISPATCH, Move.ACCEPT, Move.HANDLE, Move.DISPUTE, Move.HANDLE, Move.CONFIRM)
    assert moves_told(*whole, Move.CLOSE) == [Move.REPORT, Move.DISPATCH, Move.DISPUTE, Move.HANDLE, Move.CLOSE]


def test_a_closed_case_tells_to_whom_it_was_handed() -> None:
    smooth = (Move.REPORT, Move.FILE, Move.DISPATCH, Move.ACCEPT, Move.HANDLE, Move.CONFIRM, Move.CLOSE)
    assert moves_told(*smooth) == [Move.REPORT, Move.DISPATCH, Move.ACCEPT, Move.HANDLE, Move.CLOSE]
    passed_on = (Move.REPORT, Move.DISPATCH, Move.ASK, Move.SUPPLY, Move.ACCEPT, Move.REASSIGN, Move.HANDLE, Move.CLOSE)
    assert moves_told(*passed_on) == [Move.REPORT, Move.ACCEPT, Move.REASSIGN, Move.HANDLE, Move.CLOSE]


def test_the_head_of_the_list_says_that_the_limit_has_come_or_comes_today() -> None:
    head = handlers.catalogues(ZoneInfo("Asia/Shanghai"), None).pattern("progress.todo.head_today", "zh-CN")
    assert head.format(n=22, today=21) == "您有 22 件待办，21 件已到或今天到时限："


def test_what_was_taken_back_is_not_told() -> None:
    assert moves_told(Move.REPORT, Move.DISPATCH, Move.ACCEPT, Move.UNDO_ACCEPT) == [Move.REPORT, Move.DISPATCH]
    twice = (Move.REPORT, Move.HANDLE, Move.DISPUTE, Move.HANDLE, Move.UNDO_HANDLE)
    assert moves_told(*twice) == [Move.REPORT, Move.HANDLE, Move.DISPUTE]
