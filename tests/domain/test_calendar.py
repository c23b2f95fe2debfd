"""The work calendar: limits, working days, deadlines, and the laws that hold between them."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.calendar import OFFICE_HOURS, Calendar, Limit, Span, Unit
from bot.holidays import published, published_years

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")

COUNTY = Calendar(SHANGHAI, exceptions=published(), published_years=published_years())
TOWN_WITH_SUMMER_TIME = Calendar(BERLIN, exceptions={date(2026, 4, 3): False, date(2026, 4, 4): True})
NIGHT_SHIFT = Calendar(  # works through both changes of the clock, at night and on Sundays
    BERLIN,
    spans=(Span.parse("00:30-02:15"), Span.parse("02:15-02:45"), Span.parse("03:00-06:00"), Span.parse("22:00-23:30")),
    weekend=frozenset({2}),
)
OWN_DAYS = COUNTY.with_days({date(2026, 2, 18): True, date(2026, 3, 2): False, date(2026, 10, 25): True})
CALENDARS = (COUNTY, TOWN_WITH_SUMMER_TIME, NIGHT_SHIFT, OWN_DAYS)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


# Limits


@pytest.mark.parametrize(
    ("written", "limit"),
    [
        ("30m", Limit(30, Unit.MINUTE)),
        ("2h", Limit(2, Unit.HOUR)),
        ("3d", Limit(3, Unit.DAY)),
        ("90wm", Limit(90, Unit.WORKING_MINUTE)),
        ("4wh", Limit(4, Unit.WORKING_HOUR)),
        ("3wd", Limit(3, Unit.WORKING_DAY)),
    ],
)
def test_a_limit_is_read_and_written_back(written: str, limit: Limit) -> None:
    assert Limit.parse(written) == limit
    assert str(limit) == written


@pytest.mark.parametrize("written", ["", "3", "wd", "3 wd", "-3d", "1.5h", "3days", "３d", "3WD", "3d\n", "10000000m"])
def test_anything_else_is_no_limit(written: str) -> None:
    with pytest.raises(ValueError, match="is not a time limit; write a whole number and its unit"):
        Limit.parse(written)


@pytest.mark.parametrize("written", ["0m", "0wd", "3651d", "3651wd", "87601h", "5256001m"])
def test_a_limit_is_neither_nothing_nor_longer_than_ten_years(written: str) -> None:
    with pytest.raises(ValueError, match=f"a time limit is from 1.* not {written}"):
        Limit.parse(written)


@pytest.mark.parametrize("written", ["1m", "1wd", "3650d", "3650wd", "87600h", "5256000m"])
def test_the_shortest_and_the_longest_limit(written: str) -> None:
    assert str(Limit.parse(written)) == written


@pytest.mark.parametrize(
    ("whole", "half"),
    [
        ("24h", "12h"),
        ("6h", "3h"),
        ("3d", "2160m"),
        ("1h", "30m"),
        ("15m", "8m"),
        ("1m", "1m"),
        ("4wh", "2wh"),
        ("3wh", "90wm"),
        ("2wd", "1wd"),
        ("1wd", "195wm"),
        ("15wd", "2925wm"),
    ],
)
def test_half_for_rework_stays_on_the_same_clock(whole: str, half: str) -> None:
    assert Limit.parse(whole).half(COUNTY) == Limit.parse(half)


@given(st.builds(Limit, st.integers(1, 3_650), st.sampled_from(Unit)))
def test_half_is_half_within_a_minute_and_written_so_that_it_can_be_read(limit: Limit) -> None:
    half = limit.half(COUNTY)

    assert half.is_working == limit.is_working
    assert 0 <= 2 * half.minutes(COUNTY) - limit.minutes(COUNTY) <= 1
    assert Limit.parse(str(half)) == half


# Spans


def test_a_span_is_read_and_written_back() -> None:
    span = Span.parse("08:30-11:30")

    assert span == Span(time(8, 30), time(11, 30))
    assert str(span) == "08:30-11:30"
    assert span.minutes == 180
    assert Span.parse("22:00-07:00").minutes == 540


@pytest.mark.parametrize("written", ["8:30-11:30", "08:30", "08:30-24:00", "08:30-11:60", "08:30 - 11:30"])
def test_a_badly_written_span_says_how_to_write_it(written: str) -> None:
    with pytest.raises(ValueError, match="write it like 08:30-11:30"):
        Span.parse(written)


def test_an_empty_span_and_seconds_are_refused() -> None:
    with pytest.raises(ValueError, match="is empty"):
        Span.parse("08:30-08:30")
    with pytest.raises(ValueError, match="whole minutes"):
        Span(time(8, 30, 15), time(9))


@pytest.mark.parametrize(
    ("spans", "complaint"),
    [
        ((), "at least one span"),
        ((Span.parse("22:00-06:00"),), "runs over midnight"),
        ((Span.parse("08:30-12:00"), Span.parse("11:30-17:00")), "overlap or are out of order"),
        ((Span.parse("13:30-17:00"), Span.parse("08:30-11:30")), "overlap or are out of order"),
    ],
)
def test_a_calendar_refuses_spans_it_cannot_count(spans: tuple[Span, ...], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Calendar(SHANGHAI, spans=spans)


def test_a_calendar_needs_one_weekday() -> None:
    assert Calendar(SHANGHAI, weekend=frozenset(range(6))).is_workday(date(2026, 3, 1))  # a Sunday
    with pytest.raises(ValueError, match="at least one must be worked"):
        Calendar(SHANGHAI, weekend=frozenset(range(7)))


def test_the_table_handed_in_cannot_be_changed_afterwards() -> None:
    table = {date(2026, 3, 2): False}
    calendar = Calendar(SHANGHAI, exceptions=table)

    table.clear()

    assert not calendar.is_workday(date(2026, 3, 2))
    assert hash(calendar) == hash(Calendar(SHANGHAI))
    assert calendar != Calendar(SHANGHAI)


# Days


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-02-13", True),  # Friday
        ("2026-02-14", True),  # make-up Saturday
        ("2026-02-15", False),
        ("2026-02-17", False),  # Spring Festival, a Tuesday
        ("2026-02-23", False),  # Monday, still a holiday
        ("2026-02-24", True),
        ("2026-02-28", True),  # make-up Saturday
        ("2026-03-01", False),
        ("2026-01-01", False),
        ("2026-01-04", True),  # make-up Sunday
    ],
)
def test_days_around_the_spring_festival(day: str, works: bool) -> None:
    assert COUNTY.is_workday(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("day", "following"),
    [
        ("2026-02-13", "2026-02-14"),
        ("2026-02-14", "2026-02-24"),
        ("2026-02-19", "2026-02-24"),
        ("2026-02-27", "2026-02-28"),
        ("2025-12-31", "2026-01-04"),
    ],
)
def test_next_workday_counts_make_up_days_and_skips_the_festival(day: str, following: str) -> None:
    assert COUNTY.next_workday(date.fromisoformat(day)) == date.fromisoformat(following)


def test_a_year_not_announced_is_counted_by_its_plain_weeks_and_told_so() -> None:
    calendar = Calendar(SHANGHAI, exceptions=published(), published_years=frozenset({2026}))

    assert calendar.is_published(date(2026, 12, 31))
    assert not calendar.is_published(date(2027, 1, 1))
    assert calendar.is_workday(date(2027, 1, 1))  # a Friday
    assert not calendar.is_workday(date(2027, 1, 2))


def test_the_countys_own_days_win_and_take_the_place_of_those_before() -> None:
    saturday, festival = date(2026, 3, 7), date(2026, 2, 17)
    own = COUNTY.with_days({saturday: True, festival: True, date(2026, 2, 14): False})

    assert [own.is_workday(day) for day in (saturday, festival, date(2026, 2, 14))] == [True, True, False]
    assert own.due(at("2026-03-06T16:00"), Limit.parse("2wh")) == at("2026-03-07T09:30")
    assert own.with_days({saturday: True}) == COUNTY.with_days({saturday: True})
    assert own.with_days({}) == COUNTY
    assert not COUNTY.is_workday(saturday)


# Deadlines


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        # natural time runs day and night, festival or not
        ("2026-02-17T23:50", "15m", "2026-02-18T00:05"),
        ("2026-02-17T23:50", "3d", "2026-02-20T23:50"),
        # within a span, over the break, exactly to a span's end
        ("2026-03-02T09:00", "1wh", "2026-03-02T10:00"),
        ("2026-03-02T10:30", "2wh", "2026-03-02T14:30"),
        ("2026-03-02T08:30", "3wh", "2026-03-02T11:30"),
        ("2026-03-02T08:30", "181wm", "2026-03-02T13:31"),
        # a start outside working time moves to the next working instant
        ("2026-03-02T06:00", "1wh", "2026-03-02T09:30"),
        ("2026-03-02T11:30", "1wh", "2026-03-02T14:30"),
        ("2026-03-02T12:15", "1wh", "2026-03-02T14:30"),
        ("2026-03-02T17:00", "1wh", "2026-03-03T09:30"),
        ("2026-03-06T18:00", "4wh", "2026-03-09T14:30"),
        # a working day is 390 working minutes
        ("2026-03-02T08:30", "1wd", "2026-03-02T17:00"),
        ("2026-03-02T10:00", "1wd", "2026-03-03T10:00"),
        ("2026-03-05T10:00", "3wd", "2026-03-10T10:00"),
        ("2026-03-02T12:00", "1wd", "2026-03-03T11:30"),
        # Spring Festival of 2026: the 14th is worked, the 15th to the 23rd rest, the 28th is worked
        ("2026-02-13T16:00", "2wh", "2026-02-14T09:30"),
        ("2026-02-14T16:00", "2wh", "2026-02-24T09:30"),
        ("2026-02-13T10:00", "3wd", "2026-02-25T10:00"),
        ("2026-02-18T10:00", "5wd", "2026-02-28T17:00"),
        ("2026-02-10T09:17", "15wd", "2026-03-09T09:17"),
        # over the year: 1 to 3 January rest, Sunday the 4th is worked
        ("2025-12-31T16:00", "2wh", "2026-01-04T09:30"),
        ("2025-12-30T10:00", "3wd", "2026-01-05T10:00"),
    ],
)
def test_when_a_limit_falls_due(start: str, limit: str, due: str) -> None:
    assert COUNTY.due(at(start), Limit.parse(limit)) == at(due)


def test_deadlines_keep_the_millisecond_and_are_given_in_utc() -> None:
    due = COUNTY.due(at("2026-03-02T11:29:59.250"), Limit.parse("1wh"))

    assert due == at("2026-03-02T14:29:59.250")
    assert due.tzinfo is UTC


def test_an_instant_is_the_same_whatever_zone_tells_it() -> None:
    start = at("2026-03-02T10:30")

    assert COUNTY.due(start.astimezone(UTC), Limit.parse("2wh")) == COUNTY.due(start, Limit.parse("2wh"))
    assert COUNTY.due(start.astimezone(BERLIN), Limit.parse("2wh")) == COUNTY.due(start, Limit.parse("2wh"))


@pytest.mark.parametrize("limit", ["30m", "1wh"])
def test_a_time_without_zone_is_refused(limit: str) -> None:
    naive = at("2026-03-02T10:30").replace(tzinfo=None)

    with pytest.raises(ValueError, match="has no time zone"):
        COUNTY.due(naive, Limit.parse(limit))
    with pytest.raises(ValueError, match="has no time zone"):
        COUNTY.working_now(naive)


def test_what_is_left_of_a_paused_clock_goes_on_after_the_pause() -> None:
    start, paused, resumed = at("2026-03-02T10:00"), at("2026-03-02T14:00"), at("2026-03-04T12:00")
    left = COUNTY.working_between(paused, COUNTY.due(start, Limit.parse("1wd")))

    assert left == timedelta(hours=4, minutes=30)
    assert COUNTY.after(resumed, left) == at("2026-03-05T09:30")
    assert COUNTY.after(resumed, timedelta(0)) == resumed
    with pytest.raises(ValueError, match="cannot be negative"):
        COUNTY.after(resumed, -left)


@pytest.mark.parametrize(
    ("end", "working", "begin"),
    [
        ("2026-03-02T14:30", "30wm", "2026-03-02T14:00"),
        ("2026-03-02T14:30", "1wh", "2026-03-02T13:30"),  # rather than 11:30: the later of two that mean the same
        ("2026-03-02T14:30", "2wh", "2026-03-02T10:30"),
        ("2026-03-02T11:30", "3wh", "2026-03-02T08:30"),
        ("2026-03-02T17:00", "1wd", "2026-03-02T08:30"),
        ("2026-03-02T09:30", "2wh", "2026-02-28T16:00"),  # Saturday, a make-up day
        ("2026-02-24T09:30", "2wh", "2026-02-14T16:00"),  # over the Spring Festival
        ("2026-03-10T10:00", "3wd", "2026-03-05T10:00"),
        # an end outside working time has no more of it than the end of the span before
        ("2026-03-02T12:15", "1wh", "2026-03-02T10:30"),
        ("2026-03-01T12:00", "1wh", "2026-02-28T16:00"),
        ("2026-03-02T08:30", "1wh", "2026-02-28T16:00"),
    ],
)
def test_from_when_on_so_much_working_time_is_left(end: str, working: str, begin: str) -> None:
    assert COUNTY.before(at(end), Limit.parse(working).length(COUNTY)) == at(begin)


def test_no_working_time_before_an_instant_is_the_instant_itself() -> None:
    sunday = at("2026-03-01T12:00")

    assert COUNTY.before(sunday, timedelta(0)) == sunday
    with pytest.raises(ValueError, match="cannot be negative"):
        COUNTY.before(sunday, timedelta(minutes=-1))
    with pytest.raises(ValueError, match="has no time zone"):
        COUNTY.before(sunday.replace(tzinfo=None), timedelta(hours=1))


# Working time


@pytest.mark.parametrize(
    ("begin", "end", "minutes"),
    [
        ("2026-03-02T09:00", "2026-03-02T09:00", 0),
        ("2026-03-02T11:00", "2026-03-02T14:00", 60),
        ("2026-03-02T11:30", "2026-03-02T13:30", 0),
        ("2026-03-02T00:00", "2026-03-03T00:00", 390),
        ("2026-03-06T16:00", "2026-03-09T09:30", 120),
        ("2026-03-06T16:00", "2026-03-07T12:00", 60),  # ends on a day of rest
        ("2026-03-07T12:00", "2026-03-08T12:00", 0),
        ("2026-02-15T00:00", "2026-02-24T00:00", 0),
        ("2026-02-14T00:00", "2026-03-01T00:00", 6 * 390),
    ],
)
def test_working_time_between_two_instants(begin: str, end: str, minutes: int) -> None:
    assert COUNTY.working_between(at(begin), at(end)) == timedelta(minutes=minutes)
    assert COUNTY.working_between(at(end), at(begin)) == -timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("now", "works", "then"),
    [
        ("2026-03-02T08:29:59", False, "2026-03-02T08:30"),
        ("2026-03-02T08:30", True, "2026-03-02T08:30"),
        ("2026-03-02T11:29:59", True, "2026-03-02T11:29:59"),
        ("2026-03-02T11:30", False, "2026-03-02T13:30"),
        ("2026-03-02T17:00", False, "2026-03-03T08:30"),
        ("2026-02-14T09:00", True, "2026-02-14T09:00"),
        ("2026-02-14T17:00", False, "2026-02-24T08:30"),
    ],
)
def test_when_a_contact_may_first_be_told(now: str, works: bool, then: str) -> None:
    assert COUNTY.working_now(at(now)) is works
    assert COUNTY.next_working_instant(at(now)) == at(then)


# The change of the clock


def test_office_hours_follow_the_wall_clock_over_both_changes() -> None:
    town = Calendar(BERLIN)

    assert town.due(at("2026-03-27T16:30", BERLIN), Limit.parse("1wh")) == at("2026-03-30T09:00", BERLIN)
    assert town.due(at("2026-10-23T16:30", BERLIN), Limit.parse("1wh")) == at("2026-10-26T09:00", BERLIN)
    assert town.due(at("2026-03-28T12:00", BERLIN), Limit.parse("1d")) == at("2026-03-29T13:00", BERLIN)


@pytest.mark.parametrize(
    ("sunday", "hours"),
    [("2026-03-22", 4), ("2026-03-29", 3), ("2026-10-25", 5)],  # ordinary, an hour skipped, an hour twice
)
def test_a_span_over_the_change_counts_real_hours(sunday: str, hours: int) -> None:
    night = Calendar(BERLIN, spans=(Span.parse("01:00-05:00"),), weekend=frozenset())
    midnight = at(sunday + "T00:00", BERLIN)

    assert night.working_between(midnight, midnight + timedelta(days=1)) == timedelta(hours=hours)
    assert night.after(midnight, timedelta(hours=hours)) == at(sunday + "T05:00", BERLIN)


def test_a_day_that_a_zone_left_out_is_no_working_time() -> None:
    apia = ZoneInfo("Pacific/Apia")  # went from 29 to 31 December 2011 over the date line
    samoa = Calendar(apia)

    assert samoa.due(at("2011-12-29T16:00", apia), Limit.parse("2wh")) == at("2012-01-02T09:30", apia)
    assert samoa.working_between(at("2011-12-29T00:00", apia), at("2012-01-02T00:00", apia)) == timedelta(minutes=390)


# Laws


def instants() -> st.SearchStrategy[datetime]:
    """Milliseconds of 2025-12 to 2026-12; hours around both changes of the clock and the festival come up often."""
    year = st.integers(0, 390 * 86_400_000).map(
        lambda ms: datetime(2025, 12, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    )
    turning = st.sampled_from(["2026-03-29T00:00", "2026-10-25T00:00", "2026-02-14T09:00", "2026-01-01T00:00"])
    minute = st.integers(-600, 600)
    near = st.builds(lambda text, shift: at(text, ZoneInfo("UTC")) + timedelta(minutes=shift), turning, minute)
    return (year | near).map(lambda instant: instant.astimezone(UTC))


def working() -> st.SearchStrategy[Limit]:
    return st.builds(Limit, st.integers(1, 40), st.sampled_from([Unit.WORKING_HOUR, Unit.WORKING_DAY])) | st.builds(
        Limit, st.integers(1, 2000), st.just(Unit.WORKING_MINUTE)
    )


any_limit = working() | st.builds(Limit, st.integers(1, 500), st.sampled_from([Unit.MINUTE, Unit.HOUR, Unit.DAY]))
any_calendar = st.sampled_from(CALENDARS)


@given(any_calendar, instants(), instants(), any_limit)
def test_a_later_start_is_never_due_earlier(calendar: Calendar, one: datetime, two: datetime, limit: Limit) -> None:
    first, second = sorted([one, two])
    assert calendar.due(first, limit) <= calendar.due(second, limit)


@given(any_calendar, instants(), working(), working())
def test_a_longer_limit_is_due_later(calendar: Calendar, start: datetime, one: Limit, two: Limit) -> None:
    shorter, longer = sorted([one, two], key=lambda limit: limit.minutes(calendar))
    if shorter.minutes(calendar) == longer.minutes(calendar):
        assert calendar.due(start, shorter) == calendar.due(start, longer)
    else:
        assert calendar.due(start, shorter) < calendar.due(start, longer)


@given(any_calendar, instants(), working(), working())
def test_two_limits_after_each_other_are_their_sum(calendar: Calendar, start: datetime, one: Limit, two: Limit) -> None:
    together = calendar.after(start, one.length(calendar) + two.length(calendar))
    assert calendar.due(calendar.due(start, one), two) == together


@given(any_calendar, instants(), working())
def test_working_time_until_due_is_the_limit(calendar: Calendar, start: datetime, limit: Limit) -> None:
    assert calendar.working_between(start, calendar.due(start, limit)) == limit.length(calendar)


@given(any_calendar, instants(), instants())
def test_passed_working_time_leads_back_to_the_instant(calendar: Calendar, one: datetime, two: datetime) -> None:
    begin, end = sorted([one, two])
    passed = calendar.working_between(begin, end)
    reached = calendar.after(begin, passed)

    assert passed >= timedelta(0)
    assert reached <= end
    if passed:
        assert calendar.working_between(reached, end) == timedelta(0)
        assert reached == end or not calendar.working_now(end - timedelta(milliseconds=1)), "only a break lies between"


@given(any_calendar, instants(), instants(), instants())
def test_working_time_adds_up(calendar: Calendar, one: datetime, two: datetime, three: datetime) -> None:
    parts = calendar.working_between(one, two) + calendar.working_between(two, three)
    assert parts == calendar.working_between(one, three)


@given(any_calendar, instants(), working())
def test_a_deadline_is_never_in_a_break(calendar: Calendar, start: datetime, limit: Limit) -> None:
    due = calendar.due(start, limit)
    assert calendar.working_now(due - timedelta(microseconds=1)), "a deadline is inside a span or at its end"


@given(any_calendar, instants(), working())
def test_what_was_gone_back_is_left_until_the_end(calendar: Calendar, end: datetime, limit: Limit) -> None:
    begin = calendar.before(end, limit.length(calendar))

    assert calendar.working_between(begin, end) == limit.length(calendar)
    assert calendar.working_now(begin), "never in a break, never the end of a span"


@given(any_calendar, instants(), working())
def test_forth_and_back_lead_to_the_same_instant(calendar: Calendar, instant: datetime, limit: Limit) -> None:
    length = limit.length(calendar)
    begin, due = calendar.next_working_instant(instant), calendar.after(instant, length)

    assert calendar.before(due, length) == begin
    assert calendar.after(calendar.before(due, length), length) == due


@given(any_calendar, instants(), instants(), working())
def test_an_earlier_end_never_begins_later(calendar: Calendar, one: datetime, two: datetime, limit: Limit) -> None:
    first, second = sorted([one, two])
    assert calendar.before(first, limit.length(calendar)) <= calendar.before(second, limit.length(calendar))


@given(any_calendar, instants(), working(), working())
def test_going_back_twice_is_going_back_their_sum(calendar: Calendar, end: datetime, one: Limit, two: Limit) -> None:
    lengths = one.length(calendar), two.length(calendar)
    assert calendar.before(calendar.before(end, lengths[0]), lengths[1]) == calendar.before(
        end, lengths[0] + lengths[1]
    )


@given(st.sampled_from([COUNTY, TOWN_WITH_SUMMER_TIME]), instants(), working())
def test_a_deadline_is_in_office_hours_by_the_wall_clock(calendar: Calendar, start: datetime, limit: Limit) -> None:
    local = calendar.due(start, limit).astimezone(calendar.zone)
    assert calendar.is_workday(local.date())
    assert any(span.start < local.time() <= span.end for span in OFFICE_HOURS)


@given(any_calendar, instants())
def test_the_next_working_instant_is_the_first(calendar: Calendar, now: datetime) -> None:
    then = calendar.next_working_instant(now)

    assert then >= now
    assert calendar.working_now(then)
    assert calendar.working_between(now, then) == timedelta(0)
    assert (then == now) is calendar.working_now(now)


@settings(deadline=None)  # counts up to 5,760 minutes one by one
@given(instants(), st.integers(1, 4 * 24 * 60))
def test_working_time_is_what_a_clock_on_the_wall_would_count(start: datetime, minutes: int) -> None:
    """The slow way, minute by minute, on a calendar whose spans meet both changes of the clock."""
    start = start.replace(second=0, microsecond=0)
    counted = 0
    for number in range(minutes):
        local = (start + timedelta(minutes=number)).astimezone(BERLIN)
        counted += local.weekday() not in {5, 6} and any(local.time() in span for span in OFFICE_HOURS)

    town = Calendar(BERLIN)
    assert town.working_between(start, start + timedelta(minutes=minutes)) == timedelta(minutes=counted)


def test_spans_stay_apart_where_the_clock_jumps() -> None:
    """Walks the night shift of both changes: the working instants, ten minutes apart, never go back."""
    for sunday in ("2026-03-29", "2026-10-25"):
        midnight = at(sunday + "T00:00", BERLIN)
        reached = [NIGHT_SHIFT.after(midnight, timedelta(minutes=number)) for number in range(1, 480)]
        assert all(earlier < later for earlier, later in pairwise(reached))
