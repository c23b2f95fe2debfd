"""Server-sent events of the sandbox: which chats changed, and the bot's answers to presses."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from typing import Final

from storage.sandbox import NOTICES, SandboxRows
from storage.sandbox_reading import list_notices

BEAT_S: Final = 15.0  # a comment now and then, so that a page that is gone is noticed


class Events:
    """Streams for the pages that are open. `run` names this process: a page of an older one loads itself anew."""

    def __init__(self, rows: SandboxRows, run: str, clock: Callable[[], datetime]) -> None:
        self._rows = rows
        self._run = run
        self._clock = clock

    async def after(self, seen: int) -> AsyncGenerator[str]:
        """Events after the change `seen`, without end; notices from now on."""
        told = self._clock()
        seen = min(seen, self._rows.changes)  # a number of an earlier run may be larger than any of this one
        yield _event("hello", {"run": self._run})
        while True:
            try:
                seen, chats = await asyncio.wait_for(self._rows.changed_after(seen), BEAT_S)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            told = min(told, self._clock())  # a demo begun anew is earlier than what was told before
            if NOTICES in chats:
                async with self._rows.database.read() as tx:
                    told, notices = await list_notices(tx, told)
                for notice in notices:
                    yield _event("notice", {"person": notice.person, "text": notice.text, "alert": notice.alert})
            if chats - {NOTICES}:
                yield _event("change", {"chats": sorted(chats - {NOTICES})}, seen)


def _event(name: str, data: dict[str, object], number: int | None = None) -> str:
    head = "" if number is None else f"id: {number}\n"
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
