"""What was asked for, and what all spreadsheets have in common: the words, the mark, the rows put aside on the way."""

import json
import re
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

from bot.chat.feature import Town
from bot.chat.texts import Texts
from bot.commands.wording import words
from bot.control import Tell
from bot.domain.casenumber import full_number
from bot.domain.rulebook import AgencyId
from bot.domain.times import local_day, span_of_month
from bot.workbook import Cell, Column, Sheet
from storage.database import Database

_IN_MEMORY: Final = 8_000_000  # bytes of rows before they go to a file of the operating system's


def is_month(written: str) -> bool:
    """Whether this is a month such as `2026-11`."""
    return re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", written) is not None


def month_of(written: str | None, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Beginning of a month (`2026-11`) and of the next one in the county's zone; all time for None.

    Raises:
        ValueError: it is not a month.
    """
    if written is None:
        return datetime(1970, 1, 1, tzinfo=zone), datetime(9000, 1, 1, tzinfo=zone)
    return span_of_month(written, zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A spreadsheet that somebody wants: of a month, or of all time; where to; and whom to tell how far it is."""

    database: Database
    town: Town
    texts: Texts
    to: Path
    month: str | None
    by: str
    now: datetime
    tell: Tell

    @property
    def said(self) -> Mapping[str, str]:
        """The sentences of the county's language."""
        return words(self.town.language)

    def local(self, at: datetime | None) -> Cell:
        """An instant by the county's clock, as a cell; empty for None."""
        return at.astimezone(self.town.zone).replace(second=0, microsecond=0, tzinfo=None) if at else ""

    def number(self, number: int, opened_at: datetime) -> str:
        """The full number of a case."""
        return full_number(self.town.code, local_day(opened_at, self.town.zone), number)

    def agency(self, agency: str | None) -> str:
        """What the county calls an agency."""
        found = self.town.rulebook.agencies.get(AgencyId(agency or ""))
        return found.short if found else agency or ""

    def sheet(self, kind: str, columns: Mapping[str, int], rows: int) -> Sheet:
        """The sheet of a kind of export: columns by their keys in the catalogue, with their widths in letters."""
        said = self.said
        at = f"{self.now.astimezone(self.town.zone):%Y-%m-%d %H:%M}"
        return Sheet(
            name=said[f"export.{kind}.sheet"],
            columns=[
                Column(said[f"export.{kind}.column.{key}"], width, said[f"export.{kind}.why.{key}"])
                for key, width in columns.items()
            ],
            mark=said[f"export.{kind}.mark"].format(town=self.town.name, by=self.by, at=at, rows=rows),
            notes_name=said["export.notes"],
            notes_titles=(said["export.what"], said["export.meaning"]),
            notes=[
                (said["export.who"], self.by),
                (said["export.when"], at),
                (said[f"export.{kind}.period"], self.month or said["export.all"]),
                (said[f"export.{kind}.rows"], str(rows)),
                (said["export.care_title"], f"{said[f'export.{kind}.care']}{said['export.care']}"),
            ],
        )


class Aside:
    """Rows put aside until it is known how many there are."""

    def __init__(self, kept: IO[bytes]) -> None:
        self.rows = 0
        self._kept = kept

    def put(self, page: Sequence[Sequence[Cell]]) -> None:
        """Keep a page of rows."""
        self.rows += len(page)
        self._kept.write(json.dumps(page, default=_plain).encode() + b"\n")

    def all(self) -> Iterator[Sequence[Cell]]:
        """Every row, in order."""
        self._kept.seek(0)
        for page in self._kept:
            yield from json.loads(page, object_hook=_instant)


@contextmanager
def aside() -> Generator[Aside]:
    """A place for rows, in memory and then in a file that is gone with the block."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as kept:
        yield Aside(kept)


def _plain(cell: datetime) -> Mapping[str, str]:
    return {"at": cell.isoformat()}


def _instant(found: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(found["at"])
