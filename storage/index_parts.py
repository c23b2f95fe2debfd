"""The figures of a month counted a part at a time, so that nothing else waits for them: its cases, then its riders."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.calendar import Calendar
from bot.domain.dispatching import limits_for
from bot.domain.lengths import own_minutes
from bot.domain.people import MemberId
from bot.domain.rulebook import AgencyId, Rulebook, Severity
from bot.domain.tallies import Counts, Figures
from bot.domain.times import span_of_month
from storage import index_figures, index_lengths, rider_figures
from storage.database import Tx
from storage.index_lengths import Took

MOST_ROWS: Final = 150  # of each kind in a part: the database is held for well under a tenth of a second
_MOST_RIDERS: Final = 25
_ACTING: Final = ("A", "B")  # groups of the point rules whose rows make a rider an active one
_FIXED: Final = "B03"  # put right on the spot


@dataclass(frozen=True, slots=True)
class Part:
    """What is left to count of a month: its cases from `since` on, then its riders with a larger id than `after`.

    `until`: the end of the month, or the instant up to which it has run.
    """

    month: str
    since: datetime
    until: datetime
    after: MemberId


def whole(month: str, zone: ZoneInfo, now: datetime) -> Part:
    """A month of the county such as `2026-11`, as far as it has run; empty if it has not begun."""
    begins, ends = span_of_month(month, zone)
    return Part(month, begins, max(begins, min(ends, now)), MemberId(0))


async def count(tx: Tx, part: Part, rulebook: Rulebook, calendar: Calendar) -> tuple[Figures, Part | None]:
    """The figures of the next slice of a part, and what is left after it; None: that was all.

    `calendar`: with the county's own days; lengths are told in its working time.
    """
    if part.since < part.until:
        end = await index_figures.slice_end(tx, part.since, part.until, MOST_ROWS)
        counted = await index_figures.count(tx, part.since, end)
        return counted + await _lengths(tx, part.since, end, _Clocks(rulebook, calendar)), replace(part, since=end)
    period = part.month, span_of_month(part.month, calendar.zone)[0], part.until
    acting = [item.code for item in rulebook.points.items if item.group in _ACTING]
    riders, last = await rider_figures.page(tx, period, part.after, _MOST_RIDERS, acting=acting, fixing=_FIXED)
    return Figures(riders=riders), None if last is None else replace(part, after=last)


@dataclass(frozen=True, slots=True)
class _Clocks:
    """By which clock a case is told: that of the limit it was up against."""

    rulebook: Rulebook
    calendar: Calendar

    def minutes(self, took: Took, *, of_accept: bool = False) -> int:
        limits = limits_for(took.category, took.severity, self.rulebook)
        working = (limits.accept if of_accept else limits.resolve).is_working
        pauses = () if took.severity is Severity.P1 else took.pauses  # in danger no clock stands still
        return own_minutes(took.begin, took.end, pauses, self.calendar, working=working)

    def by_agency(self, found: Sequence[Took], *, of_accept: bool = False) -> Mapping[AgencyId, Counter[int]]:
        counted: dict[AgencyId, Counter[int]] = {}
        for took in found:
            counted.setdefault(took.agency, Counter())[self.minutes(took, of_accept=of_accept)] += 1
        return counted


async def _lengths(tx: Tx, since: datetime, until: datetime, clocks: _Clocks) -> Figures:
    accepted = clocks.by_agency(await index_lengths.accepting(tx, since, until), of_accept=True)
    to_result, to_closing = await index_lengths.closing(tx, since, until)
    handled, closed = clocks.by_agency(to_result), clocks.by_agency(to_closing)
    agencies = {
        agency: Counts(
            accepting=accepted.get(agency, Counter()),
            handling=handled.get(agency, Counter()),
            in_all=closed.get(agency, Counter()),
        )
        for agency in {*accepted, *handled, *closed}
    }
    county = Counts(accepting=_sum(accepted), handling=_sum(handled), in_all=_sum(closed))
    return Figures(county=county, agencies=agencies)


def _sum(by_agency: Mapping[AgencyId, Counter[int]]) -> Counter[int]:
    return sum(by_agency.values(), Counter[int]())
