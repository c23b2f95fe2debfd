"""How long something took by a case's own clock."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain.calendar import Calendar

_MINUTE = timedelta(minutes=1)


def own_minutes(
    begin: datetime, end: datetime, pauses: Iterable[tuple[datetime, datetime]], calendar: Calendar, *, working: bool
) -> int:
    """Whole minutes from `begin` to `end` without the pauses in between, by day and night or of working time.

    The pauses are apart from each other, in any order.
    """
    length = _between(begin, end, calendar, working=working)
    for paused, resumed in pauses:
        if (since := max(begin, paused)) < (until := min(end, resumed)):
            length -= _between(since, until, calendar, working=working)
    return length // _MINUTE


def _between(begin: datetime, end: datetime, calendar: Calendar, *, working: bool) -> timedelta:
    return calendar.working_between(begin, end) if working else end - begin
