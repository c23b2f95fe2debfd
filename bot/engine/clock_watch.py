"""The machine's clock was set, or the machine slept: noticed, written down, and told to the admins if it was long."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.chat.events import Due
from bot.chat.feature import Town
from bot.chat.messages import Outgoing, Text
from bot.domain.people import Role
from bot.domain.times import local_day, stored
from bot.engine.clock import APART, Clock
from bot.engine.queue import queue
from storage import ahead, audit, members
from storage.database import Database, Tx

log = structlog.get_logger(__name__)

_WORTH_TELLING: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Jump:
    """Where the clock stood (`start`) instead of where it should have stood by the time that had passed, and stands."""

    start: datetime
    end: datetime

    @property
    def by(self) -> timedelta:
        return self.end - self.start


@dataclass(slots=True)
class ClockWatch:
    """Compares the clock people see with the one that only counts on. One a running engine.

    The demo moves its clock only while no engine runs, so that is never taken for a jump.
    """

    database: Database
    clock: Clock
    town: Town
    _seen: tuple[datetime, float] | None = None
    _unwritten: list[Jump] = field(default_factory=list[Jump])

    async def look(self, rested_s: float | None = None) -> bool:
        """Look at both clocks; True if admins are to be told something.

        `rested_s`: since the last look there was only a rest of that length. So a machine that slept is found even
        where the counting clock went on in its sleep.

        Raises:
            Retry: it could not be written; the next look writes it.
        """
        jump = self._jump(rested_s)
        if jump is not None:
            log.warning("clock_jumped", seconds=round(jump.by.total_seconds()), to=stored(jump.end))
            self._unwritten.append(jump)
        if not self._unwritten:
            return False
        async with self.database.write() as tx:
            for one in self._unwritten:
                await _note(tx, one, self.town)
        told = any(_is_long(one) for one in self._unwritten)
        self._unwritten.clear()
        return told

    def _jump(self, rested_s: float | None) -> Jump | None:
        now, counted = self.clock.now(), self.clock.monotonic()
        before, self._seen = self._seen, (now, counted)
        if before is None:
            return None
        passed = counted - before[1]
        should = before[0] + timedelta(seconds=passed if rested_s is None else min(passed, rested_s))
        return Jump(should, now) if abs(now - should) > APART else None


async def _note(tx: Tx, jump: Jump, town: Town) -> None:
    detail = f"{jump.by.total_seconds():+.0f} s, from {stored(jump.start)} to {stored(jump.end)}"
    await audit.note(tx, jump.end, None, "clock.jumped", "machine", detail)
    back = jump.by < timedelta()
    if back:
        await ahead.bring_back(tx, jump.end)
    if not _is_long(jump):
        return
    said = Text("core.clock_back" if back else "core.clock_ahead", {"length": abs(jump.by)})
    # Once a day and direction: several processes of a machine see the same, and a laptop sleeps often.
    once = f"clock:{'back' if back else 'ahead'}:{local_day(jump.end, town.zone)}"
    due = Due(once, "core.clock", once, jump.end, jump.end)
    for admin in await members.holders(tx, Role.ADMIN):
        await queue(tx, Outgoing(admin, said, once=f"{once}:{admin}"), due, town)


def _is_long(jump: Jump) -> bool:
    return abs(jump.by) > _WORTH_TELLING
