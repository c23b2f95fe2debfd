"""The page of the agencies: places with ties, nobody ranked on too few cases, as tall as there are agencies."""

import json
import time
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from bot.engine.imaging import ImageWorker
from bot.render.marks import Kind, Mark, faults
from handlers.ranking import drawing
from handlers.ranking.agency_page import Agency, AgencyPage, draw, share
from handlers.ranking.pieces import LIMIT_BYTES, Foot, Head
from tests.render.golden_pictures import compare, keep
from tests.render.shrunk import FILTERS, codes

LINK = "https://example.org/p/2026-10/agencies"
AGENCIES = (
    Agency(1, "县公安局交警大队", "100%", "应结 46 件 · 按期 46 件", ("98%", "96%", "97%")),
    Agency(2, "县综合行政执法局（城管）", "98.4%", "应结 62 件 · 按期 61 件", ("97%", "95%", "92%")),
    Agency(3, "县住房和城乡建设局", "97.0%", "应结 33 件 · 按期 32 件", ("95%", "97%", "94%")),
    Agency(4, "县消防救援大队", "95.2%", "应结 21 件 · 按期 20 件", ("100%", "90%", "—")),
    Agency(5, "城关镇人民政府", "94.1%", "应结 17 件 · 按期 16 件", ("94%", "91%", "96%")),
    Agency(6, "县市场监督管理局", "92.9%", "应结 14 件 · 按期 13 件", ("90%", "92%", "90%")),
    Agency(7, "县交通运输局", "90.0%", "应结 10 件 · 按期 9 件", ("88%", "90%", "100%")),
    Agency(8, "县供电公司", "88.5%", "应结 26 件 · 按期 23 件", ("92%", "85%", "88%")),
    Agency(9, "县委社会工作部（两新工委）", "81.0%", "应结 21 件 · 按期 17 件", ("86%", "80%", "91%")),
    Agency(0, "幸福街道办事处", "75.0%", "应结 4 件 · 按期 3 件", ("75%", "—", "—")),
    Agency(0, "县卫生健康局", "100%", "应结 2 件 · 按期 2 件", ("100%", "100%", "—")),
    Agency(0, "县生态环境局", "—", "应结 0 件", ("—", "—", "—")),
)
PAGE = AgencyPage(
    head=Head("示例县新就业群体“五大员”", "部门办理榜", "2026 年 10 月"),
    agencies=AGENCIES,
    rate="按期结案率",
    parts=("响应率", "解决率", "满意率"),
    unranked="应结不足 5 件，不参加排名",
    note="按 95% 置信下限排序，件数少不占便宜",
    foot=Foot(
        ("数据截至 11 月 1 日 9:00", "有异议请联系县委社会工作部", "示例县委社会工作部  ·  2026 年 11 月 1 日"), LINK
    ),
    none="本月没有可以排名的部门",
)
ENGLISH = replace(
    PAGE,
    head=Head("Demo County", "Agencies of the Month", "October 2026"),
    agencies=tuple(
        replace(one, name=name, count=f"{46 - number} due · {45 - number} in time")
        for number, (one, name) in enumerate(
            zip(
                AGENCIES,
                ("Traffic police", "City management and law enforcement", "Housing and construction", "Fire and rescue",
                 "Chengguan town", "Market regulation", "Transport", "Power company", "Social work department",
                 "Xingfu subdistrict", "Health", "Ecology"),
                strict=True,
            )
        )
    ),
    rate="closed in time",
    parts=("answered", "solved", "satisfied"),
    unranked="Fewer than five cases due: not ranked",
    note="Ordered by the lower 95 % bound, so that few cases are no advantage",
    none="No agency can be ranked this month",
)  # fmt: skip
PAGES = {
    "nine": PAGE,
    "twelve": replace(PAGE, agencies=tuple(replace(one, place=n) for n, one in enumerate(AGENCIES, 1))),
    "one": replace(PAGE, agencies=AGENCIES[:1]),
    "three": replace(PAGE, agencies=AGENCIES[:3], note=""),
    "ties": replace(
        PAGE,
        agencies=tuple(replace(one, place=place) for one, place in zip(AGENCIES, (1, 1, 3, 3, 3, 6, 7), strict=False)),
    ),
    "too-few": replace(PAGE, agencies=AGENCIES[9:]),
    "empty": replace(PAGE, agencies=()),
    "no-parts": replace(PAGE, parts=(), agencies=tuple(replace(one, parts=()) for one in AGENCIES)),
    "english": ENGLISH,
}
GOLDEN = ("nine", "ties")


@pytest.fixture(params=PAGES, ids=str)
def page(request: pytest.FixtureRequest) -> AgencyPage:
    return PAGES[request.param]


def words(page: AgencyPage) -> list[Mark]:
    return [mark for mark in draw(page).log if mark.kind is Kind.WORDS]


def test_nothing_leaves_its_place_overlaps_or_is_hard_to_read(page: AgencyPage) -> None:
    assert faults(draw(page).log) == []


def test_it_is_a_jpeg_small_enough_to_send_and_as_tall_as_needed(page: AgencyPage) -> None:
    data = draw(page).jpeg(LIMIT_BYTES)

    assert len(data) <= LIMIT_BYTES
    with Image.open(BytesIO(data)) as picture:
        assert (picture.format, picture.width) == ("JPEG", 1080)
        assert 900 <= picture.height <= 2200


def test_the_common_size_of_a_phone_is_filled_where_it_can_be() -> None:
    assert draw(replace(PAGE, agencies=AGENCIES[:9])).image.height == 1920


def test_every_word_and_every_rate_is_on_it() -> None:
    shown = [mark.words for mark in words(PAGE)]

    wanted = {PAGE.rate, PAGE.unranked, PAGE.note, *PAGE.foot.lines, *PAGE.parts}
    wanted |= {part for one in AGENCIES[:9] for part in (one.name, one.rate, one.count, *one.parts)}
    wanted |= {part for one in AGENCIES[9:] for part in (one.name, one.rate, one.count)}
    assert wanted <= set(shown)
    assert PAGE.none not in shown


def test_an_agency_with_too_few_cases_has_no_place_and_stands_apart() -> None:
    shown = words(PAGE)

    assert {mark.words for mark in shown if mark.size == 27} == {str(place) for place in range(1, 10)}
    border = next(mark.box[1] for mark in shown if mark.words == PAGE.unranked)
    assert all(mark.box[1] > border for mark in shown if mark.words in {one.name for one in AGENCIES[9:]})
    assert all(mark.box[1] < border for mark in shown if mark.words in {one.name for one in AGENCIES[:9]})


def test_agencies_of_equal_rank_have_the_same_place() -> None:
    places = sorted(mark.words for mark in words(PAGES["ties"]) if mark.size == 27)

    assert places == ["1", "1", "3", "3", "3", "6", "7"]


@pytest.mark.parametrize("name", ["too-few", "empty"])
def test_where_nobody_can_be_ranked_it_says_so(name: str) -> None:
    assert PAGE.none in {mark.words for mark in words(PAGES[name])}


@pytest.mark.parametrize(
    ("rate", "full"), [("100%", 1.0), ("97.4%", 0.974), ("0%", 0.0), ("—", 0.0), ("130%", 1.0), ("", 0.0), ("-1%", 0.0)]
)
def test_a_bar_is_as_full_as_its_rate(rate: str, full: float) -> None:
    assert share(rate) == pytest.approx(full)


@pytest.mark.parametrize("how", FILTERS, ids=lambda how: how.name)
def test_the_code_is_read_after_it_was_sent_on(how: Image.Resampling) -> None:
    assert codes(draw(PAGE).jpeg(LIMIT_BYTES), how) == [[LINK], [LINK]]


async def test_the_worker_draws_the_same_from_words_within_a_second(image_worker: ImageWorker) -> None:
    told = json.dumps(told_of(PAGE), ensure_ascii=False)
    await image_worker.draw("agency_page", told)  # imports and fonts are loaded once a worker

    start = time.perf_counter()
    drawn = await image_worker.draw("agency_page", told)
    assert time.perf_counter() - start <= 1.0
    assert drawn == draw(PAGE).jpeg(LIMIT_BYTES) == drawing.agency_page(told, [])


def told_of(page: AgencyPage) -> dict[str, object]:
    """The words of a page as the worker is told them."""
    told: dict[str, object] = {
        "county": page.head.county,
        "title": page.head.title,
        "month": page.head.month,
        "rate": page.rate,
        "unranked": page.unranked,
        "note": page.note,
        "none": page.none,
        "qr": page.foot.qr,
        "rows": [[one.place, one.name, one.rate, one.count, *one.parts] for one in page.agencies],
    }
    for name, values in (("part", page.parts), ("line", page.foot.lines)):
        told |= {f"{name}{number}": value for number, value in enumerate(values, 1)}
    return told


@pytest.mark.parametrize("name", GOLDEN)
def test_it_looks_as_it_did_when_it_was_last_looked_at(name: str) -> None:
    """`python -m tests.render.test_agency_page` draws the golden pictures anew."""
    compare(f"agencies-{name}", draw(PAGES[name]).image)


if __name__ == "__main__":
    for name in GOLDEN:
        keep(f"agencies-{name}", draw(PAGES[name]).image)
