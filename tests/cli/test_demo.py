"""The demo's county: who is there, how its clock moves, how it begins anew."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app.app import App, open_app
from bot.app.demo import Demo, working_instant
from bot.app.seed import GROUP
from bot.app.watching import health
from bot.chat.events import Address, Platform
from bot.commands.running import demo_settings
from bot.domain.case import CaseState
from bot.domain.times import stored
from bot.engine.clock import SystemClock
from storage import cases, hints, inbox
from storage.database import number
from storage.groups import list_bound
from storage.inbox import Arrival
from storage.sandbox_reading import list_messages
from tests.town import ZONE

WORK = Address(Platform.SANDBOX, GROUP, private=False)


@asynccontextmanager
async def _demo(folder: Path) -> AsyncIterator[tuple[App, Demo]]:
    async with open_app(demo_settings(folder, 0), demo=folder) as app:
        assert app.demo is not None
        yield app, app.demo


@pytest.mark.parametrize(
    ("real", "shown"),
    [
        ("2026-11-23 09:30", "2026-11-23 09:30"),  # Monday, everybody works
        ("2026-11-23 07:00", "2026-11-23 09:05"),
        ("2026-11-23 12:00", "2026-11-24 09:05"),  # lunch
        ("2026-11-23 16:50", "2026-11-24 09:05"),  # too little of the day is left
        ("2026-11-23 22:20", "2026-11-24 09:05"),
        ("2026-11-27 18:00", "2026-11-30 09:05"),  # over the weekend
        ("2026-10-01 10:00", "2026-10-08 09:05"),  # over the National Day
    ],
)
async def test_the_demo_begins_when_people_work(tmp_path: Path, real: str, shown: str) -> None:
    async with _demo(tmp_path) as (app, _):
        at = working_instant(datetime.fromisoformat(real).replace(tzinfo=ZONE), app.open.town)

    assert f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}" == shown


async def test_the_people_of_the_picker_can_be_written_to_and_the_others_are_members(tmp_path: Path) -> None:
    async with _demo(tmp_path) as (app, demo), app.open.database.read() as tx:
        members = await tx.one("SELECT count(*) AS n FROM members")
        accounts = await tx.all("SELECT id FROM accounts WHERE space = 'sandbox' ORDER BY id")
        (group,) = await list_bound(tx)

    roles = sorted(person.role for person in demo.scene.people)
    assert members["n"] == len(demo.stage.people) + 1
    assert [row["id"] for row in accounts] == sorted(person.account for person in demo.scene.people)
    assert roles == sorted(
        ["rider"] * 2 + ["contact"] * 2 + ["admin"] * 2 + ["leader", "dispatcher", "verifier", "station_keeper"]
    )
    assert all(person.duty_colour.startswith("#") for person in demo.scene.people)
    assert group.title == demo.scene.group_name


async def test_the_prepared_report_becomes_a_case(tmp_path: Path) -> None:
    async with _demo(tmp_path) as (app, demo):
        first = demo.scene.tries[0]
        picture = await demo.desk.keeps(first.file.read_bytes())
        await demo.desk.says(WORK, demo.scene.people[0].account, "x", first.caption, pictures=[picture])
        await demo.settle()
        async with app.open.database.read() as tx:
            case = await cases.find_number(tx, 1)
            said = await list_messages(tx, GROUP, 20)

    assert case is not None and case.category is not None and case.place
    assert case.contact_id is not None
    assert any("0001" in message.text for message in said if not message.sender)


async def test_no_prepared_report_waits_as_a_look_alike(tmp_path: Path) -> None:
    async with _demo(tmp_path) as (app, demo):
        for report in demo.scene.tries:
            picture = await demo.desk.keeps(report.file.read_bytes())
            await demo.desk.says(WORK, demo.scene.people[0].account, "x", report.caption, pictures=[picture])
            await demo.settle()
        async with app.open.database.read() as tx:
            found = [await cases.find_number(tx, number) for number in range(1, len(demo.scene.tries) + 1)]
            waiting = await hints.page(tx, 0, 10)

    assert [case.category for case in found if case] == list(dict.fromkeys(case.category for case in found if case))
    assert all(case is not None and case.state is CaseState.DISPATCHED for case in found), found
    assert waiting == []


async def test_a_jump_visits_what_is_due_in_between_and_outlives_a_restart(tmp_path: Path) -> None:
    async with _demo(tmp_path) as (app, demo):
        await demo.desk.says(WORK, "rider-1", "x", "上报 井盖坏了")
        await demo.settle()
        before = demo.now()
        async with app.open.database.read() as tx:
            end = stored(before + timedelta(hours=1))
            due = await tx.all("SELECT name, key, due_at FROM timers WHERE due_at <= :end", end=end)
        await demo.fast_forward(timedelta(hours=1))
        after = demo.now()
        async with app.open.database.read() as tx:
            ran = await tx.all("SELECT received_at, event_id FROM inbox WHERE source = 'engine' AND state = 'done'")

    assert due, "a draft waits for its rest"
    assert {f"{row['name']}:{row['key']}" for row in due} <= {str(row["event_id"]).rsplit(":", 3)[0] for row in ran}
    assert timedelta(hours=1) <= after - before < timedelta(hours=1, seconds=30)
    async with _demo(tmp_path) as (_, again):
        assert again.now() >= after


async def test_a_newcomer_sees_the_ladder_by_going_on_to_the_morning(tmp_path: Path) -> None:
    async with _demo(tmp_path) as (_, demo):
        await demo.desk.says(WORK, "rider-1", "x", "上报 人民路与建设街路口井盖丢了")
        await demo.settle()
        await demo.until_morning()
        local = demo.now().astimezone(demo.scene.zone)
        assert (local.hour, local.minute) == (8, 41)
        async with demo.database.read() as tx:
            said = await tx.all("SELECT due_at, settled_at FROM reminders WHERE state = 'told'")
            lists = await tx.all("SELECT id FROM outbox WHERE once LIKE 'list:%' AND state = 'sent'")
            digests = await tx.all("SELECT id FROM outbox WHERE once LIKE 'digest:%' AND state = 'sent'")
    assert said and lists and digests
    for row in said:  # each at its own instant on the way, not all together at the end
        assert str(row["settled_at"])[:16] == str(row["due_at"])[:16]


async def test_a_month_ends_by_one_press_and_its_poster_comes_by_the_next(tmp_path: Path) -> None:
    async with _demo(tmp_path) as (_, demo):
        await demo.desk.says(WORK, "rider-1", "x", "劝导 逆行，人民路")
        await demo.until_month_end()
        local = demo.now().astimezone(demo.scene.zone)
        assert (local.day, local.hour, local.minute) == (1, 9, 1)
        await demo.until_month_end()  # nobody has published the draft: a morning later it still waits
        assert demo.now().astimezone(demo.scene.zone).date() > local.date()

        async with demo.database.read() as tx:
            said = await list_messages(tx, "admin-1", 30)
        draft = next(message for message in reversed(said) if any("发布" in one.label for one in message.buttons))
        publish = next(one for one in draft.buttons if one.label == "发布")
        admin = Address(Platform.SANDBOX, "admin-1", private=True)
        await demo.desk.presses(admin, "admin-1", "x", str(draft.id), publish.data)
        await demo.settle()
        await demo.until_month_end()
        async with demo.database.read() as tx:
            told = await list_messages(tx, GROUP, 30)
    (settled,) = [message for message in told if "已定榜" in message.text]
    assert settled.pictures


async def test_fast_forward_is_no_jump_of_the_machine(tmp_path: Path) -> None:
    async with _demo(tmp_path) as (app, demo):
        await app.life.begin()
        await app.life.engine.look_at_clock()
        await demo.fast_forward(timedelta(hours=3))
        for _ in range(2):
            await app.life.engine.look_at_clock()
        assert isinstance(app.clock, SystemClock)
        before = await _jumps(app)
        app.clock.offset -= timedelta(hours=1)  # as if somebody had set the machine's clock
        await app.life.engine.look_at_clock()
        after = await _jumps(app)
        await app.life.end()

    assert (before, after) == (0, 1)


async def _jumps(app: App) -> int:
    async with app.open.database.read() as tx:
        row = await tx.one("SELECT count(*) AS n FROM audit WHERE action = 'clock.jumped'")
    return number(row, "n")


async def test_beginning_anew_leaves_nothing_and_the_bot_works_on(tmp_path: Path) -> None:
    async with _demo(tmp_path) as (app, demo):
        await demo.desk.says(WORK, "rider-1", "x", "上报 人民路与建设街路口井盖丢了")
        await demo.settle()
        await demo.fast_forward(timedelta(days=2))
        await demo.reset()
        async with app.open.database.read() as tx:
            said = await list_messages(tx, GROUP, 20)
            left = await tx.one("SELECT count(*) AS n FROM cases")
        at = demo.now()
        await demo.desk.says(WORK, "rider-1", "x", "上报 人民路与建设街路口井盖丢了")
        await demo.settle()
        async with app.open.database.read() as tx:
            case = await cases.find_number(tx, 1)

    assert (list(said), left["n"]) == ([], 0)
    assert at == working_instant(at, app.open.town)
    assert case is not None


async def test_health_is_lost_when_an_event_waits_too_long(tmp_path: Path) -> None:
    async with _demo(tmp_path) as (app, demo):
        well, _ = await health(app.open, app.clock, None)
        old = Arrival("sandbox", "e1", "sandbox:x", "{}", datetime(2026, 1, 1, tzinfo=UTC))
        async with app.open.database.write() as tx:
            await inbox.add(tx, [old])
        ill, known = await health(app.open, app.clock, None)

    assert (well, ill) == (True, False)
    age = known["inbox_age_s"]
    assert isinstance(age, float) and age > 60
    assert demo.now().tzinfo is not None
