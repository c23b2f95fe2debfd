"""Booking an item: by the rules of its day, once, no further than its caps, in the county's month."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.ledger import Step
from bot.domain.people import SYSTEM, MemberId, Post, Role
from bot.domain.rulebook import PointRules
from handlers.points.versions import remember_rules
from storage import balances, booking, members, months, points, rule_versions
from storage.booking import Occurrence
from storage.database import Database, Tx
from storage.points import Entry
from storage.rule_versions import read_rules, written_rules
from tests.fake import FakeClock
from tests.town import RULEBOOK, ZONE

AT = FakeClock().now()
BOOK = RULEBOOK.points


async def rider(tx: Tx, *versions: PointRules, role: Role = Role.RIDER) -> MemberId:
    """Somebody in office, where these rules are known."""
    for rules in versions or (BOOK,):
        await remember_rules(tx, replace(RULEBOOK, points=rules), AT)
    member = await members.insert(tx, "赵强", AT)
    await members.add_post(tx, member, Post(role), AT)
    return member


async def booked(tx: Tx, what: Occurrence, zone: ZoneInfo = ZONE) -> Entry | None:
    entry = await booking.book_item(tx, zone, what)
    return None if entry is None else await points.get(tx, entry)


def done(who: MemberId, code: str, subject: str = "thing:1", at: datetime = AT, **more: object) -> Occurrence:
    return replace(Occurrence(code=code, member=who, subject=subject, at=at, by=SYSTEM), **more)


async def deltas(tx: Tx, who: MemberId, code: str, times: int, **more: object) -> list[int]:
    """What so many occurrences of one item pay on one day."""
    made = [await booked(tx, done(who, code, f"thing:{code}:{n}", **more)) for n in range(times)]
    return [0 if entry is None else entry.delta for entry in made]


async def test_every_item_of_the_book_can_be_booked(database: Database) -> None:
    async with database.write() as tx:
        for item in BOOK.items:
            who = await rider(tx)
            entry = await booked(tx, done(who, item.code, reason="理由"))
            assert entry is not None, item.code
            assert entry.delta == item.points[0]
            assert entry.step is (Step.PENDING if item.mode == "check" else Step.CONFIRMED)
            assert entry.key == f"{item.code}:thing:1:{who}:1"
            assert (entry.reason, entry.day, entry.period) == ("理由", "2026-11-23", "2026-11")
            now = await balances.balance(tx, who, "2026-11")
            counted = 0 if entry.step is Step.PENDING else entry.delta
            assert now.month == (0 if item.spendable_only else counted), item.code
            assert now.spendable == (counted if item.code == "E05" else max(0, counted)), item.code


async def test_a_thing_is_booked_once_and_again_after_it_was_taken_back(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx)
        first = await booked(tx, done(who, "A01"))
        assert await booked(tx, done(who, "A01")) == first
        assert first is not None
        await points.reverse(tx, first, SYSTEM, AT, "reject")
        again = await booked(tx, done(who, "A01"))
        assert again is not None
        assert again.key == f"A01:thing:1:{who}:2"


async def test_a_day_pays_up_to_the_caps_of_the_item(database: Database) -> None:
    paid = {
        "A03": [8, 8, 0],
        "B01": [3, 3, 3, 0],
        "A07": [20, 20, 20, 0],  # outside the 40 of a day
        "B04": [30, 30, 30, 0],
        "E03": [30, 30, 0],
        "B07": [10, 10, 10, 0],
        "E04": [-1, -1, -1, 0],
        "E05": [-20, -20, -20],
        "E07": [-3, -3, -3, -3, -3, 0],
    }
    async with database.write() as tx:
        for code, expected in paid.items():
            assert await deltas(tx, await rider(tx), code, len(expected)) == expected, code


async def test_the_last_one_under_a_cap_is_paid_in_part(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx)
        assert await deltas(tx, who, "C05", 2) == [15, 15]
        assert await deltas(tx, who, "A03", 2) == [8, 2]  # forty a day over all
        assert await deltas(tx, who, "A01", 1) == [0]
        assert await deltas(tx, who, "A07", 1) == [20]
        assert await deltas(tx, who, "E03", 1) == [30]
        assert await deltas(tx, who, "E06", 3, grade=1) == [-15, -15, 0]


async def test_the_caps_of_a_month_are_those_over_all_its_days(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx)
        paid: list[int] = []
        for n in range(14):
            at = datetime(2026, 11, 1 + n, 4, 0, tzinfo=UTC)
            made = [await booked(tx, done(who, "A01", f"day:{n}:{k}", at=at)) for k in range(6)]
            paid.append(sum(entry.delta for entry in made if entry))
        assert paid == [10] * 12 + [0, 0]


async def test_an_item_of_several_figures_is_booked_by_its_grade(database: Database) -> None:
    async with database.write() as tx:
        for code, figures in {"E02": (30, 20, 10), "E06": (-5, -15)}.items():
            for grade, expected in enumerate(figures):
                entry = await booked(tx, done(await rider(tx), code, grade=grade))
                assert entry is not None
                assert (entry.delta, entry.grade) == (expected, grade)


async def test_day_and_month_are_the_countys(database: Database) -> None:
    here, there = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
    days = [
        (here, datetime(2026, 11, 30, 15, 59, 59, 999_000, tzinfo=UTC), "2026-11-30"),
        (here, datetime(2026, 11, 30, 16, 0, tzinfo=UTC), "2026-12-01"),
        (here, datetime(2027, 12, 31, 15, 59, 59, 999_000, tzinfo=UTC), "2027-12-31"),
        (here, datetime(2027, 12, 31, 16, 0, tzinfo=UTC), "2028-01-01"),
        (here, datetime(2028, 2, 28, 16, 0, tzinfo=UTC), "2028-02-29"),
        (here, datetime(2028, 2, 29, 15, 59, 59, 999_000, tzinfo=UTC), "2028-02-29"),
        (here, datetime(2028, 2, 29, 16, 0, tzinfo=UTC), "2028-03-01"),
        (there, datetime(2027, 3, 31, 21, 59, 59, 999_000, tzinfo=UTC), "2027-03-31"),
        (there, datetime(2027, 3, 31, 22, 0, tzinfo=UTC), "2027-04-01"),  # summer time
        (there, datetime(2027, 10, 31, 22, 59, 59, 999_000, tzinfo=UTC), "2027-10-31"),
        (there, datetime(2027, 10, 31, 23, 0, tzinfo=UTC), "2027-11-01"),  # a day of 25 hours is over
    ]
    async with database.write() as tx:
        for zone, at, day in days:
            entry = await booked(tx, done(await rider(tx), "A01", at=at), zone)
            assert entry is not None
            assert (entry.day, entry.period) == (day, day[:7])


async def test_every_event_is_booked_by_the_rules_of_its_day(database: Database) -> None:
    items = tuple(replace(item, points=(5,), cap_day=None) if item.code == "A01" else item for item in BOOK.items)
    later = replace(BOOK, effective_from="2026-12-01", items=items)
    async with database.write() as tx:
        who = await rider(tx, BOOK, later)
        before, after = datetime(2026, 11, 30, 15, 59, tzinfo=UTC), datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
        old, new = await booked(tx, done(who, "A01", at=before)), await booked(tx, done(who, "A01", "thing:2", after))
        late = await booked(tx, done(who, "A01", "thing:3", after + timedelta(days=40), on=date(2026, 11, 30)))
        assert old is not None
        assert new is not None
        assert late is not None
        assert (old.delta, new.delta, late.delta) == (2, 5, 2)
        assert (old.rules_id, late.rules_id) == (1, 1)
        assert new.rules_id == 2


async def test_rules_prepared_for_a_later_day_do_not_count_before_it(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx, replace(BOOK, effective_from="2027-01-01"))
        assert await booked(tx, done(who, "A01")) is None
        assert await booked(tx, done(who, "A01", at=datetime(2026, 12, 31, 16, 0, tzinfo=UTC))) is not None


async def test_nobody_but_a_rider_in_office_earns_or_loses(database: Database) -> None:
    async with database.write() as tx:
        contact, former = await rider(tx, role=Role.CONTACT), await rider(tx)
        await members.end_post(tx, former, Role.RIDER, None, AT)
        for who in (contact, former, SYSTEM):
            assert await booked(tx, done(who, "A01")) is None
            assert await booked(tx, done(who, "E07")) is None


async def test_what_comes_for_a_closed_month_counts_in_the_running_one(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx)
        await months.begin(tx, "2026-11", "")
        late = await booked(tx, done(who, "A01"))
        close = await booked(tx, done(who, "E01", on=date(2026, 11, 30)))
        assert late is not None
        assert close is not None
        assert (late.period, late.day) == ("2026-12", "2026-12-01")
        assert (close.period, close.day) == ("2026-11", "2026-11-30")


async def test_a_deduction_empties_the_wallet_and_only_a_fake_report_leaves_debts(database: Database) -> None:
    async with database.write() as tx:
        who = await rider(tx)
        await deltas(tx, who, "B01", 1)
        heavy = await booked(tx, done(who, "E06", grade=1))
        assert heavy is not None
        now = await balances.balance(tx, who, "2026-11")
        assert (now.month, now.spendable) == (-12, 0)
        await points.reverse(tx, heavy, SYSTEM, AT, "objection")
        now = await balances.balance(tx, who, "2026-11")
        assert (now.month, now.spendable) == (3, 3)
        await booked(tx, done(who, "E05"))
        assert await balances.spendable(tx, who) == -17
        await deltas(tx, who, "E07", 1)
        assert await balances.spendable(tx, who) == -17


def test_rules_are_read_as_they_were_written() -> None:
    assert read_rules(written_rules(BOOK)) == BOOK


async def test_the_version_in_force_is_the_newest_that_has_begun(database: Database) -> None:
    async with database.write() as tx:
        await rider(tx, BOOK, replace(BOOK, effective_from="2026-12-01"))
        found = [await rule_versions.in_force(tx, day) for day in ("2025-12-31", "2026-11-30", "2026-12-01")]
        assert [version and version.effective_from for version in found] == [None, "2026-01-01", "2026-12-01"]
