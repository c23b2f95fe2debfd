"""Sends what lies in the outbox: claim, pace, render, send, settle. One courier a platform over all processes."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from bot.chat.events import Address, Platform
from bot.chat.messages import Lines
from bot.chat.platform import (
    Elsewhere,
    Lost,
    NeverWill,
    NothingToEdit,
    PlatformAdapter,
    Rendered,
    Sent,
    TryLater,
)  # fmt: skip
from bot.chat.wire import Body, read_body
from bot.engine import crash
from bot.engine.claimed import counted, pacer_so_far, shown_before, still_true
from bot.engine.clock import Clock
from bot.engine.pace import Pacer
from bot.engine.render import Facts, Renderer, facts
from bot.engine.settle import Note, Settler
from bot.engine.turn import Turn
from storage import outbox
from storage.database import Database, Tx
from storage.outbox import Queued, Shown

log = structlog.get_logger(__name__)

_AT_ONCE: Final = 4
_PHOTO_POLL: Final = timedelta(seconds=1)
_LOOK_S: Final = 1.0  # another process may have queued something
_STOP_S: Final = 6.0
_WHOEVER: Final = timedelta(days=1)  # longer than any lease
_NO_BODY: Final = Body(Lines(()))
_NO_FACTS: Final = Facts("", None, {})


@dataclass(frozen=True, slots=True)
class _Job:
    queued: Queued
    body: Body
    known: Facts
    edits: Shown | None


@dataclass(slots=True)
class Courier:
    """`wake` is told the lane of an event (a failed delivery) it has committed."""

    database: Database
    platform: PlatformAdapter
    renderer: Renderer
    clock: Clock
    language: str
    wake: Callable[[str], None]
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    lease: timedelta = timedelta(seconds=60)  # how long a sender that fell silent keeps its messages and its turn
    _pacer: Pacer | None = None
    _turn: Turn = field(init=False)
    _settler: Settler | None = None
    _claiming: asyncio.Task[int] | None = None
    _flying: "set[asyncio.Task[Note]]" = field(default_factory=set["asyncio.Task[Note]"])
    _notes: list[Note] = field(default_factory=list[Note])  # of what has landed, not written down yet

    def __post_init__(self) -> None:
        self._turn = Turn(f"courier:{self.platform.name}", self.lease)

    @property
    def settler(self) -> Settler:
        if self._settler is None:
            loop = asyncio.get_running_loop()
            wake: Callable[[str], object] = partial(loop.call_soon_threadsafe, self.wake)
            self._settler = Settler(self.clock, wake)
        return self._settler

    async def run(self) -> None:
        """Send until cancelled; what is being sent then is finished all the same (see `release`).

        Whatever is done makes room for the next at once, so one slow send holds up no other chat.
        """
        while True:
            self.woken.clear()
            if room := _AT_ONCE - len(self._flying):
                self._claiming = asyncio.create_task(self._launch(room))
                if await asyncio.shield(self._claiming):
                    continue
            await self._something(await self._pause() if room else _LOOK_S)

    async def once(self) -> int:
        """Send what may go now; returns how many rows were settled one way or another."""
        jobs, settled = await self._claim(_AT_ONCE)
        crash.point("courier.claimed")
        self._notes += await asyncio.gather(*(self._send(job) for job in jobs))
        await self._note()
        return settled + len(jobs)

    async def release(self) -> None:
        """Finish what is being sent and let another process take over at once."""
        await self.land(_STOP_S)
        for task in (self._claiming, *self._flying):
            if task is not None:
                task.cancel()
        await asyncio.sleep(0)  # what has just landed hands in its note
        await self._note()
        async with self.database.write() as tx:
            await self._turn.give_up(tx)

    async def land(self, most_s: float) -> None:
        """Wait for what is being sent, so many seconds at most for each step."""
        if self._claiming is not None:
            await asyncio.wait([self._claiming], timeout=most_s)
        if self._flying:
            await asyncio.wait(self._flying, timeout=most_s)

    async def _launch(self, room: int) -> int:
        """Note what has landed, and begin to send up to `room` messages; returns how many rows were claimed."""
        jobs, settled = await self._claim(room)
        crash.point("courier.claimed")
        for job in jobs:
            task = asyncio.create_task(self._send(job))
            self._flying.add(task)
            task.add_done_callback(self._landed)
        return settled + len(jobs)

    def _landed(self, task: "asyncio.Task[Note]") -> None:
        self._flying.discard(task)
        if not task.cancelled():
            self._notes.append(task.result())
        self.woken.set()

    async def _note(self) -> None:
        """Write down what has landed; what could not be written while the database is away is kept for the next time."""
        if notes := tuple(self._notes):
            await self.database.apply(partial(_written, notes))
            self._forget(notes)

    def _forget(self, notes: Sequence[Note]) -> None:
        if notes:
            del self._notes[: len(notes)]
            crash.point("courier.noted")

    async def _something(self, most_s: float) -> None:
        """Wait until something was queued or landed, or so many seconds."""
        try:
            await asyncio.wait_for(self.woken.wait(), timeout=most_s)
        except TimeoutError:
            return

    async def _pause(self) -> float:
        """Seconds until the next message may go."""
        if not self._turn.has:
            return _LOOK_S
        async with self.database.read() as tx:
            at = await outbox.next_at(tx, self.platform.name)
        return _LOOK_S if at is None else min(_LOOK_S, max(0.01, (at - self.clock.now()).total_seconds()))

    async def _claim(self, most: int) -> tuple[list[_Job], int]:
        """Take what may go now; returns the messages to be sent, and how many rows were settled otherwise.

        What has landed is noted in the same transaction, for it may stand before what comes next.
        """
        settler = self.settler  # made here: the transaction may run in the database's own thread
        notes = tuple(self._notes)

        async def body(tx: Tx) -> tuple[list[_Job], int, Pacer | None]:
            now, name = self.clock.now(), self.platform.name
            await _written(notes, tx)
            pacer, alone = await self._begin(tx)
            if pacer is None:
                return [], 0, self._pacer
            # The only process, just started: whatever was being sent was left by the one before.
            await settler.doubt(tx, await outbox.lost(tx, name, now + _WHOEVER if alone else now))
            claimed = await outbox.claim(tx, name, now, now + self.lease, most)
            found = [await self._prepared(tx, queued, pacer) for queued in claimed]
            jobs = [job for job in found if job is not None]
            return jobs, len(claimed) - len(jobs), pacer

        jobs, settled, self._pacer = await self.database.apply(body)
        self._forget(notes)
        return jobs, settled

    async def _begin(self, tx: Tx) -> tuple[Pacer | None, bool]:
        """Take the turn: the pacer, None if another process has the turn; and whether this is a first turn, alone."""
        alone = self._pacer is None and self.database.exclusive
        if not self.platform.at_hand:
            if self._turn.has:
                await self._turn.give_up(tx)
        elif alone:
            await self._turn.seize(tx, self.clock.now())
        elif not await self._turn.take(tx, self.clock.now()):
            self._pacer = None  # another process sent meanwhile
        if not self._turn.has:
            return None, False
        return self._pacer or await pacer_so_far(tx, self.platform, self.clock), alone

    async def _prepared(self, tx: Tx, queued: Queued, pacer: Pacer) -> _Job | None:
        """What is needed to send a claimed row, or None if it was dropped or has to wait."""
        if not await still_true(tx, queued):
            await outbox.end(tx, queued.id, "dropped", "stale")
            return None
        job = await self._job(tx, queued)
        if job is None:
            return None
        mono = self.clock.monotonic()
        items = counted(queued, job.body, self.platform.abilities)
        free = pacer.free_at(queued.chat, not queued.private, mono, items)
        if free > mono:
            await self.settler.put_back(tx, queued, timedelta(seconds=free - mono), "pace")
            return None
        pacer.note(queued.chat, not queued.private, mono, items)
        return job

    async def _job(self, tx: Tx, queued: Queued) -> _Job | None:
        if queued.kind == "reaction":
            return _Job(queued, _NO_BODY, _NO_FACTS, None)
        body = read_body(queued.body)
        known = await facts(tx, queued, body, self.language)
        if known.waits and queued.photos_until is not None and self.clock.now() < queued.photos_until:
            await self.settler.put_back(tx, queued, _PHOTO_POLL, "photos")
            return None
        edits = await shown_before(tx, queued, self.platform.abilities)
        if queued.only_edit and edits is None:
            await outbox.end(tx, queued.id, "dropped", "nothing to edit")
            return None
        return _Job(queued, body, known, edits)

    async def _send(self, job: _Job) -> Note:
        """Send it; returns what is to be noted of it."""
        queued = job.queued
        try:
            sent, pictures = await self._delivered(job)
        except TryLater as later:
            self._hold(queued, later)
            if later.counts:
                return self.settler.failed(queued, later.reason)
            return self.settler.back(queued, timedelta(seconds=later.after_s), later.reason)
        except Lost:
            return self.settler.lost(queued, edited=job.edits is not None)
        except Elsewhere as moved:
            return self.settler.elsewhere(queued, moved.to)
        except NothingToEdit as gone:
            return self._not_changed(job, gone)
        except NeverWill as never:
            return self.settler.never(queued, never)
        except Exception as fault:  # one of the three places where everything is caught
            log.error("delivery_failed", outbox=queued.id, error=type(fault).__name__, exc_info=fault)
            return self.settler.failed(queued, type(fault).__name__)
        crash.point("courier.sent")
        return self.settler.sent(queued, sent, pictures)

    def _not_changed(self, job: _Job, gone: NothingToEdit) -> Note:
        if job.edits is None:
            return self.settler.never(job.queued, gone)
        if gone.stays and job.queued.only_edit:
            return self.settler.unchanged(job.queued)
        return self.settler.vanished(job.queued, job.edits.message)

    def _hold(self, queued: Queued, later: TryLater) -> None:
        if self._pacer is not None:
            self._pacer.hold(queued.chat if later.chat_only else "", self.clock.monotonic() + later.after_s)

    async def _delivered(self, job: _Job) -> tuple[Sent, int]:
        """Send it; returns the platform's id of the message, and how many pictures it shows."""
        if job.queued.kind == "reaction":
            await self._react(job.queued)
            return Sent(""), 0
        message = await self._rendered(job)
        return await self.platform.send(message), max(message.had, len(message.pictures))

    async def _rendered(self, job: _Job) -> Rendered:
        return await self.renderer.render(
            job.queued, job.body, job.known, self.platform.abilities, self.clock.now(), job.edits
        )

    async def _react(self, queued: Queued) -> None:
        message, _, emoji = queued.body.partition("\n")
        where = Address(Platform(queued.platform), queued.chat, queued.private)
        try:
            await self.platform.react(where, message, emoji)
        except (TryLater, Lost, NeverWill, Elsewhere) as fault:
            log.info("reaction_failed", outbox=queued.id, error=type(fault).__name__)
            if isinstance(fault, TryLater):
                self._hold(queued, fault)


async def _written(notes: Sequence[Note], tx: Tx) -> None:
    for note in notes:
        await note(tx)
