"""What keeps a transaction whole: waiting that outlives a cancellation, and a watch over the event loop."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


async def to_the_end(work: Coroutine[None, None, T]) -> T:
    """Run `work` to its end however often the caller is cancelled; the cancellation is raised afterwards.

    An error of `work` wins over the cancellation. In the driver's thread, where no loop runs, nothing can cancel it.
    """
    if not _in_a_loop():
        return await work
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as late:
            cancelled = late
    result = task.result()
    if cancelled:
        raise cancelled
    return result


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class Watch:
    """Notices that the event loop went on between two statements of a transaction.

    Sound without looking at what was awaited: a task that awaits nothing between two statements stays within one
    step of the loop, so a callback queued after the first statement has not run when the second begins.
    """

    def __init__(self) -> None:
        self._left = False
        self._mark: asyncio.Handle | None = None

    def arm(self) -> None:
        """From now on, until the next statement, nothing else may be awaited."""
        self.disarm()
        self._left = False
        self._mark = asyncio.get_running_loop().call_soon(self._leave)

    def disarm(self) -> None:
        """Stop watching."""
        if self._mark:
            self._mark.cancel()

    def check(self, statement: str) -> None:
        """Stop watching, because a statement begins.

        Raises:
            RuntimeError: something else was awaited since the last statement.
        """
        self.disarm()
        if self._left:
            raise RuntimeError(
                f"inside a transaction something other than the database was awaited before: {statement}"
            )

    def _leave(self) -> None:
        self._left = True
