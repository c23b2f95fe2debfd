"""Members found in the company's directory by the phone numbers of the roll."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing

import pytest

from tests.cli.installation import Installation, Result
from tests.cli.wecom import running, with_app
from tests.wecom.api_peer import ApiPeer

HEAD = "姓名,角色,单位,岗位,手机\n"
LINE = "{},骑手,,道路交通安全员,{}\n"


@pytest.fixture
async def api() -> AsyncIterator[ApiPeer]:
    async with ApiPeer() as peer:
        peer.member("GanQuan", mobile="10000000991")
        yield peer


async def run(house: Installation, *args: str) -> Result:
    return await asyncio.to_thread(house.run, *args)


def roll(house: Installation, **people: str) -> None:
    lines = "".join(LINE.format(name, phone) for name, phone in people.items())
    (house.folder / "roll.csv").write_text(HEAD + lines, "utf-8")


def accounts(house: Installation) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(house.database)) as database:
        found = "SELECT m.name, a.id FROM accounts a JOIN members m ON m.id = a.member_id WHERE a.space = 'wecom'"
        return database.execute(found).fetchall()


def asked(api: ApiPeer) -> list[str]:
    return [call["mobile"] for call in api.named("user/getuserid")]


async def test_an_import_binds_whom_the_directory_knows(house: Installation, api: ApiPeer) -> None:
    with_app(house, api)
    roll(house, 甘泉="10000000991", 贺知远="10000000992")

    first = await run(house, "import", "people", "roll.csv")
    again = await run(house, "people", "bind-wecom")

    assert "WeCom: 1 bound by phone number." in first.out
    assert "WeCom does not know these phone numbers (1): 贺知远." in first.out
    assert accounts(house) == [("甘泉", "ganquan")]
    assert asked(api) == ["10000000991", "10000000992"]  # neither is asked again
    assert "WeCom: 0 bound by phone number." in again.out
    assert "10000000992" not in first.said

    roll(house, 贺知远="10000000993")
    api.member("HeZhiyuan", mobile="10000000993")
    corrected = await run(house, "import", "people", "roll.csv")
    assert ("贺知远", "hezhiyuan") in accounts(house), corrected.said


async def test_it_stops_at_the_first_no(house: Installation, api: ApiPeer) -> None:
    roll(house, 甘泉="10000000991", 贺知远="10000000992")
    assert (await run(house, "import", "people", "roll.csv")).status == 0
    assert "There is no self-built app of WeCom" in (await run(house, "people", "bind-wecom")).err
    with_app(house, api)

    api.fail("user/getuserid", 60011)
    refused = await run(house, "people", "bind-wecom")
    api.trusted = False
    untrusted = await run(house, "people", "bind-wecom")

    assert "look members up by phone number; stopped with 2 left" in refused.out
    assert "WeCom cannot answer now; stopped with 2 left" in untrusted.out
    assert len(asked(api)) == 2
    assert accounts(house) == []


async def test_too_many_wrong_numbers_end_a_run(house: Installation, api: ApiPeer) -> None:
    names = "甲乙丙丁戊己庚辛壬癸子丑"
    roll(house, **{f"骑手{name}": f"100000001{at:02d}" for at, name in enumerate(names)})
    assert (await run(house, "import", "people", "roll.csv")).status == 0
    with_app(house, api)

    said = (await run(house, "people", "bind-wecom")).out

    assert "Too many numbers were not found; stopped with 2 left" in said
    assert len(asked(api)) == 10


async def test_a_bot_that_starts_looks_up_by_itself_and_tells_the_admin(house: Installation, api: ApiPeer) -> None:
    admin = api.member("ShengLiben")
    house.settings("people", admins=["wecom:shengliben"])
    roll(house, 甘泉="10000000991")
    assert (await run(house, "import", "people", "roll.csv")).status == 0
    with_app(house, api)

    async with running(house):
        await api.until(lambda: any("按手机号绑定了企业微信：1 人" in one.words for one in admin.sees()), 30)

    assert ("甘泉", "ganquan") in accounts(house)
