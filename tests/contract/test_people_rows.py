"""The roll, binding, consents and leaves on both databases."""

from datetime import UTC, datetime, timedelta

from bot.domain import roll
from bot.domain.case import Relation
from bot.domain.people import SYSTEM, MemberId, Post, Rank, Role
from bot.domain.roll import PersonRow
from bot.domain.rulebook import AgencyId, DutyId
from storage import binding, cases, consents, leaves, members, outbox, people
from storage.database import Database
from storage.outbox import Draft

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
HOUSING = AgencyId("housing")
RIDER = PersonRow(
    line=2, name="赵小路", role=Role.RIDER, duties=(DutyId("traffic"),), from_day="2026-11-01", until_day="2027-10-31"
)
CONTACT = PersonRow(
    line=3, name="王小队", role=Role.CONTACT, agency=HOUSING, rank=Rank.B, phone="19900000002", telegram="7654321"
)


async def store(database: Database, *rows: PersonRow) -> people.Counts:
    async with database.write() as tx:
        made = roll.entries(rows, await people.list_roll(tx))
        counts, _ = await people.store(tx, made, AT, SYSTEM, "zh-CN")
        return counts


async def test_the_roll_is_written_once_and_changed_in_place(database: Database) -> None:
    assert await store(database, RIDER, CONTACT) == people.Counts(2, 0, 0)
    assert await store(database, RIDER, CONTACT) == people.Counts(0, 0, 2)
    changed = PersonRow(line=2, name="王大队", role=Role.CONTACT, agency=HOUSING, rank=Rank.A, phone="19900000002")
    longer = PersonRow(
        line=3, name="赵小路", role=Role.RIDER, agency=AgencyId("community:xingfu"), duties=(DutyId("traffic"),),
        phone="19900000001", firm="飞燕外卖", from_day="2027-01-01", until_day="2027-12-31",
    )  # fmt: skip
    assert await store(database, changed) == people.Counts(0, 1, 0)
    await store(database, PersonRow(line=2, name="赵小路", role=Role.RIDER, phone="19900000001"))
    assert await store(database, longer) == people.Counts(0, 1, 0)

    async with database.read() as tx:
        rider, contact = await people.list_roll(tx)
        assert await people.latest_term(tx, rider.id, "2027-11-01") == ("traffic", "2027-12-31")
        assert await people.latest_term(tx, rider.id, "2028-01-01") is None
        assert [m.id for m in await people.by_name(tx, "王大队")] == [contact.id]
        assert await people.by_name(tx, "王小队") == []
        assert [m.name for m in await people.by_number(tx, rider.id)] == ["赵小路"]
        owners = await binding.list_owners(tx, [("telegram", "7654321"), ("wecom", "7654321")])
        assert await binding.list_unbound(tx) == [rider.id]
    assert contact.posts == (Post(Role.CONTACT, HOUSING, Rank.A),)
    assert contact.accounts == (("telegram", "7654321"),)
    assert owners == {("telegram", "7654321"): contact.id}
    assert (rider.phone, rider.firm, rider.posts) == (
        "19900000001", "飞燕外卖", (Post(Role.RIDER, AgencyId("community:xingfu")),),
    )  # fmt: skip
    assert rider.duties == ((DutyId("traffic"), "2026-11-01", "2027-12-31"),)  # one term, with a new end


async def test_a_code_is_used_once(database: Database) -> None:
    async with database.write() as tx:
        member = await members.insert(tx, "赵小路", AT)
        await binding.add_code(tx, "one", member, AT, AT + timedelta(days=1))
        await binding.add_code(tx, "two", member, AT, AT + timedelta(days=1))
        assert await binding.use_code(tx, "one", AT)
        assert not await binding.use_code(tx, "one", AT)
        assert await binding.list_codes(tx, AT) == {"two": member}
        assert await binding.void_codes(tx, member, AT) == 1
        assert not await binding.use_code(tx, "two", AT)
        one, two = await binding.find_code(tx, "one"), await binding.find_code(tx, "two")
        await binding.add_try(tx, member, "bind", AT)
        assert await binding.list_tries(tx, member, "bind", AT) == [AT]
        assert await binding.list_tries(tx, member, "redeem", AT) == []
    assert one is not None and one.used and not one.void
    assert two is not None and two.void and not two.used


async def test_numbers_that_nobody_has_are_remembered_for_a_while(database: Database) -> None:
    async with database.write() as tx:
        member, other = await members.insert(tx, "赵小路", AT), await members.insert(tx, "钱小桥", AT)
        await binding.add_try(tx, member, "mobile-a1", AT)
        await binding.add_try(tx, other, "mobile-b2", AT - timedelta(days=31))
        await binding.add_try(tx, other, "bind", AT)
        assert await binding.list_tried(tx, "mobile-", AT - timedelta(days=30)) == {(member, "mobile-a1")}


async def test_accounts_of_a_platform_tell_who_holds_a_post(database: Database) -> None:
    async with database.write() as tx:
        rider, guest, gone = [await members.insert(tx, name, AT) for name in ("赵小路", "guest", "孙小河")]
        await members.add_post(tx, rider, Post(Role.RIDER), AT)
        for member, account in ((rider, "xiaolu"), (guest, "somebody"), (gone, "xiaohe")):
            await members.add_account(tx, member, "wecom", account, AT)
        await members.add_account(tx, rider, "telegram", "1", AT)
        await tx.run("UPDATE members SET left_at = created_at WHERE id = :id", id=gone)
        assert await members.list_in(tx, "wecom") == [
            members.Known("xiaolu", "赵小路", posted=True), members.Known("somebody", "guest", posted=False),
        ]  # fmt: skip


async def test_what_a_guest_owns_goes_to_the_member(database: Database) -> None:
    async with database.write() as tx:
        guest, member = await members.insert(tx, "guest", AT), await members.insert(tx, "赵小路", AT)
        await members.add_account(tx, guest, "telegram", "1", AT)
        case = await cases.insert(tx, guest, AT)
        for who in (guest, member):
            await cases.relate(tx, case.id, who, Relation.CO_REPORTER, AT)
            await consents.show(tx, who, "notice", "1", "telegram")
        await consents.answer(tx, guest, "public_name", "1", "telegram", AT, agreed=True)
        assert await binding.take_over(tx, guest, member, AT) == 0
        assert (await cases.get(tx, case.id)).reporter_id == member
        assert await members.by_account(tx, "telegram", "1") == await members.get(tx, member)
        assert await consents.given(tx, member, "public_name", "1")
        assert (await members.get(tx, guest)).left


async def test_consents_are_shown_answered_and_forgotten(database: Database) -> None:
    async with database.write() as tx:
        member = await members.insert(tx, "赵小路", AT)
        await members.add_account(tx, member, "telegram", "1", AT)
        assert await consents.seen(tx, "telegram", "1", "notice", "1") == consents.Seen(shown=False, reachable=True)
        await consents.show(tx, member, "notice", "1", "telegram")
        await members.set_unreachable(tx, "telegram", "1", AT)
        assert await consents.seen(tx, "telegram", "1", "notice", "1") == consents.Seen(shown=True, reachable=False)
        assert not await consents.given(tx, member, "notice", "1")
        await consents.forget(tx, member, "notice", "1")
        assert not (await consents.seen(tx, "telegram", "1", "notice", "1")).shown
        await consents.answer(tx, member, "notice", "1", "telegram", AT, agreed=True)
        await consents.forget(tx, member, "notice", "1")
        assert await consents.given(tx, member, "notice", "1")
        assert not (await consents.seen(tx, "telegram", "1", "notice", "2")).shown


async def test_a_leave_begins_and_ends(database: Database) -> None:
    async with database.write() as tx:
        member = await members.insert(tx, "王小队", AT)
        day = timedelta(days=1)
        await leaves.add(tx, member, AT + day, AT + 3 * day, AT)
        assert not await members.on_leave(tx, member, AT)
        assert await members.on_leave(tx, member, AT + 2 * day)
        assert await leaves.end(tx, member, AT + 2 * day) == 1
        assert not await members.on_leave(tx, member, AT + 2 * day)
        assert await leaves.end(tx, member, AT + 2 * day) == 0


async def test_a_message_seen_in_the_group_is_settled_once(database: Database) -> None:
    async with database.write() as tx:
        queued = await outbox.add(
            tx, Draft(platform="telegram", chat="g", private=False, topic="t", body="{}", rank=0, not_before=AT,
                      created_at=AT)
        )  # fmt: skip
        assert queued is not None
        assert not await outbox.settle_seen(tx, queued, AT)
        await outbox.put_back(tx, queued, AT, counts=True, state="unknown", reason="lost")
        assert await outbox.settle_seen(tx, queued, AT)
        assert (await outbox.get(tx, queued)).state == "sent"
        assert not await outbox.settle_seen(tx, queued, AT)


async def test_cases_that_wait_for_a_check_are_found_by_contact(database: Database) -> None:
    async with database.write() as tx:
        contact = await members.insert(tx, "王小队", AT)
        case = await cases.insert(tx, MemberId(contact), AT)
        await cases.amend(tx, case, contact_id=contact)
        assert await people.list_checking(tx, contact) == []
        await tx.run("UPDATE cases SET state = 'verifying' WHERE id = :id", id=case.id)
        assert await people.list_checking(tx, contact) == [case.id]
