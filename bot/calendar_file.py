"""The county's own days as a file: a date and work or rest in each line, read whole or refused with every fault."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from bot.chat.messages import Lines, Text
from bot.domain.workdays import WORKS, is_near, named_days
from bot.people_file.table import FileFault, Layout, Line, table_of

_LAYOUT: Final = Layout(
    {
        "date": ("日期", "时间", "date", "day"),
        "works": (
            "安排",
            "类型",
            "上班|休息",
            "上班/休息",
            "上班或休息",
            "上班休息",
            "work|rest",
            "work/rest",
            "works",
        ),
    },
    "date",
    Text("calendar.file.no_header"),
)
_YEAR: Final = re.compile(r"\d{4}")  # "2月6日" of a file may be of last year's
_MOST_SHOWN: Final = 20  # characters of a cell


@dataclass(slots=True)
class Sheet:
    """Days to set, None as published again; or faults, and then nothing may be stored."""

    days: dict[date, bool | None] = field(default_factory=dict[date, bool | None])
    faults: list[Text] = field(default_factory=list[Text])
    _lines: dict[date, int] = field(default_factory=dict[date, int])  # where each day stands first

    def refused(self) -> Lines:
        """Nothing was written, and each place to mend."""
        return Lines((Text("calendar.file.refused", {"faults": len(self.faults)}), *self.faults))

    def take(self, line: Line, today: date) -> None:
        """The days of a line, or everything that is wrong with it."""
        named, works = _days(line.cells, today), _works(line.cells)
        for fault in (named, works):
            if isinstance(fault, Text):
                self._note(line, fault)
        if isinstance(named, Text) or isinstance(works, Text):
            return
        other = next((day for day in named if self.days.get(day, works) is not works), None)
        if other is not None:
            self._note(line, Text("calendar.file.twice", {"line": self._lines[other]}))
            return
        for day in named:
            self.days[day] = works
            self._lines.setdefault(day, line.number)

    def _note(self, line: Line, fault: Text) -> None:
        self.faults.append(Text("calendar.file.line", {"line": line.number, "fault": fault}))


def read_sheet(data: bytes, today: date) -> Sheet:
    """The days of a file (xlsx, xls, ods, csv).

    Raises:
        FileFault: the file as a whole cannot be read.
    """
    table = table_of(data, _LAYOUT)
    if "works" not in table.columns:
        raise FileFault(Text("calendar.file.no_works"))
    if not table.lines:
        raise FileFault(Text("calendar.file.empty"))
    sheet = Sheet()
    for line in table.lines:
        sheet.take(line, today)
    return sheet


def _days(cells: Mapping[str, str], today: date) -> tuple[date, ...] | Text:
    written = cells.get("date", "")
    if not written:
        return Text("calendar.file.date_missing")
    named = named_days(written, today) if _YEAR.search(written) else None
    if named is None:
        return Text("calendar.file.date_odd", {"words": written[:_MOST_SHOWN]})
    far = next((day for day in named if not is_near(day, today)), None)
    if far is not None:
        return Text("calendar.file.too_far", {"year": far.year, "first": today.year - 1, "last": today.year + 1})
    return named


def _works(cells: Mapping[str, str]) -> bool | Text | None:
    written = cells.get("works", "").lower()
    if not written:
        return Text("calendar.file.works_missing")
    return WORKS[written] if written in WORKS else Text("calendar.file.works_odd", {"words": written[:_MOST_SHOWN]})
