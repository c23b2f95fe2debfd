"""What of a case is said: which steps, which limit, in which order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.case import Case, CaseState, Move
from bot.domain.times import local_day
from bot.domain.todo import limit_of
from storage.timelines import Happened

MOST_CASES: Final = 5
MOST_STEPS: Final = 5
MOST_BUTTONS: Final = 3
WAITING: Final = frozenset({CaseState.ON_HOLD, CaseState.NEED_INFO})  # the clock stands still

# Steps that are told; a case that goes from agency to agency shows where it went, not who sent it away.
TOLD: Final = frozenset(
    {
        Move.REPORT,
        Move.DISPATCH,
        Move.REASSIGN,
        Move.ACCEPT,
        Move.ASK,
        Move.SUPPLY,
        Move.HOLD,
        Move.RESUME,
        Move.EXTEND,
        Move.HANDLE,
        Move.DISPUTE,
        Move.CLOSE,
        Move.REOPEN,
        Move.REJECT,
        Move.MERGE,
        Move.WITHDRAW,
    }
)
HANDED_OVER: Final = frozenset({Move.DISPATCH, Move.REASSIGN})
TAKEN_BACK: Final[Mapping[Move, Move]] = {
    Move.UNDO_ACCEPT: Move.ACCEPT,
    Move.UNDO_HANDLE: Move.HANDLE,
    Move.UNDO_CLOSE: Move.CLOSE,
    Move.UNDO_REJECT: Move.REJECT,
    Move.UNDO_MERGE: Move.MERGE,
}


def told(steps: Sequence[Happened]) -> Sequence[Happened]:
    """The steps worth telling: the first, who got the case, the last few; what was taken back leaves no trace."""
    kept: list[Happened] = []
    for step in steps:
        undone = TAKEN_BACK.get(step.move)
        if undone is not None:
            last = max((index for index, earlier in enumerate(kept) if earlier.move is undone), default=None)
            kept = kept if last is None else kept[:last] + kept[last + 1 :]
        elif step.move in TOLD:
            kept.append(step)
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
