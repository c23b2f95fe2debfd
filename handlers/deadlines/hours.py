"""When somebody at an agency or the office may hear of what can wait, and what is then a line of their morning list."""

from datetime import datetime, timedelta
from typing import Final

from bot.chat.feature import Work
from bot.domain.case import Case
from bot.domain.ladder import morning_at

FOR_LIST: Final = "list"  # why a reminder waits: it is a line of the person's next list
_SOON: Final = timedelta(minutes=30)  # a message shortly before the morning list would be one too many


def permitted(case: Case, work: Work, at: datetime) -> tuple[datetime, str]:
    """The first instant for it, and FOR_LIST if the list of that morning tells it.

    What comes due before work begins, or with the list itself, is in the list; what comes in a break waits for its end.
    """
    calendar = work.town.calendar
    if case.is_urgent:
        return at, ""
    opens, listed = calendar.next_working_instant(at), morning_at(calendar, at)
    return (listed, FOR_LIST) if timedelta() <= listed - opens < _SOON else (opens, "")
