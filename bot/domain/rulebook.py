"""The county's own book: duties, categories, agencies, places, points, rewards. Data in TOML, types here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NewType

from bot.domain.calendar import Limit
from bot.domain.ladder import VERIFY, Ladder
from bot.domain.severity import Severity

CategoryId = NewType("CategoryId", str)
DutyId = NewType("DutyId", str)
AgencyId = NewType("AgencyId", str)
PlaceId = NewType("PlaceId", str)
GridId = NewType("GridId", str)

SAMPLED_IN: Final = 10


class VerifyBy(StrEnum):
    """Who looks at the repair."""

    REPORTER = "reporter"
    OTHER_RIDER = "other_rider"
    COMMUNITY = "community"
    CONTACT_PHOTO_ONLY = "contact_photo_only"


class Sensitive(StrEnum):
    """What of a case must not be seen in public."""

    NO = "no"
    YES = "yes"  # never place, name or photo in the group; the contact sees an anonymous reporter
    PLATE = "plate"  # number plates are blurred in any public copy


@dataclass(frozen=True, slots=True)
class SeverityLevel:
    id: Severity
    name: str
    meaning: str
    accept: Limit
    secure: Limit | None
    resolve: Limit
    emergency: bool = False  # the rider is first told whom to call and to keep away


@dataclass(frozen=True, slots=True)
class Duty:
    id: DutyId
    name: str
    agency: AgencyId
    colour: str  # "#rrggbb" of the badge
    is_duty: bool = True  # rider_care is a service and not one of the five


@dataclass(frozen=True, slots=True)
class Category:
    code: str  # "GR01"
    id: CategoryId
    name: str  # full, as in the rule book
    short: str  # at most 8 characters, for cards and buttons
    duty: DutyId
    agency: AgencyId
    severity: Severity
    accept: Limit
    resolve: Limit
    secure: Limit | None
    sensitive: Sensitive
    photo_min: int
    location_required: bool
    close_condition: str
    verify_by: VerifyBy
    public: bool
    hint: str  # what to photograph
    keywords: tuple[str, ...]  # strong words: one is enough to name the category
    weak: tuple[str, ...]  # words that only help
    emergency_call: str  # "119", "122/120", "" where nobody has to be called first
    basis: str

    @property
    def calls(self) -> tuple[str, ...]:
        """The numbers of `emergency_call` in the order to dial them; each is an emergency line of the county."""
        return tuple(self.emergency_call.split("/")) if self.emergency_call else ()


@dataclass(frozen=True, slots=True)
class Agency:
    id: AgencyId  # "housing", "township:chengguan", "community:xingfu"
    name: str
    short: str  # as spoken in the chat: "住建局"
    takes: str
    duty_desk: bool  # somebody answers around the clock
    lead: bool = False  # the lead agency: its members dispatch what nobody else can
    kind: str = "agency"  # agency | utility | township | community | station | platform | area

    @property
    def is_area(self) -> bool:
        """Whether nobody works there: a case goes on to "township:…" or "station_keeper:…" by its place."""
        return self.kind == "area"


@dataclass(frozen=True, slots=True)
class Point:
    """WGS-84, degrees."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Place:
    id: PlaceId
    name: str
    aliases: tuple[str, ...]
    at: Point
    community: AgencyId
    grid: GridId
    kind: str  # road, crossing, estate, school, market, stop, station, …
    agency: AgencyId | None = None  # area override of routing, per category below
    agency_for: tuple[CategoryId, ...] = ()
    line: tuple[Point, ...] = ()  # the course of a road or bridge, empty for everything else


@dataclass(frozen=True, slots=True)
class Grid:
    id: GridId
    name: str  # "3号网格"
    community: AgencyId
    township: AgencyId
    ring: tuple[Point, ...]  # closed: first == last


@dataclass(frozen=True, slots=True)
class PointItem:
    code: str  # "A01"
    id: str
    group: str  # A…E
    name: str
    points: tuple[int, ...]  # one figure; more where the item has steps (E02: 30, 20, 10)
    cap_day: int | None
    cap_month: int | None
    outside_caps: bool
    spendable_only: bool
    mode: str  # auto | check | manual
    evidence: str
    trigger: str  # reserved name of the event that books it
    basis: str
    free_month: int = 0  # so many occurrences a month count nothing (E04: the first three)


@dataclass(frozen=True, slots=True)
class PointRules:
    effective_from: str  # "2026-01-01", the county's day
    ranking_cap_day: int
    ranking_cap_month: int
    items: tuple[PointItem, ...]
    groups: Mapping[str, str] = field(default_factory=dict[str, str])  # "A" → 问题上报, in the order of the book


class Publicity(StrEnum):
    """What of a month's ranking everybody may read while it is open to objections."""

    FULL_MASKED = "full_masked"  # every rider, the names masked
    FULL = "full"  # every rider with their name
    TOP = "top"  # the first ten


@dataclass(frozen=True, slots=True)
class Reward:
    id: str
    name: str
    kind: str  # goods | voucher | service | benefit
    price: int
    stock: int
    stock_per: str  # start | month | year
    limit: int
    limit_per: str  # month | quarter | half-year | year


@dataclass(frozen=True, slots=True)
class Station:
    id: str
    name: str
    place: PlaceId
    hours: str
    agency: AgencyId  # "station_keeper:…"


@dataclass(frozen=True, slots=True)
class MapShape:
    """Something on the map that is neither a place nor a grid."""

    id: str
    name: str
    kind: str  # river and rail are lines; park and lake are rings, first == last
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Everything the county wrote down, checked at start and frozen."""

    severities: Mapping[Severity, SeverityLevel]
    duties: Mapping[DutyId, Duty]
    categories: Mapping[CategoryId, Category]
    agencies: Mapping[AgencyId, Agency]
    places: Mapping[PlaceId, Place]
    grids: Mapping[GridId, Grid]
    points: PointRules
    rewards: Mapping[str, Reward]
    stations: Mapping[str, Station]
    danger_cues: Mapping[Severity, tuple[str, ...]]  # words in a report that raise its severity
    emergency_lines: Mapping[str, str]  # "119" → 火警
    name: str = ""  # of the county, as the data files have it; `[town] name` may overrule it
    code: str = ""
    boundary: tuple[Point, ...] = ()  # of the county, first == last
    shapes: tuple[MapShape, ...] = ()
    ladder: Ladder = field(default_factory=Ladder)
    publicity: Publicity = Publicity.FULL_MASKED
    sampled_in: int = SAMPLED_IN  # of so many persuasions one waits for a person; 1: each of them

    @property
    def lead(self) -> Agency:
        """The one lead agency."""
        return next(agency for agency in self.agencies.values() if agency.lead)

    @property
    def verify_limits(self) -> Mapping[Severity, Limit]:
        """How long an unanswered verification waits before somebody else is asked."""
        waits = self.ladder.step(VERIFY)
        if waits is None:
            return {}
        return {severity: first.length for severity, (first, *_) in waits.moments.items() if first.length is not None}
