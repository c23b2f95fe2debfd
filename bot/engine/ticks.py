"""Time as events: timers that have come and the county's recurring hours, each once over all processes."""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Final
from zoneinfo import ZoneInfo

from bot.chat.events import Due
from bot.chat.feature import Features
from bot.chat.schedule import Every, Monthly, Schedule
from bot.chat.wire import write_internal
from bot.domain.times import stored
from bot.engine import crash
from bot.engine.clock import Clock
from bot.engine.reading import INTERNAL
from storage import inbox, timers
from storage.database import Database, Tx
from storage.inbox import Arrival

_MOST: Final = 200

_Instant = tuple[str, datetime]  # name and due instant of a recurring tick


@dataclass(slots=True)
class Ticker:
    """Turns due instants into inbox rows; the row's key makes them happen once."""

    database: Database
    features: Features
    zone: ZoneInfo
    clock: Clock

    async def tick(self, until: datetime | None = None) -> list[str]:
        """Hand out what is due, a few hundred at most; returns the lanes to wake: call again until there are none.

        A row per due instant: repeated calls and other processes add none.
        """
        now = until or self.clock.now()
        async with self.database.read() as tx:
            due = await timers.due(tx, now, _MOST)
            recurring, fresh = await self._recurring(tx, now)
        arrivals = [_arrival(f"{timer.name}:{timer.key}", timer.name, timer.key, timer.due_at, now) for timer in due]
        # One lane a name: days that were missed are made up in their order.
        arrivals += [_arrival(name, name, stored(at), at, now) for name, at in recurring]
        if not arrivals and not fresh:
            return []
        async with self.database.write() as tx:
            await inbox.add(tx, arrivals)
            for timer in due:
                await timers.hand_out(tx, timer, now)
            for name, at in (*fresh, *recurring):
                await timers.set_tick(tx, name, at)
        crash.point("tick.committed")
        return list(dict.fromkeys(arrival.lane for arrival in arrivals))

    async def next_due(self) -> datetime | None:
        """The earliest instant at which something will be due."""
        now = self.clock.now()
        async with self.database.read() as tx:
            first = await timers.next_due(tx)
        coming = [next(instants(when, self.zone, now)) for _, when in self._ticks().items()]
        return min([at for at in (first, *coming) if at is not None], default=None)

    async def _recurring(self, tx: Tx, now: datetime) -> tuple[list[_Instant], list[_Instant]]:
        """Recurring instants since the last one; and, of ticks never seen before, the one they count from."""
        due: list[_Instant] = []
        fresh: list[_Instant] = []
        for name, when in self._ticks().items():
            last = await timers.last_tick(tx, name)
            if last is None:
                fresh.append((name, _previous(when, self.zone, now)))
                continue
            missed = takewhile(lambda at: at <= now, instants(when, self.zone, last))
            due += [(name, at) for at in islice(missed, _MOST)]
        return due, fresh

    def _ticks(self) -> Mapping[str, Schedule]:
        return {name: when for feature in self.features for name, (when, _) in feature.ticks.items()}


def _arrival(lane: str, name: str, key: str, due_at: datetime, now: datetime) -> Arrival:
    event_id = f"{name}:{key}:{stored(due_at)}"
    payload = write_internal(Due(event_id, name, key, due_at, now))
    return Arrival(INTERNAL, event_id, f"{INTERNAL}:{lane}", payload, now)


def instants(when: Schedule, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The due instants of a schedule after `after`, earliest first, without end."""
    if isinstance(when, Every):
        step = timedelta(minutes=when.minutes)
        at = datetime.fromtimestamp(after.timestamp() // step.total_seconds() * step.total_seconds(), after.tzinfo)
        while True:
            at += step
            yield at
    day = after.astimezone(zone).date()
    while True:
        if not isinstance(when, Monthly) or day.day == min(when.day, monthrange(day.year, day.month)[1]):
            at = datetime.combine(day, when.at, zone)
            if at > after:
                yield at.astimezone(after.tzinfo)
        day += timedelta(days=1)


def _previous(when: Schedule, zone: ZoneInfo, now: datetime) -> datetime:
    """The last due instant not after `now`: a new installation does not make up for the past."""
    back = timedelta(minutes=when.minutes * 2) if isinstance(when, Every) else timedelta(days=32)
    last = now
    for at in instants(when, zone, now - back):
        if at > now:
            break
        last = at
    return last
