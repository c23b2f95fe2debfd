"""A month of the ledger worked out again: what every row must have been, by the rules it names and the rows before it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from heapq import heappop, heappush

from bot.domain.ledger import Given, Step, item_with, points_for
from bot.domain.people import MemberId
from bot.domain.rulebook import PointItem, PointRules


class What(StrEnum):
    """What does not agree with the ledger."""

    RULES = "rules"  # a row names no rules, or an item or figure they do not have
    DELTA = "delta"  # a row has other points than its rules give
    BALANCE = "balance"  # the sum kept beside the ledger
    WALLET = "wallet"  # likewise, of what can be spent
    RANKING = "ranking"  # the line of the month's ranking


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that differs; `key` is that of the ledger's row, "" where a sum is meant."""

    what: What
    member: MemberId
    key: str
    found: int
    expected: int


@dataclass(frozen=True, slots=True)
class Settled:
    """The entry a row confirms or reverses; `counts`: it had counted before that."""

    id: int
    delta: int
    counts: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the ledger. `gone`: the id of the row of another month that reversed it, if there is one."""

    id: int
    member: MemberId
    key: str
    item: str
    delta: int
    step: Step
    spendable_only: bool
    grade: int
    rules: int | None
    day: str
    settles: Settled | None
    gone: int | None


class Replay:
    """One member's month. Rows are read in the order of their ids; `total` is what they must come to."""

    def __init__(self, member: MemberId, versions: Mapping[int, PointRules]) -> None:
        self.member = member
        self.total = 0
        self._versions = versions
        self._standing: dict[int, Line] = {}
        self._gone: list[tuple[int, int]] = []  # rows of other months, by when they reversed which entry
        self._given_month, self._given_day = Counter[str](), Counter[tuple[str, str]]()
        self._gains, self._gains_day = Counter[str](), Counter[tuple[str, str]]()

    def read(self, line: Line) -> Difference | None:
        """Take a row in; what is wrong with it, if anything is."""
        while self._gone and self._gone[0][0] < line.id:
            self._forget(heappop(self._gone)[1])
        if line.settles is not None:
            return self._settle(line, line.settles)
        if not line.item:
            return self._outside_the_book(line)
        item = self._item(line)
        if item is None:
            return Difference(What.RULES, self.member, line.key, line.delta, 0)
        expected = points_for(item, self._versions[line.rules or 0], self._given(line), line.grade)
        self._standing[line.id] = line
        self._count(line, 1)
        if line.gone is not None:
            heappush(self._gone, (line.gone, line.id))
        return self._check(line, expected, counts=line.step is not Step.PENDING)

    def _settle(self, line: Line, entry: Settled) -> Difference | None:
        if line.step is Step.REVERSED:
            self._forget(entry.id)
            return self._check(line, -entry.delta if entry.counts else 0, counts=True)
        return self._check(line, 0 if entry.counts else entry.delta, counts=True)

    def _outside_the_book(self, line: Line) -> Difference | None:
        """A point given back counts; what is spent or expires only leaves the wallet."""
        expected = 1 if line.step is Step.RESTORED else min(line.delta, -1)
        return self._check(line, expected, counts=True)

    def _check(self, line: Line, expected: int, *, counts: bool) -> Difference | None:
        if counts and not line.spendable_only:
            self.total += expected
        if line.delta == expected != 0 or (line.delta == 0 and line.step is Step.REVERSED and expected == 0):
            return None
        return Difference(What.DELTA, self.member, line.key, line.delta, expected)

    def _item(self, line: Line) -> PointItem | None:
        rules = self._versions.get(line.rules or 0)
        item = item_with(line.item, rules) if rules else None
        if item is None or line.grade >= len(item.points) or item.spendable_only != line.spendable_only:
            return None
        return item

    def _given(self, line: Line) -> Given:
        """What the caps were measured by when the row was written."""
        outside = {item.code for item in self._versions[line.rules or 0].items if item.outside_caps}
        capped = [item for item in self._gains if item not in outside]
        return Given(
            item_day=self._given_day[line.item, line.day],
            item_month=self._given_month[line.item],
            all_day=sum(self._gains_day[item, line.day] for item in capped),
            all_month=sum(self._gains[item] for item in capped),
        )

    def _count(self, line: Line, sign: int) -> None:
        self._given_month[line.item] += sign * line.delta
        self._given_day[line.item, line.day] += sign * line.delta
        if line.delta > 0 and not line.spendable_only:
            self._gains[line.item] += sign * line.delta
            self._gains_day[line.item, line.day] += sign * line.delta

    def _forget(self, entry: int) -> None:
        if line := self._standing.pop(entry, None):
            self._count(line, -1)
