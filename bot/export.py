"""Cases as an Excel file for the office: read by key in short transactions, written beside the loop."""

import asyncio
import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Final
from zoneinfo import ZoneInfo

from bot import workbook
from bot.chat.feature import Town
from bot.chat.texts import Texts
from bot.commands.wording import words
from bot.control import Tell
from bot.domain.casenumber import full_number
from bot.domain.rulebook import AgencyId, CategoryId, GridId, Severity
from bot.domain.times import local_day
from bot.workbook import Cell, Column, Sheet
from storage import case_list
from storage.case_list import ListedCase
from storage.database import Database

_PAGE: Final = 200
_IN_MEMORY: Final = 8_000_000  # bytes of rows before they go to a file of the operating system's
# Key in the catalogue below export.column, and width in letters.
_COLUMNS: Final = {
    "number": 18, "state": 10, "severity": 10, "duty": 14, "category": 26, "description": 40, "place": 24, "grid": 10,
    "community": 14, "reporter": 10, "firm": 12, "station": 12, "agency": 14, "contact": 10, "handler": 10,
    "verifier": 10, "opened_at": 17, "dispatched_at": 17, "accepted_at": 17, "resolve_due": 17, "handled_at": 17,
    "verified_at": 17, "closed_at": 17, "on_time": 10, "resolution": 12, "repair_note": 40, "photos": 8, "returns": 8,
    "extensions": 8, "reworks": 8, "reopens": 8, "merged": 18,
}  # fmt: skip


def is_month(written: str) -> bool:
    """Whether this is a month such as `2026-11`."""
    return re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", written) is not None


def month_of(written: str | None, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Beginning of a month (`2026-11`) and of the next one in the county's zone; all time for None.

    Raises:
        ValueError: it is not a month.
    """
    if written is None:
        return datetime(1970, 1, 1, tzinfo=zone), datetime(9000, 1, 1, tzinfo=zone)
    first = date.fromisoformat(f"{written}-01")
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return datetime.combine(first, time(), zone), datetime.combine(following, time(), zone)


async def export_cases(
    database: Database, town: Town, texts: Texts, *, to: Path, month: str | None, by: str, now: datetime, tell: Tell
) -> int:
    """Write the cases of a month, or all, to `to`; returns how many.

    Raises:
        FileExistsError: `to` is there already.
        OSError: it cannot be written.
    """
    since, before = month_of(month, town.zone)
    lines = _Lines(town, texts)
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:
        rows = 0
        async with database.read() as tx:
            of = await case_list.count(tx, since, before)
        after = 0
        while True:
            async with database.read() as tx:
                found = await case_list.page(tx, after, since, before, _PAGE)
            if not found:
                break
            after, rows = found[-1].id, rows + len(found)
            spool.write(json.dumps([lines.line(case) for case in found]).encode() + b"\n")
            await tell(rows, max(of, rows))
        sheet = _sheet(town, by, now, rows, month)
        await asyncio.to_thread(workbook.write, to, sheet, _spooled(spool))
    return rows


def _spooled(spool: IO[bytes]) -> Iterator[Sequence[Cell]]:
    spool.seek(0)
    for page in spool:
        yield from json.loads(page)


def _sheet(town: Town, by: str, now: datetime, rows: int, month: str | None) -> Sheet:
    said = words(town.language)
    at = f"{now.astimezone(town.zone):%Y-%m-%d %H:%M}"
    period = month or said["export.all"]
    mark = said["export.mark"].format(town=town.name, by=by, at=at, rows=rows)
    return Sheet(
        name=said["export.sheet"],
        columns=[
            Column(said[f"export.column.{key}"], width, said[f"export.why.{key}"]) for key, width in _COLUMNS.items()
        ],
        mark=mark,
        notes_name=said["export.notes"],
        notes_titles=(said["export.what"], said["export.meaning"]),
        notes=[
            (said["export.who"], by),
            (said["export.when"], at),
            (said["export.period"], period),
            (said["export.rows"], str(rows)),
            (said["export.care_title"], said["export.care"]),
        ],
    )


class _Lines:
    """Cases in the words of the county."""

    def __init__(self, town: Town, texts: Texts) -> None:
        self._town = town
        self._texts = texts
        self._said = words(town.language)

    def line(self, case: ListedCase) -> Sequence[Cell]:
        cells: Mapping[str, Cell] = {**self._book(case), **self._course(case)}
        return [cells[key] for key in _COLUMNS]

    def _book(self, case: ListedCase) -> Mapping[str, Cell]:
        book = self._town.rulebook
        category = book.categories.get(CategoryId(case.category or ""))
        grid = book.grids.get(GridId(case.grid or ""))
        return {
            "number": self._number(case.number, case.opened_at),
            "state": self._texts.pattern(f"state.{case.state}", self._town.language),
            "severity": f"{case.severity} {book.severities[Severity(case.severity)].name}",
            "duty": book.duties[category.duty].name if category else "",
            "category": category.name if category else "",
            "description": case.description,
            "place": case.place,
            "grid": grid.name if grid else "",
            "community": self._agency(case.community),
            "reporter": case.reporter,
            "firm": case.firm,
            "station": case.station,
            "agency": self._agency(case.agency),
            "contact": case.contact,
            "handler": case.handler,
            "verifier": case.verifier,
        }

    def _course(self, case: ListedCase) -> Mapping[str, Cell]:
        return {
            "opened_at": self._at(case.opened_at),
            "dispatched_at": self._at(case.dispatched_at),
            "accepted_at": self._at(case.accepted_at),
            "resolve_due": self._at(case.resolve_due),
            "handled_at": self._at(case.handled_at),
            "verified_at": self._at(case.verified_at),
            "closed_at": self._at(case.closed_at),
            "on_time": self._on_time(case),
            "resolution": self._said[f"export.resolution.{case.resolution}"] if case.resolution else "",
            "repair_note": case.repair_note,
            "photos": case.photos,
            "returns": case.returns,
            "extensions": case.extensions,
            "reworks": case.reworks,
            "reopens": case.reopens,
            "merged": f"{case.merged_number:04d}" if case.merged_number else "",
        }

    def _number(self, number: int, opened_at: datetime) -> str:
        return full_number(self._town.code, local_day(opened_at, self._town.zone), number)

    def _agency(self, agency: str | None) -> str:
        found = self._town.rulebook.agencies.get(AgencyId(agency or ""))
        return found.short if found else agency or ""

    def _at(self, at: datetime | None) -> str:
        return f"{at.astimezone(self._town.zone):%Y-%m-%d %H:%M}" if at else ""

    def _on_time(self, case: ListedCase) -> str:
        """Known once the attempt was confirmed: what counts is when that attempt was handled."""
        if case.verified_at is None or case.handled_at is None or case.resolve_due is None:
            return ""
        return self._said["export.yes" if case.handled_at <= case.resolve_due else "export.no"]
