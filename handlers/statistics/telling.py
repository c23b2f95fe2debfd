"""The figures of a month as a phone shows them: each rate with its counts, and the agencies by place."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Final

from bot.chat.feature import Town
from bot.chat.messages import Arg, Lines, Text
from bot.domain.indices import NONE, Placed, Rate, decimal, median, p90, percent, published, ranking
from bot.domain.rulebook import AgencyId, Rulebook
from bot.domain.tallies import Counts, Figures
from handlers.statistics.declared import text

_MOST_LINES: Final = 20
_MOST_NAMED: Final = 10
_COMMUNITY: Final = "community"


def of_county(month: str, found: Figures, town: Town, at: datetime) -> Lines:
    """The county's indices, as they were known `at` this instant."""
    county = found.county
    return Lines(
        (
            text("title", month=named(month), at=at),
            *_three(county),
            *_closing(county),
            *_lengths(county),
            *_riders(found, town.rulebook),
            text("more", month=month),
        )
    )


def of_agencies(month: str, found: Figures, town: Town) -> Lines | None:
    """Who has which place, as far as the county publishes it; None if no agency had a limit."""
    placed = placed_in(found, town.rulebook)
    if not placed:
        return None
    shown = published(placed, town.rulebook.publicity)
    lines = [
        text("place", place=one.place or 0, agency=_name(one.who, town.rulebook), rate=_rate(one.rate))
        for one in shown[:_MOST_LINES]
    ]
    left = sum(one.place is not None for one in placed) - len(lines)
    few = [_name(one.who, town.rulebook) for one in placed if one.place is None]
    return Lines(
        (
            text("agencies", month=named(month)),
            *lines,
            *([text("others", n=left)] if left else []),
            *([_few(few)] if few else []),
        )
    )


def placed_in(found: Figures, rulebook: Rulebook) -> Sequence[Placed[AgencyId]]:
    """Agencies whose limits came, by place; equals in the order of the county's list."""
    order = {agency: index for index, agency in enumerate(rulebook.agencies)}
    due = sorted(
        ((agency, counts) for agency, counts in found.agencies.items() if counts.due),
        key=lambda one: (order.get(one[0], len(order)), one[0]),
    )
    return ranking((agency, counts.due, counts.closing_on_time) for agency, counts in due)


def named(month: str) -> Text:
    """「2026年10月」."""
    year, number = month.split("-")
    return text("month", year=year, month=Text(f"time.month{int(number)}"))


def _three(county: Counts) -> list[Text]:
    return [
        text("response", rate=_rate(county.response)),
        text("solution", rate=_rate(county.solution)),
        text("satisfaction", rate=_rate(county.satisfaction), index=decimal(county.satisfaction_index)),
        text("combined", rate=percent(county.combined)),
    ]


def _closing(county: Counts) -> list[Text]:
    closing = text("closing", rate=_rate(county.closing))
    held = text("closing_held", rate=_rate(county.closing), n=county.held)
    return [
        held if county.held else closing,
        text("on_time", rate=_rate(county.closing_on_time)),
        text("urgent", rate=_rate(county.urgent_closing_on_time)),
        text("rework", rate=_rate(county.rework)),
    ]


def _lengths(county: Counts) -> list[Text]:
    found = (("accepting", county.accepting), ("handling", county.handling), ("in_all", county.in_all))
    return [text(f"length.{name}", length=_length(seen)) for name, seen in found]


def _riders(found: Figures, rulebook: Rulebook) -> list[Text]:
    communities = sum(agency.kind == _COMMUNITY for agency in rulebook.agencies.values())
    return [
        text("activity", rate=_rate(found.riders.activity)),
        text("coverage", rate=_rate(found.coverage(communities))),
        text("gini", value=_hundredths(found.riders.gini)),
    ]


def _rate(found: Rate) -> Arg:
    """`83.3%（10/12）`; of nothing a dash."""
    return text("rate", percent=str(found), part=found.part, whole=found.whole) if found.whole else NONE


def _length(seen: Counter[int]) -> Arg:
    """The median, what nine in ten do not exceed, and of how many."""
    middle, most = median(seen), p90(seen)
    if middle is None or most is None:
        return NONE
    return text("length.said", median=_minutes(int(middle)), most=_minutes(most), n=seen.total())


def _minutes(n: int) -> Text:
    """Hours and minutes, but no days: they are of different lengths on different clocks."""
    hours, rest = divmod(n, 60)
    if not hours:
        return text("length.minutes", minutes=rest)
    return text("length.both", hours=hours, minutes=rest) if rest else text("length.hours", hours=hours)


def _hundredths(value: Fraction | None) -> str:
    return NONE if value is None else f"{float(value):.2f}"


def _few(names: Sequence[str]) -> Text:
    shown = "、".join(names[:_MOST_NAMED])
    left = len(names) - _MOST_NAMED
    return text("few_of", names=shown, n=left) if left > 0 else text("few", names=shown)


def _name(agency: AgencyId, rulebook: Rulebook) -> str:
    known = rulebook.agencies.get(agency)
    return known.short if known else agency
