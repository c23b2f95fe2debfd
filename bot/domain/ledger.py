"""What an occurrence is worth under the caps of its rules, and how its entry in the ledger is named."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.rulebook import PointItem, PointRules

FAKE_REPORT: Final = "admin.fake_report"  # the one event after which a rider may owe points


class Step(StrEnum):
    """Where an entry stands. A row counts for balances unless its own step is PENDING."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    REVERSED = "reversed"
    RESTORED = "restored"  # given back for learning, for no item of the book
    SPENT = "spent"  # out of the wallet
    EXPIRED = "expired"  # likewise, on the first of April of the year after


@dataclass(frozen=True, slots=True)
class Given:
    """Points a member was given and has not lost again, pending ones included: what caps are measured by.

    `all_day` and `all_month`: gains of the items that stand under the caps over all items.
    """

    item_day: int
    item_month: int
    all_day: int
    all_month: int


def points_for(item: PointItem, rules: PointRules, given: Given, grade: int = 0) -> int:
    """Points of one more occurrence: cut to the room left under the caps, 0 when there is none.

    `grade`: which of the item's figures. A deduction has caps of its own, below 0, and stands outside those over all
    items.
    """
    worth = item.points[grade]
    rooms = [
        cap - used
        for cap, used in ((item.cap_day, given.item_day), (item.cap_month, given.item_month))
        if cap is not None
    ]
    if worth < 0:
        return min(0, max([worth, *rooms]))
    if not item.outside_caps and not item.spendable_only:
        rooms += [rules.ranking_cap_day - given.all_day, rules.ranking_cap_month - given.all_month]
    return max(0, min([worth, *rooms]))


def item_with(code: str, rules: PointRules) -> PointItem | None:
    """The item with this code; None where the county's book has none."""
    return next((item for item in rules.items if item.code == code), None)


def outside_caps(rules: PointRules) -> Sequence[str]:
    """Codes of the items that stand outside the caps over all items."""
    return [item.code for item in rules.items if item.outside_caps]


def can_spend(spendable: int, price: int) -> bool:
    """Whether a wallet pays a price; one that owes pays nothing."""
    return 0 < price <= spendable


def entry_key(code: str, subject: str, rider: int, occurrence: int | None) -> str:
    """What makes an entry the only one of its kind; without an occurrence, how all keys of one subject begin."""
    return f"{code}:{subject}:{rider}:{'' if occurrence is None else occurrence}"
