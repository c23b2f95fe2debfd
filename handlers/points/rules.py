"""What an occurrence is worth, and which one it is."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from bot.domain.case import Case
from bot.domain.rulebook import Category, PointItem, PointRules, Severity
from storage.points import Given


class Trigger(StrEnum):
    """Events that book points by themselves; the reserved names of the points file."""

    NORMAL = "case.filed.normal"
    URGENT = "case.filed.urgent"
    CRITICAL = "case.filed.critical"
    COMPLETE = "case.filed.complete"
    RESOLVED = "case.closed.resolved"
    MERGED = "case.merged.with_photo"
    ON_SITE = "verification.on_site"


OF_REPORT: Final = frozenset({Trigger.NORMAL, Trigger.URGENT, Trigger.CRITICAL, Trigger.COMPLETE})
OF_SEVERITY: Final[Mapping[Severity, Trigger]] = {
    Severity.P1: Trigger.CRITICAL,
    Severity.P2: Trigger.URGENT,
    Severity.P3: Trigger.NORMAL,
    Severity.P4: Trigger.NORMAL,
}


def points_for(item: PointItem, rules: PointRules, given: Given) -> int:
    """Points of one more occurrence: cut to the room left under the caps, 0 when there is none.

    A deduction has caps of its own, below 0, and stands outside those over all items.
    """
    worth = item.points[0]
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


def item_of(trigger: Trigger, rules: PointRules) -> PointItem | None:
    """The item that this event books; None where the county's book has none."""
    return next((item for item in rules.items if item.trigger == trigger), None)


def outside_caps(rules: PointRules) -> list[str]:
    """Codes of the items that stand outside the caps over all items."""
    return [item.code for item in rules.items if item.outside_caps]


def is_complete(case: Case, category: Category | None, *, photos: int, asked: bool) -> bool:
    """Whether a report came with all its category wants, so that nobody had to ask."""
    if asked or not case.description:
        return False
    placed = bool(case.place) or case.lat is not None
    needs_place = category.location_required if category else True
    return photos >= (category.photo_min if category else 1) and (placed or not needs_place)


def entry_key(item: PointItem, subject: str, rider: int, occurrence: int | None) -> str:
    """What makes an entry the only one of its kind; without an occurrence, how all keys of one subject begin."""
    return f"{item.code}:{subject}:{rider}:{'' if occurrence is None else occurrence}"


def next_occurrence(key: str | None) -> int:
    """The number after that of an earlier entry's key; 1 if there is none."""
    return int(key.rsplit(":", 1)[1]) + 1 if key else 1
