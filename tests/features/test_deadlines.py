"""Deadlines: each step of the ladder at its instant, to whom it is for, and never twice."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.case import CaseState
from bot.domain.people import Rank
from tests.features.acting import FIRE_IN_WORDS, POTHOLE, about, until
from tests.town import ZONE, Person, TestTown


@dataclass(frozen=True)
class Side:
    """A rider, and everybody who could hear of what they report."""

    rider: Person
    contact: Person
    deputy: Person
    leader: Person
    office: Person


async def everybody(town: TestTown, agency: str = "housing") -> Side:
    return Side(
        await town.rider("赵强"),
        await town.contact(agency, "刘工"),
        await town.contact(agency, "高工", Rank.B),
        await town.leader(agency, "孙队"),
        await town.dispatcher("李主任"),
    )


async def reported(town: TestTown, words: str = POTHOLE, agency: str = "housing") -> Side:
    """Case 1, dispatched on Monday at 9:00: to accept within 2 working hours, to mend within 3 working days."""
    side = await everybody(town, agency)
    await side.rider.says(words, photo="before.jpg", group=True)
    assert (await town.case(1)).state is CaseState.DISPATCHED
    return side


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


async def ledger(town: TestTown) -> list[tuple[str, str, str, str]]:
    """What the ladder led to: step, part, local due time, what became of it."""
    async with town.database.read() as tx:
        rows = await tx.all("SELECT step, part, due_at, state FROM reminders ORDER BY due_at, id")
    return [
        (
            str(row["step"]),
            str(row["part"]),
            f"{datetime.fromisoformat(str(row['due_at'])).astimezone(ZONE):%d %H:%M}",
            str(row["state"]),
        )
        for row in rows
    ]


# -- the accept leg


async def test_silence_before_accepting_climbs_step_by_step(town: TestTown) -> None:
    side = await reported(town)
    await until(town, 23, 9, 59)
    assert not side.contact.hears("deadlines.remind.accept")
    await until(town, 23, 10)
    assert side.contact.hears("deadlines.remind.accept", number="0001")
    assert "还剩 1 小时" in about(side.contact, "还没接收").text
    await until(town, 23, 10, 59)
    assert side.deputy.chat == []
    await until(town, 23, 11)
    assert side.contact.hears("deadlines.remind.accept_limit", number="0001")
    assert side.deputy.hears("deadlines.above.deputy")
    assert side.leader.chat == []
    await until(town, 23, 15)  # two working hours after the limit, over the noon break
    assert side.leader.hears("deadlines.above.accept", who="住建局 刘工", due=at(23, 11))
    assert about(side.leader, "0001").labels == ["我来催", "换人办理", "情况说明"]
    assert side.contact.hears("deadlines.above.copy", number="0001", whom="孙队")
    assert side.office.chat == []
    await until(town, 24, 11)  # a working day after the limit
    assert side.office.hears("deadlines.order.ready", number="0001")
    assert about(side.office, "督办").rendered.pictures
    assert town.group_hears("report.receipt.first", number="0001")
    assert not any("刘工 应在" in shown.text for shown in town.group)  # lateness is never public
    assert await ledger(town) == [
        ("accept_reminder", "contact", "23 10:00", "told"),
        ("accept_overdue", "deputy", "23 11:00", "told"),
        ("accept_overdue", "contact", "23 11:00", "told"),
        ("accept_leader", "leader", "23 15:00", "told"),
        ("accept_leader", "copy", "23 15:00", "told"),
        ("accept_lead_office", "lead_office", "24 11:00", "told"),
        ("accept_lead_office", "copy", "24 11:00", "told"),
    ]


async def test_accepting_stops_it_at_once(town: TestTown) -> None:
    side = await reported(town)
    await until(town, 23, 10, 30)
    await side.contact.presses("接收")
    await until(town, 24, 11, 30)
    assert [step for step, *_ in await ledger(town) if step.startswith("accept")] == ["accept_reminder"]
    assert side.deputy.chat == [] and side.leader.chat == []


async def test_a_critical_case_climbs_at_night_within_minutes(town: TestTown) -> None:
    side = await everybody(town)
    await until(town, 23, 23)
    await side.rider.says(FIRE_IN_WORDS, photo="fire.jpg", group=True)
    assert (await town.case(1)).severity == "P1"
    await town.wait(minutes=5)
    assert side.contact.hears("deadlines.remind.accept", number="0001")
    await town.wait(minutes=10)
    assert side.deputy.hears("deadlines.above.deputy")
    await town.wait(minutes=15)
    assert side.leader.hears("deadlines.above.accept")
    await town.wait(minutes=30)
    assert side.office.hears("deadlines.order.ready")
    assert side.contact.hears("deadlines.remind.secure", number="0001")  # made safe within the hour


async def test_outside_working_hours_nobody_hears_of_an_ordinary_case(town: TestTown) -> None:
    side = await everybody(town)
    await until(town, 23, 16)
    await side.rider.says(POTHOLE, photo="before.jpg", group=True)  # half of it has passed when work ends
    await until(town, 24, 8, 39)
    assert not side.contact.hears("deadlines.remind.accept")
    await until(town, 24, 8, 41)
    assert side.contact.hears("deadlines.list.morning", n=1, today=1)
    await until(town, 24, 9, 30)
    assert side.contact.hears("deadlines.remind.accept_limit", number="0001")
    assert ("accept_reminder", "contact", "24 08:30", "bundled") in await ledger(town)


async def test_what_comes_due_in_the_break_is_told_at_its_end(town: TestTown) -> None:
    side = await everybody(town)
    await until(town, 23, 10, 45)
    await side.rider.says(POTHOLE, photo="before.jpg", group=True)
    due = (await town.case(1)).accept_due
    assert due == at(23, 14, 45)
    async with town.database.write() as tx:  # as if the county had other hours: half of it falls in the break
        await tx.run("UPDATE timers SET due_at = '2026-11-23T04:00:00.000Z' WHERE key = '1:accept_reminder:0'")
    await until(town, 23, 13, 29)
    assert not side.contact.hears("deadlines.remind.accept")
    await until(town, 23, 13, 30)
    assert side.contact.hears("deadlines.remind.accept", number="0001")


async def test_an_agency_without_leader_answers_to_the_lead_office(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    office = await town.dispatcher("李主任")
    await rider.says(POTHOLE, photo="before.jpg", group=True)
    await until(town, 23, 15)
    assert office.hears("deadlines.above.accept", who="住建局 刘工")
    assert contact.hears("deadlines.above.copy", number="0001")


# -- the resolve leg


async def test_silence_after_accepting_is_asked_about_and_climbs(town: TestTown) -> None:
    side = await reported(town)
    await side.contact.presses("接收")
    due = (await town.case(1)).resolve_due
    assert due == at(26, 9)
    await until(town, 30, 16)
    assert [(step, part, when) for step, part, when, _ in await ledger(town)] == [
        ("progress_nudge", "contact", "24 09:00"),
        ("progress_nudge", "contact", "25 09:00"),
        ("resolve_reminder", "contact", "25 09:00"),
        ("resolve_reminder", "contact", "25 15:30"),
        ("progress_nudge", "contact", "26 09:00"),
        ("resolve_overdue", "contact", "26 09:00"),
        ("resolve_overdue", "deputy", "26 09:00"),
        ("resolve_overdue", "leader", "26 09:00"),
        ("progress_nudge", "contact", "27 09:00"),
        ("resolve_urge", "leader", "27 09:00"),
        ("resolve_urge", "lead_office", "27 09:00"),
        ("resolve_urge", "copy", "27 09:00"),
        ("progress_nudge", "contact", "30 09:00"),
    ]
    assert side.contact.hears("deadlines.remind.nudge", number="0001")
    assert side.leader.hears("deadlines.above.resolve", due=due)


async def test_a_line_of_progress_answers_the_question_how_it_goes(town: TestTown) -> None:
    side = await reported(town)
    await side.contact.presses("接收")
    await until(town, 23, 16)
    await side.contact.says("明天料到", answers=about(side.contact, "0001"))
    await until(town, 24, 15, 59)
    assert not side.contact.hears("deadlines.remind.nudge")
    await until(town, 24, 16)
    assert side.contact.hears("deadlines.remind.nudge", number="0001")


async def test_a_second_failed_repair_goes_to_the_leader_and_the_third_to_the_office(town: TestTown) -> None:
    side = await reported(town)
    await side.contact.presses("接收")
    for n in (1, 2, 3):
        await side.contact.says(f"修了第{n}次", photo="after.jpg", answers=about(side.contact, "0001"))
        await side.rider.presses("没修好")
        await town.wait(minutes=11)  # two messages about one case are ten minutes apart
        assert side.leader.hears("deadlines.above.rework", n=2) is (n > 1)
        assert side.office.hears("deadlines.order.ready", number="0001") is (n > 2)


async def test_rework_has_half_the_time_and_a_ladder_of_its_own(town: TestTown) -> None:
    side = await reported(town)
    await side.contact.presses("接收")
    await side.contact.says("修好了", photo="after.jpg", answers=about(side.contact, "0001"))
    await side.rider.presses("没修好")
    assert (await town.case(1)).resolve_due == at(24, 14, 15)  # 9:00 and half of 19.5 working hours
    await until(town, 24, 14, 15)
    assert side.leader.hears("deadlines.above.resolve", due=at(24, 14, 15))


# -- pauses, extensions, other hands


async def test_on_hold_nothing_comes_and_the_ladder_goes_on_afterwards(town: TestTown) -> None:
    side = await reported(town)
    await side.contact.presses("接收")
    await side.office.says("挂起 0001 11月27日 等材料")
    await until(town, 27, 8, 29)
    assert await ledger(town) == []
    await until(town, 27, 8, 31)
    case = await town.case(1)
    assert (case.state, case.resolve_due) == (CaseState.ACCEPTED, datetime(2026, 12, 1, 17, tzinfo=ZONE))
    await until(town, 30, 17)
    await town.wait(hours=16)
    assert any(step == "resolve_reminder" for step, *_ in await ledger(town))


async def test_a_critical_case_is_never_paused(town: TestTown) -> None:
    side = await everybody(town)
    await side.rider.says(FIRE_IN_WORDS, photo="fire.jpg", group=True)
    await side.contact.presses("接收")
    due = (await town.case(1)).resolve_due
    await side.contact.presses("问骑手")
    await side.contact.says("在几号楼？")
    assert (await town.case(1)).state is CaseState.NEED_INFO
    await town.wait(hours=1)
    assert side.contact.hears("deadlines.remind.secure", number="0001")
    await side.rider.says("3号楼", answers=about(side.rider, "在几号楼"))
    assert (await town.case(1)).resolve_due == due


async def test_an_extension_moves_the_ladder(town: TestTown) -> None:
    side = await reported(town)
    await side.contact.presses("接收")
    await side.contact.says("延期 0001 1天 等配件")
    await side.leader.presses("同意")
    assert (await town.case(1)).resolve_due == at(27, 9)
    assert side.rider.hears("handle.extended_reporter", why="等配件")
    await until(town, 26, 10)
    assert not any(step == "resolve_overdue" for step, *_ in await ledger(town))
    await until(town, 27, 9)
    assert ("resolve_overdue", "leader", "27 09:00", "told") in await ledger(town)


async def test_the_deputy_takes_over(town: TestTown) -> None:
    side = await reported(town)
    await until(town, 23, 11)
    await side.deputy.presses("我来办")
    case = await town.case(1)
    assert (case.contact_id, case.accept_due) == (side.deputy.id, at(23, 11))
    await side.deputy.presses("接收")
    assert (await town.case(1)).state is CaseState.ACCEPTED
    await until(town, 23, 16)
    assert side.leader.chat == []


async def test_the_leader_urges_reassigns_and_explains(town: TestTown) -> None:
    side = await reported(town)
    await until(town, 23, 15)
    told = about(side.leader, "0001")
    await side.leader.presses("我来催", on=told)
    assert side.contact.hears("deadlines.urge.by_leader", number="0001", who="孙队")
    await side.leader.presses("情况说明", on=told)
    await side.leader.says("班组在外抢修，下午到")
    assert side.office.hears("deadlines.explain.told", who="孙队", words="班组在外抢修，下午到")
    await side.leader.presses("换人办理", on=told)
    await side.leader.presses("高工")
    assert (await town.case(1)).contact_id == side.deputy.id


async def test_only_those_above_may_urge_by_button(town: TestTown) -> None:
    side = await reported(town)
    await until(town, 23, 15)
    data = about(side.leader, "0001").rendered.buttons[0].data
    await side.rider.presses_data(data)
    assert not side.contact.hears("deadlines.urge.by_leader")


# -- urging


async def test_the_reporter_urges_once_a_day(town: TestTown) -> None:
    side = await reported(town)
    await side.rider.says("催办 0001")
    assert side.contact.hears("deadlines.urge.by_reporter", number="0001")
    assert side.rider.hears("deadlines.urge.done", number="0001", who="住建局 刘工", due=at(23, 11))
    await side.rider.says("催办 0001")
    assert side.rider.hears("deadlines.urge.today", number="0001")
    assert side.contact.hears_times("deadlines.urge.by_reporter") == 1
    await town.wait(days=1)
    await side.rider.says("催办 0001")
    assert side.contact.hears_times("deadlines.urge.by_reporter") == 2


async def test_only_whoever_has_to_do_with_a_case_may_urge_it(town: TestTown) -> None:
    side = await reported(town)
    other = await town.rider("钱多")
    await other.says("催办 0001")
    assert other.hears("case.unknown")
    await side.office.says("催办 0001")
    assert side.contact.hears("deadlines.urge.by_leader", who="李主任")
    await side.rider.says("催办")
    assert side.rider.hears("deadlines.urge.example")


async def test_at_night_an_urged_contact_sleeps_on(town: TestTown) -> None:
    side = await reported(town)
    await until(town, 23, 21)
    await side.rider.says("催办 0001")
    assert not side.contact.hears("deadlines.urge.by_reporter")
    await until(town, 24, 8, 31)
    assert side.contact.hears("deadlines.urge.by_reporter")


# -- supervision orders


async def test_an_order_goes_to_the_agency_by_one_tap(town: TestTown) -> None:
    side = await reported(town)
    await until(town, 24, 11)
    assert "督办〔2026〕1号" in about(side.office, "督办").text
    await side.office.presses("发给 住建局")
    for who in (side.leader, side.contact):
        assert who.hears("deadlines.order.heard", number="0001")
        assert about(who, "督办〔2026〕1号").rendered.pictures
    await side.office.presses("发给 住建局")
    assert side.leader.hears_times("deadlines.order.heard") == 1
    await side.leader.presses("情况说明", on=about(side.leader, "督办〔2026〕1号"))
    await side.leader.says("周五前办结")
    assert side.office.hears("deadlines.explain.told", words="周五前办结")


async def test_the_office_makes_an_order_of_its_own(town: TestTown) -> None:
    side = await reported(town)
    await side.office.says("督办 0001 请于本周五前办结")
    assert side.office.hears("deadlines.order.ready", number="0001")
    await side.office.presses("发给 住建局")
    assert side.leader.hears("deadlines.order.heard", number="0001")
    await side.contact.says("督办 0001 快")
    assert side.contact.hears("core.not_allowed")


# -- lists and manners


async def many(town: TestTown, n: int) -> Side:
    side = await everybody(town)
    for index in range(n):
        rider = side.rider if index < 9 else await town.rider(f"骑手{index}")
        await rider.says(
            f"路上有个大坑，第{index}处", photo=f"hole-{index}.jpg", at=(46.81 + index / 1000, 130.35), group=True
        )
        await town.wait(seconds=1)
    return side


async def test_more_than_three_at_once_are_one_list(town: TestTown) -> None:
    side = await many(town, 6)
    assert len(await cases_of(town, side.contact)) == 6
    await until(town, 23, 10, 10)
    assert side.contact.hears_times("deadlines.remind.accept") <= 3
    told = [shown for shown in side.contact.chat if "请您看一下" in shown.text]
    assert side.contact.hears_times("deadlines.remind.accept") + len(told) <= 3


async def cases_of(town: TestTown, contact: Person) -> list[str]:
    async with town.database.read() as tx:
        rows = await tx.all("SELECT number FROM cases WHERE contact_id = :who", who=contact.id)
    return [str(row["number"]) for row in rows]


async def test_a_contact_with_thirty_cases_gets_three_messages_a_day(town: TestTown) -> None:
    side = await many(town, 30)
    assert len(await cases_of(town, side.contact)) == 30
    async with town.database.read() as tx:
        before = (await tx.one("SELECT max(id) AS id FROM outbox"))["id"]
    await until(town, 27, 23)
    async with town.database.read() as tx:
        rows = await tx.all(
            "SELECT created_at FROM outbox WHERE member_id = :who AND rank = 2 AND id > :before AND state = 'sent'",
            who=side.contact.id,
            before=before,
        )
    days = [f"{datetime.fromisoformat(str(row['created_at'])).astimezone(ZONE):%d}" for row in rows]
    assert days and all(days.count(day) <= 3 for day in days), days
    async with town.database.read() as tx:
        waiting = await tx.all("SELECT id FROM reminders WHERE state = 'waiting' AND send_at <= due_at")
    assert waiting == []


async def test_the_evening_list_comes_only_if_something_falls_due(town: TestTown) -> None:
    side = await reported(town)
    await side.contact.presses("接收")  # due on Thursday at 9:00
    await until(town, 24, 17)
    assert not side.contact.hears("deadlines.list.evening")
    await until(town, 25, 16, 40)
    assert side.contact.hears("deadlines.list.evening", n=1)


async def test_the_day_ends_with_a_digest_if_something_changed(town: TestTown) -> None:
    side = await reported(town)
    await until(town, 23, 20, 29)
    assert not town.group_hears("deadlines.digest.counts")
    await until(town, 23, 20, 30)
    assert town.group_hears("deadlines.digest.counts", reported=1, closed=0)
    assert town.group_hears("deadlines.digest.open_few", numbers="0001")
    assert "刘工" not in town.group[-1].text and side.rider.name not in town.group[-1].text
    await until(town, 24, 21)
    assert sum("今天上报" in shown.text for shown in town.group) == 1


async def test_what_is_urgent_uses_up_nothing_of_the_day(town: TestTown) -> None:
    side = await everybody(town, "traffic_police")
    for index in range(4):
        rider = await town.rider(f"骑手{index}")
        where = (46.81 + index / 1000, 130.35)
        await rider.says("红绿灯坏了不亮", photo=f"light-{index}.jpg", at=where, group=True)
    await until(town, 23, 10)  # an hour later the leader hears of all four, and the contact that it was so
    assert side.contact.hears("deadlines.list.copies")
    async with town.database.read() as tx:
        rows = await tx.all("SELECT id FROM outbox WHERE member_id = :who AND rank = 2", who=side.contact.id)
    assert rows == []


async def test_what_falls_due_with_the_morning_list_is_in_it(town: TestTown) -> None:
    side = await everybody(town, "urban_mgmt")
    await side.rider.says("墙上贴满小广告，客运站", photo="ads.jpg", group=True)
    await until(town, 24, 9)
    await side.contact.says("办 0001")
    await side.contact.presses("接收")
    assert (await town.case(1)).resolve_due == at(26, 8, 40)
    await until(town, 25, 8, 39)
    before = len(side.contact.chat)
    await until(town, 25, 8, 50)
    assert [shown.text.startswith("早上好") for shown in side.contact.chat[before:]] == [True]
    assert ("resolve_reminder", "contact", "25 08:40", "bundled") in await ledger(town)
    await until(town, 26, 8, 50)
    assert ("resolve_overdue", "leader", "26 08:40", "told") in await ledger(town)
    assert ("resolve_overdue", "contact", "26 08:40", "bundled") in await ledger(town)
    assert side.leader.hears_times("deadlines.above.resolve") == 1


async def test_what_the_morning_list_puts_off_a_little_is_told(town: TestTown) -> None:
    side = await everybody(town)
    await until(town, 23, 15)
    for index in range(3):
        where = (46.81 + index / 1000, 130.35)
        await side.rider.says(f"路上有个大坑，第{index}处", photo=f"hole-{index}.jpg", at=where, group=True)
    await until(town, 24, 7, 37)
    await side.rider.says("下水道冒水，污水横流", photo="water.jpg", at=(46.83, 130.35), group=True)
    await until(town, 24, 8, 41)  # of the urgent one the deputy has heard at 8:37
    assert side.deputy.hears_times("deadlines.above.deputy") == 1
    await until(town, 24, 8, 42)
    assert side.deputy.hears_times("deadlines.above.deputy") == 4


async def test_what_is_put_off_into_the_noon_break_waits_for_its_end(town: TestTown) -> None:
    side = await everybody(town)
    await until(town, 23, 10, 27)
    for index, seconds in enumerate((0, 1, 60, 0)):
        await town.wait(seconds=seconds)
        where = (46.81 + index / 1000, 130.35)
        await side.rider.says(f"路上有个大坑，第{index}处", photo=f"hole-{index}.jpg", at=where, group=True)
    await until(town, 23, 11, 29)
    assert side.contact.hears_times("deadlines.remind.accept") == 2
    await until(town, 23, 13, 29)  # five minutes after the first it was noon
    assert not side.contact.hears("deadlines.list.reminders")
    await until(town, 23, 13, 30)
    assert side.contact.hears("deadlines.list.reminders", n=2)


# -- the bot was away


async def test_after_an_outage_only_the_last_step_is_told(town: TestTown) -> None:
    side = await reported(town)
    town.clock.move(at(25, 10))  # nothing ran meanwhile
    await town.wait(minutes=1)
    assert side.office.hears("deadlines.order.ready", number="0001")
    assert not side.contact.hears("deadlines.remind.accept")
    found = await ledger(town)
    assert ("accept_reminder", "contact", "23 10:00", "dropped") in found
    assert ("accept_leader", "leader", "23 15:00", "dropped") in found
    assert not town.group_hears("deadlines.digest.counts")


async def test_a_changed_calendar_moves_every_limit_and_its_ladder(town: TestTown) -> None:
    side = await reported(town)
    await side.contact.presses("接收")
    admin = await town.admin("王管理")
    await admin.says("调休 2026-11-25 休息")
    await town.wait(seconds=1)
    assert (await town.case(1)).resolve_due == at(27, 9)
    await until(town, 26, 10)
    assert not any(step == "resolve_overdue" for step, *_ in await ledger(town))


async def test_who_says_nothing_is_asked_again_after_the_calendar_has_changed(town: TestTown) -> None:
    side = await reported(town)
    await side.contact.presses("接收")
    await until(town, 24, 10)
    assert [(step, when) for step, _, when, _ in await ledger(town)] == [("progress_nudge", "24 09:00")]
    admin = await town.admin("王管理")
    await admin.says("调休 2026-11-26 休息")
    await until(town, 25, 10)
    assert ("progress_nudge", "25 09:00") in [(step, when) for step, _, when, _ in await ledger(town)]


async def test_an_escalation_that_waits_for_the_morning_outlives_a_change_of_the_calendar(town: TestTown) -> None:
    side = await everybody(town)
    await until(town, 23, 15)
    await side.rider.says(POTHOLE, photo="before.jpg", group=True)
    await until(town, 23, 20)  # its time to accept was up when work ended
    assert ("accept_overdue", "deputy", "23 17:00", "waiting") in await ledger(town)
    admin = await town.admin("王管理")
    await admin.says("调休 2026-11-25 休息")
    await until(town, 24, 8, 41)
    assert side.deputy.hears("deadlines.above.deputy")
    assert ("accept_overdue", "contact", "23 17:00", "bundled") in await ledger(town)
    assert ("accept_reminder", "contact", "23 16:00", "told") in await ledger(town)


async def test_a_danger_that_was_none_has_the_ladder_of_an_ordinary_matter(town: TestTown) -> None:
    side = await everybody(town)
    await side.rider.says(FIRE_IN_WORDS, photo="fire.jpg", group=True)
    await side.contact.presses("接收")
    await side.rider.presses("没有危险")
    due = (await town.case(1)).resolve_due
    assert due == at(25, 9)
    await until(town, 24, 8)
    assert await ledger(town) == []
    await until(town, 25, 9)
    assert ("resolve_overdue", "leader", "25 09:00", "told") in await ledger(town)


async def test_two_changes_in_a_row_each_count_once(town: TestTown) -> None:
    side = await reported(town)
    await side.contact.presses("接收")
    admin = await town.admin("王管理")
    await admin.says("调休 2026-11-25 休息")
    await admin.says("调休 2026-11-28 上班")
    await town.wait(seconds=2)
    assert (await town.case(1)).resolve_due == at(27, 9)
    await admin.says("调休 2026-11-25 恢复")
    await town.wait(seconds=2)
    assert (await town.case(1)).resolve_due == at(26, 9)
