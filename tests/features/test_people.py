"""People: the roll is imported, accounts are bound, first contact is made."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot import people_file
from bot.chat.messages import Text
from bot.domain import bindcode, roll
from bot.domain.people import SYSTEM, Rank
from bot.people_file import NewCode
from bot.people_file.table import table_of
from storage import binding, consents, inbox, members, people
from storage.inbox import Arrival
from tests.town import RULEBOOK, TestTown

TODAY = date(2026, 11, 23)
HEADER = "姓名,角色,单位,岗位,手机,平台,站点,Telegram,企业微信,聘期,网格,社区"
POTHOLE = "路上有个大坑，客运站"


def checked(*lines: str, known: tuple[roll.Person, ...] = ()) -> people_file.Checked:
    return people_file.check(table_of("\n".join((HEADER, *lines)).encode()), RULEBOOK, TODAY, known)


async def order(town: TestTown, name: str, args: str) -> None:
    """A command given on the machine, as the command line gives it."""
    payload = json.dumps({"is": "ordered", "name": name, "args": args, "by": SYSTEM})
    at = town.clock.now()
    async with town.database.write() as tx:
        await inbox.add(tx, [Arrival("engine", f"order:{town.next_event()}", "engine:orders", payload, at)])
    await town.settle()


async def enter(town: TestTown, *lines: str) -> None:
    """Import a roll that is right."""
    async with town.database.read() as tx:
        known = tuple(await people.list_roll(tx))
    found = checked(*lines, known=known)
    assert not found.faults, found.faults
    await order(town, "people.import", roll.write_rows(found.rows))


async def hand_out(town: TestTown, count: int) -> list[NewCode]:
    codes = list(people_file.new_codes(count, town.engine.parts.town.code_mac))
    await order(town, "people.codes", people_file.hashes(codes))
    return codes


async def on_roll(town: TestTown) -> dict[str, roll.Person]:
    async with town.database.read() as tx:
        return {person.name: person for person in await people.list_roll(tx)}


# The import


async def test_an_import_adds_then_updates_and_removes_nobody(town: TestTown) -> None:
    admin = await town.admin("何主任")
    await enter(
        town,
        "赵小路,骑手,,道路交通安全员,19900000001,飞燕外卖,客运站,,,2026-11-01至2027-10-31,,",
        "王小队,专员,城管局,A岗,19900000002,,,,,,,",
        "刘小工,专员,住建局,A岗,,,,,,,,",
    )
    assert admin.hears("people.imported", added=3, changed=0, same=0)
    before = await on_roll(town)

    await enter(
        town,
        "赵小路,骑手,,道路交通安全员,19900000001,飞燕外卖,客运站,,,2026-11-01至2027-10-31,,",
        "王大队,专员,城管局,A岗,19900000002,,,,,,,",
        "刘小工,专员,住建局,A岗,19900000003,,,,,,,",
    )
    assert admin.hears("people.imported", added=0, changed=2, same=1)
    after = await on_roll(town)
    assert after["王大队"].id == before["王小队"].id
    assert (after["刘小工"].id, after["刘小工"].phone) == (before["刘小工"].id, "19900000003")

    await enter(town, "赵小路,骑手,,道路交通安全员,19900000001,飞燕外卖,客运站,,,2026-11-01至2027-10-31,,")
    assert admin.hears("people.imported", added=0, changed=0, same=1)
    assert set(await on_roll(town)) == {"何主任", "赵小路", "王大队", "刘小工"}


async def test_namesakes_stay_two_people(town: TestTown) -> None:
    await enter(town, "张小伟,骑手,,,19900000001,,,,,,,", "张小伟,骑手,,,19900000002,,,,,,,")
    await enter(town, "张小伟,骑手,,,19900000002,,,,,,,", "张小伟,骑手,,,19900000003,,,,,,,")
    async with town.database.read() as tx:
        phones = sorted(str(person.phone) for person in await people.list_roll(tx))
    assert phones == ["19900000001", "19900000002", "19900000003"]


async def test_a_seat_that_is_taken_is_not_doubled_by_a_list(town: TestTown) -> None:
    await enter(town, "王小队,专员,城管局,A岗,19900000002,,,,,,,")
    known = tuple((await on_roll(town)).values())

    no = checked("李小队,专员,城管局,A岗,19900000009,,,,,,,", known=known)
    assert [(f.column, f.text.key) for f in no.faults] == [("post", "people.file.sitting")]

    rows = checked("李小队,专员,城管局,A岗,19900000009,,,,,,,").rows  # checked before the seat was taken
    await order(town, "people.import", roll.write_rows(rows))
    assert set(await on_roll(town)) == {"王小队"}

    await enter(town, "李小队,专员,城管局,A岗,19900000009,,,,,,,", "王小队,专员,城管局,B岗,19900000002,,,,,,,")
    held = {name: person.posts[0].rank for name, person in (await on_roll(town)).items()}
    assert held == {"李小队": Rank.A, "王小队": Rank.B}


async def test_an_account_on_the_roll_brings_along_what_its_guest_reported(town: TestTown) -> None:
    await town.contact("housing", "刘工")
    guest = await town.stranger("小赵")
    await guest.says(POTHOLE, photo="hole.jpg")
    reporter = (await town.case(1)).reporter_id
    async with town.database.write() as tx:
        await members.add_account(tx, reporter, "telegram", "7654321", town.clock.now())

    await enter(town, "赵小路,骑手,,,19900000001,,,7654321,,,,")

    rider = (await on_roll(town))["赵小路"]
    assert rider.id != reporter
    assert (await town.case(1)).reporter_id == rider.id
    assert ("telegram", "7654321") in rider.accounts


async def test_seventy_people_hold_the_database_shortly(town: TestTown) -> None:
    lines = [
        f"骑手{chr(0x4E00 + at)},骑手,,道路交通安全员,199000{at:05d},飞燕外卖,,{9000000 + at},,,," for at in range(70)
    ]
    rows = checked(*lines).rows
    assert len(rows) == 70
    town.database.longest_hold_ms = 0
    await order(town, "people.import", roll.write_rows(rows))
    assert len(await on_roll(town)) == 70
    assert town.database.longest_hold_ms < 100
    town.database.longest_hold_ms = 0
    async with town.database.write() as tx:
        await tx.run("DELETE FROM accounts")
    await hand_out(town, 70)
    async with town.database.read() as tx:
        assert len(await binding.list_codes(tx, town.clock.now())) == 140
    assert town.database.longest_hold_ms < 100


# Binding


async def test_a_code_makes_the_guest_the_person_on_the_roll(town: TestTown) -> None:
    await town.contact("housing", "刘工")
    await enter(town, "赵小路,骑手,,道路交通安全员,19900000001,,,,,2026-11-01至2027-10-31,,")
    (code,) = await hand_out(town, 1)
    guest = await town.stranger("小赵")
    await guest.says(POTHOLE, photo="hole.jpg")
    before = (await town.case(1)).reporter_id

    await guest.says(f"绑定{bindcode.spaced(code.typed).lower()}")

    person = (await on_roll(town))["赵小路"]
    assert guest.hears("people.welcome.hello", name=Text("core.rider", {"surname": "赵"}))
    assert guest.hears("people.welcome.duty", duty="道路交通安全员")
    assert (await town.case(1)).reporter_id == person.id != before
    async with town.database.read() as tx:
        assert (await members.get(tx, before)).left
        photo = await tx.one("SELECT member_id FROM photos")
        noted = await tx.one("SELECT count(*) AS n FROM audit WHERE action = 'account.bound'")
    assert photo["member_id"] == person.id
    assert noted["n"] == 1
    await guest.says("进度")
    assert guest.hears_times("people.notice") == 1

    other = await town.stranger("小钱")
    await other.says(f"绑定 {code.typed}")
    await other.says(f"绑定 {code.linked}")
    assert other.hears_times("people.bind.wrong") == 2
    assert (await on_roll(town))["赵小路"].accounts == (("sandbox", guest.account),)


async def test_the_deep_link_binds_and_a_plain_start_greets(town: TestTown) -> None:
    await enter(town, "王小队,专员,城管局,A岗,19900000002,,,,,,,")
    (code,) = await hand_out(town, 1)
    guest = await town.stranger("老王")
    await guest.says("/start")
    assert guest.hears("people.bind.stranger")
    await guest.says(f"/start {code.linked}")
    assert guest.hears("people.welcome.contact")
    await guest.says("/start")
    assert guest.hears_times("people.welcome.contact") == 2


async def test_the_bare_word_asks_a_stranger_for_the_code_and_greets_whoever_is_bound(town: TestTown) -> None:
    guest, rider = await town.stranger("小赵"), await town.rider("钱小满")
    await guest.says("绑定")
    assert guest.hears("people.bind.how")
    await rider.says("绑定")
    assert rider.hears("people.welcome.hello")
    assert not rider.hears("people.bind.how")


async def test_the_database_never_sees_a_plain_code(town: TestTown) -> None:
    await enter(town, "王小队,专员,城管局,A岗,19900000002,,,,,,,")
    (code,) = await hand_out(town, 1)
    async with town.database.read() as tx:
        rows = [*await tx.all("SELECT * FROM bind_codes"), *await tx.all("SELECT payload FROM inbox")]
    kept = json.dumps([list(row.values()) for row in rows])
    assert code.kept[0] in kept
    assert code.typed not in kept
    assert code.linked not in kept


async def test_wrong_codes_lock_for_an_hour_and_are_told_once(town: TestTown) -> None:
    await enter(town, "王小队,专员,城管局,A岗,19900000002,,,,,,,")
    (code,) = await hand_out(town, 1)
    guest = await town.stranger("老王")
    for _ in range(5):
        await guest.says("绑定 AAAA-AAAA")
    assert guest.hears_times("people.bind.wrong") == 4
    assert guest.hears_times("people.bind.locked") == 1

    await guest.says(f"绑定 {code.typed}")
    assert guest.hears_times("people.bind.locked") == 1
    assert not guest.hears("people.welcome.contact")

    await town.wait(hours=1, minutes=1)
    await guest.says(f"绑定 {code.typed}")
    assert guest.hears("people.welcome.contact")


async def test_an_old_code_and_a_used_account_are_refused(town: TestTown) -> None:
    await enter(town, "王小队,专员,城管局,A岗,19900000002,,,,,,,")
    (code,) = await hand_out(town, 1)
    rider = await town.rider("赵强")
    await rider.says(f"绑定 {code.typed}")
    assert rider.hears("people.bind.other_person", name="赵强")

    guest = await town.stranger("老王")
    await town.wait(days=7, minutes=1)
    await guest.says(f"绑定 {code.typed}")
    assert guest.hears("people.bind.expired")
    (fresh,) = await hand_out(town, 1)
    await guest.says(f"绑定 {fresh.typed}")
    assert guest.hears("people.welcome.contact")


async def test_a_code_in_the_group_is_void_at_once(town: TestTown) -> None:
    admin = await town.admin("何主任")
    await enter(town, "王小队,专员,城管局,A岗,19900000002,,,,,,,")
    (code,) = await hand_out(town, 1)
    guest = await town.stranger("老王")
    said = len(town.group)
    await guest.says(f"绑定 {code.typed}", group=True)
    assert len(town.group) == said
    assert guest.hears("people.bind.void_in_group")
    assert admin.hears("people.bind.void_told", name="王小队")
    await guest.says(f"绑定 {code.linked}")
    assert guest.hears("people.bind.wrong")


async def test_an_admin_binds_a_group_and_nobody_else(town: TestTown) -> None:
    admin, rider = await town.admin("何主任"), await town.rider("赵强")
    async with town.database.write() as tx:
        await tx.run("UPDATE groups SET ended_at = bound_at")
    await rider.says("绑定", group=True)
    assert town.group == []
    await admin.says("绑定", group=True)
    assert town.group_hears("people.group.bound")
    await admin.says("绑定", group=True)
    assert town.group_hears("people.group.already")


async def test_the_sheet_of_codes_is_for_the_owner_only(town: TestTown, tmp_path: Path) -> None:
    await enter(town, "王<小>队,专员,城管局,A岗,19900000002,,,,,,,", "李小队,专员,城管局,B岗,19900000003,,,,,,,")
    codes = await hand_out(town, 3)
    async with town.database.read() as tx:
        owners = await binding.list_codes(tx, town.clock.now())
        known = {m.id: m for m in await members.list_by_id(tx, list(dict.fromkeys(owners.values())))}
    units = {agency.id: agency.short for agency in RULEBOOK.agencies.values()}
    cards = people_file.cards(codes, owners, known, units)
    path = tmp_path / "codes.html"
    now = town.clock.now()
    link = "https://t.me/some_bot?start={code}"

    people_file.write_code_sheet(path, cards, town.texts, "zh-CN", now + timedelta(days=7), now, link)

    page = path.read_text(encoding="utf-8")
    assert [card.unit for card in cards] == ["城管局", "城管局"]
    assert "王&lt;小&gt;队" in page
    assert all(bindcode.spaced(card.typed) in page for card in cards)
    assert f"start={cards[1].linked}" in page
    assert page.count("<svg") == 2
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        people_file.write_code_sheet(path, cards, town.texts, "zh-CN", now, now)


def test_codes_hold_no_letter_that_phones_confuse() -> None:
    codes = people_file.new_codes(50, str)
    assert not set("".join(code.typed + code.linked for code in codes)) & set("01OI")
    assert len({code.linked for code in codes}) == 50
    assert len(bindcode.ALPHABET) ** bindcode.LINKED >= 2**60
    assert bindcode.bare(" k7wq–m2pd".replace("–", "-")) == "K7WQM2PD"
    assert bindcode.bare("K7WQ M2P") is None
    assert bindcode.bare("K7WQ M2P0") is None


# First contact


async def test_the_notice_is_shown_once_in_private_and_kept_when_read(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await rider.says("帮助")
    await rider.says("找人 车坏了")
    assert rider.hears_times("people.notice") == 1
    async with town.database.read() as tx:
        assert not await consents.given(tx, rider.id, "notice", "2026-11")
    await rider.presses("知道了")
    async with town.database.read() as tx:
        row = await tx.one("SELECT version, platform, given_at FROM consents WHERE member_id = :id", id=rider.id)
    assert row["version"] == "2026-11"
    assert row["platform"] == "sandbox"
    assert row["given_at"] is not None


async def test_staff_read_a_notice_about_their_work_and_not_about_their_reports(town: TestTown) -> None:
    rider = await town.rider("赵强")
    contact, office = await town.contact("housing", "刘工"), await town.dispatcher("周值")
    for person in (rider, contact, office):
        await person.says("帮助")
    assert rider.hears("people.notice")
    assert not rider.hears("people.notice_staff")
    for person in (contact, office):
        assert person.hears_times("people.notice_staff") == 1
        assert not person.hears("people.notice")
        assert all("您上报的事" not in shown.text for shown in person.chat)


async def test_a_stranger_in_the_group_is_not_spoken_to(town: TestTown) -> None:
    stranger, rider = await town.stranger("路人"), await town.rider("赵强")
    await stranger.says("今天真冷", group=True)
    assert stranger.chat == []
    await rider.says("今天真冷", group=True)
    assert rider.hears_times("people.notice") == 1
    assert town.group == []
    await stranger.says("你好")
    assert stranger.hears_times("people.notice") == 1


async def test_a_notice_that_did_not_arrive_comes_with_the_first_private_word(town: TestTown) -> None:
    rider = await town.rider("赵强")
    town.platform.blocked.add(rider.account)
    await rider.says("今天真冷", group=True)
    await rider.says("路上滑", group=True)
    town.platform.blocked.clear()
    assert not rider.hears("people.notice")
    await rider.says("你好")
    assert rider.hears_times("people.notice") == 1
    async with town.database.read() as tx:
        assert await members.reachable(tx, rider.id)


async def test_the_public_name_is_a_consent_of_its_own(town: TestTown) -> None:
    rider = await town.rider("赵强")

    async def agreed() -> bool:
        async with town.database.read() as tx:
            return await consents.given(tx, rider.id, "public_name", "2026-11")

    assert not await agreed()
    await rider.says("公开姓名")
    await rider.presses("同意")
    assert await agreed()
    await rider.says("公开姓名 不同意")
    assert not await agreed()
