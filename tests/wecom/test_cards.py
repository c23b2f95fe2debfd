"""Cards: what goes where, what has no room, how a card is changed and how it ends. `golden/` holds typical ones whole."""

from typing import Any

import pytest

from bot import county
from bot.chat.platform import Link
from bot.platforms.wecom import cards
from bot.platforms.wecom.kinds import Channel, message_of_card
from tests.wecom.shown import TASK, eye, message, over, told, width

CASE_PAGE = Link("看照片和经过", "https://county.example/case/abc")


def card(made: cards.Deck, index: int = 0) -> Any:
    return made.cards[index].content


def labels(made: cards.Deck) -> list[list[str]]:
    return [[button["text"] for button in card(made, index)["button_list"]] for index in range(len(made.cards))]


def deck(text: str, *labels: str, **more: Any) -> cards.Deck:
    made = cards.deck(message(text, *labels, **more), Channel.BOT)
    assert [over(one, Channel.BOT) for one in made.cards if over(one, Channel.BOT)] == []
    return made


# -- what goes where -----------------------------------------------------------------------------------------------


def test_a_list_of_ten_goes_before_its_card_as_words() -> None:
    lines = "\n".join(f"{n}. {n:04} 路面坑槽 · 今天 {n}:00 前接收" for n in range(1, 11))
    made = deck(f"10 件请您看一下：\n{lines}", "办 0001", "办 0002", "全部")
    assert made.words == f"10 件请您看一下：\n{lines}"
    assert card(made)["main_title"] == {"title": "10 件请您看一下："}
    assert set(card(made)) == {"card_type", "main_title", "button_list", "task_id"}


def test_a_title_that_is_cut_is_whole_below() -> None:
    first = "0011 看起来和 0002 是同一处（同一个地点，1 小时前），您看是不是。"
    made = deck(f"{first}\n是的话，您的照片补进 0002。", "是同一处", "不是")
    assert card(made)["main_title"]["title"].endswith("…")
    assert card(made)["sub_title_text"] == f"{first}\n是的话，您的照片补进 0002。"


def test_a_row_is_a_short_name_and_a_short_value() -> None:
    long = "说明：" + "字" * 27
    made = deck(f"标题\n地点: a\n上报：b\n：没有名\n名太长了六字：b\n空：\n{long}", "好")
    rows = [{"keyname": "地点", "value": "a"}, {"keyname": "上报", "value": "b"}]
    assert card(made)["horizontal_content_list"] == rows
    assert card(made)["sub_title_text"] == f"：没有名\n名太长了六字：b\n空：\n{long}"


def test_a_row_alone_is_a_sentence_in_its_place() -> None:
    made = deck("标题\n群里：发成一条\n或直接发给我", "好")
    assert "horizontal_content_list" not in card(made)
    assert card(made)["sub_title_text"] == "群里：发成一条\n或直接发给我"


def test_rows_beyond_six_are_lines() -> None:
    made = deck("标题\n" + "\n".join(f"第{n}：甲" for n in range(8)), "好")
    assert len(card(made)["horizontal_content_list"]) == 6
    assert card(made)["sub_title_text"] == "第6：甲\n第7：甲"


def test_an_app_has_more_room_below_the_title() -> None:
    said = message("标题\n" + "字" * 150, "好")
    assert cards.deck(said, Channel.APP).words == ""
    assert cards.deck(said, Channel.BOT).words == said.text


# -- buttons -------------------------------------------------------------------------------------------------------


def test_more_than_six_buttons_are_two_cards_of_one_title() -> None:
    made = deck("请点一个\n或发编号", *(f"办 000{n}" for n in range(8)))
    assert labels(made) == [[f"办 000{n}" for n in range(6)], ["办 0006", "办 0007"]]
    assert card(made, 1)["main_title"] == {"title": "请点一个"}
    assert "sub_title_text" not in card(made, 1)
    assert card(made, 0)["task_id"] != card(made, 1)["task_id"]


def test_a_label_that_is_too_long_is_told_with_its_number() -> None:
    made = deck(
        "只差地点，点一个：", "客运站", "学府社区卫生服务中心东门", "发送位置", *"四五六", "光明路与建设街路口东北角"
    )
    assert labels(made) == [["客运站", "2", "发送位置", "四", "五", "六"], ["7"]]
    assert card(made)["sub_title_text"] == "2 学府社区卫生服务中心东门\n7 光明路与建设街路口东北角"


def test_an_english_label_is_half_as_wide() -> None:
    assert labels(deck("Please tap:", "Not for our agency", "Not for our agency at all")) == [
        ["Not for our agency", "2"]
    ]


def test_every_name_of_the_county_is_a_button_or_told() -> None:
    rules = county.load(None)
    names = [one.name for kind in (rules.agencies, rules.categories, rules.places) for one in _all(kind)]
    assert len(names) > 60
    for at in range(0, len(names), 3):
        chosen = names[at : at + 3]
        made = deck("请点一个：", *chosen)
        on_buttons = [text for group in labels(made) for text in group]
        assert all(name in on_buttons or (width(name) > 10 and eye(name) in told(made.cards)) for name in chosen)
        assert made.words == ""


def _all(kind: Any) -> Any:
    return kind.values() if hasattr(kind, "values") else kind


# -- task ids ------------------------------------------------------------------------------------------------------


def test_the_task_id_is_the_same_for_every_try_and_no_other_message_has_it() -> None:
    def task(text: str = "0127", *labels: str, key: str = "42") -> str:
        return card(deck(text, *(labels or ("接收",)), key=key))["task_id"]

    assert task() == task("还剩 2 小时")  # a text may be worded anew at each try
    assert len({task(), task(key="43"), task("0127", "接收", "退回")}) == 3
    assert TASK.fullmatch(task(key="键/" * 200))


# -- changes -------------------------------------------------------------------------------------------------------


def test_a_changed_card_keeps_its_task_id() -> None:
    made = deck("0127 已接收，谢谢。", "需要延期", edits=message_of_card("c0-abc"))
    assert card(made)["task_id"] == "c0-abc"
    assert "replace_text" not in card(made)


def test_further_cards_of_a_change_are_new_ones() -> None:
    made = deck("请点一个", *"一二三四五六七", edits=message_of_card("c0-abc"))
    assert card(made, 0)["task_id"] == "c0-abc" != card(made, 1)["task_id"]


def test_a_card_without_choices_has_a_grey_button_that_means_nothing() -> None:
    made = deck("0127 已转 住建局，您这边已销账。", edits=message_of_card("c0-abc"), links=(CASE_PAGE,))
    assert card(made) == {
        "card_type": "button_interaction",
        "main_title": {"title": "0127 已转 住建局，您这边已销账。"},
        "jump_list": [{"type": 1, "title": "看照片和经过", "url": "https://county.example/case/abc"}],
        "button_list": [{"text": "✓", "style": 4, "key": cards.CHOSEN}],
        "replace_text": "✓",
        "task_id": "c0-abc",
    }
    assert "." not in cards.CHOSEN, "the engine takes it for no choice of its own"


def test_the_update_of_the_bot() -> None:
    part = deck("0127\n已接收", "撤销").cards[0]
    assert cards.bot_update(part) == {"response_type": "update_template_card", "template_card": part.content}
    assert cards.bot_update(part, ["liugong"])["userids"] == ["liugong"]


def test_the_update_of_the_app_names_no_task_id() -> None:
    part = cards.deck(message("0127\n已接收", edits="task:c0-abc"), Channel.APP).cards[0]
    request: Any = cards.app_update(part)
    assert list(request) == ["template_card"]
    assert "task_id" not in request["template_card"]
    assert request["template_card"]["replace_text"] == "✓"


# -- links ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("links", [(CASE_PAGE,) * 4, (Link("字" * 14, "https://county.example"),)])
def test_links_without_room_are_words(links: tuple[Link, ...]) -> None:
    made = deck("0127", "接收", links=links)
    assert made.links == links and "jump_list" not in card(made)


def test_a_word_that_answers_a_press_stands_on_the_card() -> None:
    part = deck("0127 井盖\n请尽快处理", "接收").cards[0]
    shown = cards.marked(part, "请先接收")
    assert shown.content["sub_title_text"] == "请先接收\n请尽快处理"
    assert shown.content["button_list"] == part.content["button_list"]
    full = deck("0127 井盖\n" + "字" * 112, "接收").cards[0]
    assert cards.marked(full, "请先接收").content["sub_title_text"] == "请先接收"
