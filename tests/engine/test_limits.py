"""What one person may send: over it they are told once, and nothing that may be a report is lost."""

from dataclasses import replace

from bot.chat.work import Limits
from bot.engine.throttle import Throttle
from tests.fake import FakeClock, minutes
from tests.town import TestTown


def limited(town: TestTown, **most: int) -> None:
    """The town with other limits for one person."""
    limits = replace(Limits(), **most)
    town.engine.fetcher.limits = limits
    throttle = town.engine.intake.processor.routes.throttle
    throttle.most = limits.commands_minute


def test_a_window_opens_again_when_its_first_command_is_a_minute_old() -> None:
    clock, throttle = FakeClock(), Throttle(2)
    start = clock.now()
    assert throttle.free_at(1, start) is None
    assert throttle.free_at(1, start + minutes(0.5)) is None
    assert throttle.free_at(1, start + minutes(0.9)) == start + minutes(1)
    assert throttle.free_at(2, start + minutes(0.9)) is None, "another person is not held back"
    assert throttle.free_at(1, start + minutes(1)) is None


async def test_too_many_commands_are_answered_once_and_then_go_on(town: TestTown) -> None:
    limited(town, commands_minute=3)
    rider = await town.rider("赵强")
    for _ in range(8):
        await rider.says("帮助")
    assert rider.hears_times("core.too_fast") == 1
    await rider.says("路上有个大坑，客运站", photo="hole.jpg")
    assert (await town.case(1)).number == 1, "a report is never held back"
    before = len(rider.chat)
    await town.wait(minutes=2)
    await rider.says("帮助")
    assert len(rider.chat) > before + 1


async def test_photos_over_the_day_wait_and_are_kept(town: TestTown) -> None:
    limited(town, photos_day=1)
    rider = await town.rider("赵强")
    await rider.says("路上有个大坑，客运站", photo="one.jpg")
    await rider.says("路灯不亮，县图书馆", photo="two.jpg")
    assert await _states(town) == ["stored", "wanted"]
    await town.wait(hours=26)
    assert await _states(town) == ["stored", "stored"]


async def test_photos_that_would_be_gone_later_do_not_wait(town: TestTown) -> None:
    limited(town, photos_day=1)
    town.platform.abilities = replace(town.platform.abilities, media_last=False)
    rider = await town.rider("赵强")
    await rider.says("路上有个大坑，客运站", photo="one.jpg")
    await rider.says("路灯不亮，县图书馆", photo="two.jpg")
    assert await _states(town) == ["stored", "stored"]


async def _states(town: TestTown) -> list[str]:
    async with town.database.read() as tx:
        return [str(row["state"]) for row in await tx.all("SELECT state FROM photos ORDER BY id")]
