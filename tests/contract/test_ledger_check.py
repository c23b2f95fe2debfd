"""A month worked out again: equal, or the first line that differs, on both databases."""

import pytest

from bot.domain.ledger import Step
from bot.domain.people import SYSTEM, MemberId, Post, Role
from bot.domain.replay import Difference, What
from handlers.points.versions import remember_rules
from storage import booking, ledger_check, members, months, points
from storage.booking import Occurrence
from storage.database import Database, Tx
from storage.points import NewEntry
from tests.fake import FakeClock
from tests.town import RULEBOOK, ZONE

AT = FakeClock().now()
PERIOD = "2026-11"


async def rider(tx: Tx, name: str) -> MemberId:
    member = await members.insert(tx, name, AT)
    await members.add_post(tx, member, Post(Role.RIDER), AT)
    return member


async def book(tx: Tx, who: MemberId, code: str, subject: str) -> int:
    made = await booking.book_item(tx, ZONE, Occurrence(code=code, member=who, subject=subject, at=AT, by=SYSTEM))
    assert made is not None
    return made


@pytest.fixture
async def two(database: Database) -> tuple[MemberId, MemberId]:
    """Two riders with a month behind them."""
    async with database.write() as tx:
        await remember_rules(tx, RULEBOOK, AT)
        first, second = await rider(tx, "赵强"), await rider(tx, "李晓梅")
        for who in (first, second):
            await book(tx, who, "A02", "case:1")
            taken_back = await points.get(tx, await book(tx, who, "A01", "case:2"))
            await points.reverse(tx, taken_back, SYSTEM, AT, "reject")
            await book(tx, who, "A01", "case:2")
            await points.confirm(tx, await points.get(tx, await book(tx, who, "B06", "help:1")), SYSTEM, AT)
            await book(tx, who, "E06", "letter:1")
            await book(tx, who, "E03", "title:1")
    return first, second


async def said(database: Database) -> Difference | None:
    return (await ledger_check.verify(database, PERIOD)).difference


def row(who: MemberId, key: str, item: str, delta: int, rules: int | None) -> NewEntry:
    return NewEntry(
        key=key,
        member_id=who,
        item=item,
        delta=delta,
        step=Step.CONFIRMED,
        case_id=None,
        actor_id=SYSTEM,
        rules_id=rules,
        period=PERIOD,
        day="2026-11-23",
        at=AT,
    )


async def test_what_was_booked_by_the_rules_is_equal(database: Database, two: tuple[MemberId, MemberId]) -> None:
    verdict = await ledger_check.verify(database, PERIOD)
    assert verdict == ledger_check.Verdict(rows=16, members=2, difference=None)
    assert (await ledger_check.verify(database, "2026-10")).rows == 0


@pytest.mark.parametrize(
    ("item", "delta", "has_rules", "expected"),
    [
        ("A01", 3, True, (What.DELTA, 3, 2)),
        ("E06", -15, True, (What.DELTA, -15, -5)),
        ("Z99", 2, True, (What.RULES, 2, 0)),
        ("E02", 30, True, (What.RULES, 30, 0)),  # it adds to the wallet only
        ("A01", 2, False, (What.RULES, 2, 0)),
    ],
)
async def test_a_row_that_its_rules_do_not_give_is_named(
    database: Database,
    two: tuple[MemberId, MemberId],
    item: str,
    delta: int,
    has_rules: bool,
    expected: tuple[What, int, int],
) -> None:
    async with database.write() as tx:
        await points.add(tx, row(two[1], "wrong", item, delta, 1 if has_rules else None))
    what, found, should = expected
    assert await said(database) == Difference(what, two[1], "wrong", found, should)


async def test_points_above_a_cap_are_named(database: Database, two: tuple[MemberId, MemberId]) -> None:
    async with database.write() as tx:
        for number in range(3, 7):
            await book(tx, two[0], "A01", f"case:{number}")
        await points.add(tx, row(two[0], "above", "A01", 2, 1))
    assert await said(database) == Difference(What.DELTA, two[0], "above", 2, 0)


async def test_a_sum_beside_the_ledger_that_differs_is_named(
    database: Database, two: tuple[MemberId, MemberId]
) -> None:
    async with database.write() as tx:
        await tx.run("UPDATE wallets SET spendable = 99 WHERE member_id = :id", id=two[0])
    assert await said(database) == Difference(What.WALLET, two[0], "", 99, 34)
    async with database.write() as tx:
        await tx.run("UPDATE balances SET ranking = 7 WHERE member_id = :id", id=two[1])
    assert await said(database) == Difference(What.BALANCE, two[1], "", 7, 4)


async def test_a_balance_without_any_row_is_named(database: Database, two: tuple[MemberId, MemberId]) -> None:
    async with database.write() as tx:
        who = await rider(tx, "孙伟")
        await tx.run(
            "INSERT INTO balances (member_id, period, ranking) VALUES (:id, :period, 5)", id=who, period=PERIOD
        )
    assert await said(database) == Difference(What.BALANCE, who, "", 5, 0)


async def test_a_line_of_the_ranking_that_differs_is_named(database: Database, two: tuple[MemberId, MemberId]) -> None:
    async with database.write() as tx:
        await months.begin(tx, PERIOD, "")
        await tx.run("UPDATE months SET state = 'frozen', version = 1")
        for who, shown in zip(two, (4, 5), strict=True):
            await tx.run(
                "INSERT INTO ranking_lines (period, version, member_id, place, points, resolved, invalid, reported,"
                " reached_at) VALUES (:period, 1, :id, 1, :points, 0, 0, 0, '')",
                period=PERIOD,
                id=who,
                points=shown,
            )
    assert await said(database) == Difference(What.RANKING, two[1], "", 5, 4)


async def test_what_comes_after_the_close_counts_in_the_next_month_and_both_are_equal(
    database: Database, two: tuple[MemberId, MemberId]
) -> None:
    async with database.write() as tx:
        waiting = await book(tx, two[0], "B06", "help:2")
        await months.begin(tx, PERIOD, "")
        await points.confirm(tx, await points.get(tx, waiting), SYSTEM, AT)
        first = await points.find(tx, f"A02:case:1:{two[0]}:1")
        assert first is not None
        await points.reverse(tx, first, SYSTEM, AT, "reject")
        await book(tx, two[0], "A02", "case:9")
    november = await ledger_check.verify(database, PERIOD)
    december = await ledger_check.verify(database, "2026-12")
    assert (november.rows, november.difference) == (17, None)
    assert (december.rows, december.difference) == (3, None)
    async with database.read() as tx:
        kept = await tx.all("SELECT period, ranking FROM balances WHERE member_id = :id ORDER BY period", id=two[0])
    assert [(one["period"], one["ranking"]) for one in kept] == [("2026-11", 4), ("2026-12", 3)]


async def test_a_month_is_read_in_slices(database: Database, two: tuple[MemberId, MemberId]) -> None:
    for most in (1, 2, 3, 5, 8, 16):
        assert await ledger_check.verify(database, PERIOD, most) == ledger_check.Verdict(16, 2, None)
