"""The default county is whole, and every kind of mistake in a copy of it is told with file, entry and cure."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest

from bot import county
from bot.county import RulebookFault
from bot.domain.geo import grid_of, in_county, inside, metres, overlap
from bot.domain.limits import Limit
from bot.domain.people import Rank, Role
from bot.domain.rulebook import Point, Rulebook, Sensitive, Severity, VerifyBy


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return county.load(None)


class Copy:
    """A county's own copy of the folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for source in county.default_dir().iterdir():
            if source.suffix in {".toml", ".geojson"}:
                shutil.copy(source, path / source.name)

    def change(self, file: str, old: str, new: str, *, after: str = "") -> None:
        """Replace `old` by `new`, where it first stands behind `after`."""
        content = (self.path / file).read_text(encoding="utf-8")
        start = content.index(after) if after else 0
        where = content.index(old, start)
        (self.path / file).write_text(content[:where] + new + content[where + len(old) :], encoding="utf-8")

    def change_grid(self, id_: str, change: Callable[[dict[str, Any]], None]) -> None:
        file = self.path / "grids.geojson"
        collection = json.loads(file.read_text(encoding="utf-8"))
        change(next(feature for feature in collection["features"] if feature["properties"]["id"] == id_))
        file.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")

    def faults(self) -> tuple[str, ...]:
        with pytest.raises(RulebookFault) as caught:
            county.load(self.path)
        return caught.value.lines

    def only_fault(self) -> str:
        [line] = self.faults()
        return line


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


# The default county


def test_counts(book: Rulebook) -> None:
    assert len(book.categories) == 78
    own_duties = [category for category in book.categories.values() if book.duties[category.duty].is_duty]
    assert len(own_duties) == 73
    assert Counter(category.code[:2] for category in book.categories.values()) == {
        "FS": 13, "CV": 16, "TR": 14, "OP": 10, "GR": 20, "RC": 5,
    }  # fmt: skip
    assert Counter(item.group for item in book.points.items) == {"A": 7, "B": 7, "C": 6, "D": 6, "E": 7}
    assert len(book.rewards) == 18
    assert len(book.stations) == 10
    assert len(book.places) >= 70
    assert len(book.grids) >= 8
    assert sum(duty.is_duty for duty in book.duties.values()) == 5


def test_one_category_with_every_column(book: Rulebook) -> None:
    manhole = next(category for category in book.categories.values() if category.code == "GR01")
    assert (manhole.id, manhole.duty, manhole.agency) == ("manhole_missing", "grid", "housing")
    assert (manhole.accept, manhole.secure, manhole.resolve) == tuple(map(Limit.parse, ("15m", "1h", "6h")))
    assert manhole.severity is Severity.P1
    assert (manhole.sensitive, manhole.verify_by, manhole.public) == (Sensitive.NO, VerifyBy.OTHER_RIDER, True)
    assert (manhole.photo_min, manhole.location_required, manhole.calls) == (1, True, ("110",))
    assert "与路面平顺" in manhole.close_condition
    assert manhole.keywords
    assert "[TJ]" in manhole.basis


def test_opinion_needs_neither_photo_nor_place(book: Rulebook) -> None:
    for category in book.categories.values():
        opinion = category.code.startswith("OP")
        assert category.location_required is not opinion, category.code
        assert not opinion or category.photo_min == 0, category.code


def test_urgent_work_is_never_vouched_for_by_reporter_or_handler_alone(book: Rulebook) -> None:
    urgent = [c for c in book.categories.values() if c.severity in (Severity.P1, Severity.P2)]
    assert {category.verify_by for category in urgent} <= {VerifyBy.OTHER_RIDER, VerifyBy.COMMUNITY}
    assert all(category.calls and category.secure for category in urgent if category.severity is Severity.P1)


def test_accident_has_two_numbers_and_a_parked_car_none(book: Rulebook) -> None:
    by_code = {category.code: category for category in book.categories.values()}
    assert by_code["TR09"].calls == ("122", "120")
    assert by_code["TR01"].calls == ()


def test_points_keep_steps_caps_and_stars(book: Rulebook) -> None:
    items = {item.code: item for item in book.points.items}
    assert items["E02"].points == (30, 20, 10)
    assert (items["E04"].points, items["E04"].cap_day, items["E04"].cap_month) == ((-1,), -3, -10)
    assert items["E04"].free_month == 3
    assert items["E06"].points == (-5, -15)
    assert {code for code, item in items.items() if item.outside_caps} == {"A07", "B04", "E03"}
    assert {code for code, item in items.items() if item.spendable_only} == {"E02", "E03"}
    assert (book.points.ranking_cap_day, book.points.ranking_cap_month) == (40, 500)
    assert list(book.points.groups) == ["A", "B", "C", "D", "E"]


def test_places_lie_in_their_grids_and_in_the_county(book: Rulebook) -> None:
    for place in book.places.values():
        grid = book.grids[place.grid]
        assert inside(place.at, grid.ring), place.id
        assert grid.community == place.community, place.id
        assert in_county(place.at, book.boundary, ()), place.id
    assert not in_county(Point(47.25, 130.4), book.boundary, ())


def test_grids_cover_the_town_without_overlap(book: Rulebook) -> None:
    grids = list(book.grids.values())
    assert not [(a.id, b.id) for a, b in combinations(grids, 2) if overlap(a.ring, b.ring, deeper_than_m=2)]
    town = [(46.9 + north / 1000, 130.4 + east / 1000) for north in range(-12, 17, 4) for east in range(-28, 30, 4)]
    assert [point for point in town if grid_of(Point(*point), grids) is None] == []


def test_a_crossing_lies_on_both_its_roads(book: Rulebook) -> None:
    roads = {place.name: place for place in book.places.values() if place.kind == "road"}
    crossings = [place for place in book.places.values() if place.kind == "crossing"]
    assert len(roads) >= 12
    for crossing in crossings:
        names = crossing.name.removesuffix("路口").split("与")
        assert len(names) == 2
        for name in names:
            nearby = metres_from(crossing.at, roads[name].line)
            assert nearby < 30, f"{crossing.name} is {nearby:.0f} m from {name}"


def metres_from(point: Point, line: tuple[Point, ...]) -> float:
    steps = [i / 400 for i in range(401)]
    return min(
        metres(point, Point(a.lat + (b.lat - a.lat) * s, a.lon + (b.lon - a.lon) * s))
        for a, b in pairwise(line)
        for s in steps
    )


def test_a_place_may_send_some_categories_elsewhere(book: Rulebook) -> None:
    overrides = [place for place in book.places.values() if place.agency]
    assert len(overrides) >= 5
    assert all(place.agency_for for place in overrides)


def test_a_copy_of_the_folder_loads_the_same(copy: Copy, book: Rulebook) -> None:
    again = county.load(copy.path)
    assert dict(again.categories) == dict(book.categories)
    assert again.shapes == book.shapes


def test_the_book_is_frozen(book: Rulebook) -> None:
    with pytest.raises(TypeError):
        book.categories["new"] = next(iter(book.categories.values()))


def test_people_of_the_demo(book: Rulebook) -> None:
    people = county.load_people(None, book)
    riders = [person for person in people if person.posts[0].role is Role.RIDER]
    assert len(riders) == 70
    assert all(rider.duties and rider.term(date(2026, 11, 23)) for rider in riders)
    assert any(len(rider.name) == 11 for rider in riders)
    assert {person.demo for person in people if person.demo} == {
        "rider-1", "rider-2", "contact-1", "contact-2", "leader", "dispatcher", "verifier", "station-keeper",
        "admin-1", "admin-2",
    }  # fmt: skip
    assert all(re.fullmatch(r"1000\d{7}", person.phone) for person in people)
    roles = Counter(person.posts[0].role for person in people)
    assert (roles[Role.ADMIN], roles[Role.AUDITOR], roles[Role.STATION_KEEPER]) == (2, 1, 10)
    assert roles[Role.DISPATCHER] >= 2


def test_the_term_runs_on_the_day_of_the_demo_whenever_that_is(book: Rulebook) -> None:
    for today in (date(2026, 2, 28), date(2031, 7, 1)):
        for person in county.load_people(None, book):
            term = person.term(today)
            assert term is None or (term[0] <= today <= term[1] and (term[1] - term[0]).days == 364)


def test_whoever_a_case_can_go_to_has_somebody_there(book: Rulebook) -> None:
    posts = [post for person in county.load_people(None, book) for post in person.posts]
    first = {post.agency for post in posts if post.role is Role.CONTACT and post.rank is Rank.A}
    routed = {category.agency for category in book.categories.values()} | {
        place.agency for place in book.places.values() if place.agency
    }
    real = {agency for agency in routed if not book.agencies[agency].is_area}
    townships = {grid.township for grid in book.grids.values()}
    assert real | townships <= first
    verified = {post.agency for post in posts if post.role is Role.VERIFIER}
    assert {grid.community for grid in book.grids.values()} <= verified
    keepers = {post.agency for post in posts if post.role is Role.STATION_KEEPER}
    assert {station.agency for station in book.stations.values()} == keepers


# Mistakes: one is made, one sentence is told


@pytest.mark.parametrize(
    ("file", "after", "old", "new", "expected"),
    [
        pytest.param(
            "categories.toml", '"FS03"', '"market_reg"', '"market_rg"',
            'categories.toml → [[category]] FS03: agency "market_rg" does not exist; did you mean "market_reg"?',
            id="agency",
        ),
        pytest.param(
            "categories.toml", '"TR05"', 'duty = "traffic"', 'duty = "trafic"',
            'categories.toml → [[category]] TR05: duty "trafic" does not exist; did you mean "traffic"?',
            id="duty",
        ),
        pytest.param(
            "categories.toml", '"GR03"', '"2wd"', '"2 days"',
            'categories.toml → [[category]] GR03: resolve: "2 days" is not a time limit; '
            "write 30m, 2h, 3d, 4wh or 3wd",
            id="limit",
        ),
        pytest.param(
            "categories.toml", '"GR03"', '"P3"', '"P5"',
            'categories.toml → [[category]] GR03: severity "P5" is not known; write one of P1, P2, P3, P4',
            id="severity",
        ),
        pytest.param(
            "categories.toml", '"CV02"', '"CV02"', '"CV01"',
            'categories.toml → [[category]] CV01: code "CV01" is taken by [[category]] CV01; write another one',
            id="code-twice",
        ),
        pytest.param(
            "categories.toml", '"CV02"', 'short = "建筑垃圾"', 'short = "建筑垃圾积存渣土堆"',
            'categories.toml → [[category]] CV02: short "建筑垃圾积存渣土堆" has 9 characters; keep it to 8',
            id="short-too-long",
        ),
        pytest.param(
            "categories.toml", '"CV02"', "photo_min = 1\n", "",
            "categories.toml → [[category]] CV02: photo_min is missing; add a line photo_min = …",
            id="key-missing",
        ),
        pytest.param(
            "categories.toml", '"CV02"', "photo_min = 1\n", "photo_min = 1\nfoto_max = 3\n",
            'categories.toml → [[category]] CV02: "foto_max" is not a setting of this entry; use one',
            id="key-unknown",
        ),
        pytest.param(
            "categories.toml", '"CV02"', "public = true", 'public = "yes"',
            "categories.toml → [[category]] CV02: public must be true or false; write public = true or",
            id="flag",
        ),
        pytest.param(
            "categories.toml", '"GR19"', '"119"', '"118"',
            'categories.toml → [[category]] GR19: emergency_call: line "118" does not exist; '
            "write one of 110, 119, 120, 122",
            id="emergency-line",
        ),
        pytest.param(
            "categories.toml", '"GR19"', 'emergency_call = "119"\n', "",
            "categories.toml → [[category]] GR19: emergency_call is missing at severity P1; write the number to call",
            id="emergency-call-missing",
        ),
        pytest.param(
            "categories.toml", '"TR03"', '"other_rider"', '"reporter"',
            'categories.toml → [[category]] TR03: verify_by "reporter" is not enough at severity P2; '
            'write "other_rider" or "community"',
            id="verified-by-reporter",
        ),
        pytest.param(
            "categories.toml", '"FS04"', '"community"', '"other_rider"',
            'categories.toml → [[category]] FS04: verify_by "other_rider" shows a sensitive case to others; '
            'write "community"',
            id="sensitive-shown",
        ),
        pytest.param(
            "categories.toml", '"FS04"', "public = false", "public = true",
            'categories.toml → [[category]] FS04: public = true contradicts sensitive = "yes"; write public = false',
            id="sensitive-public",
        ),
        pytest.param(
            "keywords.toml", "", "[keywords.exposed_garbage]\n", "[keywords.exposed_garbage]\nstrnog = []\n",
            'keywords.toml → [keywords.exposed_garbage]: "strnog" is not a setting of this entry; did you mean "strong',
            id="keyword-list-unknown",
        ),
        pytest.param(
            "duties.toml", '"civility"', '"#b45309"', '"orange"',
            'duties.toml → [[duty]] civility: colour "orange" is not a colour; write # and six digits',
            id="colour",
        ),
        pytest.param(
            "duties.toml", '"civility"', '"urban_mgmt"', '"urban"',
            'duties.toml → [[duty]] civility: agency "urban" does not exist;',
            id="duty-agency",
        ),
        pytest.param(
            "agencies.toml", '"fire"', "duty_desk = true", "duty_desk = true\nlead = true",
            "agencies.toml: 2 agencies have lead = true (social_work, fire); exactly one must lead",
            id="two-leads",
        ),
        pytest.param(
            "agencies.toml", "", "lead = true\n", "",
            "agencies.toml: 0 agencies have lead = true (none); exactly one must lead",
            id="no-lead",
        ),
        pytest.param(
            "agencies.toml", '"health"', '"agency"', '"bureau"',
            'agencies.toml → [[agency]] health: kind "bureau" is not known; write one of agency, utility',
            id="agency-kind",
        ),
        pytest.param(
            "agencies.toml", '"health"', '"卫健局"', '"市监局"',
            'agencies.toml → [[agency]] health: short "市监局" is taken by [[agency]] market_reg; write another one',
            id="agency-short-twice",
        ),
        pytest.param(
            "severities.toml", "", 'accept = "15m"', 'accept = "soon"',
            'severities.toml → [[severity]] P1: accept: "soon" is not a time limit; write 30m',
            id="severity-limit",
        ),
        pytest.param(
            "points.toml", '"A03"', 'group = "A"', 'group = "B"',
            "points.toml → [[group]] A: 6 items name this group but count is 7; add the missing item",
            id="group-count",
        ),
        pytest.param(
            "points.toml", "", "total = 33", "total = 34",
            "points.toml: the groups count 33 items but total is 34; correct total or the counts",
            id="total",
        ),
        pytest.param(
            "points.toml", "", 'effective_from = "2026-01-01"\n', "",
            "points.toml: effective_from is missing; add a line effective_from = …",
            id="effective-from-missing",
        ),
        pytest.param(
            "points.toml", "", '"2026-01-01"', '"1 January"',
            'points.toml: effective_from "1 January" is not a day; write it like "2026-01-01"',
            id="effective-from",
        ),
        pytest.param(
            "points.toml", "", '"full_masked"', '"masked"',
            'points.toml: publicity_mode "masked" is not known; did you mean "full_masked"?',
            id="publicity-mode",
        ),
        pytest.param(
            "points.toml", "", "sampled_in = 10", "sampled_in = 0",
            "points.toml: sampled_in must be a whole number of at least 1; write sampled_in = 1 or more",
            id="sampled-in",
        ),
        pytest.param(
            "points.toml", '"A02"', "case.filed.urgent", "case.filed.normal",
            'points.toml → [[item]] A02: trigger "case.filed.normal" is taken by [[item]] A01; write another one',
            id="trigger-twice",
        ),
        pytest.param(
            "points.toml", '"E04"', "cap_day = -3", "cap_day = 3",
            "points.toml → [[item]] E04: cap_day = 3 leaves no room for one occurrence of 1 points; write -1 or less",
            id="cap-sign",
        ),
        pytest.param(
            "points.toml", '"A07"', '"manual"', '"auto"',
            'points.toml → [[item]] A07: mode "auto" does not go with trigger "admin.major_clue"; only manual',
            id="mode",
        ),
        pytest.param(
            "rewards.toml", '"soap"', "price = 10", "price = -10",
            "rewards.toml → [[reward]] soap: price must be a whole number of at least 0; write price = 1 or more",
            id="price",
        ),
        pytest.param(
            "rewards.toml", '"soap"', '"month"', '"week"',
            'rewards.toml → [[reward]] soap: limit_per "week" is not known; write one of month, quarter',
            id="limit-per",
        ),
        pytest.param(
            "stations.toml", '"xingfu"', '"xingfu_fuwuzhan"', '"xingfu_fuwuzan"',
            'stations.toml → [[station]] xingfu: place "xingfu_fuwuzan" does not exist; '
            'did you mean "xingfu_fuwuzhan"?',
            id="station-place",
        ),
        pytest.param(
            "stations.toml", '"xingfu"', '"08:00-20:00"', '"8 to 20"',
            'stations.toml → [[station]] xingfu: hours "8 to 20" are not hours of the day; write them like',
            id="hours",
        ),
        pytest.param(
            "places.toml", '"keyun_zhan"', '"g03"', '"g33"',
            'places.toml → [[place]] keyun_zhan: grid "g33" does not exist; use one that is there or add it first',
            id="grid",
        ),
        pytest.param(
            "places.toml", '"keyun_zhan"', '"community:zhanqian"', '"community:zhanqan"',
            'places.toml → [[place]] keyun_zhan: community "community:zhanqan" does not exist; '
            'did you mean "community:zhanqian"?',
            id="community",
        ),
        pytest.param(
            "places.toml", '"keyun_zhan"', '"dirty_road"', '"dirty_rode"',
            'places.toml → [[place]] keyun_zhan: agency_for: category "dirty_rode" does not exist; '
            'did you mean "dirty_road"?',
            id="agency-for",
        ),
        pytest.param(
            "places.toml", '"keyun_zhan"', 'agency = "transport"\n', "",
            "places.toml → [[place]] keyun_zhan: agency and agency_for belong together; write both or none",
            id="agency-for-alone",
        ),
        pytest.param(
            "places.toml", '"keyun_zhan"', '"长途站"', '"松岭一中"',
            'places.toml → [[place]] keyun_zhan: name or alias "松岭一中" is taken by [[place]] songling_yizhong;',
            id="alias-twice",
        ),
        pytest.param(
            "places.toml", '"keyun_zhan"', '"station"', '"airport"',
            'places.toml → [[place]] keyun_zhan: kind "airport" is not known; use one that is there',
            id="place-kind",
        ),
        pytest.param(
            "county.toml", "", 'code = "SL"\n', "",
            "county.toml: code is missing; add a line code = …",
            id="county-code",
        ),
        pytest.param(
            "county.toml", "", "boundary = [[", "boundary = [[46.9, 130.4], [",
            "county.toml: boundary is not closed; end it with the position it begins with",
            id="boundary-open",
        ),
        pytest.param(
            "map.toml", '"donghu"', '"lake"', '"sea"',
            'map.toml → [[shape]] donghu: kind "sea" is not known; write one of river, rail, park, lake',
            id="shape-kind",
        ),
        pytest.param(
            "ladder.toml", '"accept_leader"', '"limit+2wh"', '"limit+2hours"',
            'ladder.toml → [[step]] accept_leader: P3: "2hours" is not a time limit; write 30m, 2h, 3d, 4wh or 3wd',
            id="ladder-limit",
        ),
        pytest.param(
            "ladder.toml", '"accept_leader"', '"leader"', '"boss"',
            'ladder.toml → [[step]] accept_leader: to "boss" is nobody the ladder knows; write one of contact',
            id="ladder-to",
        ),
        pytest.param(
            "ladder.toml", '"accept_leader"', 'clock = "accept"', 'clock = "acept"',
            'ladder.toml → [[step]] accept_leader: clock "acept" is not known; did you mean "accept"?',
            id="ladder-clock",
        ),
        pytest.param(
            "ladder.toml", "[quiet]", '"11:00-13:30"', '"noon"',
            'ladder.toml → [quiet]: riders: "noon" is not a span of the day; write it like "11:00-13:30"',
            id="quiet",
        ),
    ],
)  # fmt: skip
def test_one_mistake_is_one_sentence(copy: Copy, file: str, after: str, old: str, new: str, expected: str) -> None:
    copy.change(file, old, new, after=after)
    told = [line for line in copy.faults() if line.startswith(expected)]
    assert len(told) == 1, copy.faults()
    if not file.startswith("points") or "group" not in old:  # an item in the wrong group is wrong in both
        assert copy.faults() == (told[0],)


def test_a_category_nobody_can_name_and_words_of_no_category(copy: Copy) -> None:
    copy.change("keywords.toml", "[keywords.open_burning]", "[keywords.open_burnin]")
    assert set(copy.faults()) == {
        'keywords.toml → [keywords.open_burnin]: category "open_burnin" does not exist; did you mean "open_burning"?',
        "categories.toml → [[category]] CV11: no strong keyword names this category; "
        "add [keywords.open_burning] strong = […] to keywords.toml",
    }


def test_an_area_without_anybody(copy: Copy) -> None:
    copy.change("agencies.toml", 'id = "township"', 'id = "village"')
    lines = copy.faults()
    assert 'agencies.toml → [[agency]] village: no agency is called "village:…"; add one, or delete this area' in lines
    assert any(line.startswith('duties.toml → [[duty]] grid: agency "township" does not exist') for line in lines)


def test_a_local_agency_says_where_in_its_id(copy: Copy) -> None:
    copy.change("agencies.toml", '"platform:bailing"', '"bailing"')
    assert copy.only_fault() == (
        'agencies.toml → [[agency]] bailing: an agency of kind platform must have an id like "platform:…"; '
        'write "platform:bailing"'
    )


def test_a_severity_is_missing(copy: Copy) -> None:
    copy.change("severities.toml", 'id = "P4"', 'id = "P3"')
    assert "severities.toml: P4 is missing; the four levels P1 to P4 are fixed" in copy.faults()


def test_a_place_in_another_grid_is_told_which(copy: Copy, book: Rulebook) -> None:
    other = next(place for place in book.places.values() if place.grid == "g09")
    copy.change("places.toml", "at = [", f"at = [{other.at.lat}, {other.at.lon}] # [", after='"keyun_zhan"')
    assert copy.only_fault() == (
        f'places.toml → [[place]] keyun_zhan: at [{other.at.lat}, {other.at.lon}] does not lie in grid "g03"; '
        'write grid = "g09" or correct at'
    )


def test_latitude_and_longitude_exchanged(copy: Copy) -> None:
    copy.change("places.toml", "at = [", "at = [130.4, 46.9] # [", after='"keyun_zhan"')
    assert copy.only_fault() == (
        "places.toml → [[place]] keyun_zhan: at [130.4, 46.9] is not a position on the earth; "
        "write the latitude first, then the longitude"
    )


def test_a_place_in_the_community_of_another_grid(copy: Copy) -> None:
    copy.change("places.toml", '"community:zhanqian"', '"community:binhe"', after='"keyun_zhan"')
    assert copy.only_fault() == (
        'places.toml → [[place]] keyun_zhan: community "community:binhe" is not that of grid "g03"; '
        'write "community:zhanqian" or another grid'
    )


def test_a_grid_that_is_not_closed(copy: Copy) -> None:
    copy.change_grid("g03", lambda grid: grid["geometry"]["coordinates"][0].pop())
    assert copy.only_fault() == (
        "grids.geojson → feature g03: polygon is not closed; end it with the position it begins with"
    )


def test_a_grid_that_crosses_itself(copy: Copy) -> None:
    def cross(grid: dict[str, Any]) -> None:
        ring = grid["geometry"]["coordinates"][0]
        ring[1], ring[2] = ring[2], ring[1]

    copy.change_grid("g03", cross)
    assert copy.only_fault() == (
        "grids.geojson → feature g03: polygon crosses itself or repeats a corner; draw it again as one simple outline"
    )


def test_a_grid_over_another(copy: Copy) -> None:
    def spread(grid: dict[str, Any]) -> None:
        ring = grid["geometry"]["coordinates"][0]
        lons, lats = [p[0] for p in ring], [p[1] for p in ring]
        west, south, east, north = min(lons) - 0.01, min(lats), max(lons), max(lats)
        grid["geometry"]["coordinates"] = [[[west, south], [east, south], [east, north], [west, north], [west, south]]]

    copy.change_grid("g03", spread)
    assert any(
        line == "grids.geojson → feature g03: its polygon overlaps that of g02; "
        "draw the common border once and use it for both"
        for line in copy.faults()
    )


def test_a_grid_that_is_a_point_or_has_latitude_first(copy: Copy) -> None:
    copy.change_grid("g03", lambda grid: grid["geometry"].update(type="Point", coordinates=[130.4, 46.9]))
    assert copy.only_fault().startswith("grids.geojson → feature g03: its geometry is not a Polygon; draw one closed")
    copy.change_grid("g03", lambda grid: grid["geometry"].update(type="Polygon", coordinates=[[[46.9, 130.4]]]))
    assert copy.only_fault().startswith("grids.geojson → feature g03: [46.9, 130.4] is not a position; GeoJSON has")


def test_a_grid_of_a_township_that_is_not_there(copy: Copy) -> None:
    copy.change_grid("g03", lambda grid: grid["properties"].update(township="township:beshan"))
    assert copy.only_fault() == (
        'grids.geojson → feature g03: township "township:beshan" does not exist; did you mean "township:beishan"?'
    )


def test_a_file_is_missing_empty_or_no_toml(copy: Copy) -> None:
    (copy.path / "rewards.toml").unlink()
    assert copy.only_fault() == (
        f"rewards.toml: is missing in {copy.path}; copy it from the default county and edit the copy"
    )
    (copy.path / "rewards.toml").write_text("", encoding="utf-8")
    assert copy.only_fault() == "rewards.toml: is empty; copy it from the default county and edit the copy"
    (copy.path / "rewards.toml").write_text('[[reward]]\nid = "soap\n', encoding="utf-8")
    assert re.match(r"rewards\.toml: is not valid TOML: .*line 2.*; correct that line", copy.only_fault())
    (copy.path / "rewards.toml").write_bytes("名称 = '香皂'".encode("gbk"))
    assert copy.only_fault() == "rewards.toml: is not UTF-8 text; save it again with the encoding UTF-8"


def test_a_file_with_entries_of_another_name(copy: Copy) -> None:
    copy.change("rewards.toml", "[[reward]]", "[[rewards]]")
    assert copy.only_fault() == 'rewards.toml: "rewards" is not known here; did you mean "reward"?'


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RulebookFault, match=r"\[rulebook\] dir: .* is not a folder; name the county's folder"):
        county.load(tmp_path / "nowhere")


def test_a_windows_editor_may_leave_its_mark(copy: Copy) -> None:
    content = (copy.path / "rewards.toml").read_bytes()
    (copy.path / "rewards.toml").write_bytes(b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"))
    assert len(county.load(copy.path).rewards) == 18


def test_all_mistakes_are_told_at_once(copy: Copy) -> None:
    copy.change("categories.toml", '"market_reg"', '"market_rg"', after='"FS03"')
    copy.change("duties.toml", '"#1d5fa8"', '"blue"')
    copy.change("ladder.toml", '"15m"', '"15x"')
    copy.change("places.toml", '"g03"', '"g99"', after='"keyun_zhan"')
    lines = copy.faults()
    assert len(lines) == 4
    assert {line.split(" → ")[0] for line in lines} == {
        "categories.toml", "duties.toml", "ladder.toml", "places.toml",
    }  # fmt: skip
    with pytest.raises(RulebookFault) as caught:
        county.load(copy.path)
    assert str(caught.value).splitlines() == list(lines)


@pytest.mark.parametrize(
    ("after", "old", "new", "expected"),
    [
        ("", '"10000000001"', '"13800000001"', '[[rider]] 赵铁林: phone "13800000001" could be somebody\'s;'),
        ("", '"10000000002"', '"10000000001"', '[[rider]] 钱小满: phone "10000000001" is taken by [[rider]] 赵铁林;'),
        ("", '"platform:feiyan"', '"platform:feiyn"', 'platform "platform:feiyn" does not exist; did you mean'),
        ("", "since_days = 60", "since_days = 400", "since_days = 400 ends the term before the demo; write less"),
        ("", 'duties = ["traffic"', 'duties = ["rider_care"', 'duties: duty "rider_care" does not exist;'),
        ("[[member]]", 'rank = "A"\n', "", '[[member]] 宗守诚: role "contact" with rank ""; a contact, and only'),
        ("[[member]]", 'agency = "social_work"\n', "", "[[member]] 宗守诚: a contact without agency; add a line"),
        ("[[member]]", '"contact"', '"kontact"', 'role "kontact" is not known; did you mean "contact"?'),
    ],
)
def test_a_mistake_among_the_people(copy: Copy, after: str, old: str, new: str, expected: str) -> None:
    copy.change("people.toml", old, new, after=after)
    with pytest.raises(RulebookFault) as caught:
        county.load_people(copy.path)
    [line] = caught.value.lines
    assert line.startswith("people.toml → ")
    assert expected in line
