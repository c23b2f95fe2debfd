"""The ladder: every row of the rule book's table at its instant, and what a county may write in its file."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import county, holidays
from bot.domain.calendar import Calendar, Limit
from bot.domain.ladder import At, Leg, Moment, Running, again_at, due_at, morning_at, rungs
from bot.domain.rulebook import Severity

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar(ZONE, exceptions=holidays.published(), published_years=holidays.published_years())
BOOK = county.load(None)
LADDER = BOOK.ladder


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026, in the county; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


def running(began: datetime, limit: str, usual: str | None = None) -> Running:
    length = Limit.parse(limit)
    return Running(began, CALENDAR.due(began, length), length, Limit.parse(usual or limit))


def planned(severity: Severity, leg: Leg, clock: Running) -> list[tuple[str, datetime]]:
    return [(rung.step, rung.at) for rung in rungs(LADDER, severity, {leg: clock}, CALENDAR)]


def after(began: datetime, *minutes: float) -> list[datetime]:
    return [began + timedelta(minutes=one) for one in minutes]


NIGHT = at(23, 23)
MONDAY = at(23, 9)
ACCEPT = ["accept_reminder", "accept_overdue", "accept_leader", "accept_lead_office"]
RESOLVE = ["resolve_reminder", "resolve_reminder", "resolve_overdue", "resolve_urge", "resolve_supervise"]


@pytest.mark.parametrize(
    ("severity", "leg", "clock", "steps", "instants"),
    [
        (Severity.P1, Leg.ACCEPT, running(NIGHT, "15m"), ACCEPT, after(NIGHT, 5, 15, 30, 60)),
        (Severity.P2, Leg.ACCEPT, running(NIGHT, "30m"), ACCEPT, after(NIGHT, 15, 30, 60, 180)),
        (Severity.P3, Leg.ACCEPT, running(MONDAY, "2wh"), ACCEPT, [at(23, 10), at(23, 11), at(23, 15), at(24, 11)]),
        (Severity.P4, Leg.ACCEPT, running(MONDAY, "1wd"), ACCEPT, [at(23, 14, 15), at(24, 9), at(25, 9), at(27, 9)]),
        (Severity.P1, Leg.RESOLVE, running(NIGHT, "6h"), RESOLVE, after(NIGHT, 270, 300, 360, 420, 720)),
        (Severity.P2, Leg.RESOLVE, running(NIGHT, "24h"), RESOLVE, after(NIGHT, 1080, 1200, 1440, 1800, 2880)),
        (
            Severity.P3, Leg.RESOLVE, running(MONDAY, "3wd"), RESOLVE,
            [at(25, 9), at(25, 15, 30), at(26, 9), at(27, 9), at(1, 9) + timedelta(days=30)],
        ),
        (Severity.P1, Leg.SECURE, running(NIGHT, "1h"), ["secure_check"], after(NIGHT, 60)),
        (Severity.P1, Leg.ACCEPTED, running(NIGHT, "6h"), ["progress_nudge"], after(NIGHT, 60)),
        (Severity.P2, Leg.ACCEPTED, running(NIGHT, "24h"), ["progress_nudge"], after(NIGHT, 360)),
        (Severity.P3, Leg.ACCEPTED, running(MONDAY, "3wd"), ["progress_nudge"], [at(24, 9)]),
        (Severity.P4, Leg.ACCEPTED, running(MONDAY, "10wd"), ["progress_nudge"], [at(30, 9)]),
    ],
)  # fmt: skip
def test_every_row_of_the_table(
    severity: Severity, leg: Leg, clock: Running, steps: list[str], instants: list[datetime]
) -> None:
    assert planned(severity, leg, clock) == list(zip(steps, instants, strict=True))


def test_low_cases_are_reminded_days_before() -> None:
    found = planned(Severity.P4, Leg.RESOLVE, running(MONDAY, "10wd"))
    december = [datetime(2026, 12, day, 9, tzinfo=ZONE) for day in (2, 4, 7, 8, 14)]
    assert found == list(zip(RESOLVE, december, strict=True))


def test_a_category_with_a_longer_limit_is_reminded_as_much_later() -> None:
    """Kitchen pests: P2, but two working hours to accept; nobody is told it is overdue before it is."""
    clock = running(MONDAY, "2wh", usual="30m")
    assert clock.due == at(23, 11)
    assert planned(Severity.P2, Leg.ACCEPT, clock) == list(
        zip(ACCEPT, [at(23, 10, 45), at(23, 11), at(23, 11, 30), at(23, 13, 30)], strict=True)
    )


def test_a_limit_too_short_for_a_reminder_has_none() -> None:
    """An overflowing bin: four working hours, so a working day cannot be left."""
    found = planned(Severity.P3, Leg.RESOLVE, running(MONDAY, "4wh"))
    assert [step for step, _ in found].count("resolve_reminder") == 1
    assert found[0] == ("resolve_reminder", at(23, 11)) or found[0][1] < at(23, 14, 30)


def test_what_recurs_goes_on_from_the_last_time_and_makes_up_for_nothing() -> None:
    every = Moment.parse("every 1wd")
    assert again_at(every, at(24, 9), at(24, 9), CALENDAR) == at(25, 9)
    assert again_at(every, at(24, 9), at(27, 10), CALENDAR) == at(30, 9)
    with pytest.raises(ValueError, match="does not recur"):
        again_at(Moment.parse("now"), at(24, 9), at(24, 9), CALENDAR)


@pytest.mark.parametrize("written", ["soon", "limit*2", "0%", "100%", "every", "limit+", "15"])
def test_other_words_are_no_moment(written: str) -> None:
    with pytest.raises(ValueError):
        Moment.parse(written)


def test_moments_are_read() -> None:
    assert Moment.parse("50%") == Moment(At.SHARE, share=50)
    assert Moment.parse("limit-2wh") == Moment(At.LIMIT, Limit.parse("2wh"), sign=-1)
    assert Moment.parse("every 6h") == Moment(At.EVERY, Limit.parse("6h"))
    assert [Moment.parse(word).at for word in ("now", "working", "digest", "limit")] == [
        At.NOW, At.WORKING, At.DIGEST, At.LIMIT,
    ]  # fmt: skip
    assert due_at(Moment.parse("now"), running(MONDAY, "2wh"), CALENDAR) is None


@pytest.mark.parametrize(
    ("moment", "listed"),
    [
        (at(23, 8), at(23, 8, 40)),
        (at(23, 8, 40), at(23, 8, 40)),
        (at(23, 8, 41), at(24, 8, 40)),
        (at(27, 17), at(30, 8, 40)),  # a Friday
    ],
)
def test_the_next_morning_list(moment: datetime, listed: datetime) -> None:
    assert morning_at(CALENDAR, moment) == listed


def test_a_county_that_begins_later_has_its_list_when_work_begins() -> None:
    from bot.domain.calendar import Span

    late = Calendar(ZONE, spans=(Span.parse("09:30-17:30"),))
    assert morning_at(late, at(23, 8)) == at(23, 9, 30)


@given(
    minutes=st.integers(0, 60 * 24 * 60),
    severity=st.sampled_from(list(Severity)),
    leg=st.sampled_from([Leg.ACCEPT, Leg.RESOLVE]),
    category=st.sampled_from(sorted(BOOK.categories)),
)
def test_escalations_never_come_before_their_limit_and_in_the_order_of_their_levels(
    minutes: int, severity: Severity, leg: Leg, category: str
) -> None:
    began = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=minutes)
    found, level = BOOK.categories[category], BOOK.severities[severity]  # pyright: ignore[reportArgumentType]
    limit = getattr(found, leg.value) if found.severity is severity else getattr(level, leg.value)
    clock = Running(began, CALENDAR.due(began, limit), limit, getattr(level, leg.value))
    planned = rungs(LADDER, severity, {leg: clock}, CALENDAR)
    assert all(rung.at > began for rung in planned)
    levels = [(step.level, rung.at) for rung in planned if (step := LADDER.step(rung.step)) and step.level]
    assert [name for name, _ in levels] == sorted(name for name, _ in levels)
    assert all(at >= clock.due for _, at in levels)
    assert levels[0][1] == clock.due
