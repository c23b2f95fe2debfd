"""Telegram as an administrator sets it up: `init` and `doctor` against a Bot API server of the tests."""

import asyncio
import re
import signal
import stat
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.cli.installation import Installation, Result
from tests.cli.wizard import ADMINS, NO_WECOM, NOW, TIMEZONE, Wizard, wizards
from tests.telegram.botapi import BotApi, Fault

GROUP = -1001500
TITLE = "五大员工作群"
ROLL = "姓名,角色,单位,岗位,手机\n甘泉,骑手,,道路交通安全员,10000000991\n"


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as server:
        yield server


def connect(house: Installation, api: BotApi, more: str = "") -> None:
    """As `init` or a person writes it, with the addresses of the server."""
    file = house.folder / "config.toml"
    kept = file.read_text("utf-8").replace('token = ""', f'token = "{api.token}"', 1)
    addresses = f'[telegram]\napi_base_url = "{api.url}/bot"\nfile_base_url = "{api.url}/file/bot"\n{more}'
    file.write_text(kept.replace("[telegram]\n", addresses), "utf-8")


async def doctor(house: Installation, *more: str) -> Result:
    return await asyncio.to_thread(house.run, "doctor", *more)


async def test_the_doctor_tells_what_is_missing_in_each_group_and_posts_a_line_on_demand(
    house: Installation, api: BotApi
) -> None:
    connect(house, api)
    house.settings("groups", work=[f"telegram:{GROUP}"])
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


async def test_the_sheet_of_codes_carries_links_once_the_bots_name_is_known(house: Installation, api: BotApi) -> None:
    connect(house, api)
    (house.folder / "roll.csv").write_text(ROLL, "utf-8")

    def handed_out(sheet: str) -> str:
        done = house.run("import", "people", "roll.csv", "--codes", sheet)
        assert done.status == 0, done.said
        return (house.folder / sheet).read_text("utf-8")

    assert "t.me" not in await asyncio.to_thread(handed_out, "before.html")
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", cwd=house.folder, env=house.environment(), stderr=asyncio.subprocess.DEVNULL
    )
    await api.until(lambda: [scope for scope in api.commands if scope.type == "all_group_chats"], 40)
    bot.terminate()
    assert await bot.wait() == 0
    page = await asyncio.to_thread(handed_out, "after.html")
    assert re.search(rf"https://t\.me/{api.me['username']}\?start=[A-Z2-9]{{13}}<", page)


# -- init ----------------------------------------------------------------------------------------------------------


@pytest.fixture
async def wizard(api: BotApi, tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Wizard]]]:
    async with wizards(
        tmp_path, WDY_TELEGRAM__API_BASE_URL=f"{api.url}/bot", WDY_TELEGRAM__FILE_BASE_URL=f"{api.url}/file/bot"
    ) as begin:
        yield begin


async def test_from_the_token_to_the_bound_group(
    api: BotApi, wizard: Callable[..., Awaitable[Wizard]], tmp_path: Path
) -> None:
    api.me["can_read_all_group_messages"] = False
    person, group = api.person(9001, "盛立本", started=False), api.group(GROUP, TITLE, bot="left")
    init = await wizard(TIMEZONE + ADMINS + api.token + "\r" + NO_WECOM + NOW)

    said = await init.until("正在等手机上的操作")
    assert f"令牌有效，机器人是 @{api.me['username']}" in said
    assert "Group Privacy" in said
    assert "?startgroup=bind" in said
    code = re.search(r"\?start=(\w+)", said)
    assert code is not None

    person.starts(code[1])
    await init.until("✓ 管理员已绑定")
    group.places_bot("member", person)
    await init.until("还听不到")
    group.places_bot("administrator", person)
    await init.until("✓ 听得到群里的话")
    person.says("绑定", group=GROUP)
    said = await init.end()

    assert "✓ 工作群已绑定" in said
    assert f"群「{TITLE}」已接好" in said
    assert init.process.returncode == 0
    assert any("绑" in message.text for message in api.seen(GROUP))
    assert api.token not in said.replace(api.token, "", 1)  # typed once, and echoed by the terminal only
    config = tmp_path / "config.toml"
    assert api.token in config.read_text("utf-8")
    assert stat.S_IMODE(config.stat().st_mode) == 0o600


async def test_what_is_left_is_said_when_the_rest_is_done_later(
    api: BotApi, wizard: Callable[..., Awaitable[Wizard]]
) -> None:
    person = api.person(9001, "盛立本", started=False)
    init = await wizard(
        TIMEZONE + NO_WECOM + NOW, "--admin", "telegram:9001", "--telegram-token", api.token, lang="en_US.UTF-8"
    )
    await init.until("✓ The admin is bound")  # named, so no code is needed

    init.process.send_signal(signal.SIGINT)
    said = await init.end()

    assert "step 4: send 绑定 in the group" in said
    assert "step 1" not in said
    assert "?start=" not in said
    assert init.process.returncode == 0
    assert person.sees() == []


async def test_a_wrong_token_is_asked_for_again_and_a_missing_network_is_no_obstacle(
    api: BotApi, wizard: Callable[..., Awaitable[Wizard]]
) -> None:
    api.faults.add("getMe", Fault.status(401, "Unauthorized"))
    api.faults.add("getMe", Fault.drop())
    answers = f"nonsense\r{api.token}\r{api.token}\r\r"  # no token; refused; no answer; no proxy

    said = await (await wizard(TIMEZONE + ADMINS + answers + NO_WECOM)).end()

    assert "这不像令牌" in said
    assert "Telegram 不认这个令牌" in said
    assert "连不上 Telegram" in said
    assert "还没有核对" in said
    assert "私聊机器人发：绑定 " in said
    assert "已建好" in said


async def test_without_questions_a_wrong_token_writes_nothing(
    api: BotApi, wizard: Callable[..., Awaitable[Wizard]], tmp_path: Path
) -> None:
    api.faults.add("getMe", Fault.status(401, "Unauthorized"))

    refused = await wizard("", "--yes", "--telegram-token", api.token)
    assert "Telegram 不认这个令牌" in await refused.end()
    assert refused.process.returncode == 1
    assert not list(tmp_path.iterdir())

    taken = await wizard("", "--yes", "--telegram-token", api.token)
    assert "令牌有效" in await taken.end()
    assert api.token in (tmp_path / "config.toml").read_text("utf-8")
