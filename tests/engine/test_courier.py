"""Sending: order, slots, waiting, faults, leases, pace."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.events import Address, Incoming, NotDelivered, PhotoId, Platform
from bot.chat.feature import Feature, Work
from bot.chat.messages import Attachment, AttachmentKind, Effects, Outgoing, Rank, React, Text, Until, While, photo
from bot.chat.platform import Lost, NeverWill, NothingToEdit, Pace, TryLater
from bot.domain.case import Move
from bot.domain.people import SYSTEM, Role
from storage import cases, members, outbox, photos
from storage.database import Database, open_database
from storage.photos import PhotoKind
from tests.engine.stage import GROUP, Stage, open_stage
from tests.fake import picture

LI = Address(Platform.SANDBOX, "li", private=True)
WANG = Address(Platform.SANDBOX, "wang", private=True)
WORK = Address(Platform.SANDBOX, GROUP, private=False)


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    database = await open_database(sqlite_url, guarded=True)
    yield database
    await database.close()


@pytest.fixture
def undelivered() -> list[tuple[int, str]]:
    """Outbox number and reason of every NotDelivered."""
    return []


@pytest.fixture
async def stage(database: Database, tmp_path: Path, undelivered: list[tuple[int, str]]) -> Stage:
    return await make(database, tmp_path, undelivered)


async def make(database: Database, folder: Path, undelivered: list[tuple[int, str]], **more: object) -> Stage:
    feature = Feature("t")

    @feature.undelivered
    async def lost(event: NotDelivered, work: Work) -> Effects:
        undelivered.append((event.outbox, event.reason))
        return []

    return await open_stage(database, folder, feature, **more)


def said(words: str, to: Address = LI, **more: object) -> Outgoing:
    return Outgoing(to, Text("t.said", {"words": words}), **more)


async def test_messages_of_a_case_keep_their_order_while_the_first_is_held(stage: Stage) -> None:
    case, other = await stage.case(), await stage.case()
    stage.platform.faults = [RuntimeError("the adapter broke")]
    await stage.queues(said("一", case=case.id))
    await stage.engine.drain()
    await stage.queues(said("二", case=case.id))
    await stage.queues(said("三", case=other.id))
    await stage.engine.drain()
    assert stage.bot_says("li") == ["三"]
    await stage.wait(seconds=1.2)
    assert stage.bot_says("li") == ["三", "一", "二"]


async def test_what_matters_more_goes_first(stage: Stage) -> None:
    for rank in (Rank.BROADCAST, Rank.REMINDER, Rank.CARD, Rank.REPLY):
        await stage.queues(said(rank.name, slot=rank.name, rank=rank))
    await stage.engine.drain()
    assert stage.bot_says("li") == ["REPLY", "CARD", "REMINDER", "BROADCAST"]


async def test_nothing_is_sent_where_another_process_holds_the_connection(stage: Stage) -> None:
    stage.platform.at_hand = False
    await stage.queues(said("一"))
    await stage.engine.drain()
    assert stage.bot_says("li") == []
    assert await stage.outbox() == ["queued"]
    stage.platform.at_hand = True
    await stage.engine.drain()
    assert stage.bot_says("li") == ["一"]


async def test_a_connection_that_moves_to_another_process_takes_the_turn_along(
    database: Database, tmp_path: Path, undelivered: list[tuple[int, str]]
) -> None:
    here = await make(database, tmp_path, undelivered)
    await here.queues(said("一"))
    await here.engine.drain()
    here.platform.at_hand = False
    await here.queues(said("二"))
    await here.engine.drain()
    assert await here.rows("SELECT name FROM leases WHERE name LIKE 'courier%'") == []
    assert here.bot_says("li") == ["一"]


# -- slots ---------------------------------------------------------------------------------------------------------


async def test_a_newer_message_of_a_slot_edits_what_was_sent_and_replaces_what_was_not(stage: Stage) -> None:
    await stage.queues(said("旧", slot="s"))
    await stage.queues(said("新", slot="s"))
    await stage.engine.drain()
    assert stage.bot_says("li") == ["新"]
    assert await stage.outbox() == ["replaced", "sent"]

    await stage.queues(said("更新", slot="s"))
    await stage.queues(said("别处", to=WANG, slot="s"))
    await stage.engine.drain()
    assert stage.bot_says("li") == ["更新"]
    assert stage.shown("li")[0].edits == 1
    assert stage.bot_says("wang") == ["别处"], "the slot of another chat is another slot"


async def test_an_edit_only_is_never_a_first_message_unless_it_replaces_one(stage: Stage) -> None:
    await stage.queues(said("没有可改的", slot="s", only_edit=True))
    await stage.engine.drain()
    assert (stage.bot_says("li"), await stage.outbox()) == ([], ["dropped"])

    await stage.queues(said("头一条", slot="s"))
    await stage.queues(said("补照片", slot="s", only_edit=True))
    await stage.engine.drain()
    assert stage.bot_says("li") == ["补照片"], "it inherits the attempt to be a first message"
    await stage.queues(said("再改", slot="s", only_edit=True))
    await stage.engine.drain()
    assert (stage.bot_says("li"), stage.shown("li")[0].edits) == (["再改"], 1)


async def test_a_fact_told_before_replaces_nothing(stage: Stage) -> None:
    await stage.queues(said("甲", slot="s", once="fact"))
    await stage.engine.drain()
    await stage.queues(said("乙", slot="s"))
    assert await stage.queues(said("甲又", slot="s", once="fact")) is None
    await stage.engine.drain()
    assert stage.bot_says("li") == ["乙"]


async def test_a_platform_without_edits_gets_a_fresh_message_and_no_mere_edits(
    database: Database, tmp_path: Path
) -> None:
    stage = await make(database, tmp_path, [], abilities={"edits": False})
    for words, only_edit in (("一", False), ("二", False), ("三", True)):
        await stage.queues(said(words, slot="s", only_edit=only_edit))
        await stage.engine.drain()
    assert stage.bot_says("li") == ["一", "二"]


# -- when ----------------------------------------------------------------------------------------------------------


async def test_a_message_that_is_no_longer_true_is_dropped(stage: Stage) -> None:
    case = await stage.case()
    stale = While(case.id, round=case.round, states=("reported",))
    later = stage.clock.now() + timedelta(minutes=1)
    await stage.queues(said("还对", valid=stale))
    await stage.engine.drain()
    await stage.queues(said("不对了", valid=stale, not_before=later))
    async with stage.database.write() as tx:
        await cases.move(tx, case, Move.FILE, await members.get(tx, SYSTEM), stage.clock.now())
    await stage.wait(minutes=2)
    assert stage.bot_says("li") == ["还对"]
    assert await stage.outbox() == ["sent", "dropped"]


async def test_nothing_goes_before_its_time(stage: Stage) -> None:
    await stage.queues(said("明早", not_before=stage.clock.now() + timedelta(hours=2)))
    await stage.wait(minutes=119)
    assert stage.bot_says("li") == []
    await stage.wait(minutes=2)
    assert stage.bot_says("li") == ["明早"]


async def test_time_left_is_told_as_it_is_when_the_message_goes(stage: Stage) -> None:
    until = Until(stage.clock.now() + timedelta(hours=3))
    await stage.queues(
        Outgoing(LI, Text("t.left", {"until": until}), not_before=stage.clock.now() + timedelta(minutes=30))
    )
    await stage.wait(minutes=30)
    assert stage.bot_says("li") == ["还剩 2 小时 30 分"]


async def wanted(stage: Stage, ref: str) -> int:
    async with stage.database.write() as tx:
        return await photos.want(tx, SYSTEM, PhotoKind.REPORT, "sandbox", ref, stage.clock.now())


async def test_a_message_waits_for_its_photos_up_to_its_limit_and_then_goes_as_text(stage: Stage) -> None:
    number = await wanted(stage, "slow")
    async with stage.database.write() as tx:  # the fetch hangs
        await tx.run("UPDATE photos SET next_try_at = '2027-01-01T00:00:00.000Z'")
    await stage.queues(said("有照片", attachments=(photo(PhotoId(number)),), wait_photos_s=20))
    await stage.wait(seconds=19)
    assert stage.bot_says("li") == []
    await stage.wait(seconds=2)
    (shown,) = stage.shown("li")
    assert (shown.text, shown.rendered.pictures) == ("有照片", ())


async def test_a_picture_that_is_missing_or_cannot_be_drawn_does_not_hold_the_message_back(
    database: Database, tmp_path: Path, image_worker: object
) -> None:
    stage = await make(database, tmp_path, [], worker=image_worker)
    stage.platform.uploads["good"] = picture("good")
    number = await wanted(stage, "good")
    await stage.engine.drain()
    await stage.queues(said("有", attachments=(photo(PhotoId(number)),)))
    await stage.engine.drain()
    assert len(stage.shown("li")[-1].rendered.pictures) == 1

    for file in (tmp_path / "photos").rglob("*.jpg"):
        file.unlink()
    await stage.queues(said("文件没了", attachments=(photo(PhotoId(number)),)))
    bad_words = Attachment(AttachmentKind.DRAWN, (), "closing", {"nonsense": "x"})
    await stage.queues(said("画不出", slot="x", attachments=(bad_words,)))
    await stage.engine.drain()
    assert [(s.text, s.rendered.pictures) for s in stage.shown("li")[1:]] == [("文件没了", ()), ("画不出", ())]


# -- faults --------------------------------------------------------------------------------------------------------


async def test_try_later_is_a_pause_of_that_chat_only(stage: Stage) -> None:
    stage.platform.faults = [TryLater(30, "slow down")]
    await stage.queues(said("一", slot="1"))
    await stage.engine.drain()
    await stage.queues(said("二", slot="2"))
    await stage.queues(said("三", to=WANG))
    await stage.engine.drain()
    assert (stage.bot_says("li"), stage.bot_says("wang")) == ([], ["三"])
    await stage.wait(seconds=31)
    assert sorted(stage.bot_says("li")) == ["一", "二"]
    assert [row["tries"] for row in await stage.rows("SELECT tries FROM outbox")] == [0, 0, 0]


async def test_try_later_of_the_whole_platform_holds_every_chat(stage: Stage) -> None:
    stage.platform.faults = [TryLater(30, "flood", chat_only=False)]
    await stage.queues(said("一"))
    await stage.engine.drain()
    await stage.queues(said("二", to=WANG))
    await stage.engine.drain()
    assert stage.bot_says("wang") == []
    await stage.wait(seconds=31)
    assert (stage.bot_says("li"), stage.bot_says("wang")) == (["一"], ["二"])


async def test_a_personal_message_perhaps_sent_goes_once_more_and_no_oftener(
    stage: Stage, undelivered: list[tuple[int, str]]
) -> None:
    stage.platform.faults = [Lost()]
    await stage.queues(said("一"))
    await stage.engine.drain()
    assert (stage.bot_says("li"), undelivered) == (["一"], [])

    stage.platform.faults = [Lost(), Lost()]
    second = await stage.queues(said("二", slot="2"))
    await stage.engine.drain()
    await stage.wait(hours=1)
    assert stage.bot_says("li") == ["一"]
    assert undelivered == [(second, "tired")]


async def test_a_group_message_perhaps_sent_is_asked_about_and_goes_once_after_five_minutes(
    stage: Stage, undelivered: list[tuple[int, str]]
) -> None:
    stage.platform.faults = [Lost()]
    queued = await stage.queues(said("公告", to=WORK, slot="n"))
    await stage.engine.drain()
    assert undelivered == [(queued, "unclear")]
    await stage.queues(said("改了", to=WORK, slot="n"))
    await stage.wait(minutes=4)
    assert stage.bot_says(GROUP) == [], "edits wait for the answer"
    await stage.wait(minutes=2)
    assert stage.bot_says(GROUP) == ["改了"]
    assert stage.shown(GROUP)[0].edits == 1

    stage.platform.faults = [Lost()]
    seen = await stage.queues(said("看见了", to=WORK, slot="m"))
    await stage.engine.drain()
    async with stage.database.write() as tx:
        assert await outbox.settle_seen(tx, seen or 0, stage.clock.now())
    await stage.wait(minutes=10)
    assert stage.bot_says(GROUP) == ["改了"], "an admin has seen it: not again"


async def test_an_edit_that_was_lost_is_repeated(stage: Stage, undelivered: list[tuple[int, str]]) -> None:
    await stage.queues(said("一", to=WORK, slot="s"))
    await stage.engine.drain()
    stage.platform.faults = [Lost(), Lost()]
    await stage.queues(said("二", to=WORK, slot="s"))
    for wait_s in (0, 2, 5):
        await stage.wait(seconds=wait_s)
    assert (stage.bot_says(GROUP), undelivered) == (["二"], [])


async def test_what_will_never_go_is_given_up_and_its_topic_goes_on(
    stage: Stage, undelivered: list[tuple[int, str]]
) -> None:
    case = await stage.case()
    stage.platform.faults = [NeverWill("400"), NeverWill("403", unreachable=True)]
    one = await stage.queues(said("一", case=case.id))
    two = await stage.queues(said("二", case=case.id))
    await stage.queues(said("三", case=case.id))
    await stage.engine.drain()
    assert stage.bot_says("li") == ["三"]
    assert await stage.outbox() == ["dead", "dead", "sent"]
    assert undelivered == [(one, "refused"), (two, "unreachable")]


async def test_the_schedule_of_retries_then_hourly_then_dead(stage: Stage, undelivered: list[tuple[int, str]]) -> None:
    stage.platform.faults = [RuntimeError("broken")] * 100
    queued = await stage.queues(said("一"))
    waits: list[float] = []
    for _ in range(31):
        await stage.engine.drain()
        (row,) = await stage.rows("SELECT not_before, state FROM outbox")
        if row["state"] == "dead":
            break
        async with stage.database.read() as tx:
            at = await outbox.next_at(tx, "sandbox")
        assert at is not None
        waits.append((at - stage.clock.now()).total_seconds())
        stage.clock.move(at)
    assert len(waits) == 30
    for wait, planned in zip(waits, (1, 4, 15, 60, 300, 900, *[3600] * 24), strict=True):
        assert 0.89 * planned <= wait <= 1.11 * planned, (wait, planned)
    assert len({round(wait) for wait in waits[6:]}) > 3, "with jitter"
    assert undelivered == [(queued, "tired")]


async def test_a_reaction_that_fails_matters_to_nobody(stage: Stage, undelivered: list[tuple[int, str]]) -> None:
    feature = stage.engine.parts.features[0]

    @feature.command("见")
    async def see(event: Incoming, work: Work) -> Effects:
        return [React(event.where, event.message, "👌")]

    again = await stage.another()
    await again.says("li", "见")
    assert await stage.outbox() == ["sent"]
    assert undelivered == []


# -- several couriers ----------------------------------------------------------------------------------------------


async def test_what_a_dead_courier_was_sending_is_taken_up_at_once_by_the_only_process(
    stage: Stage, undelivered: list[tuple[int, str]]
) -> None:
    await die_sending(stage)
    again = await stage.another()
    await again.engine.drain()
    assert stage.bot_says("li") == ["一"]
    assert [reason for _, reason in undelivered] == ["unclear"]


async def die_sending(stage: Stage) -> None:
    """A courier of another life claims a personal and a group message, and is gone."""
    await stage.queues(said("一"))
    await stage.queues(said("公告", to=WORK))
    courier = stage.engine.couriers["sandbox"]
    jobs, _ = await courier._claim(4)
    assert len(jobs) == 2


async def test_on_a_shared_database_the_lease_of_a_dead_courier_runs_out_first(
    empty_postgres_url: str, tmp_path: Path
) -> None:
    database = await migrated(empty_postgres_url)
    undelivered: list[tuple[int, str]] = []
    stage = await make(database, tmp_path, undelivered)
    await die_sending(stage)
    again = await stage.another()
    await again.wait(seconds=59)
    assert stage.bot_says("li") == []
    await again.wait(seconds=2)
    assert stage.bot_says("li") == ["一"]
    assert [reason for _, reason in undelivered] == ["unclear"]
    await database.close()


async def migrated(url: str) -> Database:
    from storage.migrate import migrate

    database = await open_database(url)
    await migrate(database)
    return database


async def test_two_couriers_never_send_twice_while_the_lease_changes_hands(
    empty_postgres_url: str, tmp_path: Path
) -> None:
    database = await migrated(empty_postgres_url)
    one = await make(database, tmp_path, [])
    two = await one.another()
    for n in range(60):
        await one.queues(said(f"{n}", slot=f"s{n % 20}-{n}", to=(LI, WANG, WORK)[n % 3]))
    couriers = [one.engine.couriers["sandbox"], two.engine.couriers["sandbox"]]

    async def work(which: int) -> None:
        for turn in range(30):
            await couriers[which].once()
            if turn % 3 == 2:
                await couriers[which].release()
            await asyncio.sleep(0)

    await asyncio.gather(work(0), work(1))
    await couriers[0].release()
    await couriers[1].release()
    while await couriers[0].once():
        pass
    told = [text for chat in ("li", "wang", GROUP) for text in one.bot_says(chat)]
    assert sorted(told, key=int) == [str(n) for n in range(60)]
    await database.close()


async def test_a_courier_that_is_stopped_finishes_what_it_is_sending(stage: Stage) -> None:
    begun, go = asyncio.Event(), asyncio.Event()
    really = stage.platform.send

    async def slowly(message: object) -> object:
        begun.set()
        await go.wait()
        return await really(message)

    stage.platform.send = slowly
    await stage.queues(said("一"))
    courier = stage.engine.couriers["sandbox"]
    running = asyncio.create_task(courier.run())
    await begun.wait()
    running.cancel()
    asyncio.get_running_loop().call_later(0.01, go.set)
    await courier.release()
    assert (stage.bot_says("li"), await stage.outbox()) == (["一"], ["sent"])


# -- pace ----------------------------------------------------------------------------------------------------------


async def test_the_pace_of_a_group_holds_also_right_after_a_restart(database: Database, tmp_path: Path) -> None:
    stage = await make(database, tmp_path, [], pace=(Pace(3, 60, each_chat=True, groups=True),))
    for n in range(8):
        await stage.queues(said(str(n), to=WORK, slot=f"s{n}"))
    await stage.queues(said("私聊", to=LI))
    await stage.engine.drain()
    assert len(stage.bot_says(GROUP)) == 3
    assert stage.bot_says("li") == ["私聊"]

    again = await stage.another()
    await again.wait(seconds=30)
    assert len(stage.bot_says(GROUP)) == 3, "the fresh process knows what went out"
    await again.wait(seconds=31)
    assert len(stage.bot_says(GROUP)) == 6
    await again.wait(seconds=61)
    assert stage.bot_says(GROUP) == [str(n) for n in range(8)]


async def test_an_album_counts_as_many_messages_as_it_has_pictures(
    database: Database, tmp_path: Path, image_worker: object
) -> None:
    stage = await make(database, tmp_path, [], pace=(Pace(4, 60, each_chat=True),), worker=image_worker)
    numbers: list[int] = []
    for name in ("a", "b", "c"):
        stage.platform.uploads[name] = picture(name)
        numbers.append(await wanted(stage, name))
    await stage.engine.drain()
    album = tuple(photo(PhotoId(number)) for number in numbers)
    for slot in ("1", "2"):
        await stage.queues(said(slot, attachments=album, slot=slot))
    await stage.engine.drain()
    assert stage.bot_says("li") == ["1"]
    again = await stage.another()
    await again.wait(seconds=30)
    assert stage.bot_says("li") == ["1"], "after a restart too"
    await again.wait(seconds=31)
    assert stage.bot_says("li") == ["1", "2"]


# -- words ---------------------------------------------------------------------------------------------------------


async def test_without_buttons_the_choices_stand_numbered_in_the_text(database: Database, tmp_path: Path) -> None:
    stage = await make(database, tmp_path, [], abilities={"buttons": False})
    feature = stage.engine.parts.features[0]
    await stage.queues(said("修好了？", buttons=(feature.press("yes", "yes"), feature.press("no", "no"))))
    await stage.engine.drain()
    assert stage.bot_says("li") == ["修好了？\n1 是  2 否"]
    assert stage.shown("li")[0].labels == []


async def test_each_reads_their_own_language_and_the_group_the_county_s(stage: Stage) -> None:
    english = await stage.member("ann", Role.RIDER, language="en")
    feature = stage.engine.parts.features[0]
    for to in (english, WORK):
        await stage.queues(Outgoing(to, feature.text("said", words="好"), (feature.press("yes", "yes"),)))
    await stage.engine.drain()
    assert (stage.bot_says("ann"), stage.shown("ann")[0].labels) == (["好 (en)"], ["yes"])
    assert (stage.bot_says(GROUP), stage.shown(GROUP)[0].labels) == (["好"], ["是"])


async def test_a_quote_of_what_was_sent_finds_its_case(stage: Stage) -> None:
    from storage import said as quotes

    case = await stage.case()
    await stage.queues(said("一", case=case.id))
    await stage.engine.drain()
    async with stage.database.read() as tx:
        assert await quotes.find(tx, "sandbox", "li", stage.shown("li")[0].id) == case.id
        assert await quotes.find(tx, "sandbox", "wang", stage.shown("li")[0].id) is None


async def test_what_cannot_be_changed_now_stays_and_is_changed_later(stage: Stage) -> None:
    await stage.queues(said("卡片", slot="s"))
    await stage.engine.drain()
    stage.platform.faults = [NothingToEdit("not pressed", stays=True)]
    await stage.queues(said("已接收", slot="s", only_edit=True))
    await stage.engine.drain()
    assert stage.bot_says("li") == ["卡片"]
    assert await stage.outbox() == ["sent", "dropped"]
    await stage.queues(said("已办结", slot="s", only_edit=True))
    await stage.engine.drain()
    assert stage.bot_says("li") == ["已办结"]


async def test_what_cannot_be_changed_and_is_news_goes_as_a_message_of_its_own(stage: Stage) -> None:
    await stage.queues(said("卡片", slot="s"))
    await stage.engine.drain()
    stage.platform.faults = [NothingToEdit("not pressed", stays=True)]
    await stage.queues(said("换人了", slot="s"))
    await stage.engine.drain()
    await stage.engine.drain()
    assert stage.bot_says("li") == ["卡片", "换人了"]


async def test_a_picture_is_a_message_of_its_own_where_it_carries_no_words(
    database: Database, tmp_path: Path, image_worker: object
) -> None:
    stage = await make(database, tmp_path, [], pace=(Pace(2, 60, each_chat=True),), worker=image_worker)
    stage.platform.abilities = replace(stage.platform.abilities, captions=False)
    stage.platform.uploads["one"] = picture("one")
    number = await wanted(stage, "one")
    await stage.engine.drain()
    await stage.queues(said("一", attachments=(photo(PhotoId(number)),), slot="a"))
    await stage.queues(said("二", slot="b"))
    await stage.engine.drain()
    assert stage.bot_says("li") == ["一"]
    await stage.wait(seconds=61)
    assert stage.bot_says("li") == ["一", "二"]
