"""One event, one transaction: the row is done, the one handler runs, what is to be said is queued."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import structlog

from bot.chat.events import (
    Due,
    Event,
    Incoming,
    NotDelivered,
    Ordered,
    PhotoFailed,
    PhotoStored,
    Pressed,
)
from bot.chat.feature import Feature, Town, Work
from bot.chat.messages import Acknowledge, Arg, Effect, Effects, Lines, Outgoing, React, Text, Until, answer
from bot.chat.platform import Raw
from bot.chat.routing import Router
from bot.chat.wire import read_internal
from bot.domain.case import CaseMoved, CaseState, Move
from bot.domain.people import SYSTEM, Member, Role
from bot.domain.refusal import Refused
from bot.engine import crash, identity
from bot.engine.clock import Clock
from bot.engine.queue import queue, queue_reaction
from bot.engine.route import Denied, Routes
from storage import audit, cases, inbox, members, timers
from storage.database import Database, Retry, Stale, Tx, Unknown
from storage.inbox import Kept

log = structlog.get_logger(__name__)

INTERNAL: Final = "engine"  # source of events of our own in the inbox
_AT_ONCE: Final = 3
_WAITS_S: Final = (1, 10, 60)
_DEEPEST: Final = 8

Reader = Callable[[Raw], Incoming | Pressed | None]


class Outcome(StrEnum):
    DONE = "done"
    SEEN = "seen"
    REFUSED = "refused"
    LATER = "later"
    SET_ASIDE = "set_aside"


class Unreadable(Exception):
    """An update that its adapter cannot read: no try will help."""


@dataclass(slots=True)
class _Run:
    """What one run of an event leaves for after the commit."""

    outcome: Outcome = Outcome.DONE
    acknowledgements: list[Acknowledge] = field(default_factory=list[Acknowledge])


@dataclass(slots=True)
class Processor:
    """Runs events. `acknowledge` is called after the commit, `committed` whenever rows may wait for others."""

    database: Database
    routes: Routes
    town: Town
    clock: Clock
    readers: Mapping[str, Reader]
    acknowledge: Callable[[Acknowledge], Awaitable[None]]
    committed: Callable[[], None]

    @property
    def router(self) -> Router:
        return self.routes.router

    async def process(self, kept: Kept) -> Outcome:
        """Run one arrival to its end. Never raises for what the event does, only for a lost database.

        Raises:
            Unknown: a commit failed after an fsync error: the process has to end and start anew.
        """
        try:
            run = await self._tries(kept)
        except Unreadable as fault:
            return await self._set_aside(kept, f"unreadable: {fault}")
        except Unknown:
            raise
        except Exception as fault:  # noqa: BLE001 - one of the three places where everything is caught
            return await self._failed(kept, fault)
        self.committed()
        for acknowledgement in run.acknowledgements:
            await self.acknowledge(acknowledgement)
        return run.outcome

    async def _tries(self, kept: Kept) -> _Run:
        for last in (False,) * (_AT_ONCE - 1) + (True,):
            try:
                return await self._once(kept)
            except (Stale, Retry):
                if last:
                    raise
            except Unknown as fault:
                # The next run looks the event up by its row and stops if the commit did happen.
                if fault.restart or last:
                    raise
        raise AssertionError("unreachable")

    async def _once(self, kept: Kept) -> _Run:
        event = self._event(kept)

        async def body(tx: Tx) -> _Run:
            run = _Run()
            if not await inbox.finish(tx, kept.id, self.clock.now()):
                run.outcome = Outcome.SEEN
            elif event is not None:
                await self._handle(tx, kept, event, run)
            crash.point("process.finished")
            return run

        return await self.database.apply(body)

    def _event(self, kept: Kept) -> Event | None:
        arrival = kept.arrival
        if arrival.source == INTERNAL:
            return read_internal(arrival.event_id, arrival.payload, arrival.at)
        reader = self.readers.get(arrival.source)
        if reader is None:
            raise Unreadable(f"no platform {arrival.source} here")
        try:
            return reader(Raw(arrival.event_id, arrival.lane, arrival.payload, arrival.at))
        except (ValueError, KeyError, TypeError) as fault:
            raise Unreadable(type(fault).__name__) from fault

    async def _handle(self, tx: Tx, kept: Kept, event: Event, run: _Run) -> None:
        actor = await self._actor(tx, event)
        try:
            async with tx.savepoint():
                effects = await self._answered(event, Work(tx, actor, self.town))
                await self._carry_out(tx, event, effects, run)
        except Refused as no:
            run.outcome = Outcome.REFUSED
            run.acknowledgements.clear()
            await self._refuse(tx, kept, event, actor, no, run)
        if isinstance(event, Pressed) and not event.said and not run.acknowledgements:
            run.acknowledgements.append(Acknowledge(event))

    async def _actor(self, tx: Tx, event: Event) -> Member:
        if isinstance(event, Incoming | Pressed):
            return await identity.who(tx, event, self.town)
        return await members.get(tx, event.by if isinstance(event, Ordered) else SYSTEM)

    async def _answered(self, event: Event, work: Work) -> Effects:
        match event:
            case Incoming():
                return [*await self._greeting(event, work), *await self.routes.of_words(event, work)]
            case Pressed():
                return [*await self._greeting(event, work), *await self.routes.of_press(event, work)]
            case Due():
                return await self._due(event, work)
            case Ordered():
                for feature in self.router.features:
                    if event.name in feature.orders:
                        return await feature.orders[event.name](event, work)
                raise Refused("core.unknown_order")
            case PhotoStored():
                return [effect for f in self.router.features for on in f.on_stored for effect in await on(event, work)]
            case PhotoFailed():
                return [effect for f in self.router.features for on in f.on_failed for effect in await on(event, work)]
            case NotDelivered():
                return [
                    effect for f in self.router.features for on in f.on_undelivered for effect in await on(event, work)
                ]
            case _:
                return []

    async def _greeting(self, event: Incoming | Pressed, work: Work) -> Effects:
        for feature in self.router.features:
            if feature.greeting is not None:
                return await feature.greeting(event, work)
        return []

    async def _due(self, event: Due, work: Work) -> Effects:
        for feature in self.router.features:
            if event.name in feature.ticks:
                return await feature.ticks[event.name][1](event, work)
            if event.name in feature.dues:
                # Moved or cancelled since it was handed out: nothing is due any more.
                if not await timers.take(work.tx, event.name, event.key, event.due_at):
                    return []
                return await feature.dues[event.name](event, work)
        raise LookupError(f"nobody answers {event.name}")

    async def _carry_out(self, tx: Tx, event: Event, effects: Effects, run: _Run) -> None:
        """Queue what is said and offer each move to every feature, first in, first out."""
        moves: deque[tuple[CaseMoved, int]] = deque()
        await self._keep(tx, event, effects, run, moves, 1)
        while moves:
            moved, depth = moves.popleft()
            if depth > _DEEPEST:
                raise RuntimeError(f"moves of case {moved.after.id} do not come to an end")
            for feature, on in self.router.on_move(moved.move):
                now = replace(moved, after=await cases.get(tx, moved.after.id))
                answer_ = await self._answer_move(tx, feature, on.makes, on.handler(now, await self._system(tx, event)))
                await self._keep(tx, event, answer_, run, moves, depth + 1)

    async def _system(self, tx: Tx, event: Event) -> Work:
        return Work(tx, await members.get(tx, SYSTEM), self.town)

    async def _answer_move(
        self, tx: Tx, feature: Feature, makes: frozenset[Move], answering: Awaitable[Effects]
    ) -> Effects:
        try:
            effects = await answering
        except Refused as no:
            raise RuntimeError(f"{feature.name} refused inside a cascade: {no.key}") from no
        for effect in effects:
            if isinstance(effect, CaseMoved) and effect.move not in makes:
                raise RuntimeError(f"{feature.name} made the move {effect.move} without declaring it")
        return effects

    async def _keep(
        self,
        tx: Tx,
        event: Event,
        effects: Effects,
        run: _Run,
        moves: deque[tuple[CaseMoved, int]],
        depth: int,
    ) -> None:
        for effect in effects:
            await self._keep_one(tx, event, effect, run, moves, depth)

    async def _keep_one(
        self, tx: Tx, event: Event, effect: Effect, run: _Run, moves: deque[tuple[CaseMoved, int]], depth: int
    ) -> None:
        match effect:
            case Outgoing():
                await queue(tx, effect, event, self.town)
            case CaseMoved():
                moves.append((effect, depth))
            case React():
                await queue_reaction(tx, effect, event.at)
            case Acknowledge():
                run.acknowledgements.append(effect)

    async def _refuse(self, tx: Tx, kept: Kept, event: Event, actor: Member, no: Refused, run: _Run) -> None:
        await inbox.refuse(tx, kept.id, no.key)
        if isinstance(no, Denied):
            await audit.note(tx, event.at, actor.id, "action.denied", no.what)
        text = Text(no.key, {name: _arg(value) for name, value in no.args_of_text.items()})
        if isinstance(event, Pressed) and not event.said:
            run.acknowledgements.append(Acknowledge(event, text, alert=True))
        elif isinstance(event, Incoming):
            await queue(tx, answer(event, text), event, self.town)
        else:
            log.warning("refused", inbox=kept.id, text_key=no.key)

    async def _failed(self, kept: Kept, fault: Exception) -> Outcome:
        log.error("event_failed", inbox=kept.id, tries=kept.tries, error=type(fault).__name__, exc_info=fault)
        if kept.tries >= len(_WAITS_S):
            return await self._set_aside(kept, type(fault).__name__)
        async with self.database.write() as tx:
            at = self.clock.now() + timedelta(seconds=_WAITS_S[kept.tries])
            await inbox.postpone(tx, kept.id, at, type(fault).__name__)
        return Outcome.LATER

    async def _set_aside(self, kept: Kept, error: str) -> Outcome:
        """Park it with its payload: the sender gets one apology, every admin one alert, the lane goes on."""
        log.error("event_set_aside", inbox=kept.id, error=error)
        now = self.clock.now()
        async with self.database.write() as tx:
            if not await inbox.set_aside(tx, kept.id, now, error):
                return Outcome.SEEN
            await audit.note(tx, now, None, "event.set_aside", f"inbox:{kept.id}", error)
            event = self._sender_event(kept)
            if event is not None:
                await queue(tx, answer(event, Text("core.set_aside")), event, self.town)
            due = Due(f"aside:{kept.id}", "core.set_aside", str(kept.id), now, now)
            for admin in await members.holders(tx, Role.ADMIN):
                alert = Outgoing(
                    admin,
                    Text("core.set_aside_admin", {"inbox": kept.id, "error": error}),
                    once=f"aside:{kept.id}:{admin}",
                )
                await queue(tx, alert, due, self.town)
        self.committed()
        return Outcome.SET_ASIDE

    def _sender_event(self, kept: Kept) -> Incoming | None:
        try:
            event = self._event(kept)
        except Unreadable:
            return None
        return event if isinstance(event, Incoming) else None


def _arg(value: object) -> Arg:
    """An argument of a refusal as a text takes it: a state by its name in the reader's language."""
    if isinstance(value, CaseState):
        return Text(f"state.{value}")
    if isinstance(value, str | int | datetime | timedelta | Until | Text | Lines):
        return value
    raise TypeError(f"a refusal with an argument of type {type(value).__name__}")
