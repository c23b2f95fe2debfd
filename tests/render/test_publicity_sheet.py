"""The sheet made public: every rider once, in order, on A4 pages that say until when and how to object."""

import json
from dataclasses import replace
from io import BytesIO
from itertools import cycle, islice

import pytest
from PIL import Image, ImageChops, PdfParser

from bot.engine.imaging import ImageWorker
from bot.render.canvas import Canvas
from bot.render.marks import Kind, faults
from handlers.ranking import drawing
from handlers.ranking.poster import Standing
from handlers.ranking.publicity import DPI, PAGE, Sheet, draw, pdf
from tests.render.golden_pictures import compare, keep

LONG_NAME = "阿卜杜热合曼·艾合**提"
NAMES = ("李*梅", "王*国", "张*", "欧阳*远", LONG_NAME, "𠮷*", "㛃*明", "陈*")
DUTIES = ("食品安全监督员", "城市文明示范员", "道路交通安全员", "社区兼职网格员", "网络舆情监督员")
CHANGES = ("▲2", "—", "▼1", "▲11", "新", "▼3")


def riders(number: int) -> tuple[Standing, ...]:
    """So many riders; every fifth place is shared by two."""
    points = [max(0, 320 - (index - (index % 5 == 1))) for index in range(number)]
    ways = islice(zip(cycle(NAMES), cycle(DUTIES), cycle(CHANGES), strict=False), number)
    return tuple(
        Standing(points.index(own) + 1, name, duty, own, change)
        for own, (name, duty, change) in zip(points, ways, strict=True)
    )


SHEET = Sheet(
    county="示例县新就业群体“五大员”",
    title="2026 年 10 月履职积分公示",
    span="公示期：2026 年 11 月 1 日—11 月 5 日（3 个工作日）",
    notes=(
        "对积分或名次有异议的，公示期内私聊机器人发送“申诉”，或到县委社会工作部登记。3 个工作日内由另一位工作人员答复。",
        "姓名已隐去一部分，本人可发送“明细”核对每一笔积分。共 70 人。",
    ),
    columns=("名次", "姓名", "岗位", "积分", "变化"),
    standings=riders(70),
    shared="并列",
    none="本月没有骑手参加排名",
    office="示例县委社会工作部",
    date="2026 年 11 月 1 日",
)
ENGLISH = replace(
    SHEET,
    county="Demo County Five Roles",
    title="Points of October 2026",
    span="Open to objections from 1 to 5 November 2026 (three working days)",
    notes=("Whoever finds points or a place to be wrong writes to the bot in these days, or comes to the department.",),
    columns=("Place", "Name", "Role", "Points", "Change"),
    standings=tuple(replace(one, name="Abdurahman A**", duty="Road traffic safety") for one in riders(12)),
    shared="joint",
    office="Demo County Social Work Department",
    date="1 November 2026",
)
SHEETS = {
    "70": SHEET,
    "1": replace(SHEET, standings=riders(1)),
    "10": replace(SHEET, standings=riders(10)),
    "300": replace(SHEET, standings=riders(300)),
    "none": replace(SHEET, standings=()),
    "zero": replace(SHEET, standings=tuple(replace(one, place=1, points=0, change="") for one in riders(8))),
    "notes": replace(SHEET, notes=SHEET.notes * 3),
    "no-notes": replace(SHEET, notes=()),
    "english": ENGLISH,
}


@pytest.fixture(params=SHEETS, ids=str)
def sheet(request: pytest.FixtureRequest) -> Sheet:
    return SHEETS[request.param]


def words(canvas: Canvas) -> list[str]:
    return [mark.words for mark in canvas.log if mark.kind is Kind.WORDS]


def test_nothing_leaves_its_place_overlaps_or_is_hard_to_read(sheet: Sheet) -> None:
    assert [faults(page.log) for page in draw(sheet)] == [[] for _ in draw(sheet)]


def test_every_rider_stands_on_it_once_and_in_order(sheet: Sheet) -> None:
    names = {one.name for one in sheet.standings}
    shown = [word for page in draw(sheet) for word in words(page) if word in names]

    assert shown == [one.name for one in sheet.standings]


@pytest.mark.parametrize(("name", "pages"), [("none", 1), ("1", 1), ("10", 1), ("70", 2), ("300", 8)])
def test_the_pages_are_full_and_numbered(name: str, pages: int) -> None:
    drawn = draw(SHEETS[name])

    assert len(drawn) == pages
    assert [f"{number} / {pages}" in words(page) for number, page in enumerate(drawn, 1)] == [True] * pages
    assert all(set(SHEET.columns) <= set(words(page)) for page in drawn)


def test_it_says_whose_it_is_until_when_and_how_to_object() -> None:
    first, second = draw(SHEET)
    told = "".join(words(first))

    assert {SHEET.county, SHEET.title, SHEET.span} <= set(words(first))
    assert all(note in told for note in SHEET.notes)
    assert f"{SHEET.county}  {SHEET.title}" in words(second)
    assert all(f"{SHEET.office}  {SHEET.date}" in words(page) for page in (first, second))


def test_a_shared_place_is_said_to_be_shared_even_across_pages() -> None:
    marks = [word for page in draw(SHEET) for word in words(page)]
    shared = [one for one in SHEET.standings if [other.place for other in SHEET.standings].count(one.place) > 1]

    assert marks.count(SHEET.shared) == len(shared) == 28
    broken = replace(SHEET, standings=tuple(replace(one, place=1) for one in riders(40)))
    assert [words(page).count(SHEET.shared) for page in draw(broken)] == [32, 8]


def test_without_riders_it_says_so() -> None:
    [page] = draw(SHEETS["none"])

    assert SHEET.none in words(page)


@pytest.mark.parametrize("name", ["1", "70", "300"])
def test_the_file_is_a_pdf_of_a4_pages_of_bearable_size(name: str) -> None:
    data = pdf(SHEETS[name])
    pages = draw(SHEETS[name])

    with PdfParser.PdfParser(buf=data) as read:
        assert len(read.pages) == len(pages)
        boxes = [read.read_indirect(page)[b"MediaBox"] for page in read.pages]
    for box in boxes:
        assert box == [0, 0, pytest.approx(210 / 25.4 * 72, abs=0.5), pytest.approx(297 / 25.4 * 72, abs=0.5)]
    assert len(data) <= 700_000 * len(pages)


def test_the_pages_in_the_file_are_those_that_were_drawn() -> None:
    with PdfParser.PdfParser(buf=pdf(SHEET)) as read:
        held = [read.read_indirect(page)[b"Resources"][b"XObject"][b"image"] for page in read.pages]
        pictures = [bytes(read.read_indirect(picture).buf) for picture in held]

    for data, page in zip(pictures, draw(SHEET), strict=True):
        with Image.open(BytesIO(data)) as picture:
            assert picture.size == PAGE == (round(210 / 25.4 * DPI), round(297 / 25.4 * DPI))
            difference = ImageChops.difference(picture.convert("RGB").reduce(8), page.image.reduce(8))
        assert max(high for _, high in difference.getextrema()) <= 12


async def test_the_worker_makes_it_from_words(image_worker: ImageWorker) -> None:
    told = json.dumps(told_of(SHEET), ensure_ascii=False)

    made = await image_worker.draw("publicity.pdf", told)
    assert made.startswith(b"%PDF-")
    assert len(made) == pytest.approx(len(drawing.publicity(told, [])), abs=20)  # it holds the time it was made


def told_of(sheet: Sheet) -> dict[str, object]:
    """The words of a sheet as the worker is told them."""
    told: dict[str, object] = {
        "county": sheet.county,
        "title": sheet.title,
        "span": sheet.span,
        "shared": sheet.shared,
        "none": sheet.none,
        "office": sheet.office,
        "date": sheet.date,
        "rows": [[one.place, one.name, one.duty, one.points, one.change] for one in sheet.standings],
    }
    for name, values in (("note", sheet.notes), ("column", sheet.columns)):
        told |= {f"{name}{number}": value for number, value in enumerate(values, 1)}
    return told


@pytest.mark.parametrize("number", [0, 1])
def test_it_looks_as_it_did_when_it_was_last_looked_at(number: int) -> None:
    """`python -m tests.render.test_publicity_sheet` draws the golden pictures anew."""
    compare(f"publicity-{number + 1}", draw(SHEET)[number].image)


if __name__ == "__main__":
    for number, page in enumerate(draw(SHEET), 1):
        keep(f"publicity-{number}", page.image)
