"""China's public holidays and make-up days, from the chinese-calendar package."""

from datetime import date
from functools import cache

# The package has no type stubs; pyright reads the two plain dictionaries from its source.
from chinese_calendar import holidays, workdays  # pyright: ignore[reportMissingTypeStubs]


class YearNotPublished(LookupError):
    """The holidays of that year are not in the installed package, and they cannot be computed."""

    def __init__(self, year: int) -> None:
        super().__init__(
            f"the public holidays of {year} are not in the installed chinese-calendar package; install a newer one "
            "once the State Council has announced them (usually in November), or enter them in the county's own table"
        )
        self.year = year


@cache
def published_years() -> frozenset[int]:
    """Years whose holidays the package holds whole.

    A year counts once its National Day is there: the New Year holiday of a year not yet announced may stand alone.
    """
    return frozenset(day.year for day in holidays if (day.month, day.day) == (10, 1))


def days_of(year: int) -> dict[date, bool]:
    """Days of `year` that are no ordinary weekday or weekend: True is a make-up day that is worked, False a holiday.

    Holidays that fall on a weekend are in it. The last days of December may still change when the next year is
    announced, as those of 2011 and 2022 did.

    Raises:
        YearNotPublished: the package does not hold that year.
    """
    if year not in published_years():
        raise YearNotPublished(year)
    rest = {day: False for day in holidays if day.year == year}
    return rest | {day: True for day in workdays if day.year == year}


def published() -> dict[date, bool]:
    """`days_of` every published year: what a `Calendar` takes as exceptions, before the county's own table."""
    return {day: works for year in published_years() for day, works in days_of(year).items()}
