"""The bot is killed at random under 25 reports a second with photos in 40 chats of a Telegram server: nothing is lost."""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest

from storage.database import open_database
from tests.crash.telegram_child import AGENCIES, CHATS, group, rider
from tests.fake import picture
from tests.telegram.botapi import BotApi

KILLS = int(os.environ.get("WDY_PROVE_KILLS", "3"))  # `make prove` asks for 100
A_SECOND = 25
IN_FLIGHT = 4  # sends a courier has under way at once
PLACES = ("客运站", "红旗街", "人民路", "县医院")
MATTERS = ("路上有个大坑", "路灯不亮", "垃圾箱满了", "小车违停堵住公交")


async def start(url: str, folder: Path, api: BotApi) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.crash.telegram_child", url, str(folder), api.url, api.token,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def report_all(api: BotApi, reports: int) -> None:
    """25 reports a second, whether anybody listens or not."""
    for n in range(reports):
        words = f"{MATTERS[n % 4]}，{PLACES[n // 4 % 4]}"
        api.person(rider(n), f"赵强{n}").says(words, group=group(n), photo=picture(f"report {n}"))
        await asyncio.sleep(1 / A_SECOND)


async def kill_again_and_again(url: str, folder: Path, api: BotApi, reports: int) -> int:
    """Kill at random moments while reports come in; returns how many kills hit a living bot."""
    chance, kills = random.Random(23), 0
    reporting = asyncio.create_task(report_all(api, reports))
    for _ in range(KILLS):
        child = await start(url, folder, api)
        await asyncio.sleep(1.4 + chance.random() * 1.2)
        if child.returncode is None:
            child.send_signal(signal.SIGKILL)
            kills += 1
        _, told = await child.communicate()
        assert child.returncode == -signal.SIGKILL, told.decode()[-2000:]
    await reporting
    child = await start(url, folder, api)
    while api.pending:
        await asyncio.sleep(0.1)
        assert child.returncode is None
    (folder / "last").touch()
    _, told = await asyncio.wait_for(child.communicate(), 240)
    assert child.returncode == 0, told.decode()[-2000:]
    return kills


@pytest.mark.timeout(1800)
async def test_killed_at_random_a_telegram_group_loses_nothing(database_url: str, tmp_path: Path) -> None:
    reports = KILLS * 25
    async with BotApi() as api:
        for n in range(CHATS):
            api.group(group(n), f"工作群{n}")
        for n in range(len(AGENCIES)):
            api.person(7000 + n, f"刘工{n}")
        kills = await kill_again_and_again(database_url, tmp_path, api, reports)
        sends = Counter(
            (params["chat_id"], params.get("text") or params.get("caption"))
            for method, params, _ in api.calls
            if method in ("sendMessage", "sendPhoto")
        )
    again = sum(count - 1 for count in sends.values())
    print(f"kills {kills}, reports {reports}, messages {sum(sends.values())}, sent again {again}")
    assert kills == KILLS
    assert again <= kills * IN_FLIGHT
    database = await open_database(database_url)
    async with database.read() as tx:
        states = await tx.all("SELECT state, count(*) AS n FROM inbox WHERE source = 'telegram' GROUP BY state")
        numbers = await tx.one("SELECT count(*) AS n, max(number) AS high FROM cases")
        moves = await tx.all("SELECT case_id, move, count(*) AS n FROM case_events GROUP BY case_id, move")
        kept = await tx.one("SELECT count(*) AS n FROM photos WHERE state = 'stored'")
    await database.close()
    assert {row["state"]: row["n"] for row in states} == {"done": reports}
    assert dict(numbers) == {"n": reports, "high": reports}
    assert {row["n"] for row in moves} == {1}
    assert len(moves) == reports * 3, "each reported, filed, handed over, once"
    assert kept["n"] == reports
