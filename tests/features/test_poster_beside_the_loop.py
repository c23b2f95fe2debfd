"""A poster is drawn in a process of its own: meanwhile the loop answers as quickly as ever."""

import asyncio
import time
from collections.abc import Awaitable
from statistics import median

from tests.features.month import drafted, earns
from tests.town import TestTown

MOST_MS = 50
ROUNDS = 5


async def longest_stall_ms(doing: Awaitable[None]) -> float:
    """How late the loop comes back, at most, to somebody who asks for it all the time."""
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, (time.perf_counter() - before) * 1000 - 1)

    watching = asyncio.create_task(watch())
    await doing
    watching.cancel()
    return longest


async def test_the_loop_never_stalls_while_a_poster_is_drawn(town: TestTown) -> None:
    admin = await town.admin("李主任")
    for number in range(12):
        await earns(town, await town.rider(f"赵铁{number}"), *["A01"] * (1 + number % 5))
    await drafted(town)
    await admin.presses("预览海报")  # starts the process
    stalls: list[float] = []
    for _ in range(ROUNDS):
        stalls.append(await longest_stall_ms(admin.presses("预览海报")))
        assert admin.last.rendered.pictures
    assert median(stalls) <= MOST_MS, stalls
