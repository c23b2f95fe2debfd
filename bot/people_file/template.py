"""The empty roll: headers, examples, and a sheet that says what may stand in each column."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol, cast

from bot.chat.messages import Text
from bot.chat.texts import Texts
from bot.domain.people import Role
from bot.domain.roll import ROLE_WORDS
from bot.domain.rulebook import Rulebook
from bot.people_file.table import COLUMNS

Format = object


class Worksheet(Protocol):
    """What is used of a sheet; the library has no types of its own."""

    def write_string(self, row: int, col: int, string: str, cell_format: Format = None) -> int: ...

    def set_column(self, first_col: int, last_col: int, width: float, cell_format: Format = None) -> int: ...

    def freeze_panes(self, row: int, col: int) -> None: ...

    def data_validation(
        self, first_row: int, first_col: int, last_row: int, last_col: int, options: Mapping[str, object]
    ) -> int: ...


class Workbook(Protocol):
    """What is used of a workbook."""

    def add_worksheet(self, name: str) -> Worksheet: ...

    def add_format(self, properties: Mapping[str, object]) -> Format: ...

    def close(self) -> None: ...


EXAMPLES: Final = ("rider", "contact", "leader", "verifier")
_WIDTHS: Final[Mapping[str, int]] = {
    "name": 18, "role": 12, "unit": 16, "post": 18, "phone": 15, "firm": 14, "station": 16, "telegram": 14, "wecom": 16,
    "term": 26, "grid": 12, "community": 14,
}  # fmt: skip
_LINES: Final = 500  # lines that offer the lists
_LISTS_FROM: Final = 18  # first line of the lists on the sheet of explanations
_NOW: Final = datetime(2000, 1, 1, tzinfo=UTC)  # no text of the template tells a time


def write_template(path: Path, rulebook: Rulebook, texts: Texts, language: str) -> None:
    """Write the template to `path` (xlsx), with headers, examples and explanations in `language`.

    Lines whose name begins with the example mark are skipped when the file is read.

    Raises:
        OSError: `path` cannot be written.
    """
    written = io.BytesIO()
    book = _workbook(written)
    said = _Said(texts, language)
    roll = book.add_worksheet(said("template.roll"))
    notes = book.add_worksheet(said("template.notes"))
    lists = _lists(rulebook)
    _write_roll(roll, book, said)
    places = _write_notes(notes, book, said, lists)
    for column, place in places.items():
        at = list(COLUMNS).index(column)
        offered = {"validate": "list", "source": place, "ignore_blank": True, "error_type": "information"}
        roll.data_validation(1, at, _LINES, at, offered)
    book.close()
    path.write_bytes(written.getvalue())


def _workbook(into: io.BytesIO) -> Workbook:
    import xlsxwriter  # pyright: ignore[reportMissingTypeStubs] - there are none; the protocols above stand for them

    made = xlsxwriter.Workbook(into, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    return cast("Workbook", made)  # its methods are decorated without types


class _Said:
    """Texts of the feature in one language."""

    def __init__(self, texts: Texts, language: str) -> None:
        self._texts = texts
        self._language = language

    def __call__(self, key: str, /) -> str:
        return self._texts.render(Text(f"people.{key}"), self._language, _NOW)


def _lists(rulebook: Rulebook) -> Mapping[str, Sequence[str]]:
    """What may stand in the columns that have a list."""
    agencies = [agency for agency in rulebook.agencies.values() if not agency.is_area]
    duties = [duty.name for duty in rulebook.duties.values() if duty.is_duty]
    return {
        "role": [words[0] for words in ROLE_WORDS.values()],
        "post": ["A岗", "B岗", ROLE_WORDS[Role.LEADER][0], *duties],
        "unit": [agency.short for agency in agencies],
        "grid": list(dict.fromkeys(grid.name for grid in rulebook.grids.values())),
        "community": [agency.short for agency in agencies if agency.kind == "community"],
    }


def _write_roll(sheet: Worksheet, book: Workbook, said: _Said) -> None:
    head = book.add_format({"bold": True, "bg_color": "#e8eef4", "border": 1, "text_wrap": True})
    as_text = book.add_format({"num_format": "@"})  # else a program makes 1.5E+10 of a phone number
    example = book.add_format({"num_format": "@", "italic": True, "font_color": "#7a7f85"})
    for at, column in enumerate(COLUMNS):
        sheet.set_column(at, at, _WIDTHS[column], as_text)
        sheet.write_string(0, at, said(f"column.{column}"), head)
    for line, role in enumerate(EXAMPLES, start=1):
        cells = [cell.strip() for cell in said(f"example.{role}").split("|")]
        for at, cell in enumerate(cells):
            sheet.write_string(line, at, cell, example)
    sheet.freeze_panes(1, 1)


def _write_notes(
    sheet: Worksheet, book: Workbook, said: _Said, lists: Mapping[str, Sequence[str]]
) -> Mapping[str, str]:
    """Write the explanations; returns where the list of each column stands."""
    head = book.add_format({"bold": True, "bg_color": "#e8eef4", "border": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 16, wrapped)
    sheet.set_column(1, 1, 70, wrapped)
    sheet.set_column(2, 6, 18)
    sheet.write_string(0, 0, said("template.column"), head)
    sheet.write_string(0, 1, said("template.what"), head)
    for line, column in enumerate(COLUMNS, start=1):
        sheet.write_string(line, 0, said(f"column.{column}"))
        sheet.write_string(line, 1, said(f"note.{column}"), wrapped)
    sheet.write_string(len(COLUMNS) + 2, 1, said("template.examples"), wrapped)
    sheet.freeze_panes(1, 0)
    return _write_lists(sheet, head, said, lists)


def _write_lists(sheet: Worksheet, head: Format, said: _Said, lists: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    places: dict[str, str] = {}
    for at, (column, words) in enumerate(lists.items(), start=2):
        sheet.write_string(_LISTS_FROM - 1, at, said(f"column.{column}"), head)
        for line, word in enumerate(words, start=_LISTS_FROM):
            sheet.write_string(line, at, word)
        letter = "ABCDEFGH"[at]
        last = _LISTS_FROM + max(1, len(words))
        places[column] = f"='{said('template.notes')}'!${letter}${_LISTS_FROM + 1}:${letter}${last}"
    return places
