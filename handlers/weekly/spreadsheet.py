"""Writes the brief's spreadsheet in the image worker: cells as JSON in, an Excel file out."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bot.workbook import Share, Table, written

Cells = Sequence[Any]
_WIDTHS: Final[Mapping[str, Sequence[int]]] = {
    "overview": (30, 20, 12, 12, 76),
    "late": (16, 9, 18, 34, 9, 17, 11, 14, 11),
    "reached": (16, 9, 18, 34, 9, 17, 12, 14, 11),
    "agencies": (20, 11, 11, 11, 13, 13, 11, 11, 11, 11, 11),
}


def weekly(arguments: str, _pictures: Sequence[bytes]) -> bytes:
    """The workbook of `handlers.weekly.sheet.attachment`."""
    told: dict[str, Any] = json.loads(arguments)
    tables: list[Table] = []
    for sheet, typed in _TYPED.items():
        titles, *rows = (row[1:] for row in told["rows"] if row[0] == sheet)
        cells = [typed(row) for row in rows]
        tables.append(Table(name=told[sheet], titles=titles, widths=_WIDTHS[sheet], rows=cells))
    return written(tables, told["mark"])


def _overview(row: Cells) -> Cells:
    """A rate is told by its part and whole."""
    label, value, part, whole, why = row
    return [label, Share(part, whole) if isinstance(whole, int) else value, part, whole, why]


def _dated(row: Cells) -> Cells:
    """The sixth cell is an instant; a row that only says how many are left out has none."""
    return [*row[:5], datetime.fromisoformat(row[5]) if row[5] else "", *row[6:]]


def _agency(row: Cells) -> Cells:
    name, due, stood, kept, asked, answered, *rest = row
    return [name, due, stood, kept, Share(kept, due - stood), asked, answered, Share(answered, asked), *rest]


_TYPED: Final[Mapping[str, Callable[[Cells], Cells]]] = {
    "overview": _overview,
    "late": _dated,
    "reached": _dated,
    "agencies": _agency,
}
