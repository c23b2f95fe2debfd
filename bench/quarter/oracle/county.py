"""The county's files as the oracle reads them: limits of categories and levels, and the rows of the ladder."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from bench.quarter.oracle.worktime import DAY_MINUTES

LEVELS: Final = ("P1", "P2", "P3", "P4")
_MINUTES: Final = {"m": 1, "h": 60, "d": 1440, "wm": 1, "wh": 60, "wd": DAY_MINUTES}

# As the State Council announced them for 2026; typed from the notice, not taken from the package the program uses.
REST_2026: Final = (
    (date(2026, 1, 1), date(2026, 1, 3)),
    (date(2026, 2, 15), date(2026, 2, 23)),
    (date(2026, 4, 4), date(2026, 4, 6)),
    (date(2026, 5, 1), date(2026, 5, 5)),
    (date(2026, 6, 19), date(2026, 6, 21)),
)
MADE_UP_2026: Final = (date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9))


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time, on the clock of the wall or of work."""

    minutes: int
    working: bool

    @property
    def time(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    @property
    def half(self) -> "Length":
        """Rounded in favour of whoever must act."""
        return Length((self.minutes + 1) // 2, self.working)


@dataclass(frozen=True, slots=True)
class Limits:
    accept: Length
    secure: Length | None
    resolve: Length


@dataclass(frozen=True, slots=True)
class Moment:
    """When a row of the ladder is due: `kind` is now, working, digest, share, limit, after or every."""

    kind: str
    length: Length | None = None
    percent: int = 0
    sign: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the ladder. `moments` by severity."""

    id: str
    clock: str
    level: str
    to: tuple[str, ...]
    moments: dict[str, tuple[Moment, ...]]


@dataclass(frozen=True, slots=True)
class County:
    ladder: tuple[Row, ...]
    categories: dict[str, tuple[str, Limits]]  # with their own severity
    levels: dict[str, Limits]
    verify_by: dict[str, str]
    photo_min: dict[str, int]

    def limits(self, category: str | None, severity: str) -> Limits:
        """A category's own at its own severity; those of the level where the words raised it."""
        own = self.categories.get(category or "")
        return own[1] if own is not None and own[0] == severity else self.levels[severity]

    def row(self, name: str) -> Row:
        return next(row for row in self.ladder if row.id == name)


def published_days() -> dict[date, bool]:
    """Public holidays and the days that make up for them."""
    days = dict.fromkeys(MADE_UP_2026, True)
    for first, last in REST_2026:
        days |= dict.fromkeys((first + timedelta(days=n) for n in range((last - first).days + 1)), False)
    return days


def read(folder: Path) -> County:
    """The county of this folder."""
    levels = {one["id"]: _limits(one, None) for one in _table(folder, "severities")["severity"]}
    found = _table(folder, "categories")["category"]
    return County(
        ladder=tuple(_row(one) for one in _table(folder, "ladder")["step"]),
        categories={one["id"]: (one["severity"], _limits(one, levels[one["severity"]])) for one in found},
        levels=levels,
        verify_by={one["id"]: one["verify_by"] for one in found},
        photo_min={one["id"]: one["photo_min"] for one in found},
    )


def length(written: str) -> Length:
    """30m, 2h, 3d by the wall; 4wh, 3wd by work."""
    found = re.fullmatch(r"(\d+)(m|h|d|wm|wh|wd)", written)
    if found is None:
        raise ValueError(written)
    return Length(int(found[1]) * _MINUTES[found[2]], found[2].startswith("w"))


def _table(folder: Path, name: str) -> dict[str, Any]:
    return tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))


def _limits(one: dict[str, Any], level: Limits | None) -> Limits:
    secure = length(one["secure"]) if "secure" in one else level.secure if level else None
    return Limits(length(one["accept"]), secure, length(one["resolve"]))


def _row(one: dict[str, Any]) -> Row:
    moments = {level: tuple(_moment(written) for written in one[level]) for level in LEVELS if level in one}
    return Row(one["id"], one["clock"], one.get("level", ""), tuple(one["to"]), moments)


def _moment(written: str) -> Moment:
    if written in ("now", "working", "digest", "limit"):
        return Moment(written)
    if written.endswith("%"):
        return Moment("share", percent=int(written[:-1]))
    if found := re.fullmatch(r"limit([+-])(\S+)", written):
        return Moment("limit", length(found[2]), sign=1 if found[1] == "+" else -1)
    if written.startswith("every "):
        return Moment("every", length(written.removeprefix("every ")))
    return Moment("after", length(written))
