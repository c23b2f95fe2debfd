"""What the towns over real adapters share: time passes until nothing more can be done, and the rows can be read."""

from datetime import datetime, timedelta

from bot.domain.case import Case
from bot.domain.times import read
from bot.engine.engine import Engine
from storage import cases
from storage.database import Database, Row
from tests.fake import FakeClock


class RealTown:
    """Everything that can be done now is done when `settle` returns; nothing waits for a clock but the fake one."""

    engine: Engine
    clock: FakeClock
    database: Database

    async def heard(self) -> None:
        """Wait until all that people have said is in the inbox."""
        raise AssertionError("each town hears in its own way")

    @property
    def unheard(self) -> bool:
        """Whether something that was said is not in the inbox yet."""
        return False

    async def settle(self, *, hours: float = 0.0) -> None:
        """Let everything happen that can; the pace of the platform is waited for by moving the clock a little."""
        end = self.clock.now() + timedelta(hours=hours)
        for _ in range(600):
            await self.heard()
            await self.engine.drain()
            soon = await self._next(max(end, self.clock.now() + timedelta(seconds=65)))
            if soon is not None:
                self.clock.move(max(soon, self.clock.now()))
                await self.engine.tick()
            elif not self.unheard:
                break
        self.clock.move(max(end, self.clock.now()))
        await self.engine.tick()
        await self.engine.drain()

    async def _next(self, until: datetime) -> datetime | None:
        """When the next message may go, photo is tried or (within a wait) timer is due."""
        async with self.database.read() as tx:
            out = await tx.one("SELECT min(not_before) AS at FROM outbox WHERE state IN ('queued', 'unknown')")
            photo = await tx.one("SELECT min(next_try_at) AS at FROM photos WHERE state = 'wanted'")
            event = await tx.one("SELECT min(next_try_at) AS at FROM inbox WHERE state = 'new'")
            timer = await tx.one("SELECT min(due_at) AS at FROM timers WHERE handed_at IS NULL")
        found = [read(str(row["at"])) for row in (out, photo, event, timer) if row["at"] is not None]
        coming = [at for at in found if self.clock.now() < at <= until]
        return min(coming, default=None)

    async def rows(self, sql: str, **args: str | int) -> list[Row]:
        async with self.database.read() as tx:
            return list(await tx.all(sql, **args))

    async def cases(self) -> list[Case]:
        async with self.database.read() as tx:
            numbers = await tx.all("SELECT number FROM cases ORDER BY number")
            found = [await cases.find_number(tx, int(str(row["number"]))) for row in numbers]
        return [case for case in found if case is not None]
