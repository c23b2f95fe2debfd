"""The holiday table: what the package has published, and the refusal to guess what it has not."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.calendar import Calendar
from bot.holidays import YearNotPublished, days_of, published, published_years


def test_spring_festival_of_2026_is_rest_between_two_make_up_saturdays() -> None:
    days = days_of(2026)

    festival = [date(2026, 2, 15) + timedelta(days=number) for number in range(9)]
    assert [days[day] for day in festival] == [False] * 9
    assert days[date(2026, 2, 14)] is True
    assert days[date(2026, 2, 28)] is True
    assert date(2026, 2, 13) not in days, "an ordinary Friday needs no entry"
    assert date(2026, 2, 24) not in days


def test_a_make_up_day_is_always_a_weekend_day() -> None:
    made_up = [day for day, works in published().items() if works]

    assert len(made_up) > 50
    assert all(day.weekday() >= 5 for day in made_up)


def test_a_year_that_is_not_announced_is_refused_by_name_and_with_the_cure() -> None:
    coming = max(published_years()) + 1

    with pytest.raises(YearNotPublished, match=f"holidays of {coming} .* install a newer one") as refusal:
        days_of(coming)

    assert refusal.value.year == coming
    assert days_of(coming - 1)


def test_years_are_whole_and_without_gaps() -> None:
    years = published_years()

    assert years == frozenset(range(min(years), max(years) + 1))
    assert {2025, 2026} <= years
    assert all(len(days_of(year)) >= 10 for year in years)


def test_the_whole_table_is_the_sum_of_its_years() -> None:
    table = published()

    assert {day.year for day in table} == published_years()
    assert {day: works for day, works in table.items() if day.year == 2026} == days_of(2026)


def test_the_county_table_wins_over_the_package() -> None:
    saturday, festival = date(2026, 2, 14), date(2026, 2, 17)
    zone = ZoneInfo("Asia/Shanghai")

    plain = Calendar(zone, exceptions=published(), published_years=published_years())
    ours = Calendar(zone, exceptions=published() | {saturday: False}, published_years=published_years())

    assert plain.is_workday(saturday)
    assert not ours.is_workday(saturday)
    assert not ours.is_workday(festival)
