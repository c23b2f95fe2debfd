"""What the ledger of points must do, in plain Python: lists and sums, nothing kept beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.domain.rulebook import PointItem, PointRules

OWES: Final = "E05"  # after a fake report alone a wallet may be below 0


@dataclass
class Noted:
    """An entry. `counted`: the months in which it counted, with how much; `wallet`: what it has moved there."""

    key: str
    code: str
    points: int
    day: str
    period: str
    ranked: bool
    standing: bool = True
    pending: bool = False
    counted: dict[str, int] = field(default_factory=dict[str, int])
    wallet: int = 0


@dataclass
class Rider:
    """A rider's whole ledger."""

    entries: list[Noted] = field(default_factory=list[Noted])
    loose: int = 0  # moved in the wallet by no entry: spent

    @property
    def wallet(self) -> int:
        return self.loose + sum(entry.wallet for entry in self.entries)

    def ranking(self, period: str) -> int:
        return sum(entry.counted.get(period, 0) for entry in self.entries if entry.ranked)

    def of(self, code: str, subject: str) -> Noted | None:
        """The entry of a thing that was not taken back."""
        found = [entry for entry in self.entries if entry.standing and entry.key == f"{code}:{subject}"]
        return found[0] if found else None

    def book(self, key: str, item: PointItem, points: int, day: str, *, pending: bool) -> None:
        entry = Noted(key, item.code, points, day, day[:7], not item.spendable_only, pending=pending)
        self.entries.append(entry)
        if not pending:
            self._count(entry, entry.period)

    def confirm(self, entry: Noted, period: str) -> None:
        entry.pending = False
        self._count(entry, period)

    def reverse(self, entry: Noted, period: str) -> None:
        counted, moved = sum(entry.counted.values()), entry.wallet
        if counted:
            entry.counted[period] = entry.counted.get(period, 0) - counted
        # What was spent cannot be taken any more.
        entry.wallet -= moved if moved < 0 else min(moved, max(0, self.wallet))
        entry.standing = entry.pending = False

    def spend(self, price: int) -> bool:
        if price > self.wallet:
            return False
        self.loose -= price
        return True

    def _count(self, entry: Noted, period: str) -> None:
        entry.counted[period] = entry.points
        most = entry.points if entry.points > 0 or entry.code == OWES else -max(0, self.wallet)
        entry.wallet = max(entry.points, most)


def worth(item: PointItem, rules: PointRules, entries: Sequence[Noted], day: str, grade: int) -> int:
    """What one more occurrence pays: a point at a time, as long as no cap is passed."""
    sign = 1 if item.points[grade] > 0 else -1
    paid = 0
    while paid != item.points[grade] and _fits(item, rules, entries, day, paid + sign):
        paid += sign
    return paid


def _fits(item: PointItem, rules: PointRules, entries: Sequence[Noted], day: str, paid: int) -> bool:
    outside = {one.code for one in rules.items if one.outside_caps}
    month = [entry for entry in entries if entry.standing and entry.period == day[:7]]
    today = [entry for entry in month if entry.day == day]
    for cap, of in ((item.cap_day, today), (item.cap_month, month)):
        if cap is not None and abs(paid + sum(entry.points for entry in of if entry.code == item.code)) > abs(cap):
            return False
    if paid < 0 or item.outside_caps or item.spendable_only:
        return True
    for cap, of in ((rules.ranking_cap_day, today), (rules.ranking_cap_month, month)):
        gains = (entry for entry in of if entry.points > 0 and entry.ranked and entry.code not in outside)
        if paid + sum(entry.points for entry in gains) > cap:
            return False
    return True
