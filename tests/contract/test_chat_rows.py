"""Groups, what is known of them, and a group that gets another id, on both databases."""

from datetime import UTC, datetime, timedelta

from bot.domain.case import CaseId
from bot.domain.people import MemberId
from storage import cases, chats, dialogs, doors, drafts, groups, leases, members, moving, outbox, prompts
from storage.chats import Chat
from storage.database import Database, Tx
from storage.drafts import Draft
from storage.groups import Bound

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
ON = "telegram"
OLD, NEW = "-100", "-1001"


async def reported(tx: Tx, by: MemberId, chat: str) -> CaseId:
    case = await cases.insert(tx, by, AT, home=(ON, chat))
    await drafts.insert(tx, Draft(case.id, ON, chat, by, None, "7", "", frozenset(), LATER, closed=False))
    return case.id


async def queued(tx: Tx, slot: str, *, kind: str = "message", state: str = "queued") -> int:
    made = await outbox.add(
        tx,
        outbox.Draft(
            platform=ON, chat=OLD, private=False, topic=f"{ON}:{OLD}:{slot}", slot=slot, kind=kind, body=f"say {slot}",
            rank=0, not_before=AT, created_at=AT,
        ),
    )  # fmt: skip
    assert made is not None
    await tx.run("UPDATE outbox SET state = :state WHERE id = :id", state=state, id=made)
    return made


async def test_what_is_known_of_a_group_is_kept(database: Database) -> None:
    known = Chat("骑手群", AT, deaf_at=LATER)
    async with database.write() as tx:
        assert await chats.find(tx, ON, OLD) is None
        await chats.leave(tx, ON, OLD, AT)
        assert await chats.find(tx, ON, OLD) is None
        await chats.save(tx, ON, OLD, known)
        assert await chats.find(tx, ON, OLD) == known
        await chats.leave(tx, ON, OLD, LATER)
        await chats.leave(tx, ON, OLD, LATER + timedelta(hours=1))
        assert await chats.find(tx, ON, OLD) == Chat("骑手群", AT, left_at=LATER)
        await chats.save(tx, ON, OLD, Chat("新群名", LATER))
        assert await chats.find(tx, ON, OLD) == Chat("新群名", LATER)


async def test_every_older_id_leads_to_the_one_of_today(database: Database) -> None:
    async with database.write() as tx:
        assert await chats.current(tx, ON, OLD) == OLD
        await chats.save(tx, ON, OLD, Chat("骑手群", AT))
        for _ in range(2):
            await chats.redirect(tx, ON, OLD, "-200", AT)
        await chats.redirect(tx, ON, "-200", NEW, LATER)
        assert [await chats.current(tx, ON, chat) for chat in (OLD, "-200", NEW)] == [NEW, NEW, NEW]
        assert await chats.current(tx, "wecom", OLD) == OLD
        await chats.save(tx, ON, OLD, Chat("骑手群", AT))  # the alias outlives what else is told of the old id
        assert await chats.current(tx, ON, OLD) == NEW


async def test_a_group_is_bound_ended_and_bound_again_by_a_person_only(database: Database) -> None:
    async with database.write() as tx:
        admin = await members.insert(tx, "何主任", AT)
        assert not await groups.was_bound(tx, ON, OLD)
        assert not await groups.end(tx, ON, OLD, AT)
        await groups.bind(tx, ON, OLD, AT)
        await groups.bind(tx, ON, OLD, LATER, admin)
        assert await groups.list_bound(tx) == [Bound(OLD, AT, None)]
        assert await groups.end(tx, ON, OLD, LATER)
        assert not await groups.end(tx, ON, OLD, LATER)
        await groups.bind(tx, ON, OLD, LATER)  # by the settings
        assert await groups.bound(tx) == []
        assert await groups.was_bound(tx, ON, OLD)
        await groups.bind(tx, ON, OLD, LATER, admin)
        await chats.save(tx, ON, OLD, Chat("骑手群", AT, deaf_at=LATER))
        assert await groups.list_bound(tx) == [Bound("骑手群", LATER, LATER)]


async def test_a_bound_group_moves_once(database: Database) -> None:
    async with database.write() as tx:
        assert not await groups.move(tx, ON, OLD, NEW, LATER)
        await groups.bind(tx, ON, OLD, AT)
        await groups.bind(tx, ON, "-300", AT + timedelta(minutes=1))
        assert await groups.move(tx, ON, OLD, NEW, LATER)
        assert not await groups.move(tx, ON, OLD, NEW, LATER)
        assert await groups.bound(tx) == [(ON, NEW), (ON, "-300")]  # still the first: reports in private go there


async def test_open_cases_and_drafts_go_along_and_those_that_are_over_stay(database: Database) -> None:
    async with database.write() as tx:
        one, two, three = [await members.insert(tx, name, AT) for name in ("赵强", "王梅", "李勇")]
        open_, over, both = await reported(tx, one, OLD), await reported(tx, two, OLD), await reported(tx, three, OLD)
        begun, private = await reported(tx, three, NEW), await cases.insert(tx, one, AT, home=(ON, OLD))
        other = await cases.insert(tx, one, AT, home=("wecom", OLD))
        await drafts.close(tx, open_, AT)
        await tx.run("UPDATE cases SET state = 'closed' WHERE id = :id", id=over)
        for _ in range(2):
            await moving.take_cases(tx, ON, OLD, NEW)
        homes = {case: (await cases.get(tx, case)).home_chat for case in (open_, over, both, begun)}
        kept = {case: draft.chat for case in homes if (draft := await drafts.get(tx, case))}
        assert homes == kept == {open_: NEW, over: OLD, both: OLD, begun: NEW}
        assert [(await cases.get(tx, case.id)).home_chat for case in (private, other)] == [NEW, OLD]
        moved, stayed = await drafts.get(tx, open_), await drafts.get(tx, both)
    assert moved is not None and moved.message is None
    assert stayed is not None and stayed.message == "7"


async def test_of_two_dialogs_the_newer_goes_on(database: Database) -> None:
    async with database.write() as tx:
        one, two = [await members.insert(tx, name, AT) for name in ("赵强", "王梅")]
        for member, chat, step in ((one, OLD, "a"), (two, OLD, "b"), (two, NEW, "c")):
            await dialogs.start(tx, ON, chat, member, step, "", LATER)
        for _ in range(2):
            await moving.take_dialogs(tx, ON, OLD, NEW)
        found = [await dialogs.find(tx, ON, NEW, member, AT) for member in (one, two)]
        assert [dialog.step for dialog in found if dialog] == ["a", "c"]
        assert await dialogs.find(tx, ON, OLD, two, AT) is None


async def test_what_waits_goes_along_and_what_was_said_or_is_being_said_stays(database: Database) -> None:
    async with database.write() as tx:
        waits, doubtful = await queued(tx, "one"), await queued(tx, "two", state="unknown")
        sending, sent = await queued(tx, "three", state="sending"), await queued(tx, "four", state="sent")
        sign = await queued(tx, "five", kind="reaction")
        for message in (waits, sent):
            await prompts.add(tx, message, ON, OLD, None, "[]", LATER)
        taken = await moving.take_unsent(tx, ON, OLD, NEW)
        assert sorted(taken) == [(waits, "say one"), (doubtful, "say two")]
        assert await moving.take_unsent(tx, ON, OLD, NEW) == []
        await moving.rewrite(tx, waits, "say it anew")
        rows = {message: await outbox.get(tx, message) for message in (waits, doubtful, sending, sent, sign)}
        opened = [await prompts.of_outbox(tx, message) for message in (waits, sent)]
        assert [prompt.chat for prompt in opened if prompt] == [NEW, OLD]
    assert [row.chat for row in rows.values()] == [NEW, NEW, OLD, OLD, OLD]
    assert (rows[waits].topic, rows[waits].body) == (f"{ON}:{NEW}:one", "say it anew")
    assert rows[doubtful].state == "unknown"
    assert rows[sign].state == "dropped"


async def test_a_message_that_is_not_wanted_any_more_is_dropped_while_it_waits(database: Database) -> None:
    async with database.write() as tx:
        said, waits = await queued(tx, "one", state="sent"), await queued(tx, "one")
        await moving.drop_waiting(tx, ON, NEW, "one")
        assert (await outbox.get(tx, waits)).state == "queued"
        await moving.drop_waiting(tx, ON, OLD, "one")
        assert [(await outbox.get(tx, row)).state for row in (said, waits)] == ["sent", "dropped"]


async def test_a_way_into_a_chat_is_opened_once_and_shut_again(database: Database) -> None:
    async with database.write() as tx:
        await doors.open_up(tx, "wecom", "wrAAA", "bot", AT)
        await doors.open_up(tx, "wecom", "wrAAA", "bot", LATER)
        await doors.open_up(tx, "wecom", "zhangsan", "bot", AT)
        assert await doors.list_open(tx, "wecom") == {"wrAAA": {"bot"}, "zhangsan": {"bot"}}
        assert await doors.list_open(tx, "telegram") == {}
        await doors.shut(tx, "wecom", "wrAAA", "bot")
        await doors.shut(tx, "wecom", "wrAAA", "bot")
        assert await doors.list_open(tx, "wecom") == {"zhangsan": {"bot"}}


async def test_a_lease_is_held_until_it_runs_out_or_is_given_up(database: Database) -> None:
    async with database.write() as tx:
        assert not await leases.is_held(tx, "listener:wecom", AT)
        await leases.take(tx, "listener:wecom", "one", AT, LATER)
        assert await leases.is_held(tx, "listener:wecom", AT)
        assert not await leases.is_held(tx, "listener:telegram", AT)
        assert not await leases.is_held(tx, "listener:wecom", LATER + timedelta(seconds=1))
        await leases.release(tx, "listener:wecom", "one")
        assert not await leases.is_held(tx, "listener:wecom", AT)
