"""Asking for a spreadsheet, and reading it back."""

import re
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from python_calamine import load_workbook

from bot.export import Asked
from tests.town import TestTown


async def _nobody(_done: int, _of: int) -> None:
    return None


def asked(
    town: TestTown,
    to: Path,
    month: str | None,
    *,
    tell: Callable[[int, int], Awaitable[None]] = _nobody,
    by: str = "值班员",
) -> Asked:
    return Asked(
        database=town.database,
        town=town.engine.parts.town,
        texts=town.texts,
        to=to,
        month=month,
        by=by,
        now=town.clock.now(),
        tell=tell,
    )


def lines(file: Path, sheet: str) -> list[dict[str, object]]:
    """The rows of a sheet by their titles."""
    found = load_workbook(str(file)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    return [dict(zip(map(str, found[1]), line, strict=True)) for line in found[2:]]


def part(file: Path, name: str) -> str:
    """A file inside the workbook, as it is stored."""
    with zipfile.ZipFile(file) as inside:
        return inside.read(name).decode()


def looks_right(file: Path, sheet: int, columns: int) -> None:
    """A frozen heading, a filter over every column, a width for each, and no formula anywhere."""
    stored = part(file, f"xl/worksheets/sheet{sheet}.xml")
    assert 'state="frozen"' in stored and 'topLeftCell="B3"' in stored
    last = re.search(r'<autoFilter ref="A2:([A-Z]+)\d+"', stored)
    assert last is not None and _column(last[1]) == columns
    widths = re.findall(r'<col min="(\d+)" max="(\d+)" width="[\d.]+"[^>]*customWidth', stored)
    assert sum(int(until) - int(since) + 1 for since, until in widths) == columns
    assert "<f>" not in stored


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
