"""Intervention: noted in ten seconds, handed to nobody."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.chat.messages import Text
from handlers.intervention.rules import MOST_WORDS, month_of, note_of
from storage import photos
from storage.photos import PhotoKind, PhotoState
from tests.town import TestTown


def words(said: str) -> Text:
    return Text("core.plain", {"words": said})


async def notes(town: TestTown) -> list[tuple[str, str, bool]]:
    async with town.database.read() as tx:
        rows = await tx.all("SELECT note, place, undone_at FROM interventions ORDER BY id")
    return [(str(row["note"]), str(row["place"]), row["undone_at"] is not None) for row in rows]


async def cases_made(town: TestTown) -> int:
    async with town.database.read() as tx:
        return int(str((await tx.one("SELECT count(*) AS n FROM cases"))["n"]))


@pytest.mark.parametrize("said", ["劝导 骑车逆行，人民路", "劝导骑车逆行，人民路", "劝导：骑车逆行，人民路"])
async def test_a_line_is_enough(town: TestTown, said: str) -> None:
    rider, admin = await town.rider("赵强"), await town.admin("李主任")
    await rider.says(said)
    assert rider.hears("intervention.noted", what=words("骑车逆行，人民路"))
    assert rider.hears("intervention.count", n=1)
    assert len(rider.last.text.splitlines()) == 2
    assert await notes(town) == [("骑车逆行，人民路", "人民路", False)]
    assert await cases_made(town) == 0
    assert [shown.sender for shown in admin.chat] == []


async def test_a_photo_belongs_to_the_intervention_and_to_no_case(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await rider.says("劝导", photo="crossing.jpg")
    assert rider.hears("intervention.noted", what=Text("intervention.with_photo"))
    async with town.database.read() as tx:
        photo = await photos.get(tx, 1)
    assert (photo.kind, photo.case_id, photo.intervention_id) == (PhotoKind.INTERVENTION, None, 1)
    assert photo.state is PhotoState.STORED
    assert await cases_made(town) == 0


async def test_a_lost_photo_does_not_lose_the_words(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await rider.says("劝导 闯红灯", photo="crossing.jpg", broken=True)
    assert rider.hears("intervention.photo_failed")
    assert await notes(town) == [("闯红灯", "", False)]


async def test_the_bare_word_offers_what_happens_most(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await rider.says("劝导")
    offer = rider.last
    assert offer.labels == ["闯红灯", "骑车逆行", "不戴头盔"]
    data = offer.rendered.buttons[1].data
    await rider.presses("骑车逆行")
    assert rider.hears("intervention.noted", what=Text("intervention.pick.wrong_way"))
    assert await notes(town) == [("pick:wrong_way", "", False)]

    await rider.presses_data(data, offer)  # a thumb that taps twice
    assert len(await notes(town)) == 1
    assert rider.notices


async def test_another_rider_cannot_press_the_offer(town: TestTown) -> None:
    rider, other = await town.rider("赵强"), await town.rider("李晓梅")
    await rider.says("劝导", group=True)
    await other.presses("闯红灯", group=True)
    assert await notes(town) == []
    await rider.presses("闯红灯", group=True)
    assert len(await notes(town)) == 1


async def test_it_can_be_taken_back_for_ten_minutes(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await rider.says("劝导 闯红灯")
    await rider.presses("撤销")
    assert rider.hears("intervention.undone")
    assert await notes(town) == [("闯红灯", "", True)]
    await rider.says("劝导 不戴头盔")
    assert rider.hears("intervention.count", n=1)

    late = rider.last
    await town.wait(minutes=11)
    await rider.presses("撤销", on=late)
    assert (await notes(town))[1] == ("不戴头盔", "", False)


async def test_those_of_this_month_are_counted(town: TestTown) -> None:
    rider, other = await town.rider("赵强"), await town.rider("李晓梅")
    await other.says("劝导 闯红灯")
    for _ in range(2):
        await rider.says("劝导 闯红灯")
    assert rider.hears("intervention.count", n=2)
    town.clock.move(datetime(2026, 11, 30, 16, 5, tzinfo=UTC))  # the first of December in the county
    await rider.says("劝导 闯红灯")
    assert rider.hears_times("intervention.count", n=1) == 2


async def test_it_is_for_appointed_riders(town: TestTown) -> None:
    guest, contact = await town.stranger("路人"), await town.contact("housing", "刘工")
    for person in (guest, contact):
        await person.says("劝导 闯红灯")
        assert person.hears("core.not_allowed")
    assert await notes(town) == []


async def test_people_who_talk_in_the_group_are_left_alone(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await rider.says("劝导员今天几点到", group=True)
    assert town.group == []
    assert await notes(town) == []
    await rider.says("劝导 闯红灯", group=True)
    assert town.group_hears("intervention.noted")


def test_numbers_of_people_are_not_kept_and_words_are_cut() -> None:
    assert "13800138000" not in note_of("骑手 13800138000 逆行")
    assert len(note_of("逆行" * 200)) == MOST_WORDS


def test_a_month_is_the_countys() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    since, until = month_of(datetime(2026, 11, 30, 15, 59, tzinfo=UTC), zone)
    assert (since.astimezone(UTC), until.astimezone(UTC)) == (
        datetime(2026, 10, 31, 16, tzinfo=UTC),
        datetime(2026, 11, 30, 16, tzinfo=UTC),
    )
    assert month_of(until, zone) == (until, until + timedelta(days=31))
