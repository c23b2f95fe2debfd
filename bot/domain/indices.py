"""Indices of the rule book (§8.3) as pure functions of counts: rates, medians, the Wilson bound, the ranking, Gini."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, sqrt
from typing import Final, Generic, TypeVar

from bot.domain.rulebook import Publicity

T = TypeVar("T")

NONE: Final = "—"  # what a figure without a denominator prints as: never 0 % and never 100 %
FEWEST_DUE: Final = 5  # an agency with fewer limits in the period is not ranked
MOST_NAMED: Final = 10  # places that are published where only the first are
FEWEST_REPORTS: Final = 5  # a rider with fewer reports has no rate of valid ones
Z: Final = 1.96  # of the 95 % bound
WEIGHTS: Final = (Fraction(1, 5), Fraction(2, 5), Fraction(2, 5))  # of response, solution and satisfaction
_GOOD, _FAIR = 100, 70  # what 满意 and 基本满意 are worth in the satisfaction index

Tally = Mapping[int, int]  # how often each value was seen


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many; prints itself as a percentage with one decimal, or as a dash where there is no whole."""

    part: int
    whole: int

    @property
    def value(self) -> Fraction | None:
        """From 0 to 1 where the part is one of the whole; None without a whole."""
        return Fraction(self.part, self.whole) if self.whole else None

    def __str__(self) -> str:
        return percent(self.value)


def percent(share: Fraction | None) -> str:
    """`87.5%`; cut and not rounded, so that 100.0% means all; a dash for None."""
    if share is None:
        return NONE
    tenths = share.numerator * 1000 // share.denominator
    return f"{tenths // 10}.{tenths % 10}%"


def decimal(value: Fraction | None) -> str:
    """`87.5`: the nearest tenth, a half goes up; a dash for None. Not for values below 0."""
    if value is None:
        return NONE
    tenths = (value.numerator * 20 + value.denominator) // (value.denominator * 2)
    return f"{tenths // 10}.{tenths % 10}"


def combined(response: Rate, solution: Rate, satisfaction: Rate) -> Fraction | None:
    """三率综合. The weight of a rate that has no whole is shared out over the others in proportion; None without any."""
    known = [
        (weight, rate.value)
        for weight, rate in zip(WEIGHTS, (response, solution, satisfaction), strict=True)
        if rate.value is not None
    ]
    weights = sum((weight for weight, _ in known), Fraction())
    return sum((weight * value for weight, value in known), Fraction()) / weights if known else None


def satisfaction_index(good: int, fair: int, bad: int) -> Fraction | None:
    """满意度指数, from 0 to 100."""
    rated = good + fair + bad
    return Fraction(_GOOD * good + _FAIR * fair, rated) if rated else None


def valid_rate(filed: int, reported: int, withdrawn: int) -> Rate | None:
    """有效率 of a rider; None (样本不足) below five reports."""
    return Rate(filed, reported - withdrawn) if reported >= FEWEST_REPORTS else None


def wilson(rate: Rate) -> float | None:
    """Lower end of the 95 % interval of a rate: few cases count for little. None without a whole."""
    if not rate.whole:
        return None
    n, p = rate.whole, rate.part / rate.whole
    middle = p + Z * Z / (2 * n)
    spread = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    return min(1.0, max(0.0, (middle - spread) / (1 + Z * Z / n)))


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """An agency with its place, from 1; equal bounds share a place. None: too few cases for one (样本不足)."""

    who: T
    rate: Rate
    place: int | None


def ranking(found: Iterable[tuple[T, int, Rate]]) -> Sequence[Placed[T]]:
    """Who, limits in the period and on-time rate, in order of the rate's Wilson bound; those with too few come last.

    Equals, and those without a place, stay in the order in which they were given.
    """
    ranked: list[tuple[float, T, Rate]] = []
    unranked: list[Placed[T]] = []
    for who, due, rate in found:
        bound = wilson(rate) if due >= FEWEST_DUE else None
        if bound is None:
            unranked.append(Placed(who, rate, None))
        else:
            ranked.append((bound, who, rate))
    ranked.sort(key=lambda one: -one[0])
    bounds = [bound for bound, _, _ in ranked]
    return [*(Placed(who, rate, bounds.index(bound) + 1) for bound, who, rate in ranked), *unranked]


def published(placed: Sequence[Placed[T]], mode: Publicity) -> Sequence[Placed[T]]:
    """Those whose places everybody may read: all that have one, or the first ten and their equals; never the last alone."""
    most = MOST_NAMED if mode is Publicity.TOP else len(placed)
    return [one for one in placed if one.place is not None and one.place <= most]


def median(seen: Tally) -> Fraction | None:
    """The middle value, or the mean of the two in the middle; None of nothing."""
    n = sum(seen.values())
    return Fraction(_ranked(seen, (n + 1) // 2) + _ranked(seen, n // 2 + 1), 2) if n else None


def p90(seen: Tally) -> int | None:
    """The ninetieth percentile by the nearest rank: the smallest value that nine in ten do not exceed."""
    n = sum(seen.values())
    return _ranked(seen, ceil(Fraction(9 * n, 10))) if n else None


def _ranked(seen: Tally, rank: int) -> int:
    """The value at this rank, from 1, in ascending order."""
    for value in sorted(seen):
        rank -= seen[value]
        if rank <= 0:
            return value
    raise ValueError("there are fewer values than that")


def gini(points: Tally) -> Fraction | None:
    """0 if all have the same, (n - 1)/n if one has everything; None if nobody has anything.

    Nobody has less than nothing: points below 0 count as 0, as they are shown.
    """
    seen: dict[int, int] = {}
    for value, count in points.items():
        seen[max(0, value)] = seen.get(max(0, value), 0) + count
    n, total = sum(seen.values()), sum(value * count for value, count in seen.items())
    if not total:
        return None
    weighted, before = 0, 0  # the sum of rank times value, ranks from 1
    for value in sorted(seen):
        count = seen[value]
        weighted += value * (count * before + count * (count + 1) // 2)
        before += count
    return Fraction(2 * weighted, n * total) - Fraction(n + 1, n)
