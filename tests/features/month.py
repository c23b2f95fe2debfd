"""What the story tests of the month do again and again: points booked, days passed, the month and its lines read."""

from datetime import datetime

from bot.domain.people import SYSTEM, MemberId
from storage import balances, booking, months, ranking_lines
from storage.balances import Balance
from storage.booking import Occurrence
from storage.months import Month
from storage.ranking_lines import Line
from tests.town import ZONE, Person, TestTown

NOVEMBER = "2026-11"
DECEMBER = "2026-12"


async def until(town: TestTown, month: int, day: int, hour: int, minute: int = 0) -> None:
    """Let time pass until this time of the county's clock, from November 2026 on."""
    at = datetime(2026 if month > 6 else 2027, month, day, hour, minute, tzinfo=ZONE)
    await town.wait(seconds=(at - town.clock.now()).total_seconds())


async def earns(
    town: TestTown, who: Person, *codes: str, by: MemberId = SYSTEM, reason: str = "", waits: bool = False
) -> list[int]:
    """Book items of the rule book for a rider, now; returns the entries."""
    made: list[int] = []
    async with town.database.write() as tx:
        for code in codes:
            what = Occurrence(
                code=code, member=who.id, subject=f"test:{town.next_event()}", at=town.clock.now(), by=by,
                reason=reason, pending=waits,
            )  # fmt: skip
            entry = await booking.book_item(tx, ZONE, what)
            assert entry is not None
            made.append(entry)
    return made


async def month_of(town: TestTown, period: str = NOVEMBER) -> Month:
    async with town.database.read() as tx:
        found = await months.find(tx, period)
    assert found is not None
    return found


async def lines_of(town: TestTown, period: str = NOVEMBER, version: int | None = None) -> list[Line]:
    """The lines of a ranking in their order, by default of the version that holds."""
    found = await month_of(town, period)
    async with town.database.read() as tx:
        return list(await ranking_lines.list_after(tx, period, version or found.version, None, 1000))


async def standing(town: TestTown, *people: Person, version: int | None = None) -> dict[str, tuple[int, int]]:
    """Place and points of these riders in November."""
    names = {person.id: person.name for person in people}
    lines = await lines_of(town, version=version)
    return {names[line.member_id]: (line.place, line.points) for line in lines if line.member_id in names}


async def balance(town: TestTown, who: Person, period: str = NOVEMBER) -> Balance:
    async with town.database.read() as tx:
        return await balances.balance(tx, who.id, period)


async def booked(town: TestTown, who: Person, item: str) -> list[tuple[int, str, str]]:
    """Points, step and month of the rows of an item, oldest first."""
    async with town.database.read() as tx:
        rows = await tx.all(
            "SELECT delta, step, period FROM points WHERE member_id = :member AND item = :item ORDER BY id",
            member=who.id,
            item=item,
        )
    return [(int(str(row["delta"])), str(row["step"]), str(row["period"])) for row in rows]


async def drafted(town: TestTown) -> None:
    """Until the draft of November lies before the admins."""
    await until(town, 12, 1, 9, 1)


async def published(town: TestTown, admin: Person) -> None:
    """The draft, made public by `admin` on the morning of the first."""
    await drafted(town)
    await admin.presses("发布")
    await town.work_off()
