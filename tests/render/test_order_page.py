"""The supervision order: one page whatever it has to say, nothing cut that has to be read, and as it was last looked at."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.render.marks import Kind, faults
from handlers.deadlines.order_picture import LIMIT_BYTES, SIZE, draw, page, supervision

GOLDEN = Path(__file__).parent / "golden"
PLACE = "清河街道幸福北路与人民东路交叉口东南角公交换乘中心二号出入口"
USUAL = {
    "title": "督办单",
    "number_label": "编号",
    "number": "督办〔2026〕3号",
    "to_label": "承办单位",
    "to": "示例县住房和城乡建设局",
    "row1_label": "事项",
    "row1": "0127 路面坑槽",
    "row2_label": "地点",
    "row2": "客运站东门公交站",
    "row3_label": "上报",
    "row3": "11月16日（周一）9:12",
    "row4_label": "转办",
    "row4": "11月16日（周一）9:14，刘工",
    "row5_label": "接收",
    "row5": "11月16日（周一）10:02",
    "row6_label": "时限",
    "row6": "11月19日（周四）9:14",
    "row7_label": "目前",
    "row7": "办理中",
    "ask_label": "督办要求",
    "ask": "请尽快办理，并在 11月25日（周三）17:00 前书面答复办理情况。",
    "sign_label": "签收人",
    "sign": "牵头单位：中共示例县委社会工作部",
    "date": "2026年11月23日",
}
LONG = {
    **USUAL,
    "number": "督办〔2026〕1234号",
    "to": "示例县城市管理综合行政执法局（县城市管理指挥中心）",
    "row2": PLACE,
    "row7": "11月16日 10:02 接收；11月17日 15:30 说明：等待沥青到货，已在坑槽四周摆放锥桶并安排专人看护",
    "row8_label": "延期",
    "row8": "2 次",
    "row9_label": "退回",
    "row9": "1 次",
    "ask": "请立即组织力量处置，先行围挡、夜间设置警示灯，确保行人和非机动车安全；处置完成后拍照回复。" * 3,
    "sign": "牵头单位：中共示例县委社会工作部（县新就业群体党建工作领导小组办公室）",
}
ENDLESS = {**LONG, **{f"row{n}": PLACE * 6 for n in range(1, 10)}, "ask": LONG["ask"] * 6}
BRIEF = {name: words for name, words in USUAL.items() if not name.startswith("row")}
ENGLISH = {
    **USUAL,
    "title": "Supervision order",
    "number_label": "Number",
    "number": "2026/3",
    "to_label": "To",
    "to": "Housing and construction bureau",
    "row2_label": "Place",
    "row2": "Bus station, east gate, beside the second platform and the taxi rank",
    "ask_label": "What is asked",
    "ask": "Please see to it soon, and answer in writing by Wed, 25 Nov 17:00 how it stands.",
    "sign_label": "Received by",
    "sign": "Lead office: Social work department",
    "date": "2026-11-23",
}
ORDERS = {"usual": USUAL, "long": LONG, "endless": ENDLESS, "brief": BRIEF, "english": ENGLISH}


@pytest.fixture(params=ORDERS, ids=str)
def order(request: pytest.FixtureRequest) -> dict[str, str]:
    return ORDERS[request.param]


def drawn(words: dict[str, str]) -> list[str]:
    return [mark.words for mark in draw(words).log if mark.kind is Kind.WORDS]


def test_nothing_leaves_its_place_overlaps_or_is_hard_to_read(order: dict[str, str]) -> None:
    assert faults(draw(order).log) == []


def test_it_is_one_page_small_enough_to_send(order: dict[str, str]) -> None:
    data = page(order)

    assert len(data) <= LIMIT_BYTES
    with Image.open(BytesIO(data)) as picture:
        assert (picture.format, picture.size) == ("JPEG", SIZE)


@pytest.mark.parametrize("name", ["usual", "long", "english"])
def test_every_word_is_on_it(name: str) -> None:
    words = ORDERS[name]
    said = "".join("".join(drawn(words)).split())

    missing = [key for key, value in words.items() if "".join(value.split()) not in said]
    assert missing == []


def test_letters_shrink_before_anything_is_cut() -> None:
    sizes = [next(mark.size for mark in draw(words).log if mark.words == "事项") for words in (USUAL, LONG, ENDLESS)]

    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[1] > sizes[2] >= 20
    assert not any(said.endswith("…") for said in drawn(LONG))
    assert any(said.endswith("…") for said in drawn(ENDLESS))


def test_rows_that_are_missing_leave_no_gap() -> None:
    def top(words: dict[str, str], said: str) -> float:
        return next(mark.box[1] for mark in draw(words).log if mark.words == said)

    without = {name: words for name, words in USUAL.items() if not name.startswith("row2")}
    assert top(without, "上报") == pytest.approx(top(USUAL, "地点"), abs=3)
    assert top(BRIEF, "督办要求") < 480


def test_there_is_a_line_to_sign_on() -> None:
    log = draw(USUAL).log
    label = next(mark for mark in log if mark.words == "签收人")

    lines = [
        mark.box for mark in log if mark.kind is Kind.BOX and mark.box[0] > label.box[2] and mark.box[3] > label.box[3]
    ]
    assert any(box[2] - box[0] >= 200 and box[3] - box[1] <= 3 for box in lines)


def test_the_worker_draws_it_from_json() -> None:
    import json

    assert supervision(json.dumps(USUAL), []) == page(USUAL)


@pytest.mark.parametrize("name", ["usual", "long"])
def test_it_looks_as_it_did_when_it_was_last_looked_at(name: str) -> None:
    """The golden pictures are small; `python -m tests.render.test_order_page` draws them anew."""
    seen = small(ORDERS[name])
    with Image.open(GOLDEN / f"order-{name}.png") as golden:
        assert golden.size == seen.size
        difference = ImageChops.difference(golden.convert("RGB"), seen)
    assert max(ImageStat.Stat(difference).mean) <= 1.5
    assert max(high for _, high in difference.getextrema()) <= 60


def small(words: dict[str, str]) -> Image.Image:
    return draw(words).image.reduce(6)


if __name__ == "__main__":
    for name in ("usual", "long"):
        small(ORDERS[name]).save(GOLDEN / f"order-{name}.png", optimize=True)
