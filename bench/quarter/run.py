"""One run: the play from the first morning to the last evening, and the oracle's judgement of what is left of it."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from bench.quarter import cast, plans, schedule
from bench.quarter.oracle import county
from bench.quarter.oracle.facts import Facts, Person, gather
from bench.quarter.oracle.worktime import Almanac
from bench.quarter.play import Play
from bench.quarter.town import QuarterTown
from bench.quarter.verdict import Judgement
from bot import holidays
from bot.county.files import default_dir
from tests.fake import GROUP


@dataclass(frozen=True)
class Settings:
    """What is played. `own_day`: so many days after the beginning the admin sets that day to worked or not."""

    cases: int
    weeks: int
    seed: int
    zone: ZoneInfo
    begin: date
    own_day: tuple[int, date, bool]
    china: bool = True  # its public holidays; else plain weeks
    riders: int = 70

    def __str__(self) -> str:
        return f"{self.cases:,} reports in {self.weeks} weeks from {self.begin} on, {self.zone}, seed {self.seed}"

    @property
    def starts(self) -> datetime:
        return datetime.combine(self.begin, time(), self.zone)

    @property
    def ends(self) -> datetime:
        return datetime.combine(self.begin + timedelta(weeks=self.weeks), time(), self.zone)

    @property
    def outages(self) -> list[tuple[datetime, datetime]]:
        first, last = (plans.instant(self.starts, day, at, self.zone) for day, at in plans.OUTAGE)
        return [(first, last)] if last < self.ends else []


def quarter(cases: int, weeks: int, seed: int, zone: ZoneInfo, begin: date) -> Settings:
    """With the Spring Festival; before it the county makes the day after it a day of rest."""
    return Settings(cases, weeks, seed, zone, begin, (36, date(2026, 2, 24), False))


def summer_time(cases: int, seed: int) -> Settings:
    """Four weeks in a zone where an hour is left out in the second night to Sunday, which is worked."""
    return Settings(
        cases, 4, seed, ZoneInfo("Europe/Berlin"), date(2026, 3, 16), (3, date(2026, 3, 29), True), china=False
    )


def judged(settings: Settings, progress: Callable[[datetime], None]) -> Judgement:
    """Play it, gather what is left of it, and let the oracle look at that alone."""
    with tempfile.TemporaryDirectory(dir=_in_memory()) as folder:
        made = asyncio.run(_play(settings, Path(folder), progress))
        facts = Facts(
            settings.zone, settings.ends, settings.outages, {one.id: one for one in _people(made.cast)}, GROUP
        )
        left = [(one.at, one.chat, one.id, one.edited) for one in made.town.log.left]
        deeds = [(deed.event, deed.what, deed.case, deed.days) for deed in made.deeds]
        gather(facts, Path(folder) / "quarter.db", left, deeds)
    published = county.published_days() if settings.china else {}
    span = settings.begin - timedelta(days=30), settings.begin + timedelta(weeks=settings.weeks + 13)
    return Judgement(facts, county.read(default_dir()), Almanac(settings.zone, published, facts.own_days, span))


async def _play(settings: Settings, folder: Path, progress: Callable[[datetime], None]) -> Play:
    days = {day: works for day, works in holidays.published().items() if day.year == settings.begin.year}
    known = days if settings.china else {}
    town = await QuarterTown.begin(folder, settings.zone, known, settings.starts)
    try:
        people = await cast.assemble(town, settings.riders)
        made = Play(town, people, settings.seed, settings.zone, known, settings.outages)
        plans.plan(made, settings.starts, settings.ends)
        _set_day(made, settings)
        drawn = schedule.reports(
            Random(settings.seed), settings.starts, settings.weeks, settings.cases, settings.riders
        )
        made.riders.plan(drawn)
        await made.run(settings.ends, progress)
        return made
    finally:
        await town.database.close()


def _set_day(made: Play, settings: Settings) -> None:
    day, what, works = settings.own_day
    at = plans.instant(settings.starts, day, time(20, 10), settings.zone)
    words = f"调休 {what.isoformat()} {'上班' if works else '休息'}"
    made.agenda.add(at, lambda: plans.say(made.cast.admin, words))


def _people(of: cast.Cast) -> Iterator[Person]:
    for rider in of.riders:
        yield Person(rider.id, rider.name, rider.account, "rider")
    for one in of.contacts.values():
        yield Person(one.person.id, one.person.name, one.person.account, "contact", one.agency, one.rank)
    for agency, leader in of.leaders.items():
        yield Person(leader.id, leader.name, leader.account, "leader", agency)
    for office in of.office:
        yield Person(office.id, office.name, office.account, "dispatcher")
    for verifier in of.verifiers:
        yield Person(verifier.id, verifier.name, verifier.account, "verifier")
    yield Person(of.admin.id, of.admin.name, of.admin.account, "admin")


def _in_memory() -> Path | None:
    """Where the machine keeps files in memory: a quarter commits some hundred thousand times."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() else None
