"""The test peer speaks the protocol: every behaviour that other tests rely on, seen through the library or plain HTTP."""

import asyncio
import copy
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    LinkPreviewOptions,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from tests.telegram import updates
from tests.telegram.account import Scope
from tests.telegram.botapi import BotApi, Fault, Person
from tests.telegram.kinds import FOLDER, KINDS, written
from tests.telegram.messages import parsed
from tests.telegram.wire import Answer, Request, Server

pytestmark = pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")  # of `retry_after`

GROUP = -1_001_500
FORUM = -1_001_501
PHOTO = b"\xff\xd8\xff\xe0 a bus stop \r\n--\r\n\x00"
OTHER = b"\xff\xd8\xff\xe0 a lamp"


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as made:
        made.group(GROUP, "五大员工作群")
        made.group(FORUM, "青禾县五大员", forum=True)
        yield made


@pytest.fixture
def rider(api: BotApi) -> Person:
    return api.person(2001, "梁小满", "liang_xiaoman")


@pytest.fixture
async def bot(api: BotApi) -> AsyncIterator[Bot]:
    async with _bot(api) as made:
        yield made


def _bot(api: BotApi, token: str = "") -> Bot:
    return Bot(
        token or api.token, base_url=f"{api.url}/bot", base_file_url=f"{api.url}/file/bot",
        request=HTTPXRequest(httpx_kwargs={"trust_env": False}),
        get_updates_request=HTTPXRequest(httpx_kwargs={"trust_env": False}),
    )  # fmt: skip


async def call(api: BotApi, method: str, **params: object) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(f"{api.url}/bot{api.token}/{method}", json=params)


def buttons(*rows: tuple[str, str]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=data)] for label, data in rows])


# -- updates as files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_the_library_reads_every_kind(name: str) -> None:
    update = Update.de_json(copy.deepcopy(KINDS[name]), None)
    assert update.update_id == KINDS[name]["update_id"]
    assert name == "unknown" or set(update.api_kwargs) == set()


def test_the_files_are_what_the_builders_make() -> None:
    kept = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert kept == {name: written(update) for name, update in KINDS.items()}


def test_entities_are_counted_in_utf_16() -> None:
    words = "🚧🚧 @xiaowu_test_bot 看 https://example.org/a 和 /report@xiaowu_test_bot"
    message = Update.de_json(updates.arrived(updates.message(updates.text(words))), None).message
    assert message is not None
    assert list(message.parse_entities().values()) == [
        "@xiaowu_test_bot",
        "https://example.org/a",
        "/report@xiaowu_test_bot",
    ]


# -- what the bot sends --------------------------------------------------------------------------------------------


async def test_a_text_with_buttons_is_seen_and_edited(api: BotApi, bot: Bot, rider: Person) -> None:
    sent = await bot.send_message(rider.id, "案件 0127", reply_markup=buttons(("接收", "a:1"), ("退回", "b:1")))
    (shown,) = rider.sees()
    assert (shown.id, shown.text, shown.labels) == (sent.message_id, "案件 0127", ["接收", "退回"])

    await bot.edit_message_text("案件 0127 已接收", rider.id, sent.message_id)
    assert (shown.text, shown.keyboard, shown.edits) == ("案件 0127 已接收", [], 1)
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("案件 0127 已接收", rider.id, sent.message_id)
    await bot.edit_message_reply_markup(rider.id, sent.message_id, reply_markup=buttons(("核实", "c:1")))
    assert shown.labels == ["核实"]
    with pytest.raises(BadRequest, match="no caption in the message to edit"):
        await bot.edit_message_caption(rider.id, sent.message_id, caption="x")
    with pytest.raises(BadRequest, match="to edit not found"):
        await bot.edit_message_text("x", rider.id, 999)
    with pytest.raises(BadRequest, match="can't be edited"):
        await bot.edit_message_text("x", rider.id, rider.says("在吗").id)


async def test_a_photo_is_uploaded_sent_again_by_its_id_and_edited(api: BotApi, bot: Bot, rider: Person) -> None:
    sent = await bot.send_photo(GROUP, PHOTO, caption="修复前", filename="before.jpg")
    again = await bot.send_photo(GROUP, sent.photo[-1].file_id)
    first, second = api.seen(GROUP)
    assert (first.photos, first.caption, first.text, second.photos) == ([PHOTO], "修复前", "", [PHOTO])

    await bot.edit_message_caption(GROUP, sent.message_id, caption="修复后")
    await bot.edit_message_media(InputMediaPhoto(OTHER, caption="对比"), GROUP, sent.message_id)
    assert (first.photos, first.caption, first.edits) == ([OTHER], "对比", 2)
    with pytest.raises(BadRequest, match="no text in the message to edit"):
        await bot.edit_message_text("x", GROUP, again.message_id)
    with pytest.raises(BadRequest, match="Wrong file identifier"):
        await bot.send_photo(GROUP, "AgACunknown")
    assert len(api.seen(GROUP)) == 2


async def test_a_text_message_can_be_given_a_photo(api: BotApi, bot: Bot, rider: Person) -> None:
    sent = await bot.send_message(rider.id, "新案件")
    await bot.edit_message_media(
        InputMediaPhoto(PHOTO, caption="新案件"), rider.id, sent.message_id, reply_markup=buttons(("接收", "a"))
    )
    (shown,) = rider.sees()
    assert (shown.text, shown.caption, shown.photos, shown.labels) == ("", "新案件", [PHOTO], ["接收"])


async def test_an_album_is_one_message_a_picture(api: BotApi, bot: Bot) -> None:
    sent = await bot.send_media_group(GROUP, [InputMediaPhoto(PHOTO, caption="甲"), InputMediaPhoto(OTHER)])
    first, second = api.seen(GROUP)
    assert [message.message_id for message in sent] == [first.id, second.id]
    assert (first.photos, second.photos, first.caption) == ([PHOTO], [OTHER], "甲")
    assert first.media_group == second.media_group == sent[0].media_group_id is not None


async def test_an_album_that_is_not_right_is_refused_whole(api: BotApi, bot: Bot) -> None:
    one, file = {"type": "photo", "media": "attach://a"}, {"type": "document", "media": "attach://a"}
    ref = api.keep(PHOTO)
    known = {"type": "photo", "media": ref}
    for media, more in (([known], {}), ([known] * 11, {}), ([known, one], {}), ([known, file], {}),
                        ([known, known], {"reply_markup": {"inline_keyboard": []}})):  # fmt: skip
        answer = await call(api, "sendMediaGroup", chat_id=GROUP, media=media, **more)
        assert answer.status_code == 400, media
    assert api.seen(GROUP) == []
    with pytest.raises(BadRequest, match="mixed"):
        await bot.send_media_group(GROUP, [InputMediaPhoto(PHOTO), InputMediaDocument(OTHER)])


async def test_a_document_keeps_its_name(api: BotApi, bot: Bot, rider: Person) -> None:
    await bot.send_document(rider.id, b"%PDF-1.7", filename="月报.pdf", caption="十一月")
    (shown,) = rider.sees()
    assert (shown.document, shown.caption) == (("月报.pdf", b"%PDF-1.7"), "十一月")


async def test_answers_need_their_message_unless_they_say_not(api: BotApi, bot: Bot, rider: Person) -> None:
    asked = rider.says("上报", group=GROUP)
    sent = await bot.send_message(GROUP, "已收到", reply_parameters=ReplyParameters(asked.id))
    assert api.seen(GROUP)[0].reply_to == asked.id
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "上报"
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(GROUP, "x", reply_parameters=ReplyParameters(999))
    await bot.send_message(GROUP, "y", reply_parameters=ReplyParameters(999, allow_sending_without_reply=True))
    assert api.seen(GROUP)[1].reply_to is None


async def test_lengths_are_counted_in_utf_16(api: BotApi, bot: Bot, rider: Person) -> None:
    await bot.send_message(rider.id, "🚧" * 2048)
    await bot.send_photo(rider.id, PHOTO, caption="🚧" * 512)
    with pytest.raises(BadRequest, match="Message is too long"):
        await bot.send_message(rider.id, "🚧" * 2048 + "x")
    with pytest.raises(BadRequest, match="caption is too long"):
        await bot.send_photo(rider.id, PHOTO, caption="🚧" * 512 + "x")
    with pytest.raises(BadRequest, match="text is empty"):
        await bot.send_message(rider.id, " \n")
    for data in ("x" * 65, "案" * 22, ""):
        keyboard = {"inline_keyboard": [[{"text": "a", "callback_data": data}]]}
        answer = await call(api, "sendMessage", chat_id=rider.id, text="x", reply_markup=keyboard)
        assert answer.json()["description"] == "Bad Request: BUTTON_DATA_INVALID"
    assert len(rider.sees()) == 2


def test_html_becomes_words_and_entities() -> None:
    words, entities = parsed('🚧 <b>0127</b> &lt;<a href="tg://user?id=5">小&amp;满</a>&gt;')
    assert words == "🚧 0127 <小&满>"
    assert [(entity["type"], entity["offset"], entity["length"]) for entity in entities] == [
        ("bold", 3, 4),
        ("text_mention", 9, 3),
    ]


async def test_html_that_is_not_right_is_refused(bot: Bot, rider: Person) -> None:
    for words in ("<b>x", "<rider>", "x</b>"):
        with pytest.raises(BadRequest, match="parse entities"):
            await bot.send_message(rider.id, words, parse_mode="HTML")
    await bot.send_message(rider.id, "<b>x", link_preview_options=LinkPreviewOptions(is_disabled=True))
    assert rider.sees()[0].text == "<b>x"


async def test_topics(api: BotApi, bot: Bot, rider: Person) -> None:
    topic = api.groups[FORUM].opens_topic("占道停车", rider)
    said = rider.says("上报", group=FORUM, thread=topic)
    assert said.raw["reply_to_message"]["forum_topic_created"]["name"] == "占道停车"
    sent = await bot.send_message(FORUM, "已收到", message_thread_id=topic)
    assert (sent.message_thread_id, api.seen(FORUM)[0].thread) == (topic, topic)
    with pytest.raises(BadRequest, match="thread not found"):
        await bot.send_message(FORUM, "x", message_thread_id=999)


async def test_reactions_are_the_documented_ones(bot: Bot, rider: Person) -> None:
    said = rider.says("上报", group=GROUP)
    await bot.set_message_reaction(GROUP, said.id, "👀")
    assert said.reactions == ["👀"]
    with pytest.raises(BadRequest, match=r"(?i)reaction_invalid"):
        await bot.set_message_reaction(GROUP, said.id, "✅")
    await bot.set_message_reaction(GROUP, said.id)
    assert said.reactions == []


async def test_messages_are_deleted(api: BotApi, bot: Bot, rider: Person) -> None:
    sent = await bot.send_message(rider.id, "x")
    await bot.delete_message(rider.id, sent.message_id)
    assert rider.sees() == []
    assert api.chats[rider.id][0].deleted
    with pytest.raises(BadRequest, match="to delete not found"):
        await bot.delete_message(rider.id, sent.message_id)
    with pytest.raises(BadRequest, match="to edit not found"):
        await bot.edit_message_text("y", rider.id, sent.message_id)


async def test_who_cannot_be_written_to(api: BotApi, bot: Bot, rider: Person) -> None:
    rider.blocks()
    api.groups[FORUM].places_bot("kicked", rider)
    api.group(-77, "小群").migrates(-1_001_777, rider)
    api.person(2002, "乔向东", started=False)
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(rider.id, "x")
    with pytest.raises(Forbidden, match="kicked from the supergroup chat"):
        await bot.send_message(FORUM, "x")
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(2002, "x")
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(-77, "x")
    assert moved.value.new_chat_id == -1_001_777
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(4711, "x")
    rider.unblocks()
    await bot.send_message(rider.id, "x")
    told = [Update.de_json(update, None) for update in api.pending]
    changes = [update.my_chat_member for update in told if update.my_chat_member]
    assert [change.new_chat_member.status for change in changes] == ["kicked", "kicked", "member"]
    moves = [update.message for update in told if update.message]
    assert [(move.migrate_to_chat_id, move.migrate_from_chat_id) for move in moves] == [(-1_001_777, None), (None, -77)]


async def test_wrong_token_and_unknown_method(api: BotApi) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{api.url}/bot1001:wrong/getMe")
    assert answer.status_code == 401
    assert answer.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    with pytest.raises(InvalidToken):
        await _bot(api, "1001:wrong").initialize()
    assert (await call(api, "getStars")).status_code == 404
    assert (await call(api, "GETME")).json()["result"]["username"] == "xiaowu_test_bot"


async def test_the_same_call_by_form_json_and_address(api: BotApi, rider: Person) -> None:
    params = {"chat_id": str(rider.id), "text": "x", "reply_markup": '{"inline_keyboard": [[{"text": "a", "callback_data": "b"}]]}'}  # fmt: skip
    async with httpx.AsyncClient(trust_env=False) as client:
        url = f"{api.url}/bot{api.token}/sendMessage"
        for answer in (
            await client.post(url, data=params),
            await client.post(url, json=params),
            await client.get(url, params=params),
            await client.post(url, data=params, files={"unused": ("x.txt", b"x")}),
        ):
            assert answer.json()["ok"] is True
        assert (await client.post(url, content=b"{", headers={"Content-Type": "application/json"})).status_code == 400
    assert [message.keyboard for message in rider.sees()] == [[[("a", "b")]]] * 4
    assert api.calls[0].params["chat_id"] == rider.id


# -- presses, files, menus, members --------------------------------------------------------------------------------


async def test_a_press_is_answered_once_and_in_time(api: BotApi, bot: Bot, rider: Person) -> None:
    await bot.send_message(GROUP, "案件", reply_markup=buttons(("核实", "v:1")))
    await bot.send_message(GROUP, "案件", reply_markup=buttons(("核实", "v:2")))
    query = rider.presses("核实", in_chat=GROUP)
    (update,) = await bot.get_updates()
    assert update.callback_query is not None
    assert (update.callback_query.id, update.callback_query.data) == (query, "v:2")
    await bot.answer_callback_query(query, "已核实", show_alert=True)
    assert api.answers == {query: ("已核实", True)}
    late = rider.presses("核实", in_chat=GROUP, on=api.seen(GROUP)[0])
    api.queries[late] -= api.answer_within_s + 1
    for old in (late, "17"):
        with pytest.raises(BadRequest, match="Query is too old"):
            await bot.answer_callback_query(old)
    with pytest.raises(AssertionError, match="no button"):
        rider.presses("核实")


async def test_files_are_fetched_until_their_link_expires(api: BotApi, bot: Bot, rider: Person) -> None:
    rider.says("上报", photo=PHOTO)
    (update,) = await bot.get_updates()
    assert update.message is not None
    ref = update.message.photo[-1].file_id
    found = await bot.get_file(ref)
    assert bytes(await found.download_as_bytearray()) == PHOTO
    api.expire(ref)
    with pytest.raises(TelegramError):
        await found.download_as_bytearray()
    found = await bot.get_file(ref)
    assert bytes(await found.download_as_bytearray()) == PHOTO
    api.expire(ref, for_good=True)
    for gone in (ref, "unknown", update.message.photo[0].file_id):
        with pytest.raises(BadRequest, match="file_id"):
            await bot.get_file(gone)
    with pytest.raises(BadRequest, match="too big"):
        await bot.get_file(api.keep(bytes((20 << 20) + 1)))


async def test_menus_by_scope_and_language(api: BotApi, bot: Bot, rider: Person) -> None:
    from telegram import BotCommandScopeAllPrivateChats, BotCommandScopeChat

    await bot.set_my_commands([("report", "上报")], language_code="zh")
    await bot.set_my_commands([("tasks", "待办")], scope=BotCommandScopeChat(rider.id))
    assert set(api.commands) == {Scope(language="zh"), Scope("chat", rider.id)}
    assert [command.command for command in await bot.get_my_commands(language_code="zh")] == ["report"]
    await bot.delete_my_commands(language_code="zh")
    assert await bot.get_my_commands(language_code="zh") == ()
    with pytest.raises(BadRequest, match=r"(?i)command_invalid"):
        await bot.set_my_commands([("上报", "x")], scope=BotCommandScopeAllPrivateChats())


async def test_chats_and_members(api: BotApi, bot: Bot, rider: Person) -> None:
    assert (await bot.get_me()).can_read_all_group_messages
    assert (await bot.get_chat(GROUP)).title == "五大员工作群"
    assert (await bot.get_chat_member(GROUP, api.me["id"])).status == "administrator"
    with pytest.raises(BadRequest, match="not found"):
        await bot.get_chat_member(GROUP, rider.id)
    api.groups[GROUP].standings[rider.id] = "creator"
    assert {member.status for member in await bot.get_chat_administrators(GROUP)} == {"creator", "administrator"}
    assert await bot.send_chat_action(rider.id, "typing")


# -- updates -------------------------------------------------------------------------------------------------------


async def test_updates_stay_until_they_are_confirmed(api: BotApi, bot: Bot, rider: Person) -> None:
    for number in range(3):
        rider.says(str(number))
    first = await bot.get_updates(limit=2)
    assert [update.update_id for update in first] == [update["update_id"] for update in api.pending[:2]]
    assert [update.update_id for update in await bot.get_updates(limit=2)] == [update.update_id for update in first]
    (last,) = await bot.get_updates(offset=first[-1].update_id + 1)
    assert last.message is not None
    assert last.message.text == "2"
    await bot.get_updates(offset=last.update_id + 1)
    assert api.pending == []
    for number in range(3):
        rider.says(str(number))
    assert [update.message and update.message.text for update in await bot.get_updates(offset=-1)] == ["2"]


async def test_a_long_poll_wakes_up(bot: Bot, api: BotApi, rider: Person) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await api.until(lambda: api.polled)
    rider.says("上报")
    assert len(await asyncio.wait_for(poll, 5)) == 1


async def test_a_second_poller_ends_the_first(api: BotApi, rider: Person) -> None:
    async with _bot(api) as one, _bot(api) as two:
        first = asyncio.create_task(one.get_updates(timeout=30))
        await api.until(lambda: api.polled)
        second = asyncio.create_task(two.get_updates(timeout=30))
        with pytest.raises(Conflict, match="terminated by other"):
            await first
        rider.says("上报")
        assert len(await second) == 1


async def test_kinds_that_were_not_asked_for_do_not_come(api: BotApi, bot: Bot, rider: Person) -> None:
    change = updates.membership(rider.user, "member")
    assert api.tell("chat_member", change) is None
    await bot.get_updates(allowed_updates=["callback_query", "chat_member"])
    rider.says("上报")
    assert api.pending == []
    assert api.tell("chat_member", change) is not None
    await bot.get_updates(allowed_updates=[])
    rider.says("上报")
    assert len(api.pending) == 2


async def test_updates_come_twice_in_disorder_and_in_small_batches(api: BotApi, bot: Bot, rider: Person) -> None:
    api.duplicates, api.shuffled, api.batch = 1.0, True, 4
    for number in range(12):
        rider.says(str(number))
    seen: list[list[int]] = []
    offset = 0
    while batch := await bot.get_updates(offset=offset):
        seen.append([update.update_id for update in batch])
        offset = max(offset, *(number + 1 for number in seen[-1]))
    counts = [sum(batch.count(number) for batch in seen) for number in sorted({n for batch in seen for n in batch})]
    assert counts == [2] * 12
    assert max(map(len, seen)) == 4
    assert any(batch != sorted(batch) for batch in seen)


async def test_a_webhook_is_posted_to_in_order_until_it_takes(api: BotApi, bot: Bot, rider: Person) -> None:
    taken: list[tuple[str, str]] = []
    refusals = [500, 503]

    async def receive(request: Request) -> Answer:
        assert request.path == "/telegram"
        if refusals:
            return Answer(refusals.pop(), b"")
        update = json.loads(request.body)
        taken.append((update["message"]["text"], request.headers["x-telegram-bot-api-secret-token"]))
        return Answer(200, b"")

    server = Server(receive)
    port = await server.start()
    await bot.set_webhook(f"http://127.0.0.1:{port}/telegram", secret_token="a-secret_1")
    rider.says("1")
    rider.says("2")
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    assert (await bot.get_webhook_info()).pending_update_count == 2
    assert await api.post_webhook() == [503, 500, 200, 200]
    assert taken == [("1", "a-secret_1"), ("2", "a-secret_1")]
    assert "500" in ((await bot.get_webhook_info()).last_error_message or "")
    rider.says("3")
    await server.stop()
    with pytest.raises(AssertionError, match="webhook answered"):
        await api.post_webhook(tries=2)
    await bot.delete_webhook()
    assert len(await bot.get_updates()) == 1
    with pytest.raises(BadRequest, match="https url"):
        await bot.set_webhook("http://example.org/telegram")


async def test_privacy_mode(api: BotApi, bot: Bot, rider: Person) -> None:
    group = api.group(-1_001_502, "群", bot="member")
    api.me["can_read_all_group_messages"] = False
    rider.says("上报 北门路灯不亮", group=group.id)
    rider.says("/report x", group=group.id)
    rider.says("/report@weather_other_bot x", group=group.id)
    assert api.pending == []
    rider.says("/report@xiaowu_test_bot x", group=group.id)
    sent = await bot.send_message(group.id, "已收到")
    rider.says("谢谢", group=group.id, reply_to=sent.message_id)
    assert len(api.pending) == 2
    group.places_bot("administrator", rider)
    rider.says("上报 北门路灯不亮", group=group.id)
    assert len(api.pending) == 4


async def test_everything_a_person_can_send_is_read_by_the_library(api: BotApi, bot: Bot, rider: Person) -> None:
    first = rider.says("两张", album=[PHOTO, OTHER], group=GROUP)
    rider.says("原图", document=("现场.heic", "image/heic", PHOTO), reply_to=first, group=GROUP)
    rider.says(voice=b"OggS")
    rider.says(video=b"ftyp")
    rider.says(location=(34.5, 113.2))
    rider.says(venue=(34.5, 113.2, "幸福路公交站", "幸福路 18 号"))
    rider.says("转来的", origin=updates.forwarded_from_user())
    rider.says("绑定", group=GROUP, masked=True)
    rider.says(contents=updates.sticker())
    rider.edits(first, "两张照片")
    rider.presses_data("x", first)
    rider.presses_data("x", first, gone=True)
    rider.presses_data("x", None)
    found = await bot.get_updates()
    said = [update.message for update in found if update.message]
    assert [message.effective_attachment is not None for message in said].count(True) == 8
    assert said[0].media_group_id == said[1].media_group_id is not None
    assert said[2].reply_to_message is not None
    assert said[8].sender_chat is not None
    (edit,) = [update.edited_message for update in found if update.edited_message]
    assert (edit.caption, len(edit.photo), first.caption) == ("两张照片", 3, "两张照片")
    assert len([update for update in found if update.callback_query]) == 3


# -- what goes wrong -----------------------------------------------------------------------------------------------


async def test_faults_instead_of_the_work(api: BotApi, bot: Bot, rider: Person) -> None:
    api.faults.add("sendMessage", Fault.too_many(7))
    api.faults.add("*", Fault.status(500))
    api.faults.add("sendMessage", Fault.page(502))
    api.faults.add("sendMessage", Fault.page(200))
    api.faults.add("sendMessage", Fault.drop())
    with pytest.raises(RetryAfter) as waited:
        await bot.send_message(rider.id, "x")
    assert waited.value.retry_after == 7
    for error in (NetworkError, NetworkError, TelegramError, NetworkError):
        with pytest.raises(error):
            await bot.send_message(rider.id, "x")
    assert rider.sees() == []
    await bot.send_message(rider.id, "x")
    assert (len(rider.sees()), [call.method for call in api.calls].count("sendMessage"), len(api.faults.met)) == (
        1,
        6,
        5,
    )


async def test_faults_after_the_work(api: BotApi, bot: Bot, rider: Person) -> None:
    api.faults.add("sendMessage", Fault.drop_after())
    api.faults.add("sendMessage", Fault.half())
    api.faults.add("sendMessage", Fault.slow(30))
    for error in (NetworkError, NetworkError, TimedOut):
        with pytest.raises(error):
            await bot.send_message(rider.id, "x", read_timeout=0.2)
    assert len(rider.sees()) == 3


async def test_faults_of_one_chat_of_downloads_and_by_share(api: BotApi, bot: Bot, rider: Person) -> None:
    other = api.person(2002, "乔向东")
    api.faults.add("sendMessage", Fault.status(403, "Forbidden: user is deactivated"), chat=other.id, times=2)
    await bot.send_message(rider.id, "x")
    for _ in range(2):
        with pytest.raises(Forbidden):
            await bot.send_message(other.id, "x")
    api.faults.add("download", Fault.half())
    found = await bot.get_file(api.keep(PHOTO))
    with pytest.raises(NetworkError):
        await found.download_as_bytearray()
    assert bytes(await found.download_as_bytearray()) == PHOTO
    api.faults.sometimes("sendMessage", 1.0, Fault.drop)
    with pytest.raises(NetworkError):
        await bot.send_message(rider.id, "x")
    api.faults.clear()
    await bot.send_message(rider.id, "x")


async def test_nobody_is_there_for_a_while(api: BotApi, bot: Bot, rider: Person) -> None:
    await bot.send_message(rider.id, "x")
    await api.stop()
    with pytest.raises(NetworkError):
        await bot.send_message(rider.id, "x")
    await api.start()
    await bot.send_message(rider.id, "y")
    assert [message.text for message in rider.sees()] == ["x", "y"]


async def test_ceilings(rider: Person, api: BotApi, bot: Bot) -> None:
    at = [1000.0]
    api.clock, api.enforce = lambda: at[0], True
    for _ in range(3):
        await bot.send_message(rider.id, "x")
    with pytest.raises(RetryAfter) as waited:
        await bot.send_message(rider.id, "x")
    assert (waited.value.retry_after, api.flooded) == (1, 1)
    at[0] += 1
    await bot.send_message(rider.id, "x")
    album = [InputMediaPhoto(PHOTO)] * 10
    await bot.send_media_group(GROUP, album)
    at[0] += 1
    await bot.send_media_group(GROUP, album)
    with pytest.raises(RetryAfter) as waited:
        await bot.send_message(GROUP, "x")
    assert waited.value.retry_after == 59
    at[0] += 59
    await bot.send_message(GROUP, "x")
    at[0] += 1
    people = [api.person(3000 + number, "某人") for number in range(31)]
    for person in people[:30]:
        await bot.send_message(person.id, "x")
    with pytest.raises(RetryAfter):
        await bot.send_message(people[30].id, "x")
    assert api.flooded == 3
