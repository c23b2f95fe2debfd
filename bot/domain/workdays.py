"""Days a county sets to worked or not: how people name them, and how an order carries them."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final, TypeVar

T = TypeVar("T")

MOST_DAYS: Final = 100  # in one message; a slip of the year makes more
WORKS: Final[Mapping[str, bool | None]] = {
    "上班": True,
    "补班": True,
    "work": True,
    "休息": False,
    "放假": False,
    "rest": False,
    "恢复": None,  # as published again
    "restore": None,
}

_ONE_DAY: Final = timedelta(days=1)
_DAY: Final = r"(?:(\d{4})[-./年])?(\d{1,2})[-./月](\d{1,2})[日号]?"
_SPAN: Final = re.compile(rf"{_DAY}(?:[至到~-]+(?:{_DAY}|(\d{{1,2}})[日号]?))?")
_SAME_MONTH: Final = re.compile(r"(\d{1,2})[日号]?")
_WEEKDAY: Final = re.compile(r"[(（]?(?:周|星期)[一二三四五六日天][)）]?")
_BETWEEN: Final = re.compile(r"\s*[至到~—–-]+\s*")
_NEXT: Final = re.compile(r"[、,;，；\s]+")
_LEAP: Final = 8  # years at most from one 29 February to the next


def wish(words: str, today: date) -> tuple[tuple[date, ...], bool | None] | None:
    """What 「2027-02-06、2月8日 上班」 asks for: days, and what they are to be; None where it cannot be read."""
    for word, works in WORKS.items():
        if words.lower().endswith(word):
            days = named_days(words[: -len(word)], today)
            return (days, works) if days else None
    return None


def named_days(words: str, today: date) -> tuple[date, ...] | None:
    """The days named, in order, each once: 「2027-02-06」, 「2027年2月6日」, 「2月4日至10日」, 「2月6日、7日」.

    A day without a year is the next to come, today too. None where anything else stands there, a day does not exist, a
    span goes backwards, or more than `MOST_DAYS` are named.
    """
    found: set[date] = set()
    ends: tuple[date, date] | None = None
    for part in filter(None, _NEXT.split(_BETWEEN.sub("-", _WEEKDAY.sub("", words)).strip())):
        ends = _ends(part, today, ends[1] if ends else None)
        if ends is None or len(found) + (ends[1] - ends[0]).days >= MOST_DAYS:
            return None
        found.update(_days(*ends))
    return tuple(sorted(found)) or None


def is_near(day: date, today: date) -> bool:
    """Whether a day lies between last year's first and next year's last; else it is a slip of the year."""
    return abs(day.year - today.year) <= 1


def spans(days: Mapping[date, T]) -> list[tuple[date, date, T]]:
    """Days of one kind that follow each other, put together: first, last, kind; in order."""
    found: list[tuple[date, date, T]] = []
    for day, kind in sorted(days.items()):
        if found and found[-1][1] + _ONE_DAY == day and found[-1][2] == kind:
            found[-1] = (found[-1][0], day, kind)
        else:
            found.append((day, day, kind))
    return found


def write_days(days: Mapping[date, bool | None]) -> str:
    """As the arguments of an order."""
    return json.dumps({day.isoformat(): works for day, works in days.items()})


def read_days(written: str) -> Mapping[date, bool | None]:
    """What `write_days` wrote."""
    days: dict[str, bool | None] = json.loads(written)
    return {date.fromisoformat(day): works for day, works in days.items()}


def _ends(part: str, today: date, before: date | None) -> tuple[date, date] | None:
    """First and last day of a part; `before` is the last day of the part before it."""
    if before is not None and (alone := _SAME_MONTH.fullmatch(part)):
        day = _on(before.year, before.month, int(alone[1]))
        return (day, day) if day else None
    span = _SPAN.fullmatch(part)
    if span is None:
        return None
    first = last = _day(span[1], span[2], span[3], today)
    if first is not None and span[7]:
        last = _on(first.year, first.month, int(span[7]))
    elif first is not None and span[5]:
        last = _day(span[4], span[5], span[6], first)
    return None if first is None or last is None or last < first else (first, last)


def _day(year: str | None, month: str, day: str, not_before: date) -> date | None:
    if year is not None:
        return _on(int(year), int(month), int(day))
    coming = (_on(not_before.year + ahead, int(month), int(day)) for ahead in range(_LEAP + 1))
    return next((found for found in coming if found is not None and found >= not_before), None)


def _on(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
