"""The quarter as a play: the next thing people mean to do or the county's clock has to do, one after the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from zoneinfo import ZoneInfo

from bench.quarter.agenda import Agenda, Deed
from bench.quarter.cast import Cast
from bench.quarter.contacts import Contacts
from bench.quarter.moves import Moves
from bench.quarter.office import Office
from bench.quarter.riders import Riders
from bench.quarter.town import QuarterTown, after


@dataclass(repr=False)
class Play:
    """Everybody together. `outages`: from when until when the bot is away."""

    town: QuarterTown
    cast: Cast
    seed: int
    zone: ZoneInfo
    workdays: Mapping[date, bool]
    outages: Sequence[tuple[datetime, datetime]] = ()
    agenda: Agenda = field(default_factory=Agenda)
    deeds: list[Deed] = field(default_factory=list[Deed])
    events: int = 0

    def __post_init__(self) -> None:
        self.random = Random(f"{self.seed}:play")
        self.moves = Moves(self.town.database)
        self.contacts = Contacts(self)
        self.riders = Riders(self)
        self.office = Office(self)
        self._coming = sorted(self.outages)

    async def run(self, until: datetime, progress: Callable[[datetime], None]) -> None:
        """Let time pass until then, visiting every instant in order."""
        while True:
            await self._react()
            at = await self._next()
            if at is None or at > until:
                return
            progress(at)
            await self._go_to(at)

    async def _next(self) -> datetime | None:
        """The next instant at which somebody does something; while the bot is away its own hours do not come."""
        found = [self.agenda.next_at, *(span[0 if not self.town.away else 1] for span in self._coming[:1])]
        if not self.town.away:
            found.append(await self.town.next_instant())
        return min((at for at in found if at is not None), default=None)

    async def _go_to(self, at: datetime) -> None:
        self.town.clock.move(max(at, self.town.clock.now()))
        self.events += 1
        if self._coming and self.town.away and at >= self._coming[0][1]:
            self._coming.pop(0)
            await self.town.come_back()
        elif self._coming and not self.town.away and at >= self._coming[0][0]:
            self.town.away = True
        if self.agenda.next_at is not None and self.agenda.next_at <= at:
            await self.agenda.take()()
        if not self.town.away:
            await self.town.work_off()

    async def _react(self) -> None:
        """Everybody sees what has happened since."""
        for move in await self.moves.news():
            self.contacts.see(move)
            self.riders.see(move)
        fresh, self.town.log.fresh = self.town.log.fresh, []
        for chat, shown in fresh:
            self.office.see(chat, shown)

    def did(self, what: str, case: int, days: int = 0) -> None:
        """Note what somebody has just done and no row of a case tells."""
        self.deeds.append(Deed(self.town.last_event, what, case, days))

    def later(self, **length: float) -> datetime:
        return after(self.town.clock.now(), **length)

    def works(self, day: date) -> bool:
        """Whether contacts look at their phones that day; they know the make-up days as everybody does."""
        return self.workdays.get(day, day.weekday() < 5)
