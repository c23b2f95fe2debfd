"""A sheet as rows of plain text, whatever program wrote it: xlsx, xls, ods, csv in UTF-8, GBK or UTF-16."""

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from bot.chat.messages import Text

MOST_BYTES: Final = 20_000_000
MOST_ROWS: Final = 5_000
_TITLE_LINES: Final = 10  # lines that may stand above the header
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx and ods are zip files, xls is an older container

# The columns of the roll and the words their headers go by; the first is the usual one.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("姓名", "名字", "name"),
    "role": ("角色", "身份", "role"),
    "unit": ("单位", "所在单位", "unit", "agency"),
    "post": ("岗位", "职务", "post", "duty"),
    "phone": ("手机", "手机号", "手机号码", "电话", "联系电话", "phone", "mobile"),
    "firm": ("平台", "所属平台", "firm", "platform"),
    "station": ("站点", "所属站点", "station"),
    "telegram": ("telegram", "telegramid", "电报"),
    "wecom": ("企业微信", "企业微信账号", "wecom"),
    "term": ("聘期", "term"),
    "grid": ("网格", "所在网格", "grid"),
    "community": ("社区", "所在社区", "community"),
}
NEEDED: Final = ("name", "role")


class FileFault(Exception):
    """The file as a whole cannot be read; `text` says why and what to do."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.key)
        self.text = text


@dataclass(frozen=True, slots=True)
class Layout:
    """What a sheet holds: the words its headers go by for each column, the column without which there is no header."""

    columns: Mapping[str, tuple[str, ...]]
    key: str
    no_header: Text


ROLL: Final = Layout(COLUMNS, "name", Text("people.file.no_header"))


@dataclass(frozen=True, slots=True)
class Line:
    """A line that says something: its number in the sheet, and its cells by column."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """`header` is as written, for a hint at columns that nothing here knows."""

    header: tuple[str, ...]
    columns: frozenset[str]
    lines: tuple[Line, ...]


def read_table(path: Path) -> Table:
    """The first sheet of `path` that has a header with a name column; empty lines are left out.

    Raises:
        FileFault: not there, too large, encrypted, of another kind, without header, or with too many lines.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise FileFault(Text("people.file.too_large", {"most": MOST_BYTES // 1_000_000}))
        data = path.read_bytes()
    except OSError as fault:
        raise FileFault(Text("people.file.not_readable", {"why": fault.strerror or ""})) from None
    return table_of(data)


def table_of(data: bytes, layout: Layout = ROLL) -> Table:
    """The table in the bytes of a file; see `read_table`."""
    sheets = _sheets(data) if data.startswith(_WORKBOOKS) else [_comma_separated(data)]
    for sheet in sheets:
        for at, row in enumerate(sheet[:_TITLE_LINES]):
            if layout.key in (named := _named(row, layout)):
                return _table(sheet, at, named)
    raise FileFault(layout.no_header)


def _table(sheet: Sequence[Sequence[str]], header: int, named: Mapping[str, int]) -> Table:
    lines: list[Line] = []
    for number, row in enumerate(sheet[header + 1 :], start=header + 2):
        cells = {column: row[at] for column, at in named.items() if at < len(row) and row[at]}
        if cells:
            lines.append(Line(number, cells))
    if len(lines) > MOST_ROWS:
        raise FileFault(Text("people.file.too_many", {"most": MOST_ROWS}))
    return Table(tuple(cell for cell in sheet[header] if cell), frozenset(named), tuple(lines))


def _named(row: Sequence[str], layout: Layout) -> Mapping[str, int]:
    """Which column stands where; the first one counts where a header comes twice."""
    found: dict[str, int] = {}
    for at, cell in enumerate(row):
        word = "".join(cell.lower().split()).strip("*:：")
        column = next((column for column, words in layout.columns.items() if word in words), None)
        if column is not None:
            found.setdefault(column, at)
    return found


def _sheets(data: bytes) -> list[list[list[str]]]:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        return [
            [
                [_cell(value) for value in row]
                for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=MOST_ROWS * 2)
            ]
            for name in book.sheet_names
        ]
    except python_calamine.PasswordError:
        raise FileFault(Text("people.file.password")) from None
    except (python_calamine.CalamineError, OSError, ValueError):
        raise FileFault(Text("people.file.damaged")) from None


def _cell(value: object) -> str:
    """A cell as text; a number as people typed it, a formula as the text it showed."""
    match value:
        case bool():
            return ""
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case float() if value.is_integer():
            return str(int(value))
        case str() | int() | float():
            return tidy(str(value))
        case _:
            return ""


def tidy(written: str) -> str:
    """Half-width, without invisible letters, surplus spaces and the sign that protects a text from being a formula."""
    shown = "".join(
        letter for letter in written if unicodedata.category(letter) not in ("Cf", "Cc") or letter in "\t\n"
    )
    half = " ".join(unicodedata.normalize("NFKC", shown).split())
    return half[1:] if half.startswith("'") and half[1:2] in tuple("=+-@") else half


def _comma_separated(data: bytes) -> list[list[str]]:
    text = _decoded(data)
    head = "".join(text.split("\n", _TITLE_LINES)[:_TITLE_LINES])
    delimiter = max(",;\t，", key=head.count)
    try:
        return [[tidy(cell) for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)]
    except csv.Error:
        raise FileFault(Text("people.file.damaged")) from None


def _decoded(data: bytes) -> str:
    """Text of a csv: a mark at its start decides, else UTF-8, else what Excel in China writes."""
    if b"\x00" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileFault(Text("people.file.other_kind"))
    marked = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    for encoding in (marked, "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileFault(Text("people.file.other_kind"))
