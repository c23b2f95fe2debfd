"""Every row of a month's ledger of points."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from bot import workbook
from bot.export.asked import Asked, aside
from bot.workbook import Cell
from storage import ledger_list
from storage.ledger_list import ListedLine

_PAGE: Final = 500
# Key in the catalogue, and width in letters.
_COLUMNS: Final = {
    "rider": 10, "firm": 12, "station": 12, "item": 8, "name": 30, "delta": 8, "step": 10, "spendable_only": 12,
    "case": 18, "reason": 30, "by": 10, "day": 12, "at": 17, "id": 10, "of": 10,
}  # fmt: skip


async def export_points(asked: Asked) -> int:
    """Write the ledger of a month, rider by rider; returns how many rows.

    Raises:
        FileExistsError: the file is there already.
        OSError: it cannot be written.
    """
    names = {item.code: item.name for item in asked.town.rulebook.points.items}
    after = ledger_list.FIRST
    with aside() as kept:
        while True:
            async with asked.database.read() as tx:
                found = await ledger_list.page(tx, asked.month or "", after, _PAGE)
            if not found:
                break
            after = found[-1].key
            kept.put([_line(line, names, asked) for line in found])
            await asked.tell(kept.rows, kept.rows)
        sheet = asked.sheet("points", _COLUMNS, kept.rows)
        await asyncio.to_thread(workbook.write, asked.to, sheet, kept.all())
    return kept.rows


def _line(line: ListedLine, names: Mapping[str, str], asked: Asked) -> Sequence[Cell]:
    said = asked.said
    cells: Mapping[str, Cell] = {
        "rider": line.rider,
        "firm": line.firm,
        "station": line.station,
        "item": line.item,
        "name": names.get(line.item, ""),
        "delta": line.delta,
        "step": said[f"export.step.{line.step}"],
        "spendable_only": said["export.yes"] if line.spendable_only else "",
        "case": asked.number(*line.case) if line.case else "",
        "reason": said.get(f"export.reason.{line.reason}", line.reason) if line.reason else "",
        "by": line.by or said["export.program"],
        "day": line.day,
        "at": asked.local(line.at),
        "id": line.id,
        "of": line.of or "",
    }
    return [cells[key] for key in _COLUMNS]
