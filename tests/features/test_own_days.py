"""The county's own working days: set by words or by a file, counted at once, and the year nobody has entered."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from bot.calendar_file import read_sheet
from bot.chat.events import Ordered
from bot.chat.messages import Text
from bot.chat.wire import write_internal
from bot.domain.people import SYSTEM, MemberId
from bot.domain.workdays import write_days
from bot.engine.imaging import ImageWorker
from bot.engine.intake import internal
from bot.people_file import FileFault
from bot.secrets import Secret, Signer
from storage import calendar_days
from storage.blobs import open_blobs
from storage.database import Row, open_database
from tests.features.acting import POTHOLE, until
from tests.town import ZONE, Person, TestTown, default_town

SATURDAY, SUNDAY = date(2026, 11, 28), date(2026, 11, 29)


@pytest.fixture
async def admin(town: TestTown) -> Person:
    return await town.admin("李主任")


async def rows(town: TestTown, sql: str) -> list[Row]:
    async with town.database.read() as tx:
        return list(await tx.all(sql))


async def own_days(town: TestTown) -> dict[date, bool]:
    async with town.database.read() as tx:
        return dict(await calendar_days.as_of(tx, await calendar_days.latest(tx)))


async def ordered(town: TestTown, days: dict[date, bool | None]) -> None:
    """As `wudayuan calendar import` does it."""
    event = Ordered(town.next_event(), "calendar.import", write_days(days), SYSTEM, town.clock.now())
    await town.engine.intake.store([internal(event.event_id, "engine:order", write_internal(event), town.clock)])
    await town.settle()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


# 「调休」


async def test_a_saturday_is_worked_and_the_answer_says_what_holds(town: TestTown, admin: Person) -> None:
    await admin.says("调休 2026-11-28 上班")

    assert await own_days(town) == {SATURDAY: True}
    assert admin.last.text == "已记下：\n11月28日（周六）上班\n未办结事项的时限正在重算。"
    assert await rows(town, "SELECT actor_id, action, object, detail FROM audit WHERE action LIKE 'calendar.%'") == [
        {
            "actor_id": admin.id,
            "action": "calendar.set",
            "object": "calendar_day:1",
            "detail": "2026-11-28..2026-11-28=work",
        }
    ]
    (timer,) = await rows(town, "SELECT key, due_at FROM timers WHERE name = 'deadlines.recount'")
    assert timer == {"key": "0:1:0", "due_at": "2026-11-23T01:00:00.000Z"}


async def test_a_case_is_counted_with_the_new_day_at_once(town: TestTown, admin: Person) -> None:
    """Three working days from Thursday 16:00: over the weekend until Tuesday, with a worked Saturday until Monday."""
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await until(town, 26, 16)

    await rider.says(POTHOLE, photo="one.jpg", group=True)
    await admin.says("调休 11月28日 上班")
    await rider.says("路上有个大坑，人民路幼儿园", photo="two.jpg", group=True)

    assert (await town.case(1)).resolve_due == at("2026-12-01T16:00")
    assert (await town.case(2)).resolve_due == at("2026-11-30T16:00")


@pytest.mark.parametrize(
    ("said", "days", "answer"),
    [
        (
            "调休 2027-02-04至2027-02-06、2月8日 休息",
            {f"2027-02-0{number}": False for number in (4, 5, 6, 8)},
            "已记下：\n2027年2月4日（周四）至2月6日（周六）休息\n2027年2月8日（周一）休息\n未办结事项的时限正在重算。",
        ),
        (
            "调休 12月31日至1月1日 休息",
            {"2026-12-31": False, "2027-01-01": False},
            "已记下：\n12月31日（周四）至2027年1月1日（周五）休息\n未办结事项的时限正在重算。",
        ),
        ("调休2027年2月8日 上班", {"2027-02-08": True}, "已记下：\n2027年2月8日（周一）上班"),
        ("/workday 2027-02-06 Rest", {"2027-02-06": False}, "已记下：\n2027年2月6日（周六）休息"),
    ],
)
async def test_several_days_and_what_they_change(
    town: TestTown, admin: Person, said: str, days: dict[str, bool], answer: str
) -> None:
    await admin.says(said)

    assert await own_days(town) == {date.fromisoformat(day): works for day, works in days.items()}
    assert admin.last.text == answer


async def test_a_day_is_restored_as_it_was_published(town: TestTown, admin: Person) -> None:
    await admin.says("调休 11月28日至29日 上班")
    await admin.says("调休 11月28日 恢复")

    assert await own_days(town) == {SUNDAY: True}
    assert admin.last.text == "已恢复：\n11月28日（周六）休息\n未办结事项的时限正在重算。"
    assert [row["key"] for row in await rows(town, "SELECT key FROM timers WHERE name = 'deadlines.recount'")] == [
        "0:2:0",
        "2:3:0",
    ]


async def test_what_is_so_already_is_said_and_not_written(town: TestTown, admin: Person) -> None:
    await admin.says("调休 11月28日 上班")
    await admin.says("调休 11月28日 上班")
    assert admin.last.text == "本来就这样，没有改动：\n11月28日（周六）上班"

    await admin.says("调休 11月29日 恢复")
    assert admin.last.text == "本来就这样，没有改动：\n11月29日（周日）休息"
    assert len(await rows(town, "SELECT id FROM calendar_days")) == 1
    assert len(await rows(town, "SELECT id FROM audit WHERE action = 'calendar.set'")) == 1


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("调休 下周六 上班", "calendar.how"),
        ("调休 2027-02-30 上班", "calendar.how"),
        ("调休 2027-02-06", "calendar.how"),
        ("调休 2027-02-06 吃饭", "calendar.how"),
        ("调休 2072-02-06 上班", "calendar.too_far"),
    ],
)
async def test_wrong_words_are_answered_by_the_example(town: TestTown, admin: Person, said: str, key: str) -> None:
    await admin.says(said)

    assert admin.hears(key)
    assert await own_days(town) == {}


async def test_only_admins_in_private_set_days(town: TestTown, admin: Person) -> None:
    others = [await town.rider("赵强"), await town.contact("housing", "刘工"), await town.dispatcher("周值班")]
    for other in others:
        await other.says("调休 11月28日 上班")
        assert other.hears("core.not_allowed")
    await admin.says("调休 11月28日 上班", group=True)

    assert town.group_hears("core.private_only")
    assert await own_days(town) == {}


async def test_the_word_alone_tells_what_is_to_come(town: TestTown, admin: Person) -> None:
    await admin.says("调休")
    assert admin.last.text == ("本县没有自己定的日子。\n2027 年放假安排还没有录入。\n要改请发：调休 2月6日 上班")

    await admin.says("调休 2026-11-22、11月28日至29日、2027-02-06 上班")
    await admin.says("调休")
    assert admin.last.text == (
        "本县自己定的：\n11月28日（周六）至11月29日（周日）上班\n2027年2月6日（周六）上班\n要改请发：调休 2月6日 上班"
    )


async def test_the_next_published_holidays_are_told(sqlite_url: str, tmp_path: Path, image_worker: ImageWorker) -> None:
    database = await open_database(sqlite_url, guarded=True)
    usual = default_town(Signer(Secret(b"k" * 32)))
    year_ago = {
        day.replace(year=day.year + 1): works for day, works in usual.calendar.exceptions.items() if day.year == 2026
    }
    calendar = replace(usual.calendar, exceptions=year_ago, published_years=frozenset({2027}))
    town = await TestTown.open(
        database, open_blobs(str(tmp_path / "photos")), image_worker, town=replace(usual, calendar=calendar)
    )
    admin = await town.admin("李主任")

    await admin.says("调休")

    assert admin.last.text == (
        "本县没有自己定的日子。\n国家公布的，接下来是：\n2027年1月1日（周五）至1月3日（周日）休息\n2027年1月4日（周一）上班\n"
        "2027年2月14日（周日）上班\n2027年2月15日（周一）至2月23日（周二）休息\n2027年2月28日（周日）上班\n"
        "2027年4月4日（周日）至4月6日（周二）休息\n要改请发：调休 2月6日 上班"
    )
    await until(town, 30, 10)
    assert not admin.hears("calendar.missing"), "next year is published"
    await database.close()


async def test_many_days_apart_are_cut_short(town: TestTown, admin: Person) -> None:
    await admin.says("调休 " + "、".join(f"2027-03-{number:02}" for number in range(1, 30, 2)) + " 休息")

    lines = admin.last.text.splitlines()
    assert len(lines) == 1 + 12 + 1 + 1
    assert lines[-2] == "另有 3 天。"


# A year that nobody has entered


async def test_from_november_the_admins_hear_once_a_week_that_next_year_is_missing(
    town: TestTown, admin: Person
) -> None:
    rider = await town.rider("赵强")
    for day in range(24, 30):
        await until(town, day, 10)
    assert admin.hears_times("calendar.missing", year=2027) == 1
    assert not rider.hears("calendar.missing")

    await until(town, 30, 10)
    assert admin.hears_times("calendar.missing") == 2, "the next week"

    await admin.says("调休 2027-01-01 休息")
    await town.wait(days=15)
    assert admin.hears_times("calendar.missing") == 2, "the county has entered days of it"


async def test_before_november_next_year_is_nobodys_concern(town: TestTown, admin: Person) -> None:
    town.clock.move(at("2027-10-30T09:30"))
    async with town.database.write() as tx:
        await calendar_days.hold(tx)
        await calendar_days.add(tx, date(2027, 1, 1), False, admin.id, town.clock.now())
    await town.wait(days=1)
    assert not admin.hears("calendar.missing", year=2028)

    await town.wait(days=1)
    assert admin.hears_times("calendar.missing", year=2028) == 1


# The file


async def test_days_of_a_file_are_stored_and_the_admins_hear_of_it_once(town: TestTown, admin: Person) -> None:
    await admin.says("调休 11月28日 上班")

    await ordered(town, {SATURDAY: True, SUNDAY: True, date(2027, 2, 6): False})
    await ordered(town, {SATURDAY: True, SUNDAY: True, date(2027, 2, 6): False})

    assert await own_days(town) == {SATURDAY: True, SUNDAY: True, date(2027, 2, 6): False}
    assert admin.hears_times("calendar.imported", changed=2, same=1) == 1
    assert admin.hears_times("calendar.imported") == 1
    (_, row) = await rows(town, "SELECT actor_id, detail FROM audit WHERE action = 'calendar.set' ORDER BY id")
    assert row == {"actor_id": MemberId(SYSTEM), "detail": "2026-11-29..2026-11-29=work 2027-02-06..2027-02-06=rest"}


def read(*lines: str) -> tuple[dict[str, bool | None], list[tuple[object, str]]]:
    sheet = read_sheet("\n".join(lines).encode(), SATURDAY)
    faults: list[tuple[object, str]] = []
    for said in sheet.faults:
        inner = said.args["fault"]
        assert isinstance(inner, Text)
        faults.append((said.args["line"], inner.key.removeprefix("calendar.file.")))
    return {day.isoformat(): works for day, works in sheet.days.items()}, faults


def test_a_file_may_have_a_title_spans_and_further_columns() -> None:
    days, faults = read(
        "松岭县2027年工作日安排,,",
        "节日,日期,安排",
        "元旦,2027-01-01至2027-01-02,休息",
        ",2027/1/3,上班",
        ",,",
        "补班,2027年2月6日（周六）、2月7日,上班",
        "又写一遍,2027-02-07,上班",
        "取消,2027-03-01,恢复",
    )

    assert faults == []
    assert days == {
        "2027-01-01": False,
        "2027-01-02": False,
        "2027-01-03": True,
        "2027-02-06": True,
        "2027-02-07": True,
        "2027-03-01": None,
    }
    assert read("Date,Work/Rest", "2027-02-06,Work")[0] == {"2027-02-06": True}


def test_every_fault_of_a_file_is_told_with_its_line() -> None:
    _, faults = read(
        "日期,安排",
        "2027-01-01,休息",
        "2027-02-30,吃饭",
        "2月6日,上班",
        ",上班",
        "2027-02-06,",
        "2072-02-06,上班",
        "2026-12-31至2027-01-01,上班",
    )

    assert faults == [
        (3, "date_odd"),
        (3, "works_odd"),
        (4, "date_odd"),
        (5, "date_missing"),
        (6, "works_missing"),
        (7, "too_far"),
        (8, "twice"),
    ]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("姓名,安排\n2027-02-06,上班", "calendar.file.no_header"),
        ("日期,备注\n2027-02-06,上班", "calendar.file.no_works"),
        ("日期,安排\n,", "calendar.file.empty"),
    ],
)
def test_a_file_that_is_no_calendar_is_refused_whole(content: str, key: str) -> None:
    with pytest.raises(FileFault) as refused:
        read_sheet(content.encode(), SATURDAY)
    assert refused.value.text.key == key
