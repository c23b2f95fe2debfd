"""Pauses that grow with each failure."""

import secrets
from dataclasses import dataclass, field
from typing import Final

_LEAST_SHARE: Final = 0.5
_JITTER: Final = secrets.SystemRandom()  # so that many bots do not come back in the same instant


@dataclass(slots=True)
class Pauses:
    """Each is twice as long as the one before, in seconds, with up to half of it left out at random."""

    first_s: float
    longest_s: float
    _failures: int = field(default=0, init=False)

    def longer(self) -> float:
        """The next pause."""
        whole = min(self.longest_s, self.first_s * 2 ** min(self._failures, 20))
        self._failures += 1
        return max(self.first_s, whole * _JITTER.uniform(_LEAST_SHARE, 1.0))

    def forget(self) -> None:
        """It worked: begin anew."""
        self._failures = 0
