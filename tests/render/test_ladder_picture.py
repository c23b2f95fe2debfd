"""The picture of the ladder says what the county's data says, and the one in the guide is that of the data."""

from dataclasses import replace

from PIL import Image, ImageChops, ImageStat

from bot import county
from bot.domain.ladder import Leg, Moment, To
from bot.domain.rulebook import Severity
from bot.render.marks import Kind, faults
from docs.ladder_picture import LANES, PEOPLE, PICTURE, columns, draw, spoken, told

BOOK = county.load(None)


def words() -> list[str]:
    return [mark.words for mark in draw(BOOK).log if mark.kind is Kind.WORDS]


def test_nothing_leaves_its_place_overlaps_or_is_hard_to_read() -> None:
    assert faults(draw(BOOK).log) == []


def test_every_step_of_every_severity_is_on_it() -> None:
    said = " ".join(words())

    for step in BOOK.ladder.steps:
        assert all(part in said for part in step.name.split("，")), step.id
        for severity, moments in step.moments.items():
            assert all(spoken(moment) in said for moment in moments), (step.id, severity)
    for severity in BOOK.severities.values():
        assert severity.name in said


def test_who_is_told_stands_in_a_row_from_the_top_of_the_ladder_down() -> None:
    accept, resolve = columns(BOOK, Leg.ACCEPT), columns(BOOK, Leg.RESOLVE)

    assert told(accept) == [To.LEAD_OFFICE, To.LEADER, To.DEPUTY, To.CONTACT, To.GROUP]
    assert told(resolve) == [To.LEAD_OFFICE, To.LEADER, To.DEPUTY, To.CONTACT]
    assert set(PEOPLE) == set(To)
    assert set(LANES) == set(Severity)


def test_moments_are_told_in_a_few_words() -> None:
    written = ["now", "working", "digest", "15m", "50%", "75%", "limit", "limit+2wh", "limit-1h", "every 5wd"]

    assert [spoken(Moment.parse(one)) for one in written] == [
        "立即", "上班时间", "早间清单", "15 分钟", "过半", "过 75%", "到时限", "超 2 工作小时", "剩 1 小时", "每 5 工作日",
    ]  # fmt: skip


def test_a_county_with_fewer_steps_gets_a_shorter_picture() -> None:
    short = [step for step in BOOK.ladder.steps if step.leg in (Leg.ACCEPT, Leg.RESOLVE) and step.level]
    drawn = draw(replace(BOOK, ladder=replace(BOOK.ladder, steps=tuple(short))))

    assert faults(drawn.log) == []
    assert drawn.image.height < draw(BOOK).image.height


def test_the_picture_of_the_guide_is_that_of_the_data() -> None:
    """`make docs-pictures`, or `python -m docs.ladder_picture`, draws it anew."""
    with Image.open(PICTURE) as kept:
        seen = draw(BOOK).image
        assert kept.size == seen.size
        difference = ImageChops.difference(kept.convert("RGB").reduce(4), seen.reduce(4))
    assert max(ImageStat.Stat(difference).mean) <= 4
