"""Leave and night duty: cases go to whoever stands in and come back; at night the one on duty is called first."""

from datetime import date

import pytest

from bot.domain.case import Case, CaseState
from bot.domain.people import MemberId, Post, Rank, Role
from bot.domain.rulebook import AgencyId
from handlers.people import rules
from storage import leaves, loans, members
from storage.loans import Loan
from tests.features.acting import POTHOLE, about, until
from tests.town import Person, TestTown

LAMP = "路灯不亮，县图书馆"  # P3, housing
POTHOLE_2 = "路面有个大坑，县图书馆"
MANHOLE = "井盖坏了，幸福社区服务站"
TREE = "树倒了横在路上，客运站"  # P2, urban_mgmt
FIRE = "上报 着火了，客运站"  # P1, fire
PLACES = ("客运站", "县图书馆", "人民路幼儿园", "幸福社区服务站", "松溪大桥", "县医院")


async def pair(town: TestTown, agency: str = "housing") -> tuple[Person, Person, Person]:
    """A rider, and contact and deputy of an agency."""
    return (
        await town.rider("赵强"),
        await town.contact(agency, "刘工"),
        await town.contact(agency, "高工", Rank.B),
    )


async def report(rider: Person, *words: str) -> None:
    for index, said in enumerate(words):
        await rider.says(said, photo=f"{said}{index}.jpg", group=True)


async def whose(town: TestTown, number: int) -> MemberId | None:
    return (await town.case(number)).contact_id


async def loan(town: TestTown, number: int) -> Loan | None:
    case = await town.case(number)
    async with town.database.read() as tx:
        return await loans.find(tx, case.id)


def cards(person: Person) -> int:
    """How many cards of a case a person was sent."""
    return person.hears_times("dispatch.card.new") + person.hears_times("dispatch.card.title")


def limits(case: Case) -> tuple[object, ...]:
    return case.accept_due, case.secure_due, case.resolve_due, case.state


async def many(town: TestTown, count: int) -> list[Person]:
    """Riders who reported so many potholes and lamps at housing."""
    riders = [await town.rider("赵强"), await town.rider("钱勇")]
    kinds = ("路上有个大坑", "路灯不亮")
    for number in range(count):
        words = f"{kinds[number % 2]}，{PLACES[number // 2 % 4]}"
        await riders[number // 9].says(words, photo=f"many{number}.jpg", group=True)
    return riders


# -- it begins


async def test_at_the_first_midnight_open_cases_go_to_the_deputy_in_one_list(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    await report(rider, POTHOLE, LAMP)
    await away.presses("接收", on=about(away, "0001"))
    await away.says("请假 11月25日-28日")
    assert away.hears("people.leave.deputy", who="高工", unit="住建局")
    assert not away.hears("people.leave.lent")
    assert deputy.hears_times("people.leave.stand_in", who="刘工") == 1
    before = [limits(await town.case(number)) for number in (1, 2)]

    await until(town, 24, 23, 59)
    assert await whose(town, 1) == away.id
    assert await loan(town, 1) is None
    await until(town, 25, 0, 1)
    for number in (1, 2):
        assert await whose(town, number) == deputy.id
        assert await loan(town, number) == Loan((await town.case(number)).id, away.id, deputy.id)
    assert [limits(await town.case(number)) for number in (1, 2)] == before
    assert not deputy.hears("people.leave.yours_too")  # it is night

    await until(town, 25, 8, 31)
    assert deputy.hears_times("people.leave.yours_too", n=2) == 1
    assert (cards(deputy), deputy.hears_times("people.leave.stand_in")) == (0, 2)
    assert not away.hears("dispatch.taken_off")
    told = about(deputy, "在办 2 件")
    assert told.labels == ["办 0002", "办 0001"]
    assert [line[:7] for line in told.text.splitlines()[2:]] == ["1. 0002", "2. 0001"]  # the one to answer first
    assert away.hears_times("people.leave.begun") == 1
    assert away.hears("people.leave.handed", number="0001", who="高工")
    assert "没办完的 11月29日（周日） 转回。" in away.last.text


async def test_the_list_opens_cases_and_the_deputy_works_on_them(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    await report(rider, POTHOLE)
    await away.says("请假 今天")
    await deputy.presses("办 0001")
    await deputy.presses("接收")
    assert (await town.case(1)).state is CaseState.ACCEPTED
    await deputy.says("补好了", photo="after.jpg", answers=about(deputy, "路面坑槽"))
    assert (await town.case(1)).state is CaseState.VERIFYING


async def test_a_leave_from_now_on_is_one_answer_and_one_list(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    await report(rider, POTHOLE)
    await away.says("请假 今天")
    assert await whose(town, 1) == deputy.id
    assert away.hears("people.leave.handed", number="0001", who="高工")
    assert not away.hears("people.leave.begun")
    assert [shown.sender for shown in deputy.chat] == ["bot"]
    assert deputy.hears("people.leave.stand_in") and deputy.hears("people.leave.yours_too", n=1)


async def test_a_leave_from_this_evening_on_lets_the_deputy_sleep_but_not_over_what_is_urgent(town: TestTown) -> None:
    rider, away, deputy = await pair(town, "urban_mgmt")
    await report(rider, "垃圾成堆，人民路幼儿园", TREE)
    assert (await town.case(2)).is_urgent
    await until(town, 23, 20)
    await away.says("请假 11月23日-24日")
    assert await whose(town, 1) == await whose(town, 2) == deputy.id
    assert deputy.hears("dispatch.card.new", number="0002")
    assert deputy.hears("dispatch.why.leave")
    assert away.hears("dispatch.taken_off", number="0002")
    assert cards(deputy) == 1
    assert not deputy.hears("people.leave.yours_too")
    await until(town, 24, 8, 31)
    assert deputy.hears("people.leave.yours_too", n=2)


async def test_a_card_that_waits_for_the_morning_goes_to_nobody_when_a_leave_begins(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    await away.says("请假 明天")
    await until(town, 23, 20)
    await report(rider, POTHOLE)
    assert await whose(town, 1) == away.id
    await until(town, 24, 9)
    assert await whose(town, 1) == deputy.id
    assert (cards(away), cards(deputy)) == (0, 0)
    assert deputy.hears("people.leave.yours_too", n=1)


async def test_lists_and_receipts_are_eight_lines_at_most(town: TestTown) -> None:
    await many(town, 10)
    away = await town.contact("housing", "刘工")
    office = await town.dispatcher("孙主任")
    for number in range(1, 11):
        await office.says(f"转 {number:04} 住建")
    deputy = await town.contact("housing", "高工", Rank.B)
    await away.says("请假 今天")
    assert away.hears_times("people.leave.lent", n=10) == 1
    assert away.last.text.count(" 转 高工\n") == 8
    assert "另有 2 件。" in away.last.text
    listed = about(deputy, "在办 10 件")
    assert len(listed.labels) == 3
    assert sum(line[:1].isdigit() for line in listed.text.splitlines()) == 8
    assert "另有 2 件。" in listed.text


# -- it ends


async def test_after_the_last_day_what_is_open_comes_back_and_the_rest_is_counted(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    elsewhere, office = await town.contact("urban_mgmt", "王队"), await town.dispatcher("孙主任")
    await report(rider, POTHOLE, LAMP, MANHOLE, POTHOLE_2)
    await away.says("请假 今天")
    await deputy.says("办 0001")
    await deputy.says("补好了", photo="after.jpg", answers=deputy.last)
    await office.says("转 0002 城管")
    assert (await whose(town, 2)) == elsewhere.id
    before = limits(await town.case(4))

    await until(town, 24, 0, 1)
    assert await whose(town, 4) == away.id
    assert limits(await town.case(4)) == before
    assert [await loan(town, number) for number in range(1, 5)] == [None] * 4
    assert (await whose(town, 1), await whose(town, 2)) == (deputy.id, elsewhere.id)
    assert not away.hears("people.leave.over")
    shown = cards(away)

    await until(town, 24, 8, 31)
    assert away.hears_times("people.leave.over") == 1
    assert away.hears("people.leave.back", n=2) and away.hears("people.leave.gone", n=2)
    assert about(away, "请假到期").labels == ["办 0003", "办 0004"]
    assert deputy.hears_times("people.leave.is_back", who="刘工") == 1
    assert deputy.hears("people.leave.returned", n=2) and deputy.hears("people.leave.gone", n=2)
    assert cards(away) == shown
    assert not deputy.hears("dispatch.taken_off", number="0004")


async def test_back_early_everything_comes_back_at_once(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    await report(rider, POTHOLE)
    await away.says("请假 11月23日-27日")
    await until(town, 24, 10)
    await away.says("销假")
    assert await whose(town, 1) == away.id
    assert away.hears("people.leave.ended") and away.hears("people.leave.back", n=1)
    assert about(away, "已销假").labels == ["办 0001"]
    assert deputy.hears("people.leave.returned", n=1, numbers="0001")
    await until(town, 28, 9)
    assert not away.hears("people.leave.over")
    assert deputy.hears_times("people.leave.is_back") == 1


async def test_what_nobody_was_told_of_yet_is_replaced_by_the_end(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    await report(rider, POTHOLE)
    await away.says("请假 明天")
    await until(town, 24, 7)
    assert await whose(town, 1) == deputy.id
    await away.says("销假")
    assert await whose(town, 1) == away.id
    await until(town, 24, 9)
    assert not away.hears("people.leave.begun")
    assert not deputy.hears("people.leave.yours_too")
    assert deputy.hears("people.leave.returned", n=1)


async def test_what_is_urgent_comes_back_with_its_card(town: TestTown) -> None:
    rider, away, deputy = await pair(town, "urban_mgmt")
    await report(rider, TREE)
    await away.says("请假 今天")
    shown = cards(away)
    await until(town, 24, 0, 1)
    assert await whose(town, 1) == away.id
    assert cards(away) == shown + 1
    assert away.hears("dispatch.why.back")
    assert deputy.hears("dispatch.taken_off", number="0001")


async def test_who_cannot_be_reached_gets_nothing_back(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    await report(rider, POTHOLE)
    await away.says("请假 今天")
    async with town.database.write() as tx:
        await members.set_unreachable(tx, town.platform.name, away.account, town.clock.now())
    await until(town, 24, 9)
    assert await whose(town, 1) == deputy.id
    assert await loan(town, 1) is None
    assert deputy.hears("people.leave.stays_with_you", n=1)


async def test_a_leave_that_the_bot_slept_through_moves_nothing(town: TestTown) -> None:
    rider, away, _ = await pair(town)
    await report(rider, POTHOLE)
    await away.says("请假 明天")
    town.clock.move(town.clock.now().replace(day=26))
    await town.wait(minutes=1)
    assert await whose(town, 1) == away.id
    assert not away.hears("people.leave.begun") and not away.hears("people.leave.over")


# -- nobody stands in


async def test_nobody_stands_in_and_the_dispatchers_hear_at_once_with_the_list(town: TestTown) -> None:
    rider, away, office = (
        await town.rider("赵强"),
        await town.contact("housing", "刘工"),
        await town.dispatcher("孙主任"),
    )
    await report(rider, POTHOLE, LAMP)
    await away.says("请假 明天")
    assert office.hears_times("people.leave.office", who="刘工", unit="住建局") == 1
    assert not office.hears("people.leave.unheld")
    await until(town, 24, 0, 1)
    assert await whose(town, 1) == away.id
    assert await loan(town, 1) is None
    assert office.hears_times("people.leave.unheld", n=2) == 1
    assert "请指定，例如：转 0001 市监局" in office.last.text
    assert set(office.last.labels) == {"办 0001", "办 0002"}
    elsewhere = await town.contact("urban_mgmt", "王队")
    await office.says("转 0001 城管")
    assert await whose(town, 1) == elsewhere.id
    await until(town, 24, 9)
    assert away.hears("people.leave.kept", n=2)
    await until(town, 25, 9)
    assert not away.hears("people.leave.over")  # nothing was lent


@pytest.mark.parametrize("hour", [10, 23])
async def test_an_agency_with_nobody_reachable_goes_to_the_dispatcher_at_once(town: TestTown, hour: int) -> None:
    rider, away, deputy = await pair(town, "fire")
    office = await town.dispatcher("孙主任")
    await away.says("请假 11月23日-25日")
    await deputy.says("请假 11月23日-25日")
    assert office.hears("people.leave.office", who="高工")
    assert not office.hears("people.leave.office", who="刘工")
    await until(town, 23, hour)
    await rider.says(FIRE, photo="fire.jpg", group=True)
    assert (await town.case(1)).contact_id is None
    assert office.hears("dispatch.unassigned", number="0001")
    assert (cards(away), cards(deputy)) == (0, 0)


async def test_what_a_deputy_holds_follows_to_the_next_and_comes_home_from_there(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    third = await town.contact("housing", "齐工", Rank.B)
    await report(rider, POTHOLE)
    await away.says("请假 11月23日-26日")
    await deputy.says("请假 11月24日-25日")
    await until(town, 24, 9)
    case = await town.case(1)
    assert case.contact_id == third.id
    assert await loan(town, 1) == Loan(case.id, away.id, third.id)
    assert third.hears("people.leave.yours_too", n=1)
    assert deputy.hears("people.leave.handed", number="0001", who="齐工")
    await until(town, 26, 9)
    assert await whose(town, 1) == third.id  # it was never the deputy's own
    assert not deputy.hears("people.leave.over")
    await until(town, 27, 9)
    assert await whose(town, 1) == away.id
    assert third.hears("people.leave.returned", n=1)


async def test_what_a_deputy_holds_is_the_offices_when_nobody_is_left(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    office = await town.dispatcher("孙主任")
    await report(rider, POTHOLE)
    await away.says("请假 11月23日-26日")
    await deputy.says("请假 11月24日-25日")
    await until(town, 24, 0, 1)
    assert office.hears("people.leave.unheld", n=1)
    assert await whose(town, 1) == deputy.id  # still told apart as lent, for when the owner is back
    await until(town, 25, 10)
    await away.says("销假")
    assert await whose(town, 1) == away.id


async def test_two_who_leave_at_the_same_midnight_do_not_hand_to_each_other(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    office = await town.dispatcher("孙主任")
    await report(rider, POTHOLE)
    await away.says("请假 11月25日")
    await deputy.says("请假 11月25日")
    await until(town, 25, 0, 1)
    assert await whose(town, 1) == away.id
    assert office.hears_times("people.leave.unheld", n=1) == 1


async def test_one_comes_home_in_the_night_the_other_leaves(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    await report(rider, POTHOLE)
    await away.says("请假 11月23日-24日")
    await deputy.says("请假 11月25日-26日")
    await until(town, 25, 9)
    assert await whose(town, 1) == away.id
    assert await loan(town, 1) is None
    await until(town, 27, 9)
    assert await whose(town, 1) == away.id


async def test_a_deputy_who_cannot_be_reached_passes_the_loan_on(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    third = await town.contact("housing", "齐工", Rank.B)
    await report(rider, POTHOLE)
    await away.says("请假 11月23日-24日")
    town.platform.blocked.add(deputy.account)
    await rider.says("已经很危险了", group=True, answers=town.group[0])
    await deputy.says("办 0001")  # the answer does not arrive
    await town.settle()
    case = await town.case(1)
    assert case.contact_id == third.id
    assert await loan(town, 1) == Loan(case.id, away.id, third.id)
    await until(town, 25, 9)
    assert await whose(town, 1) == away.id


async def test_a_repair_that_does_not_hold_finds_whoever_stands_in(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    await report(rider, POTHOLE)
    await away.says("补好了", photo="after.jpg", answers=about(away, "0001"))
    await away.says("请假 11月23日-24日")
    assert (await town.case(1)).state is CaseState.VERIFYING
    assert await whose(town, 1) == away.id
    await rider.presses("没修好")
    case = await town.case(1)
    assert (case.state, case.contact_id) == (CaseState.REWORK, deputy.id)
    assert deputy.hears("dispatch.card.rework")
    assert not away.hears("dispatch.card.rework")
    await until(town, 25, 9)
    assert await whose(town, 1) == away.id


# -- twice, overlapping, past, longer


async def test_a_leave_that_is_noted_already_is_not_noted_twice(town: TestTown) -> None:
    _, away, deputy = await pair(town)
    await away.says("请假 11月25日-28日")
    await away.says("请假 11月25日-28日")
    await away.says("请假 11月26日")
    assert away.hears_times("people.leave.already") == 2
    assert away.hears_times("people.leave.noted") == 1
    assert deputy.hears_times("people.leave.stand_in") == 1


async def test_a_longer_leave_is_one_leave_and_nothing_comes_back_in_between(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    await report(rider, POTHOLE)
    await away.says("请假 11月23日-24日")
    await away.says("请假 11月25日-26日")
    assert "11月23日（周一）至11月26日（周四）" in away.last.text
    async with town.database.read() as tx:
        assert len(await leaves.list_ahead(tx, away.id, town.clock.now())) == 1
    await until(town, 25, 9)
    assert await whose(town, 1) == deputy.id
    assert not away.hears("people.leave.over")
    await until(town, 27, 9)
    assert await whose(town, 1) == away.id
    assert away.hears_times("people.leave.over") == 1
    assert deputy.hears_times("people.leave.yours_too") == 1


async def test_days_between_two_leaves_make_them_one(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    await report(rider, POTHOLE)
    await away.says("请假 11月24日")
    await away.says("请假 11月26日")
    await away.says("请假 11月23日-26日")
    assert "11月23日（周一）至11月26日（周四）" in away.last.text
    assert await whose(town, 1) == deputy.id
    await until(town, 26, 9)
    assert await whose(town, 1) == deputy.id
    assert not away.hears("people.leave.begun") and not away.hears("people.leave.over")
    await until(town, 27, 9)
    assert await whose(town, 1) == away.id
    await away.says("销假")
    assert away.hears("people.leave.none")


async def test_days_that_are_over_are_no_leave(town: TestTown) -> None:
    _, away, _ = await pair(town)
    await away.says("请假 11月20日-21日")
    assert away.hears("people.leave.past")
    await away.says("请假 下周")
    assert away.hears("people.leave.how")
    async with town.database.read() as tx:
        assert await leaves.list_ahead(tx, away.id, town.clock.now()) == []


async def test_a_leave_called_off_before_it_begins_moves_nothing(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    await report(rider, POTHOLE)
    await away.says("请假 明天")
    await away.says("销假")
    await away.says("销假")
    assert (away.hears_times("people.leave.ended"), away.hears_times("people.leave.none")) == (1, 1)
    await until(town, 24, 9)
    assert await whose(town, 1) == away.id
    assert not deputy.hears("people.leave.yours_too")


async def test_a_deputys_leave_is_no_news_to_the_contact_who_is_there(town: TestTown) -> None:
    _, contact, deputy = await pair(town)
    await deputy.says("请假 今天")
    assert deputy.hears("people.leave.noted")
    assert contact.chat == []


# -- by somebody else


@pytest.mark.parametrize("who", ["leader", "admin"])
async def test_a_leader_or_an_admin_enters_a_leave_and_ends_it(town: TestTown, who: str) -> None:
    rider, away, deputy = await pair(town)
    by = await (town.leader("housing", "孙局") if who == "leader" else town.admin("何主任"))
    await report(rider, POTHOLE)
    await by.says("请假 刘工 11月23日-24日")
    assert await whose(town, 1) == deputy.id
    assert by.hears("people.leave.noted_of", who="刘工")
    assert by.hears("people.leave.handed", number="0001")
    assert away.hears("people.leave.noted_by", by=by.name)
    assert away.hears("people.leave.handed", number="0001", who="高工")
    await by.says("请假 刘工 11月23日-24日")
    assert by.hears("people.leave.already_of", who="刘工")
    await by.says("销假 刘工")
    assert await whose(town, 1) == away.id
    assert by.hears("people.leave.ended_of", who="刘工")
    assert away.hears("people.leave.ended_by", by=by.name) and away.hears("people.leave.back", n=1)
    await by.says("销假 刘工")
    assert by.hears("people.leave.none_of", who="刘工")
    async with town.database.read() as tx:
        rows = await tx.all("SELECT actor_id, action, object FROM audit WHERE action LIKE 'leave.%' ORDER BY id")
    assert [(row["actor_id"], row["action"], row["object"]) for row in rows] == [
        (by.id, "leave.noted", f"member:{away.id}"),
        (by.id, "leave.ended", f"member:{away.id}"),
    ]


async def test_others_enter_no_leave_for_somebody(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    other, office = await town.leader("urban_mgmt", "钱局"), await town.dispatcher("孙主任")
    own = await town.leader("housing", "孙局")
    await report(rider, POTHOLE)
    for by in (deputy, other, office):
        await by.says("请假 刘工 11月23日-24日")
        assert by.hears("people.leave.not_yours"), by.name
        await by.says("销假 刘工")
        assert by.hears_times("people.leave.not_yours") == 2
    await own.says("请假 赵强 11月23日")
    assert own.hears("people.leave.no_contact", name="赵强")
    await own.says("请假 李四 11月23日")
    assert own.hears("people.posts.nobody", name="李四")
    assert await whose(town, 1) == away.id
    await away.says("请假 刘工 11月23日")
    assert away.hears("people.leave.noted")
    assert await whose(town, 1) == deputy.id


# -- a post changes hands meanwhile


async def test_a_successor_takes_what_is_lent_too(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    admin, new = await town.admin("何主任"), await town.contact("urban_mgmt", "李队")
    await report(rider, POTHOLE)
    await away.says("请假 11月23日-24日")
    await admin.says("移交 刘工 李队")
    await admin.presses("同意办理")
    assert await whose(town, 1) == new.id
    assert await loan(town, 1) is None
    assert new.hears("people.handed.coming", number=1)
    await until(town, 25, 9)
    assert await whose(town, 1) == new.id
    assert not deputy.hears("people.leave.is_back")


async def test_a_deputys_successor_holds_the_loan(town: TestTown) -> None:
    rider, away, deputy = await pair(town)
    admin, new = await town.admin("何主任"), await town.contact("urban_mgmt", "李队")
    await report(rider, POTHOLE)
    await away.says("请假 11月23日-24日")
    await admin.says("移交 高工 李队")
    await admin.presses("同意办理")
    case = await town.case(1)
    assert await loan(town, 1) == Loan(case.id, away.id, new.id)
    await until(town, 25, 9)
    assert await whose(town, 1) == away.id
    assert not deputy.hears("people.leave.is_back")


# -- the night


async def test_at_night_the_one_on_duty_is_called_first_when_it_is_urgent(town: TestTown) -> None:
    rider, usual, deputy = await pair(town, "urban_mgmt")
    await usual.says("值班 高工")
    assert usual.hears("people.night.noted", unit="城管局", who="高工")
    assert "到 明天 8:30" in usual.last.text
    assert deputy.hears("people.night.yours", unit="城管局")
    await report(rider, "树倒了横在路上，县图书馆")
    assert await whose(town, 1) == usual.id  # it is day
    await until(town, 23, 22)
    await report(rider, TREE, "垃圾成堆，人民路幼儿园")
    assert await whose(town, 2) == deputy.id
    assert deputy.hears("dispatch.why.by_night")
    assert "今晚您值班" in about(deputy, "0002").text
    assert await whose(town, 3) == usual.id  # it can wait for the morning
    await until(town, 24, 9)
    assert await whose(town, 2) == deputy.id  # stays with whoever took it
    await until(town, 24, 22)
    await report(rider, "树倒了横在路上，人民路幼儿园")
    assert await whose(town, 4) == usual.id  # one night only


async def test_whoever_is_on_duty_but_away_is_passed_over(town: TestTown) -> None:
    rider, usual, deputy = await pair(town, "urban_mgmt")
    await usual.says("值班 高工 11月23日-25日")
    await deputy.says("请假 明天")
    await until(town, 24, 22)
    await report(rider, TREE)
    assert await whose(town, 1) == usual.id
    await until(town, 25, 22)
    await report(rider, "树倒了横在路上，县图书馆")
    assert await whose(town, 2) == deputy.id


async def test_nights_of_days_end_with_the_last_morning(town: TestTown) -> None:
    rider, usual, deputy = await pair(town, "urban_mgmt")
    await usual.says("值班 高工 11月25日-26日")
    assert "11月25日（周三）至11月26日（周四）夜间值班：高工" in usual.last.text
    for day, hour, mine in ((24, 22, False), (25, 4, False), (25, 22, True), (27, 5, True), (27, 22, False)):
        await until(town, day, hour)
        place = PLACES[(day + hour) % 4]
        number = 1 + await count(town)
        await rider.says(f"树倒了横在路上，{place}", photo=f"tree{day}{hour}.jpg", group=True)
        assert (await whose(town, number) == deputy.id) is mine, (day, hour)


async def count(town: TestTown) -> int:
    async with town.database.read() as tx:
        return int(str((await tx.one("SELECT count(*) AS n FROM cases"))["n"]))


async def test_on_friday_tonight_lasts_until_monday(town: TestTown) -> None:
    rider, usual, deputy = await pair(town, "urban_mgmt")
    await until(town, 27, 16)
    await usual.says("值班 高工")
    await until(town, 29, 15)
    await report(rider, TREE)
    assert await whose(town, 1) == deputy.id


async def test_a_later_word_replaces_an_earlier_one_and_both_hear(town: TestTown) -> None:
    _, usual, deputy = await pair(town, "urban_mgmt")
    third, leader = await town.contact("urban_mgmt", "齐队", Rank.B), await town.leader("urban_mgmt", "孙局")
    await until(town, 23, 20)
    await usual.says("值班 高工 11月23日-25日")
    assert deputy.hears("people.night.yours")  # at once: tonight is now
    await leader.says("值班 齐队")
    assert third.hears("people.night.yours")
    assert deputy.hears("people.night.replaced", who="齐队")
    await usual.says("值班")
    assert usual.hears("people.night.line", unit="城管局", who="齐队")
    await until(town, 24, 9)
    await usual.says("值班")
    assert usual.hears("people.night.line", unit="城管局", who="高工")


async def test_who_asks_sees_tonight_at_their_agencies(town: TestTown) -> None:
    _, usual, _ = await pair(town, "urban_mgmt")
    fire, office = await town.contact("fire", "张队"), await town.dispatcher("孙主任")
    housing = await town.contact("transport", "马工")
    await office.says("值班")
    assert office.hears("people.night.none")
    await usual.says("值班 高工")
    await office.says("值班")
    assert office.hears("people.night.line", unit="城管局", who="高工")
    await fire.says("值班")
    assert fire.hears("people.night.desk", unit="消防大队")
    await housing.says("值班")
    assert housing.hears("people.night.nobody", unit="交通局")


async def test_only_contacts_of_ones_own_agency_are_put_on_duty(town: TestTown) -> None:
    _, usual, deputy = await pair(town, "urban_mgmt")
    other, leader = await town.contact("housing", "齐工"), await town.leader("urban_mgmt", "孙局")
    office, admin, rider = await town.dispatcher("周值"), await town.admin("何主任"), await town.rider("钱勇")
    for by, words, key in (
        (usual, "值班 齐工", "not_contact"),
        (usual, "值班 孙局", "not_contact"),
        (usual, "值班 住建局 齐工", "not_yours"),
        (office, "值班 高工", "not_yours"),
        (usual, "值班 运管所 高工", "which_agency"),
        (usual, "值班 11月25日", "how"),
        (usual, "值班 高工 11月20日-21日", "past"),
        (admin, "值班 住建局 高工", "not_contact"),
    ):
        await by.says(words)
        assert by.hears(f"people.night.{key}"), words
    await usual.says("值班 张三")
    assert usual.hears("people.posts.nobody", name="张三")
    await rider.says("值班 高工")
    assert rider.hears("core.not_allowed")
    async with town.database.read() as tx:
        assert await tx.all("SELECT id FROM night_duties") == []
    assert (deputy.chat, other.chat) == ([], [])

    for by, words in ((leader, "值班 高工"), (admin, "值班 城管局 高工"), (admin, "值班 城管 高工 明天")):
        await by.says(words)
        assert by.hears("people.night.noted", unit="城管局", who="高工"), words
    async with town.database.read() as tx:
        rows = await tx.all("SELECT actor_id, object FROM audit WHERE action = 'night.noted' ORDER BY id")
    assert [(row["actor_id"], row["object"]) for row in rows] == [
        (by.id, "agency:urban_mgmt") for by in (leader, admin, admin)
    ]


async def test_nobody_on_leave_or_out_of_reach_is_put_on_duty(town: TestTown) -> None:
    _, usual, deputy = await pair(town, "urban_mgmt")
    await deputy.says("请假 今天")
    await usual.says("值班 高工")
    assert usual.hears("people.night.noted")  # until midnight; the night of today reaches into tomorrow
    await deputy.says("请假 明天")
    await usual.says("值班 高工 明天")
    assert usual.hears("people.night.away", name="高工")
    async with town.database.write() as tx:
        await members.set_unreachable(tx, town.platform.name, deputy.account, town.clock.now())
    await usual.says("值班 高工 11月26日")
    assert usual.hears("people.posts.unbound", name="高工")


async def test_a_contact_of_several_agencies_is_asked_which(town: TestTown) -> None:
    _, usual, deputy = await pair(town, "urban_mgmt")
    async with town.database.write() as tx:
        for who in (usual, deputy):
            await members.add_post(tx, who.id, Post(Role.CONTACT, AgencyId("transport"), Rank.B), town.clock.now())
    await usual.says("值班 高工")
    assert usual.hears("people.night.several", name="高工")
    await usual.says("值班 城管局 高工")
    assert usual.hears("people.night.noted", unit="城管局", who="高工")


# -- words


@pytest.mark.parametrize(
    ("words", "who", "days"),
    [
        ("11月25日-28日", "", "11月25日-28日"),
        ("李四 11月25日-28日", "李四", "11月25日-28日"),
        ("城管局 李四 11月25日", "城管局 李四", "11月25日"),
        ("Li Si 2026-11-25", "Li Si", "2026-11-25"),
        ("37 11月25日", "37", "11月25日"),
        ("李四 明天", "李四", "明天"),
        ("李四 3天", "李四", "3天"),
        ("明天起 2天", "", "明天起 2天"),
        ("11月25日 至 11月28日", "", "11月25日 至 11月28日"),
        ("11 月 25 日", "", "11 月 25 日"),
        ("从 11月25日", "", "从 11月25日"),
        ("李四", "", "李四"),
        ("", "", ""),
    ],
)
def test_whose_days_they_are(words: str, who: str, days: str) -> None:
    assert rules.whose(words) == (who, days)


@pytest.mark.parametrize(("words", "past"), [("11月20日-21日", True), ("11月20日-23日", False), ("下周", False)])
def test_days_that_are_over(words: str, past: bool) -> None:
    assert rules.is_past(words, date(2026, 11, 23)) is past
