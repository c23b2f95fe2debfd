"""Loading a county folder: read everything, check everything, and only then make the frozen rule book."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from bot.county import checks, ladder, land, points, rules, words
from bot.county.entry import Entry
from bot.county.faults import Faults
from bot.county.files import Folder, default_dir
from bot.county.points import Customs
from bot.domain.ladder import Ladder
from bot.domain.rulebook import (
    Agency,
    Category,
    Duty,
    Grid,
    MapShape,
    Place,
    PointItem,
    PointRules,
    Reward,
    Rulebook,
    Severity,
    SeverityLevel,
    Station,
)

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Found:
    """What the files say, each value with the entry it was read from."""

    county: land.County
    severities: list[tuple[Entry, SeverityLevel]]
    agencies: list[tuple[Entry, Agency]]
    duties: list[tuple[Entry, Duty]]
    categories: list[tuple[Entry, Category]]
    words: dict[str, tuple[Entry, tuple[str, ...], tuple[str, ...]]]
    danger: dict[Severity, tuple[str, ...]]
    grids: list[tuple[Entry, Grid]]
    places: list[tuple[Entry, Place]]
    shapes: list[tuple[Entry, MapShape]]
    points: PointRules
    items: list[tuple[Entry, PointItem]]
    customs: Customs
    rewards: list[tuple[Entry, Reward]]
    stations: list[tuple[Entry, Station]]
    ladder: Ladder
    steps: list[Entry]


def load(folder: Path | None = None) -> Rulebook:
    """The rule book of a county folder, by default of the invented county that is installed with the program.

    `people.toml` is not read: its people seed the demo only.

    Raises:
        RulebookFault: the folder has mistakes; all of them are told at once.
    """
    faults = Faults()
    path = folder or default_dir()
    if not path.is_dir():
        faults.add("[rulebook] dir", "", f"{path} is not a folder", "name the county's folder, or leave the line out")
        faults.stop_if_any()
    found = _read(Folder(path, faults))
    _check(found, faults)
    faults.stop_if_any()
    return _rulebook(found)


def _read(folder: Folder) -> _Found:
    keywords = folder.table(words.FILE, known=["keywords", "danger"])
    by_category = words.keywords(folder, keywords)
    strong_and_weak = {name: (strong, weak) for name, (_, strong, weak) in by_category.items()}
    county = land.county(folder)
    point_rules, items, customs = points.point_rules(folder)
    steps, entries = ladder.read_ladder(folder)
    found = _Found(
        county=county,
        severities=rules.severities(folder),
        agencies=rules.agencies(folder),
        duties=rules.duties(folder),
        categories=rules.categories(folder, strong_and_weak),
        words=by_category,
        danger=words.danger(folder, keywords),
        grids=land.grids(folder),
        places=land.places(folder),
        shapes=land.shapes(folder),
        points=point_rules,
        items=items,
        customs=customs,
        rewards=points.rewards(folder),
        stations=points.stations(folder),
        ladder=steps,
        steps=entries,
    )
    # a file that cannot be read at all would make every name in it a mistake of the others
    if folder.unreadable:
        folder.faults.stop_if_any()
    return found


def _check(found: _Found, faults: Faults) -> None:
    agencies = {str(agency.id): agency for _, agency in found.agencies}
    grids = {str(grid.id): grid for _, grid in found.grids}
    places = {place.id for _, place in found.places}
    _check_unique(found)
    checks.check_severities(faults, found.severities)
    checks.check_agencies(faults, found.agencies)
    checks.check_duties(found.duties, agencies)
    checks.check_categories(
        found.categories,
        duties={duty.id for _, duty in found.duties},
        agencies=agencies,
        emergency_lines=found.county.emergency_lines,
        levels={level.id: level for _, level in found.severities},
    )
    checks.check_words(found.words, found.categories)
    checks.check_grids(found.grids, agencies)
    checks.check_places(found.places, grids, agencies, {category.id for _, category in found.categories})
    checks.check_points(found.points, found.items)
    checks.check_stations(found.stations, places, agencies)


def _check_unique(found: _Found) -> None:
    checks.check_unique([(entry, level.id) for entry, level in found.severities], "id")
    checks.check_unique([(entry, duty.id) for entry, duty in found.duties], "id")
    checks.check_unique([(entry, agency.id) for entry, agency in found.agencies], "id")
    checks.check_unique([(entry, agency.name) for entry, agency in found.agencies], "name")
    checks.check_unique([(entry, agency.short) for entry, agency in found.agencies], "short")
    for key in ("code", "id", "name", "short"):
        checks.check_unique([(entry, getattr(category, key)) for entry, category in found.categories], key)
    checks.check_unique([(entry, grid.id) for entry, grid in found.grids], "id")
    checks.check_unique([(entry, grid.name) for entry, grid in found.grids], "name")
    checks.check_unique([(entry, place.id) for entry, place in found.places], "id")
    checks.check_unique([(entry, shape.id) for entry, shape in found.shapes], "id")
    checks.check_unique([(entry, reward.id) for entry, reward in found.rewards], "id")
    checks.check_unique([(entry, station.id) for entry, station in found.stations], "id")
    checks.check_unique([(entry, entry.text("id")) for entry in found.steps if entry.has("id")], "id")


def _rulebook(found: _Found) -> Rulebook:
    return Rulebook(
        severities=_frozen({level.id: level for _, level in found.severities}),
        duties=_frozen({duty.id: duty for _, duty in found.duties}),
        categories=_frozen({category.id: category for _, category in found.categories}),
        agencies=_frozen({agency.id: agency for _, agency in found.agencies}),
        places=_frozen({place.id: place for _, place in found.places}),
        grids=_frozen({grid.id: grid for _, grid in found.grids}),
        points=found.points,
        rewards=_frozen({reward.id: reward for _, reward in found.rewards}),
        stations=_frozen({station.id: station for _, station in found.stations}),
        danger_cues=_frozen(found.danger),
        emergency_lines=_frozen(found.county.emergency_lines),
        name=found.county.name,
        code=found.county.code,
        boundary=found.county.boundary,
        shapes=_only(found.shapes),
        ladder=found.ladder,
        publicity=found.customs.publicity,
        sampled_in=found.customs.sampled_in,
    )


def _frozen(values: dict[Key, Value]) -> Mapping[Key, Value]:
    return MappingProxyType(values)


def _only(pairs: Sequence[tuple[Entry, Value]]) -> tuple[Value, ...]:
    return tuple(value for _, value in pairs)
