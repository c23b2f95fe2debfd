"""Eight workers book, confirm, take back and spend at random; the ledger and a small model agree at every step.

`WDY_PROVE_POINTS` is the number of operations (100,000 by `make prove`).
"""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from bot import county
from bot.domain.ledger import Step, can_spend, entry_key
from bot.domain.people import SYSTEM, MemberId, Post, Role
from bot.domain.rulebook import PointItem, PointRules
from handlers.points.versions import remember_rules
from storage import balances, booking, ledger_check, members, months, points
from storage.booking import Occurrence
from storage.database import Database, Tx
from storage.points import NewEntry
from tests.contract.ledger_model import Noted, Rider, worth
from tests.fake import FakeClock

OPERATIONS = int(os.environ.get("WDY_PROVE_POINTS", "2400"))
WORKERS, AT_ONCE = 8, 12
RIDERS = max(AT_ONCE, OPERATIONS // 200)
ZONE = ZoneInfo("Europe/Berlin")
AT = FakeClock().now()
# Instants of receipt and the day each belongs to, by hand: the ends of a year, of a leap February, of a long day.
INSTANTS = {
    datetime(2027, 12, 31, 22, 59, 59, 999_000, tzinfo=UTC): "2027-12-31",
    datetime(2027, 12, 31, 23, 0, tzinfo=UTC): "2028-01-01",
    datetime(2028, 1, 15, 12, 0, tzinfo=UTC): "2028-01-15",
    datetime(2028, 2, 29, 22, 59, 59, 999_000, tzinfo=UTC): "2028-02-29",
    datetime(2028, 2, 29, 23, 0, tzinfo=UTC): "2028-03-01",
    datetime(2028, 3, 31, 21, 59, 59, 999_000, tzinfo=UTC): "2028-03-31",  # an hour earlier: summer time since the 26th
    datetime(2028, 3, 31, 22, 0, tzinfo=UTC): "2028-04-01",
}
PERIODS = ("2027-12", "2028-01", "2028-02", "2028-03", "2028-04")
FIRST = county.load(None).points


def changed(item: PointItem) -> PointItem:
    """A leaner book."""
    if item.code == "A01":
        return replace(item, points=(3,), cap_day=7)
    return replace(item, outside_caps=False) if item.code == "B04" else item


SECOND = replace(
    FIRST, effective_from="2028-02-01", ranking_cap_day=30, items=tuple(changed(item) for item in FIRST.items)
)
LATER = replace(FIRST, effective_from="2030-01-01", ranking_cap_day=1)  # prepared, and must not count


@dataclass
class Play:
    """The riders of the test, each with its model."""

    database: Database
    chance: random.Random
    riders: dict[MemberId, Rider] = field(default_factory=dict[MemberId, Rider])
    shut: set[str] = field(default_factory=set[str])
    subjects: "count[int]" = field(default_factory=lambda: count(1))
    steps: "count[int]" = field(default_factory=count)

    def landing(self, period: str) -> str:
        """Where it counts: what comes for a closed month, in the one after the last of these."""
        return period if period not in self.shut else PERIODS[len(self.shut)]

    async def earn(self, tx: Tx, who: MemberId) -> None:
        """Any item at any instant; one in ten for a thing that was booked before."""
        rider, item = self.riders[who], self.chance.choice(FIRST.items)
        at, day = self.chance.choice(list(INSTANTS.items()))
        subject = f"thing:{next(self.subjects)}"
        if rider.entries and self.chance.random() < 0.1:
            code, _, subject = self.chance.choice(rider.entries).key.partition(":")
            item = next(one for one in FIRST.items if one.code == code)
        rules = SECOND if day >= SECOND.effective_from else FIRST
        item = next(one for one in rules.items if one.code == item.code)
        pending, grade = self.chance.random() < 0.3, self.chance.randrange(len(item.points))
        if self.landing(day[:7]) != day[:7]:
            day = f"{self.landing(day[:7])}-01"
        before = rider.of(item.code, subject)
        expected = before.points if before else worth(item, rules, rider.entries, day, grade)
        what = Occurrence(code=item.code, member=who, subject=subject, at=at, by=SYSTEM, grade=grade, pending=pending)
        entry = await booking.book_item(tx, ZONE, what)
        assert (0 if entry is None else (await points.get(tx, entry)).delta) == expected
        if expected and not before:
            rider.book(f"{item.code}:{subject}", item, expected, day, pending=pending and expected > 0)

    async def settle(self, tx: Tx, who: MemberId) -> None:
        """Confirm what waits, or take back what stands."""
        rider = self.riders[who]
        standing = [entry for entry in rider.entries if entry.standing]
        if not standing:
            return
        noted = self.chance.choice(standing)
        entry = await self._entry(tx, who, noted)
        if noted.pending and self.chance.random() < 0.7:
            await points.confirm(tx, entry, SYSTEM, AT)
            rider.confirm(noted, self.landing(noted.period))
        else:
            counted = next(iter(noted.counted), noted.period)
            await points.reverse(tx, entry, SYSTEM, AT, "test")
            rider.reverse(noted, self.landing(counted))

    async def _entry(self, tx: Tx, who: MemberId, noted: Noted) -> points.Entry:
        code, _, subject = noted.key.partition(":")
        occurrence = sum(one.key == noted.key for one in self.riders[who].entries)
        found = await points.find(tx, entry_key(code, subject, who, occurrence))
        assert found is not None
        assert found.step is (Step.PENDING if noted.pending else Step.CONFIRMED)
        return found

    async def spend(self, tx: Tx, who: MemberId) -> None:
        """Nothing that is not there can be spent."""
        price = self.chance.randint(1, 60)
        can = can_spend(await balances.spendable(tx, who), price)
        assert can is self.riders[who].spend(price)
        if can:
            await points.add(tx, spent(who, f"spent:{next(self.subjects)}", price))
            assert await balances.spendable(tx, who) >= 0

    async def look(self, tx: Tx, who: MemberId) -> None:
        """The sums are those of the model."""
        rider = self.riders[who]
        assert await balances.spendable(tx, who) == rider.wallet
        for period in PERIODS:
            assert (await balances.balance(tx, who, period)).month == rider.ranking(period)
        if not any(entry.code == "E05" for entry in rider.entries):
            assert rider.wallet >= 0

    async def step(self) -> None:
        acts: list[Callable[[Tx, MemberId], Awaitable[None]]] = [self.earn, self.settle, self.spend, self.look]
        (act,) = self.chance.choices(acts, weights=(70, 20, 5, 5))
        who = self._next()
        async with self.database.write() as tx:
            await points.hold(tx, who)  # who holds the rider alone reads and writes the model, up to the commit
            await act(tx, who)

    def _next(self) -> MemberId:
        """One of a dozen riders, so that workers meet; the dozen moves on, twice over all riders."""
        first = next(self.steps) // 100
        return list(self.riders)[(first + self.chance.randrange(AT_ONCE)) % RIDERS]


def spent(who: MemberId, subject: str, price: int) -> NewEntry:
    return NewEntry(
        key=entry_key("", subject, who, 1),
        member_id=who,
        item="",
        delta=-price,
        step=Step.SPENT,
        case_id=None,
        actor_id=who,
        rules_id=None,
        period=PERIODS[-1],
        day=f"{PERIODS[-1]}-01",
        at=AT,
        spendable_only=True,
    )


async def begun(database: Database, rules: tuple[PointRules, ...]) -> Play:
    play = Play(database, random.Random(20280229))
    async with database.write() as tx:
        for version in rules:
            await remember_rules(tx, replace(county.load(None), points=version), AT)
        for number in range(RIDERS):
            who = await members.insert(tx, f"赵强{number}", AT)
            await members.add_post(tx, who, Post(Role.RIDER), AT)
            play.riders[who] = Rider()
    return play


@pytest.mark.timeout(3600)
async def test_the_ledger_is_the_model(database: Database) -> None:
    play = await begun(database, (FIRST, SECOND, LATER))
    for shut in range(4):  # the first months are closed one after the other, between the operations
        share = OPERATIONS // 4 // WORKERS

        async def worker(share: int = share) -> None:
            for _ in range(share):
                await play.step()

        await asyncio.gather(*(worker() for _ in range(WORKERS)))
        if shut < 3:
            async with database.write() as tx:
                assert await months.begin(tx, PERIODS[shut], "")
            play.shut.add(PERIODS[shut])
    async with database.read() as tx:
        for who in play.riders:
            await play.look(tx, who)
    for period in PERIODS:
        verdict = await ledger_check.verify(database, period)
        assert verdict.difference is None
        assert verdict.rows > 0
