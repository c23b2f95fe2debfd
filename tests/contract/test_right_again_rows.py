"""What is set right again: points given back that go with their deduction, a report that counts after all."""

from bot.domain.ledger import Step
from storage import balances, hints, members, objections, points, restored
from storage.database import Database
from storage.hints import NOT_COUNTED
from tests.contract.test_rider_rows import AT, a_case, booked, rider


async def test_what_was_given_back_goes_with_its_deduction_alone(database: Database) -> None:
    async with database.write() as tx:
        who, boss = await rider(tx), await members.insert(tx, "李主任", AT)
        await booked(tx, who, "A03:case:1", 8)
        deduction = await booked(tx, who, "E04:case:2", -1)
        other = await booked(tx, who, "E07:case:3", -3)
        for number, of in enumerate((deduction, other)):
            reason = f"restored lessons E04 {of}"
            await booked(tx, who, f":restored:{number}", 1, Step.RESTORED, item="", reason=reason)
        for _ in range(2):
            await restored.take_back(tx, await points.get(tx, deduction), boss, AT, "undo_reject")
        now = await balances.balance(tx, who, "2026-11")
        assert (now.month, now.spendable) == (8 - 1 - 3 + 1, 8 - 1 - 3 + 1)


async def test_a_report_that_was_refused_counts_once_it_is_booked_again(database: Database) -> None:
    async with database.write() as tx:
        who, boss = await rider(tx), await members.insert(tx, "李主任", AT)
        case = await a_case(tx, who)
        held = await booked(tx, who, "A01:case:1", 2, Step.PENDING, case_id=case.id)
        await hints.add(tx, held, hints.Hint(hints.HintKind.BURST, "7"), AT)
        await points.reverse(tx, await points.get(tx, held), boss, AT, NOT_COUNTED)
        assert await hints.refused(tx, case.id, who)
        again = await booked(tx, who, "A01:again:1", 2, case_id=case.id)
        assert not await hints.refused(tx, case.id, who)
        await points.reverse(tx, await points.get(tx, again), boss, AT, "undone")
        assert await hints.refused(tx, case.id, who)


async def test_who_wrote_into_a_month_by_hand(database: Database) -> None:
    async with database.write() as tx:
        who, boss = await rider(tx), await members.insert(tx, "李主任", AT)
        await booked(tx, who, "A01:case:1", 2)
        assert list(await objections.list_month_bookers(tx, who, "2026-11")) == []
        await booked(tx, who, "A07:award:1", 20, actor_id=boss, reason="已查实")
        assert list(await objections.list_month_bookers(tx, who, "2026-11")) == [boss]
