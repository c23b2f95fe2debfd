"""What an occurrence is worth under the caps."""

from dataclasses import replace

import pytest

from bot import county
from bot.domain.case import Case, CaseId, CaseState
from bot.domain.ledger import Given, entry_key, outside_caps, points_for
from bot.domain.people import MemberId
from bot.domain.rulebook import CategoryId, PointItem, PointRules
from handlers.points.rules import Trigger, is_complete, item_of
from tests.fake import FakeClock

RULEBOOK = county.load(None)
NONE = Given(0, 0, 0, 0)


def item(points: int, day: int | None = None, month: int | None = None, **more: bool) -> PointItem:
    made = RULEBOOK.points.items[0]
    return replace(made, points=(points,), cap_day=day, cap_month=month, **more)


RULES = PointRules("2026-01-01", ranking_cap_day=40, ranking_cap_month=500, items=())


@pytest.mark.parametrize(
    ("what", "given", "expected"),
    [
        (item(2, 10, 120), NONE, 2),
        (item(2, 10, 120), Given(8, 8, 8, 8), 2),
        (item(2, 10, 120), Given(9, 9, 9, 9), 1),  # the last one under a cap is paid in part
        (item(2, 10, 120), Given(10, 10, 10, 10), 0),
        (item(2, 10, 120), Given(12, 12, 12, 12), 0),  # a cap that was lowered takes nothing away
        (item(2, 10, 120), Given(0, 119, 0, 119), 1),
        (item(2, 10, 120), Given(0, 120, 0, 120), 0),
        (item(8, 16, 80), Given(0, 0, 37, 37), 3),  # over all items
        (item(8, 16, 80), Given(0, 0, 0, 500), 0),
        (item(20, None, 60, outside_caps=True), Given(0, 0, 40, 500), 20),
        (item(20, None, 60, outside_caps=True), Given(0, 50, 40, 500), 10),
        (item(30, None, None, spendable_only=True), Given(0, 0, 40, 500), 30),
        (item(5), Given(1000, 1000, 0, 0), 5),
        (item(-1, -3, -10), NONE, -1),
        (item(-1, -3, -10), Given(-3, -3, 40, 500), 0),
        (item(-15, None, -30), Given(0, -20, 0, 0), -10),
        (item(-20), Given(-40, -40, 0, 0), -20),
    ],
)
def test_an_occurrence_is_cut_to_the_room_under_its_caps(what: PointItem, given: Given, expected: int) -> None:
    assert points_for(what, RULES, given) == expected


@pytest.mark.parametrize("trigger", list(Trigger))
def test_every_event_we_book_has_an_item_in_the_default_book(trigger: Trigger) -> None:
    found = item_of(trigger, RULEBOOK.points)
    assert found is not None
    assert found.mode == "auto"


def test_a_county_without_the_item_books_nothing() -> None:
    assert item_of(Trigger.NORMAL, RULES) is None


def test_the_items_outside_the_caps_are_those_of_the_book() -> None:
    assert outside_caps(RULEBOOK.points) == ["A07", "B04", "E03"]


def test_a_key_counts_the_occurrences_of_one_subject() -> None:
    assert entry_key("A01", "case:7", 3, 1) == "A01:case:7:3:1"
    assert entry_key("A01", "case:7", 3, 2).startswith(entry_key("A01", "case:7", 3, None))


def case(**known: str) -> Case:
    at = FakeClock().now()
    made = Case(
        id=CaseId(1),
        number=1,
        state=CaseState.FILED,
        version=1,
        round=1,
        reporter_id=MemberId(2),
        opened_at=at,
        moved_at=at,
    )
    return replace(made, **{"description": "路上有个大坑", "place": "客运站", **known})


@pytest.mark.parametrize(
    ("known", "photos", "asked", "expected"),
    [
        ({}, 1, False, True),
        ({}, 1, True, False),
        ({}, 0, False, False),
        ({"place": ""}, 1, False, False),
        ({"description": ""}, 1, False, False),
    ],
)
def test_a_report_is_complete_with_photo_place_and_words_unasked(
    known: dict[str, str], photos: int, asked: bool, expected: bool
) -> None:
    pothole = RULEBOOK.categories[CategoryId("pothole")]
    assert is_complete(case(**known), pothole, photos=photos, asked=asked) is expected


def test_a_rumour_needs_neither_photo_nor_place() -> None:
    assert is_complete(case(place=""), RULEBOOK.categories[CategoryId("rumor")], photos=0, asked=False)
