"""How people name days, what they wish of them, and days put together."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.workdays import MOST_DAYS, is_near, named_days, read_days, spans, wish, write_days

TODAY = date(2026, 11, 23)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("2027-02-06", ["2027-02-06"]),
        ("2027/2/6", ["2027-02-06"]),
        ("2027.2.6", ["2027-02-06"]),
        ("2027年2月6日", ["2027-02-06"]),
        ("2027年2月6号(周六)", ["2027-02-06"]),
        ("2月6日", ["2027-02-06"]),
        ("11月23日", ["2026-11-23"]),
        ("11月22日", ["2027-11-22"]),
        ("12-31", ["2026-12-31"]),
        ("2月29日", ["2028-02-29"]),
        ("2027-02-07、2027-02-06、2027-02-06", ["2027-02-06", "2027-02-07"]),
        ("2月6日, 2月20日 2月21日", ["2027-02-06", "2027-02-20", "2027-02-21"]),
        ("2027-02-04至2027-02-06", ["2027-02-04", "2027-02-05", "2027-02-06"]),
        ("2027-02-04 - 2027-02-05", ["2027-02-04", "2027-02-05"]),
        ("2月4日 至 2月5日", ["2027-02-04", "2027-02-05"]),
        ("2月4日~5日", ["2027-02-04", "2027-02-05"]),
        ("2月4日—5", ["2027-02-04", "2027-02-05"]),
        ("12月31日到1月1日", ["2026-12-31", "2027-01-01"]),
        ("2月4日-5日、2月7日", ["2027-02-04", "2027-02-05", "2027-02-07"]),
        ("2月6日、7日、3月1日、2", ["2027-02-06", "2027-02-07", "2027-03-01", "2027-03-02"]),
        # no day, or no such day
        ("", None),
        ("下周六", None),
        ("6日", None),
        ("2月6日、30日", None),
        ("2027-02", None),
        ("2月30日", None),
        ("2027-02-29", None),
        ("13月1日", None),
        ("0月1日", None),
        ("2月6日 左右", None),
        ("2027-02-10至2027-02-04", None),
        ("2月10日-4日", None),
        ("2027-02-04至2027-02-30", None),
        ("2027-02-04至2072-02-10", None),
    ],
)
def test_days_as_people_name_them(words: str, days: list[str] | None) -> None:
    assert named_days(words, TODAY) == (None if days is None else tuple(map(day, days)))


def test_no_more_days_than_a_slip_would_make() -> None:
    assert len(named_days("2027-01-01至2027-04-10", TODAY) or ()) == MOST_DAYS
    assert named_days("2027-01-01至2027-04-11", TODAY) is None
    assert named_days("2027-01-01至2027-04-10、2027-05-01", TODAY) is None


@pytest.mark.parametrize(
    ("words", "works"),
    [
        ("2月6日 上班", True),
        ("2月6日上班", True),
        ("2月6日 补班", True),
        ("2027-02-06 work", True),
        ("2月6日 休息", False),
        ("2月6日 放假", False),
        ("2027-02-06 Rest", False),
        ("2月6日 恢复", None),
        ("2027-02-06 restore", None),
    ],
)
def test_what_is_wished_of_a_day(words: str, works: bool | None) -> None:
    assert wish(words, TODAY) == ((day("2027-02-06"),), works)


@pytest.mark.parametrize(
    "words", ["", "上班", "2月6日", "2月6日 上班吗", "上班 2月6日", "周六 上班", "2月6日 上班、2月7日 休息"]
)
def test_anything_else_is_no_wish(words: str) -> None:
    assert wish(words, TODAY) is None


def test_days_are_near_from_last_year_to_the_next() -> None:
    far = ["2024-12-31", "2028-01-01", "2072-02-06"]
    assert all(is_near(day(text), TODAY) for text in ("2025-01-01", "2026-11-22", "2027-12-31"))
    assert not any(is_near(day(text), TODAY) for text in far)


def test_days_of_one_kind_that_follow_each_other_are_put_together() -> None:
    days = {day(f"2027-02-{number:02}"): number not in (4, 5, 8) for number in (8, 3, 4, 5, 6, 7)}

    assert [(str(first), str(last), kind) for first, last, kind in spans(days)] == [
        ("2027-02-03", "2027-02-03", True),
        ("2027-02-04", "2027-02-05", False),
        ("2027-02-06", "2027-02-07", True),
        ("2027-02-08", "2027-02-08", False),
    ]
    assert spans({}) == []


@given(st.dictionaries(st.dates(), st.sampled_from([True, False, None])))
def test_an_order_carries_days_as_they_are(days: dict[date, bool | None]) -> None:
    assert read_days(write_days(days)) == days


@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.dates(date(2025, 1, 1), date(2027, 12, 31)))
def test_a_day_without_a_year_is_the_next_to_come(named: date, today: date) -> None:
    days = named_days(f"{named.month}月{named.day}日", today)

    assert days is not None
    (found,) = days
    assert (found.month, found.day) == (named.month, named.day)
    assert found >= today
    assert named < today or found <= named
