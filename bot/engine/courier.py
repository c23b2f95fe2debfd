"""Sends what lies in the outbox: claim, pace, render, send, settle. One courier a platform over all processes."""

import asyncio
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from bot.chat.events import Address, NotDelivered, Platform
from bot.chat.messages import Lines
from bot.chat.platform import Lost, NeverWill, PlatformAdapter, Rendered, TryLater
from bot.chat.wire import Body, read_body, write_internal
from bot.engine import crash
from bot.engine.clock import Clock
from bot.engine.pace import Pacer
from bot.engine.process import INTERNAL
from bot.engine.render import Facts, Renderer, facts
from storage import cases, inbox, leases, outbox, said
from storage.database import Database, Tx
from storage.inbox import Arrival
from storage.outbox import Queued

log = structlog.get_logger(__name__)

_AT_ONCE: Final = 4
_RETRIES_S: Final = (1, 4, 15, 60, 300, 900)
_HOURLY: Final = 24
_GROUP_WAIT: Final = timedelta(minutes=5)  # a group message perhaps sent: an admin may say that it is there
_PHOTO_POLL: Final = timedelta(seconds=1)
_NO_BODY: Final = Body(Lines(()))
_NO_FACTS: Final = Facts("", None, {})


@dataclass(frozen=True, slots=True)
class _Job:
    queued: Queued
    body: Body
    known: Facts
    edits: str | None


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
    holder: str = field(default_factory=lambda: f"{os.getpid()}-{secrets.token_hex(4)}")
    _pacer: Pacer | None = None

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            self.woken.clear()
            if await self.once():
                continue
            try:
                await asyncio.wait_for(self.woken.wait(), timeout=await self._pause())
            except TimeoutError:
                continue

    async def once(self) -> int:
        """Send what may go now; returns how many rows were settled one way or another."""
        jobs, settled = await self._claim()
        crash.point("courier.claimed")
        await asyncio.gather(*(self._send(job) for job in jobs))
        return settled + len(jobs)

    async def release(self) -> None:
        """Let another process take over at once."""
        async with self.database.write() as tx:
            await leases.release(tx, self._lease_name(), self.holder)

    def _lease_name(self) -> str:
        return f"courier:{self.platform.name}"

    async def _pause(self) -> float:
        """Seconds until the next message may go, at most one: another process may have queued some."""
        async with self.database.read() as tx:
            at = await outbox.next_at(tx, self.platform.name)
        return 1.0 if at is None else min(1.0, max(0.01, (at - self.clock.now()).total_seconds()))

    async def _claim(self) -> tuple[list[_Job], int]:
        now, name = self.clock.now(), self.platform.name
        pacer, alone = await self._paced()
        jobs: list[_Job] = []
        async with self.database.write() as tx:
            if not await leases.take(tx, self._lease_name(), self.holder, now, now + self.lease):
                return [], 0
            # The only process, just started: whatever was being sent was left by the one before.
            await self._doubt(tx, await outbox.lost(tx, name, now + self.lease if alone else now))
            claimed = await outbox.claim(tx, name, now, now + self.lease, _AT_ONCE)
            for queued in claimed:
                job = await self._prepared(tx, queued, pacer)
                if job is not None:
                    jobs.append(job)
        return jobs, len(claimed) - len(jobs)

    async def _prepared(self, tx: Tx, queued: Queued, pacer: Pacer) -> _Job | None:
        """What is needed to send a claimed row, or None if it was dropped or has to wait."""
        now = self.clock.now()
        if not await self._still_true(tx, queued):
            await outbox.end(tx, queued.id, "dropped", "stale")
            return None
        mono = self.clock.monotonic()
        free = pacer.free_at(queued.chat, not queued.private, mono)
        if free > mono:
            await self._back(tx, queued, timedelta(seconds=free - mono), "pace", counts=False)
            return None
        if queued.kind == "reaction":
            pacer.note(queued.chat, not queued.private, mono)
            return _Job(queued, _NO_BODY, _NO_FACTS, None)
        body = read_body(queued.body)
        known = await facts(tx, queued, body, self.language)
        if known.waits and queued.photos_until is not None and now < queued.photos_until:
            await self._back(tx, queued, _PHOTO_POLL, "photos", counts=False)
            return None
        edits = await self._edits(tx, queued)
        if queued.only_edit and (edits is None or not self.platform.abilities.edits):
            await outbox.end(tx, queued.id, "dropped", "nothing to edit")
            return None
        pacer.note(queued.chat, not queued.private, mono, max(1, len(known.photos)))
        return _Job(queued, body, known, edits if self.platform.abilities.edits else None)

    async def _edits(self, tx: Tx, queued: Queued) -> str | None:
        if queued.slot is None:
            return None
        return await outbox.slot_message(tx, queued.platform, queued.chat, queued.slot)

    async def _still_true(self, tx: Tx, queued: Queued) -> bool:
        if queued.case_id is None or (queued.valid_round is None and not queued.valid_states):
            return True
        case = await cases.get(tx, queued.case_id)
        fits_round = queued.valid_round is None or case.round == queued.valid_round
        return fits_round and (not queued.valid_states or case.state in queued.valid_states)

    async def _send(self, job: _Job) -> None:
        queued = job.queued
        try:
            if queued.kind == "reaction":
                await self._react(queued)
                message = ""
            else:
                rendered = await self._rendered(job)
                message = (await self.platform.send(rendered)).message
            crash.point("courier.sent")
        except TryLater as later:
            await self._later(queued, later)
        except Lost:
            await self._lost(job)
        except NeverWill as never:
            await self._never(queued, never)
        except Exception as fault:
            log.error("delivery_failed", outbox=queued.id, error=type(fault).__name__, exc_info=fault)
            await self._retry(queued, type(fault).__name__)
        else:
            await self._noted(queued, message)
            crash.point("courier.noted")

    async def _rendered(self, job: _Job) -> Rendered:
        return await self.renderer.render(
            job.queued, job.body, job.known, self.platform.abilities, self.clock.now(), job.edits
        )

    async def _react(self, queued: Queued) -> None:
        message, _, emoji = queued.body.partition("\n")
        if not self.platform.abilities.reactions:
            return
        where = Address(Platform(queued.platform), queued.chat, queued.private)
        try:
            await self.platform.react(where, message, emoji)
        except (TryLater, Lost, NeverWill) as fault:
            log.info("reaction_failed", outbox=queued.id, error=type(fault).__name__)

    async def _noted(self, queued: Queued, message: str) -> None:
        async with self.database.write() as tx:
            await outbox.sent(tx, queued.id, message, self.clock.now())
            if queued.case_id is not None and message:
                await said.note(tx, queued.platform, queued.chat, message, queued.case_id)

    async def _later(self, queued: Queued, later: TryLater) -> None:
        if self._pacer is not None:
            self._pacer.hold(queued.chat if later.chat_only else "", self.clock.monotonic() + later.after_s)
        async with self.database.write() as tx:
            await self._back(tx, queued, timedelta(seconds=later.after_s), later.reason, counts=False)

    async def _lost(self, job: _Job) -> None:
        """The answer was lost. An edit may be repeated; a personal message once; a group is asked about."""
        if job.edits is not None:
            await self._retry(job.queued, "lost")
            return
        async with self.database.write() as tx:
            if job.queued.state == "unknown":
                await self._give_up(tx, job.queued, "lost")
            else:
                await self._doubt(tx, [job.queued])

    async def _doubt(self, tx: Tx, doubtful: Sequence[Queued]) -> None:
        """Perhaps sent: a personal message goes once more, a group message only if no admin says that it is there."""
        now = self.clock.now()
        for queued in doubtful:
            wait = timedelta() if queued.private else _GROUP_WAIT
            await outbox.put_back(tx, queued.id, now + wait, counts=True, state="unknown", reason="lost")
            if not queued.private:
                await self._tell(tx, queued, "unclear")

    async def _never(self, queued: Queued, never: NeverWill) -> None:
        async with self.database.write() as tx:
            await outbox.end(tx, queued.id, "dead", never.reason)
            await self._tell(tx, queued, "unreachable" if never.unreachable else "refused")

    async def _retry(self, queued: Queued, reason: str) -> None:
        async with self.database.write() as tx:
            if queued.tries >= len(_RETRIES_S) + _HOURLY:
                await self._give_up(tx, queued, reason)
                return
            wait = _RETRIES_S[queued.tries] if queued.tries < len(_RETRIES_S) else 3600
            jitter = 0.9 + secrets.randbelow(21) / 100
            await self._back(tx, queued, timedelta(seconds=wait * jitter), reason, counts=True)

    async def _give_up(self, tx: Tx, queued: Queued, reason: str) -> None:
        await outbox.end(tx, queued.id, "dead", reason)
        await self._tell(tx, queued, "tired")

    async def _back(self, tx: Tx, queued: Queued, wait: timedelta, reason: str, *, counts: bool) -> None:
        at = self.clock.now() + wait
        await outbox.put_back(tx, queued.id, at, counts=counts, state=queued.state, reason=reason)

    async def _tell(self, tx: Tx, queued: Queued, reason: str) -> None:
        """Make an event of a delivery that failed: what follows is decided where everything is."""
        now = self.clock.now()
        event = NotDelivered(f"outbox:{queued.id}:{reason}:{queued.tries}", queued.id, reason, now)
        lane = f"{INTERNAL}:outbox:{queued.id}"
        await inbox.add(tx, [Arrival(INTERNAL, event.event_id, lane, write_internal(event), now)])
        self.wake(lane)

    async def _paced(self) -> tuple[Pacer, bool]:
        """The pacer, which after a restart knows what went out before; and whether this is that restart, alone."""
        if self._pacer is not None:
            return self._pacer, False
        pacer = Pacer(self.platform.pace)
        now, mono = self.clock.now(), self.clock.monotonic()
        longest = max((pace.seconds for pace in self.platform.pace), default=0.0)
        async with self.database.read() as tx:
            recent = await outbox.recently_sent(tx, self.platform.name, now - timedelta(seconds=longest))
        for chat, private, at in recent:
            pacer.note(chat, not private, mono - (now - at).total_seconds())
        self._pacer = pacer
        return pacer, self.database.exclusive
