"""The weekly brief's page: orderly with few and many cases, small enough to send, and as it was last looked at."""

import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.render.marks import Kind, faults
from handlers.weekly.picture import LIMIT_BYTES, Brief, Count, Item, Listing, Rate, Usual, draw, page

GOLDEN = Path(__file__).parent / "golden"
LONG_PLACE = "清河街道幸福北路与人民东路交叉口东南角公交换乘中心二号出入口"
AGENCIES = ("城管局", "住建局", "交警大队", "市场监管局", "清河街道办")
MATTERS = ("暴露垃圾", "路面坑槽", "公交站点违停", "后厨脏乱差", "井盖松动", "小广告")
PLACES = ("人民路幼儿园", "客运站东门公交站", "幸福小区 3 号楼", "涉敏，不列地点", "建设街与胜利路口")
CONTACTS = ("王队", "刘工", "周警官", "郑老师", "陈主任")


def items(number: int) -> tuple[Item, ...]:
    """So many overdue cases, grouped by agency."""
    made = [
        Item(
            AGENCIES[n * 5 // max(5, number)], f"共 {number} 件", f"{119 + 7 * n:04d}", MATTERS[n % 6],
            PLACES[n % 5], CONTACTS[n * 5 // max(5, number)], f"超 {12 - n if n < 11 else 1} 天",
        )
        for n in range(number)
    ]  # fmt: skip
    return tuple(made)


def late(number: int, of: int = 0) -> Listing:
    count = f"前 {number} 件，另有 {of - number} 件见附表" if of else f"{number} 件"
    return Listing("逾期未结", count if number else "", items(number), "没有逾期未结的事项")


NONE = Brief(
    county="示例县新就业群体“五大员”",
    title="一周工作简报",
    span="11月16日至11月22日",
    counts=(
        Count("上报", "46", "件"), Count("立案", "44", "件"), Count("办结", "39", "件"), Count("在办", "18", "件"),
        Count("逾期未结", "0", "件"),
    ),
    rates=(
        Rate(
            "按期结案率", "91.6", 33, 36, "应结 36 件，按期 33 件，挂起 2 件不计", "办结用时，取中位数",
            (Usual("特急、紧急", "5 小时 40 分"), Usual("一般、线索/建议", "1 个工作日 2 小时")),
        ),
        Rate(
            "响应率", "95", 38, 40, "应接收 40 件，按时 38 件", "接收用时，取中位数",
            (Usual("特急、紧急", "12 分"), Usual("一般、线索/建议", "48 分")),
        ),
    ),
    late=late(0),
    reached=Listing("督办", "0 件", ()),
    note="按期以处置完成为准。练习、撤回、不予受理、并案的不计；挂起、等补充时到时限的不计。"
    "用时：特急、紧急按昼夜计，一般、线索/建议只计工作时间。",
    office="县委社会工作部",
    made="今天 9:00 制表",
)  # fmt: skip
REACHED = Listing(
    "督办", "2 件",
    (
        Item("住建局", "", "0098", "路面塌陷", "客运站东门公交站", "刘工", "未办结"),
        Item("城管局", "", "0102", "占道经营", LONG_PLACE, "王队", "未接收"),
    ),
)  # fmt: skip


def with_late(listing: Listing, number: int) -> Brief:
    return replace(NONE, counts=(*NONE.counts[:4], Count("逾期未结", str(number), "件")), late=listing)


ONE = with_late(late(1), 1)
TEN = replace(with_late(late(10), 10), reached=REACHED)
SIXTY = replace(with_late(late(12, 60), 60), reached=REACHED)
WORST = Item(
    "示例县城市管理综合行政执法局", "共 1200 件", "12345", "建筑垃圾和渣土车抛洒", LONG_PLACE,
    "阿卜杜热合曼·艾合买提", "超 365 天",
)  # fmt: skip
LONG = replace(
    TEN,
    county="示例县新就业群体“五大员”社会治理工作协调小组办公室（县委社会工作部）",
    span="2026年12月28日至2027年1月10日",
    counts=tuple(Count("逾期未结", "12345", "件") for _ in range(5)),
    rates=(
        Rate(
            "按期结案率",
            "100",
            12345,
            12345,
            "应结 12345 件，按期 12345 件，挂起 1234 件不计",
            "办结用时，取中位数",
            (Usual("一般、线索/建议", "10 个工作日 5 小时 59 分"),),
        ),
        Rate("响应率", "", 0, 0, "这一周没有到时限的", "接收用时，取中位数", (Usual("一般、线索/建议", "—"),)),
    ),
    late=Listing("逾期未结", "列出 12 件，共 12345 件", (WORST,) * 12),
    reached=Listing("督办", "列出 6 件，共 1234 件", (replace(WORST, of_agency="", side="not accepted"),) * 6),
    office="中共示例县委社会工作部（县新就业群体党建工作领导小组办公室）",
    made="2026年12月31日（周四）9:00 制表",
)
BARE = replace(NONE, rates=(replace(NONE.rates[0], usual=()), replace(NONE.rates[1], usual=())))
BRIEFS = {"none": NONE, "one": ONE, "ten": TEN, "sixty": SIXTY, "long": LONG, "bare": BARE}


@pytest.fixture(params=BRIEFS, ids=str)
def brief(request: pytest.FixtureRequest) -> Brief:
    return BRIEFS[request.param]


def words(brief: Brief) -> dict[str, int]:
    """What is written on the page, and how large."""
    return {mark.words: mark.size for mark in draw(brief).log if mark.kind is Kind.WORDS}


def test_nothing_leaves_its_place_overlaps_or_is_hard_to_read(brief: Brief) -> None:
    assert faults(draw(brief).log) == []


def test_it_is_a_jpeg_small_enough_to_send(brief: Brief) -> None:
    data = page(brief)

    assert len(data) <= LIMIT_BYTES
    with Image.open(BytesIO(data)) as picture:
        assert (picture.format, picture.width) == ("JPEG", 1080)
        assert 1100 <= picture.height <= 3000


def test_every_figure_and_case_is_on_it() -> None:
    shown = words(TEN)

    wanted = {TEN.county, TEN.title, TEN.span, TEN.office, TEN.made, "46", "39", "18", "10", "91.6", "95"}
    wanted |= {
        part for item in TEN.late.items for part in (item.number, item.matter, item.place, item.contact, item.side)
    }
    wanted |= {part for rate in TEN.rates for usual in rate.usual for part in (usual.levels, usual.length)}
    assert wanted <= set(shown)


def test_an_agency_is_named_once_over_its_cases() -> None:
    drawn = [mark.words for mark in draw(TEN).log]

    for agency in AGENCIES:
        listed = drawn.index("督办")
        assert drawn[:listed].count(agency) == 1


def test_without_overdue_cases_it_says_so_and_has_no_empty_list() -> None:
    shown = words(NONE)

    assert NONE.late.none in shown
    assert "督办" not in shown
    assert draw(NONE).image.height < draw(ONE).image.height + 100


def test_a_rate_of_nothing_is_a_dash() -> None:
    nothing = replace(NONE.rates[0], percent="", part=0, whole=0, words="这一周没有到时限的")
    drawn = [mark.words for mark in draw(replace(NONE, rates=(nothing, NONE.rates[1]))).log]

    assert "—" in drawn
    assert drawn.count("%") == 1


def test_a_long_place_shrinks_and_is_not_cut() -> None:
    assert words(TEN)[LONG_PLACE] >= 17


def test_a_page_takes_at_most_a_second(brief: Brief) -> None:
    page(NONE)  # fonts are loaded once a process

    start = time.perf_counter()
    page(brief)
    assert time.perf_counter() - start <= 1.0


@pytest.mark.parametrize("name", ["none", "ten"])
def test_it_looks_as_it_did_when_it_was_last_looked_at(name: str) -> None:
    """The golden pictures are small; `python -m tests.render.test_weekly_page` draws them anew."""
    seen = small(BRIEFS[name])
    with Image.open(GOLDEN / f"weekly-{name}.png") as golden:
        assert golden.size == seen.size
        difference = ImageChops.difference(golden.convert("RGB"), seen)
    assert max(ImageStat.Stat(difference).mean) <= 1.5
    assert max(high for _, high in difference.getextrema()) <= 60


def small(brief: Brief) -> Image.Image:
    return draw(brief).image.reduce(6)


if __name__ == "__main__":
    for name in ("none", "ten"):
        small(BRIEFS[name]).save(GOLDEN / f"weekly-{name}.png", optimize=True)
