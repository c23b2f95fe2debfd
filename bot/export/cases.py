"""Cases of a month, or all of them."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from bot import workbook
from bot.domain.rulebook import CategoryId, GridId, Severity
from bot.export.asked import Asked, aside, month_of
from bot.workbook import Cell
from storage import case_list
from storage.case_list import ListedCase

_PAGE: Final = 200
# Key in the catalogue, and width in letters.
_COLUMNS: Final = {
    "number": 18, "state": 10, "severity": 10, "duty": 14, "category": 26, "description": 40, "place": 24, "grid": 10,
    "community": 14, "reporter": 10, "firm": 12, "station": 12, "agency": 14, "contact": 10, "handler": 10,
    "verifier": 10, "opened_at": 17, "dispatched_at": 17, "accepted_at": 17, "resolve_due": 17, "handled_at": 17,
    "verified_at": 17, "closed_at": 17, "on_time": 10, "resolution": 12, "repair_note": 40, "photos": 8, "returns": 8,
    "extensions": 8, "reworks": 8, "reopens": 8, "merged": 18,
}  # fmt: skip


async def export_cases(asked: Asked) -> int:
    """Write the cases that were reported in the month; returns how many.

    Raises:
        FileExistsError: the file is there already.
        OSError: it cannot be written.
    """
    since, before = month_of(asked.month, asked.town.zone)
    lines, after = _Lines(asked), 0
    async with asked.database.read() as tx:
        of = await case_list.count(tx, since, before)
    with aside() as kept:
        while True:
            async with asked.database.read() as tx:
                found = await case_list.page(tx, after, since, before, _PAGE)
            if not found:
                break
            after = found[-1].id
            kept.put([lines.line(case) for case in found])
            await asked.tell(kept.rows, max(of, kept.rows))
        sheet = asked.sheet("cases", _COLUMNS, kept.rows)
        await asyncio.to_thread(workbook.write, asked.to, sheet, kept.all())
    return kept.rows


class _Lines:
    """Cases in the words of the county."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def line(self, case: ListedCase) -> Sequence[Cell]:
        cells: Mapping[str, Cell] = {**self._book(case), **self._course(case)}
        return [cells[key] for key in _COLUMNS]

    def _book(self, case: ListedCase) -> Mapping[str, Cell]:
        book = self._asked.town.rulebook
        category = book.categories.get(CategoryId(case.category or ""))
        grid = book.grids.get(GridId(case.grid or ""))
        return {
            "number": self._asked.number(case.number, case.opened_at),
            "state": self._asked.texts.pattern(f"state.{case.state}", self._asked.town.language),
            "severity": f"{case.severity} {book.severities[Severity(case.severity)].name}",
            "duty": book.duties[category.duty].name if category else "",
            "category": category.name if category else "",
            "description": case.description,
            "place": case.place,
            "grid": grid.name if grid else "",
            "community": self._asked.agency(case.community),
            "reporter": case.reporter,
            "firm": case.firm,
            "station": case.station,
            "agency": self._asked.agency(case.agency),
            "contact": case.contact,
            "handler": case.handler,
            "verifier": case.verifier,
        }

    def _course(self, case: ListedCase) -> Mapping[str, Cell]:
        return {
            "opened_at": self._asked.local(case.opened_at),
            "dispatched_at": self._asked.local(case.dispatched_at),
            "accepted_at": self._asked.local(case.accepted_at),
            "resolve_due": self._asked.local(case.resolve_due),
            "handled_at": self._asked.local(case.handled_at),
            "verified_at": self._asked.local(case.verified_at),
            "closed_at": self._asked.local(case.closed_at),
            "on_time": self._on_time(case),
            "resolution": self._asked.said[f"export.resolution.{case.resolution}"] if case.resolution else "",
            "repair_note": case.repair_note,
            "photos": case.photos,
            "returns": case.returns,
            "extensions": case.extensions,
            "reworks": case.reworks,
            "reopens": case.reopens,
            "merged": f"{case.merged_number:04d}" if case.merged_number else "",
        }

    def _on_time(self, case: ListedCase) -> str:
        """Known once the attempt was confirmed: what counts is when that attempt was handled."""
        if case.verified_at is None or case.handled_at is None or case.resolve_due is None:
            return ""
        return self._asked.said["export.yes" if case.handled_at <= case.resolve_due else "export.no"]
