"""The month: closed at nine on the first, looked at, shown, settled, announced once; and what comes too late."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.chat.wire import read_body
from bot.domain.people import SYSTEM, Post, Role
from bot.domain.rulebook import Publicity
from bot.engine.imaging import ImageWorker
from bot.secrets import Secret, Signer
from handlers.people.greeting import VERSION
from storage import cases, consents, members, points
from storage.blobs import open_blobs
from storage.database import open_database
from storage.months import MonthState
from storage.points import Entry
from tests.features.acting import POTHOLE, about
from tests.features.month import (
    DECEMBER,
    NOVEMBER,
    balance,
    booked,
    drafted,
    earns,
    lines_of,
    month_of,
    published,
    standing,
    until,
)
from tests.town import RULEBOOK, Person, TestTown, default_town


async def entry_of(town: TestTown, number: int) -> Entry:
    async with town.database.read() as tx:
        return await points.get(tx, number)


async def test_the_draft_comes_on_the_first_at_nine_and_says_what_to_look_at(town: TestTown) -> None:
    admin, other = await town.admin("李主任"), await town.admin("王主任")
    first, second, third = [await town.rider(name) for name in ("赵强", "李晓梅", "孙立")]
    await earns(town, first, "A03")
    await earns(town, second, "A02")
    await earns(town, third, "A02")
    await earns(town, third, "A01", waits=True)
    await until(town, 11, 30, 20)
    await second.says("申诉 0112 少记 3 分")
    await until(town, 12, 1, 8, 59)
    assert not admin.hears("ranking.draft.ready")

    await drafted(town)
    for one in (admin, other):
        assert one.hears("ranking.draft.ready", riders=3)
        assert one.hears("ranking.draft.shared", n=1)
        assert one.hears("ranking.draft.objections", n=1)
        assert one.hears("ranking.draft.held", n=1)
    assert (await month_of(town)).state is MonthState.FROZEN
    assert not town.group_hears("ranking.shown.head")
    assert not first.hears("ranking.own.shown")


async def test_who_did_something_and_lost_nothing_gets_the_clean_month(town: TestTown) -> None:
    clean, punished, idle, waiting = [await town.rider(name) for name in ("赵强", "李晓梅", "孙立", "周平")]
    await earns(town, clean, "A01")
    await earns(town, punished, "A03", "E07")
    await earns(town, idle, "C01")  # learning is no deed of duty
    await earns(town, waiting, "A01", waits=True)
    await drafted(town)
    assert await booked(town, clean, "E01") == [(5, "confirmed", NOVEMBER)]
    assert [await booked(town, one, "E01") for one in (punished, idle, waiting)] == [[], [], []]
    assert await standing(town, clean, punished, idle, waiting) == {
        "赵强": (1, 7),
        "李晓梅": (2, 5),
        "孙立": (2, 5),
        "周平": (4, 0),
    }
    assert (await balance(town, clean)).spendable == 7


async def test_what_is_set_right_of_an_earlier_month_costs_nobody_the_clean_month(town: TestTown) -> None:
    """A deduction or a report of November that is taken back in December says nothing about December."""
    admin = await town.admin("李主任")
    forgiven, corrected, waiting = [await town.rider(name) for name in ("赵强", "李晓梅", "孙立")]
    (deduction,) = await earns(town, forgiven, "E07")
    (report,) = await earns(town, corrected, "A01")
    (held,) = await earns(town, waiting, "A01", waits=True)
    await until(town, 12, 2, 10)
    async with town.database.write() as tx:
        for entry in (deduction, report):
            await points.reverse(tx, await points.get(tx, entry), admin.id, town.clock.now(), "记错了")
        await points.confirm(tx, await points.get(tx, held), admin.id, town.clock.now())
    await earns(town, forgiven, "A01")
    await earns(town, corrected, "A01")
    await earns(town, waiting, "A01", waits=True)
    await until(town, 1, 1, 9, 1)
    assert admin.hears_times("ranking.draft.held", n=1) == 2
    for one in (forgiven, corrected):
        assert (5, "confirmed", DECEMBER) in await booked(town, one, "E01")


async def test_the_clean_month_stays_under_the_caps(town: TestTown) -> None:
    """A last day that is nearly full leaves what room there is."""
    rider = await town.rider("赵强")
    await until(town, 11, 30, 10)
    await earns(town, rider, "A03", "A03", "A02", "A02", "A02", "C01", "B06")
    assert (await balance(town, rider)).month == 36
    await drafted(town)
    assert await booked(town, rider, "E01") == [(4, "confirmed", NOVEMBER)]
    assert await standing(town, rider) == {"赵强": (1, 40)}


async def test_nothing_is_published_by_itself_and_the_admins_are_reminded_on_working_days(town: TestTown) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await earns(town, rider, "A01")
    await until(town, 12, 8, 9, 1)  # a week later, with a weekend in between
    assert admin.hears_times("ranking.draft.waits") == 5
    assert (await month_of(town)).state is MonthState.FROZEN
    assert not town.group_hears("ranking.shown.head")

    await admin.presses("暂缓")
    assert admin.notices[-1] == town.texts.pattern("ranking.draft.put_off", "zh-CN")
    await admin.presses("发布")
    assert town.group_hears("ranking.shown.head")
    await until(town, 12, 9, 9, 1)
    assert admin.hears_times("ranking.draft.waits") == 5


async def test_the_admin_sees_poster_and_sheet_before_anybody_else(town: TestTown) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await earns(town, rider, "A01")
    await drafted(town)
    await admin.presses("预览海报")
    assert [picture.name for picture in admin.last.rendered.pictures] == ["poster.jpg"]
    await admin.presses("看明细表")
    (file,) = admin.last.rendered.files
    assert file.name == "松岭县2026年11月积分公示.pdf"
    assert file.data.startswith(b"%PDF")
    assert not town.group_hears("ranking.shown.head")


async def test_publicity_names_the_first_three_masked_unless_they_agreed(town: TestTown) -> None:
    admin = await town.admin("李主任")
    first, second, idle = [await town.rider(name) for name in ("赵铁强", "李晓梅", "孙立")]
    await earns(town, first, "A03")
    await earns(town, second, "A02")
    async with town.database.write() as tx:
        await consents.answer(tx, second.id, consents.PUBLIC_NAME, VERSION, "sandbox", town.clock.now(), agreed=True)
    await published(town, admin)
    (shown,) = [message for message in town.group if "光荣榜" in message.text]
    assert "第一名 赵*强 13 分" in shown.text
    assert "第二名 李晓梅 9 分" in shown.text
    assert "公示 12月1日至12月3日" in shown.text
    assert "孙" not in shown.text
    assert [file.name for file in shown.rendered.files] == ["松岭县2026年11月积分公示.pdf"]
    assert first.hears("ranking.own.shown", points=13, place=1)
    assert second.hears("ranking.own.shown", points=9, place=2)
    assert not idle.hears("ranking.own.shown")  # nobody is told that they stand last
    assert idle.hears("ranking.own.nothing")
    assert idle.last.labels == ["申诉"]
    await until(town, 12, 4, 9, 1)
    assert first.hears("ranking.own.final") and not idle.hears("ranking.own.final")
    assert idle.hears_times("ranking.own.nothing") == 1


@pytest.mark.parametrize(
    ("mode", "names"),
    [
        (Publicity.FULL_MASKED, ["赵*强", "孙*"]),
        (Publicity.FULL, ["赵铁强", "孙立"]),
        (Publicity.TOP, ["赵*强", "孙*"]),
    ],
)
async def test_the_sheet_shows_what_the_county_makes_public(
    sqlite_url: str, tmp_path: Path, image_worker: ImageWorker, mode: Publicity, names: list[str]
) -> None:
    database = await open_database(sqlite_url, guarded=True)
    book = replace(RULEBOOK, publicity=mode)
    county = default_town(Signer(Secret(b"k" * 32)), rulebook=book)
    town = await TestTown.open(database, open_blobs(str(tmp_path / "photos")), image_worker, town=county)
    admin, first = await town.admin("李主任"), await town.rider("赵铁强")
    await town.rider("孙立")
    await earns(town, first, "A03")
    await published(town, admin)
    assert [row[1] for row in await sheet_rows(town)] == names
    await database.close()


async def sheet_rows(town: TestTown) -> list[tuple[str, ...]]:
    """Place, name, duty, points and change of the newest sheet, as its texts stand."""
    async with town.database.read() as tx:
        rows = await tx.all("SELECT body FROM outbox WHERE body LIKE '%publicity.pdf%' ORDER BY id")
    (sheet,) = read_body(str(rows[-1]["body"])).attachments
    return [tuple(town.texts.shown(cell, "zh-CN", town.clock.now()) for cell in row) for row in sheet.rows]


async def test_the_rows_of_the_card_come_to_the_points_above_them(town: TestTown) -> None:
    """A deduction of which a point was given back is a deduction of less."""
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await earns(town, rider, "A03", "E07")
    await rider.says("劝导 骑车逆行，人民路")
    await town.wait(minutes=11)
    assert (await balance(town, rider)).month == 8 - 3 + 2 + 1
    await published(town, admin)
    await until(town, 12, 4, 9, 1)
    await rider.presses("我的月卡")
    async with town.database.read() as tx:
        row = await tx.one("SELECT body FROM outbox WHERE body LIKE '%rider_card%' ORDER BY id DESC LIMIT 1")
    (card,) = read_body(str(row["body"])).attachments
    assert card.words["points"] == 8
    assert [list(one) for one in card.rows] == [["问题上报", 8], ["履职行动", 2], ["荣誉与纪律", -2]]


async def test_publishing_with_an_open_objection_asks_again(town: TestTown) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await earns(town, rider, "A01")
    await drafted(town)
    await rider.says("申诉 11月 0112 少记 3 分")
    await admin.presses("发布")
    assert admin.hears("ranking.draft.sure", n=1, names="赵强")
    assert (await month_of(town)).state is MonthState.FROZEN
    await admin.presses("仍然发布")
    assert (await month_of(town)).state is MonthState.PUBLICITY
    await admin.presses("发布")
    assert "已经公示过了" in admin.notices[-1]


async def test_after_three_working_days_it_is_settled_and_announced_once(town: TestTown) -> None:
    admin = await town.admin("李主任")
    first, second = await town.rider("赵强"), await town.rider("李晓梅")
    await earns(town, first, "A03")
    await earns(town, second, "A02")
    await published(town, admin)
    before = (await month_of(town)).hash
    await until(town, 12, 4, 8, 59)
    assert (await month_of(town)).state is MonthState.PUBLICITY

    await until(town, 12, 8, 10)
    settled = await month_of(town)
    assert (settled.state, settled.hash, settled.version) == (MonthState.FINAL, before, 1)
    assert settled.final_at == settled.announced_at == datetime(2026, 12, 4, 1, 0, tzinfo=UTC)
    (told,) = [message for message in town.group if "已定榜" in message.text]
    assert [picture.name for picture in told.rendered.pictures] == ["poster.jpg"]
    assert first.hears_times("ranking.own.final", points=13, place=1) == 1

    await first.presses("我的月卡")
    assert [picture.name for picture in first.last.rendered.pictures] == ["rider_card.jpg"]


async def test_the_stars_of_the_month_can_spend_more_and_who_shares_a_place_gets_as_much(town: TestTown) -> None:
    admin = await town.admin("李主任")
    riders = [await town.rider(name) for name in ("赵强", "李晓梅", "孙立", "周平")]
    await earns(town, riders[0], "A03")
    for rider in riders[1:3]:
        await earns(town, rider, "A02")
    await earns(town, riders[3], "A01")
    await published(town, admin)
    await until(town, 12, 4, 9, 1)
    assert await standing(town, *riders) == {"赵强": (1, 13), "李晓梅": (2, 9), "孙立": (2, 9), "周平": (4, 7)}
    assert [await booked(town, rider, "E02") for rider in riders] == [
        [(30, "confirmed", NOVEMBER)],
        [(20, "confirmed", NOVEMBER)],
        [(20, "confirmed", NOVEMBER)],
        [],
    ]
    assert [(await balance(town, rider)).month for rider in riders] == [13, 9, 9, 7]
    assert [(await balance(town, rider)).spendable for rider in riders] == [43, 29, 29, 7]


async def test_what_was_mended_then_rejected_then_time_tells_equals_apart(town: TestTown) -> None:
    riders = [await town.rider(name) for name in ("后来", "先到", "驳回", "办结")]
    for rider in riders[1:]:
        await earns(town, rider, "A01")
    async with town.database.write() as tx:
        for rider, state, ended in ((riders[2], "rejected", ""), (riders[3], "closed", "resolved")):
            case = await cases.insert(tx, rider.id, town.clock.now())
            await tx.run(
                "UPDATE cases SET state = :state, resolution = :ended, closed_at = CASE WHEN :ended = '' THEN NULL"
                " ELSE moved_at END WHERE id = :id",
                state=state,
                ended=ended or None,
                id=case.id,
            )
    await town.wait(minutes=5)
    await earns(town, riders[0], "A01")
    await drafted(town)
    assert await standing(town, *riders) == {"办结": (1, 7), "先到": (2, 7), "后来": (3, 7), "驳回": (4, 7)}


async def test_a_month_without_anybody(town: TestTown) -> None:
    admin = await town.admin("李主任")
    await published(town, admin)
    assert admin.hears("ranking.draft.ready", riders=0)
    assert town.group_hears("ranking.shown.nobody")
    await until(town, 12, 4, 9, 1)
    assert (await month_of(town)).state is MonthState.FINAL
    assert town.group_hears("ranking.final.head")
    assert [picture.name for picture in town.group[-1].rendered.pictures] == ["poster.jpg"]


async def test_a_month_with_one_rider_who_left_before_its_end(town: TestTown) -> None:
    """Listed with the points that were earned; the clean month is for those who stay."""
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await earns(town, rider, "A03")
    async with town.database.write() as tx:
        await members.end_post(tx, rider.id, Role.RIDER, None, town.clock.now())
    newcomer = await until_and_rider(town)
    await published(town, admin)
    assert await standing(town, rider, newcomer) == {"赵强": (1, 8)}
    await until(town, 12, 4, 9, 1)
    assert await booked(town, rider, "E02") == []


async def until_and_rider(town: TestTown) -> Person:
    """Somebody who is appointed in December."""
    await until(town, 12, 1, 0, 30)
    return await town.rider("新来")


async def test_events_of_the_first_before_nine_belong_to_the_new_month(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await until(town, 11, 30, 23, 59)
    await earns(town, rider, "A01")
    await until(town, 12, 1, 0, 0)
    await earns(town, rider, "A02")
    await drafted(town)
    assert await standing(town, rider) == {"赵强": (1, 7)}
    assert (await balance(town, rider, DECEMBER)).month == 4


async def test_what_is_confirmed_or_taken_back_after_the_close_counts_in_the_next_month(town: TestTown) -> None:
    rider, admin = await town.rider("赵强"), await town.admin("李主任")
    (waits,) = await earns(town, rider, "A05", waits=True)
    (wrong,) = await earns(town, rider, "A03")
    await until(town, 12, 1, 8, 30)
    (early,) = await earns(town, rider, "A02", waits=True)  # December's, and confirmed before the close
    await drafted(town)
    frozen = await lines_of(town)
    await until(town, 12, 3, 10)
    async with town.database.write() as tx:
        for number in (waits, early):
            await points.hold(tx, rider.id)
            await points.confirm(tx, await points.get(tx, number), admin.id, town.clock.now())
        await points.reverse(tx, await points.get(tx, wrong), admin.id, town.clock.now(), "")
    assert await lines_of(town) == frozen
    assert (await balance(town, rider, NOVEMBER)).month == 13
    assert (await balance(town, rider, DECEMBER)).month == 2 + 4 - 8
    assert (await entry_of(town, waits)).period == NOVEMBER  # it was earned then, and its caps stay there

    async with town.database.write() as tx:
        await points.reverse(tx, await points.get(tx, waits), admin.id, town.clock.now(), "")
    assert (await balance(town, rider, DECEMBER)).month == 4 - 8


async def test_months_that_were_missed_are_closed_in_their_order(town: TestTown) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await earns(town, rider, "A01")
    town.clock.move(datetime(2027, 1, 20, 2, 0, tzinfo=UTC))  # the machine was off
    await town.work_off()
    assert [(await month_of(town, period)).state for period in (NOVEMBER, DECEMBER)] == [MonthState.FROZEN] * 2
    assert admin.hears_times("ranking.draft.ready") == 2


async def test_the_place_in_the_running_month_and_in_those_before(town: TestTown) -> None:
    admin, first, second = await town.admin("李主任"), await town.rider("赵强"), await town.rider("李晓梅")
    await first.says("排名")
    assert first.hears("ranking.standing.own_none")
    assert first.hears("ranking.standing.nobody")
    await earns(town, first, "A02")
    await earns(town, second, "A03")
    await first.says("排名")
    assert first.hears("ranking.standing.own", points=4, place=2)
    assert first.hears("ranking.standing.line", place=1, name="李*梅", points=8)
    await drafted(town)
    await first.says("排名 11月")
    assert first.hears("ranking.standing.counting")
    await admin.presses("发布")
    await first.says("排名 11月")
    assert first.hears("ranking.standing.shown")
    assert first.hears("ranking.standing.own_then", points=9, place=2)
    await until(town, 12, 4, 9, 1)
    await first.says("排名 2026-11")
    assert first.hears("ranking.standing.final")
    await first.says("排名 3月")
    assert first.hears("ranking.standing.none")
    await first.says("排名 什么")
    assert first.hears("ranking.standing.how")


async def test_the_square_on_a_poster_tells_whether_the_ranking_still_holds(town: TestTown) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await earns(town, rider, "A01")
    await published(town, admin)
    digest = (await month_of(town)).hash or ""
    await rider.says(f"核验 2026-11 {digest[:16]}")
    assert rider.hears("ranking.check.same", riders=1)
    await rider.says(f"核验 2026-11 {digest[:15]}x")
    assert rider.hears("ranking.check.other")
    await rider.says("核验 2026-11 a")
    assert rider.hears("ranking.check.unknown")


async def test_only_admins_decide_about_a_draft(town: TestTown) -> None:
    admin, office = await town.admin("李主任"), await town.dispatcher("钱主任")
    await drafted(town)
    shown = town.newest_with(admin.platform, admin.account, "发布")
    data = next(button.data for button in shown.rendered.buttons if button.label == "发布")
    await office.presses_data(data, shown)
    assert (await month_of(town)).state is MonthState.FROZEN
    async with town.database.write() as tx:
        await members.add_post(tx, office.id, Post(Role.ADMIN), town.clock.now(), SYSTEM)
    await admin.presses("发布")
    assert (await month_of(town)).state is MonthState.PUBLICITY


async def test_places_are_compared_with_the_month_before(town: TestTown) -> None:
    admin = await town.admin("李主任")
    first, second = await town.rider("赵强"), await town.rider("李晓梅")
    await earns(town, first, "A03")
    await earns(town, second, "A01")
    await published(town, admin)
    await until(town, 12, 20, 10)
    third = await town.rider("孙立")
    await earns(town, second, "A03", "A02")
    await earns(town, first, "A02")
    await earns(town, third, "A01")
    await until(town, 1, 4, 9, 1)
    await admin.presses("看明细表")
    rows = await sheet_rows(town)
    assert [(row[0], row[1], row[4]) for row in rows] == [
        ("1", "李*梅", "▲1"),
        ("2", "赵*", "▼1"),
        ("3", "孙*", "新上榜"),
    ]


async def test_the_agencies_of_the_month_are_shown_after_it_is_settled(town: TestTown) -> None:
    admin, rider, contact = await town.admin("李主任"), await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    await contact.presses("接收")
    await contact.says("已填平", photo="after.jpg", answers=about(contact, "0001"))
    await rider.presses("已修好")
    await published(town, admin)
    assert not town.group_hears("ranking.agencies.head")
    await until(town, 12, 4, 9, 1)
    (shown,) = [message for message in town.group if "各单位办理情况" in message.text]
    assert [picture.name for picture in shown.rendered.pictures] == ["agency_page.jpg"]
    async with town.database.read() as tx:
        row = await tx.one("SELECT body FROM outbox WHERE once LIKE 'ranking:2026-11:agencies:%'")
        left = await tx.all("SELECT name FROM notes WHERE name LIKE 'ranking.%'")
    (page,) = read_body(str(row["body"])).attachments
    assert page.rows[0][:3] == (0, "住建局", "100.0%")
    assert left == []
