"""Time as events: timers that have come and the county's recurring hours, each once over all processes."""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from bot.chat.events import Due
from bot.chat.feature import Features
from bot.chat.schedule import Every, Monthly, Schedule
from bot.chat.wire import write_internal
from bot.domain.times import stored
from bot.engine import crash
from bot.engine.clock import APART, PLAUSIBLE, Clock
from bot.engine.reading import INTERNAL
from storage import inbox, timers
from storage.database import Database, Tx
from storage.inbox import Arrival

log = structlog.get_logger(__name__)

_MOST: Final = 200
_TOLD: Final = timedelta(hours=12)  # a clock with the wrong time zone is ahead by less

_Instant = tuple[str, datetime]  # name and due instant of a recurring tick


@dataclass(frozen=True, slots=True)
class _Recurring:
    """What there is to do about recurring ticks. Of the fresh and of those ahead: the instant to count from."""

    due: list[_Instant] = field(default_factory=list[_Instant])  # since the last one
    fresh: list[_Instant] = field(default_factory=list[_Instant])  # never seen before
    ahead: list[_Instant] = field(default_factory=list[_Instant])  # of the present: the clock went back

    @property
    def anything(self) -> bool:
        return bool(self.due or self.fresh or self.ahead)


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
            first = await timers.next_due(tx)
            found = await self._recurring(tx, now)
        timers_came = first is not None and first <= now
        if not timers_came and not found.anything:
            return []
        # One lane a name: days that were missed are made up in their order.
        recurring = [_arrival(name, name, stored(at), at, now) for name, at in found.due]
        async with self.database.write() as tx:
            due = await timers.hand_out(tx, now, _MOST) if timers_came else ()
            once = [_arrival(f"{one.name}:{one.key}", one.name, one.key, one.due_at, now) for one in due]
            await inbox.add_again(tx, once)
            await inbox.add(tx, recurring)
            for name, at in (*found.fresh, *found.due):
                await timers.set_tick(tx, name, at)
            for name, at in found.ahead:
                await _bring_back(tx, name, at, now)
        crash.point("tick.committed")
        return list(dict.fromkeys(arrival.lane for arrival in (*once, *recurring)))

    async def next_due(self) -> datetime | None:
        """The earliest instant at which something will be due."""
        now = self.clock.now()
        async with self.database.read() as tx:
            first = await timers.next_due(tx)
        coming = [next(instants(when, self.zone, now)) for _, when in self._ticks().items()]
        return min([at for at in (first, *coming) if at is not None], default=None)

    async def _recurring(self, tx: Tx, now: datetime) -> "_Recurring":
        found = _Recurring()
        for name, when in self._ticks().items():
            last = await timers.last_tick(tx, name)
            if last is None:
                found.fresh.append((name, _previous(when, self.zone, now)))
            elif last - now > APART and now >= PLAUSIBLE:
                found.ahead.append((name, _previous(when, self.zone, now)))
            else:
                missed = takewhile(lambda at: at <= now, instants(when, self.zone, last))
                found.due.extend((name, at) for at in islice(missed, _MOST))
        return found

    def _ticks(self) -> Mapping[str, Schedule]:
        return {name: when for feature in self.features for name, (when, _) in feature.ticks.items()}


def _arrival(lane: str, name: str, key: str, due_at: datetime, now: datetime) -> Arrival:
    event_id = f"{name}:{key}:{stored(due_at)}"
    payload = write_internal(Due(event_id, name, key, due_at, now))
    return Arrival(INTERNAL, event_id, f"{INTERNAL}:{lane}", payload, now)


async def _bring_back(tx: Tx, name: str, at: datetime, now: datetime) -> None:
    """Count a tick from the present again.

    What was handed out in the next hours stays done: nobody is told twice. What lies farther ahead belongs to days
    that nobody has lived, which the clock ran through; there everything comes when it is time.
    """
    log.warning("tick_brought_back", tick=name, to=stored(at))
    await timers.set_tick_back(tx, name, at)
    await inbox.forget_after(tx, INTERNAL, f"{INTERNAL}:{name}", f"{name}:{stored(now + _TOLD)}")


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
