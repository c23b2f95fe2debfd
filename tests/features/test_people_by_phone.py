"""Accounts that were found by phone number are bound, and what was not found is told."""

import json

from bot.chat.events import Platform
from storage import binding, members
from tests.features.test_people import POTHOLE, enter, hand_out, on_roll, order
from tests.town import TestTown

LINE = "{},骑手,,道路交通安全员,{},,,,,2026-11-01至2027-10-31,,"


async def found(town: TestTown, *, bound: list[list[object]], missed: list[list[object]] | None = None) -> None:
    await order(town, "people.wecom", json.dumps({"bound": bound, "missed": missed or []}))


async def test_who_is_found_is_bound_and_needs_no_code_any_more(town: TestTown) -> None:
    admin = await town.admin("何主任")
    await enter(town, LINE.format("赵小路", "19900000001"), LINE.format("钱小桥", "19900000002"))
    await hand_out(town, 2)
    roll = await on_roll(town)

    await found(town, bound=[[roll["赵小路"].id, "xiaolu"]], missed=[[roll["钱小桥"].id, "mobile-1"]])

    assert (Platform.WECOM, "xiaolu") in (await on_roll(town))["赵小路"].accounts
    assert admin.hears("people.by_phone.bound", n=1)
    assert admin.hears("people.by_phone.missed", n=1, names="钱小桥")
    async with town.database.read() as tx:
        assert set((await binding.list_codes(tx, town.clock.now())).values()) == {roll["钱小桥"].id}
        noted = await tx.all("SELECT * FROM audit WHERE action = 'account.bound'")
        tried = await binding.list_tried(tx, "mobile-", town.clock.now())
    assert [row["object"] for row in noted] == [f"member:{roll['赵小路'].id}"]
    assert tried == {(roll["钱小桥"].id, "mobile-1")}


async def test_what_a_guest_reported_goes_along(town: TestTown) -> None:
    await town.contact("housing", "刘工")
    await enter(town, LINE.format("赵小路", "19900000001"))
    guest = await town.stranger("小赵")
    await guest.says(POTHOLE, photo="hole.jpg")
    before = (await town.case(1)).reporter_id
    async with town.database.write() as tx:
        await members.add_account(tx, before, Platform.WECOM, "xiaolu", town.clock.now())

    roll = await on_roll(town)
    await found(town, bound=[[roll["赵小路"].id, "xiaolu"]])

    assert (await town.case(1)).reporter_id == roll["赵小路"].id
    async with town.database.read() as tx:
        assert (await members.get(tx, before)).left


async def test_an_account_of_another_member_stays_theirs(town: TestTown) -> None:
    admin = await town.admin("何主任")
    await enter(town, LINE.format("赵小路", "19900000001"), LINE.format("钱小桥", "19900000002"))
    roll = await on_roll(town)
    await found(town, bound=[[roll["钱小桥"].id, "xiaolu"]])

    await found(town, bound=[[roll["赵小路"].id, "xiaolu"], [roll["钱小桥"].id, "xiaolu"]])

    after = await on_roll(town)
    assert [name for name, one in after.items() if (Platform.WECOM, "xiaolu") in one.accounts] == ["钱小桥"]
    assert admin.hears("people.by_phone.taken", n=1, names="赵小路")
