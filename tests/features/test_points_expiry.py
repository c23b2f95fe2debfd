"""Points that are not spent in time: the reminder of March, the rows of April."""

from datetime import UTC, datetime

from bot.domain.ledger import Step, entry_key
from bot.domain.people import SYSTEM, MemberId
from handlers.points import expiring
from storage import balances, booking, points
from storage.booking import Occurrence
from storage.points import NewEntry
from tests.town import ZONE, Person, TestTown

BEFORE_MARCH = datetime(2027, 2, 28, 15, 59, tzinfo=UTC)
MARCH = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)
BEFORE_APRIL = datetime(2027, 3, 31, 16, 4, 59, tzinfo=UTC)
APRIL = datetime(2027, 3, 31, 16, 5, tzinfo=UTC)


async def earns(town: TestTown, person: Person, code: str, at: datetime, subject: str = "title") -> None:
    async with town.database.write() as tx:
        what = Occurrence(code=code, member=person.id, subject=f"{subject}:{at:%Y%m%d}", at=at, by=SYSTEM)
        assert await booking.book_item(tx, ZONE, what) is not None


async def spends(town: TestTown, member: MemberId, price: int) -> None:
    async with town.database.write() as tx:
        await points.hold(tx, member)
        await points.add(
            tx,
            NewEntry(
                key=entry_key("", "order:1", member, 1),
                member_id=member,
                item="",
                delta=-price,
                step=Step.SPENT,
                case_id=None,
                actor_id=member,
                rules_id=None,
                period="2027-02",
                day="2027-02-01",
                at=town.clock.now(),
                spendable_only=True,
            ),
        )


async def has(town: TestTown, person: Person) -> int:
    async with town.database.read() as tx:
        return await balances.spendable(tx, person.id)


async def at(town: TestTown, instant: datetime) -> None:
    """On to an instant; what falls due on the way is not visited day by day."""
    town.clock.move(instant)
    await town.work_off()


async def test_points_of_last_year_expire_in_april_and_the_rider_hears_of_it_in_march(town: TestTown) -> None:
    rider, other, spender = [await town.rider(name) for name in ("赵强", "李晓梅", "孙伟")]
    for person in (rider, spender):
        await earns(town, person, "E03", datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC))
        await earns(town, person, "C06", datetime(2026, 12, 31, 16, 0, tzinfo=UTC))
    await earns(town, other, "C06", datetime(2027, 1, 20, 4, 0, tzinfo=UTC))
    await spends(town, spender.id, 25)  # the oldest go first

    await at(town, BEFORE_MARCH)
    assert not rider.hears("points.expiring")
    await at(town, MARCH)
    assert rider.hears("points.expiring", points=30, year="2026")
    assert spender.hears("points.expiring", points=5, year="2026")
    assert not other.hears("points.expiring")

    await at(town, BEFORE_APRIL)
    assert await has(town, rider) == 40
    await at(town, APRIL)
    assert [await has(town, person) for person in (rider, other, spender)] == [10, 10, 10]
    async with town.database.read() as tx:
        (line,) = [one for one in await points.list_recent(tx, rider.id, 5) if one.step is Step.EXPIRED]
        assert (line.delta, line.day, line.spendable_only) == (-30, "2027-04-01", True)
        assert (await balances.balance(tx, rider.id, "2027-04")).month == 0
    await rider.says("明细")
    assert rider.hears("points.lines.first", n=1, day=1)
    assert rider.hears("points.wallet")
    assert rider.hears("points.standing.expired")

    await at(town, datetime(2028, 3, 31, 16, 5, tzinfo=UTC))
    assert [await has(town, person) for person in (rider, other, spender)] == [0, 0, 0]


async def test_what_was_taken_back_since_does_not_save_older_points(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await earns(town, rider, "E03", datetime(2026, 12, 1, 4, 0, tzinfo=UTC))
    await earns(town, rider, "C06", datetime(2027, 1, 20, 4, 0, tzinfo=UTC))
    async with town.database.write() as tx:
        new = (await points.list_recent(tx, rider.id, 1))[0]
        await points.reverse(tx, new, SYSTEM, town.clock.now(), "undone")
    await at(town, APRIL)
    assert await has(town, rider) == 0


async def test_who_owes_has_nothing_that_could_expire(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await earns(town, rider, "C06", datetime(2026, 12, 1, 4, 0, tzinfo=UTC))
    await earns(town, rider, "E05", datetime(2026, 12, 2, 4, 0, tzinfo=UTC), "fake")
    await at(town, APRIL)
    assert await has(town, rider) == -10


async def test_a_large_county_is_worked_off_in_slices(town: TestTown) -> None:
    riders = [await town.rider(f"赵强{number}") for number in range(expiring.SLICE * 2 + 1)]
    for person in riders:
        await earns(town, person, "C06", datetime(2026, 12, 1, 4, 0, tzinfo=UTC))
    await at(town, APRIL)
    assert {await has(town, person) for person in riders} == {0}
