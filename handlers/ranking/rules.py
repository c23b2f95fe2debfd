"""Who stands where in a month, how far the counting has come, and until when a ranking is shown."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from typing import Final

from bot.domain.calendar import Calendar
from bot.domain.rulebook import PointItem, PointRules
from bot.domain.times import local_month
from storage.month_points import Worked
from storage.months import Totals
from storage.ranking_lines import Line

CLOSE_AT: Final = time(9)
PUBLICITY_DAYS: Final = 3  # working days
CLEAN_MONTH: Final = "month.clean"  # triggers of the points file
MONTHLY_STAR: Final = "month.star"
DEEDS: Final = frozenset({"A", "B"})  # groups of items that are deeds of duty
_NOON: Final = time(12)
_MONTH: Final = re.compile(
    r"(?:(?P<year>20\d\d)\s*年\s*)?(?P<month>1[0-2]|0?[1-9])\s*月(?:份)?|(?P<written>20\d\d)-(?P<number>0[1-9]|1[0-2])(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Counting:
    """The lines of a version are being written: up to which member; `held` entries wait for a person so far."""

    version: int
    after: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Placing:
    """The lines of a version are being put in order: the last one placed, what was counted, the hash so far."""

    version: int
    held: int
    last: Line | None = None
    lines: int = 0
    tied: bool = False  # the last one shares its place with the one before
    hash: str = ""
    active: int = 0
    shared: int = 0
    reported: int = 0
    resolved: int = 0

    @property
    def totals(self) -> Totals:
        """What is kept with the month."""
        return Totals(self.lines, self.active, self.shared, self.reported, self.resolved)


def written(progress: Counting | Placing) -> str:
    """As it is kept with the month."""
    return json.dumps(asdict(progress), separators=(",", ":"))


def read(checkpoint: str) -> Counting | Placing:
    """What `written` wrote."""
    kept = json.loads(checkpoint)
    if "after" in kept:
        return Counting(**kept)
    last = kept.pop("last")
    return Placing(last=None if last is None else Line(**last), **kept)


def place_all(so_far: Placing, lines: Sequence[Line]) -> tuple[Placing, Sequence[Line]]:
    """The next lines in their order, with their places: equals share one, and the next place is left out."""
    placed: list[Line] = []
    for unplaced in lines:
        before, number = so_far.last, so_far.lines + 1
        tied = before is not None and _worth(before) == _worth(unplaced)
        line = replace(unplaced, place=before.place if tied and before else number)
        placed.append(line)
        so_far = replace(
            so_far,
            last=line,
            lines=number,
            tied=tied,
            hash=_chained(so_far.hash, line),
            active=so_far.active + (line.points > 0),
            shared=so_far.shared + (tied and not so_far.tied and line.points > 0),
            reported=so_far.reported + line.reported,
            resolved=so_far.resolved + line.resolved,
        )
    return so_far, placed


def first_hash(period: str) -> str:
    """The hash of a month's ranking before its first line."""
    return hashlib.sha256(period.encode()).hexdigest()


def _worth(line: Line) -> tuple[int, int, int, str]:
    return line.points, line.resolved, line.invalid, line.reached_at


def _chained(before: str, line: Line) -> str:
    """The hash of a line and, by theirs, of all lines before it."""
    said = (line.place, line.member_id, line.points, line.resolved, line.invalid, line.reported, line.reached_at)
    return hashlib.sha256(" ".join((before, *map(str, said))).encode()).hexdigest()


def item_for(trigger: str, rules: PointRules) -> PointItem | None:
    """The item that this event books; None where the county's book has none."""
    return next((item for item in rules.items if item.trigger == trigger), None)


def deeds(rules: PointRules) -> Sequence[str]:
    """Codes of the items that are deeds of duty."""
    return [item.code for item in rules.items if item.group in DEEDS]


def is_clean(worked: Worked) -> bool:
    """A month with a deed of duty and without a deduction, that has not been rewarded yet."""
    return worked.deeds > 0 and worked.deductions == 0 and not worked.rewarded


def has_room(worked: Worked, worth: int, rules: PointRules) -> bool:
    """Whether the caps over all items surely leave room for so many points on the last day of the month."""
    return worked.day + worth <= rules.ranking_cap_day and worked.month + worth <= rules.ranking_cap_month


def publicity_until(at: datetime, calendar: Calendar) -> datetime:
    """When a ranking that is shown from now on is settled: at nine, after three working days.

    A day on which it is shown before noon is the first of them.
    """
    local = at.astimezone(calendar.zone)
    day = local.date()
    if not calendar.is_workday(day) or local.time() >= _NOON:
        day = calendar.next_workday(day)
    for _ in range(PUBLICITY_DAYS):
        day = calendar.next_workday(day)
    return datetime.combine(day, CLOSE_AT, calendar.zone)


def split_month(words: str, today: date) -> tuple[str | None, str]:
    """The month that stands first, 「10月」 or 「2026-10」, and what follows; a month of that name that has begun."""
    clean = words.strip()
    found = _MONTH.match(clean)
    if found is None:
        return None, clean
    month = int(found["month"] or found["number"])
    year = int(found["year"] or found["written"] or today.year - (month > today.month))
    return f"{year}-{month:02d}", clean[found.end() :].strip(" ,，：:")


def is_over(period: str, at: datetime, calendar: Calendar) -> bool:
    """Whether the month has ended."""
    return period < local_month(at, calendar.zone)
