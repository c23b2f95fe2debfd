"""What makes points wait for a person: it takes nothing away, and a person's tap decides."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.case import Case, CaseId, CaseState
from bot.domain.ledger import Step
from bot.domain.people import MemberId, Post, Role
from bot.domain.rulebook import Point
from handlers.points.brakes import burst, is_own_place, too_far
from storage.hints import Hint, HintKind
from storage.recent_reports import Report
from tests.features.acting import POTHOLE, about, handled
from tests.features.test_points import close, ledger, month
from tests.town import RULEBOOK, Person, TestTown

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


async def county(town: TestTown) -> tuple[Person, Person]:
    """An admin and a rider; potholes go to 刘工."""
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    await town.contact("housing", "刘工")
    return admin, rider


async def copied(town: TestTown) -> tuple[Person, Person]:
    """The rider's report 2 has the photo of another rider's report 1."""
    admin, rider = await county(town)
    await (await town.rider("李晓梅")).says(POTHOLE, photo="hole.jpg")
    await rider.says("路面有个大坑，客运站", photo="hole.jpg")
    return admin, rider


# -- what holds ----------------------------------------------------------------------------------------------------


async def test_the_same_photo_again_holds_the_points(town: TestTown) -> None:
    admin, rider = await copied(town)
    assert await ledger(town, rider) == [("A01", 2, Step.PENDING), ("A04", 1, Step.PENDING)]
    assert (await town.case(2)).state is CaseState.DISPATCHED  # the report itself goes its way
    await admin.says("待确认")
    assert admin.hears("points.pending.line", who="赵强", delta="+2", number="0002")
    assert admin.hears("points.hint.same_photo", number="0001")


async def test_the_first_reporter_and_another_photo_are_not_held(town: TestTown) -> None:
    admin, rider = await county(town)
    other = await town.rider("李晓梅")
    await rider.says(POTHOLE, photo="hole.jpg")
    await other.says("路面有个大坑，客运站", photo="quite-another.jpg")
    for person in (rider, other):
        assert await ledger(town, person) == [("A01", 2, Step.CONFIRMED), ("A04", 1, Step.CONFIRMED)]
    await admin.says("待确认")
    assert admin.hears("points.pending.none")


async def test_after_half_a_year_a_photo_is_a_new_one(town: TestTown) -> None:
    _, rider = await county(town)
    await (await town.rider("李晓梅")).says(POTHOLE, photo="hole.jpg")
    town.clock.move(town.clock.now() + timedelta(days=181))
    await rider.says("路面有个大坑，客运站", photo="hole.jpg")
    assert {step for _, _, step in await ledger(town, rider)} == {Step.CONFIRMED}


async def test_ones_own_withdrawn_report_may_be_sent_again(town: TestTown) -> None:
    _, rider = await county(town)
    await rider.says(POTHOLE, photo="hole.jpg")
    await rider.says("撤回")
    await rider.says(POTHOLE, photo="hole.jpg")
    assert (await ledger(town, rider))[2:] == [("A01", 2, Step.CONFIRMED), ("A04", 1, Step.CONFIRMED)]


async def test_more_than_six_reports_in_ten_minutes_hold_what_comes_after(town: TestTown) -> None:
    admin, rider = await county(town)
    for index in range(6):
        await rider.says(f"路上有个大坑，客运站，第{index}次看到", photo=f"{index}.jpg")
    assert {step for _, _, step in await ledger(town, rider)} == {Step.CONFIRMED}
    await rider.says("井盖丢了，客运站", photo="lid.jpg")
    assert (await ledger(town, rider))[-1] == ("A03", 8, Step.PENDING)
    await admin.says("待确认")
    assert admin.hears("points.hint.burst", n=7)


async def test_where_the_caps_leave_only_the_smaller_part_that_waits_too(town: TestTown) -> None:
    """The day's cap of A01 is reached before that of A04."""
    admin, rider = await county(town)
    for index, name in enumerate(("bridge", "corner", "gutter", "market", "school", "avenue", "by-the-river")):
        # The first two come without a place, so that they are not complete.
        words = "路上有个大坑" if index < 2 else "路上有个大坑，客运站"
        await rider.says(f"{words}，第{index}次看到", photo=f"{name}.jpg")
        if index < 2:
            await rider.says("客运站")
    assert (await ledger(town, rider))[-1] == ("A04", 1, Step.PENDING)
    await admin.says("待确认")
    await admin.presses("1 算")
    assert (await ledger(town, rider))[-1] == ("A04", 1, Step.CONFIRMED)


async def test_two_places_too_far_apart_hold_the_second(town: TestTown) -> None:
    admin, rider = await county(town)
    await rider.says(POTHOLE, photo="hole.jpg")
    await town.wait(minutes=1)
    await rider.says("路上有个大坑，南岸大集", photo="far-away.jpg")  # 3.6 km in a minute
    assert (await ledger(town, rider))[2:] == [("A01", 2, Step.PENDING), ("A04", 1, Step.PENDING)]
    await admin.says("待确认")
    assert admin.hears("points.hint.distance", km=4, number="0001", ago=timedelta(minutes=1))

    await town.wait(minutes=30)
    await rider.says("路上又有个大坑，客运站", photo="third-hole.jpg")
    assert (await ledger(town, rider))[4:] == [("A01", 2, Step.CONFIRMED), ("A04", 1, Step.CONFIRMED)]


async def test_ones_own_station_holds(town: TestTown) -> None:
    admin, rider = await county(town)
    async with town.database.write() as tx:
        await tx.run("UPDATE members SET station = '客运站' WHERE id = :id", id=rider.id)
    await rider.says(POTHOLE, photo="hole.jpg")
    assert (await ledger(town, rider))[0] == ("A01", 2, Step.PENDING)
    await admin.says("待确认")
    assert admin.hears("points.hint.own_place")


async def test_a_look_with_the_reports_own_photo_holds(town: TestTown) -> None:
    """Another rider is to look; what they send is the photo of the report."""
    admin = await town.admin("李主任")
    rider, _ = await handled(town)
    other = await town.rider("李晓梅")
    await rider.presses("没路过")
    asked = about(other, "0001")
    await other.says(photo="before.jpg", answers=asked)
    await other.presses("已修好")
    assert await ledger(town, other) == [("B01", 3, Step.PENDING)]
    await admin.says("待确认")
    assert admin.hears("points.hint.same_photo", number="0001")


async def test_a_look_with_a_photo_of_ones_own_is_paid(town: TestTown) -> None:
    rider, _ = await handled(town)
    other = await town.rider("李晓梅")
    await rider.presses("没路过")
    await other.says(photo="my-own-look.jpg", answers=about(other, "0001"))
    await other.presses("已修好")
    assert await ledger(town, other) == [("B01", 3, Step.CONFIRMED)]


# -- what the rider sees -------------------------------------------------------------------------------------------


async def test_the_rider_reads_that_it_waits_and_no_accusation(town: TestTown) -> None:
    _, rider = await copied(town)
    await rider.says("积分")
    assert rider.hears("points.month_empty") and rider.hears("points.waiting", points="+3")
    await rider.says("明细")
    assert rider.hears("points.standing.pending")
    assert not any("相同" in shown.text or "很像" in shown.text for shown in rider.chat)


# -- the tap -------------------------------------------------------------------------------------------------------


async def test_a_tap_counts_it_and_the_list_shows_what_is_left(town: TestTown) -> None:
    admin, rider = await copied(town)
    await admin.says("待确认")
    await admin.presses("1 算")
    assert await ledger(town, rider) == [("A01", 2, Step.CONFIRMED), ("A04", 1, Step.CONFIRMED)]
    assert await month(town, rider) == 3
    assert admin.last.text == town.texts.pattern("points.pending.none", "zh-CN")
    assert not rider.hears("points.pending.not_counted")
    await rider.says("明细")
    assert "李主任" in rider.last.text  # who looked at it


async def test_or_does_not_and_the_rider_hears_who_looked_and_may_object(town: TestTown) -> None:
    admin, rider = await copied(town)
    await admin.says("待确认")
    await admin.presses("1 不算")
    assert await ledger(town, rider) == [("A01", 2, Step.REVERSED), ("A04", 1, Step.REVERSED)]
    assert rider.hears("points.pending.not_counted", who="李主任", number="0002", delta="+3")
    await rider.presses("对这一条有异议")
    assert rider.hears("ranking.object.ask")
    async with town.database.read() as tx:
        rows = await tx.all("SELECT action FROM audit WHERE action LIKE 'points.%'")
    assert [row["action"] for row in rows] == ["points.refused"]


async def test_a_report_that_does_not_count_is_not_paid_when_it_is_closed(town: TestTown) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    contact = await town.contact("housing", "刘工")
    await (await town.rider("李晓梅")).says("路灯不亮，客运站", photo="hole.jpg")
    await rider.says(POTHOLE, photo="hole.jpg")
    await admin.says("待确认")
    await admin.presses("1 不算")
    await close(town, rider, contact)
    assert (await town.case(2)).state is CaseState.CLOSED
    assert [item for item, _, _ in await ledger(town, rider)] == ["A01", "A04"]
    assert await month(town, rider) == 0


async def test_what_a_held_report_earns_later_waits_with_it(town: TestTown) -> None:
    admin, rider = await town.admin("李主任"), await town.rider("赵强")
    contact = await town.contact("housing", "刘工")
    await (await town.rider("李晓梅")).says("路灯不亮，客运站", photo="hole.jpg")
    await rider.says(POTHOLE, photo="hole.jpg")
    await close(town, rider, contact)
    assert (await ledger(town, rider))[-1] == ("A05", 2, Step.PENDING)
    await admin.says("待确认")
    await admin.presses("1 算")
    assert await month(town, rider) == 5


async def test_two_admins_decide_once(town: TestTown) -> None:
    admin, rider = await copied(town)
    other = await town.admin("王主任")
    await admin.says("待确认")
    await other.says("待确认")
    late = other.last
    await admin.presses("1 算")
    await other.presses("1 不算", on=late)
    assert other.notices[-1] == town.texts.pattern("points.pending.settled", "zh-CN")
    assert await month(town, rider) == 3


async def test_nobody_counts_their_own(town: TestTown) -> None:
    await county(town)
    both = await town.person("孙六", Post(Role.ADMIN), Post(Role.RIDER))
    await (await town.rider("李晓梅")).says(POTHOLE, photo="hole.jpg")
    await both.says("路面有个大坑，客运站", photo="hole.jpg")
    await both.says("待确认")
    await both.presses("1 算")
    assert both.notices[-1] == town.texts.pattern("points.asked.oneself", "zh-CN")
    assert await month(town, both) == 0


async def test_what_is_rejected_or_withdrawn_waits_for_nobody(town: TestTown) -> None:
    admin, _ = await copied(town)
    await admin.says("驳回 0002 同一处")
    await admin.says("待确认")
    assert admin.hears("points.pending.none")


async def test_the_list_has_five_a_page(town: TestTown) -> None:
    admin, _ = await county(town)
    await (await town.rider("李晓梅")).says(POTHOLE, photo="hole.jpg")
    for name in "甲乙丙丁戊己庚":
        await (await town.rider(f"骑手{name}")).says("路面有个大坑，客运站", photo="hole.jpg")
    await admin.says("待确认")
    assert admin.hears("points.pending.head", n=7)
    assert admin.last.labels[:2] == ["1 算", "1 不算"] and len(admin.last.labels) == 11
    await admin.presses("更多")
    assert len(admin.last.labels) == 4
    await admin.presses("1 算")
    await admin.presses("1 算")
    assert admin.hears("points.pending.end", n=5)


async def test_admins_hear_in_the_morning_that_something_waits(town: TestTown) -> None:
    admin, _ = await copied(town)  # a Monday at nine
    await town.wait(hours=23)
    assert not admin.hears("points.pending.wait")
    await town.wait(hours=1, minutes=1)
    assert admin.hears("points.pending.wait", n=1)
    await admin.presses("去确认")
    await admin.presses("1 算")
    await town.wait(days=1)
    assert admin.hears_times("points.pending.wait") == 1


async def test_others_decide_nothing(town: TestTown) -> None:
    _, rider = await copied(town)
    for person in (rider, await town.dispatcher("钱主任")):
        await person.says("待确认")
        assert person.hears("core.not_allowed")


# -- rules ---------------------------------------------------------------------------------------------------------


def report(number: int, minutes: float, point: Point | None = None, place: str = "") -> Report:
    return Report(CaseId(number), number, AT + timedelta(minutes=minutes), place, point)


@pytest.mark.parametrize(("minutes", "expected"), [([0.0] * 6, None), ([0.0] * 7, 7), ([-10.0, *[0.0] * 6], None)])
def test_a_burst_is_more_than_six_in_ten_minutes(minutes: list[float], expected: int | None) -> None:
    own = [report(number, ago) for number, ago in enumerate(minutes, 1)]
    assert burst(AT, own) == (Hint(HintKind.BURST, str(expected)) if expected else None)


HERE = Point(46.9, 130.4)
ROADS = {place.name: place for place in RULEBOOK.places.values() if place.line}


def case(at: Point | None, place: str = "") -> Case:
    return Case(
        id=CaseId(9), number=9, state=CaseState.FILED, version=1, round=1, reporter_id=MemberId(2), opened_at=AT,
        moved_at=AT, place=place, lat=at.lat if at else None, lon=at.lon if at else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("metres", "minutes", "held"),
    [
        (900, 0, False),  # as coarse as places are
        (1100, 0, True),
        (5900, 5, False),  # 60 km/h for five minutes, and the coarseness
        (6100, 5, True),
    ],
)
def test_too_far_is_farther_than_sixty_an_hour(metres: int, minutes: float, held: bool) -> None:
    before = report(3, -minutes, Point(HERE.lat + metres / 111_195, HERE.lon))
    hint = too_far(case(HERE), [before], {})
    assert (hint is not None) is held
    if hint is not None:
        away, seconds, number = map(int, hint.detail.split())
        assert abs(away - metres) <= 2 and (seconds, number) == (minutes * 60, 3)


def test_without_a_position_or_an_earlier_report_nothing_is_too_far() -> None:
    far = report(3, 0, Point(47.5, 130.4))
    assert too_far(case(None), [far], {}) is None
    assert too_far(case(HERE), [report(3, 0)], {}) is None
    assert too_far(case(HERE), [], {}) is None
    assert too_far(case(HERE), [report(9, 0, Point(47.5, 130.4))], {}) is None  # the report itself


def test_a_road_is_as_near_as_its_nearest_spot() -> None:
    road = next(iter(ROADS.values()))
    end = road.line[0]
    middle = report(3, 0, road.at, road.name)
    assert too_far(case(end), [middle], ROADS) is None
    other = next(place for place in ROADS.values() if place.name != road.name)
    assert too_far(case(other.at, other.name), [middle], ROADS) is None  # two roads meet somewhere


@pytest.mark.parametrize(
    ("place", "station", "same"),
    [("客运站", "客运站", True), ("客运站 ", "客运站", True), ("客运站", "", False), ("客运站东门", "客运站", False)],
)
def test_ones_own_place_is_named_alike(place: str, station: str, same: bool) -> None:
    assert is_own_place(place, station) is same
