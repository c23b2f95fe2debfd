"""Catalogues: one TOML file a language beside each feature, rendered in the reader's language when sent."""

import string
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bot.chat.messages import Arg, Lines, Text, Until

LANGUAGES: Final = ("zh-CN", "en")


class CatalogueFault(Exception):
    """A catalogue is wrong; `lines` says each fault with file, key and cure."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Texts:
    """All sentences in all languages. zh-CN has every key; another language falls back to it."""

    catalogues: Mapping[str, Mapping[str, str]]
    zone: ZoneInfo

    def render(self, text: Text | Lines, language: str, now: datetime) -> str:
        """`text` in `language`, times as seen at `now` by the county's clock.

        Raises:
            KeyError: the key or one of its fields does not exist (a test keeps that from happening).
        """
        if isinstance(text, Lines):
            parts = [self.render(part, language, now) for part in text.parts]
            return text.between.join(part for part in parts if part)
        pattern = self.pattern(text.key, language)
        shown = {name: self.shown(value, language, now) for name, value in text.args.items()}
        return pattern.format_map(shown).strip("\n")

    def pattern(self, key: str, language: str) -> str:
        """The pattern of a key in a language, or in zh-CN where the language lacks it."""
        found = self.catalogues.get(language, {}).get(key)
        return found if found is not None else self.catalogues["zh-CN"][key]

    def has(self, key: str) -> bool:
        return key in self.catalogues["zh-CN"]

    def words_of(self, prefix: str) -> Mapping[str, str]:
        """What every language calls the keys below `prefix`: word → last part of the key."""
        return {
            said: key.removeprefix(f"{prefix}.")
            for catalogue in self.catalogues.values()
            for key, said in catalogue.items()
            if key.startswith(f"{prefix}.")
        }

    def shown(self, value: Arg, language: str, now: datetime) -> str:
        """An argument as the reader sees it."""
        match value:
            case Text() | Lines():
                return self.render(value, language, now)
            case Until():
                return self._length(max(timedelta(), value.at - now), language)
            case timedelta():
                return self._length(value, language)
            case datetime():
                return self._instant(value, language, now)
            case str() | int():
                return str(value)

    def cell(self, value: Arg, language: str, now: datetime) -> str | int:
        """An argument as a table holds it: a number stays one, an instant is `2026-11-23T09:00` by the county's clock."""
        match value:
            case int():
                return value
            case datetime():
                return f"{value.astimezone(self.zone):%Y-%m-%dT%H:%M}"
            case _:
                return self.shown(value, language, now)

    def _say(self, key: str, language: str, **fields: str | int) -> str:
        return self.pattern(key, language).format_map(fields)

    def _instant(self, at: datetime, language: str, now: datetime) -> str:
        """今天 18:00, 明天 9:30, 11月25日（周三） 9:30; with the year when it is another one."""
        local, today = at.astimezone(self.zone), now.astimezone(self.zone).date()
        clock = f"{local.hour}:{local.minute:02d}"
        days = (local.date() - today).days
        near = {-1: "time.yesterday", 0: "time.today", 1: "time.tomorrow"}.get(days)
        if near:
            return self._say(near, language, clock=clock)
        weekday = self.pattern(f"time.weekday{local.isoweekday()}", language)
        key = "time.day" if local.year == today.year else "time.day_of_year"
        month = self.pattern(f"time.month{local.month}", language)
        return self._say(key, language, year=local.year, month=month, day=local.day, weekday=weekday, clock=clock)

    def _length(self, length: timedelta, language: str) -> str:
        """3 小时 50 分; the two largest units, and below one minute no number at all."""
        if length < timedelta(minutes=1):
            return self._say("time.moment", language)
        minutes = round(length.total_seconds() / 60)
        parts = (("time.days", minutes // 1440), ("time.hours", minutes % 1440 // 60), ("time.minutes", minutes % 60))
        said = [self._say(key, language, n=n) for key, n in parts if n][:2]
        return " ".join(said)


def load(folders: Iterable[tuple[str, Path]], zone: ZoneInfo, overrides: Path | None = None) -> Texts:
    """Read `messages.<language>.toml` of every (feature, folder); a county's overrides come last.

    Raises:
        CatalogueFault: unreadable file, a field in one language only, a key in English only, an unknown override.
    """
    catalogues: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    faults: list[str] = []
    for prefix, folder in folders:
        for language in LANGUAGES:
            path = folder / f"messages.{language}.toml"
            catalogues[language].update(_read(path, prefix, faults))
    faults += _differences(catalogues)
    if overrides is not None:
        _override(catalogues, overrides, faults)
    if faults:
        raise CatalogueFault(faults)
    return Texts(catalogues, zone)


def fields(pattern: str) -> frozenset[str]:
    """The field names of a pattern."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(pattern) if name)


def _override(catalogues: Mapping[str, dict[str, str]], folder: Path, faults: list[str]) -> None:
    for language, catalogue in catalogues.items():
        path = folder / f"messages.{language}.toml"
        if path.exists():
            own = _read(path, "", faults)
            faults += _unfit(path, own, catalogues["zh-CN"])
            catalogue.update(own)


def _unfit(path: Path, own: Mapping[str, str], known: Mapping[str, str]) -> list[str]:
    """What is wrong with a county's own texts; they may leave fields out, but fill no others."""
    faults = [f"{path}: {key} is no text of this program" for key in own if key not in known]
    return faults + [
        f"{path}: {key} has other fields than the text it replaces: {sorted(fields(text))}"
        for key, text in own.items()
        if key in known and not fields(text) <= fields(known[key])
    ]


def _read(path: Path, prefix: str, faults: list[str]) -> dict[str, str]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as fault:
        faults.append(f"{path}: {fault}")
        return {}
    sound: dict[str, str] = {}
    for key, value in _flat(raw, prefix):
        try:
            value.format_map(dict.fromkeys(fields(value), ""))
            sound[key] = value
        except (ValueError, LookupError, AttributeError) as fault:
            faults.append(f"{path}: {key}: {fault}")
    return sound


def _flat(raw: Mapping[str, object], prefix: str) -> Iterable[tuple[str, str]]:
    for name, value in raw.items():
        key = f"{prefix}.{name}" if prefix else name
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, dict):
            yield from _flat(value, key)  # pyright: ignore[reportUnknownArgumentType] - TOML tables have string keys


def _differences(catalogues: Mapping[str, Mapping[str, str]]) -> list[str]:
    chinese = catalogues["zh-CN"]
    faults: list[str] = []
    for language in LANGUAGES[1:]:
        other = catalogues[language]
        faults += [f"{key}: only in {language}; add it to zh-CN" for key in other if key not in chinese]
        faults += [f"{key}: missing in {language}" for key in chinese if key not in other]
        faults += [
            f"{key}: fields differ between zh-CN {sorted(fields(chinese[key]))} and {language}"
            f" {sorted(fields(other[key]))}"
            for key in chinese
            if key in other and fields(chinese[key]) != fields(other[key])
        ]
    return faults
