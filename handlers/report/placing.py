"""Where it is, by what words and a sent position say."""

from dataclasses import replace
from typing import Final

from bot.chat.events import Position
from bot.domain.case import Case, Changes
from bot.domain.geo import grid_of, nearest
from bot.domain.recognise import Recognition, recognise
from bot.domain.rulebook import Grid, Point, Rulebook
from bot.domain.scrub import quoted, scrub

_NEAR_M: Final = 3000
_SAME: Final = 0.000_001  # degrees, as exactly as a case keeps them
NOWHERE: Final = Changes(place="", lat=None, lon=None, grid=None, community=None)


def located(rulebook: Rulebook, found: Recognition, position: Position | None) -> Changes:
    """What words and a sent position say about the place; empty if nothing.

    Words come first, then what the platform's map calls the place, then what is near.
    """
    changes = Changes()
    if position is not None and position.name and not found.place_text:
        found = _of_venue(position.name, rulebook)
    best = rulebook.places[found.places[0]] if found.places else None
    at = Point(position.lat, position.lon) if position else best.at if best else None
    if best is not None:
        changes["place"], changes["community"] = best.name, best.community
    elif found.place_text:
        changes["place"] = shown_place(found.place_text)
    if at is not None:
        grid = grid_of(at, rulebook.grids.values())
        changes["lat"], changes["lon"] = at.lat, at.lon
        changes["grid"] = grid.id if grid else None
        if grid is not None:
            changes["community"] = grid.community
        if best is None and not found.place_text:
            changes["place"] = _near(at, grid, rulebook)
    return changes


def _of_venue(name: str, rulebook: Rulebook) -> Recognition:
    """The place of that name, if the gazetteer surely knows it; else the name itself."""
    found = recognise(name, rulebook)
    return found if found.place_sure else replace(found, places=(), place_text=name)


def sent_position(case: Case, rulebook: Rulebook) -> Position | None:
    """The position that somebody sent; None if the case has none, or only that of the place its words name."""
    if case.lat is None or case.lon is None:
        return None
    named = [place.at for place in rulebook.places.values() if place.name == case.place]
    if any(abs(at.lat - case.lat) < _SAME and abs(at.lon - case.lon) < _SAME for at in named):
        return None
    return Position(case.lat, case.lon)


def shown_place(words: str) -> str:
    """A place as it was typed, fit to stand in a group: one line, no numbers of people, no mention that rings."""
    return quoted(scrub(words)[0])


def _near(at: Point, grid: Grid | None, rulebook: Rulebook) -> str:
    """What a position with no named place beside it is called: its grid, else the nearest name and how far it is."""
    if grid is not None:
        return grid.name
    place, metres = next(iter(nearest(at, rulebook.places.values(), within_m=_NEAR_M)), (None, 0.0))
    return f"{place.name} ≈{round(metres)} m" if place else ""
