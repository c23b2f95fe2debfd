"""The menu of commands: per place, per language, per post; set once, changed when posts change, never in the way."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import config
from bot.app.app import App, open_app
from bot.app.chats import TELEGRAM_NAME
from bot.app.menus import Menus, menu
from bot.domain.people import EVERYONE, Post, Role
from handlers import FEATURES
from handlers.help.rules import entries
from storage import members, notes
from tests.telegram.account import Scope
from tests.telegram.botapi import BotApi, Fault

PRIVATE, GROUPS = "all_private_chats", "all_group_chats"


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as server:
        yield server


@pytest.fixture
async def app(api: BotApi, sqlite_url: str, tmp_path: Path) -> AsyncIterator[App]:
    settings = config.load(
        None,
        {
            "WDY_STORAGE__URL": sqlite_url,
            "WDY_STORAGE__PHOTOS": str(tmp_path / "photos"),
            "WDY_TOWN__SECRET_FILE": str(tmp_path / "secret.key"),
            "WDY_TELEGRAM__TOKEN": api.token,
            "WDY_TELEGRAM__API_BASE_URL": f"{api.url}/bot",
            "WDY_TELEGRAM__FILE_BASE_URL": f"{api.url}/file/bot",
        },
    )
    async with open_app(settings) as made:
        yield made


@pytest.fixture
def menus(app: App) -> Menus:
    assert app.telegram is not None
    return Menus(app.telegram.api, app.open, app.clock)


def words(api: BotApi, kind: str, chat: int | None = None, code: str = "") -> list[str]:
    return [command["command"] for command in api.commands.get(Scope(kind, chat, None, code), [])]


async def test_every_place_has_its_menu_in_both_languages_and_one_for_all_others(api: BotApi, menus: Menus) -> None:
    await menus.once()

    assert {(scope.type, scope.language) for scope in api.commands} == {
        (place, code) for place in (PRIVATE, GROUPS) for code in ("zh", "en", "")
    }
    assert "report" in words(api, PRIVATE)
    assert words(api, PRIVATE)[-1] == "help"
    assert not {"find", "grant", "todo"} & set(words(api, PRIVATE) + words(api, GROUPS))
    by_code = {code: api.commands[Scope(PRIVATE, None, None, code)] for code in ("zh", "en", "")}
    assert by_code["zh"] == by_code[""] != by_code["en"]
    before = len(api.calls)
    await menus.once()
    assert {call.method for call in api.calls[before:]} == {"getMe"}  # nothing has changed


async def test_whoever_holds_a_post_sees_its_commands_as_long_as_they_hold_it(
    api: BotApi, app: App, menus: Menus
) -> None:
    api.person(3001, "陶春晖")
    now = app.clock.now()
    async with app.open.database.write() as tx:
        contact = await members.insert(tx, "陶春晖", now, language="en")
        await members.add_account(tx, contact, "telegram", "3001", now)
        await members.add_post(tx, contact, Post(Role.ADMIN), now)
    await menus.once()

    assert {"find", "hand_over", "help"} <= set(words(api, "chat", 3001))
    async with app.open.database.write() as tx:
        await members.end_post(tx, contact, Role.ADMIN, None, now)
    await menus.once()
    assert words(api, "chat", 3001) == []


async def test_a_menu_that_cannot_be_set_is_tried_again(api: BotApi, app: App, menus: Menus) -> None:
    api.faults.add("setMyCommands", Fault.page())
    assert await menus.once() == 60
    assert words(api, PRIVATE) == []

    await menus.once()
    assert "report" in words(api, PRIVATE)
    async with app.open.database.read() as tx:
        assert await notes.find(tx, TELEGRAM_NAME) == api.me["username"]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_longest_menu_is_within_what_telegram_takes(menus: Menus, language: str) -> None:
    longest = menu(menus.open.texts, EVERYONE, language, menus.clock.now())

    assert len(longest) == min(100, len(entries(FEATURES)) + 1)
    assert len({line["command"] for line in longest}) == len(longest)
    assert all(1 <= len(line["description"]) <= 256 for line in longest)
