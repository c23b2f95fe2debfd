"""One event, one transaction: what happens twice, fails, is refused or torn apart."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.events import Address, Incoming, NotDelivered, Pressed
from bot.chat.feature import Feature, Work
from bot.chat.messages import Acknowledge, Effects, Outgoing, answer
from bot.chat.platform import Lost, Raw
from bot.chat.wire import write_internal
from bot.domain.case import CaseMoved, Move
from bot.domain.people import SYSTEM, Role
from bot.domain.refusal import Refused
from bot.engine.reading import INTERNAL
from storage import cases, inbox, members
from storage.database import Database, Retry, Stale, Unknown, open_database
from storage.inbox import Arrival
from tests.engine.stage import GROUP, Stage, UncertainDatabase, open_stage, reported, saying
from tests.town import TestTown

ADMIN = ("sandbox:boss",)


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    database = await open_database(sqlite_url, guarded=True)
    yield database
    await database.close()


def counting(feature: Feature) -> list[str]:
    """A command 数 that adds a group row and answers; returns what was heard, once per run."""
    heard: list[str] = []

    @feature.command("数", glued=True)
    async def count(event: Incoming, work: Work) -> Effects:
        heard.append(event.rest)
        await work.tx.run(
            "INSERT INTO notes (name, value) VALUES (:name, :value)", name=f"n:{event.event_id}", value=event.rest
        )
        return [answer(event, feature.text("said", words=f"第{event.rest}"))]

    return heard


async def notes(stage: Stage) -> list[str]:
    return [str(row["name"]) for row in await stage.rows("SELECT name FROM notes WHERE name LIKE 'n:%' ORDER BY name")]


async def test_an_event_seen_twice_has_its_effects_once(database: Database, tmp_path: Path) -> None:
    feature = Feature("t")
    heard = counting(feature)
    stage = await open_stage(database, tmp_path, feature)

    event = await stage.says("li", "数 1")
    again = Raw(event, "li", "not looked at", stage.clock.now())
    await stage.engine.intake.deliver("sandbox", [again, again])
    await stage.engine.drain()

    assert heard == ["1"]
    assert stage.bot_says("li") == ["第1"]
    assert (await stage.inbox(event))["state"] == "done"


async def test_refusal_keeps_the_row_and_one_reply_and_rolls_back_the_rest(database: Database, tmp_path: Path) -> None:
    feature = Feature("t")

    @feature.command("登")
    async def register(event: Incoming, work: Work) -> Effects:
        await work.tx.run("INSERT INTO notes (name, value) VALUES ('n:x', '1')")
        if event.rest != "行":
            raise Refused("t.said", words="不行")
        return [answer(event, feature.text("said", words="行"))]

    stage = await open_stage(database, tmp_path, feature)

    refused = await stage.says("li", "登 否")
    assert (await stage.inbox(refused))["state"] == "refused"
    assert (await stage.inbox(refused))["error"] == "t.said"
    assert stage.bot_says("li") == ["不行"]
    assert await notes(stage) == []

    await stage.says("li", "登 行")
    assert stage.bot_says("li") == ["不行", "行"]
    assert await notes(stage) == ["n:x"]


@pytest.mark.parametrize("fault", [Stale("case 1"), Retry("deadlock")])
async def test_a_passing_fault_runs_the_event_again_at_once(
    fault: Exception, database: Database, tmp_path: Path
) -> None:
    feature = Feature("t")
    faults = [fault, fault]

    @feature.command("做")
    async def do(event: Incoming, work: Work) -> Effects:
        await work.tx.run("INSERT INTO notes (name, value) VALUES ('n:x', '1')")
        if faults:
            raise faults.pop()
        return [answer(event, feature.text("said", words="好"))]

    stage = await open_stage(database, tmp_path, feature)
    event = await stage.says("li", "做")

    assert stage.bot_says("li") == ["好"]
    assert await notes(stage) == ["n:x"]
    assert (await stage.inbox(event))["tries"] == 0

    faults += [fault] * 3
    async with stage.database.write() as tx:
        await tx.run("DELETE FROM notes WHERE name = 'n:x'")
    later = await stage.says("li", "做")
    assert (await stage.inbox(later))["state"] == "new", "after three the event waits like any other that fails"
    assert (await stage.inbox(later))["tries"] == 1


def failing(feature: Feature) -> list[bool]:
    """A command 坏 that fails while the list holds True."""
    broken = [True]

    @feature.command("坏", "好")
    async def fail(event: Incoming, work: Work) -> Effects:
        if broken[0] and event.text == "坏":
            raise ZeroDivisionError("a bug of ours")
        return [answer(event, feature.text("said", words=f"{event.text}办了"))]

    return broken


async def test_a_bug_holds_its_lane_for_1_10_and_60_seconds_and_no_other(database: Database, tmp_path: Path) -> None:
    feature = Feature("t")
    failing(feature)
    stage = await open_stage(database, tmp_path, feature, admins=ADMIN)

    bad = await stage.says("li", "坏")
    behind = await stage.says("li", "好")
    await stage.says("wang", "好")
    assert stage.bot_says("wang") == ["好办了"], "another lane goes on"

    for tries, wait_s in ((1, 1), (2, 10), (3, 60)):
        assert ((await stage.inbox(bad))["state"], (await stage.inbox(bad))["tries"]) == ("new", tries)
        await stage.wait(seconds=wait_s - 0.1)
        assert (await stage.inbox(bad))["tries"] == tries, "not before its time"
        assert (await stage.inbox(behind))["state"] == "new", "what came later waits behind it"
        await stage.wait(seconds=0.2)

    assert (await stage.inbox(bad))["state"] == "set_aside"
    assert (await stage.inbox(behind))["state"] == "done"
    sorry = stage.engine.parts.texts.pattern("core.set_aside", "zh-CN")
    assert stage.bot_says("li") == [sorry, "好办了"]


async def test_what_was_set_aside_is_kept_told_once_and_runs_after_the_fix(database: Database, tmp_path: Path) -> None:
    feature = Feature("t")
    broken = failing(feature)
    stage = await open_stage(database, tmp_path, feature, admins=(*ADMIN, "sandbox:chief"))

    bad = await stage.says("li", "坏")
    for wait_s in (2, 11, 61):
        await stage.wait(seconds=wait_s)
    row = await stage.inbox(bad)
    assert row["state"] == "set_aside"
    assert json.loads(str(row["payload"]))["text"] == "坏"
    for admin in ("boss", "chief"):
        (alert,) = stage.bot_says(admin)
        assert f"wudayuan replay {row['id']}" in alert
        assert "ZeroDivisionError" in alert
    assert len(stage.bot_says("li")) == 1
    assert [r["object"] for r in await stage.rows("SELECT object FROM audit WHERE action = 'event.set_aside'")] == [
        f"inbox:{row['id']}"
    ]

    broken[0] = False
    async with stage.database.write() as tx:
        assert await inbox.bring_back(tx, int(str(row["id"])))
    await stage.engine.drain()
    assert stage.bot_says("li")[1:] == ["坏办了"]
    assert (await stage.inbox(bad))["state"] == "done"
    async with stage.database.write() as tx:
        assert not await inbox.bring_back(tx, int(str(row["id"]))), "only what is set aside comes back"


@pytest.mark.parametrize("payload", ["{", "[]", '"x"', "null", "1e999", '{"chat": 1}', "[" * 100_000])
async def test_an_unreadable_update_is_set_aside_at_once_and_the_rest_goes_on(
    payload: str, database: Database, tmp_path: Path
) -> None:
    feature = Feature("t")
    feature.command("好")(saying(feature, "办了"))
    stage = await open_stage(database, tmp_path, feature, admins=ADMIN)

    await stage.engine.intake.deliver("sandbox", [Raw("bad", "li", payload, stage.clock.now())])
    await stage.says("li", "好")

    assert (await stage.inbox("bad"))["state"] == "set_aside"
    assert str((await stage.inbox("bad"))["error"]).startswith("unreadable")
    assert stage.bot_says("li") == ["办了"]
    assert len(stage.bot_says("boss")) == 1


async def test_an_event_of_our_own_that_cannot_be_read_or_has_no_platform_is_set_aside(
    database: Database, tmp_path: Path
) -> None:
    stage = await open_stage(database, tmp_path, Feature("t"), admins=ADMIN)
    now = stage.clock.now()
    await stage.engine.intake.store(
        [Arrival(INTERNAL, "broken", "engine:x", "{}", now), Arrival("telegram", "foreign", "telegram:1", "{}", now)]
    )
    await stage.engine.drain()

    assert (await stage.inbox("broken"))["state"] == "set_aside"
    assert (await stage.inbox("foreign"))["state"] == "set_aside"


# -- cascades ------------------------------------------------------------------------------------------------------


def starting(feature: Feature) -> None:
    """A command 报 that opens a case and reports it."""

    @feature.command("报")
    async def report(event: Incoming, work: Work) -> Effects:
        draft = await cases.insert(work.tx, work.actor.id, event.at)
        return [await cases.move(work.tx, draft, Move.REPORT, work.actor, event.at)]


def telling(feature: Feature, *moves: Move, then: Move | None = None, makes: bool = True) -> None:
    """Answers moves by saying its name and the case's version, and perhaps with a further move."""

    @feature.on_move(*moves, makes=frozenset({then}) if then and makes else frozenset())
    async def tell(moved: CaseMoved, work: Work) -> Effects:
        version = f"{feature.name}:{moved.move}:{moved.after.version}"
        said = Outgoing(moved.after.reporter_id, feature.text("said", words=version), case=moved.after.id)
        if then is None:
            return [said]
        return [said, await cases.move(work.tx, moved.after, then, work.actor, moved.at)]


async def test_moves_run_first_in_first_out_in_the_order_of_features_with_the_case_read_again(
    database: Database, tmp_path: Path
) -> None:
    one, two, three = Feature("one"), Feature("two"), Feature("three")
    starting(one)
    telling(one, Move.REPORT)
    telling(two, Move.REPORT, then=Move.FILE)
    telling(two, Move.FILE)
    telling(three, Move.REPORT)
    telling(three, Move.FILE, then=Move.ASK)
    telling(one, Move.ASK)
    stage = await open_stage(database, tmp_path, one, two, three)
    await stage.says("li", "报")

    # Versions: a draft is 1, reported 2, filed 3, asked 4. `three` hears of REPORT after `two` filed: it sees 3.
    assert stage.bot_says("li") == [
        "one:report:2",
        "two:report:2",
        "three:report:3",
        "two:file:3",
        "three:file:3",
        "one:ask:4",
    ]


async def test_moves_without_end_an_undeclared_one_and_a_refusal_inside_are_bugs(
    database: Database, tmp_path: Path
) -> None:
    endless, undeclared, refusing = Feature("endless"), Feature("undeclared"), Feature("refusing")

    @endless.command("转")
    async def turn(event: Incoming, work: Work) -> Effects:
        case = await reported(work.tx, work.actor.id, stage.clock)
        return [await cases.move(work.tx, case, Move.ASK, await members.get(work.tx, SYSTEM), event.at)]

    @endless.on_move(Move.ASK, makes=frozenset({Move.SUPPLY}))
    async def supply(moved: CaseMoved, work: Work) -> Effects:
        return [await cases.move(work.tx, moved.after, Move.SUPPLY, work.actor, moved.at)]

    @endless.on_move(Move.SUPPLY, makes=frozenset({Move.ASK}))
    async def ask(moved: CaseMoved, work: Work) -> Effects:
        return [await cases.move(work.tx, moved.after, Move.ASK, work.actor, moved.at)]

    starting(undeclared)
    telling(undeclared, Move.REPORT, then=Move.FILE, makes=False)

    @refusing.command("拒")
    async def file(event: Incoming, work: Work) -> Effects:
        case = await reported(work.tx, work.actor.id, stage.clock)
        return [await cases.move(work.tx, case, Move.FILE, work.actor, event.at)]

    @refusing.on_move(Move.FILE)
    async def refuse(moved: CaseMoved, work: Work) -> Effects:
        raise Refused("t.said", words="x")

    stage = await open_stage(database, tmp_path, endless, undeclared, refusing)
    for who, word, fault in (
        ("li", "转", "RuntimeError"),
        ("wang", "报", "RuntimeError"),
        ("zhao", "拒", "RuntimeError"),
    ):
        event = await stage.says(who, word)
        assert ((await stage.inbox(event))["state"], (await stage.inbox(event))["error"]) == ("new", fault)
        assert stage.bot_says(who) == []
    assert await stage.rows("SELECT id FROM cases") == [], "nothing of them is kept"


# -- who may -------------------------------------------------------------------------------------------------------


async def test_denied_is_audited_and_reads_the_same_whatever_exists(database: Database, tmp_path: Path) -> None:
    feature = Feature("t")

    @feature.command("查", roles=frozenset({Role.ADMIN}))
    async def look(event: Incoming, work: Work) -> Effects:
        case = await cases.find_number(work.tx, int(event.rest))
        return [answer(event, feature.text("said", words="有" if case else "无"))]

    stage = await open_stage(database, tmp_path, feature, admins=ADMIN)
    await stage.case()

    there, not_there = await stage.says("li", "查 0001"), await stage.says("li", "查 9999")
    await stage.says("boss", "查 0001")

    first, second = stage.bot_says("li")
    assert first == second == stage.engine.parts.texts.pattern("core.not_allowed", "zh-CN")
    assert (await stage.inbox(there))["state"] == (await stage.inbox(not_there))["state"] == "refused"
    audited = await stage.rows("SELECT actor_id, detail, object FROM audit WHERE action = 'action.denied'")
    assert len(audited) == 2
    assert {str(row["object"]) for row in audited} == {"查"}
    assert stage.bot_says("boss") == ["有"], "the same word works for who may"


async def test_the_greeting_comes_once_and_also_with_a_refusal(town: TestTown) -> None:
    stranger = await town.stranger("周婷")
    await stranger.says("查 井盖")

    assert stranger.hears("core.not_allowed")
    assert stranger.hears_times("people.notice") == 1
    await stranger.says("帮助")
    await stranger.says("查 井盖")
    assert stranger.hears_times("people.notice") == 1


async def test_a_group_that_is_not_bound_leaves_no_trace_of_those_who_talk_there(
    database: Database, tmp_path: Path
) -> None:
    feature = Feature("t")
    feature.command("好", "本群", anywhere=False)(saying(feature, "办了"))
    feature.command("绑", anywhere=True)(saying(feature, "在"))
    stage = await open_stage(database, tmp_path, feature, bound=False)

    event = await stage.says("li", "好", group="elsewhere")
    assert (await stage.inbox(event))["state"] == "done"
    assert stage.bot_says("elsewhere") == []
    assert await stage.rows("SELECT id FROM accounts WHERE id = 'li'") == []

    await stage.says("li", "绑", group="elsewhere")
    assert stage.bot_says("elsewhere") == ["在"]
    assert len(await stage.rows("SELECT id FROM accounts WHERE id = 'li'")) == 1


# -- presses -------------------------------------------------------------------------------------------------------


def offering(feature: Feature) -> None:
    """A command 问 that offers 是 and 否; 是 is acknowledged with words, 否 is refused."""

    @feature.command("问")
    async def ask(event: Incoming, work: Work) -> Effects:
        yes, no = feature.press("yes", "yes"), feature.press("no", "no")
        return [answer(event, feature.text("said", words="？"), yes, no)]

    @feature.button("yes")
    async def said_yes(event: Pressed, work: Work) -> Effects:
        return [Acknowledge(event, feature.text("said", words="记下了"))]

    @feature.button("no")
    async def said_no(event: Pressed, work: Work) -> Effects:
        raise Refused("t.said", words="不能选否")


async def test_a_press_is_always_acknowledged(database: Database, tmp_path: Path) -> None:
    feature = Feature("t")
    offering(feature)
    stage = await open_stage(database, tmp_path, feature)
    await stage.says("li", "问")

    await stage.presses("li", stage.data("li", "是"))
    await stage.presses("li", stage.data("li", "否"))
    assert stage.platform.notices["li"] == ["记下了", "不能选否"]
    assert len(stage.bot_says("li")) == 1, "the acknowledgement is the answer"

    acknowledged = len(stage.platform.acknowledged)
    await stage.presses("li", "nonsense")
    assert len(stage.platform.acknowledged) == acknowledged + 1


async def test_a_lost_acknowledgement_with_words_becomes_a_message_and_one_without_does_not(
    database: Database, tmp_path: Path
) -> None:
    feature = Feature("t")
    offering(feature)
    feature.button("quiet")(quiet)
    stage = await open_stage(database, tmp_path, feature)
    await stage.says("li", "问", group=GROUP)

    stage.platform.late = [Lost("too late")]
    await stage.presses("li", stage.data(GROUP, "是"), group=GROUP)
    assert stage.platform.notices["li"] == []
    assert stage.bot_says("li") == ["记下了"], "in private, as the notice would have been"
    assert stage.bot_says(GROUP) == ["？"]

    await stage.presses("li", stage.data(GROUP, "是"), group=GROUP, token="")
    assert stage.bot_says("li") == ["记下了", "记下了"], "a platform that takes no acknowledgement"


async def quiet(event: Pressed, work: Work) -> Effects:
    return [Acknowledge(event)]


async def test_the_notice_of_a_typed_word_is_a_message(database: Database, tmp_path: Path) -> None:
    feature = Feature("t")
    offering(feature)
    stage = await open_stage(database, tmp_path, feature)
    await stage.says("li", "问")
    await stage.says("li", "是")
    await stage.says("li", "否")

    assert stage.bot_says("li") == ["？", "记下了", "不能选否"]


async def test_a_press_that_breaks_is_apologised_for_in_private_and_acknowledged(
    database: Database, tmp_path: Path
) -> None:
    feature = Feature("t")
    offering(feature)

    @feature.command("险")
    async def risk(event: Incoming, work: Work) -> Effects:
        return [answer(event, feature.text("said", words="？"), feature.press("break", "same"))]

    @feature.button("break")
    async def breaks(event: Pressed, work: Work) -> Effects:
        raise ZeroDivisionError

    stage = await open_stage(database, tmp_path, feature)
    await stage.says("li", "险", group=GROUP)
    await stage.presses("li", stage.data(GROUP, "同"), group=GROUP)
    for wait_s in (2, 11, 61):
        await stage.wait(seconds=wait_s)

    assert stage.bot_says("li") == [stage.engine.parts.texts.pattern("core.set_aside", "zh-CN")]
    assert stage.bot_says(GROUP) == ["？"]
    assert len(stage.platform.acknowledged) == 1


# -- torn apart ----------------------------------------------------------------------------------------------------


async def test_600_random_cancellations_of_those_who_deliver_lose_nothing(database_url: str, tmp_path: Path) -> None:
    database = await open_database(database_url, guarded=True)
    feature = Feature("t")
    heard = counting(feature)
    stage = await open_stage(database, tmp_path, feature)
    chance = random.Random(11)
    working = asyncio.create_task(stage.engine.intake.watch())

    for n in range(600):
        event = Incoming(f"c{n}", stage_address(stage, n), f"u{n % 7}", f"数{n}", stage.clock.now())
        if n % 2:
            delivering = asyncio.create_task(stage.engine.intake.deliver("sandbox", [stage.platform.raw(event)]))
        else:
            delivering = asyncio.create_task(stage.engine.intake.store([stage.arrival(event)]))
        for _ in range(chance.randrange(6)):
            await asyncio.sleep(0)
        delivering.cancel()
    await stage.engine.intake.close()
    working.cancel()
    again = await stage.another()
    await again.engine.intake.drain()

    begun = {str(row["event_id"]) for row in await stage.rows("SELECT event_id FROM inbox WHERE source = 'sandbox'")}
    assert len(begun) > 300, "most were begun before they were cancelled"
    assert await stage.rows("SELECT id FROM inbox WHERE state <> 'done'") == []
    assert set(await notes(stage)) == {f"n:{event}" for event in begun}
    assert len(heard) == len(begun)
    await database.close()


def stage_address(stage: Stage, n: int) -> Address:
    return Address(stage.platform.name, f"u{n % 7}", private=True)


async def test_an_unknown_commit_is_looked_up_by_its_row_and_not_done_twice(database: Database, tmp_path: Path) -> None:
    feature = Feature("t")
    heard = counting(feature)
    uncertain = UncertainDatabase(database, times=0)
    stage = await open_stage(uncertain, tmp_path, feature)

    uncertain.times = 1
    stored = await stage.says("li", "数 1")
    assert heard == ["1"]
    assert stage.bot_says("li") == ["第1"]
    assert (await stage.inbox(stored))["state"] == "done"

    uncertain.times, uncertain.stores = 1, False
    await stage.says("li", "数 2")
    assert heard == ["1", "2"], "what was not stored runs again"
    assert stage.bot_says("li") == ["第1", "第2"]


@pytest.mark.parametrize("stores", [True, False])
async def test_what_was_perhaps_taken_in_is_brought_again_and_taken_once(
    database: Database, tmp_path: Path, stores: bool
) -> None:
    """A platform that repeats nothing has only this way to know that it has to."""
    feature = Feature("t")
    heard = counting(feature)
    uncertain = UncertainDatabase(database, stores=stores, by="Intake")
    stage = await open_stage(uncertain, tmp_path, feature)
    uncertain.times = 1

    with pytest.raises(Retry):
        await stage.says("li", "数 1", event="e-1")
    assert not stage.engine.stopping.is_set()
    await stage.says("li", "数 1", event="e-1")
    assert heard == ["1"]


async def test_when_taking_in_fails_at_an_fsync_the_engine_stops(database: Database, tmp_path: Path) -> None:
    feature = Feature("t")
    counting(feature)
    uncertain = UncertainDatabase(database, times=0, stores=False, by="Intake")
    stage = await open_stage(uncertain, tmp_path, feature)
    uncertain.times, uncertain.restart = 1, True

    with pytest.raises(Unknown):
        await stage.says("li", "数 1", drain=False)
    assert isinstance(stage.engine.fault, Unknown)


async def test_after_a_failed_fsync_the_engine_stops(database: Database, tmp_path: Path) -> None:
    feature = Feature("t")
    counting(feature)
    uncertain = UncertainDatabase(database, times=0, stores=False)
    stage = await open_stage(uncertain, tmp_path, feature)
    uncertain.times, uncertain.restart = 1, True

    event = await stage.says("li", "数 1", drain=False)
    await asyncio.wait_for(stage.engine.stopping.wait(), 5)
    assert isinstance(stage.engine.fault, Unknown)
    assert (await stage.inbox(event))["state"] == "new"


async def test_a_press_whose_commit_was_unknown_is_still_acknowledged(database: Database, tmp_path: Path) -> None:
    feature = Feature("t")
    offering(feature)
    uncertain = UncertainDatabase(database, times=0)
    stage = await open_stage(uncertain, tmp_path, feature)
    await stage.says("li", "问")
    uncertain.times = 1
    await stage.presses("li", stage.data("li", "是"))
    assert len(stage.platform.acknowledged) == 1


# -- through the town ----------------------------------------------------------------------------------------------


async def test_a_failed_delivery_is_an_event_like_any_other(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await rider.says("帮助")
    (row,) = await _sent(town)
    event = NotDelivered("outbox:gone", int(str(row["id"])), "unreachable", town.clock.now())
    arrival = Arrival(INTERNAL, event.event_id, "engine:outbox", write_internal(event), event.at)
    await town.engine.intake.store([arrival, replace(arrival, lane="elsewhere")])
    await town.settle()

    async with town.database.read() as tx:
        rows = await tx.all("SELECT state FROM inbox WHERE event_id = 'outbox:gone'")
        account = await tx.one("SELECT unreachable_at FROM accounts WHERE id = :id", id=rider.account)
    assert [row["state"] for row in rows] == ["done"]
    assert account["unreachable_at"] is not None


async def _sent(town: TestTown) -> list[dict[str, object]]:
    async with town.database.read() as tx:
        return [
            dict(row) for row in await tx.all("SELECT id FROM outbox WHERE state = 'sent' ORDER BY id DESC LIMIT 1")
        ]
