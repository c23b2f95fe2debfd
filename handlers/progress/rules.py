"""What of a case is said: which steps, which limit, in which order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.case import Case, CaseState
from bot.domain.steps import HANDED_OVER, standing
from bot.domain.times import local_day
from bot.domain.todo import limit_of
from storage.timelines import Happened

MOST_CASES: Final = 5
MOST_STEPS: Final = 5
MOST_BUTTONS: Final = 3
WAITING: Final = frozenset({CaseState.ON_HOLD, CaseState.NEED_INFO})  # the clock stands still


def told(steps: Sequence[Happened]) -> Sequence[Happened]:
    """The steps worth telling in a message: the first, who got the case, the last few."""
    kept = standing(steps)
    return kept if len(kept) <= MOST_STEPS else _shortened(kept)


def _shortened(steps: Sequence[Happened]) -> Sequence[Happened]:
    """The first step, the newest hand-over, and the last ones."""
    early, late = steps[1 : 1 - MOST_STEPS], steps[1 - MOST_STEPS :]
    over = [step for step in early if step.move in HANDED_OVER][-1:]
    if not over or any(step.move in HANDED_OVER for step in late):
        return [steps[0], *late]
    return [steps[0], *over, *late[1:]]


def due_today(cases: Sequence[Case], at: datetime, zone: ZoneInfo) -> int:
    """How many fall due on the county's day of `at`, those overdue included."""
    limits = [limit for case in cases if (limit := limit_of(case)) is not None]
    return sum(local_day(limit, zone) <= local_day(at, zone) for limit in limits)
