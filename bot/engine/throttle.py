"""How many commands one person may give in a minute; what goes beyond is answered once and then passed over."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.domain.people import MemberId

_WINDOW: Final = timedelta(minutes=1)


@dataclass(slots=True)
class Throttle:
    """Counts in memory, by the time of receipt: after a restart everybody begins anew, which harms nobody."""

    most: int
    _given: dict[MemberId, deque[datetime]] = field(default_factory=dict[MemberId, "deque[datetime]"])

    def free_at(self, member: MemberId, at: datetime) -> datetime | None:
        """None if one more command is all right (it is counted); else when the next one will be."""
        given = self._given.setdefault(member, deque())
        while given and given[0] <= at - _WINDOW:
            given.popleft()
        if len(given) >= self.most:
            return given[0] + _WINDOW
        given.append(at)
        return None
