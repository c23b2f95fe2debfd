"""What a group must not learn, what words of people may do to us, and what the log may say."""

import io
import logging
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from bot import log
from bot.domain.case import CaseState
from bot.engine.imaging import ImageWorker
from storage.blobs import open_blobs
from storage.database import Database
from tests.features.acting import POTHOLE, about, accepted, handled
from tests.town import Person, TestTown

DIRTY = "后厨脏乱差，客运站"  # dirty_kitchen: sensitive, market_reg, the contact's photo is enough


@pytest.fixture
async def any_town(database: Database, tmp_path: Path, image_worker: ImageWorker) -> AsyncIterator[TestTown]:
    """The county on each database in turn, for what only storing shows."""
    yield await TestTown.open(database, open_blobs(str(tmp_path / "photos")), image_worker)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that is logged in this test, as it is in service."""
    root = logging.getLogger()
    hooks, handlers, level = (sys.excepthook, threading.excepthook, sys.unraisablehook), root.handlers[:], root.level
    stream = io.StringIO()
    log.configure("debug", "json", stream)
    yield stream
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


def in_group(town: TestTown) -> str:
    return "\n".join(shown.text for shown in town.group)


def told(person: Person) -> str:
    return "\n".join(shown.text for shown in person.chat if shown.sender == "bot")


async def set_aside(town: TestTown) -> int:
    """Events that could not be carried out, or not yet."""
    async with town.database.read() as tx:
        return len(await tx.all("SELECT id FROM inbox WHERE state IN ('new', 'set_aside')"))


async def test_a_sensitive_case_names_neither_place_nor_reporter_to_its_end(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("market_reg", "何科")
    await rider.says(DIRTY, photo="kitchen.jpg", group=True)
    assert town.group_hears("report.receipt.sensitive")
    await contact.presses("接收")
    await contact.says("已约谈店主，客运站一带都查了", answers=about(contact, "0001"))
    await contact.says("后厨已清洗", photo="after.jpg", answers=about(contact, "0001"))
    await town.wait(hours=26)

    assert (await town.case(1)).state is CaseState.CLOSED
    assert town.group_hears("feedback.group.closed", number="0001")
    for word in ("客运站", "后厨", "赵", "清洗", "约谈"):
        assert word not in in_group(town), word
    closing = next(shown for shown in town.group if "办结 · 用时" in shown.text)
    assert closing.rendered.pictures  # the card is drawn all the same
    assert rider.hears("feedback.closed", number="0001")


async def test_the_contact_of_a_sensitive_case_never_reads_who_reported_it(town: TestTown) -> None:
    rider, second = await town.rider("赵强"), await town.rider("欧阳明")
    contact = await town.contact("market_reg", "何科")
    await rider.says(DIRTY, photo="kitchen.jpg")
    await contact.presses("接收")
    await rider.says("冰箱也坏了", answers=about(rider, "0001"))
    await contact.says("办 0001")
    await contact.says("进度 0001")
    await second.says(DIRTY, photo="again.jpg")
    await second.presses("是同一处")
    await town.wait(minutes=1)

    assert contact.hears("dispatch.anonymous") and contact.hears("progress.anonymous")
    assert contact.hears("report.told_contact") and contact.hears("duplicates.anonymous")
    assert "赵" not in told(contact) and "欧阳" not in told(contact)


async def test_the_contact_of_another_case_reads_a_surname(town: TestTown) -> None:
    """The counterpart of the test above; never more than the surname, and no masked full name either."""
    _, contact = await accepted(town)
    await contact.says("办 0001")
    assert "赵师傅" in told(contact) and "赵强" not in told(contact)


@pytest.mark.parametrize(
    ("secret", "left"),
    [
        ("13800138000", "138****8000"),
        ("138 0013 8000", "138****8000"),
        ("１３８００１３８０００", "138****8000"),
        ("230803199001011237", "****"),
        ("黑A12345", "黑A***"),
        ("6222021234567890123", "****"),
    ],
)
async def test_numbers_of_people_stay_out_of_the_group(town: TestTown, secret: str, left: str) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says(f"路上有个大坑，客运站，车主{secret}", photo="before.jpg", group=True)
    await rider.says(f"地点改成客运站旁 {secret}", group=True, answers=town.group[0])
    await contact.presses("接收")
    await contact.says(f"已填平，联系{secret}", photo="after.jpg", answers=about(contact, "0001"))
    await rider.presses("已修好")

    assert town.group_hears("feedback.group.closed", number="0001")
    assert secret not in in_group(town) and left in town.group[-1].text


async def test_a_private_matter_asked_in_the_group_is_answered_in_private(town: TestTown) -> None:
    rider, contact = await accepted(town)
    before = [shown.text for shown in town.group]
    await rider.says("进度", group=True)
    await rider.says("积分", group=True)
    await contact.says("待办", group=True)
    await contact.says("办 0001", group=True)
    assert [shown.text for shown in town.group] == before
    assert rider.hears("progress.line", number="0001") and contact.hears("progress.todo.line", number="0001")


@pytest.mark.parametrize("braces", ["{number}", "{0}", "{{x}}", "{0.__class__}", "%s %(place)s", "{", "}"])
async def test_words_are_never_a_pattern(town: TestTown, braces: str) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    office = await town.dispatcher("钱主任")
    await rider.says(f"路上有个大坑，客运站 {braces}", photo="before.jpg", group=True)
    assert braces in told(contact)
    await contact.presses("接收")
    await contact.says(f"等沥青 {braces}", answers=about(contact, "0001"))
    await contact.says(f"已填平 {braces}", photo="after.jpg", answers=about(contact, "0001"))
    await rider.presses("已修好")
    assert f"已填平 {braces}" in town.group[-1].text and f"等沥青 {braces}" in told(rider)

    await office.says(f"公告 培训 {braces}")
    await office.presses("确认发布")
    assert town.group[-1].text.endswith(f"培训 {braces}")
    assert await set_aside(town) == 0


@pytest.mark.parametrize(
    "odd", ["👨‍👩‍👧🇨🇳", "\u202e反了", "\u200f\u200e", "ئۇيغۇرچە", "\x07\x1b[31m", "𠮷" * 30, "e\u0301" * 50]
)
async def test_strange_characters_cost_no_report(any_town: TestTown, odd: str) -> None:
    rider, contact = await any_town.rider("赵强"), await any_town.contact("housing", "刘工")
    await rider.says(f"路上有个大坑，客运站 {odd}", photo="before.jpg", group=True)
    await contact.presses("接收")
    await contact.says(f"已填平 {odd}", photo="after.jpg", answers=about(contact, "0001"))
    await rider.presses("已修好")
    assert (await any_town.case(1)).state is CaseState.CLOSED
    assert await set_aside(any_town) == 0


async def test_a_text_without_end_is_cut(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("路上有个大坑，客运站" + "很深" * 5000, photo="before.jpg", group=True)
    assert len((await town.case(1)).description) <= 500
    await contact.presses("接收")
    await contact.says("已填平" + "啊" * 10_000, photo="after.jpg", answers=about(contact, "0001"))
    await rider.presses("已修好")
    said = [shown.text for shown in (*town.group, *rider.chat, *contact.chat) if shown.sender == "bot"]
    assert max(map(len, said)) < 400

    await rider.says("找人 " + "喂" * 10_000)
    assert await set_aside(town) == 0


async def test_photos_are_shown_in_public_only_after_the_tick(town: TestTown) -> None:
    """The card is one picture either way; what it is drawn from differs."""
    rider, contact = await handled(town)
    drawn: list[bytes] = []
    for ticked in (False, False, True):
        if ticked:
            await contact.presses("照片可公开")
        await rider.presses("已修好")
        drawn.append(town.group[-1].rendered.pictures[0].data)
        await rider.presses("撤销")
    assert drawn[0] == drawn[1] != drawn[2]


async def test_the_tick_is_not_offered_where_it_can_never_be(town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("market_reg", "何科")
    await rider.says(DIRTY, photo="kitchen.jpg")
    await contact.presses("接收")
    await contact.says("后厨已清洗", photo="after.jpg", answers=about(contact, "0001"))
    assert contact.hears("handle.booked")
    assert all("照片可公开" not in shown.labels for shown in contact.chat)


async def test_a_story_leaves_no_words_names_or_numbers_in_the_log(logged: io.StringIO, town: TestTown) -> None:
    rider, contact = await town.rider("赵强"), await town.contact("housing", "刘工")
    await rider.says("路上有个大坑，客运站，我电话13800138000", photo="before.jpg", group=True, at=(46.9077, 130.416))
    await rider.says("坏照片", photo="broken.jpg", broken=True, answers=town.group[0], group=True)
    await contact.presses("接收")
    await contact.says("已填平，车牌黑A12345", photo="after.jpg", answers=about(contact, "0001"))
    await rider.presses("已修好")
    await rider.presses_data("1.0.forged")
    await rider.says("驳回 0001 不在本县")
    town.platform.blocked.add(rider.account)
    await rider.says("找人 在吗")
    await town.wait(hours=1)

    written = logged.getvalue()
    assert "photo_stored" in written
    for secret in ("13800138000", "12345", "46.9077", "130.416", "forged", rider.account, "\\u"):
        assert secret not in written, secret
    assert written.isascii()


async def test_a_report_of_a_guest_shows_the_guest_no_more_than_a_rider(town: TestTown) -> None:
    await accepted(town, POTHOLE)
    guest = await town.stranger("路人甲")
    await guest.says("垃圾成堆，人民路幼儿园", photo="heap.jpg")
    await guest.says("进度 0001")
    await guest.says("进度 0002")
    assert guest.hears("progress.unknown") and guest.hears("progress.head", number="0002")
    assert not guest.hears("progress.head", number="0001")
