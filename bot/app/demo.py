"""The demo: an invented county with its people on one web page, and a clock that can be moved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final

from starlette.types import ASGIApp

import bot.demo
from bot import county
from bot.app.life import Life
from bot.app.opening import Opened
from bot.app.seed import GROUP, picker, seed
from bot.chat.events import Platform
from bot.chat.feature import Town
from bot.chat.platform import Raw
from bot.commands.wording import words
from bot.county import DemoPerson
from bot.domain.calendar import Calendar
from bot.domain.ladder import morning_at
from bot.domain.times import local_day
from bot.engine.clock import SystemClock
from bot.engine.engine import Engine
from bot.engine.in_force import TownInForce
from bot.platforms.sandbox import SandboxPlatform
from bot.web.county_map import draw_map
from bot.web.sandbox import SandboxPages
from bot.web.sandbox_view import SandboxScene, load_samples
from handlers.ranking.rules import CLOSE_AT
from storage import months, notes, outbox, photos
from storage.database import Database
from storage.months import Month, MonthState
from storage.sandbox import EVERYTHING, SandboxRows
from storage.wipe import is_empty, wipe

_OFFSET: Final = "demo.offset_s"
_MORNING: Final = time(9, 5)
_SOON: Final = timedelta(minutes=1)
_MONTH: Final = timedelta(days=31)
_AHEAD: Final = timedelta(minutes=30)
_OPENING: Final = ("rider-1", "contact-2", "admin-1")  # who take the prepared report to its end
# Prepared reports: each of another kind, at one place, so that none is like another and nobody flew from one to the next.
_TRIES: Final = {
    "pothole-before": "demo.try.pothole",
    "street-light-before": "demo.try.street_light",
    "bus-stop-before": "demo.try.bus_stop",
    "garbage-before": "demo.try.garbage",
    "guardrail-before": "demo.try.guardrail",
    "vending-before": "demo.try.vending",
}
_BATCH: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What is there before the engine: the sandbox as platform, its rows, and who acts."""

    folder: Path
    platform: SandboxPlatform
    rows: SandboxRows
    people: Sequence[DemoPerson]
    scene: SandboxScene


async def open_demo(parts: Opened, clock: SystemClock, folder: Path) -> Stage:
    """Set the clock as it was left, and people the county if it is empty."""
    rows = SandboxRows(parts.database)
    people = county.load_people(parts.settings.rulebook.dir, parts.town.rulebook)
    stage = Stage(
        folder=folder,
        platform=SandboxPlatform(rows, clock),
        rows=rows,
        people=people,
        scene=_scene(parts.town, people),
    )
    async with parts.database.read() as tx:
        kept = await notes.find(tx, _OFFSET)
    clock.offset = timedelta(seconds=float(kept or 0))
    if await is_empty(parts.database):
        await _begin(parts, clock, people)
    return stage


class Demo:
    """What the sandbox's page and the scripted morning can do beyond chatting."""

    def __init__(self, stage: Stage, parts: Opened, clock: SystemClock, life: Life) -> None:
        self.stage = stage
        self._parts = parts
        self._clock = clock
        self._life = life

    @property
    def desk(self) -> SandboxPlatform:
        """By which people write and press."""
        return self.stage.platform

    @property
    def rows(self) -> SandboxRows:
        """What was said and shown."""
        return self.stage.rows

    @property
    def scene(self) -> SandboxScene:
        """The people, their group, the sample photos."""
        return self.stage.scene

    @property
    def folder(self) -> Path:
        """Where the demo keeps its things; pictures it makes go here."""
        return self.stage.folder

    @property
    def database(self) -> Database:
        """To look at what became of it."""
        return self._parts.database

    def pages(self) -> ASGIApp:
        """The sandbox's web pages."""
        return SandboxPages(self.scene, self.rows, self.desk, self).app()

    def now(self) -> datetime:
        """What the demo's clock shows."""
        return self._clock.now()

    async def settle(self) -> None:
        """Let everything happen that can happen now; for a script, while the loops do not run."""
        engine = self._life.engine
        while pending := await self.rows.pending(_BATCH):
            await engine.intake.deliver(Platform.SANDBOX, [Raw(*update) for update in pending])
            await self.rows.delivered([update[0] for update in pending], self.now())
        await engine.drain()

    async def fast_forward(self, length: timedelta) -> None:
        """Let time pass, visiting each due instant in order."""
        async with self._life.at_rest() as engine:
            end = self.now() + length
            await self._work_off(engine)  # what is due by now would hide what comes next
            while (at := await self._next_instant()) is not None and at <= end:
                await self._move_to(at)
                await self._work_off(engine)
            await self._move_to(end)
            await self._work_off(engine)

    async def _work_off(self, engine: Engine) -> None:
        """Run what is due now, and what becomes due by it at the same instant."""
        while await engine.tick():
            await self.settle()
        await self.settle()

    async def until_morning(self) -> None:
        """Go on to the next working morning, when the contacts have just got their lists."""
        now, calendar = self.now(), (await self._town()).calendar
        await self.fast_forward(morning_at(calendar, now) + _SOON - now)

    async def until_month_end(self) -> None:
        """Go on to the next thing that happens to a month: its close, or the end of the days in which it is shown.

        A draft that nobody has published yet is waited for: only the next morning comes, with its reminder.
        """
        now, town = self.now(), await self._town()
        async with self._parts.database.read() as tx:
            newest = await months.list_newest(tx, 1)
        at = next_of_month(newest[0] if newest else None, now, town.calendar)
        await self.fast_forward(at + _SOON - now)

    async def wake_up(self) -> None:
        """Go on to a time at which people work, as a county left yesterday is met in the morning."""
        now = self.now()
        await self.fast_forward(working_instant(now, await self._town()) - now)

    async def _town(self) -> Town:
        async with self._parts.database.read() as tx:
            return await TownInForce(self._parts.town).read(tx, self.now())

    async def reset(self) -> None:
        """Begin anew with an empty county, the clock as at a first start."""
        async with self._life.at_rest():
            await wipe(self._parts.database)
            self._clock.offset = timedelta()
            await _begin(self._parts, self._clock, self.stage.people)
            await self._life.engine.prepare()
        self.rows.tell(EVERYTHING)

    async def _move_to(self, at: datetime) -> None:
        """Stored first: after a crash the clock must not show less than what has happened."""
        await _keep_offset(self._parts, self._clock, self._clock.offset + max(timedelta(), at - self.now()))

    async def _next_instant(self) -> datetime | None:
        """The next instant after now at which something is due, a message may leave or a photo is tried again."""
        due = await self._life.engine.ticker.next_due()
        async with self._parts.database.read() as tx:
            waiting = [due, await outbox.next_at(tx, Platform.SANDBOX), await photos.next_try(tx)]
        now = self.now()
        return min((at for at in waiting if at is not None and at > now), default=None)


async def _begin(parts: Opened, clock: SystemClock, people: Sequence[DemoPerson]) -> None:
    """People an empty county, at a time at which its contacts would hear something."""
    real = clock.now()
    await _keep_offset(parts, clock, working_instant(real, parts.town) - real)
    now = clock.now()
    group = words(parts.town.language)["demo.group"]
    await seed(parts.database, people, parts.town.rulebook, group, now, local_day(now, parts.town.zone))


async def _keep_offset(parts: Opened, clock: SystemClock, offset: timedelta) -> None:
    async with parts.database.write() as tx:
        await notes.put(tx, _OFFSET, str(offset.total_seconds()))
    clock.offset = offset


def next_of_month(newest: Month | None, now: datetime, calendar: Calendar) -> datetime:
    """When something next happens to a month; `newest`: the last one whose close has begun."""
    waits = newest is not None and newest.state in (MonthState.FREEZING, MonthState.FROZEN, MonthState.PUBLICITY)
    if not waits:
        return datetime.combine(
            (now.astimezone(calendar.zone).replace(day=1) + _MONTH).replace(day=1), CLOSE_AT, calendar.zone
        )
    until = newest.publicity_until if newest is not None else None
    if until is not None and until > now:
        return until
    return datetime.combine(calendar.next_workday(local_day(now, calendar.zone)), CLOSE_AT, calendar.zone)


def working_instant(at: datetime, town: Town) -> datetime:
    """`at` if people are at work and will be for a while, else 9:05 of the next working day."""
    if all(_is_good(moment, town) for moment in (at, at + _AHEAD)):
        return at
    day = local_day(at, town.zone)
    if not town.calendar.is_workday(day) or datetime.combine(day, _MORNING, town.zone) <= at:
        day = town.calendar.next_workday(day)
    return datetime.combine(day, _MORNING, town.zone)


def _is_good(at: datetime, town: Town) -> bool:
    """Whether contacts work and riders are not between two deliveries."""
    return town.calendar.working_now(at) and not town.quiet.is_quiet(at)


def _scene(town: Town, people: Sequence[DemoPerson]) -> SandboxScene:
    said = words(town.language)
    samples = load_samples(Path(bot.demo.__file__).with_name("photos.toml"))
    by_id = {sample.id: sample for sample in samples}
    return SandboxScene(
        county=town.name,
        bot=town.bot_name,
        group_chat=GROUP,
        group_name=said["demo.group"],
        zone=town.zone,
        people=picker(people, town.rulebook),
        opening=_OPENING,
        samples=samples,
        map=draw_map(town.rulebook),
        tries=[replace(by_id[name], caption=said[key]) for name, key in _TRIES.items()],
    )
