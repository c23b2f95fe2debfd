"""Everything a brief says, read from the database: counts, rates, usual lengths, lists, and each agency's part."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.chat.feature import Work
from bot.domain.rulebook import AgencyId, Severity
from handlers.weekly.rules import Period, Rate, middle
from storage import weekly_figures
from storage.weekly_figures import Leg, ListedCase, Standing, Took

MOST_LISTED: Final = 300
MOST_TIMED: Final = 500  # a median of so many is that of all; the database is not held for more
_NO_LEG: Final = Leg(0, 0, 0)
_NONE_OPEN: Final = Standing(0, 0)


@dataclass(frozen=True, slots=True)
class AgencyPart:
    """What of the figures is an agency's; `agency` is None for cases that are nobody's."""

    agency: AgencyId | None
    closing: Rate
    stood: int
    answering: Rate
    open: int
    late: int
    reached: int


@dataclass(frozen=True, slots=True)
class Usual:
    """The median of a length in cases of one clock, in working time where `working`; None if there are no cases."""

    working: bool
    accept: timedelta | None
    close: timedelta | None


@dataclass(frozen=True, slots=True)
class Figures:
    """A brief in numbers. Lists hold at most MOST_LISTED cases, `late` counts all."""

    period: Period
    at: datetime
    reported: int
    filed: int
    closed: int
    open: int
    late: int
    closing: Rate
    stood: int
    answering: Rate
    usual: tuple[Usual, ...]
    overdue: tuple[ListedCase, ...]
    reached: tuple[ListedCase, ...]
    agencies: tuple[AgencyPart, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.reported or self.closed or self.open or self.closing.whole or self.reached)


async def gather(period: Period, work: Work, at: datetime) -> Figures:
    """All figures of a period, and how things stand `at` this instant."""
    tx, since, until = work.tx, period.since, period.until
    resolve = await weekly_figures.resolve_legs(tx, since, until)
    accept = await weekly_figures.accept_legs(tx, since, until)
    standing = await weekly_figures.standings(tx, at)
    reached = await weekly_figures.list_reached(tx, since, until, MOST_LISTED)
    reported, filed = await weekly_figures.count_opened(tx, since, until)
    return Figures(
        period=period,
        at=at,
        reported=reported,
        filed=filed,
        closed=await weekly_figures.count_closed(tx, since, until),
        open=sum(one.open for one in standing.values()),
        late=sum(one.late for one in standing.values()),
        closing=_rate(resolve.values()),
        stood=sum(leg.stood for leg in resolve.values()),
        answering=_rate(accept.values()),
        usual=await _usual(period, work),
        overdue=tuple(await weekly_figures.list_late(tx, at, MOST_LISTED)),
        reached=tuple(reached),
        agencies=_parts(resolve, accept, standing, reached),
    )


def _rate(legs: Iterable[Leg]) -> Rate:
    """Kept of those whose clock ran."""
    found = list(legs)
    return Rate(sum(leg.kept for leg in found), sum(leg.due - leg.stood for leg in found))


def _parts(
    resolve: Mapping[AgencyId | None, Leg],
    accept: Mapping[AgencyId | None, Leg],
    standing: Mapping[AgencyId | None, Standing],
    reached: Sequence[ListedCase],
) -> tuple[AgencyPart, ...]:
    """Each agency that had anything to do, those with most overdue cases first."""
    parts = [
        AgencyPart(
            agency=agency,
            closing=_rate([resolve.get(agency, _NO_LEG)]),
            stood=resolve.get(agency, _NO_LEG).stood,
            answering=_rate([accept.get(agency, _NO_LEG)]),
            open=standing.get(agency, _NONE_OPEN).open,
            late=standing.get(agency, _NONE_OPEN).late,
            reached=sum(case.agency == agency for case in reached),
        )
        for agency in dict.fromkeys([*resolve, *accept, *standing])
    ]
    return tuple(sorted(parts, key=lambda part: (-part.late, -part.open, part.agency or "")))


async def _usual(period: Period, work: Work) -> tuple[Usual, ...]:
    """Medians by clock, as hours of the night would hide how fast an office is."""
    since, until = period.since, period.until
    accepted = await weekly_figures.accept_times(work.tx, since, until, MOST_TIMED)
    closed = await weekly_figures.close_times(work.tx, since, until, MOST_TIMED)
    return tuple(
        Usual(working, middle(_lengths(accepted, working, work)), middle(_lengths(closed, working, work)))
        for working in (False, True)
        if levels(work, working=working)
    )


def levels(work: Work, *, working: bool) -> Sequence[Severity]:
    """The severities whose clock runs in working time, or those whose clock runs day and night."""
    found = work.town.rulebook.severities.values()
    return [level.id for level in found if level.accept.is_working is working]


def _lengths(took: Sequence[Took], working: bool, work: Work) -> Sequence[timedelta]:
    mine = levels(work, working=working)
    between = work.town.calendar.working_between
    return [between(one.begin, one.end) if working else one.end - one.begin for one in took if one.severity in mine]
