"""What the calendar says of the days to come."""

from datetime import date
from typing import Final

from bot.chat.messages import Lines, Text
from bot.domain.calendar import Calendar
from bot.domain.workdays import spans
from handlers.calendar.declared import line, said, text

_MOST_SPANS: Final = 6


def coming(calendar: Calendar, today: date) -> Lines:
    """The county's own days, then the next published holidays and make-up days."""
    own = {day: works for day, works in calendar.own_days.items() if day >= today}
    first = [text("own"), *said(own, today)] if own else [text("no_own")]
    return Lines((*first, *_published(calendar, today), text("change")))


def unknown_year(calendar: Calendar, today: date) -> int | None:
    """The year whose holidays nobody has published or entered: next year from November on, before it this year."""
    year = today.year + 1 if today.month >= 11 else today.year
    known = calendar.is_published(date(year, 1, 1)) or any(day.year == year for day in calendar.own_days)
    return None if known else year


def _published(calendar: Calendar, today: date) -> list[Text]:
    days = {day: works for day, works in calendar.exceptions.items() if day >= today and day not in calendar.own_days}
    found = [line(*one, today) for one in spans(days)[:_MOST_SPANS]]
    lines = [text("published"), *found] if found else []
    year = unknown_year(calendar, today)
    return lines if year is None else [*lines, text("unknown", year=year)]
