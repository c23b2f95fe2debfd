"""Telegram end to end over a loopback server, the pace lifted, beside a stock echo bot in the same run."""

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.measure import Figure, median, spread
from bench.process import proportional_mb
from bench.telegram_bots import FIRST_PERSON
from tests.fake import picture
from tests.telegram.botapi import BotApi
from tests.telegram.people import Person

ROUND, ROUNDS, WARM = 400, 3, 100
PHOTOS = 150
LONG = int(os.environ.get("WDY_BENCH_UPDATES", "10000"))
PATIENCE_S = 900.0


@dataclass
class Running:
    """A bot and its server; each report is somebody else's, so that none joins an earlier one."""

    api: BotApi
    process: asyncio.subprocess.Process
    next_person: int = 0
    photos_sent: bool = False
    without_photo: int = 0
    _looked: int = 0
    _counted: Counter[str] = field(default_factory=Counter[str])

    def answers(self) -> int:
        """First messages that reached anybody; of reports with photos those whose photo was asked for as well."""
        for call in self.api.calls[self._looked :]:
            self._counted[call.method] += 1
        self._looked = len(self.api.calls)
        sent = self._counted["sendMessage"] + self._counted["sendPhoto"]
        return min(sent, self._counted["getFile"] + self.without_photo) if self.photos_sent else sent

    async def texts(self, count: int) -> tuple[float, float]:
        """Seconds of the clock and of the processor from `count` text reports to their answers."""
        return await self._timed(count, lambda person: person.says("上报 路上有个大坑，客运站公交站"))

    async def photos(self, count: int) -> tuple[float, float]:
        """The same with photos, until each has its receipt and its photo was asked for. The card may wait for morning."""
        self.photos_sent, self.without_photo = True, self.answers()
        shots = iter([picture(f"bench {n}", (1280, 960)) for n in range(count)])
        return await self._timed(count, lambda person: person.says("路上有个大坑，客运站公交站", photo=next(shots)))

    async def _timed(self, count: int, say: Callable[[Person], object]) -> tuple[float, float]:
        people = [self.api.person(FIRST_PERSON + self.next_person + n, "赵强") for n in range(count)]
        self.next_person += count
        before, cpu, start = self.answers(), cpu_s(self.process.pid), time.perf_counter()
        for person in people:
            say(person)
        while self.answers() - before < count:
            if self.process.returncode is not None or time.perf_counter() - start > PATIENCE_S:
                raise RuntimeError(f"{self.answers() - before} of {count} answers came")
            await asyncio.sleep(0.005)
        return time.perf_counter() - start, cpu_s(self.process.pid) - cpu


@asynccontextmanager
async def running(which: str, people: int) -> AsyncIterator[Running]:
    """A bot that answers: ours or echo."""
    with tempfile.TemporaryDirectory() as folder:
        async with BotApi() as api:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.telegram_bots", which, api.url, api.token, folder, str(people)
            )
            try:
                while not any(method == "getUpdates" for method, *_ in api.calls):
                    await asyncio.sleep(0.01)
                yield Running(api, process)
            finally:
                if process.returncode is None:
                    process.send_signal(signal.SIGTERM)
                await asyncio.wait_for(process.wait(), 30)


def cpu_s(pid: int) -> float:
    """Seconds of processor time a process has used, all threads (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def beside_each_other() -> list[Figure]:
    """The same reports for both bots in turn."""
    took: dict[str, list[float]] = {"ours": [], "echo": []}
    spent: list[float] = []
    echoed: list[float] = []
    async with running("ours", WARM + ROUNDS * ROUND) as own, running("echo", 0) as echo:
        for bot in (own, echo):
            await bot.texts(WARM)
        for _ in range(ROUNDS):
            seconds, processor = await own.texts(ROUND)
            took["ours"].append(ROUND / seconds)
            spent.append(1000 * processor / ROUND)
            seconds, processor = await echo.texts(ROUND)
            took["echo"].append(ROUND / seconds)
            echoed.append(1000 * processor / ROUND)
    rates = [a / b for a, b in zip(took["ours"], took["echo"], strict=True)]
    return [
        Figure("Telegram text report, update to answer", median(took["ours"]), "reports/s", note=spread(took["ours"])),
        Figure("stock echo bot, the same", median(took["echo"]), "echoes/s", note=spread(took["echo"])),
        Figure("ours / echo bot", median(rates), "ratio", 0.25, at_most=False, note=spread(rates)),
        Figure("processor time of a Telegram text report", median(spent), "ms", note=spread(spent)),
        Figure("processor time of an echo", median(echoed), "ms", note=spread(echoed)),
    ]


async def photos() -> list[Figure]:
    async with running("ours", PHOTOS + WARM) as own:
        await own.texts(WARM)
        seconds, processor = await own.photos(PHOTOS)
    return [
        Figure("Telegram photo report, update to receipt", PHOTOS / seconds, "reports/s"),
        Figure("processor time of it, without the image worker", 1000 * processor / PHOTOS, "ms"),
    ]


async def memory() -> list[Figure]:
    async with running("ours", LONG + 10 * WARM) as own:
        await own.texts(10 * WARM)
        before = proportional_mb(own.process.pid)
        seconds, _ = await own.texts(LONG)
        growth = proportional_mb(own.process.pid) - before
    return [Figure(f"memory growth over {LONG:,} Telegram updates", growth, "MB", 20, note=f"{LONG / seconds:.0f}/s")]


def run() -> list[Figure]:
    return [*asyncio.run(beside_each_other()), *asyncio.run(photos()), *asyncio.run(memory())]
