"""What was counted in a period, of each agency, the county and its riders; it adds up over parts of the period."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from typing import Any, TypeVar

from bot.domain.indices import Rate, combined, gini, satisfaction_index
from bot.domain.rulebook import AgencyId


def _minutes() -> Counter[int]:
    return Counter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Of one agency, by its dispatches; or of the county, each case once. Of lengths: minutes of the case's own clock."""

    dispatches: int = 0
    returns: int = 0
    to_answer: int = 0  # limits to accept that came
    answered: int = 0  # of these, in time
    due: int = 0  # limits to mend that came: 应结案
    held: int = 0  # of these, on approved hold: 缓办
    closed: int = 0
    on_time: int = 0
    urgent_due: int = 0
    urgent_held: int = 0
    urgent_closed: int = 0
    urgent_on_time: int = 0
    supervised: int = 0  # of those due, came to O3
    judged: int = 0  # closings that somebody looked at or rated
    solved: int = 0
    good: int = 0
    fair: int = 0
    bad: int = 0
    verified: int = 0  # given to somebody to verify
    failed: int = 0  # of these, once at least
    filed: int = 0
    extended: int = 0  # of these
    accepting: Counter[int] = field(default_factory=_minutes)
    handling: Counter[int] = field(default_factory=_minutes)
    in_all: Counter[int] = field(default_factory=_minutes)

    @property
    def response(self) -> Rate:
        return Rate(self.answered, self.to_answer)

    @property
    def solution(self) -> Rate:
        return Rate(self.solved, self.judged)

    @property
    def satisfaction(self) -> Rate:
        return Rate(self.good + self.fair, self.good + self.fair + self.bad)

    @property
    def satisfaction_index(self) -> Fraction | None:
        return satisfaction_index(self.good, self.fair, self.bad)

    @property
    def combined(self) -> Fraction | None:
        return combined(self.response, self.solution, self.satisfaction)

    @property
    def closing(self) -> Rate:
        return Rate(self.closed, self.due - self.held)

    @property
    def closing_on_time(self) -> Rate:
        return Rate(self.on_time, self.due - self.held)

    @property
    def urgent_closing(self) -> Rate:
        return Rate(self.urgent_closed, self.urgent_due - self.urgent_held)

    @property
    def urgent_closing_on_time(self) -> Rate:
        return Rate(self.urgent_on_time, self.urgent_due - self.urgent_held)

    @property
    def rework(self) -> Rate:
        return Rate(self.failed, self.verified)

    @property
    def extension(self) -> Rate:
        return Rate(self.extended, self.filed)

    @property
    def returning(self) -> Rate:
        return Rate(self.returns, self.dispatches)

    @property
    def supervision(self) -> Rate:
        return Rate(self.supervised, self.due)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """What was reported to the county; rejected, merged and withdrawn reports among it."""

    reported: int = 0
    withdrawn: int = 0
    filed: int = 0
    merged: int = 0
    asked: int = 0  # for something that was missing

    @property
    def filing(self) -> Rate:
        return Rate(self.filed, self.reported - self.withdrawn)

    @property
    def duplicates(self) -> Rate:
        return Rate(self.merged, self.reported)

    @property
    def supplements(self) -> Rate:
        return Rate(self.asked, self.reported)


@dataclass(frozen=True, slots=True, kw_only=True)
class Riders:
    """`in_office`, `active`, `valid` and `points` are of those in office when the period ends."""

    in_office: int = 0
    active: int = 0  # with a confirmed row of a report or an action
    filed: int = 0  # their reports that were taken up
    sampled_filed: int = 0  # the same, and what they reported without what they took back, of those with five reports
    sampled_reported: int = 0
    fixed: int = 0  # put right on the spot, by anybody
    issued: int = 0
    deducted: int = 0
    spent: int = 0
    points: Counter[int] = field(default_factory=_minutes)  # how many riders have so many

    @property
    def activity(self) -> Rate:
        return Rate(self.active, self.in_office)

    @property
    def filed_each(self) -> Fraction | None:
        return Rate(self.filed, self.in_office).value

    @property
    def valid(self) -> Rate:
        return Rate(self.sampled_filed, self.sampled_reported)

    @property
    def redemption(self) -> Rate:
        return Rate(self.spent, self.issued)

    @property
    def gini(self) -> Fraction | None:
        return gini(self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything counted of a period so far."""

    county: Counts = field(default_factory=Counts)
    agencies: Mapping[AgencyId, Counts] = field(default_factory=dict[AgencyId, Counts])
    reports: Reports = field(default_factory=Reports)
    riders: Riders = field(default_factory=Riders)
    communities: frozenset[str] = frozenset()  # with a case

    def __add__(self, other: "Figures") -> "Figures":
        both = {*self.agencies, *other.agencies}
        none = Counts()
        return Figures(
            county=_sum(self.county, other.county),
            agencies={name: _sum(self.agencies.get(name, none), other.agencies.get(name, none)) for name in both},
            reports=_sum(self.reports, other.reports),
            riders=_sum(self.riders, other.riders),
            communities=self.communities | other.communities,
        )

    @property
    def on_the_spot(self) -> Rate:
        """自行处置率."""
        return Rate(self.riders.fixed, self.riders.fixed + self.reports.filed)

    def coverage(self, communities: int) -> Rate:
        """覆盖率 of so many communities."""
        return Rate(len(self.communities), communities)

    def write(self) -> str:
        """As text that `read_figures` reads."""
        return json.dumps(self, default=_plain, separators=(",", ":"))


def _plain(value: Figures | Counts | Reports | Riders | frozenset[str]) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    return {each.name: getattr(value, each.name) for each in fields(value)}


def read_figures(written: str) -> Figures:
    """What `Figures.write` wrote."""
    raw = json.loads(written)
    return Figures(
        county=_counts(raw["county"]),
        agencies={AgencyId(name): _counts(counts) for name, counts in raw["agencies"].items()},
        reports=Reports(**raw["reports"]),
        riders=Riders(**_with_counters(raw["riders"], "points")),
        communities=frozenset(raw["communities"]),
    )


def _counts(raw: dict[str, Any]) -> Counts:
    return Counts(**_with_counters(raw, "accepting", "handling", "in_all"))


def _with_counters(raw: dict[str, Any], *names: str) -> dict[str, Any]:
    return {**raw, **{name: Counter({int(value): n for value, n in raw[name].items()}) for name in names}}


_S = TypeVar("_S", Counts, Reports, Riders)


def _sum(one: _S, other: _S) -> _S:
    return replace(one, **{each.name: getattr(one, each.name) + getattr(other, each.name) for each in fields(one)})
