"""A table as an Excel file that cannot run anything: text cells, formulas made harmless, a heading that says whose."""

import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, cast

Cell = str | int
Format = object
_SPACES: Final = " \u00a0\u3000\ufeff\u200b"
_STARTS: Final = tuple("=+-@＝＋－＠\t\r\n")  # what makes a program take a cell for a formula, in both widths
_LINES: Final = re.compile(r"\r\n|\r|\n|\v|\f|\x85|\u2028|\u2029")
_LONGEST: Final = 32_000  # Excel takes 32,767 letters in a cell


class Page(Protocol):
    """What is used of a sheet; the library has no types of its own."""

    def write_string(self, row: int, col: int, string: str, cell_format: Format = None) -> int: ...

    def write_number(self, row: int, col: int, number: float) -> int: ...

    def set_column(self, first_col: int, last_col: int, width: float, cell_format: Format = None) -> int: ...

    def freeze_panes(self, row: int, col: int) -> None: ...

    def autofilter(self, first_row: int, first_col: int, last_row: int, last_col: int) -> None: ...

    def set_footer(self, footer: str) -> None: ...

    def set_landscape(self) -> None: ...

    def repeat_rows(self, first_row: int) -> None: ...


class Book(Protocol):
    """What is used of a workbook."""

    def add_worksheet(self, name: str) -> Page: ...

    def add_format(self, properties: Mapping[str, object]) -> Format: ...

    def set_properties(self, properties: Mapping[str, object]) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Column:
    """Heading and width in letters; `why` stands on the sheet of explanations."""

    title: str
    width: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the workbook says beside its rows. `mark` is the watermark: requester, time, number of rows."""

    name: str
    columns: Sequence[Column]
    mark: str
    notes_name: str
    notes_titles: tuple[str, str]
    notes: Sequence[tuple[str, str]]


def harmless(text: str) -> str:
    """`text` as a cell that no program takes for a formula: such a text gets a leading apostrophe.

    Looked at are the text and each line in it, after spaces of any kind (reliability.md §6).
    """
    parts = [text, *_LINES.split(text)]
    dangerous = any(part.lstrip(_SPACES).startswith(_STARTS) for part in parts)
    return f"'{text}" if dangerous else text


def write(path: Path, sheet: Sheet, rows: Iterable[Sequence[Cell]]) -> None:
    """Write a workbook of mode 0600 with the rows in order; all or nothing. For a thread, not for the loop.

    Raises:
        FileExistsError: `path` is there already.
    """
    if path.exists():
        raise FileExistsError(path)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=path.parent) as folder:  # mode 0700
        written = Path(folder) / path.name
        book = _book(written)
        _rows(book, sheet, rows)
        _notes(book, sheet)
        book.set_properties({"comments": sheet.mark})
        book.close()
        written.chmod(0o600)
        written.rename(path)


def _book(path: Path) -> Book:
    import xlsxwriter  # pyright: ignore[reportMissingTypeStubs] - there are none; the protocols above stand for them

    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    # constant_memory: rows go to the disk as they come, so a hundred thousand cost no more than a hundred
    made = xlsxwriter.Workbook(path, {**safe, "constant_memory": True, "tmpdir": str(path.parent)})
    return cast("Book", made)  # its methods are decorated without types


def _rows(book: Book, sheet: Sheet, rows: Iterable[Sequence[Cell]]) -> None:
    page = book.add_worksheet(sheet.name)
    heading = book.add_format({"bold": True, "bg_color": "#e8eef6", "bottom": 1, "text_wrap": True})
    mark, plain = book.add_format({"italic": True, "font_color": "#6b7280"}), book.add_format({"valign": "top"})
    for at, column in enumerate(sheet.columns):
        page.set_column(at, at, column.width, plain)
    page.write_string(0, 0, harmless(sheet.mark), mark)
    for at, column in enumerate(sheet.columns):
        page.write_string(1, at, column.title, heading)
    last = 1
    for last, row in enumerate(rows, start=2):
        for at, cell in enumerate(row):
            if isinstance(cell, int):
                page.write_number(last, at, cell)
            elif cell:
                page.write_string(last, at, harmless(cell)[:_LONGEST])
    page.freeze_panes(2, 1)
    page.autofilter(1, 0, last, len(sheet.columns) - 1)
    page.set_footer(f"&L{sheet.mark.replace('&', '&&')}&R&P / &N")
    page.set_landscape()
    page.repeat_rows(1)


def _notes(book: Book, sheet: Sheet) -> None:
    page = book.add_worksheet(sheet.notes_name)
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 18, wrap)
    page.set_column(1, 1, 90, wrap)
    lines = [*sheet.notes, *((column.title, column.why) for column in sheet.columns)]
    for at, title in enumerate(sheet.notes_titles):
        page.write_string(0, at, title, bold)
    for row, line in enumerate(lines, start=1):
        for at, cell in enumerate(line):
            page.write_string(row, at, harmless(cell))
