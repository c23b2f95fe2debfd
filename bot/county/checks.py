"""Checking what the entries of a county say about each other."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations

from bot.county.entry import NOWHERE, Entry
from bot.county.faults import Faults, nearest_word
from bot.domain.geo import grid_of, inside, overlap
from bot.domain.rulebook import (
    Agency,
    Category,
    Duty,
    Grid,
    Place,
    PointItem,
    PointRules,
    Sensitive,
    Severity,
    SeverityLevel,
    Station,
    VerifyBy,
)

_NOT_THEIR_OWN_WORD = (VerifyBy.OTHER_RIDER, VerifyBy.COMMUNITY)
_SLIVER_M = 25.0  # what two surveys may differ by at a common border
_UNSORTED = "other"  # the category for what no word names


def check_unique(entries: Iterable[tuple[Entry, str]], key: str) -> None:
    """`key` has another value in every entry."""
    seen: dict[str, str] = {}
    for entry, value in entries:
        if value and value in seen:
            entry.fault(f'{key} "{value}" is taken by {seen[value]}', "write another one")
        seen.setdefault(value, entry.label)


def check_known(entry: Entry, key: str, name: str, kind: str, known: Collection[str]) -> None:
    """`name`, said under `key`, is one of those that exist; an empty one has been noted as missing already."""
    if name and name not in known:
        what = kind if key in (kind, "") else f"{key}: {kind}"
        entry.fault(f'{what} "{name}" does not exist', nearest_word(name, sorted(known)))


def check_severities(faults: Faults, levels: Sequence[tuple[Entry, SeverityLevel]]) -> None:
    """All four levels are there."""
    missing = [level for level in Severity if all(found.id is not level for _, found in levels)]
    if levels and missing:
        faults.add("severities.toml", "", f"{', '.join(missing)} is missing", "the four levels P1 to P4 are fixed")


def check_agencies(faults: Faults, agencies: Sequence[tuple[Entry, Agency]]) -> None:
    """There is exactly one lead agency, and an area has somebody in it."""
    leads = [agency.id for _, agency in agencies if agency.lead]
    if agencies and len(leads) != 1:
        found = f"{len(leads)} agencies have lead = true ({', '.join(leads) or 'none'})"
        faults.add("agencies.toml", "", found, "exactly one must lead: it dispatches what nobody else can")
    for entry, agency in agencies:
        if agency.is_area and not any(other.id.startswith(f"{agency.id}:") for _, other in agencies):
            entry.fault(f'no agency is called "{agency.id}:…"', "add one, or delete this area")


def check_duties(duties: Sequence[tuple[Entry, Duty]], agencies: Collection[str]) -> None:
    for entry, duty in duties:
        check_known(entry, "agency", duty.agency, "agency", agencies)


def check_categories(
    categories: Sequence[tuple[Entry, Category]],
    duties: Collection[str],
    agencies: Collection[str],
    emergency_lines: Mapping[str, str],
    levels: Mapping[Severity, SeverityLevel],
) -> None:
    """Every category names what exists, and no column takes back what another promises."""
    for entry, category in categories:
        check_known(entry, "duty", category.duty, "duty", duties)
        check_known(entry, "agency", category.agency, "agency", agencies)
        for number in category.calls:
            check_known(entry, "emergency_call", number, "line", emergency_lines)
        level = levels.get(category.severity)
        if level and level.emergency and not category.emergency_call:
            entry.fault(f"emergency_call is missing at severity {level.id}", 'write the number to call, such as "119"')
        _check_verification(entry, category)
        if category.public and category.sensitive is Sensitive.YES:
            entry.fault('public = true contradicts sensitive = "yes"', "write public = false")


def _check_verification(entry: Entry, category: Category) -> None:
    urgent = category.severity in (Severity.P1, Severity.P2)
    if urgent and category.verify_by not in _NOT_THEIR_OWN_WORD:
        entry.fault(
            f'verify_by "{category.verify_by}" is not enough at severity {category.severity}',
            'write "other_rider" or "community": neither the reporter nor the handler may vouch alone',
        )
    if category.sensitive is Sensitive.YES and category.verify_by is VerifyBy.OTHER_RIDER:
        entry.fault('verify_by "other_rider" shows a sensitive case to others', 'write "community"')


def check_words(
    words: Mapping[str, tuple[Entry, tuple[str, ...], tuple[str, ...]]], categories: Sequence[tuple[Entry, Category]]
) -> None:
    """Every list of words belongs to a category, and every category but `other` can be named by a word."""
    known = [category.id for _, category in categories]
    for name, (entry, _, _) in words.items():
        check_known(entry, "", name, "category", known)
    for entry, category in categories:
        if category.id and category.id != _UNSORTED and not category.keywords:
            cure = f"add [keywords.{category.id}] strong = […] to keywords.toml"
            entry.fault("no strong keyword names this category", cure)


def check_grids(grids: Sequence[tuple[Entry, Grid]], agencies: Mapping[str, Agency]) -> None:
    """Communities and townships exist, and no two grids cover the same ground."""
    for entry, grid in grids:
        for key, name in (("community", grid.community), ("township", grid.township)):
            known = [agency.id for agency in agencies.values() if agency.kind == key]
            check_known(entry, key, name, key, known)
    for (_, a), (entry, b) in combinations(grids, 2):
        if a.ring and b.ring and overlap(a.ring, b.ring, deeper_than_m=_SLIVER_M):
            entry.fault(f"its polygon overlaps that of {a.id}", "draw the common border once and use it for both")


def check_places(
    places: Sequence[tuple[Entry, Place]],
    grids: Mapping[str, Grid],
    agencies: Mapping[str, Agency],
    categories: Collection[str],
) -> None:
    """Every place lies in its grid, names what exists, and is called by words of its own."""
    communities = {agency.id for agency in agencies.values() if agency.kind == "community"}
    for entry, place in places:
        check_known(entry, "community", place.community, "community", communities)
        check_known(entry, "grid", place.grid, "grid", grids)
        check_known(entry, "agency", place.agency or "", "agency", agencies)
        for name in place.agency_for:
            check_known(entry, "agency_for", name, "category", categories)
        if place.grid in grids and grids[place.grid].ring:
            _check_position(entry, place, grids[place.grid], grids.values())
        if place.grid in grids and {place.community, grids[place.grid].community} <= communities:
            _check_community(entry, place, grids[place.grid])
    check_unique([(entry, name) for entry, place in places for name in (place.name, *place.aliases)], "name or alias")


def _check_community(entry: Entry, place: Place, grid: Grid) -> None:
    if place.community != grid.community:
        entry.fault(
            f'community "{place.community}" is not that of grid "{grid.id}"',
            f'write "{grid.community}" or another grid',
        )


def _check_position(entry: Entry, place: Place, grid: Grid, grids: Collection[Grid]) -> None:
    if place.at == NOWHERE or inside(place.at, grid.ring):
        return
    actual = grid_of(place.at, grids)
    cure = f'write grid = "{actual.id}" or correct at' if actual else "at must be [latitude, longitude] inside the grid"
    entry.fault(f'at [{place.at.lat}, {place.at.lon}] does not lie in grid "{grid.id}"', cure)


def check_points(rules: PointRules, items: Sequence[tuple[Entry, PointItem]]) -> None:
    for entry, item in items:
        check_known(entry, "group", item.group, "group", rules.groups)
    for key in ("code", "id", "trigger"):
        check_unique([(entry, getattr(item, key)) for entry, item in items], key)


def check_stations(
    stations: Sequence[tuple[Entry, Station]], places: Collection[str], agencies: Mapping[str, Agency]
) -> None:
    keepers = [agency.id for agency in agencies.values() if agency.kind == "station"]
    for entry, station in stations:
        check_known(entry, "place", station.place, "place", places)
        check_known(entry, "agency", station.agency, "agency", keepers)
