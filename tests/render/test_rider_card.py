"""A rider's own card: whose it is, what the points came from, orderly with nothing and with much."""

import json
import time
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from bot.engine.imaging import ImageWorker
from bot.render.marks import Kind, faults
from handlers.ranking import drawing
from handlers.ranking.pieces import LIMIT_BYTES, Figure, Foot, Head
from handlers.ranking.rider_card import Item, RiderCard, draw
from tests.render.golden_pictures import compare, keep
from tests.render.shrunk import FILTERS, codes

LONG_NAME = "阿卜杜热合曼·艾合买提"
LINK = "https://example.org/p/2026-10"
CARD = RiderCard(
    head=Head("示例县新就业群体“五大员”", "我的履职月", "2026 年 10 月"),
    name="赵强",
    duty="道路交通安全员",
    place=8,
    points="258",
    unit="分",
    points_label="本月积分",
    figures=(
        Figure("8", "名", "本月排名", "▲2"),
        Figure("24", "件", "有效上报"),
        Figure("21", "件", "已经办结"),
        Figure("9", "次", "现场核实"),
    ),
    items_label="积分从哪来",
    items=(
        Item("问题上报", 172),
        Item("履职行动", 54),
        Item("学习提升", 18),
        Item("志愿宣传", 10),
        Item("荣誉与纪律", 5),
    ),
    foot=Foot(
        ("谢谢您，客运站门口顺了", "只发给您本人，是否转发由您定", "示例县委社会工作部  ·  2026 年 11 月 6 日"), LINK
    ),
    none="本月还没有积分，发一张照片就能开始",
)
ENGLISH = RiderCard(
    head=Head("Demo County Five Roles", "My Month", "October 2026"),
    name="Abdurahman Ahmat",
    duty="Road traffic safety officer",
    place=8,
    points="258",
    unit="points",
    points_label="points this month",
    figures=(
        Figure("8", "th", "place", "▼12"),
        Figure("24", "cases", "reported and valid"),
        Figure("21", "cases", "closed"),
        Figure("9", "times", "checked on site"),
    ),
    items_label="Where the points came from",
    items=(
        Item("Reports", 172),
        Item("Deeds", 54),
        Item("Learning", 18),
        Item("Volunteering", 10),
        Item("Honours and discipline", -5),
    ),
    foot=Foot(("Thank you: the bus station is clear again", "Sent to you alone; share it if you like"), LINK),
    none="No points yet: a photo is a start",
)
CARDS = {
    "eighth": CARD,
    "first": replace(CARD, name=LONG_NAME, points="12345", place=1, items=(*CARD.items[:2], Item("荣誉与纪律", -20))),
    "second": replace(CARD, name="𠮷㛃", place=2, figures=CARD.figures[:3]),
    "third": replace(CARD, name="欧阳志远", place=3, items=CARD.items[:1]),
    "nothing": replace(
        CARD,
        points="0",
        place=0,
        items=(),
        figures=tuple(replace(one, value="0", change="") for one in CARD.figures),
        foot=replace(CARD.foot, qr=""),
    ),
    "unmoved": replace(CARD, figures=(replace(CARD.figures[0], change="—"), replace(CARD.figures[1], change="新"))),
    "no-figures": replace(CARD, figures=()),
    "english": ENGLISH,
}
GOLDEN = ("eighth", "nothing")


@pytest.fixture(params=CARDS, ids=str)
def card(request: pytest.FixtureRequest) -> RiderCard:
    return CARDS[request.param]


def words(card: RiderCard) -> dict[str, int]:
    """What is written on the card, and how large."""
    return {mark.words: mark.size for mark in draw(card).log if mark.kind is Kind.WORDS}


def test_nothing_leaves_its_place_overlaps_or_is_hard_to_read(card: RiderCard) -> None:
    assert faults(draw(card).log) == []


def test_it_is_a_jpeg_small_enough_to_send(card: RiderCard) -> None:
    data = draw(card).jpeg(LIMIT_BYTES)

    assert len(data) <= LIMIT_BYTES
    with Image.open(BytesIO(data)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (1080, 1350))


def test_every_word_is_on_it() -> None:
    wanted = {CARD.name, CARD.duty, CARD.points, CARD.unit, CARD.points_label, CARD.items_label, *CARD.foot.lines}
    wanted |= {part for figure in CARD.figures for part in (figure.value, figure.unit, figure.label)}
    wanted |= {part for item in CARD.items for part in (item.label, str(item.points))}

    assert wanted <= set(words(CARD))
    assert CARD.none not in words(CARD)


def test_points_that_were_taken_away_stand_below_zero() -> None:
    assert "−20" in words(CARDS["first"])


def test_a_month_without_points_says_how_to_begin() -> None:
    shown = words(CARDS["nothing"])

    assert CARD.none in shown
    assert CARD.items_label not in shown


def test_a_long_name_shrinks_beside_many_points_and_is_never_cut() -> None:
    shown = words(CARDS["first"])

    assert 26 <= shown[LONG_NAME] < words(CARD)[CARD.name]
    assert "12345" in shown


def test_labels_of_figures_are_all_of_one_size() -> None:
    shown = words(ENGLISH)

    assert len({shown[figure.label] for figure in ENGLISH.figures}) == 1


@pytest.mark.parametrize("how", FILTERS, ids=lambda how: how.name)
def test_the_code_is_read_after_it_was_sent_on(how: Image.Resampling) -> None:
    assert codes(draw(CARD).jpeg(LIMIT_BYTES), how) == [[LINK], [LINK]]


async def test_the_worker_draws_the_same_from_words_within_a_second(image_worker: ImageWorker) -> None:
    told = json.dumps(told_of(CARD), ensure_ascii=False)
    await image_worker.draw("rider_card", told)  # imports and fonts are loaded once a worker

    start = time.perf_counter()
    drawn = await image_worker.draw("rider_card", told)
    assert time.perf_counter() - start <= 1.0
    assert drawn == draw(CARD).jpeg(LIMIT_BYTES) == drawing.rider_card(told, [])


def test_a_rider_without_a_place_is_told_so_by_an_empty_word() -> None:
    nothing = CARDS["nothing"]

    told = json.dumps({**told_of(nothing), "place": ""}, ensure_ascii=False)
    assert drawing.rider_card(told, []) == draw(nothing).jpeg(LIMIT_BYTES)


def told_of(card: RiderCard) -> dict[str, object]:
    """The words of a card as the worker is told them."""
    told: dict[str, object] = {
        "county": card.head.county,
        "title": card.head.title,
        "month": card.head.month,
        "name": card.name,
        "duty": card.duty,
        "place": str(card.place),
        "points": card.points,
        "unit": card.unit,
        "points_label": card.points_label,
        "items_label": card.items_label,
        "none": card.none,
        "qr": card.foot.qr,
        "rows": [[item.label, item.points] for item in card.items],
    }
    for number, figure in enumerate(card.figures, 1):
        told[f"figure{number}"] = figure.value
        told[f"figure{number}_unit"], told[f"figure{number}_label"] = figure.unit, figure.label
        if figure.change:
            told[f"figure{number}_change"] = figure.change
    return told | {f"line{number}": line for number, line in enumerate(card.foot.lines, 1)}


@pytest.mark.parametrize("name", GOLDEN)
def test_it_looks_as_it_did_when_it_was_last_looked_at(name: str) -> None:
    """`python -m tests.render.test_rider_card` draws the golden pictures anew."""
    compare(f"rider-{name}", draw(CARDS[name]).image)


if __name__ == "__main__":
    for name in GOLDEN:
        keep(f"rider-{name}", draw(CARDS[name]).image)
