"""One event, one transaction: the row is done, the one handler runs, what is to be said is queued."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import structlog

from bot.chat.events import Event, Incoming, Ordered, Pressed
from bot.chat.feature import Town, Work
from bot.chat.messages import Acknowledge, Arg, Lines, Text, Until, answer
from bot.domain.case import CaseState
from bot.domain.people import SYSTEM, Member
from bot.domain.refusal import Refused
from bot.engine import crash, identity
from bot.engine.answering import Answers
from bot.engine.aside import set_aside
from bot.engine.cascade import Cascade
from bot.engine.clock import Clock
from bot.engine.here import brought
from bot.engine.in_force import TownInForce
from bot.engine.queue import queue
from bot.engine.reading import Reader, Unreadable, read_event
from bot.engine.route import Denied, Routes
from storage import audit, inbox, members
from storage.database import Database, Retry, Stale, Tx, Unknown
from storage.inbox import Kept

log = structlog.get_logger(__name__)

_AT_ONCE: Final = 3
_WAITS_S: Final = (1, 10, 60)
# Refusals that say: not yours, or not ours (a forged button). They are audited like a role that is missing.
_DENIALS: Final = frozenset({"case.unknown", "core.button_void", "core.button_foreign"})


class Outcome(StrEnum):
    DONE = "done"
    SEEN = "seen"
    REFUSED = "refused"
    LATER = "later"
    SET_ASIDE = "set_aside"


@dataclass(slots=True)
class _Run:
    """What one run of an event leaves for after the commit."""

    outcome: Outcome = Outcome.DONE
    acknowledgements: list[Acknowledge] = field(default_factory=list[Acknowledge])


@dataclass(slots=True)
class Processor:
    """Runs events. `signs`: platforms that know reactions. `acknowledge` is called after the commit, `committed` whenever rows may wait for others."""

    database: Database
    routes: Routes
    town: Town
    clock: Clock
    readers: Mapping[str, Reader]
    signs: frozenset[str]
    acknowledge: Callable[[Acknowledge], Awaitable[None]]
    committed: Callable[[], None]
    _in_force: TownInForce = field(init=False)

    def __post_init__(self) -> None:
        self._in_force = TownInForce(self.town)

    async def process(self, kept: Kept) -> Outcome:
        """Run one arrival to its end. Never raises for what the event does, only for a lost database.

        Raises:
            Retry: not even the failure could be noted; the row is as it was.
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
        event = read_event(kept, self.readers)

        async def body(tx: Tx) -> _Run:
            if not await inbox.finish(tx, kept.id, self.clock.now()):
                run = _Run(Outcome.SEEN)
            elif event is None or (ours := await self._ours(tx, event)) is None:
                run = _Run()
            else:
                run = await self._handled(tx, kept, ours)
            if isinstance(event, Pressed) and not run.acknowledgements:
                run.acknowledgements.append(Acknowledge(event))
            crash.point("process.finished")
            return run

        return await self.database.apply(body)

    async def _ours(self, tx: Tx, event: Event) -> Event | None:
        """The event if it is for us; what was said in a group just before it moved is heard where the group is now."""
        if not isinstance(event, Incoming) or await self.routes.hears(tx, event):
            return event
        if event.edited:
            return None  # nobody could tell of which message
        moved = await brought(tx, event)
        return moved if moved is not event and await self.routes.hears(tx, moved) else None

    async def _handled(self, tx: Tx, kept: Kept, event: Event) -> _Run:
        answers = Answers(self.routes)
        work = Work(tx, town=await self._in_force.read(tx, event.at), actor=await self._actor(tx, event))
        if isinstance(event, Incoming | Pressed):
            # Outside the savepoint: what is refused was a contact all the same.
            await self._cascade(work, event).carry_out(await answers.greeting(event, work))
        try:
            async with tx.savepoint():
                cascade = self._cascade(work, event)
                await cascade.carry_out(await answers.answer(event, work))
        except Refused as no:
            return _Run(Outcome.REFUSED, await self._refuse(tx, kept, event, work.actor, no))
        return _Run(Outcome.DONE, cascade.acknowledgements)

    def _cascade(self, work: Work, event: Event) -> Cascade:
        return Cascade(work.tx, event, self.routes.router, work.town, self.signs)

    async def _actor(self, tx: Tx, event: Event) -> Member:
        if isinstance(event, Incoming | Pressed):
            return await identity.who(tx, event, self.town)
        return await members.get(tx, event.by if isinstance(event, Ordered) else SYSTEM)

    async def _refuse(self, tx: Tx, kept: Kept, event: Event, actor: Member, no: Refused) -> list[Acknowledge]:
        await inbox.refuse(tx, kept.id, no.key)
        if isinstance(no, Denied) or no.key in _DENIALS:
            await audit.note(tx, event.at, actor.id, "action.denied", no.what if isinstance(no, Denied) else no.key)
        text = Text(no.key, {name: _arg(value) for name, value in no.args_of_text.items()})
        if isinstance(event, Pressed):
            return [Acknowledge(event, text, alert=True)]
        if isinstance(event, Incoming):
            await queue(tx, answer(event, text), event, self.town)
        else:
            log.warning("refused", inbox=kept.id, text_key=no.key)
        return []

    async def _failed(self, kept: Kept, fault: Exception) -> Outcome:
        log.error("event_failed", inbox=kept.id, tries=kept.tries, error=type(fault).__name__, exc_info=fault)
        if kept.tries >= len(_WAITS_S):
            return await self._set_aside(kept, type(fault).__name__)
        async with self.database.write() as tx:
            at = self.clock.now() + timedelta(seconds=_WAITS_S[kept.tries])
            await inbox.postpone(tx, kept.id, at, type(fault).__name__)
        return Outcome.LATER

    async def _set_aside(self, kept: Kept, error: str) -> Outcome:
        log.error("event_set_aside", inbox=kept.id, error=error)
        sender = self._sender(kept)
        async with self.database.write() as tx:
            if not await set_aside(tx, kept, error, sender, self.town, self.clock.now()):
                return Outcome.SEEN
        self.committed()
        if isinstance(sender, Pressed):
            await self.acknowledge(Acknowledge(sender))
        return Outcome.SET_ASIDE

    def _sender(self, kept: Kept) -> Incoming | Pressed | None:
        try:
            event = read_event(kept, self.readers)
        except Unreadable:
            return None
        return event if isinstance(event, Incoming | Pressed) else None


def _arg(value: object) -> Arg:
    """An argument of a refusal as a text takes it: a state by its name in the reader's language."""
    if isinstance(value, CaseState):
        return Text(f"state.{value}")
    if isinstance(value, str | int | datetime | timedelta | Until | Text | Lines):
        return value
    raise TypeError(f"a refusal with an argument of type {type(value).__name__}")
