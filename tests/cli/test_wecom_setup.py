"""WeCom as an administrator sets it up: `init` against its loopback peers."""

import re
import stat
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.wizard import ADMINS, NO_TELEGRAM, NOW, TIMEZONE, Wizard, wizards
from tests.wecom.api_peer import ApiPeer
from tests.wecom.bot_peer import BotPeer

YES, NONE = "y", "\r"
GROUP = "wrWorkGroup01"
URL = "https://wudayuan.example.cn"


@pytest.fixture
async def bot() -> AsyncIterator[BotPeer]:
    async with BotPeer() as peer:
        yield peer


@pytest.fixture
async def api() -> AsyncIterator[ApiPeer]:
    async with ApiPeer() as peer:
        peer.member("zhangsan")
        yield peer


@pytest.fixture
async def wizard(bot: BotPeer, api: ApiPeer, tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Wizard]]]:
    async with wizards(
        tmp_path, WDY_WECOM__AIBOT__WS_URL=bot.url, WDY_WECOM__APP__API_BASE_URL=api.url, WDY_WEB__PORT="0"
    ) as begin:
        yield begin


def lines(*typed: object) -> str:
    return "".join(f"{one}\r" for one in typed)


def written(folder: Path) -> Any:
    return tomllib.loads((folder / "config.toml").read_text("utf-8"))


async def test_from_the_secret_to_the_bound_group(
    bot: BotPeer, wizard: Callable[..., Awaitable[Wizard]], tmp_path: Path
) -> None:
    answers = TIMEZONE + ADMINS + NO_TELEGRAM + YES + lines(bot.bot_id, bot.secret) + NONE + NONE + NOW
    init = await wizard(answers)

    said = await init.until("正在等手机上的操作")
    assert "✓ 企业微信智能机器人已连上" in said
    code = re.search(r"发：(绑定 \S+)", said)
    assert code is not None
    await bot.until(lambda: bot.live and len(bot.logins) == 2, 20)  # the trial, and the bot that waits

    bot.says("ShengLiben", code[1])
    await init.until("✓ 管理员已绑定")
    assert await bot.until(lambda: bot.seen("shengliben"))
    bot.says("ShengLiben", "绑定", group=GROUP)
    said = await init.end()

    assert "✓ 工作群已绑定" in said
    assert f"群「{GROUP}」已接好" in said
    assert init.process.returncode == 0
    assert any("绑" in shown.text for shown in bot.seen(GROUP))
    assert written(tmp_path)["wecom"]["aibot"] == {"bot_id": bot.bot_id, "secret": bot.secret}
    assert stat.S_IMODE((tmp_path / "config.toml").stat().st_mode) == 0o600


async def test_what_was_typed_wrong_is_asked_for_again(
    bot: BotPeer, api: ApiPeer, wizard: Callable[..., Awaitable[Wizard]], tmp_path: Path
) -> None:
    wrong_bot = (
        lines(bot.bot_id, "another-secret-that-is-wrong") + lines("x", "too-short") + lines(bot.bot_id, bot.secret)
    )
    wrong_app = lines("ww0somebody0else", 1000002, api.secret) + lines(api.corp_id, "四", "short")
    right_app = lines(api.corp_id, api.agent_id, api.secret)
    callback = lines("http://10.0.0.1", "", URL, "")
    hook = lines("https://example.cn/nothing", f"{api.url}/webhook/send?key=invented-key-0001")

    init = await wizard(
        TIMEZONE + ADMINS + NO_TELEGRAM + YES + wrong_bot + wrong_app + right_app + callback + hook + "n"
    )
    said = await init.end()

    assert init.process.returncode == 0, said
    assert "企业微信不认这个智能机器人（853000）" in said
    assert "企业 ID 不对（40013）" in said
    assert said.count("这不像企业微信给的内容") == 4
    assert "environment variable" not in said  # it was typed
    assert "✓ 企业微信应用「五大员」可用" in said
    made = written(tmp_path)
    app = made["wecom"]["app"]
    assert (app["corp_id"], app["agent_id"], app["secret"]) == (api.corp_id, api.agent_id, api.secret)
    assert re.fullmatch(r"[A-Za-z0-9]{32}", app["token"])
    assert re.fullmatch(r"[A-Za-z0-9]{43}", app["aes_key"])
    for shown in (f"{URL}/wecom", app["token"], app["aes_key"]):
        assert shown in said
    assert made["web"]["public_url"] == URL
    assert made["wecom"]["webhook"]["urls"] == {"work": f"{api.url}/webhook/send?key=invented-key-0001"}
    assert "第二步：在群里 @机器人 发「绑定」" in said


async def test_without_questions_wrong_credentials_write_nothing(
    bot: BotPeer, api: ApiPeer, wizard: Callable[..., Awaitable[Wizard]], tmp_path: Path
) -> None:
    refused = await wizard("", "--yes", "--wecom-bot-id", bot.bot_id, "--wecom-secret", "another-secret-is-wrong")
    assert "企业微信不认这个智能机器人" in await refused.end()
    assert refused.process.returncode == 1
    app = ("--wecom-corp-id", api.corp_id, "--wecom-agent-id", str(api.agent_id), "--wecom-app-secret", api.secret)
    homeless = await wizard("", "--yes", *app, "--wecom-token", api.token, "--wecom-aes-key", api.aes_key)
    assert "public_url" in await homeless.end()
    for half in (("--wecom-secret", bot.secret), app[4:]):
        assert "is missing beside the others" in await (await wizard("", "--yes", *half)).end()
    alone = await wizard("", "--yes", "--wecom-token", api.token, "--public-url", URL)
    assert "a callback needs the app" in await alone.end()
    assert not list(tmp_path.iterdir())

    taken = await wizard(
        "", "--yes", *app, "--public-url", URL, "--wecom-bot-id", bot.bot_id, "--wecom-secret", bot.secret
    )
    said = await taken.end()
    assert "✓ 企业微信智能机器人已连上" in said
    assert "✓ 企业微信应用「五大员」可用" in said
    assert written(tmp_path)["wecom"]["app"]["token"] in said
    assert bot.secret not in said
    assert api.secret not in said


async def test_what_cannot_be_tried_yet_is_no_obstacle(
    bot: BotPeer, api: ApiPeer, wizard: Callable[..., Awaitable[Wizard]], tmp_path: Path
) -> None:
    api.trusted = False
    hook = f"{api.url}/webhook/send?key=invented-key-0001"
    app = ("--wecom-corp-id", api.corp_id, "--wecom-agent-id", str(api.agent_id), "--wecom-app-secret", api.secret)

    said = await (await wizard("", "--yes", *app, "--wecom-webhook", hook, lang="en_US.UTF-8")).end()

    assert "! This machine's address 127.0.0.1 is not among the app's trusted IPs (60020)" in said
    assert "It is in the configuration." in said
    made = written(tmp_path)
    assert made["wecom"]["app"]["secret"] == api.secret
    assert made["groups"]["work"] == ["wecom:work"]  # nobody can bind it by hand

    await bot.stop()
    own = ("--wecom-bot-id", bot.bot_id, "--wecom-secret", bot.secret, "--dir", "other")
    said = await (await wizard("", "--yes", *own, lang="en_US.UTF-8")).end()
    await bot.start()

    assert "! WeCom's AI bot cannot connect" in said
    assert written(tmp_path / "other")["wecom"]["aibot"]["secret"] == bot.secret
