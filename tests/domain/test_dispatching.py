"""Routing: which agency, which contact, and when the clocks run."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot import county, holidays
from bot.domain.calendar import Calendar
from bot.domain.dispatching import Candidate, Clocks, Why, agency_for, clocks, pick
from bot.domain.people import MemberId, Rank
from bot.domain.rulebook import AgencyId, CategoryId, GridId, PlaceId, Severity

RULEBOOK = county.load(None)
ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar(ZONE, exceptions=holidays.published(), published_years=holidays.published_years())


def routed(category: str, place: str | None = None, grid: str | None = None, community: str | None = None) -> object:
    return agency_for(
        RULEBOOK.categories[CategoryId(category)],
        RULEBOOK,
        place=PlaceId(place) if place else None,
        grid=GridId(grid) if grid else None,
        community=AgencyId(community) if community else None,
    )


def test_a_category_has_its_agency() -> None:
    assert routed("pothole") == ("housing", Why.CATEGORY)
    assert routed("pothole", place="keyun_zhan") == ("housing", Why.CATEGORY)


def test_a_named_place_overrules_for_the_categories_it_names() -> None:
    assert routed("pothole", place="songxi_daqiao") == ("transport", Why.AREA)
    assert routed("exposed_garbage", place="songxi_daqiao") == ("urban_mgmt", Why.CATEGORY)


@pytest.mark.parametrize(
    ("grid", "community", "township"),
    [
        ("g04", "community:donghuan", "township:beishan"),  # this community lies in two townships: the grid decides
        ("g08", "community:donghuan", "township:dongcheng"),
        (None, "community:liutun", "township:nanan"),
    ],
)
def test_a_matter_of_the_township_goes_to_the_one_the_place_lies_in(
    grid: str | None, community: str, township: str
) -> None:
    assert routed("facility_damage", grid=grid, community=community) == (township, Why.AREA)


def test_without_a_place_a_matter_of_the_township_goes_to_the_lead_agency() -> None:
    assert routed("facility_damage") == ("social_work", Why.CATEGORY)


def test_a_station_has_its_keeper() -> None:
    assert routed("station_fault", place="guangming_fuwuzhan") == ("station_keeper:guangming", Why.AREA)
    assert routed("station_fault", community="community:xuefu") == ("station_keeper:xuefu", Why.AREA)
    assert routed("station_fault", community="community:donghu") == ("social_work", Why.CATEGORY)


def candidate(
    member: int, rank: Rank, *, away: bool = False, reachable: bool = True, on_duty: bool = False
) -> Candidate:
    return Candidate(MemberId(member), "某某", rank, away, reachable, on_duty)


@pytest.mark.parametrize(
    ("a", "b", "chosen", "why"),
    [
        ({}, {}, 1, Why.CATEGORY),
        ({"away": True}, {}, 2, Why.DEPUTY),
        ({"reachable": False}, {}, 2, Why.DEPUTY),
        ({"away": True}, {"reachable": False}, None, Why.NOBODY),
        ({}, {"away": True}, 1, Why.CATEGORY),
    ],
)
def test_the_deputy_stands_in_for_a_contact_who_cannot(
    a: dict[str, bool], b: dict[str, bool], chosen: int | None, why: Why
) -> None:
    picked = pick([candidate(1, Rank.A, **a), candidate(2, Rank.B, **b)])
    assert (picked.member, picked.why) == (chosen, why)


@pytest.mark.parametrize(
    ("b", "at_night", "chosen", "why"),
    [
        ({"on_duty": True}, True, 2, Why.NIGHT),
        ({"on_duty": True}, False, 1, Why.CATEGORY),
        ({}, True, 1, Why.CATEGORY),
        ({"on_duty": True, "away": True}, True, 1, Why.CATEGORY),
        ({"on_duty": True, "reachable": False}, True, 1, Why.CATEGORY),
    ],
)
def test_at_night_whoever_is_on_duty_comes_first(b: dict[str, bool], at_night: bool, chosen: int, why: Why) -> None:
    picked = pick([candidate(1, Rank.A), candidate(2, Rank.B, **b)], at_night=at_night)
    assert (picked.member, picked.why) == (chosen, why)


def test_an_agency_without_contacts_has_nobody() -> None:
    assert pick([]).why is Why.NOBODY


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def limits(category: str, at: datetime, severity: Severity | None = None) -> Clocks:
    known = RULEBOOK.categories[CategoryId(category)]
    raised = severity or known.severity
    return clocks(known, raised, RULEBOOK.severities[raised], CALENDAR, at)


FRIDAY_EVENING = local(27, 20)
MONDAY_MORNING = local(30, 8, 30)


def test_urgent_clocks_run_at_once_also_at_night() -> None:
    critical = limits("manhole_missing", FRIDAY_EVENING)
    assert critical.tellable_at == FRIDAY_EVENING
    assert critical.accept_due == FRIDAY_EVENING + timedelta(minutes=15)
    assert critical.secure_due == FRIDAY_EVENING + timedelta(hours=1)
    assert critical.resolve_due == FRIDAY_EVENING + timedelta(hours=6)
    urgent = limits("open_burning", FRIDAY_EVENING)
    assert (urgent.tellable_at, urgent.secure_due) == (FRIDAY_EVENING, None)
    assert urgent.resolve_due == FRIDAY_EVENING + timedelta(hours=4)


def test_the_other_clocks_wait_for_the_next_working_instant() -> None:
    usual = limits("bin_overflow", FRIDAY_EVENING)  # 1wh, 4wh
    assert usual.tellable_at == MONDAY_MORNING
    assert usual.accept_due == local(30, 9, 30)
    assert usual.resolve_due == local(30, 14, 30)  # over the noon break
    assert usual.secure_due is None
    natural = limits("illegal_parking", FRIDAY_EVENING)  # P3 with limits around the clock: from when it may be told
    assert natural.accept_due == local(30, 9)
    assert natural.resolve_due == local(30, 12, 30)
    slow = limits("small_ads", FRIDAY_EVENING)  # P4
    assert slow.tellable_at == local(30, 8, 40)  # with the morning list


def test_in_working_time_every_clock_runs_at_once() -> None:
    at = local(23, 9)
    assert limits("bin_overflow", at).tellable_at == at
    assert limits("small_ads", at).tellable_at == local(24, 8, 40)  # today's list has gone
    assert limits("small_ads", local(23, 8)).tellable_at == local(23, 8, 40)
    assert limits("bin_overflow", at).accept_due == local(23, 10)


def test_a_raised_severity_takes_the_limits_of_its_level() -> None:
    raised = limits("bin_overflow", FRIDAY_EVENING, Severity.P1)
    assert raised.accept_due == FRIDAY_EVENING + timedelta(minutes=15)
    assert raised.secure_due == FRIDAY_EVENING + timedelta(hours=1)
    assert raised.resolve_due == FRIDAY_EVENING + timedelta(hours=6)
    one_up = limits("bin_overflow", FRIDAY_EVENING, Severity.P2)
    assert (one_up.secure_due, one_up.resolve_due) == (None, FRIDAY_EVENING + timedelta(hours=24))
