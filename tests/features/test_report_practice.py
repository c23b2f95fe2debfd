"""The practice report: offered to whoever is new, answered with what a real one would become, touching nobody."""

import pytest

from bot.domain.case import CaseState
from tests.features.acting import POTHOLE
from tests.town import Person, TestTown

TRY = "试发一条"


async def rows(town: TestTown) -> dict[str, int]:
    """How much a report would leave behind."""
    async with town.database.read() as tx:
        return {
            "cases": len(await tx.all("SELECT id FROM cases")),
            "photos": len(await tx.all("SELECT id FROM photos")),
            "said": len(await tx.all("SELECT message FROM said")),
            "number": int(str((await tx.one("SELECT value FROM counters WHERE name = 'case'"))["value"])),
        }


NOTHING = {"cases": 0, "photos": 0, "said": 0, "number": 0}


async def begins(person: Person) -> None:
    await person.says("/start")
    await person.presses(TRY)
    assert person.hears("people.practice.begin")


async def test_a_rider_practises_and_nobody_hears_of_it(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await begins(rider)
    await rider.says(f"上报 {POTHOLE}", photo="hole.jpg")
    assert rider.last.text.splitlines()[:5] == [
        "练习：真的上报会是这样", "类别：路面坑槽", "地点：客运站", "会转给：住建局", "内容齐了，会直接转办。",
    ]  # fmt: skip
    await town.wait(minutes=30)
    assert await rows(town) == NOTHING
    assert (contact.chat, town.group) == ([], [])
    # The next one is real.
    await rider.says(f"上报 {POTHOLE}", photo="hole.jpg")
    assert (await town.case(1)).state is CaseState.DISPATCHED


@pytest.mark.parametrize(
    ("words", "photo", "media", "key"),
    [
        ("路灯不亮", True, None, "practice.ask.place"),
        (POTHOLE, False, None, "practice.ask.photo"),
        ("客运站东门这里太乱了", True, None, "practice.ask.category"),
        ("", False, "voice", "practice.voice"),
        ("着火了，客运站", True, None, "practice.danger"),
    ],
)
async def test_what_would_be_asked_is_said(
    town: TestTown, words: str, photo: bool, media: str | None, key: str
) -> None:
    guest = await town.stranger("路人")
    await begins(guest)
    await guest.says(words, photo="a.jpg" if photo else None, media=media)
    assert guest.hears(f"report.{key}")
    assert guest.hears("report.practice.only")
    assert await rows(town) == NOTHING


async def test_a_position_outside_the_county_would_be_asked_about(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await begins(rider)
    await rider.says("路灯不亮", photo="a.jpg", at=(39.9, 116.4))
    assert rider.hears("report.practice.ask.outside")
    assert await rows(town) == NOTHING


async def test_an_album_and_a_changed_caption_stay_practice(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await begins(rider)
    first = await rider.says(photo="1.jpg", album="a")
    await rider.says(POTHOLE, photo="2.jpg", album="a")
    await rider.says(photo="3.jpg", album="a")
    assert sum("练习：" in shown.text for shown in rider.chat) == 1
    assert "路面坑槽" in rider.last.text
    await rider.says("路灯不亮，客运站", photo="1.jpg", album="a", edits=first)
    assert await rows(town) == NOTHING
    await rider.says(POTHOLE, photo="4.jpg")
    assert (await rows(town))["cases"] == 1


async def test_practice_ends_by_word_and_by_time(town: TestTown) -> None:
    rider = await town.rider("赵强")
    await begins(rider)
    await rider.says("取消")
    assert rider.hears("report.practice.stopped")
    await rider.says(POTHOLE)
    assert (await rows(town))["cases"] == 1
    other = await town.rider("钱勇")
    await begins(other)
    await town.wait(minutes=11)
    await other.says(POTHOLE)
    assert (await rows(town))["cases"] == 2


async def test_no_practice_while_a_real_report_is_open(town: TestTown) -> None:
    rider, _ = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("/start")
    await rider.says("路灯不亮", photo="a.jpg")
    await rider.presses(TRY)
    assert rider.notices == [town.texts.pattern("people.practice.later", "zh-CN")]
    await rider.says("客运站东门")
    assert (await town.case(1)).place == "客运站东门"


async def test_whoever_does_not_report_is_offered_none(town: TestTown) -> None:
    contact, rider = await town.contact("housing", "刘工"), await town.rider("赵强")
    await contact.says("/start")
    await rider.says("/start")
    assert contact.last.labels == []
    assert rider.last.labels == [TRY]
