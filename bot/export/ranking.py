"""The ranking of a month that is closed: a row a rider, in the order of the places."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from bot import workbook
from bot.control import JobFailed
from bot.domain.rulebook import DutyId
from bot.domain.times import read
from bot.export.asked import Asked, aside
from bot.workbook import Cell
from storage import months, ranking_lines, ranking_shown
from storage.months import Month
from storage.ranking_lines import Line
from storage.ranking_shown import Listed

_PAGE: Final = 400
# Key in the catalogue, and width in letters.
_COLUMNS: Final = {
    "place": 8, "rider": 10, "firm": 12, "station": 12, "duty": 16, "points": 8, "resolved": 8, "invalid": 10,
    "reported": 8, "reached_at": 17, "state": 10, "version": 8,
}  # fmt: skip


async def export_ranking(asked: Asked) -> int:
    """Write the ranking that holds; returns how many riders.

    Raises:
        JobFailed: the month is not closed.
        FileExistsError: the file is there already.
        OSError: it cannot be written.
    """
    period = asked.month or ""
    async with asked.database.read() as tx:
        month = await months.find(tx, period)
    if month is None or not month.version:
        raise JobFailed("ranking.order.not_closed", month=period)
    last: Line | None = None
    with aside() as kept:
        while True:
            async with asked.database.read() as tx:
                lines = await ranking_lines.list_after(tx, period, month.version, last, _PAGE)
                people = await ranking_shown.list_people(tx, [line.member_id for line in lines], f"{period}-28")
            if not lines:
                break
            last = lines[-1]
            kept.put([_row(line, people[line.member_id], month, asked) for line in lines])
            await asked.tell(kept.rows, max(kept.rows, month.totals.riders))
        sheet = asked.sheet("ranking", _COLUMNS, kept.rows)
        await asyncio.to_thread(workbook.write, asked.to, sheet, kept.all())
    return kept.rows


def _row(line: Line, rider: Listed, month: Month, asked: Asked) -> Sequence[Cell]:
    duty = asked.town.rulebook.duties.get(DutyId(rider.duty or ""))
    cells: Mapping[str, Cell] = {
        "place": line.place,
        "rider": rider.name,
        "firm": rider.firm,
        "station": rider.station,
        "duty": duty.name if duty else "",
        "points": line.points,
        "resolved": line.resolved,
        "invalid": line.invalid,
        "reported": line.reported,
        "reached_at": asked.local(read(line.reached_at)) if line.reached_at else "",
        "state": asked.said[f"export.month_state.{month.state}"],
        "version": month.version,
    }
    return [cells[key] for key in _COLUMNS]
