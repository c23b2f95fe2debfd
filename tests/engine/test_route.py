"""Who answers: the one order of routes, and what a typed word or a press means."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.events import Address, Incoming, Platform, Pressed
from bot.chat.feature import Feature, Work
from bot.chat.messages import Effects, Outgoing, Text, answer
from bot.chat.routing import RoutingFault, build
from bot.domain.case import Case, Move, Relation
from bot.engine.buttons import MOST_DATA_BYTES, write_data
from storage import cases, dialogs, members, said
from storage.database import Database, open_database
from tests.engine.stage import GROUP, SIGNER, Stage, open_stage, saying

LI = Address(Platform.SANDBOX, "li", private=True)


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    database = await open_database(sqlite_url, guarded=True)
    yield database
    await database.close()


def everything() -> Feature:
    """A feature that answers on every route with the route's name."""
    feature = Feature("t")
    feature.command("办", "handle")(after(feature, "令"))
    feature.command("上报", glued=True)(after(feature, "报"))
    feature.command("私", group=False)(after(feature, "私"))
    feature.command("只群", private=False)(after(feature, "群"))
    feature.step("asked")(after(feature, "问答"))
    feature.photo(lambda event, town: bool(event.photos) or "坏" in event.text)(after(feature, "照片"))
    feature.reply(Relation.REPORTER)(after(feature, "引用"))
    feature.otherwise(after(feature, "其他"))
    for action in ("yes", "no", "undo"):
        feature.button(action)(pressed(feature, action))
    return feature


def after(feature: Feature, route: str) -> "object":
    async def handle(event: Incoming, work: Work) -> Effects:
        return [answer(event, feature.text("said", words=f"{route}:{event.rest}"))]

    return handle


def pressed(feature: Feature, action: str) -> "object":
    async def handle(event: Pressed, work: Work) -> Effects:
        return [Outgoing(event.where, feature.text("said", words=f"{action}:{event.case or 0}:{event.target}"))]

    return handle


@pytest.fixture
async def stage(database: Database, tmp_path: Path) -> Stage:
    return await open_stage(database, tmp_path, everything())


async def last(stage: Stage, chat: str = "li") -> str:
    return stage.bot_says(chat)[-1] if stage.bot_says(chat) else ""


async def offers(stage: Stage, *actions: str, case: Case | None = None, to: Address = LI, **more: object) -> str:
    """A message with these buttons; returns its id in the chat."""
    feature = stage.engine.parts.features[0]
    buttons = tuple(feature.press(action, action, case=case, **more) for action in actions)
    await stage.queues(Outgoing(to, Text("t.said", {"words": "？"}), buttons, case=case.id if case else None))
    await stage.engine.drain()
    return stage.shown(to.chat)[-1].id


# -- the order -----------------------------------------------------------------------------------------------------


async def test_each_route_gives_way_to_the_one_before_it(stage: Stage) -> None:
    case = await my_case(stage)
    quoted = await offers(stage, "yes", case=case)
    async with stage.database.write() as tx:
        me = await members.by_account(tx, "sandbox", "li")
        assert me is not None
        await dialogs.start(tx, "sandbox", "li", me.id, "t.asked", "{}", stage.clock.now() + timedelta(hours=1))

    await stage.says("li", "办 一", answers=quoted)
    assert await last(stage) == "令:一", "a command goes before the quote"
    await stage.says("li", "是", answers=quoted)
    assert await last(stage) == f"yes:{case.id}:", "a quoted message's open choice goes before its reply"
    await stage.says("li", "路坏了", answers=quoted)
    assert await last(stage) == "引用:", "a quote goes before the dialog"
    await stage.says("li", "是")
    assert await last(stage) == f"yes:{case.id}:", "a typed word goes before the dialog"
    await stage.says("li", "路坏了", photos=["p"])
    assert await last(stage) == "问答:", "the dialog goes before the photo"
    async with stage.database.write() as tx:
        await dialogs.end(tx, "sandbox", "li", me.id)
    await stage.says("li", "路坏了", photos=["p"])
    assert await last(stage) == "照片:"
    await stage.says("li", "在吗")
    assert await last(stage) == "其他:"


async def my_case(stage: Stage, who: str = "li") -> Case:
    """A case whose reporter is `who`, who becomes known."""
    await stage.says(who, "你好")
    async with stage.database.write() as tx:
        me = await members.by_account(tx, "sandbox", who)
        assert me is not None
        draft = await cases.insert(tx, me.id, stage.clock.now())
        return (await cases.move(tx, draft, Move.REPORT, me, stage.clock.now())).after


async def test_an_expired_dialog_is_over(stage: Stage) -> None:
    await stage.says("li", "你好")
    async with stage.database.write() as tx:
        me = await members.by_account(tx, "sandbox", "li")
        assert me is not None
        await dialogs.start(tx, "sandbox", "li", me.id, "t.asked", "{}", stage.clock.now() + timedelta(minutes=5))
    await stage.wait(minutes=4)
    await stage.says("li", "三天")
    assert await last(stage) == "问答:"
    await stage.wait(minutes=2)
    await stage.says("li", "三天")
    assert await last(stage) == "其他:"


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("办", "令:"),
        ("办0127", "令:0127"),
        ("办 0127", "令:0127"),
        ("办#127", "令:#127"),
        ("办　０１２７", "令:0127"),
        ("Handle 0127", "令:0127"),
        ("/handle 0127", "令:0127"),
        ("/handle@some_bot 0127", "令:0127"),
        ("@小五 办 0127", "令:0127"),
        ("上报井盖坏了", "报:井盖坏了"),
        ("上报 井盖坏了", "报:井盖坏了"),
        ("办公室漏水", "其他:"),
        ("/nothing", "其他:"),
    ],
)
async def test_a_command_is_known_however_it_is_typed(typed: str, heard: str, stage: Stage) -> None:
    await stage.says("li", typed)
    assert await last(stage) == heard


async def test_groups_are_answered_where_they_are_meant(stage: Stage) -> None:
    await stage.says("li", "在吗", group=GROUP)
    assert stage.bot_says(GROUP) == []
    await stage.says("li", "办 1", group=GROUP)
    assert await last(stage, GROUP) == "令:1"
    await stage.says("li", "办 1", group="unbound")
    assert stage.bot_says("unbound") == []

    await stage.says("li", "私", group=GROUP)
    assert (await last(stage, GROUP)).startswith("「私」请私聊我发")
    await stage.says("li", "私")
    assert await last(stage) == "私:"
    await stage.says("li", "只群")
    assert (await last(stage)).startswith("「只群」请在工作群里发")
    await stage.says("li", "只群", group=GROUP)
    assert await last(stage, GROUP) == "群:"


def test_two_equal_claims_stop_the_start_and_name_both() -> None:
    def twice(first: Feature, second: Feature, *words: str) -> None:
        with pytest.raises(RoutingFault) as stopped:
            build((first, second))
        for word in words:
            assert word in str(stopped.value)

    for claim in ("command", "button", "step", "due", "fallback", "moves"):
        one, two = Feature("one"), Feature("two")
        for feature in (one, two):
            match claim:
                case "command":
                    feature.command("办")(saying(feature, ""))
                case "button":
                    feature.presses["x.yes"] = Feature("x").presses.get("x.yes") or _on_press()
                case "step":
                    feature.steps["x.step"] = saying(feature, "")
                case "due":
                    feature.dues["x.due"] = saying(feature, "")
                case "fallback":
                    feature.otherwise(saying(feature, ""))
                case _:
                    feature.on_move(Move.FILE, makes=frozenset({Move.DISPATCH}))(saying(feature, ""))
        twice(one, two, "one", "two")
    good = Feature("good")
    good.command("办", "handle")(saying(good, ""))
    assert set(build((good, Feature("other"))).commands) == {"办", "handle"}


def _on_press() -> "object":
    feature = Feature("x")
    feature.button("yes")(saying(feature, ""))
    return feature.presses["x.yes"]


# -- typed words ---------------------------------------------------------------------------------------------------


async def test_a_typed_word_finds_its_case_by_quote_by_number_or_as_the_only_one(stage: Stage) -> None:
    one = await my_case(stage)
    first = await offers(stage, "yes", "no", case=one)
    await stage.says("li", "是")
    assert await last(stage) == f"yes:{one.id}:", "the only open prompt"

    two = await my_case(stage)
    await offers(stage, "yes", case=two)
    await stage.says("li", "是", answers=first)
    assert await last(stage) == f"yes:{one.id}:"
    for typed in ("是 0002", "0002 是", "是 #2"):
        await stage.says("li", typed)
        assert await last(stage) == f"yes:{two.id}:", typed

    await stage.says("li", "是")
    which = stage.shown("li")[-1]
    assert which.labels == ["0002 是", "0001 是"], "a list asks which one is meant"
    await stage.says("li", "2")
    assert await last(stage) == f"yes:{one.id}:", "and is answered by position"


async def test_a_position_is_taken_from_the_newest_list_or_the_quoted_one(stage: Stage) -> None:
    await stage.says("li", "你好")
    first = await offers(stage, "yes", "no")
    await offers(stage, "undo")
    await stage.says("li", "1")
    assert await last(stage) == "undo:0:"
    await stage.says("li", "２", answers=first)
    assert await last(stage) == "no:0:"
    for nothing in ("0", "3"):
        await stage.says("li", nothing)
        assert await last(stage) == "其他:"


async def test_in_a_group_a_mere_number_is_only_an_answer_when_it_quotes(stage: Stage) -> None:
    group = Address(Platform.SANDBOX, GROUP, private=False)
    asked = await offers(stage, "yes", to=group)
    await stage.says("li", "1", group=GROUP)
    assert stage.bot_says(GROUP) == ["？"]
    await stage.says("li", "1", group=GROUP, answers=asked)
    assert await last(stage, GROUP) == "yes:0:"


async def test_an_answer_carries_its_case_also_when_the_message_was_about_none(stage: Stage) -> None:
    one, two = await my_case(stage), await my_case(stage)
    feature = stage.engine.parts.features[0]
    for case in (one, two):
        await stage.queues(Outgoing(LI, Text("t.said", {"words": "？"}), (feature.press("undo", "undo", case=case),)))
    await stage.engine.drain()
    await stage.says("li", "撤销 0001")
    assert await last(stage) == f"undo:{one.id}:"


async def test_what_nobody_has_seen_yet_is_not_answered(stage: Stage) -> None:
    await stage.says("li", "你好")
    feature = stage.engine.parts.features[0]
    later = stage.clock.now() + timedelta(hours=1)
    await stage.queues(
        Outgoing(LI, Text("t.said", {"words": "？"}), (feature.press("yes", "yes", minutes=30),), not_before=later)
    )
    await stage.says("li", "是")
    assert await last(stage) == "其他:"
    await stage.wait(hours=1, minutes=20)
    await stage.says("li", "是")
    assert await last(stage) == "yes:0:", "its time began when it could be seen"


# -- presses -------------------------------------------------------------------------------------------------------


@pytest.fixture
def notices(stage: Stage) -> list[str]:
    return stage.platform.notices["li"]


def key(stage: Stage, name: str) -> str:
    return stage.engine.parts.texts.pattern(f"core.{name}", "zh-CN")


async def test_a_press_about_an_older_round_is_refused(stage: Stage, notices: list[str]) -> None:
    case = await my_case(stage)
    await offers(stage, "yes", case=case)
    data = stage.data("li", "是")
    await stage.presses("li", data)
    assert await last(stage) == f"yes:{case.id}:"

    async with stage.database.write() as tx:
        await tx.run("UPDATE cases SET round = round + 1, version = version + 1")
    await stage.presses("li", data)
    assert notices == [key(stage, "button_stale")]
    await stage.says("li", "是")
    assert await last(stage) == "其他:", "nor does the word mean it any more"


async def test_buttons_expire_each_at_its_own_time(stage: Stage, notices: list[str]) -> None:
    await stage.says("li", "你好")
    feature = stage.engine.parts.features[0]
    buttons = (feature.press("yes", "yes", minutes=60), feature.press("undo", "undo", minutes=10))
    await stage.queues(Outgoing(LI, Text("t.said", {"words": "？"}), buttons))
    await stage.engine.drain()
    yes, undo = stage.data("li", "是"), stage.data("li", "撤销")
    await stage.wait(minutes=9)
    await stage.presses("li", undo)
    assert await last(stage) == "undo:0:"
    await stage.wait(minutes=2)
    await stage.presses("li", undo)
    assert notices == [key(stage, "button_stale")]
    await stage.says("li", "撤销")
    assert await last(stage) == "其他:"
    await stage.presses("li", yes)
    assert await last(stage) == "yes:0:"
    await stage.wait(minutes=50)
    await stage.presses("li", yes)
    assert notices == [key(stage, "button_stale")] * 2


async def test_a_newer_message_of_the_slot_closes_the_older_buttons(stage: Stage, notices: list[str]) -> None:
    feature = stage.engine.parts.features[0]
    for words in ("旧", "新"):
        buttons = (feature.press("yes", "yes", target=words),)
        await stage.queues(Outgoing(LI, Text("t.said", {"words": words}), buttons, slot="s"))
        await stage.engine.drain()
        if words == "旧":
            old = stage.data("li", "是")
    await stage.presses("li", old)
    assert notices == [key(stage, "button_stale")]
    await stage.presses("li", stage.data("li", "是"))
    assert await last(stage) == "yes:0:新"


async def test_a_button_for_one_person_is_not_pressed_by_another(stage: Stage) -> None:
    await stage.says("li", "你好")
    async with stage.database.read() as tx:
        me = await members.by_account(tx, "sandbox", "li")
    assert me is not None
    group = Address(Platform.SANDBOX, GROUP, private=False)
    await offers(stage, "yes", to=group, only=me.id)
    data = stage.data(GROUP, "是")
    await stage.presses("wang", data, group=GROUP)
    assert stage.platform.notices["wang"] == [key(stage, "button_foreign")]
    await stage.says("wang", "是", group=GROUP)
    assert stage.bot_says(GROUP) == ["？"]
    await stage.presses("li", data, group=GROUP)
    assert await last(stage, GROUP) == "yes:0:"


async def test_forged_data_and_data_of_another_chat_are_void(stage: Stage, notices: list[str]) -> None:
    await stage.says("li", "你好")
    await offers(stage, "yes", "no")
    data = stage.data("li", "是")
    prompt, index, mac = data.split(".")
    forged = [
        f"{prompt}.1.{mac}",
        f"{int(prompt) + 1}.{index}.{mac}",
        f"{prompt}.{index}.{mac[:-2]}AA",
        f"{prompt}.{index}.",
        f"{prompt}.{index}",
        "x.y.z",
        "",
        "9" * 5000 + ".0.AA",
        f"{prompt}.{index}.{mac}.{mac}",
        "１.０.é",
    ]
    for number, wrong in enumerate(forged, 1):
        await stage.presses("li", wrong)
        assert notices == [key(stage, "button_void")] * number, wrong
    await stage.presses("wang", data)
    assert stage.platform.notices["wang"] == [key(stage, "button_void")]
    assert stage.bot_says("wang") == []
    await stage.presses("li", data)
    assert await last(stage) == "yes:0:"


@given(st.integers(1, 10**12), st.integers(0, 99), st.sampled_from(Platform), st.text(min_size=1, max_size=64))
def test_data_fit_into_64_bytes(prompt: int, index: int, platform: str, chat: str) -> None:
    assert len(write_data(SIGNER, prompt, index, platform, chat).encode()) <= MOST_DATA_BYTES


async def test_a_reply_is_for_those_who_are_something_to_the_case(stage: Stage) -> None:
    case = await my_case(stage)
    group = Address(Platform.SANDBOX, GROUP, private=False)
    await stage.queues(dataclasses.replace(Outgoing(group, Text("t.said", {"words": "收到"})), case=case.id))
    await stage.engine.drain()
    shown = stage.shown(GROUP)[0].id
    async with stage.database.read() as tx:
        assert await said.find(tx, "sandbox", GROUP, shown) == case.id
    await stage.says("wang", "这是哪里", group=GROUP, answers=shown)
    assert len(stage.bot_says(GROUP)) == 1
    await stage.says("li", "在路口", group=GROUP, answers=shown)
    assert await last(stage, GROUP) == "引用:"


@pytest.mark.parametrize(
    ("said", "word", "rest"),
    [
        ("/start", "/start", ""),
        ("/start K7WQM2PDABCDE", "/start", "K7WQM2PDABCDE"),  # a code is no command
        ("/start@bot bind", "bind", ""),
        ("/start case_0127", "/case", "0127"),
        ("/case 0127", "/case", "0127"),
        ("/hand_over 王队 李队", "hand-over", "王队 李队"),
        ("/hand-over 王队 李队", "hand-over", "王队 李队"),
    ],
)
def test_a_link_is_the_command_it_names_and_menus_know_no_hyphen(said: str, word: str, rest: str) -> None:
    feature = Feature("t")
    for known in ("/start", "bind", "/case", "hand-over"):
        feature.command(known)(after(feature, known))
    router = build((feature,))

    assert router.command(said) == (router.commands[word], rest)
    assert router.command("case 0127") is None
