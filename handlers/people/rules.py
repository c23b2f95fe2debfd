"""What is decided about codes, leaves, nights and days, as pure functions."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from bot.domain.calendar import Calendar

WINDOW: Final = timedelta(minutes=15)
LOCK: Final = timedelta(hours=1)
LONGEST_LEAVE: Final = timedelta(days=90)

_DAY: Final = re.compile(r"(?:(\d{4})[年./-])?(\d{1,2})[月./-](\d{1,2})[日号]?")
_SAME_MONTH: Final = re.compile(r"[-~至到](\d{1,2})[日号]?$")
_LENGTH: Final = re.compile(r"(\d{1,2})天")
_NEAR: Final = {"今天": 0, "明天": 1, "后天": 2}
_WHOSE: Final = re.compile(
    r"(?P<who>\S.*?)\s+(?P<days>(?:\d{4}[年./-])?\d{1,2}[月./-]\d.*|\d{1,2}天.*|(?:今天|明天|后天).*)"
)
_SELF: Final = frozenset({"我", "本人", "自己", "从"})


def locked_until(wrong: Sequence[datetime], most: int) -> datetime | None:
    """When codes may be tried again after these wrong tries (oldest first); None if they were too few or too far apart."""
    full = [last for first, last in zip(wrong, wrong[most - 1 :], strict=False) if last - first <= WINDOW]
    return full[-1] + LOCK if full else None


def leave_days(words: str, today: date) -> tuple[date, date] | None:
    """First and last day of a leave: 「11月25日-28日」, 「11月30日至12月2日」, 「明天」, 「3天」 from today on.

    None where no day is named, the order is wrong, it lies in the past, or it is longer than 90 days.
    """
    said = "".join(words.split())
    first, last = _named_days(said, today)
    if first is None or last is None or last < max(first, today) or last - first > LONGEST_LEAVE:
        return None
    return first, last


def is_past(words: str, today: date) -> bool:
    """Whether the named days are over, which is no leave either."""
    first, last = _named_days("".join(words.split()), today)
    return first is not None and last is not None and first <= last < today


def whose(words: str) -> tuple[str, str]:
    """Who is named before the days, and the days: 「李四 11月25日-28日」; nobody where the days come first.

    Somebody is named by words without a digit, or by a number alone: 「11月25日 至 11月28日」 names nobody.
    """
    found = _WHOSE.fullmatch(words.strip())
    who = found["who"] if found else ""
    is_name = not any(char.isdigit() for char in who) and not any(near in who for near in _NEAR)
    if found is None or who in _SELF or not (is_name or who.isdecimal()):
        return "", words
    return who, found["days"]


def _named_days(said: str, today: date) -> tuple[date | None, date | None]:
    named = list(_DAY.finditer(said))
    if named:
        first = _day(named[0], today)
        if len(named) > 1:
            return first, _day(named[1], first or today)
        ends = _SAME_MONTH.search(said[named[0].end() :])
        return first, _on(first, int(ends.group(1))) if ends and first else first
    begin = next((today + timedelta(days=ahead) for word, ahead in _NEAR.items() if word in said), None)
    length = _LENGTH.search(said)
    if begin is None and length is None:
        return None, None
    begin = begin or today
    return begin, begin + timedelta(days=int(length.group(1)) - 1 if length else 0)


def _day(found: re.Match[str], not_before: date) -> date | None:
    """The named day; one without a year is the next such day, where half a year back still counts as a slip."""
    year, month, day = found.groups()
    try:
        named = date(int(year) if year else not_before.year, int(month), int(day))
        if year is None and not_before - named > timedelta(days=183):
            return named.replace(year=named.year + 1)
    except ValueError:
        return None
    return named


def _on(first: date, day: int) -> date | None:
    try:
        return first.replace(day=day)
    except ValueError:
        return None


def night_of(at: datetime, calendar: Calendar) -> datetime:
    """An instant of the night that 「今晚」 means: `at` itself until work begins and on days off, else after midnight."""
    day = at.astimezone(calendar.zone).date()
    opens = calendar.next_working_instant(datetime.combine(day, time(), calendar.zone))
    if opens.astimezone(calendar.zone).date() == day and at >= opens:
        return datetime.combine(day + timedelta(days=1), time(), calendar.zone)
    return at


def nights_of(days: tuple[date, date], calendar: Calendar) -> tuple[datetime, datetime]:
    """From when work begins on the first day, worked or not, until that hour after the last day."""
    opens = calendar.spans[0].start
    first, last = days
    return (
        datetime.combine(first, opens, calendar.zone),
        datetime.combine(last + timedelta(days=1), opens, calendar.zone),
    )
