"""Catalogues as they are rendered: instants, lengths, languages, a county's own words."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import bot.chat
from bot.chat.messages import Lines, Text, Until
from bot.chat.texts import CatalogueFault, Texts, fields, load
from tests.town import ZONE

CORE = ("", Path(bot.chat.__file__).parent)
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # a Monday, 9:00 in the county


def catalogue(folder: Path, chinese: str, english: str) -> tuple[str, Path]:
    (folder / "t").mkdir()
    (folder / "t" / "messages.zh-CN.toml").write_text(chinese, encoding="utf-8")
    (folder / "t" / "messages.en.toml").write_text(english, encoding="utf-8")
    return ("t", folder / "t")


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    made = catalogue(tmp_path, 'a = "时间 {at}"\nonly = "{who}"', 'a = "time {at}"\nonly = "{who}!"')
    return load([CORE, made], ZONE)


@pytest.mark.parametrize(
    ("at", "chinese", "english"),
    [
        (datetime(2026, 11, 23, 10, 0, tzinfo=UTC), "今天 18:00", "today 18:00"),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "今天 0:00", "today 0:00"),
        (datetime(2026, 11, 22, 15, 59, tzinfo=UTC), "昨天 23:59", "yesterday 23:59"),
        (datetime(2026, 11, 24, 1, 5, tzinfo=UTC), "明天 9:05", "tomorrow 9:05"),
        (datetime(2026, 11, 25, 1, 30, tzinfo=UTC), "11月25日（周三）9:30", None),
        (datetime(2026, 1, 4, 1, 30, tzinfo=UTC), "1月4日（周日）9:30", None),
        (datetime(2026, 12, 31, 16, 30, tzinfo=UTC), "2027年1月1日（周五）0:30", None),
    ],
)
def test_an_instant_is_told_by_the_county_s_clock(
    at: datetime, chinese: str, english: str | None, texts: Texts
) -> None:
    assert texts.render(Text("t.a", {"at": at}), "zh-CN", NOW) == f"时间 {chinese}"
    if english is not None:
        assert texts.render(Text("t.a", {"at": at}), "en", NOW) == f"time {english}"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(0), "不到 1 分钟"),
        (timedelta(seconds=59), "不到 1 分钟"),
        (timedelta(minutes=1), "1 分"),
        (timedelta(minutes=59, seconds=40), "1 小时"),
        (timedelta(hours=3, minutes=50), "3 小时 50 分"),
        (timedelta(days=2, hours=1, minutes=30), "2 天 1 小时"),
        (timedelta(days=2, minutes=30), "2 天 30 分"),
        (timedelta(hours=-1), "不到 1 分钟"),
    ],
)
def test_a_length_is_told_in_its_two_largest_units(length: timedelta, said: str, texts: Texts) -> None:
    assert texts.shown(length, "zh-CN", NOW) == said
    assert texts.shown(Until(NOW + length), "zh-CN", NOW) == said


def test_a_length_below_one_minute_is_told_in_english_too(texts: Texts) -> None:
    assert texts.shown(timedelta(seconds=20), "en", NOW) == "under a minute"
    assert texts.shown(timedelta(minutes=1), "en", NOW) != "under a minute"


def test_lines_leave_no_trace_of_empty_parts(texts: Texts) -> None:
    parts = tuple(Text("t.only", {"who": who}) for who in ("甲", "", "乙"))
    assert texts.render(Lines(parts), "zh-CN", NOW) == "甲\n乙"
    assert texts.render(Text("t.only", {"who": Lines(parts, "、")}), "zh-CN", NOW) == "甲、乙"


def test_words_of_people_are_never_patterns(texts: Texts) -> None:
    for nasty in ("{who}", "{0}", "{", "}}", "{who.__class__}"):
        assert texts.render(Text("t.only", {"who": nasty}), "zh-CN", NOW) == nasty


def test_an_unknown_language_falls_back_to_chinese(texts: Texts) -> None:
    assert texts.render(Text("t.only", {"who": "甲"}), "de", NOW) == "甲"
    with pytest.raises(KeyError):
        texts.render(Text("t.nothing"), "zh-CN", NOW)


def test_a_county_replaces_texts_and_may_leave_fields_out(tmp_path: Path) -> None:
    made = catalogue(tmp_path, 'a = "{x}和{y}"', 'a = "{x} and {y}"')
    (tmp_path / "messages.zh-CN.toml").write_text('[t]\na = "只有{x}"', encoding="utf-8")
    texts = load([CORE, made], ZONE, tmp_path)
    assert texts.render(Text("t.a", {"x": "甲", "y": "乙"}), "zh-CN", NOW) == "只有甲"
    assert texts.render(Text("t.a", {"x": "甲", "y": "乙"}), "en", NOW) == "甲 and 乙"


@pytest.mark.parametrize(
    ("own", "named"),
    [
        ('[t]\nb = "x"', "t.b is no text"),
        ('[t]\na = "{z}"', "other fields"),
        ('[t]\na = "{x"', "t.a"),
        ('[t]\na = "{}"', "t.a"),
        ('[t]\na = "{x:d}"', "t.a"),
        ('[t]\na = "{x.y}"', "t.a"),
        ("[t", "messages.zh-CN.toml"),
    ],
)
def test_a_county_s_fault_is_named_at_the_start_and_not_when_it_is_sent(own: str, named: str, tmp_path: Path) -> None:
    made = catalogue(tmp_path, 'a = "{x}"', 'a = "{x}"')
    (tmp_path / "messages.zh-CN.toml").write_text(own, encoding="utf-8")
    with pytest.raises(CatalogueFault) as wrong:
        load([CORE, made], ZONE, tmp_path)
    assert named in str(wrong.value)


@pytest.mark.parametrize(
    ("chinese", "english", "named"),
    [
        ('a = "x"', 'b = "x"', "b: only in en"),
        ('a = "x"\nb = "y"', 'a = "x"', "b: missing in en"),
        ('a = "{x}"', 'a = "{y}"', "a: fields differ"),
    ],
)
def test_languages_agree(chinese: str, english: str, named: str, tmp_path: Path) -> None:
    with pytest.raises(CatalogueFault) as wrong:
        load([CORE, catalogue(tmp_path, chinese, english)], ZONE)
    assert f"t.{named}" in str(wrong.value)


def test_fields_of_a_pattern() -> None:
    assert fields("{a} {{b}} {c:>3}") == {"a", "c"}
