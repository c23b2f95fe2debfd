"""A connection that falls again and again under load: nothing that was committed is lost, and it has its effects once.

`WDY_PROVE_FLAPS_S` seconds with a fall every five (`.ci/run` asks for a minute, `make prove` for ten); without it eight
seconds with a fall every second.
"""

import asyncio
import os
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import handlers
from bot.app.doors import StoredDoors
from bot.chat.events import Platform
from bot.domain.people import Post, Role
from bot.engine.clock import SystemClock
from bot.engine.engine import Engine, Parts, assemble
from bot.engine.imaging import ImageWorker
from bot.platforms.wecom import Ways, WeComPlatform
from bot.platforms.wecom.line import Intervals
from bot.platforms.wecom.socket import BotSocket
from bot.secrets import Secret, Signer
from handlers.points.versions import remember_rules
from storage import groups, members
from storage.blobs import open_blobs
from storage.database import Database, Row
from tests.fake import picture
from tests.town import RULEBOOK, ZONE, default_town
from tests.wecom.bot_peer import BotPeer

LONG = "WDY_PROVE_FLAPS_S" in os.environ
SECONDS = float(os.environ.get("WDY_PROVE_FLAPS_S", "8"))
EVERY_S = 5.0 if LONG else 1.0
A_SECOND = 4  # messages, in all groups together
GROUPS = 12  # thirty messages a minute are allowed in each
RIDERS = 400  # ten reports an hour are allowed to each
SIGNER = Signer(Secret(b"k" * 32))
IN_FLIGHT = 4  # sends that are under way at once
_NUMBER = re.compile(r"编号 (\d{4,})")
QUICK = Intervals(ping=1.0, answer=3.0, first_pause=0.2, longest_pause=1.0)
MATTERS = ("路上有个大坑", "路灯不亮", "垃圾箱满了", "小车违停堵住公交")
PLACES = ("客运站", "红旗街", "人民路", "县医院")


@dataclass
class Said:
    """What was said while the bot was there, by msgid: in which group, and when (loop time)."""

    live: dict[str, tuple[str, float]] = field(default_factory=dict)
    fell: list[float] = field(default_factory=list)


def group(n: int) -> str:
    return f"wrGroup{n % GROUPS:02d}"


async def report(peer: BotPeer, said: Said, until: float) -> None:
    loop, n = asyncio.get_running_loop(), 0
    while loop.time() < until:
        words = f"上报 {MATTERS[n % 4]}，{PLACES[n // 4 % 4]}"
        images = [picture(f"report {n}")] if n % 4 == 0 else []
        there = peer.live
        msgid = peer.says(f"rider{n % RIDERS}", words, group=group(n), images=images)
        if there and msgid is not None:
            said.live[msgid] = group(n), loop.time()
        if n % 9 == 0:
            peer.repeat()
        n += 1
        await asyncio.sleep(1 / A_SECOND)


async def fall(peer: BotPeer, said: Said, until: float) -> None:
    loop, chance = asyncio.get_running_loop(), random.Random(23)
    while loop.time() + EVERY_S < until:
        await asyncio.sleep(EVERY_S)
        await peer.until(lambda: peer.live, 20)
        match chance.randrange(4):
            case 0:
                await peer.drop(1000)
            case 1:
                await peer.drop(1001)
            case 2:
                await peer.drop()
            case _:
                peer.fall_silent()
        said.fell.append(loop.time())


def engine_over(peer: BotPeer, database: Database, folder: Path, worker: ImageWorker, clock: SystemClock) -> Engine:
    ways = Ways(bot=BotSocket(peer.bot_id, peer.secret, clock, url=peer.url, intervals=QUICK))
    platform = WeComPlatform(
        ways, StoredDoors(database, clock), clock, names=[peer.name], most_photo_bytes=20_000_000, loopback=True
    )
    return assemble(
        Parts(
            database=database, town=default_town(SIGNER), texts=handlers.catalogues(ZONE, None), signer=SIGNER,
            clock=clock, platforms=[platform], features=handlers.FEATURES, blobs=open_blobs(str(folder / "photos")),
            worker=worker,
        )
    )  # fmt: skip


async def rows(database: Database, sql: str) -> list[Row]:
    async with database.read() as tx:
        return list(await tx.all(sql))


async def quiet(database: Database) -> None:
    """Until all that came is worked off and all has gone; what was perhaps sent, and what the night holds, waits."""
    waiting = (
        "SELECT (SELECT count(*) FROM inbox WHERE state = 'new') + (SELECT count(*) FROM outbox"
        " WHERE state IN ('queued', 'sending') AND kind = 'message' AND (once IS NULL OR once NOT LIKE 'gap:%')) AS n"
    )
    async with asyncio.timeout(120):
        while (await rows(database, waiting))[0]["n"] != 0:
            await asyncio.sleep(0.1)


@pytest.mark.timeout(SECONDS + 300)
async def test_what_was_committed_is_not_lost_and_has_its_effects_once(
    house: Database, tmp_path: Path, image_worker: ImageWorker
) -> None:
    clock, said = SystemClock(), Said()
    async with BotPeer() as peer:
        engine = engine_over(peer, house, tmp_path, image_worker, clock)
        await engine.prepare()
        async with house.write() as tx:
            await remember_rules(tx, RULEBOOK, clock.now())
            for n in range(GROUPS):
                await groups.bind(tx, Platform.WECOM, group(n), clock.now())
            for n in range(RIDERS):
                member = await members.insert(tx, f"赵强{n}", clock.now())
                await members.add_account(tx, member, Platform.WECOM, f"rider{n}", clock.now())
                await members.add_post(tx, member, Post(Role.RIDER), clock.now())
        running = asyncio.create_task(engine.run())
        await peer.until(lambda: peer.live)
        until = asyncio.get_running_loop().time() + SECONDS
        await asyncio.gather(report(peer, said, until), fall(peer, said, until))
        await peer.until(lambda: peer.live, 20)
        await quiet(house)
        engine.stopping.set()
        await asyncio.wait_for(running, 30)
        assert not peer.strays

    came = await rows(house, "SELECT event_id, state FROM inbox WHERE source = 'wecom'")
    events = {str(row["event_id"]).removeprefix("bot:"): row["state"] for row in came}
    safe = {one for one, (_, at) in said.live.items() if not any(at <= fell < at + 0.5 for fell in said.fell)}
    assert safe - events.keys() == set(), "said to a bot that was there"
    assert set(events.values()) <= {"done", "refused"}

    cases = await rows(house, "SELECT d.message, count(*) AS n FROM drafts d GROUP BY d.message")
    assert all(row["n"] == 1 for row in cases), "a message that came twice is one report"
    assert {str(row["message"]) for row in cases} == {one for one in events if one.startswith("CAIQ")}
    gaps = await rows(house, "SELECT chat, count(*) AS n FROM outbox WHERE once LIKE 'gap:%' GROUP BY chat")
    assert len(gaps) == GROUPS, "each group is told, by night in the morning"
    assert said.fell and all(row["n"] <= 1 + SECONDS // 600 for row in gaps), "once in ten minutes"
    receipts = Counter(
        found[0] for chat in peer.chats.values() for one in chat if (found := _NUMBER.findall(str(one.card)))
    )
    again = sum(times - 1 for times in receipts.values())
    assert again <= IN_FLIGHT * len(said.fell), "only what was under way when the connection fell is sent again"
    left = await rows(house, "SELECT state, count(*) AS n FROM outbox WHERE kind = 'message' GROUP BY state")
    print(
        f"{SECONDS:.0f} s: {len(said.fell)} falls, {len(said.live)} messages to a bot that was there, {len(events)} events,"
        f" {len(cases)} reports, {len(receipts)} receipts, {again} of them twice, outbox: {', '.join(str(row['state']) + ' ' + str(row['n']) for row in left)}"
    )
