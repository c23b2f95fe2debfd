"""What the sandbox's pages need of the bot behind them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.chat.events import Address, Position


class SandboxDesk(Protocol):
    """What people do; the sandbox's platform adapter."""

    async def says(
        self,
        where: Address,
        person: str,
        name: str,
        text: str = "",
        *,
        pictures: Sequence[str] = (),
        answers: str | None = None,
        position: Position | None = None,
    ) -> str: ...

    async def presses(self, where: Address, person: str, name: str, message: str, data: str) -> str: ...

    async def keeps(self, data: bytes) -> str: ...


class DemoControls(Protocol):
    """The demo's clock, and its beginning."""

    def now(self) -> datetime: ...

    async def fast_forward(self, length: timedelta) -> None: ...

    async def until_morning(self) -> None: ...

    async def until_month_end(self) -> None: ...

    async def reset(self) -> None: ...
