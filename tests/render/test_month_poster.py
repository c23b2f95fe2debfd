"""The poster of a month: orderly for one rider and for ten, fair to riders of equal rank, small, quick, scannable."""

import json
import logging
import time
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from bot.engine.imaging import ImageWorker
from bot.render.marks import Kind, Mark, faults
from handlers.ranking import drawing
from handlers.ranking.pieces import LIMIT_BYTES, Figure, Foot, Head
from handlers.ranking.poster import Poster, Standing, draw
from tests.render.golden_pictures import compare, keep
from tests.render.shrunk import FILTERS, codes

LONG_NAME = "阿卜杜热合曼·艾合买提"
SHORT_LINK = "https://example.org/p/2026-10"
SIGNED = "wdy1:SLWDY202611:" + "A1b2C3d4" * 9

STANDINGS = (
    Standing(1, "李晓梅", "城市文明示范员", 312, "▲1", "上报 32 件 · 办结 31 件"),
    Standing(2, "王建国", "道路交通安全员", 286, "—"),
    Standing(3, "张㛃", "食品安全监督员", 271, "▲4"),
    Standing(4, "赵强", "社区兼职网格员", 258, "▲2"),
    Standing(5, "刘洋", "道路交通安全员", 246, "▼1"),
    Standing(6, "陈𬭎", "网络舆情监督员", 233, "▲5"),
    Standing(7, "欧阳志远", "食品安全监督员", 228, "—"),
    Standing(8, LONG_NAME, "城市文明示范员", 219, "▲3"),
    Standing(9, "孙浩", "社区兼职网格员", 207, "▼2"),
    Standing(10, "周立新", "道路交通安全员", 201, "新"),
)
POSTER = Poster(
    head=Head("示例县新就业群体“五大员”", "月度光荣榜", "2026 年 10 月"),
    standings=STANDINGS,
    ribbons=("第一名", "第二名", "第三名"),
    shared=("并列第一", "并列第二", "并列第三"),
    unit="分",
    figures=(
        Figure("126", "件", "本月上报"),
        Figure("119", "件", "已办结"),
        Figure("1.8", "天", "平均办结"),
        Figure("97", "%", "复核通过"),
    ),
    foot=Foot(
        (
            "公示期：11 月 1 日—11 月 5 日",
            "对积分有异议，请私聊发送“申诉”或扫码查看明细",
            "示例县委社会工作部  ·  2026 年 11 月 1 日",
        ),
        SHORT_LINK,
    ),
    none="本月暂无上榜骑手",
)


def placed(*places: int) -> Poster:
    """The poster with these places; who is beyond them is left out."""
    return replace(
        POSTER, standings=tuple(replace(one, place=place) for one, place in zip(STANDINGS, places, strict=False))
    )


NAMES = (
    "𠮷冈明", LONG_NAME, "欧阳*远", LONG_NAME, "㛃", "\U0001f9ff某某", "Alexander Featherstonehaugh III", "司马相如如", "*",
    "阿",
)  # fmt: skip
ODD = replace(
    POSTER,
    head=Head(
        "某某自治州示例自治县新就业群体“五大员”社会治理工作协调小组办公室",
        "二〇二六年十月全县骑手履职光荣榜",
        "2026 年 10 月（更正后第 2 版）",
    ),
    standings=tuple(
        replace(one, name=name, points=points)
        for one, name, points in zip(STANDINGS, NAMES, (12345, 9999, 500, 499, 498, 3, 2, 1, 0, 0), strict=True)
    ),
)
ENGLISH = replace(
    POSTER,
    head=Head("Demo County Five Roles", "Roll of Honour", "October 2026"),
    standings=tuple(
        replace(one, name=name, duty=duty, change=one.change.replace("新", "new"), detail="32 reported · 31 closed")
        for one, name, duty in zip(
            STANDINGS,
            ("Li Xiaomei", "Wang Jianguo", "Zhang Qi", "Zhao Qiang", "Liu Yang", "Chen Hong", "Ouyang Zhiyuan",
             "Abdurahman Ahmat", "Sun Hao", "Zhou Lixin"),
            ("Food safety", "City conduct", "Road traffic safety", "Neighbourhood grid", "Online opinion") * 2,
            strict=True,
        )
    ),
    ribbons=("First", "Second", "Third"),
    shared=("Joint first", "Joint second", "Joint third"),
    unit="points",
    figures=(
        Figure("126", "cases", "reported"),
        Figure("119", "cases", "closed"),
        Figure("1.8", "days", "to close on average"),
        Figure("97", "%", "verified"),
    ),
    foot=Foot(("Open to objections 1–5 November", "Not right? Write to the bot, or scan for the lines", "1 November"), SIGNED),
    none="Nobody has points this month",
)  # fmt: skip
POSTERS = {
    "ten": POSTER,
    "none": replace(POSTER, standings=(), figures=tuple(replace(one, value="0") for one in POSTER.figures)),
    **{f"first-{number}": replace(POSTER, standings=STANDINGS[:number]) for number in range(1, 10)},
    "two-first": placed(1, 1, 3, 4, 4, 4, 7, 8, 9, 9),
    "three-first": placed(1, 1, 1, 4, 5, 6, 7, 8, 9, 10),
    "two-second": placed(1, 2, 2, 4, 5, 6, 7, 8, 8, 10),
    "two-third": placed(1, 2, 3, 3, 5, 6, 6, 8, 9, 10),
    "four-first": placed(1, 1, 1, 1),
    "five-first": placed(1, 1, 1, 1, 1, 6, 7, 8, 9, 10),
    "all-equal": replace(placed(*[1] * 10), standings=tuple(replace(one, place=1, points=0) for one in STANDINGS)),
    "twelve": replace(POSTER, standings=(*STANDINGS, *(replace(one, place=10) for one in STANDINGS[6:8]))),
    "no-code": replace(POSTER, foot=Foot(("示例县委社会工作部",))),
    "signed": replace(POSTER, foot=replace(POSTER.foot, qr=SIGNED)),
    "odd": ODD,
    "english": ENGLISH,
}
GOLDEN = ("ten", "first-1", "two-third", "all-equal")


@pytest.fixture(params=POSTERS, ids=str)
def poster(request: pytest.FixtureRequest) -> Poster:
    return POSTERS[request.param]


def words(poster: Poster) -> list[Mark]:
    return [mark for mark in draw(poster).log if mark.kind is Kind.WORDS]


def of(poster: Poster, text: str) -> list[Mark]:
    return [mark for mark in words(poster) if mark.words == text]


def test_nothing_leaves_its_place_overlaps_or_is_hard_to_read(poster: Poster) -> None:
    assert faults(draw(poster).log) == []


def test_it_is_a_jpeg_of_a_phone_screen_small_enough_to_send(poster: Poster) -> None:
    data = draw(poster).jpeg(LIMIT_BYTES)

    assert len(data) <= LIMIT_BYTES
    with Image.open(BytesIO(data)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (1080, 1920))


def test_every_word_is_on_it() -> None:
    shown = {mark.words for mark in words(POSTER)}

    head = POSTER.head
    wanted = {head.county, head.title, head.month, *POSTER.ribbons, *POSTER.foot.lines, "李", "王", "张", "新"}
    wanted |= {part for figure in POSTER.figures for part in (figure.value, figure.unit, figure.label)}
    wanted |= {part for one in STANDINGS for part in (one.name, one.duty, str(one.points))}
    assert wanted <= shown
    assert POSTER.none not in shown


def test_the_first_three_stand_on_cards_the_next_in_rows() -> None:
    places = [of(POSTER, one.name)[0] for one in STANDINGS]

    assert max(mark.box[3] for mark in places[:3]) < min(mark.box[1] for mark in places[3:])
    assert places[1].box[0] < places[0].box[0] < places[2].box[0]
    assert [mark.box[1] for mark in places[3:]] == sorted(mark.box[1] for mark in places[3:])


@pytest.mark.parametrize(
    ("name", "ribbons"),
    [
        ("two-first", ["并列第一", "并列第一", "第三名"]),
        ("three-first", ["并列第一"] * 3),
        ("two-second", ["并列第二", "第一名", "并列第二"]),
        ("two-third", ["第一名", "第二名", "并列第三", "并列第三"]),
        ("four-first", ["并列第一"] * 4),
    ],
)
def test_riders_of_equal_rank_have_the_same_ribbon_and_stand_at_the_same_height(name: str, ribbons: list[str]) -> None:
    found = [mark for mark in words(POSTERS[name]) if mark.words in {*POSTER.ribbons, *POSTER.shared}]

    assert [mark.words for mark in sorted(found, key=lambda mark: mark.box[0])] == ribbons
    for ribbon in set(ribbons):
        assert len({mark.box[1] for mark in found if mark.words == ribbon}) == 1


def test_more_equals_than_cards_all_get_a_row() -> None:
    shown = words(POSTERS["five-first"])

    assert len([mark for mark in shown if (mark.words, mark.size) == ("1", 27)]) == 5
    assert not {mark.words for mark in shown} & {*POSTER.ribbons, *POSTER.shared}


def test_nobody_of_twelve_is_lost_and_equals_at_the_tenth_place_share_it() -> None:
    assert len(of(POSTERS["twelve"], "10")) == 3
    assert len(of(POSTERS["twelve"], LONG_NAME)) == 2


def test_without_riders_it_says_so_and_still_counts_the_month() -> None:
    shown = {mark.words for mark in words(POSTERS["none"])}

    assert {POSTER.none, "本月上报", "0", *POSTER.foot.lines} <= shown


def test_a_long_name_shrinks_on_a_card_and_in_a_row_and_is_never_cut() -> None:
    card, row = of(ODD, LONG_NAME)  # the second and the fourth rider

    assert card.size >= 23
    assert row.size >= 22
    assert card.size < of(POSTER, "王建国")[0].size
    assert row.size < of(POSTER, "赵强")[0].size


def test_a_family_name_of_two_characters_stands_whole_in_the_ring() -> None:
    assert of(ODD, "欧阳")
    assert not of(ODD, "欧")


def test_a_character_of_no_font_is_a_sign_and_a_warning_and_a_rare_one_is_drawn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, "bot.render.fonts"):
        fresh = replace(ODD, standings=(replace(STANDINGS[0], name="\U0002a6a5张㛃"),))
        canvas = draw(fresh)

    assert faults(canvas.log) == []
    assert [vars(record)["code"] for record in caplog.records] == ["U+2A6A5"]


def test_nothing_is_seen_in_the_bar_of_a_rider_without_points() -> None:
    equal = draw(POSTERS["all-equal"])

    assert len([mark for mark in equal.log if bar(mark)]) == len(STANDINGS)
    assert len([mark for mark in draw(POSTER).log if bar(mark)]) == 2 * len(STANDINGS[3:])


def bar(mark: Mark) -> bool:
    """Whether it is a trough, or what fills one."""
    return mark.kind is Kind.BOX and round(mark.box[3] - mark.box[1]) == 14 and mark.box[2] - mark.box[0] > 20


@pytest.mark.parametrize("payload", [SHORT_LINK, "https://county.example.org/p/2026-10/7F3K29QD", SIGNED])
@pytest.mark.parametrize("how", FILTERS, ids=lambda how: how.name)
def test_the_code_is_read_after_it_was_sent_on(payload: str, how: Image.Resampling) -> None:
    data = draw(replace(POSTER, foot=replace(POSTER.foot, qr=payload))).jpeg(LIMIT_BYTES)

    assert codes(data, how) == [[payload], [payload]]


def test_it_takes_at_most_a_second(poster: Poster) -> None:
    draw(POSTER)  # fonts are loaded once a process

    start = time.perf_counter()
    draw(poster).jpeg(LIMIT_BYTES)
    assert time.perf_counter() - start <= 1.0


async def test_the_worker_draws_the_same_from_words_within_a_second(image_worker: ImageWorker) -> None:
    told = json.dumps(told_of(POSTER), ensure_ascii=False)
    await image_worker.draw("poster", told)  # imports and fonts are loaded once a worker

    start = time.perf_counter()
    drawn = await image_worker.draw("poster", told)
    assert time.perf_counter() - start <= 1.0
    assert drawn == draw(POSTER).jpeg(LIMIT_BYTES) == drawing.poster(told, [])


def told_of(poster: Poster) -> dict[str, object]:
    """The words of a poster as the worker is told them."""
    told: dict[str, object] = {
        "county": poster.head.county,
        "title": poster.head.title,
        "month": poster.head.month,
        "unit": poster.unit,
        "none": poster.none,
        "qr": poster.foot.qr,
        "rows": [
            [one.place, one.name, one.duty, one.points, one.change, *([one.detail] if one.detail else [])]
            for one in poster.standings
        ],
    }
    for number, figure in enumerate(poster.figures, 1):
        told[f"figure{number}"] = figure.value
        told[f"figure{number}_unit"], told[f"figure{number}_label"] = figure.unit, figure.label
    for name, values in (("place", poster.ribbons), ("shared", poster.shared), ("line", poster.foot.lines)):
        told |= {f"{name}{number}": value for number, value in enumerate(values, 1)}
    return told


@pytest.mark.parametrize("name", GOLDEN)
def test_it_looks_as_it_did_when_it_was_last_looked_at(name: str) -> None:
    """`python -m tests.render.test_month_poster` draws the golden pictures anew."""
    compare(f"poster-{name}", draw(POSTERS[name]).image)


if __name__ == "__main__":
    for name in GOLDEN:
        keep(f"poster-{name}", draw(POSTERS[name]).image)
