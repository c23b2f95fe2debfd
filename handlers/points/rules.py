"""Which events book points, and when a report is complete."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from bot.domain.case import Case
from bot.domain.rulebook import Category, PointItem, PointRules, Severity


class Trigger(StrEnum):
    """Events that book points by themselves; the reserved names of the points file."""

    NORMAL = "case.filed.normal"
    URGENT = "case.filed.urgent"
    CRITICAL = "case.filed.critical"
    COMPLETE = "case.filed.complete"
    RESOLVED = "case.closed.resolved"
    MERGED = "case.merged.with_photo"
    ON_SITE = "verification.on_site"


# Of other features, told by their timers or by moves; and those of the close of a month.
PERSUADED: Final = "intervention.persuaded"
RATED: Final = "rating.given"
INVALID: Final = "case.rejected.invalid"
LESSON: Final = "lesson.answered"  # until lessons come, an admin books them
# What nobody books by hand, because an event does.
BY_EVENT: Final = frozenset({*Trigger, PERSUADED, RATED, INVALID, "month.clean", "month.star"})

OF_REPORT: Final = frozenset({Trigger.NORMAL, Trigger.URGENT, Trigger.CRITICAL, Trigger.COMPLETE})
OF_SEVERITY: Final[Mapping[Severity, Trigger]] = {
    Severity.P1: Trigger.CRITICAL,
    Severity.P2: Trigger.URGENT,
    Severity.P3: Trigger.NORMAL,
    Severity.P4: Trigger.NORMAL,
}


def item_of(trigger: str, rules: PointRules) -> PointItem | None:
    """The item that this event books; None where the county's book has none."""
    return next((item for item in rules.items if item.trigger == trigger), None)


def is_complete(case: Case, category: Category | None, *, photos: int, asked: bool) -> bool:
    """Whether a report came with all its category wants, so that nobody had to ask."""
    if asked or not case.description:
        return False
    placed = bool(case.place) or case.lat is not None
    needs_place = category.location_required if category else True
    return photos >= (category.photo_min if category else 1) and (placed or not needs_place)
