"""What the doctor says of WeCom, against its loopback peers."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot import config
from bot.app.wecom_probing import callback_fault
from bot.doctor import Finding, Verdict
from bot.doctor.wecom import wecom
from bot.engine.clock import SystemClock
from bot.platforms.wecom.app_callback import AppCallback
from bot.platforms.wecom.crypto import CallbackCipher
from tests.cli.installation import Installation, Result
from tests.cli.wecom import running, with_app, with_bot
from tests.telegram.wire import Answer, Request, Server
from tests.wecom.api_peer import ApiPeer
from tests.wecom.bot_peer import BotPeer

GROUP = "wrWorkGroup01"
ROLL = "姓名,角色,单位,岗位,企业微信账号\n甘泉,骑手,,道路交通安全员,ganquan\n贺知远,骑手,,道路交通安全员,hezhiyuan\n"


@pytest.fixture
async def bot() -> AsyncIterator[BotPeer]:
    async with BotPeer() as peer:
        yield peer


@pytest.fixture
async def api() -> AsyncIterator[ApiPeer]:
    async with ApiPeer() as peer:
        yield peer


async def run(house: Installation, *args: str, **environment: str) -> Result:
    return await asyncio.to_thread(house.run, *args, **environment)


async def import_roll(house: Installation, roll: str = ROLL) -> None:
    (house.folder / "roll.csv").write_text(roll, "utf-8")
    done = await run(house, "import", "people", "roll.csv")
    assert done.status == 0, done.said


# -- the AI bot ----------------------------------------------------------------------------------------------------


async def test_a_bot_that_does_not_run_is_tried_by_one_login(house: Installation, bot: BotPeer) -> None:
    with_bot(house, bot)
    good = await run(house, "doctor")
    assert "✓ WeCom's AI bot is connected" in good.out
    assert bot.logins == [0]
    await bot.until(lambda: bot.connections == 0)
    assert "! There is no work group on WeCom yet" in good.out

    with_bot(house, bot, "another-secret-that-is-wrong")
    refused = await run(house, "doctor")
    assert "✗ WeCom does not accept this AI bot (853000)" in refused.out
    assert refused.status == 1
    assert not [said for said in (good.said, refused.said) if bot.secret in said or "another-secret" in said]


async def test_a_bot_that_cannot_be_reached_is_no_wrong_secret(house: Installation, bot: BotPeer) -> None:
    with_bot(house, bot)
    await bot.stop()
    assert "✗ WeCom's AI bot cannot connect" in (await run(house, "doctor")).out
    await bot.start()


async def test_a_bot_that_runs_is_asked_and_keeps_its_connection(house: Installation, bot: BotPeer) -> None:
    with_bot(house, bot)
    house.settings("groups", work=[f"wecom:{GROUP}"])
    await import_roll(house)

    async with running(house):
        await bot.until(lambda: bot.live, 30)
        before = await run(house, "doctor")
        bot.says("ganquan", "帮助")
        bot.says("hezhiyuan", "帮助", group=GROUP)
        await bot.until(lambda: bot.seen("ganquan") and bot.seen(GROUP), 30)
        after = await run(house, "doctor", "--send-test")
        bot.kick()
        await bot.until(lambda: bot.connections == 0)
        kicked = await run(house, "doctor", LANG="zh_CN.UTF-8")

    assert "✓ WeCom's AI bot is connected" in before.out
    assert "! 2 have not written to the bot: 甘泉、贺知远." in before.out
    assert f"✗ WeCom's group “{GROUP}” cannot be written to yet" in before.out
    assert "! 1 have not written to the bot: 贺知远." in after.out
    assert f"✓ WeCom's group “{GROUP}” can be written to" in after.out
    assert f"Posted in “{GROUP}” in " in after.out
    assert any("试发" in shown.text for shown in bot.seen(GROUP))
    assert "✗ 智能机器人被另一个程序占用了" in kicked.out
    assert bot.logins == [0]

    idle = await run(house, "doctor", "--send-test")
    assert f"✗ Not posted in “{GROUP}”: only the process with" in idle.out


@pytest.mark.parametrize(
    ("live", "verdict"), [(timedelta(seconds=30), Verdict.GOOD), (timedelta(hours=1), Verdict.CARE)]
)
async def test_a_bot_of_another_process_on_the_same_database_is_left_alone(
    bot: BotPeer, live: timedelta, verdict: Verdict
) -> None:
    own = {"WDY_WECOM__AIBOT__BOT_ID": bot.bot_id, "WDY_WECOM__AIBOT__SECRET": bot.secret}
    settings = config.load(None, {**own, "WDY_WECOM__AIBOT__WS_URL": bot.url})
    status = {
        "pid": os.getpid(), "shared": True, "held": True, "link": None, "groups": [], "encrypted": 0, "silent": [],
        "live_at": (datetime.now(UTC) - live).isoformat(),
    }  # fmt: skip

    found = [finding async for finding in wecom(settings, status)]

    assert Finding("wecom_bot_elsewhere", verdict, {}) in found
    assert bot.opened == 0


async def test_encrypted_ids_tell_that_no_super_admin_made_the_bot(house: Installation, bot: BotPeer) -> None:
    with_bot(house, bot)
    async with running(house):
        await bot.until(lambda: bot.live, 30)
        bot.says("woAJ2GCAAAXtWyujaWJHDDGi0mACas1w", "帮助")
        await bot.until(lambda: [one for one in bot.frames if one["cmd"].startswith("aibot_respond")], 30)
        said = (await run(house, "doctor")).out

    assert "! 1 accounts are encrypted, so the AI bot was not made by a super-admin" in said


# -- the app -------------------------------------------------------------------------------------------------------


async def test_the_app_is_asked_with_its_own_credentials(house: Installation, api: ApiPeer) -> None:
    with_app(house, api)
    nobody = (await run(house, "doctor")).out
    assert "! Nobody may see WeCom's app “五大员”" in nobody
    assert "! The app only sends, so its cards do not answer" in nobody

    api.member("zhangsan")
    assert "✓ WeCom's app “五大员” works" in (await run(house, "doctor")).out

    api.trusted = False
    assert "✗ This machine's address 127.0.0.1 is not among the app's trusted IPs" in (await run(house, "doctor")).out
    api.trusted = True


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"corp_id": "ww0somebody0else"}, "✗ The corp id is wrong"),
        ({"secret": "another-secret-that-is-wrong"}, "✗ The app's Secret is wrong"),
        ({"agent_id": 1000009}, "✗ AgentId and Secret are not of one app"),
    ],
)
async def test_each_wrong_credential_has_its_own_cure(
    house: Installation, api: ApiPeer, wrong: dict[str, str | int], said: str
) -> None:
    with_app(house, api, **wrong)
    done = await run(house, "doctor")
    assert said in done.out
    assert done.status == 1
    assert api.secret not in done.said
    assert "another-secret" not in done.said


async def test_a_callback_nobody_answers_is_found_while_the_bot_runs(house: Installation, api: ApiPeer) -> None:
    api.member("zhangsan")
    with_app(house, api, token=api.token, aes_key=api.aes_key)
    house.settings("web", public_url="https://127.0.0.1:9")
    idle = (await run(house, "doctor")).out
    assert "! What people write to the app goes to https://127.0.0.1:9/wecom: start the bot, then enter" in idle

    async with running(house):
        unreachable = (await run(house, "doctor")).out

    assert "✗ Nothing can be handed over at https://127.0.0.1:9/wecom (ConnectError)" in unreachable
    assert not [word for word in (api.token, api.aes_key, api.secret) if word in idle + unreachable]


async def test_the_callback_is_asked_as_wecom_asks_it(api: ApiPeer) -> None:
    clock, answers = SystemClock(), [Answer(200, b"hello", "text/plain"), Answer(403, b"")]
    callback = AppCallback(api.token, api.aes_key, api.corp_id, api.agent_id, clock)

    async def answer(request: Request) -> Answer:
        if answers:
            return answers.pop()
        return Answer(200, callback.url_check(request.params()).encode(), "text/plain")

    server = Server(answer)
    url = f"http://127.0.0.1:{await server.start(0)}/wecom"
    try:
        cipher = CallbackCipher(api.token, api.aes_key, api.corp_id)
        found = [await callback_fault(url, cipher, clock) for _ in range(3)]
    finally:
        await server.stop()

    assert found == ["403", "other words", ""]
    assert callback.forged.total() == 0


async def test_a_group_with_a_webhook_needs_no_bot(house: Installation, api: ApiPeer) -> None:
    group = api.group("invented-key-0001")
    file = house.folder / "config.toml"
    file.write_text(file.read_text("utf-8").replace("urls = {}", f'urls = {{work = "{group.url}"}}'), "utf-8")
    house.settings("groups", work=["wecom:work", "wecom:elsewhere"])
    async with running(house):  # which binds what the configuration names
        pass

    said = await run(house, "doctor", "--send-test")

    assert "✓ 1 webhooks" in said.out
    assert "✓ WeCom's group “work” can be written to" in said.out
    assert "✗ WeCom's group “elsewhere” cannot be written to yet" in said.out
    assert "Posted in “work” in " in said.out
    assert len(group.shown) == 1
    assert group.key not in said.said
