"""Documents on Telegram: sent after words and pictures, each part once, and never in the way of the words."""

from collections.abc import AsyncIterator

import pytest

from bot.chat.events import Address, Platform
from bot.chat.platform import File, Lost, Picture, Rendered, RenderedButton, TryLater
from bot.platforms.telegram import Api, TelegramPlatform
from tests.fake import FakeClock, picture
from tests.telegram.botapi import BotApi
from tests.telegram.faults import Fault

READER = 2001
HERE = Address(Platform.TELEGRAM, str(READER), private=True)
SHEET = File(b"PK\x03\x04 a spreadsheet", "周报 11月16日.xlsx", "application/x-sheet")
PAGE = Picture(picture("week"), "week.jpg", drawn=True)
OPEN = RenderedButton("全部", "1.0.abc", 0, "全部")


@pytest.fixture
async def server() -> AsyncIterator[BotApi]:
    async with BotApi() as made:
        made.person(READER, "陶春晖")
        yield made


@pytest.fixture
async def platform(server: BotApi) -> AsyncIterator[TelegramPlatform]:
    client = Api(server.token, base_url=f"{server.url}/bot", file_base_url=f"{server.url}/file/bot")
    yield TelegramPlatform(client, FakeClock())
    await client.close()


async def test_a_file_alone_carries_its_words_and_buttons(server: BotApi, platform: TelegramPlatform) -> None:
    sent = await platform.send(Rendered(HERE, "台账", (OPEN,), files=(SHEET,)))
    (message,) = server.seen(READER)
    assert message.document == (SHEET.name, SHEET.data)
    assert (message.caption, message.labels) == ("台账", ["全部"])
    assert (sent.message, sent.also) == (str(message.id), ())


async def test_a_file_follows_as_an_answer_to_the_words(server: BotApi, platform: TelegramPlatform) -> None:
    sent = await platform.send(Rendered(HERE, "周报", (OPEN,), (PAGE,), (SHEET,), key="7"))
    shown, file = server.seen(READER)
    assert (shown.caption, shown.labels) == ("周报", ["全部"])
    assert (file.document, file.caption, file.labels) == ((SHEET.name, SHEET.data), "", [])
    assert file.reply_to == shown.id
    assert (sent.message, sent.also) == (str(shown.id), (str(file.id),))


async def test_words_that_went_are_not_sent_again_when_the_file_must_wait(
    server: BotApi, platform: TelegramPlatform
) -> None:
    message = Rendered(HERE, "周报", pictures=(PAGE, PAGE), files=(SHEET, SHEET), key="7")
    server.faults.add("sendDocument", Fault.too_many(3))
    with pytest.raises(TryLater):
        await platform.send(message)
    server.faults.add("sendDocument", Fault.drop())
    with pytest.raises(Lost):
        await platform.send(message)
    sent = await platform.send(message)

    *album, words, first, second = server.seen(READER)
    assert [len(album), words.text, first.reply_to, second.reply_to] == [2, "周报", words.id, words.id]
    assert (sent.message, len(sent.also)) == (str(words.id), 4)


async def test_a_file_that_is_refused_does_not_take_the_words_back(server: BotApi, platform: TelegramPlatform) -> None:
    server.faults.add("sendDocument", Fault.status(400, "Bad Request: file is too big"))
    sent = await platform.send(Rendered(HERE, "周报", pictures=(PAGE,), files=(SHEET,), key="7"))
    (shown,) = server.seen(READER)
    assert (sent.message, sent.also, shown.caption) == (str(shown.id), (), "周报")
