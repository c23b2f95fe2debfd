"""Points: booked with the move that earns them, taken back with the one that undoes it."""

from datetime import UTC, datetime

from bot.domain.case import CaseState
from handlers.points.versions import remember_rules
from storage import balances, points
from storage.points import Entry, Step
from tests.fake import Shown
from tests.features.acting import about
from tests.town import Person, TestTown

POTHOLE = "路上有个大坑，客运站"


async def ledger(town: TestTown, person: Person) -> list[tuple[str, int, Step]]:
    """Entries of a person, oldest first."""
    return [(entry.item, entry.delta, entry.step) for entry in reversed(await recent(town, person))]


async def recent(town: TestTown, person: Person) -> list[Entry]:
    async with town.database.read() as tx:
        return list(await points.list_recent(tx, person.id, 50))


async def month(town: TestTown, person: Person, period: str = "2026-11") -> int:
    async with town.database.read() as tx:
        return (await balances.balance(tx, person.id, period)).month


def card(town: TestTown, contact: Person) -> Shown:
    """What a contact answers: the newest message that offers it."""
    return town.newest_with(town.platform, contact.account, "已处理")


async def close(town: TestTown, rider: Person, contact: Person) -> None:
    await contact.presses("接收")
    await contact.says("已填平", photo="after.jpg", answers=card(town, contact))
    await rider.presses("已修好")


async def test_a_complete_report_pays_when_it_is_filed_and_when_it_is_closed(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    assert await ledger(town, rider) == [("A01", 2, Step.CONFIRMED), ("A04", 1, Step.CONFIRMED)]
    await close(town, rider, contact)
    assert await ledger(town, rider) == [
        ("A01", 2, Step.CONFIRMED),
        ("A04", 1, Step.CONFIRMED),
        ("A05", 2, Step.CONFIRMED),
    ]
    assert await ledger(town, contact) == []


async def test_points_wait_for_the_photo_and_count_even_if_it_is_lost(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    await rider.says("路灯不亮，客运站", photo="dark.jpg", broken=True)
    async with town.database.read() as tx:
        booked = await tx.all("SELECT step FROM points WHERE item = 'A01' AND of_id IS NULL ORDER BY id")
        later = await tx.all("SELECT step FROM points WHERE item = 'A01' AND of_id IS NOT NULL ORDER BY id")
    assert [row["step"] for row in booked] == ["pending", "pending"]
    assert [row["step"] for row in later] == ["confirmed", "confirmed"]


async def test_a_report_that_had_to_be_asked_for_pays_no_extra(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says("路上有个大坑", photo="hole.jpg")
    assert (await town.case(1)).state is CaseState.DRAFT
    await rider.says("客运站")
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert await ledger(town, rider) == [("A01", 2, Step.CONFIRMED)]


async def test_what_is_more_urgent_pays_more(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await rider.says("井盖丢了，客运站", photo="lid.jpg")
    await rider.says("路面积水很深，人民路", photo="water.jpg")
    paid = await ledger(town, rider)
    assert ("A03", 8, Step.CONFIRMED) in paid
    assert ("A02", 4, Step.CONFIRMED) in paid


async def test_guests_earn_nothing_and_are_told_why(town: TestTown) -> None:
    guest, contact = await town.stranger("路人"), await town.contact("housing", "刘工")
    await guest.says(POTHOLE, photo="hole.jpg")
    assert (await town.case(1)).state is CaseState.DISPATCHED
    async with town.database.read() as tx:
        assert await tx.all("SELECT * FROM points") == []
    await guest.says("积分")
    assert guest.hears("points.after_registration")
    await contact.says("积分")
    assert contact.hears("core.not_allowed")


async def test_another_rider_who_looks_is_paid_and_the_reporter_is_not(town: TestTown) -> None:
    rider, other, contact = await town.rider("赵强"), await town.rider("李晓梅"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    await contact.presses("接收")
    await contact.says("已填平", photo="after.jpg", answers=card(town, contact))
    await rider.presses("没路过")
    assert other.hears("verify.request.photo_pays", points=3)
    await other.says(photo="as-it-is-now.jpg", answers=about(other, "0001"))
    await other.presses("已修好")
    assert (await town.case(1)).state is CaseState.CLOSED
    assert await ledger(town, other) == [("B01", 3, Step.CONFIRMED)]
    assert "B01" not in [item for item, _, _ in await ledger(town, rider)]


async def test_a_tap_without_a_photo_of_the_place_is_thanked_and_earns_nothing(town: TestTown) -> None:
    rider, other, contact = await town.rider("赵强"), await town.rider("李晓梅"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    await contact.presses("接收")
    await contact.says("已填平", photo="after.jpg", answers=card(town, contact))
    await rider.presses("没路过")
    await other.presses("已修好")
    assert (await town.case(1)).state is CaseState.CLOSED
    assert await ledger(town, other) == []


async def test_closing_that_is_taken_back_is_paid_once_in_the_end(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    await close(town, rider, contact)
    await rider.presses("撤销")
    assert (await ledger(town, rider))[-1] == ("A05", 2, Step.REVERSED)
    assert await month(town, rider) == 3
    await rider.presses("已修好")
    assert (await town.case(1)).state is CaseState.CLOSED
    assert (await ledger(town, rider))[-1] == ("A05", 2, Step.CONFIRMED)
    assert await month(town, rider) == 5


async def test_a_rejected_report_is_taken_back_and_may_be_paid_again(town: TestTown) -> None:
    rider, admin = await town.rider("赵强"), await town.admin("李主任")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    await admin.says("驳回 0001 不在本县")
    assert await ledger(town, rider) == [("A01", 2, Step.REVERSED), ("A04", 1, Step.REVERSED)]
    assert await month(town, rider) == 0

    await admin.presses("撤销")
    assert (await town.case(1)).state is CaseState.DISPATCHED
    assert [entry.key for entry in await recent(town, rider) if entry.step is Step.CONFIRMED] == [
        f"A04:case:1:{rider.id}:2",
        f"A01:case:1:{rider.id}:2",
    ]
    assert await month(town, rider) == 3


async def test_a_report_withdrawn_by_the_rider_is_taken_back(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    await rider.says("撤回")
    assert (await town.case(1)).state is CaseState.WITHDRAWN
    assert await month(town, rider) == 0


async def test_a_good_report_stays_paid_when_its_reopening_is_rejected(town: TestTown) -> None:
    rider, contact, admin = await town.rider("赵强"), await town.contact("housing", "刘工"), await town.admin("李主任")
    await rider.says(POTHOLE, photo="hole.jpg")
    await close(town, rider, contact)
    await rider.says("重开 0001")
    await admin.says("驳回 0001 已修好")
    assert (await town.case(1)).state is CaseState.REJECTED
    assert await month(town, rider) == 5


async def test_the_second_report_of_one_matter_is_paid_for_helping(town: TestTown) -> None:
    first, second, admin = await town.rider("赵强"), await town.rider("李晓梅"), await town.admin("李主任")
    await town.contact("housing", "刘工")
    await first.says(POTHOLE, photo="hole.jpg")
    await second.says("客运站，路面有个大坑", photo="hole-again.jpg")
    await admin.says("合并 0002 0001")
    assert await ledger(town, second) == [
        ("A01", 2, Step.REVERSED),
        ("A04", 1, Step.REVERSED),
        ("A06", 1, Step.CONFIRMED),
    ]
    assert await month(town, first) == 3

    await admin.presses("撤销")
    assert (await ledger(town, second))[2:] == [
        ("A06", 1, Step.REVERSED),
        ("A01", 2, Step.CONFIRMED),
        ("A04", 1, Step.CONFIRMED),
    ]


async def test_ones_own_second_report_is_no_help(town: TestTown) -> None:
    rider, admin = await town.rider("赵强"), await town.admin("李主任")
    await town.contact("housing", "刘工")
    await rider.says(POTHOLE, photo="hole.jpg")
    await rider.says("客运站，路面有个大坑", photo="hole-again.jpg")
    await admin.says("合并 0002 0001")
    assert "A06" not in [item for item, _, _ in await ledger(town, rider)]
    assert await month(town, rider) == 3


async def test_a_day_pays_up_to_its_caps(town: TestTown) -> None:
    rider, admin = await town.rider("赵强"), await town.admin("李主任")
    await town.contact("housing", "刘工")
    for index in range(6):
        await rider.says(f"路上有个大坑，客运站，第{index}次看到", photo=f"{index}.jpg")
    given = [delta for item, delta, _ in await ledger(town, rider) if item == "A01"]
    assert given == [2, 2, 2, 2, 2]

    await admin.says("驳回 0001 重复")
    await town.wait(minutes=11)  # seven at once would wait for a person
    await rider.says("路上有个大坑，客运站，又看到", photo="7.jpg")
    given = [delta for item, delta, step in await ledger(town, rider) if item == "A01" and step is Step.CONFIRMED]
    assert given == [2, 2, 2, 2, 2]


async def test_the_month_is_that_of_the_county(town: TestTown) -> None:
    rider = await town.rider("赵强")
    town.clock.move(datetime(2026, 11, 30, 16, 5, tzinfo=UTC))
    await rider.says(POTHOLE, photo="hole.jpg")
    assert {entry.day for entry in await recent(town, rider)} == {"2026-12-01"}
    assert (await month(town, rider, "2026-11"), await month(town, rider, "2026-12")) == (0, 3)


async def test_points_are_shown_with_rank_and_the_last_three_lines(town: TestTown) -> None:
    rider, other = await town.rider("赵强"), await town.rider("李晓梅")
    contact = await town.contact("housing", "刘工")
    await rider.says("积分")
    assert rider.hears("points.none")

    await rider.says(POTHOLE, photo="hole.jpg")
    await close(town, rider, contact)
    await other.says("路灯不亮，客运站", photo="dark.jpg")
    await rider.says("积分")
    assert rider.hears("points.month", points=5, rank=1)
    assert rider.hears("points.spendable", points=5)
    assert rider.hears("points.line.confirmed", delta="+2", what="所报事项核实办结", number="0001")
    assert rider.hears("points.source", group="问题上报", points="+5")
    assert len(rider.last.text.splitlines()) == 6

    await other.says("积分", group=True)
    assert other.hears("points.month", points=3, rank=2)
    assert not town.group_hears("points.month")


async def test_the_ledger_names_the_rules_it_was_booked_by(town: TestTown) -> None:
    rider = await town.rider("赵强")
    async with town.database.write() as tx:
        await remember_rules(tx, town.engine.parts.town.rulebook, town.clock.now())
    await rider.says(POTHOLE, photo="hole.jpg")
    async with town.database.read() as tx:
        row = await tx.one("SELECT DISTINCT r.effective_from FROM points p JOIN rules r ON r.id = p.rules_id")
    assert row["effective_from"] == "2026-01-01"
