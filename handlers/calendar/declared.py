"""The feature object, and days as people read them."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from bot.chat.feature import Feature
from bot.chat.messages import Text
from bot.domain.workdays import spans

feature = Feature("calendar")
text = feature.text

_MOST_LINES: Final = 12


def said(days: Mapping[date, bool], today: date) -> list[Text]:
    """A line for days of one kind that follow each other: worked or not; the last line counts what is left out."""
    found = spans(days)
    left = sum((last - first).days + 1 for first, last, _ in found[_MOST_LINES:])
    lines = [line(*one, today) for one in found[:_MOST_LINES]]
    return [*lines, text("more", n=left)] if left else lines


def line(first: date, last: date, works: bool, today: date) -> Text:
    """From when to when is worked, or not."""
    return text("works" if works else "rests", days=_span(first, last, today))


def _span(first: date, last: date, today: date) -> Text:
    if first == last:
        return _day(first, today)
    return text("span", first=_day(first, today), last=_day(last, first))


def _day(day: date, near: date) -> Text:
    """2月6日（周六）; with the year unless it is that of `near`."""
    month, weekday = Text(f"time.month{day.month}"), Text(f"time.weekday{day.isoweekday()}")
    if day.year == near.year:
        return text("day", month=month, day=day.day, weekday=weekday)
    return text("day_of_year", year=day.year, month=month, day=day.day, weekday=weekday)
