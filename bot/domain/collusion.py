"""Pairs of riders who verify each other's work: a figure for the office to look at, no verdict."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.people import MemberId

LEAST: Final = 5  # verified reports; below, one colleague on the same round explains it
MOST_SHARE: Final = 0.5  # from here on it is "mostly the same colleague"


@dataclass(frozen=True, slots=True)
class Verified:
    """How many reports of one rider another rider found mended."""

    reporter: MemberId
    verifier: MemberId
    reports: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A rider, the colleague who verified most of their reports, and how many of how many."""

    reporter: MemberId
    verifier: MemberId
    reports: int
    of: int

    @property
    def share(self) -> float:
        return self.reports / self.of


def pairs(verified: Iterable[Verified]) -> Sequence[Pair]:
    """Riders with `LEAST` reports or more of which one colleague verified over half; the most one-sided first."""
    by_reporter: defaultdict[MemberId, list[Verified]] = defaultdict(list)
    for one in verified:
        by_reporter[one.reporter].append(one)
    found: list[Pair] = []
    for reporter, those in by_reporter.items():
        most = max(those, key=lambda one: (one.reports, -one.verifier))
        pair = Pair(reporter, most.verifier, most.reports, sum(one.reports for one in those))
        if pair.of >= LEAST and pair.share > MOST_SHARE:
            found.append(pair)
    return sorted(found, key=lambda pair: (-pair.share, -pair.of, pair.reporter))
