"""What the story tests of the loop do again and again: a case at the contact's, accepted, handled."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.case import CaseState
from tests.fake import Shown
from tests.town import Person, TestTown

POTHOLE = "路上有个大坑，客运站"  # pothole, P3, housing, verified by the reporter
GARBAGE = "垃圾成堆，人民路幼儿园"  # exposed_garbage, P3, urban_mgmt
FIRE_IN_WORDS = "路灯不亮，线杆着火了，客运站"  # a P3 category that the words make P1


def about(person: Person, words: str) -> Shown:
    """The newest message of the bot in the private chat that holds `words`, as it stands now."""
    for shown in reversed(person.chat):
        if shown.sender == "bot" and words in shown.text:
            return shown
    raise AssertionError(f"{person.name} sees nothing about {words}: {[shown.text for shown in person.chat]}")


async def accepted(town: TestTown, words: str = POTHOLE, agency: str = "housing") -> tuple[Person, Person]:
    """Rider and contact of case 1, which is accepted."""
    rider, contact = await town.rider("赵强"), await town.contact(agency, "刘工")
    await rider.says(words, photo="before.jpg", group=True)
    await contact.presses("接收")
    assert (await town.case(1)).state is CaseState.ACCEPTED
    return rider, contact


async def handled(town: TestTown, words: str = POTHOLE, agency: str = "housing") -> tuple[Person, Person]:
    """Rider and contact of case 1, which is mended and waits to be looked at."""
    rider, contact = await accepted(town, words, agency)
    await contact.says("已填平压实", photo="after.jpg", answers=about(contact, "0001"))
    assert (await town.case(1)).state is CaseState.VERIFYING
    return rider, contact


async def until(town: TestTown, day: int, hour: int, minute: int = 0) -> None:
    """Let time pass until this time of November 2026 in the county."""
    at = datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))
    await town.wait(seconds=(at - town.clock.now()).total_seconds())


def later(hours: float) -> timedelta:
    return timedelta(hours=hours)
