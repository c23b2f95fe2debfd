"""Tables as an Excel file that cannot run anything: formulas made harmless, a heading that says whose."""

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import chain, islice
from math import ceil
from pathlib import Path
from typing import Final, Protocol, cast

Format = object
_SPACES: Final = " \u00a0\u3000\ufeff\u200b"
_STARTS: Final = tuple("=+-@＝＋－＠\t\r\n")  # what makes a program take a cell for a formula, in both widths
_LINES: Final = re.compile(r"\r\n|\r|\n|\v|\f|\x85|\u2028|\u2029")
_LONGEST: Final = 32_000  # Excel takes 32,767 letters in a cell
_LINE: Final = 16  # points
_NOTES: Final = (18, 90)  # widths of the notes
_NONE: Final = "—"  # where there is no number, it stands where the numbers end
_MOST_ROWS: Final = 1_048_576 - 2  # of a sheet of Excel and WPS, below the mark and the titles


class Page(Protocol):
    """What is used of a sheet; the library has no types of its own."""

    def write_string(self, row: int, col: int, string: str, cell_format: Format = None) -> int: ...

    def write_number(self, row: int, col: int, number: float, cell_format: Format = None) -> int: ...

    def write_datetime(self, row: int, col: int, date: datetime, cell_format: Format = None) -> int: ...

    def set_row(self, row: int, height: float) -> int: ...

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
class Share:
    """A part of a whole as a percentage, never rounded up to one that is full; a dash where there is no whole."""

    part: int
    whole: int


Cell = str | int | float | datetime | Share  # an instant without a zone: the county's clock


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One sheet of a small workbook: titles and widths in letters of its columns, and typed cells."""

    name: str
    titles: Sequence[str]
    widths: Sequence[int]
    rows: Sequence[Sequence[Cell]]


def harmless(text: str) -> str:
    """`text` as a cell that no program takes for a formula: such a text gets a leading apostrophe.

    Looked at are the text and each line in it, after spaces of any kind (reliability.md §6).
    """
    parts = [text, *_LINES.split(text)]
    dangerous = any(part.lstrip(_SPACES).startswith(_STARTS) for part in parts)
    return f"'{text}" if dangerous else text


def write(
    path: Path, sheet: Sheet, rows: Iterable[Sequence[Cell]], more: Sequence[Table] = (), most: int = _MOST_ROWS
) -> None:
    """Write a workbook of mode 0600 with the rows in order; all or nothing. For a thread, not for the loop.

    `more` are sheets before the notes. Rows that do not fit on one sheet, which holds `most`, go on on a further one.

    Raises:
        FileExistsError: `path` is there already.
    """
    if path.exists():
        raise FileExistsError(path)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=path.parent) as folder:  # mode 0700
        made = Path(folder) / path.name
        # constant_memory: rows go to the disk as they come, so a hundred thousand cost no more than a hundred
        book = _book(made, {"constant_memory": True, "tmpdir": folder})
        for number, part in enumerate(_parts(rows, most), start=1):
            _rows(book, sheet, part, number)
        for table in more:
            _typed(book, table, sheet.mark)
        _notes(book, sheet)
        book.set_properties({"title": sheet.name, "comments": sheet.mark})
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
    heading = book.add_format(
        {"bold": True, "bg_color": "#e8eef6", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
    )
    for at, (_, width) in enumerate(columns):
        page.set_column(at, at, width, plain)
    page.write_string(0, 0, harmless(mark), book.add_format({"italic": True, "font_color": "#6b7280"}))
    page.set_row(1, 2 * _LINE)
    for at, (title, _) in enumerate(columns):
        page.write_string(1, at, title, heading)


def _finished(page: Page, mark: str, last: int, columns: int) -> None:
    """What helps to read it on a screen and on paper; `last` is its last row."""
    page.freeze_panes(2, 1)
    page.autofilter(1, 0, last, columns - 1)
    page.set_footer(f"&L{mark.replace('&', '&&')}&R&P / &N")
    page.set_landscape()
    page.repeat_rows(1)


@dataclass(frozen=True, slots=True)
class _Formats:
    """How cells of each kind look."""

    plain: Format
    none: Format
    share: Format
    decimal: Format
    instant: Format


def _formats(book: Book, *, wrap: bool) -> _Formats:
    return _Formats(
        plain=book.add_format({"valign": "top", "text_wrap": wrap}),
        none=book.add_format({"valign": "top", "align": "right"}),
        share=book.add_format({"valign": "top", "num_format": "0.0%"}),
        decimal=book.add_format({"valign": "top"}),
        instant=book.add_format({"valign": "top", "align": "left", "num_format": "yyyy-mm-dd hh:mm"}),
    )


def _put(page: Page, row: int, at: int, cell: Cell, formats: _Formats) -> None:
    match cell:
        case Share(part, whole) if whole:
            page.write_number(row, at, part * 1000 // whole / 1000, formats.share)
        case Share() | "—":
            page.write_string(row, at, _NONE, formats.none)
        case datetime():
            page.write_datetime(row, at, cell, formats.instant)
        case float():
            page.write_number(row, at, cell, formats.decimal)
        case int():
            page.write_number(row, at, cell, formats.plain)
        case "":
            pass
        case str():
            page.write_string(row, at, harmless(cell)[:_LONGEST], formats.plain)


def _typed(book: Book, table: Table, mark: str) -> None:
    page, formats = book.add_worksheet(table.name), _formats(book, wrap=True)
    _headed(book, page, mark, list(zip(table.titles, table.widths, strict=True)), formats.plain)
    for row, cells in enumerate(table.rows, start=2):
        for at, cell in enumerate(cells):
            _put(page, row, at, cell, formats)
    _finished(page, mark, 1 + len(table.rows), len(table.titles))


def _parts(rows: Iterable[Sequence[Cell]], most: int) -> Iterator[Iterable[Sequence[Cell]]]:
    """The rows of each sheet, to be taken in order; the first is there even without any."""
    left = iter(rows)
    yield islice(left, most)
    while (first := next(left, None)) is not None:
        yield chain([first], islice(left, most - 1))


def _rows(book: Book, sheet: Sheet, rows: Iterable[Sequence[Cell]], number: int) -> None:
    page, formats = (
        book.add_worksheet(sheet.name if number == 1 else f"{sheet.name} {number}"),
        _formats(book, wrap=False),
    )
    columns = [(column.title, column.width) for column in sheet.columns]
    _headed(book, page, sheet.mark, columns, formats.plain)
    last = 1
    for last, row in enumerate(rows, start=2):
        for at, cell in enumerate(row):
            _put(page, last, at, cell, formats)
    _finished(page, sheet.mark, last, len(columns))


def _notes(book: Book, sheet: Sheet) -> None:
    page = book.add_worksheet(sheet.notes_name)
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    for at, width in enumerate(_NOTES):
        page.set_column(at, at, width, wrap)
    page.write_string(0, 0, harmless(sheet.mark), book.add_format({"italic": True, "font_color": "#6b7280"}))
    for at, title in enumerate(sheet.notes_titles):
        page.write_string(1, at, title, bold)
    for row, line in enumerate([*sheet.notes, *((one.title, one.why) for one in sheet.columns)], start=2):
        page.set_row(row, _LINE * max(1, ceil(2 * len(line[1]) / _NOTES[1])))  # a Chinese letter is as wide as two
        for at, cell in enumerate(line):
            page.write_string(row, at, harmless(cell), wrap)
