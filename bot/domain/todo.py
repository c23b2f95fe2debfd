"""What somebody has to do, and by when: which limit of a case runs, and what comes first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.domain.case import Case, CaseState

WORKING: Final = frozenset({CaseState.ACCEPTED, CaseState.REWORK})


def limit_of(case: Case) -> datetime | None:
    """The limit that runs now: to answer, then to mend; None while the clock stands still or nobody is at it."""
    if case.state is CaseState.DISPATCHED:
        return case.accept_due
    return case.resolve_due if case.state in WORKING else None


def in_order(cases: Sequence[Case]) -> Sequence[Case]:
    """The earliest limit first; cases whose clock stands still come last."""
    return sorted(cases, key=lambda case: (limit_of(case) is None, limit_of(case) or case.opened_at, case.number))
