"""When two reports are likely about the same thing."""

from collections.abc import Sequence
from typing import Final

from bot.domain.case import Case
from bot.domain.geo import metres
from bot.domain.rulebook import Point

NEAR_M: Final = 50  # rule book 8.2: a candidate up to 50 m


def nearest_open(case: Case, candidates: Sequence[Case]) -> tuple[Case, int] | None:
    """The nearest candidate and its distance in metres; without positions the same named place counts as 0 m."""
    found = [(other, away) for other in candidates if (away := distance(case, other)) is not None]
    near = [(other, away) for other, away in found if other.id != case.id and away <= NEAR_M]
    return min(near, key=lambda pair: (pair[1], pair[0].id), default=None)


def distance(case: Case, other: Case) -> int | None:
    """Metres between two cases; None if nothing can be said."""
    if case.lat is not None and case.lon is not None and other.lat is not None and other.lon is not None:
        return round(metres(Point(case.lat, case.lon), Point(other.lat, other.lon)))
    return 0 if case.place and case.place == other.place else None
