"""Reading one entry of a data file: every value is asked for by name and kind, every mistake noted, none raised.

A value that is missing or wrong is replaced by a placeholder, so that one run finds all mistakes; what was read is
thrown away if there is any.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar, cast

from bot.county.faults import Faults, nearest_word
from bot.domain.limits import Limit, Unit
from bot.domain.rulebook import Point

Word = TypeVar("Word", bound=StrEnum)

_ABSENT = object()
_PLACEHOLDER_LIMIT = Limit(1, Unit.MINUTE)
_PAIR = 2

NOWHERE = Point(0.0, 0.0)  # stands for a position that could not be read; the open sea


class Entry:
    """One table of a file, such as `categories.toml → [[category]] FS03`."""

    def __init__(self, faults: Faults, file: str, label: str, values: Mapping[str, object]) -> None:
        self.file = file
        self.label = label
        self._faults = faults
        self._values = values
        self._asked: set[str] = set()

    def fault(self, mistake: str, cure: str) -> None:
        """Note a mistake of this entry."""
        self._faults.add(self.file, self.label, mistake, cure)

    def has(self, key: str) -> bool:
        return key in self._values

    def text(self, key: str, default: str | None = None) -> str:
        """A line of text that is not empty; `default` where the key may be left out."""
        value = self._value(key, default)
        if isinstance(value, str) and (value.strip() or value == default):
            return value
        if value is not _ABSENT:
            self.fault(f"{key} must be a text that is not empty", f'write {key} = "…"')
        return ""

    def flag(self, key: str, default: bool | None = None) -> bool:
        """True or false."""
        value = self._value(key, default)
        if isinstance(value, bool):
            return value
        if value is not _ABSENT:
            self.fault(f"{key} must be true or false", f"write {key} = true or {key} = false, without quotes")
        return False

    def number(self, key: str, *, least: int = 0) -> int:
        """A whole number of at least `least`."""
        value = self._value(key)
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        if value is not _ABSENT:
            self.fault(f"{key} must be a whole number of at least {least}", f"write {key} = {max(least, 1)} or more")
        return least

    def optional_number(self, key: str) -> int | None:
        """A whole number of either sign, or None where the key is left out."""
        value = self._values.get(key)
        self._asked.add(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self.fault(f"{key} must be a whole number", f"write {key} = 10, or leave the line out")
        return None

    def numbers(self, key: str) -> tuple[int, ...]:
        """At least one whole number of either sign."""
        items = self._items(key)
        found = tuple(item for item in items if isinstance(item, int) and not isinstance(item, bool))
        if self.has(key) and (not found or len(found) < len(items)):
            self.fault(f"{key} must be a list of whole numbers", f"write {key} = [2]")
        return found

    def texts(self, key: str, *, optional: bool = False) -> tuple[str, ...]:
        """A list of texts, none of them empty and none twice; the list itself may be empty."""
        items = self._items(key, optional=optional)
        found = tuple(item for item in items if isinstance(item, str) and item.strip())
        if len(found) < len(items):
            self.fault(f"{key} must be a list of texts that are not empty", f'write {key} = ["…", "…"]')
        for twice in sorted({item for item in found if found.count(item) > 1}):
            self.fault(f'{key} has "{twice}" twice', "delete one of the two")
        return found

    def limit(self, key: str) -> Limit:
        """A time limit such as `30m` or `3wd`."""
        written = self.text(key)
        return (self.as_limit(key, written) if written else None) or _PLACEHOLDER_LIMIT

    def optional_limit(self, key: str) -> Limit | None:
        """A time limit, or None where the key is left out."""
        return self.limit(key) if self.has(key) else self._left_out(key)

    def as_limit(self, key: str, written: str) -> Limit | None:
        """The limit that `written` is, or None and a mistake noted under `key`."""
        try:
            return Limit.parse(written)
        except ValueError:
            self.fault(f'{key}: "{written}" is not a time limit', "write 30m, 2h, 3d, 4wh or 3wd")
            return None

    def word(self, key: str, words: type[Word], default: Word) -> Word:
        """One of the words of an enumeration."""
        written = self.text(key)
        try:
            return words(written)
        except ValueError:
            if written:
                self.fault(f'{key} "{written}" is not known', nearest_word(written, [word.value for word in words]))
            return default

    def choice(self, key: str, words: Sequence[str], default: str | None = None) -> str:
        """One of `words`."""
        written = self.text(key, default)
        if written and written not in words:
            self.fault(f'{key} "{written}" is not known', nearest_word(written, words))
        return written

    def point(self, key: str) -> Point:
        """A position written as [latitude, longitude]."""
        value = self._value(key)
        return self._point(key, value) if value is not _ABSENT else NOWHERE

    def points(self, key: str, *, optional: bool = False) -> tuple[Point, ...]:
        """A list of positions, each written as [latitude, longitude]."""
        return tuple(self._point(key, item) for item in self._items(key, optional=optional))

    def finish(self) -> None:
        """Note every key nobody asked for: a slip of the pen would otherwise be silently left out."""
        for key in sorted(self._values.keys() - self._asked):
            self.fault(f'"{key}" is not a setting of this entry', nearest_word(key, sorted(self._asked)))

    def _value(self, key: str, default: object = None) -> object:
        self._asked.add(key)
        if key in self._values:
            return self._values[key]
        if default is not None:
            return default
        self.fault(f"{key} is missing", f"add a line {key} = …")
        return _ABSENT

    def _items(self, key: str, *, optional: bool = False) -> list[object]:
        value = self._value(key, [] if optional else None)
        if isinstance(value, list):
            return as_list(cast("object", value))
        if value is not _ABSENT:
            self.fault(f"{key} must be a list", f"write {key} = [ … ]")
        return []

    def _left_out(self, key: str) -> None:
        self._asked.add(key)

    def _point(self, key: str, value: object) -> Point:
        pair = [float(part) for part in as_list(value) if isinstance(part, int | float) and not isinstance(part, bool)]
        if len(pair) != _PAIR:
            self.fault(f"{key} must hold positions of two numbers", f"write {key} as [latitude, longitude]")
            return NOWHERE
        lat, lon = pair
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            self.fault(f"{key} {pair} is not a position on the earth", "write the latitude first, then the longitude")
            return NOWHERE
        return Point(lat, lon)


def as_list(value: object) -> list[object]:
    """`value` if it is a list, else an empty one."""
    # isinstance cannot tell what a foreign list holds; as objects its items are looked at before they are used
    return cast("list[object]", value) if isinstance(value, list) else []


def as_table(value: object) -> dict[str, object]:
    """`value` if it is a table with names as keys, else an empty one."""
    if not isinstance(value, dict):
        return {}
    # the same: TOML and JSON have only texts as keys, and its values are looked at before they are used
    return cast("dict[str, object]", value)
