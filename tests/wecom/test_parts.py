"""What is sent of a message in each channel: the order, the limits, and that nothing a person needs is cut."""

import base64
import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.chat.platform import File, Link, Picture, Rendered
from bot.chat.texts import LANGUAGES
from bot.platforms.wecom.kinds import Channel, Part, message_of_card
from bot.platforms.wecom.parts import parts, welcome_body
from tests.chat.test_catalogues import CHINESE, longest
from tests.fake import picture
from tests.features.acting import about
from tests.town import RULEBOOK, TestTown
from tests.wecom.shown import TEXT_BYTES, eye, message, over, told

PHOTO = Picture(picture("before"), "photo-1.jpg")
SHEET = File(b"PK rows", "名单.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
PAGE = Link("看照片和经过", "https://county.example/case/abc_d")
NEVER_SENT_TO_A_CHAT = ("people.sheet.", "people.example.")
LABELS = {language: [longest(key, language) for key in CHINESE if ".button." in key] for language in LANGUAGES}


def kinds(made: Sequence[Part]) -> list[str]:
    return [part.msgtype for part in made]


def lost(said: Rendered, channel: Channel) -> list[str]:
    """Lines and labels of a message that its parts do not show."""
    made = parts(said, channel)
    shown = told(made)
    buttons = [button["text"] for part in made if part.is_card for button in [*_buttons(part)]]
    missing = [line for line in said.text.splitlines() if eye(line) not in shown]
    if channel is Channel.HOOK:
        return missing
    return missing + [one.label for one in said.buttons if one.label not in buttons and eye(one.label) not in shown]


def broken(said: Rendered, channel: Channel) -> list[str]:
    return [fault for part in parts(said, channel) for fault in over(part, channel)]


def _buttons(part: Part) -> Any:
    return part.content["button_list"]


# -- order and kinds -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", [Channel.BOT, Channel.APP])
def test_pictures_then_the_card_then_files(channel: Channel) -> None:
    made = parts(message("0127 私家车违停", "接收", pictures=(PHOTO, PHOTO), files=(SHEET,)), channel)
    assert kinds(made) == ["image", "image", "template_card", "file"]
    assert [part.upload for part in made] == [PHOTO, PHOTO, None, SHEET]
    assert made[0].body("m1") == {"msgtype": "image", "image": {"media_id": "m1"}}


def test_words_are_markdown_of_the_bot_and_text_of_the_app() -> None:
    said = message("**0127** <a href='x'>已办结</a>", links=(PAGE,))
    (bot,), (app,), (hook,) = (parts(said, channel) for channel in (Channel.BOT, Channel.APP, Channel.HOOK))
    assert bot.body() == {
        "msgtype": "markdown",
        "markdown": {
            "content": "＊＊0127＊＊ ＜a href='x'>已办结＜/a>\n[看照片和经过](https://county.example/case/abc_d)"
        },
    }
    assert hook == bot
    assert app.body() == {
        "msgtype": "text",
        "text": {
            "content": "**0127** ＜a href='x'>已办结＜/a>\n"
            '<a href="https://county.example/case/abc_d">看照片和经过</a>'
        },
    }


def test_a_hook_has_no_buttons_and_its_picture_inside() -> None:
    made = parts(message("10 月光荣榜", "看明细", pictures=(PHOTO,), files=(SHEET,)), Channel.HOOK)
    assert kinds(made) == ["image", "markdown", "file"]
    assert base64.b64decode(str(made[0].content["base64"])) == PHOTO.data
    assert made[0].content["md5"] == hashlib.md5(PHOTO.data).hexdigest()
    assert (made[0].upload, made[2].upload) == (None, SHEET)


def test_a_picture_too_large_for_a_hook_is_left_out_and_the_words_stay() -> None:
    noise = Image.effect_noise((2200, 2200), 90)
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=95)
    assert len(out.getvalue()) > 2 * 1024 * 1024
    said = message("10 月光荣榜", pictures=(Picture(out.getvalue(), "poster.jpg"),))
    assert kinds(parts(said, Channel.HOOK)) == ["markdown"]
    assert kinds(parts(said, Channel.BOT)) == ["image", "markdown"]


def test_a_message_of_pictures_alone_has_no_empty_words() -> None:
    assert kinds(parts(message("", pictures=(PHOTO,)), Channel.BOT)) == ["image"]


def test_a_change_is_one_card_and_the_pictures_that_are_new() -> None:
    said = message("0127 已接收", "需要延期", edits=message_of_card("c0-abc"), pictures=(PHOTO, PHOTO), had=1)
    made = parts(said, Channel.APP)
    assert kinds(made) == ["image", "template_card"]
    assert made[1].content["task_id"] == "c0-abc"


def test_a_change_with_more_words_than_room_is_one_card_beside_its_words() -> None:
    said = message("0127 已接收\n" + "字" * 200, edits=message_of_card("c0-abc"))
    assert kinds(parts(said, Channel.BOT)) == ["markdown", "template_card"]
    assert lost(said, Channel.BOT) == []


def test_the_welcome_is_plain_text() -> None:
    assert welcome_body("您好") == {"msgtype": "text", "text": {"content": "您好"}}


# -- limits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", list(Channel))
def test_a_very_long_text_is_several_messages(channel: Channel) -> None:
    lines = [f"{n}. {n:04} 建设路与人民路交叉口东北角公交站牌旁 *急* <b>" for n in range(1, 700)]
    said = message("\n".join(lines), links=(PAGE,))
    made = parts(said, channel)
    assert len(made) > 1
    assert max(len(str(part.content["content"]).encode()) for part in made) > TEXT_BYTES[channel] * 0.9
    assert broken(said, channel) == lost(said, channel) == []
    assert PAGE.url in str(made[-1].content["content"])


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_fits_with_the_longest_plausible_values_and_the_longest_buttons(
    channel: Channel, language: str
) -> None:
    names = sorted((one.name for one in RULEBOOK.categories.values()), key=len)[-2:]
    labels = [*sorted(LABELS[language], key=len)[-5:], *names]
    for key in CHINESE:
        if key.startswith(NEVER_SENT_TO_A_CHAT):
            continue
        for buttons in ((), labels):
            said = message(longest(key, language), *buttons, links=(PAGE,))
            assert broken(said, channel) == lost(said, channel) == [], key


@given(
    st.text(alphabet="字a1 ：:，…\n", min_size=1, max_size=400).filter(str.strip),
    st.lists(st.text(alphabet="字a1 办", min_size=1, max_size=24).filter(str.strip), max_size=14),
    st.sampled_from(Channel),
    st.booleans(),
)
def test_whatever_is_said_and_offered_fits_and_is_all_there(
    text: str, labels: list[str], channel: Channel, changes: bool
) -> None:
    said = message(text, *labels, edits=message_of_card("c0-abc") if changes else None)
    assert broken(said, channel) == lost(said, channel) == []


@pytest.fixture
def sent(town: TestTown) -> list[Rendered]:
    """Every message that the town sends or changes, as it goes to the platform."""
    kept: list[Rendered] = []
    send = town.platform.send

    async def keep(said: Rendered) -> Any:
        kept.append(said)
        return await send(said)

    town.platform.send = keep
    return kept


async def _month_of_work(town: TestTown, language: str) -> None:
    """The whole loop, and what contacts, riders and admins ask for beside it."""
    rider = await town.rider("阿卜杜热西提", language=language)
    contact, admin = await town.contact("housing", "刘工"), await town.admin("李主任")
    await rider.says("路上有个大坑，客运站", photo="pit.jpg", group=True)
    await contact.presses("不归我管")
    await contact.presses("接收")
    await contact.says("已填平压实", photo="after.jpg", answers=about(contact, "0001"))
    await contact.presses("照片可公开")
    await town.wait(hours=3)
    for n in range(9):
        await rider.says(
            f"路上有个大坑，幸福路与学府街路口，第{n}处，{'很深' * 20}", photo=f"{n}.jpg", group=n % 2 == 0
        )
    await rider.says("*井盖* <@all> 坏了", photo="where.jpg")
    await rider.says("幸福路", photo="what.jpg")
    await rider.says("路灯不亮，线杆着火了，客运站", photo="fire.jpg", group=True)
    await town.wait(hours=30)
    for words in (
        "待办",
        "帮助",
        "进度",
        "进度 0001",
        "积分",
        "规则",
        "规则 A",
        "群",
        "调休",
        "排名",
        "数据",
        "查 大坑",
    ):
        for person in (rider, contact, admin):
            await person.says(words)
        await town.wait(minutes=2)
    await town.wait(days=12)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_the_town_says_in_a_month_fits_every_channel(
    town: TestTown, sent: list[Rendered], language: str
) -> None:
    await _month_of_work(town, language)
    assert len(sent) > 100 and sum(bool(said.buttons) for said in sent) > 40
    for said in sent:
        for channel in Channel:
            assert broken(said, channel) == lost(said, channel) == [], said.text


# -- drawn for the eye ---------------------------------------------------------------------------------------------

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", ["contact_card", "group_receipt", "list_of_ten"])
def test_typical_messages_look_as_they_were_seen(name: str) -> None:
    lines = "\n".join(f"{n}. {n:04} 路面坑槽 · 今天 {n + 8}:00 前接收" for n in range(1, 11))
    typical = {
        "contact_card": message(
            "📍 新事项 0127 · 私家车违停\n地点：客运站东门（3号网格）\n上报：赵师傅 今天 14:06\n"
            "说明：堵住公交进站口，已有两辆\n请在 今天 18:00 前答复\n按类别「私家车违停」转给您",
            "接收",
            "不归我管",
            "已处理",
            links=(PAGE,),
            pictures=(PHOTO, PHOTO),
        ),
        "group_receipt": message(
            "📷 已收到，编号 0127\n客运站东门 · 私家车违停\n已转 交警大队 周警官，今天 18:00 前答复",
            "改地点",
            "改类别",
            "撤回",
        ),
        "list_of_ten": message(f"早上好，您有 10 件待办，2 件今天到期：\n{lines}", "办 0001", "办 0002", "全部"),
    }
    drawn = [part.body("MEDIA" if part.upload else None) for part in parts(typical[name], Channel.BOT)]
    assert drawn == json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
