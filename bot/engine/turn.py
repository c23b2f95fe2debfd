"""Whose turn it is to send: one process a platform."""

import os
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from storage import leases
from storage.database import Tx


@dataclass(slots=True)
class Turn:
    """A lease by the name of what is sent over. `has`: whether it was this process's when last looked."""

    name: str
    length: timedelta
    holder: str = field(default_factory=lambda: f"{os.getpid()}-{secrets.token_hex(4)}")
    has: bool = False

    async def seize(self, tx: Tx, now: datetime) -> None:
        """Take it whoever had it: for the only process of a database."""
        await leases.seize(tx, self.name, self.holder, now + self.length)
        self.has = True

    async def take(self, tx: Tx, now: datetime) -> bool:
        """Take or keep it; returns whether it was already ours."""
        had, self.has = self.has, await leases.take(tx, self.name, self.holder, now, now + self.length)
        return had

    async def give_up(self, tx: Tx) -> None:
        """Another one may have it. Idempotent."""
        self.has = False
        await leases.release(tx, self.name, self.holder)
