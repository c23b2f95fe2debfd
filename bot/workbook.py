"""Tables as an Excel file that cannot run anything: formulas made harmless, a heading that says whose."""

import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
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

    def write_number(self, row: int, col: int, number: float, cell_format: Format = None) -> int: ...

    def write_datetime(self, row: int, col: int, date: datetime, cell_format: Format = None) -> int: ...

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


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole as a percentage, never rounded up to one that is full; a dash where there is no whole."""

    part: int
    whole: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One sheet of a small workbook: titles and widths in letters of its columns, and typed cells."""

    name: str
    titles: Sequence[str]
    widths: Sequence[int]
    rows: Sequence[Sequence["Cell | Share | datetime"]]


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
        made = Path(folder) / path.name
        # constant_memory: rows go to the disk as they come, so a hundred thousand cost no more than a hundred
        book = _book(made, {"constant_memory": True, "tmpdir": folder})
        _rows(book, sheet, rows)
        _notes(book, sheet)
        book.set_properties({"comments": sheet.mark})
        book.close()
        made.chmod(0o600)
        made.rename(path)


def written(tables: Sequence[Table], mark: str) -> bytes:
    """A workbook of a few small sheets; `mark` stands over each, in the footer and in the properties."""
    out = BytesIO()
    book = _book(out, {"in_memory": True})
    for table in tables:
        _typed(book, table, mark)
    book.set_properties({"comments": mark})
    book.close()
    return out.getvalue()


def _book(to: Path | BytesIO, options: Mapping[str, object]) -> Book:
    import xlsxwriter  # pyright: ignore[reportMissingTypeStubs] - there are none; the protocols above stand for them

    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    return cast("Book", xlsxwriter.Workbook(to, {**safe, **options}))  # its methods are decorated without types


def _headed(book: Book, page: Page, mark: str, columns: Sequence[tuple[str, int]], plain: Format) -> None:
    """The mark, and titles with the widths of their columns."""
    heading = book.add_format({"bold": True, "bg_color": "#e8eef6", "bottom": 1, "text_wrap": True})
    for at, (_, width) in enumerate(columns):
        page.set_column(at, at, width, plain)
    page.write_string(0, 0, harmless(mark), book.add_format({"italic": True, "font_color": "#6b7280"}))
    for at, (title, _) in enumerate(columns):
        page.write_string(1, at, title, heading)


def _finished(page: Page, mark: str, last: int, columns: int) -> None:
    """What helps to read it on a screen and on paper; `last` is its last row."""
    page.freeze_panes(2, 1)
    page.autofilter(1, 0, last, columns - 1)
    page.set_footer(f"&L{mark.replace('&', '&&')}&R&P / &N")
    page.set_landscape()
    page.repeat_rows(1)


def _typed(book: Book, table: Table, mark: str) -> None:
    page = book.add_worksheet(table.name)
    plain = book.add_format({"valign": "top", "text_wrap": True})
    share = book.add_format({"valign": "top", "num_format": "0.0%"})
    instant = book.add_format({"valign": "top", "align": "left", "num_format": "yyyy-mm-dd hh:mm"})
    _headed(book, page, mark, list(zip(table.titles, table.widths, strict=True)), plain)
    for row, cells in enumerate(table.rows, start=2):
        for at, cell in enumerate(cells):
            match cell:
                case Share(part, whole) if whole:
                    page.write_number(row, at, part * 1000 // whole / 1000, share)
                case Share():
                    page.write_string(row, at, "—", plain)
                case datetime():
                    page.write_datetime(row, at, cell, instant)
                case int():
                    page.write_number(row, at, cell, plain)
                case str():
                    page.write_string(row, at, harmless(cell)[:_LONGEST], plain)
    _finished(page, mark, 1 + len(table.rows), len(table.titles))


def _rows(book: Book, sheet: Sheet, rows: Iterable[Sequence[Cell]]) -> None:
    page = book.add_worksheet(sheet.name)
    columns = [(column.title, column.width) for column in sheet.columns]
    _headed(book, page, sheet.mark, columns, book.add_format({"valign": "top"}))
    last = 1
    for last, row in enumerate(rows, start=2):
        for at, cell in enumerate(row):
            if isinstance(cell, int):
                page.write_number(last, at, cell)
            elif cell:
                page.write_string(last, at, harmless(cell)[:_LONGEST])
    _finished(page, sheet.mark, last, len(columns))


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
