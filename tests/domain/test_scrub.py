"""What must never reach a group: numbers, full names, mentions that ring. All numbers here are made up."""

import pytest

from bot.domain.scrub import QUOTE_LENGTH, Personal, public_name, quoted, scrub, surname


@pytest.mark.parametrize(
    ("typed", "shown", "kind"),
    [
        ("找我13800138000", "找我138****8000", Personal.PHONE),
        ("找我 138 0013 8000 谢谢", "找我 138****8000 谢谢", Personal.PHONE),
        ("找我138-0013-8000", "找我138****8000", Personal.PHONE),
        ("找我１３８００１３８０００", "找我138****8000", Personal.PHONE),
        ("找我1 3 8 0 0 1 3 8 0 0 0", "找我138****8000", Personal.PHONE),
        ("+86 13800138000", "138****8000", Personal.PHONE),
        ("座机0454-6012345", "座机****", Personal.PHONE),
        ("身份证110101199001010000", "身份证****", Personal.IDENTITY),
        ("身份证11010119900101000X", "身份证****", Personal.IDENTITY),
        ("110101 19900101 000x", "****", Personal.IDENTITY),
        ("旧证110101900101000", "旧证****", Personal.IDENTITY),
        ("车牌黑D12345", "车牌黑D***", Personal.PLATE),
        ("京A·12345 占道", "京A*** 占道", Personal.PLATE),
        ("黑Ｄ１２３４５", "黑D***", Personal.PLATE),
        ("新能源沪AD12345停着", "新能源沪A***停着", Personal.PLATE),
        ("车牌尾号5K8", "车牌尾号****", Personal.PLATE),
        ("卡号6222020000001234567", "卡号****", Personal.CARD),
        ("6222 0200 0000 1234", "****", Personal.CARD),
    ],
)
def test_numbers_of_people_are_masked(typed: str, shown: str, kind: Personal) -> None:
    text, found = scrub(typed)

    assert found == {kind}
    assert text == shown


@pytest.mark.parametrize(
    "typed",
    [
        "案件 0127",
        "WD-20261123-0127",
        "红旗街18号3单元502",
        "2026-11-23 14:06",
        "坏了3盏路灯，报过12345",
        "打110和119",
        "黑龙江路 A1 区",
        "",
        "　１２７号楼　",
    ],
)
def test_everything_else_stays_as_it_was_typed(typed: str) -> None:
    assert scrub(typed) == (typed, frozenset())


def test_several_numbers_in_one_text() -> None:
    text, found = scrub("黑D12345 的司机，电话13800138000，卡6222020000001234567")

    assert text == "黑D*** 的司机，电话138****8000，卡****"
    assert found == {Personal.PLATE, Personal.PHONE, Personal.CARD}


def test_scrubbing_twice_changes_nothing_more() -> None:
    once, _ = scrub("黑D12345，138 0013 8000，110101199001010000")

    assert scrub(once) == (once, frozenset())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("张三丰", "张*丰"),
        ("欧阳小明", "欧**明"),
        ("一二三四五六七", "一***七"),  # never more than three stars
        ("买买提·吐尔逊", "买*·吐*"),
        ("买买提•吐尔逊", "买*·吐*"),
        ("Anna", "A***"),
        ("Anna Lee", "A***"),
        ("李", "李*"),
        (" 张三 ", "张*"),
        ("", ""),
    ],
)
def test_public_names_are_masked(name: str, shown: str) -> None:
    assert public_name(name) == shown


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("赵强", "赵"),
        ("欧阳明", "欧阳"),
        ("上官云飞", "上官"),
        ("欧阳", "欧"),  # two characters: a surname and a given name
        ("买买提·吐尔逊", "买买提"),
        ("Anna Lee", "Anna"),
        ("", ""),
    ],
)
def test_surname(name: str, called: str) -> None:
    assert surname(name) == called


def test_quoted_words_ring_nobody_and_stay_short() -> None:
    assert quoted("@所有人 井盖\n丢了") == "＠所有人 井盖 丢了"
    assert quoted("坑" * QUOTE_LENGTH) == "坑" * QUOTE_LENGTH
    long = quoted("坑" * (QUOTE_LENGTH + 1))
    assert len(long) == QUOTE_LENGTH
    assert long.endswith("…")
