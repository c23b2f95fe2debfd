"""People: posts, hand-over, leave, the office, and messages that do not arrive."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.chat.platform import Lost
from bot.domain.case import CaseState
from bot.domain.people import Post, Rank, Role
from bot.domain.rulebook import AgencyId
from handlers.people import rules
from storage import members
from tests.town import Person, TestTown

TODAY = date(2026, 11, 23)
POTHOLE = "路上有个大坑，客运站"


async def test_a_second_admin_agrees_before_a_role_is_given(town: TestTown) -> None:
    asking, other = await town.admin("何主任"), await town.admin("林主任")
    rider = await town.rider("赵强")
    await asking.says("授权 赵强 专员 城管局")
    assert asking.hears("people.posts.waits")
    assert Role.CONTACT not in (await town.member(rider)).roles
    card = other.last
    await other.presses("同意办理")
    assert Post(Role.CONTACT, AgencyId("urban_mgmt"), Rank.A) in (await town.member(rider)).posts
    assert rider.hears("people.welcome.contact")
    assert asking.hears("people.posts.agreed")
    assert card.labels == []
    async with town.database.read() as tx:
        noted = await tx.one("SELECT actor_id, detail FROM audit WHERE action = 'role.granted'")
    assert noted["actor_id"] == other.id
    assert f"asked:{asking.id}" in str(noted["detail"])


async def test_the_asker_cannot_be_the_second_person(town: TestTown) -> None:
    asking = await town.admin("何主任")
    rider = await town.rider("赵强")
    await asking.says("授权 赵强 管理员")
    card = asking.last  # alone, so asked once more
    second = await town.admin("林主任")
    await asking.presses("同意办理", on=card)
    assert Role.ADMIN not in (await town.member(rider)).roles
    assert len(asking.notices) == 1

    await asking.says("授权 赵强 管理员")
    await second.presses("不同意办理")
    assert asking.hears("people.posts.declined")
    assert Role.ADMIN not in (await town.member(rider)).roles


async def test_the_last_admin_stays(town: TestTown) -> None:
    admin = await town.admin("何主任")
    await admin.says("撤权 何主任 管理员")
    assert admin.hears("people.posts.last_admin")

    second = await town.admin("林主任")
    await admin.says("撤权 何主任 管理员")
    await second.presses("同意办理")
    assert Role.ADMIN not in (await town.member(admin)).roles
    await second.says("撤权 林主任 管理员")
    assert second.hears("people.posts.last_admin")


async def test_roles_are_for_admins_and_mistakes_get_an_example(town: TestTown) -> None:
    admin, rider = await town.admin("何主任"), await town.rider("赵强")
    await rider.says("授权 赵强 管理员")
    assert rider.hears("core.not_allowed")
    await admin.says("授权 赵强")
    assert admin.hears("people.posts.how")
    await admin.says("授权 赵强 专员 城关")
    assert admin.hears("people.posts.which_agency", words="城关")
    await admin.says("授权 钱二 骑手")
    assert admin.hears("people.posts.nobody", name="钱二")
    await admin.says("授权 赵强 骑手")
    assert admin.hears("people.posts.held", name="赵强")
    twin = await town.rider("赵强")
    await admin.says("授权 赵强 队长")
    assert admin.hears("people.posts.several", name="赵强", numbers=f"{rider.id}、{twin.id}")
    await admin.says(f"授权 {twin.id} 队长")
    await admin.presses("同意办理")
    assert Role.CAPTAIN in (await town.member(twin)).roles
    assert Role.CAPTAIN not in (await town.member(rider)).roles


async def test_a_contact_hands_over_with_every_open_case(town: TestTown) -> None:
    admin, rider = await town.admin("何主任"), await town.rider("赵强")
    old, new = await town.contact("housing", "刘工"), await town.person("高工")
    await rider.says(POTHOLE, photo="hole.jpg")
    await old.presses("接收")
    before = await town.case(1)
    await admin.says("撤权 刘工 专员 住建局")
    assert admin.hears("people.posts.has_cases", name="刘工")

    await admin.says("移交 刘工 高工")
    await admin.presses("同意办理")

    case = await town.case(1)
    assert (case.contact_id, case.state, case.resolve_due) == (new.id, CaseState.ACCEPTED, before.resolve_due)
    assert (await town.member(new)).posts == (Post(Role.CONTACT, AgencyId("housing"), Rank.A),)
    assert (await town.member(old)).posts == ()
    assert old.hears("people.handed.leaving", to="高工", number=1)
    assert new.hears("people.handed.coming", name="刘工", number=1)
    assert new.hears("dispatch.card.title", number="0001")


async def test_a_case_under_check_finds_the_new_contact_too(town: TestTown) -> None:
    admin, rider = await town.admin("何主任"), await town.rider("赵强")
    old, new = await town.contact("housing", "刘工"), await town.contact("housing", "高工", Rank.B)
    await rider.says(POTHOLE, photo="hole.jpg")
    await old.says("补好了", photo="after.jpg", answers=old.last)
    assert (await town.case(1)).state is CaseState.VERIFYING
    await admin.says("移交 刘工 高工")
    await admin.presses("同意办理")
    assert (await town.case(1)).contact_id == new.id
    assert (await town.member(new)).posts == (Post(Role.CONTACT, AgencyId("housing"), Rank.A),)


async def test_nobody_takes_over_who_cannot_be_reached(town: TestTown) -> None:
    admin = await town.admin("何主任")
    await town.contact("housing", "刘工")
    async with town.database.write() as tx:
        await members.insert(tx, "高工", town.clock.now())
    await admin.says("移交 刘工 高工")
    assert admin.hears("people.posts.unbound", name="高工")
    await admin.says("移交 高工 刘工")
    assert admin.hears("people.posts.no_contact", name="高工")


# Leave


async def test_leave_sends_new_cases_to_the_deputy(town: TestTown) -> None:
    rider = await town.rider("赵强")
    away, deputy = await town.contact("housing", "刘工"), await town.contact("housing", "高工", Rank.B)
    await away.says("请假 今天")
    assert away.hears("people.leave.deputy", who="高工")
    assert deputy.hears("people.leave.stand_in", who="刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    assert (await town.case(1)).contact_id == deputy.id

    await away.says("销假")
    await rider.says("井盖坏了，幸福社区服务站", photo="lid.jpg")
    assert (await town.case(1)).contact_id == deputy.id
    await away.says("销假")
    assert away.hears("people.leave.none")


async def test_leave_without_deputy_is_told_to_the_office(town: TestTown) -> None:
    dispatcher, away = await town.dispatcher("周值"), await town.contact("housing", "刘工")
    await away.says("请假 昨天")
    assert away.hears("people.leave.how")
    await away.says("请假 11月23日-25日")
    assert away.hears("people.leave.nobody")
    assert dispatcher.hears("people.leave.office", who="刘工")


async def test_leave_from_many_posts_is_one_line_to_the_office(town: TestTown) -> None:
    dispatcher, away = await town.dispatcher("周值"), await town.contact("housing", "刘工")
    async with town.database.write() as tx:
        for agency in ("urban_mgmt", "transport", "market_reg"):
            post = Post(Role.CONTACT, AgencyId(agency), Rank.A)
            await members.add_post(tx, away.id, post, town.clock.now(), away.id)
    await away.says("请假 11月25日")
    assert dispatcher.hears_times("people.leave.office", who="刘工") == 1
    said = dispatcher.last.text
    assert "11月25日（周三）请假" in said
    assert "等 4 个单位" in said
    assert "\n" not in said
    assert away.hears_times("people.leave.nobody") == 1
    assert "至" not in away.last.text
    await away.says("请假 11月27日-28日")
    assert "11月27日（周五）至11月28日（周六）" in away.last.text


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("11月25日-28日", "2026-11-25", "2026-11-28"),
        ("11月30日至12月2日", "2026-11-30", "2026-12-02"),
        ("12月30日-1月2日", "2026-12-30", "2027-01-02"),
        ("2026-11-25", "2026-11-25", "2026-11-25"),
        ("明天", "2026-11-24", "2026-11-24"),
        ("3天", "2026-11-23", "2026-11-25"),
        ("明天起 2天", "2026-11-24", "2026-11-25"),
    ],
)
def test_days_of_a_leave(words: str, first: str, last: str) -> None:
    assert rules.leave_days(words, TODAY) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "words", ["", "下周", "11月28日-25日", "2月30日", "11月1日", "11月25日-2027年9月1日", "11月25日-32日"]
)
def test_what_is_no_leave(words: str) -> None:
    assert rules.leave_days(words, TODAY) is None


def test_codes_are_locked_by_five_in_fifteen_minutes() -> None:
    start = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    quick = [start + timedelta(minutes=3 * n) for n in range(5)]
    slow = [start + timedelta(minutes=4 * n) for n in range(5)]
    assert rules.locked_until(quick, 5) == quick[-1] + timedelta(hours=1)
    assert rules.locked_until(slow, 5) is None
    assert rules.locked_until(quick[:4], 5) is None


# The office


async def test_a_rider_finds_a_person_and_gets_an_answer(town: TestTown) -> None:
    rider, dispatcher = await town.rider("赵强"), await town.dispatcher("周值")
    await rider.says("找人")
    assert rider.hears("people.office.ask", who="周值", hours="8:30–17:00")
    await rider.says("我的积分没有算")
    assert dispatcher.hears("people.office.note", who="赵强", words="我的积分没有算")
    await dispatcher.presses("回复")
    await dispatcher.says("今天下午补上")
    assert rider.hears("people.office.says", who="周值", words="今天下午补上")
    await rider.presses("回复")
    await rider.says("谢谢")
    assert dispatcher.hears("people.office.says", who="赵强", words="谢谢")


async def test_the_office_is_left_alone_at_night_and_the_rider_knows(town: TestTown) -> None:
    rider, admin = await town.rider("赵强"), await town.admin("何主任")
    await town.wait(hours=12)
    await rider.says("找人 充电桩坏了")
    assert rider.hears("people.office.closed", who="何主任")
    assert not admin.hears("people.office.note")
    await town.wait(hours=12)
    assert admin.hears("people.office.note", words="充电桩坏了")


async def test_without_anybody_on_duty_the_rider_is_told(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await rider.says("找人 充电桩坏了")
    assert rider.hears("people.office.nobody")


# Messages that do not arrive


async def test_a_card_that_cannot_arrive_goes_to_the_deputy(town: TestTown) -> None:
    rider, admin = await town.rider("赵强"), await town.admin("何主任")
    contact, deputy = await town.contact("housing", "刘工"), await town.contact("housing", "高工", Rank.B)
    town.platform.blocked.add(contact.account)
    await rider.says(POTHOLE, photo="hole.jpg")

    assert (await town.case(1)).contact_id == deputy.id
    assert deputy.hears("dispatch.card.new", number="0001")
    assert admin.hears_times("people.lost.unreachable") == 1
    async with town.database.read() as tx:
        assert not await members.reachable(tx, contact.id)


async def test_a_card_that_nobody_can_take_goes_to_the_office(town: TestTown) -> None:
    rider, dispatcher = await town.rider("赵强"), await town.dispatcher("周值")
    contact = await town.contact("housing", "刘工")
    town.platform.blocked.add(contact.account)
    await rider.says(POTHOLE, photo="hole.jpg")
    assert (await town.case(1)).contact_id == contact.id
    assert dispatcher.hears("people.lost.nobody_left", number="0001")


async def test_another_account_of_the_same_person_comes_first(town: TestTown) -> None:
    rider = await town.rider("赵强")
    contact, deputy = await town.contact("housing", "刘工"), await town.contact("housing", "高工", Rank.B)
    async with town.database.write() as tx:
        at = town.clock.now() - timedelta(days=1)
        await members.add_account(tx, contact.id, "sandbox", "second-phone", at)
    town.platform.blocked.add(contact.account)
    await rider.says(POTHOLE, photo="hole.jpg")
    assert (await town.case(1)).contact_id == contact.id
    assert any(heard.is_("dispatch.card.new") for heard in town.heard if heard.chat == "second-phone")
    assert not deputy.hears("dispatch.card.new")


async def _doubtful(town: TestTown, rider: Person) -> None:
    """A group message whose answer was lost."""
    town.platform.faults.append(Lost("timeout"))
    await rider.says("上报 " + POTHOLE, photo="hole.jpg", group=True)


async def test_an_admin_says_that_the_group_has_it(town: TestTown) -> None:
    rider, admin = await town.rider("赵强"), await town.admin("何主任")
    await rider.says("你好")
    await town.contact("housing", "刘工")
    await _doubtful(town, rider)
    assert admin.hears("people.lost.is_it_there")
    await admin.presses("群里有了")
    await town.wait(minutes=6)
    assert town.group == []  # the fake never showed it, and it was not sent again


async def test_silence_of_the_admins_sends_it_once_more(town: TestTown) -> None:
    rider, admin = await town.rider("赵强"), await town.admin("何主任")
    await rider.says("你好")
    await town.contact("housing", "刘工")
    await _doubtful(town, rider)
    question = admin.last
    await town.wait(minutes=6)
    assert len(town.group) == 1
    await admin.presses("群里有了", on=question)
    assert len(town.group) == 1


def test_notices_and_routine_texts_are_short(town: TestTown) -> None:
    for key, pattern in town.texts.catalogues["zh-CN"].items():
        said_on_paper = ("people.file", "people.note", "people.template", "people.example", "people.sheet")
        if key.startswith("people.") and not key.startswith(said_on_paper):
            letters = re.sub(r"\{\w+\}|\s", "", pattern)
            assert len(letters) <= 120, key
