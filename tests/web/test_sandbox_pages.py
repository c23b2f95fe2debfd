"""The sandbox's pages: what they show, what they do, and whom they refuse."""

import json
import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest

from bot.chat.events import Address, Incoming, Platform, Position, Pressed
from bot.chat.platform import File, Link, Picture, Raw, Rendered, RenderedButton
from bot.web.guard import BODY_BYTES
from storage.sandbox_reading import list_messages
from tests.web.conftest import GROUP, ORIGIN, Sandbox, jpeg

ZHAO = Address(Platform.SANDBOX, "zhao", private=True)
SAYS = {"chat": "group", "as": "zhao", "text": "井盖坏了"}


async def events(sandbox: Sandbox) -> Sequence[Incoming | Pressed | None]:
    """What the bot was told, in order."""
    pending = await sandbox.rows.pending(100)
    return [sandbox.desk.read(Raw(event, chat, payload, at)) for event, chat, payload, at in pending]


async def texts_of(sandbox: Sandbox, chat: str) -> list[str]:
    async with sandbox.database.read() as tx:
        return [message.text for message in await list_messages(tx, chat, 50)]


async def test_the_page_shows_the_group_and_three_private_chats(sandbox: Sandbox) -> None:
    async with sandbox.browser() as client:
        page = await client.get("/")
        other = await client.get("/?as=wang&open=wang")
    assert page.status_code == 200
    for chat in ("group", "zhao", "zhou", "wang"):
        assert f'id="column-{chat}"' in page.text
    assert 'id="column-wang"' in other.text
    assert 'id="column-zhao"' not in other.text
    assert '<option value="wang" selected>' in other.text


async def test_every_answer_carries_the_headers_of_safety(sandbox: Sandbox) -> None:
    async with sandbox.page() as client:
        answers = [
            await client.get("/"),
            await client.get("/sandbox/chats"),
            await client.get("/static/sandbox.js"),
            await client.get("/nowhere"),
            await client.post("/sandbox/say", data=SAYS),
        ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'self'; img-src 'self' data: blob:;")
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert answers[0].headers["cache-control"] == answers[1].headers["cache-control"] == "no-store"


async def test_the_page_needs_nothing_the_policy_forbids(sandbox: Sandbox) -> None:
    await sandbox.desk.says(GROUP, "zhao", "赵师傅", "在这里", position=Position(46.9, 130.4))
    async with sandbox.browser() as client:
        page = (await client.get("/")).text
    assert "<script>" not in page
    assert "<style" not in page
    for forbidden in (' style="', " onclick=", "javascript:", "//cdn", "https://"):
        assert forbidden not in page


async def test_what_is_written_is_text_and_never_markup(sandbox: Sandbox) -> None:
    async with sandbox.page() as client:
        await client.post("/sandbox/say", data=SAYS | {"text": "<b>粗</b><script>alert(1)</script>"})
        shown = (await client.get("/sandbox/messages?chat=group&as=zhou")).text
        listed = (await client.get("/sandbox/chats")).text
    assert "&lt;b&gt;粗&lt;/b&gt;" in shown
    for page in (shown, listed):
        assert "<b>粗" not in page
        assert "<script" not in page


async def test_a_message_goes_with_photo_sample_place_and_quote(sandbox: Sandbox) -> None:
    first = await sandbox.desk.says(GROUP, "zhou", "周警官", "在哪里？")
    fields = SAYS | {"answers": first, "lat": "46.9", "lon": "130.4", "sample": "0"}
    async with sandbox.page() as client:
        answer = await client.post("/sandbox/say", data=fields, files={"photo": ("a.jpg", jpeg(), "image/jpeg")})
        shown = (await client.get("/sandbox/messages?chat=group")).text
    assert answer.status_code == 204
    event = (await events(sandbox))[-1]
    assert isinstance(event, Incoming)
    assert (event.text, event.sender, event.answers) == ("井盖坏了", "zhao", first)
    assert event.position == Position(46.9, 130.4)
    assert [await sandbox.desk.fetch(photo.ref, 100_000) for photo in event.photos] == [jpeg("blue"), jpeg()]
    assert 'class="quote"' in shown
    assert 'class="position"' in shown
    assert shown.count('class="picture"') == 2


async def test_a_link_stands_under_the_message_and_is_no_button(sandbox: Sandbox) -> None:
    private = Address(Platform.SANDBOX, "zhou", private=True)
    link, accept = Link("大图和上传", "http://127.0.0.1/case/x"), RenderedButton("接收", "accept", 0, "接收")
    sent = await sandbox.desk.send(Rendered(private, "新事项", (accept,), links=(link,)))
    opens = '<a class="link" href="http://127.0.0.1/case/x" target="_blank" rel="noopener noreferrer">大图和上传</a>'
    async with sandbox.page() as client:
        assert opens in (await client.get("/sandbox/messages?chat=zhou")).text
        press = {"chat": "zhou", "as": "zhou", "message": sent.message, "button": "1"}
        assert (await client.post("/sandbox/press", data=press)).status_code == 409
        await sandbox.desk.send(Rendered(private, "已办结", edits=sent.message))
        assert opens not in (await client.get("/sandbox/messages?chat=zhou")).text


async def test_an_answer_quotes_unless_what_it_answers_stands_right_above(sandbox: Sandbox) -> None:
    private = Address(Platform.SANDBOX, "zhou", private=True)
    asked = await sandbox.desk.says(private, "zhou", "周警官", "待办")
    await sandbox.desk.send(Rendered(private, "没有待办", answers=asked))
    async with sandbox.page() as client:
        assert 'class="quote"' not in (await client.get("/sandbox/messages?chat=zhou")).text
        await sandbox.desk.send(Rendered(private, "都办完了", answers=asked))
        assert (await client.get("/sandbox/messages?chat=zhou")).text.count('class="quote"') == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "  "},
        {"as": "nobody"},
        {"chat": "nowhere"},
        {"chat": "zhou"},  # somebody else's private chat
        {"lat": "x", "lon": "1"},
        {"lat": "91", "lon": "1"},
        {"lat": "nan", "lon": "1"},
        {"sample": "7"},
    ],
)
async def test_a_message_that_makes_no_sense_is_refused(sandbox: Sandbox, fields: dict[str, str]) -> None:
    async with sandbox.page() as client:
        refused = await client.post("/sandbox/say", data=SAYS | fields)
        assert refused.status_code == 400
        assert refused.text
        assert await events(sandbox) == []
        assert (await client.post("/sandbox/say", data=SAYS)).status_code == 204
    assert await texts_of(sandbox, "group") == ["井盖坏了"]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-CSRF-Token": "wrong"},
        {"X-CSRF-Token": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_a_foreign_page_cannot_write(sandbox: Sandbox, headers: dict[str, str]) -> None:
    async with sandbox.page() as client:
        refused = await client.post("/sandbox/say", data=SAYS, headers=headers)
        assert refused.status_code == 403
        assert await texts_of(sandbox, "group") == []
        assert (await client.post("/sandbox/say", data=SAYS)).status_code == 204
    assert await texts_of(sandbox, "group") == ["井盖坏了"]


async def test_who_says_nothing_of_its_origin_cannot_write(sandbox: Sandbox) -> None:
    async with sandbox.page() as client:
        del client.headers["Origin"], client.headers["Sec-Fetch-Site"]
        assert (await client.post("/sandbox/say", data=SAYS)).status_code == 403
        assert (await client.post("/sandbox/say", data=SAYS, headers={"Origin": ORIGIN})).status_code == 204


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200),
        ("localhost", 200),
        ("[::1]:8080", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
        ("[", 421),
    ],
)
async def test_only_this_machines_own_names_are_answered(sandbox: Sandbox, host: str, status: int) -> None:
    async with sandbox.browser() as client:
        assert (await client.get("/", headers={"Host": host})).status_code == status


@pytest.mark.parametrize(("client", "status"), [("127.0.0.1", 200), ("::1", 200), ("192.168.1.7", 403)])
async def test_only_this_machine_is_answered(sandbox: Sandbox, client: str, status: int) -> None:
    transport = httpx.ASGITransport(sandbox.app, client=(client, 4000))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as browser:
        assert (await browser.get("/")).status_code == status


async def test_a_photo_over_20_mb_is_refused_and_one_below_is_taken(sandbox: Sandbox) -> None:
    async with sandbox.page() as client:
        big = jpeg() + bytes(20 * 1024 * 1024)
        refused = await client.post("/sandbox/say", data=SAYS, files={"photo": ("a.jpg", big, "image/jpeg")})
        assert refused.status_code == 413
        assert "20 MB" in refused.text
        assert await events(sandbox) == []
        fits = big[: 20 * 1024 * 1024]
        taken = await client.post("/sandbox/say", data=SAYS, files={"photo": ("a.jpg", fits, "image/jpeg")})
    assert taken.status_code == 204
    assert len(await events(sandbox)) == 1


async def test_a_body_without_end_is_cut_off(sandbox: Sandbox) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n'
        for _ in range(BODY_BYTES // 1_000_000 + 2):
            yield bytes(1_000_000)

    async with sandbox.page() as client:
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        said = await client.post(
            "/sandbox/say", content=b"x", headers=headers | {"Content-Length": str(BODY_BYTES + 1)}
        )
        unsaid = await client.post("/sandbox/say", content=endless(), headers=headers)
    assert (said.status_code, unsaid.status_code) == (413, 413)


async def test_ten_photos_are_one_too_many(sandbox: Sandbox) -> None:
    files = [("photo", (f"{n}.jpg", jpeg(), "image/jpeg")) for n in range(10)]
    async with sandbox.page() as client:
        assert (await client.post("/sandbox/say", data=SAYS, files=files)).status_code == 400
        assert (await client.post("/sandbox/say", data=SAYS, files=files[:9])).status_code == 204
    event = (await events(sandbox))[0]
    assert isinstance(event, Incoming)
    assert len(event.photos) == 9


async def test_a_press_carries_the_buttons_own_data(sandbox: Sandbox) -> None:
    buttons = tuple(RenderedButton(label, f"data-{label}", 0, label) for label in ("接收", "不归我管"))
    card = (await sandbox.desk.send(Rendered(ZHAO, "0127", buttons))).message
    press = {"chat": "zhao", "as": "zhao", "message": card, "button": "1"}
    async with sandbox.page() as client:
        assert (await client.post("/sandbox/press", data=press | {"button": "2"})).status_code == 409
        assert (await client.post("/sandbox/press", data=press | {"as": "zhou"})).status_code == 400
        assert await events(sandbox) == []
        assert (await client.post("/sandbox/press", data=press)).status_code == 204
    event = (await events(sandbox))[0]
    assert isinstance(event, Pressed)
    assert (event.data, event.message, event.sender) == ("data-不归我管", card, "zhao")


async def test_rows_of_buttons_stay_rows(sandbox: Sandbox) -> None:
    buttons = tuple(RenderedButton(label, label, row, label) for label, row in (("甲", 0), ("乙", 0), ("丙", 1)))
    await sandbox.desk.send(Rendered(GROUP, "0127", buttons))
    async with sandbox.browser() as client:
        shown = (await client.get("/sandbox/messages?chat=group")).text
    rows = shown.split('<div class="row">')[1:]
    assert [row.count("<button") for row in rows] == [2, 1]


async def test_pictures_are_served_as_what_they_are_and_other_files_never(sandbox: Sandbox) -> None:
    picture = await sandbox.desk.keeps(jpeg())
    page = await sandbox.desk.keeps(b"<html><script>alert(1)</script>")
    async with sandbox.browser() as client:
        shown = await client.get(f"/sandbox/uploads/{picture}")
        refused = await client.get(f"/sandbox/uploads/{page}")
        unknown = await client.get("/sandbox/uploads/0000.jpeg")
    assert (shown.status_code, shown.headers["content-type"], shown.content) == (200, "image/jpeg", jpeg())
    assert "immutable" in shown.headers["cache-control"]
    assert (refused.status_code, unknown.status_code) == (404, 404)


async def test_the_prepared_report_goes_with_one_tap(sandbox: Sandbox) -> None:
    async with sandbox.page() as client:
        assert (await client.post("/sandbox/try")).status_code == 204
    event = (await events(sandbox))[0]
    assert isinstance(event, Incoming)
    assert (event.where, event.sender, event.text, len(event.photos)) == (GROUP, "zhao", "上报 井盖坏了", 1)


async def test_a_second_tap_sends_another_report(sandbox: Sandbox) -> None:
    async with sandbox.page() as client:
        for _ in range(3):
            assert (await client.post("/sandbox/try")).status_code == 204
    said = [event.text for event in await events(sandbox) if isinstance(event, Incoming)]
    assert said == ["上报 井盖坏了", "上报 路灯不亮", "上报 井盖坏了"]


async def test_the_clock_leaps_and_the_demo_begins_anew(sandbox: Sandbox) -> None:
    async with sandbox.page() as client:
        assert "14:00" in (await client.get("/sandbox/chats")).text
        assert (await client.post("/sandbox/forward", data={"hours": "1"})).status_code == 204
        assert "15:00" in (await client.get("/sandbox/chats")).text
        assert (await client.post("/sandbox/forward", data={"hours": "1000"})).status_code == 400
        assert (await client.post("/sandbox/forward", data={"hours": "morning"})).status_code == 204
        assert (await client.post("/sandbox/forward", data={"hours": "month"})).status_code == 204
        assert (await client.post("/sandbox/reset")).status_code == 204
    assert sandbox.demo.leaps == [timedelta(hours=1)]
    assert (sandbox.demo.resets, sandbox.demo.mornings, sandbox.demo.month_ends) == (1, 1, 1)


async def test_language_and_hint_are_remembered(sandbox: Sandbox) -> None:
    async with sandbox.page() as client:
        assert 'id="hint"' in (await client.get("/")).text
        await client.post("/sandbox/hint")
        assert 'id="hint"' not in (await client.get("/")).text
        await client.post("/sandbox/language", data={"language": "xx"})
        assert '<html lang="zh-CN">' in (await client.get("/")).text
        await client.post("/sandbox/language", data={"language": "en"})
        assert "Forward 1 hour" in (await client.get("/")).text


async def test_unread_is_counted_until_the_chat_was_looked_at(sandbox: Sandbox) -> None:
    last = (await sandbox.desk.send(Rendered(ZHAO, "您好"))).message
    async with sandbox.page() as client:
        assert "1 条未读" in (await client.get("/sandbox/chats")).text
        assert (await client.post("/sandbox/seen", data={"chat": "nobody", "message": last})).status_code == 400
        assert (await client.post("/sandbox/seen", data={"chat": "zhao", "message": last})).status_code == 204
        assert "1 条未读" not in (await client.get("/sandbox/chats")).text


async def test_days_edits_and_reactions_are_seen(sandbox: Sandbox) -> None:
    asked = await sandbox.desk.says(GROUP, "zhao", "赵师傅", "井盖坏了")
    receipt = await sandbox.desk.send(Rendered(GROUP, "已收到", pictures=(Picture(jpeg(), "a.jpg"),)))
    sandbox.demo.at += timedelta(days=1)
    await sandbox.desk.send(Rendered(GROUP, "办理中", edits=receipt.message))
    await sandbox.desk.react(GROUP, asked, "👀")
    await sandbox.desk.says(GROUP, "zhou", "周警官", "在路上")
    async with sandbox.browser() as client:
        shown = (await client.get("/sandbox/messages?chat=group")).text
    assert shown.index("昨天") < shown.index("今天") < shown.index("在路上")
    assert "已编辑" in shown
    assert "👀" in shown
    assert "已收到" not in shown


async def test_a_file_of_the_bot_is_a_chip_that_downloads(sandbox: Sandbox) -> None:
    private = Address(Platform.SANDBOX, "zhao", private=True)
    sheet = File(b"PK" * 3000, "周报 11月 <b>.xlsx", "application/x-sheet")
    await sandbox.desk.send(Rendered(private, "周报", files=(sheet,)))
    async with sandbox.page() as client:
        shown = (await client.get("/sandbox/messages?chat=zhao")).text
        (link,) = re.findall(r'class="file document" href="([^"]+)" download', shown)
        answer = await client.get(link)
    assert "周报 11月 &lt;b&gt;.xlsx" in shown
    assert "<small>6 KB</small>" in shown
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, sheet.data, sheet.mime)
    name = quote(sheet.name, safe="")
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{name}"
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_what_people_sent_is_not_served_as_a_file(sandbox: Sandbox) -> None:
    page, photo = await sandbox.desk.keeps(b"<html><script>"), await sandbox.desk.keeps(jpeg())
    async with sandbox.page() as client:
        for upload in (page, photo, "0000.bin"):
            assert (await client.get(f"/sandbox/files/{upload}/a.html")).status_code == 404


async def test_a_change_and_an_answer_reach_the_open_page(sandbox: Sandbox) -> None:
    async with (
        sandbox.served() as address,
        httpx.AsyncClient(timeout=10) as client,
        client.stream("GET", f"{address}/sandbox/events?after={sandbox.rows.changes}") as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.aiter_lines()
        assert (await _next(lines))[0] == "hello"
        await sandbox.desk.says(ZHAO, "zhao", "赵师傅", "进度")
        assert await _next(lines) == ("change", {"chats": ["zhao"]})
        token = await sandbox.desk.presses(ZHAO, "zhao", "赵师傅", "1", "x")
        await _next(lines)
        sandbox.demo.at += timedelta(seconds=1)
        await sandbox.desk.acknowledge(token, "已接收", alert=False)
        assert await _next(lines) == ("notice", {"person": "zhao", "text": "已接收", "alert": False})


async def _next(lines: AsyncIterator[str]) -> tuple[str, dict[str, object]]:
    name = ""
    async for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        if line.startswith("data: "):
            return name, json.loads(line.removeprefix("data: "))
    raise AssertionError("the stream ended")
