"""Case numbers in what people type, and what only looks like one."""

from datetime import date

import pytest

from bot.domain.casenumber import after_command, case_number, full_number, number_in_front, spoken


@pytest.mark.parametrize(("number", "words"), [(1, "0001"), (127, "0127"), (9999, "9999"), (12345, "12345")])
def test_spoken_has_at_least_four_digits(number: int, words: str) -> None:
    assert spoken(number) == words


def test_the_full_number_carries_code_and_day() -> None:
    assert full_number("WD", date(2026, 11, 23), 127) == "WD-20261123-0127"
    assert full_number("WD", date(2026, 1, 2), 12345) == "WD-20260102-12345"


@pytest.mark.parametrize(
    "typed",
    [
        "0127",
        "#127",
        "# 127",
        "#0127",
        "127号",
        "０１２７",
        "＃１２７",
        "１２７号",
        "WD-20261123-0127",
        "wd-20261123-0127",
        " 0127。",
        "编号0127",
        "0127号案件",
    ],
)
def test_alone_or_after_a_command_these_are_case_127(typed: str) -> None:
    assert case_number(typed, alone_or_after_command=True) == 127


@pytest.mark.parametrize(
    "typed",
    [
        "127号楼",
        "红旗街18号",
        "3号网格",
        "127号院",
        "127",  # fewer than four digits and no sign: could be anything
        "0000",
        "#0",
        "",
        "一二七",
        "127号楼下水道堵了",
        "0127-0128",
        "13800138000",
        "12.5",
        "WD-2026-0127",
    ],
)
def test_even_alone_these_are_no_case(typed: str) -> None:
    assert case_number(typed, alone_or_after_command=True) is None


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("请看 #0127 的照片", 127),
        ("WD-20261123-0127 办到哪了", 127),
        ("红旗街18号门口有坑", None),
        ("127号楼下水道堵了", None),
        ("3号网格没人管", None),
        ("编号错了", None),
        ("电话0454-1234", None),
        ("0127", None),  # bare digits inside a sentence are a house, a phone, an order
    ],
)
def test_inside_a_sentence_only_the_unmistakable_counts(typed: str, number: int | None) -> None:
    assert case_number(typed, alone_or_after_command=False) == number


@pytest.mark.parametrize("typed", ["办 0127", "办0127", "办　０１２７", "进度#127", "进度 127号", "办：0127"])
def test_after_a_command_word(typed: str) -> None:
    assert after_command(typed, ("办", "进度")) == 127


@pytest.mark.parametrize("typed", ["办 127号楼", "办", "找 0127", "办红旗街18号"])
def test_after_a_command_word_no_case(typed: str) -> None:
    assert after_command(typed, ("办", "进度")) is None


@pytest.mark.parametrize(
    ("quoted", "number"),
    [
        ("0127 已接收", 127),
        ("✅ 0127 井盖已修好\n红旗街18号", 127),
        ("⚠️ 10127 还没有承办单位", 10127),
        ("#0127 转办", 127),
        ("0127", 127),
        ("0127号楼门口", None),
        ("红旗街 0127 号", None),
        ("1. 0127 井盖", None),
        ("0000 事项", None),
        ("", None),
    ],
)
def test_a_quoted_message_of_ours_names_its_case_in_front(quoted: str, number: int | None) -> None:
    assert number_in_front(quoted) == number
