"""The files of a county folder: read, taken apart into entries, and nothing left over unnoticed."""

import json
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bot.county.entry import Entry, as_list, as_table
from bot.county.faults import Faults, nearest_word

_NAMES = ("code", "id", "name")


def default_dir() -> Path:
    """The folder of the default county, as installed."""
    return Path(__file__).parent


class Folder:
    """A county folder; every mistake goes to `faults`."""

    def __init__(self, path: Path, faults: Faults) -> None:
        self.path = path
        self.faults = faults
        self.unreadable = False  # whether a file is missing or is no file of its kind

    def table(self, file: str, *, known: Sequence[str]) -> dict[str, object]:
        """The whole TOML file; empty if it cannot be read. `known`: the keys it may have at its top."""
        content = self._content(file)
        if content is None:
            return {}
        try:
            found: dict[str, object] = tomllib.loads(content)
        except tomllib.TOMLDecodeError as error:
            self.unreadable = True
            self.faults.add(file, "", f"is not valid TOML: {error}", "correct that line; texts stand in double quotes")
            return {}
        if not found:
            self.faults.add(file, "", "is empty", "copy it from the default county and edit the copy")
        for key in sorted(found.keys() - set(known)):
            self.faults.add(file, "", f'"{key}" is not known here', nearest_word(key, known))
        return found

    def entries(self, file: str, kind: str) -> list[Entry]:
        """The `[[kind]]` tables of a TOML file that has no other content."""
        return self.entries_of(file, kind, self.table(file, known=[kind]))

    def entries_of(self, file: str, kind: str, content: dict[str, object]) -> list[Entry]:
        """The `[[kind]]` tables of a file already read."""
        tables = as_list(content.get(kind))
        if content and not tables:
            self.faults.add(file, "", f"has no [[{kind}]]", "take the file of the default county as a pattern")
        return [Entry(self.faults, file, label(f"[[{kind}]]", table, n), table) for n, table in _numbered(tables)]

    def features(self, file: str) -> list[tuple[Entry, object]]:
        """The features of a GeoJSON file: the entry of their properties, and their geometry."""
        content = self._content(file)
        if content is None:
            return []
        try:
            collection = as_table(json.loads(content))
        except json.JSONDecodeError as error:
            self.unreadable = True
            self.faults.add(file, "", f"is not valid JSON: {error}", "export it again from the map program")
            return []
        if collection.get("type") != "FeatureCollection":
            self.faults.add(file, "", "is not a GeoJSON FeatureCollection", "export it again from the map program")
        if not as_list(collection.get("features")):
            self.faults.add(file, "", "has no feature", "export the areas again from the map program")
        found: list[tuple[Entry, object]] = []
        for number, feature in _numbered(as_list(collection.get("features"))):
            properties = as_table(feature.get("properties"))
            entry = Entry(self.faults, file, label("feature", properties, number), properties)
            found.append((entry, feature.get("geometry")))
        return found

    def _content(self, file: str) -> str | None:
        try:
            return (self.path / file).read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            self.faults.add(file, "", f"is missing in {self.path}", "copy it from the default county and edit the copy")
        except UnicodeDecodeError:
            self.faults.add(file, "", "is not UTF-8 text", "save it again with the encoding UTF-8")
        self.unreadable = True
        return None


def label(kind: str, values: dict[str, object], number: int) -> str:
    """How an entry is called in a sentence: by its code, id or name, else by its place in the file."""
    for key in _NAMES:
        name = values.get(key)
        if isinstance(name, str) and name:
            return f"{kind} {name}"
    return f"{kind} number {number}"


def _numbered(tables: Iterable[object]) -> Iterator[tuple[int, dict[str, object]]]:
    for number, table in enumerate(tables, 1):
        yield number, as_table(table)
