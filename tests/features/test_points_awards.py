"""「加分」: what no event books is booked by a person, with a reason, and the rider hears of it."""

import pytest

from bot.domain.ledger import Step
from bot.domain.people import Post, Role
from bot.domain.refusal import Refused
from handlers.points.asked import read
from storage import photos
from storage.photos import PhotoKind, PhotoState
from storage.points import Entry
from tests.features.acting import POTHOLE
from tests.features.test_points import ledger, month, recent
from tests.town import RULEBOOK, Person, TestTown

HOW = "points.award.how"


async def office(town: TestTown) -> tuple[Person, Person]:
    return await town.admin("李主任"), await town.rider("赵强")


async def newest(town: TestTown, person: Person) -> Entry:
    return (await recent(town, person))[0]


async def test_points_are_shown_and_booked_by_a_second_tap(town: TestTown) -> None:
    admin, rider = await office(town)
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    await admin.says("加分 赵强 A07 0001 涉电隐患已查实", photo="proof.jpg")
    assert admin.hears("points.award.sure", names="赵强") and admin.hears("points.award.with_photo")
    assert await month(town, rider) == 3

    await admin.presses("确认加分")
    assert admin.hears("points.award.done", name="赵强", points="+20")
    assert rider.hears("points.award.yours", who="李主任", points="+20")
    assert "A07 重大隐患或违法线索查实\n事项 0001\n理由：涉电隐患已查实" in rider.last.text
    entry = await newest(town, rider)
    assert (entry.item, entry.delta, entry.step, entry.reason) == ("A07", 20, Step.CONFIRMED, "涉电隐患已查实")
    assert entry.actor_id == admin.id
    assert entry.photo_id is not None
    async with town.database.read() as tx:
        kept = await photos.get(tx, entry.photo_id)
        audited = await tx.all("SELECT object FROM audit WHERE action = 'points.awarded'")
    assert (kept.kind, kept.state, kept.member_id) == (PhotoKind.EVIDENCE, PhotoState.STORED, admin.id)
    assert [row["object"] for row in audited] == [f"member:{rider.id}"]


async def test_what_is_not_confirmed_is_not_booked_and_two_taps_book_once(town: TestTown) -> None:
    admin, rider = await office(town)
    await admin.says("加分 赵强 B04 扶起摔倒的老人")
    assert admin.hears("points.award.without_photo") and not rider.hears("points.award.yours")
    assert await ledger(town, rider) == []
    sure = admin.last
    await admin.presses("确认加分", on=sure)
    await admin.presses("确认加分", on=sure)
    assert [item for item, _, _ in await ledger(town, rider)] == ["B04"]
    assert admin.hears("points.award.before", name="赵强")


async def test_several_riders_are_booked_at_once(town: TestTown) -> None:
    admin, rider = await office(town)
    other = await town.rider("李晓梅")
    await admin.says("加分 赵强、李晓梅 扫雪集结")
    assert admin.hears("points.asked.which_item")
    await admin.says("加分 赵强、李晓梅 应急集结 北环路扫雪")
    await admin.presses("确认加分")
    for person in (rider, other):
        assert (await newest(town, person)).item == "D05"
        assert person.hears("points.award.yours", points="+10")


async def test_an_item_to_be_checked_counts_at_once_when_an_admin_books_it(town: TestTown) -> None:
    admin, rider = await office(town)
    await admin.says("加分 赵强 B06 陪独居老人取药")
    await admin.presses("确认加分")
    assert await ledger(town, rider) == [("B06", 3, Step.CONFIRMED)]
    assert await month(town, rider) == 3


async def test_caps_hold_for_people_too(town: TestTown) -> None:
    admin, rider = await office(town)
    for word in ("一", "二"):
        await admin.says(f"加分 赵强 C03 第{word}课")
        await admin.presses("确认加分")
    assert await ledger(town, rider) == [("C03", 1, Step.CONFIRMED)]
    assert admin.hears("points.award.full", name="赵强")
    assert rider.hears_times("points.award.yours") == 1


async def test_the_same_case_is_booked_once_and_again_after_it_was_taken_back(town: TestTown) -> None:
    admin, rider = await office(town)
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    await admin.says("加分 赵强 A07 0001 已查实")
    await admin.presses("确认加分")
    await admin.says("加分 赵强 A07 0001 再报一次")
    await admin.presses("确认加分")
    assert admin.hears("points.award.before", name="赵强")
    assert await month(town, rider) == 23

    await admin.presses("撤销")
    assert rider.hears("points.award.undone_yours", points="+20")
    assert await month(town, rider) == 3
    await admin.says("加分 赵强 A07 0001 又查实了")
    await admin.presses("确认加分")
    assert await month(town, rider) == 23


async def test_ten_minutes_later_it_cannot_be_taken_back(town: TestTown) -> None:
    admin, rider = await office(town)
    await admin.says("加分 赵强 B07 建议被采纳")
    await admin.presses("确认加分")
    done = admin.last
    await town.wait(minutes=11)
    await admin.presses("撤销", on=done)
    assert await month(town, rider) == 10


async def test_the_case_and_its_photo_come_from_the_quoted_message(town: TestTown) -> None:
    admin, rider = await office(town)
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    await admin.says("进度 0001")
    await admin.says("加分 赵强 A07 已查实", answers=admin.last)
    await admin.presses("确认加分")
    entry = await newest(town, rider)
    assert entry.case_number == 1
    case = await town.case(1)
    async with town.database.read() as tx:
        [sent] = await photos.list_of_case(tx, case.id)
    assert entry.photo_id == sent.id


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("加分", HOW),
        ("加分 赵强", HOW),
        ("加分 赵强 X99 理由", "points.asked.which_item"),
        ("加分 赵强 A07", "points.asked.why"),
        ("加分 赵强 A07 0001", "points.asked.why"),
        ("加分 赵强 A07 9999 理由", "case.unknown"),
        ("加分 王五 A07 理由", "points.asked.no_rider"),
        ("加分 刘工 A07 理由", "points.asked.no_rider"),
        ("加分 赵强 E05 理由", "points.award.takes"),
        ("加分 赵强 A01 理由", "points.award.by_itself"),
        ("加分 赵强 B05 理由", "points.award.by_itself"),
        ("加分 赵强 E01 理由", "points.award.by_itself"),
        ("加分 " + "、".join(f"骑手{n}" for n in range(11)) + " A07 理由", "points.asked.too_many"),
    ],
)
async def test_what_is_not_understood_changes_nothing(town: TestTown, said: str, key: str) -> None:
    admin, rider = await office(town)
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    before = await ledger(town, rider)
    await admin.says(said)
    assert admin.hears(key)
    assert await ledger(town, rider) == before


async def test_namesakes_are_told_apart_by_number(town: TestTown) -> None:
    admin, rider = await office(town)
    await town.rider("赵强")
    await admin.says("加分 赵强 B07 建议被采纳")
    assert admin.hears("points.asked.several", name="赵强")
    await admin.says(f"加分 {rider.id} B07 建议被采纳")
    await admin.presses("确认加分")
    assert await month(town, rider) == 10


async def test_nobody_books_for_themselves_and_riders_book_for_nobody(town: TestTown) -> None:
    both = await town.person("孙六", Post(Role.ADMIN), Post(Role.RIDER))
    rider, dispatcher = await town.rider("赵强"), await town.dispatcher("钱主任")
    await both.says("加分 孙六 B07 建议被采纳")
    assert both.hears("points.asked.oneself")
    for person in (rider, dispatcher):
        await person.says("加分 孙六 B07 建议被采纳")
        assert person.hears("core.not_allowed")
    assert await ledger(town, both) == []


async def test_a_rider_in_the_rush_hears_of_it_after_it(town: TestTown) -> None:
    admin, rider = await office(town)
    await town.wait(hours=3)  # noon
    await admin.says("加分 赵强 B07 建议被采纳")
    await admin.presses("确认加分")
    assert not rider.hears("points.award.yours")
    await town.wait(hours=2)
    assert rider.hears("points.award.yours")


# -- words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "names", "code", "points_", "number", "reason"),
    [
        ("赵强 A07 0127 已查实", ("赵强",), "A07", 20, 127, "已查实"),
        ("赵强、李晓梅 a07 已查实", ("赵强", "李晓梅"), "A07", 20, None, "已查实"),
        ("赵强,李晓梅,赵强 B07 好建议", ("赵强", "李晓梅"), "B07", 10, None, "好建议"),
        ("赵强 重大隐患或违法线索查实 0127 电线裸露", ("赵强",), "A07", 20, 127, "电线裸露"),
        ("赵强 见义勇为 救起落水儿童", ("赵强",), "B04", 30, None, "救起落水儿童"),
        ("赵强 E06 15 0131 逆行被通报", ("赵强",), "E06", -15, 131, "逆行被通报"),
        ("赵强 E06 -5分 闯红灯", ("赵强",), "E06", -5, None, "闯红灯"),
        ("赵强 A07 电话13800138000 的事", ("赵强",), "A07", 20, None, "电话138****8000 的事"),
    ],
)
def test_a_line_says_who_what_which_case_and_why(
    words: str, names: tuple[str, ...], code: str, points_: int, number: int | None, reason: str
) -> None:
    said = read(words, RULEBOOK.points, HOW)
    assert (said.names, said.item.code, said.points, said.number, said.reason) == (names, code, points_, number, reason)


def test_one_of_several_figures_has_to_be_said() -> None:
    with pytest.raises(Refused, match="which_figure"):
        read("赵强 E06 0131 逆行", RULEBOOK.points, HOW)
