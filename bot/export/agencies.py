"""The indices of a month: a row for each agency and one for the county, and a sheet of what only the county has."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from bot import workbook
from bot.domain.indices import NONE, Rate, median, p90
from bot.domain.rulebook import AgencyId
from bot.domain.tallies import Counts, Figures
from bot.engine.in_force import TownInForce
from bot.export.asked import Asked
from bot.workbook import Cell, Share, Table
from handlers.statistics.telling import placed_in
from storage import index_parts

# Rates of an agency in the order of the columns; each has its two counts beside it.
_RATES: Final = (
    "response", "solution", "satisfaction", "closing", "closing_on_time", "urgent_closing", "urgent_closing_on_time",
    "rework", "extension", "returning", "supervision",
)  # fmt: skip
_LENGTHS: Final = ("accepting", "handling", "in_all")
_COUNTY: Final = ("filing", "duplicates", "supplements")
_COMMUNITY: Final = "community"
_WIDTHS: Final = (24, 10, 9, 9, 80)


def _columns() -> Mapping[str, int]:
    """Keys in the catalogue and widths in letters."""
    found = {"agency": 14, "place": 9}
    for rate in _RATES:
        found |= {rate: 10, f"{rate}_part": 9, f"{rate}_whole": 9}
    found |= {"index": 10, "combined": 10, "held": 9}
    for length in _LENGTHS:
        found |= {f"{length}_median": 10, f"{length}_p90": 10, f"{length}_n": 8}
    return found


async def export_agencies(asked: Asked) -> int:
    """Write the indices of a month; returns how many agencies they are of.

    Raises:
        FileExistsError: the file is there already.
        OSError: it cannot be written.
    """
    found = await _counted(asked)
    agencies = _in_order(found, asked)
    everybody = asked.said["export.agencies.county"]
    rows = [_row(asked.agency(who), place, found.agencies[who]) for who, place in agencies]
    rows.append(_row(everybody, "", found.county))
    sheet, county = asked.sheet("agencies", _columns(), len(agencies)), _county(found, asked)
    await asyncio.to_thread(workbook.write, asked.to, sheet, rows, [county])
    return len(agencies)


async def _counted(asked: Asked) -> Figures:
    """Part by part, each in a transaction of its own."""
    found, parts, in_force = Figures(), 0, TownInForce(asked.town)
    left = index_parts.whole(asked.month or "", asked.town.zone, asked.now)
    while left is not None:
        async with asked.database.read() as tx:
            town = await in_force.read(tx, asked.now)
            counted, left = await index_parts.count(tx, left, town.rulebook, town.calendar)
        found, parts = found + counted, parts + 1
        await asked.tell(parts, parts)
    return found


def _in_order(found: Figures, asked: Asked) -> Sequence[tuple[AgencyId, Cell]]:
    """Agencies with their places; those without one after them, and then those that had no limit at all."""
    few = asked.said["export.agencies.few"]
    placed = placed_in(found, asked.town.rulebook)
    others = sorted(set(found.agencies) - {one.who for one in placed})
    return [*((one.who, few if one.place is None else one.place) for one in placed), *((who, few) for who in others)]


def _row(who: str, place: Cell, counts: Counts) -> Sequence[Cell]:
    cells: dict[str, Cell] = {"agency": who, "place": place}
    for name in _RATES:
        rate: Rate = getattr(counts, name)
        cells |= {name: _share(rate.value), f"{name}_part": rate.part, f"{name}_whole": rate.whole}
    cells |= {"index": _number(counts.satisfaction_index), "combined": _share(counts.combined), "held": counts.held}
    for name in _LENGTHS:
        seen: Counter[int] = getattr(counts, name)
        most = p90(seen)
        cells |= {f"{name}_median": _number(median(seen)), f"{name}_p90": NONE if most is None else most}
        cells[f"{name}_n"] = seen.total()
    return [cells[key] for key in _columns()]


def _county(found: Figures, asked: Asked) -> Table:
    """What only the county as a whole has: figure, counts, and how it is reckoned."""
    said, riders = asked.said, found.riders
    communities = sum(one.kind == _COMMUNITY for one in asked.town.rulebook.agencies.values())
    rates = {
        **{name: getattr(found.reports, name) for name in _COUNTY},
        "on_the_spot": found.on_the_spot,
        "coverage": found.coverage(communities),
        "activity": riders.activity,
        "valid": riders.valid,
        "redemption": riders.redemption,
    }
    rows = [_line(name, _share(rate.value), (rate.part, rate.whole), said) for name, rate in rates.items()]
    rows.append(_line("filed_each", _number(riders.filed_each), (riders.filed, riders.in_office), said))
    rows.append(_line("gini", _number(riders.gini), ("", riders.in_office), said))
    for name in ("issued", "deducted", "spent"):
        rows.append(_line(name, getattr(riders, name), ("", ""), said))
    titles = [said[f"export.county.title.{key}"] for key in ("what", "value", "part", "whole", "how")]
    return Table(name=said["export.county.sheet"], titles=titles, widths=_WIDTHS, rows=rows)


def _line(name: str, value: Cell, counts: tuple[Cell, Cell], said: Mapping[str, str]) -> Sequence[Cell]:
    return [said[f"export.county.name.{name}"], value, *counts, said[f"export.county.how.{name}"]]


def _share(value: Fraction | None) -> Cell:
    return NONE if value is None else Share(value.numerator, value.denominator)


def _number(value: Fraction | None) -> Cell:
    return NONE if value is None else round(float(value), 2)
