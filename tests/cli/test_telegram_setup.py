"""Telegram as an administrator sets it up: `init` and `doctor` against a Bot API server of the tests."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.cli.installation import Installation, Result
from tests.telegram.botapi import BotApi, Fault

GROUP = -1001500
TITLE = "五大员工作群"


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as server:
        yield server


def connect(house: Installation, api: BotApi, more: str = "") -> None:
    """As `init` or a person writes it, with the addresses of the server."""
    file = house.folder / "config.toml"
    kept = file.read_text("utf-8").replace('token = ""', f'token = "{api.token}"')
    addresses = f'[telegram]\napi_base_url = "{api.url}/bot"\nfile_base_url = "{api.url}/file/bot"\n{more}'
    file.write_text(kept.replace("[telegram]\n", addresses), "utf-8")


async def doctor(house: Installation, *more: str) -> Result:
    return await asyncio.to_thread(house.run, "doctor", *more)


async def test_the_doctor_tells_what_is_missing_in_each_group_and_posts_a_line_on_demand(
    house: Installation, api: BotApi
) -> None:
    connect(house, api)
    file = house.folder / "config.toml"
    file.write_text(file.read_text("utf-8") + f'\n[groups]\nwork = ["telegram:{GROUP}"]\n', "utf-8")
    group = api.group(GROUP, TITLE, bot="member")
    admin = api.person(9001, "盛立本")

    def beside() -> tuple[Result, Result]:
        with house.running("run", ready='"event": "ready"'):
            return house.run("doctor", "--send-test"), house.run("doctor", LANG="zh_CN.UTF-8")

    posted, heard = await asyncio.to_thread(beside)
    assert f"✓ Telegram accepts the token; the bot is @{api.me['username']}" in posted.out
    assert "✓ Updates are fetched by this machine" in posted.out
    assert f"Posted in “{GROUP}” in " in posted.out
    assert any("试发" in message.text for message in api.seen(GROUP))
    assert f"✓ 群「{GROUP}」听得到" in heard.out

    api.me["can_read_all_group_messages"] = False
    assert "is not heard: make the bot its administrator" in (await doctor(house)).out
    group.places_bot("kicked", admin)
    gone = await doctor(house, "--send-test")
    assert f"✗ The bot is not in the group “{GROUP}”" in gone.out
    assert f"✗ Not posted in “{GROUP}”: the bot is not in it." in gone.out
    assert gone.status == 1
    assert not [said for said in (posted, heard, gone) if api.token in said.said or api.token[11:] in said.said]


async def test_the_doctor_tells_a_wrong_token_from_a_missing_network_and_a_dead_proxy(
    house: Installation, api: BotApi
) -> None:
    connect(house, api)
    api.faults.add("getMe", Fault.status(401, "Unauthorized"))
    assert "✗ Telegram does not accept this token" in (await doctor(house)).out

    api.faults.add("getMe", Fault.page())
    assert "✗ Telegram cannot answer now" in (await doctor(house)).out

    await api.stop()
    assert "✗ Telegram cannot be reached" in (await doctor(house)).out
    file = house.folder / "config.toml"
    file.write_text(file.read_text("utf-8").replace('proxy = ""', f'proxy = "{api.url}"'), "utf-8")
    assert "✗ The proxy does not answer" in (await doctor(house)).out


async def test_the_doctor_sees_updates_that_go_elsewhere_or_wait(house: Installation, api: BotApi) -> None:
    connect(house, api)
    api.webhook.url = "https://other.example/hook"
    person = api.person(2001, "赵铁林")
    for number in range(101):
        person.says(f"在吗 {number}")

    said = (await doctor(house)).out

    assert "! Updates are sent to another address" in said
    assert "! 101 updates wait at Telegram" in said
