"""Routing as a rule: category, area and time lead to one agency, and its desk to one contact."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.calendar import Calendar, Limit
from bot.domain.case import Case
from bot.domain.ladder import morning_at
from bot.domain.people import MemberId, Rank
from bot.domain.rulebook import (
    AgencyId,
    Category,
    CategoryId,
    GridId,
    Place,
    PlaceId,
    Rulebook,
    Severity,
    SeverityLevel,
)


class Why(StrEnum):
    """The one line that explains a routing; each is a text of the dispatch feature."""

    CATEGORY = "by_category"
    AREA = "by_area"
    DEPUTY = "by_deputy"  # contact A is away or cannot be reached
    NIGHT = "by_night"  # on duty outside working hours
    NOBODY = "by_nobody"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contact of an agency as routing sees them."""

    member: MemberId
    name: str
    rank: Rank
    away: bool
    reachable: bool
    on_duty: bool = False  # has the agency's night

    @property
    def can_take(self) -> bool:
        return self.reachable and not self.away


@dataclass(frozen=True, slots=True)
class Pick:
    member: MemberId | None
    why: Why


@dataclass(frozen=True, slots=True)
class Clocks:
    """The limits of a case. `tellable_at`: when the contact may first be told."""

    tellable_at: datetime
    accept_due: datetime
    secure_due: datetime | None
    resolve_due: datetime


def agency_for(
    category: Category,
    rulebook: Rulebook,
    *,
    place: PlaceId | None = None,
    grid: GridId | None = None,
    community: AgencyId | None = None,
) -> tuple[AgencyId, Why]:
    """The agency of a category at a place: a named place or the township may overrule the category's own."""
    known = rulebook.places.get(place) if place else None
    if known is not None and known.agency is not None and category.id in known.agency_for:
        return known.agency, Why.AREA
    if rulebook.agencies[category.agency].is_area:
        own = _of_area(category.agency, rulebook, known, _Where(grid, community))
        return (own, Why.AREA) if own else (rulebook.lead.id, Why.CATEGORY)
    return category.agency, Why.CATEGORY


@dataclass(frozen=True, slots=True)
class _Where:
    grid: GridId | None
    community: AgencyId | None


def _of_area(area: AgencyId, rulebook: Rulebook, place: Place | None, where: _Where) -> AgencyId | None:
    """The one of "township" or "station_keeper" that a place belongs to; None if the place does not tell."""
    found = [*_of_stations(rulebook, place, where.community), *_of_grids(rulebook, where)]
    own = next((agency for agency in found if agency.startswith(f"{area}:")), None)
    members = [agency for agency in rulebook.agencies if agency.startswith(f"{area}:")]
    return own or (members[0] if len(members) == 1 else None)


def _of_stations(rulebook: Rulebook, place: Place | None, community: AgencyId | None) -> list[AgencyId]:
    """The keeper of the station that stands at the place, or of the only one of the community."""
    at_place = [one.agency for one in rulebook.stations.values() if place is not None and one.place == place.id]
    around = [one.agency for one in rulebook.stations.values() if rulebook.places[one.place].community == community]
    return at_place or (around if len(around) == 1 else [])


def _of_grids(rulebook: Rulebook, where: _Where) -> list[AgencyId]:
    """The township of the grid; a community alone may lie in several, then the first counts."""
    own = rulebook.grids.get(where.grid) if where.grid else None
    if own is not None:
        return [own.township]
    return [grid.township for grid in rulebook.grids.values() if grid.community == where.community]


def is_called_at_night(case: Case, calendar: Calendar, at: datetime) -> bool:
    """Whether a case is for whoever has the night: urgent, and outside working hours. Others wait for the morning."""
    return case.is_urgent and not calendar.working_now(at)


def pick(candidates: Sequence[Candidate], *, at_night: bool = False) -> Pick:
    """The one contact: at night who is on duty; else A, or the deputy if A is away or cannot be reached."""
    for candidate in candidates if at_night else ():
        if candidate.on_duty and candidate.can_take:
            return Pick(candidate.member, Why.NIGHT)
    for index, candidate in enumerate(candidates):
        if candidate.can_take:
            return Pick(candidate.member, Why.CATEGORY if index == 0 else Why.DEPUTY)
    return Pick(None, Why.NOBODY)


@dataclass(frozen=True, slots=True)
class OwnLimits:
    """How long a case may take: its category's limits, or those of its level where its severity was raised."""

    accept: Limit
    secure: Limit | None
    resolve: Limit


def limits_of(case: Case, rulebook: Rulebook) -> OwnLimits:
    """The limits a case was dispatched with."""
    return limits_for(case.category, case.severity, rulebook)


def limits_for(category: CategoryId | None, severity: Severity, rulebook: Rulebook) -> OwnLimits:
    """The limits of a category at a severity."""
    level = rulebook.severities[severity]
    known = rulebook.categories.get(category) if category else None
    own = known if known is not None and known.severity is severity else level
    secure = own.secure or level.secure if severity is Severity.P1 else None
    return OwnLimits(own.accept, secure, own.resolve)


def tellable_at(severity: Severity, calendar: Calendar, at: datetime) -> datetime:
    """When a contact may be told of a case: at once what is urgent, in working hours the rest.

    A case of P4 has no card of its own: it is a line of the morning list.
    """
    if severity in (Severity.P1, Severity.P2):
        return at
    return morning_at(calendar, at) if severity is Severity.P4 else calendar.next_working_instant(at)


def clocks(category: Category, severity: Severity, level: SeverityLevel, calendar: Calendar, at: datetime) -> Clocks:
    """Limits of a fresh dispatch at `at`.

    The category's own limits hold at its own severity; a raised one takes those of the level. The clocks start when
    the contact may be told.
    """
    own = severity == category.severity
    accept, resolve = (category.accept, category.resolve) if own else (level.accept, level.resolve)
    secure = category.secure or level.secure if severity is Severity.P1 else None
    start = tellable_at(severity, calendar, at)
    return Clocks(
        tellable_at=start,
        accept_due=calendar.due(start, accept),
        secure_due=calendar.due(start, secure) if secure else None,
        resolve_due=calendar.due(start, resolve),
    )
