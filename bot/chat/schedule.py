"""The county's recurring hours."""

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, slots=True)
class Daily:
    """Every day at a time of the county's clock."""

    at: time


@dataclass(frozen=True, slots=True)
class Monthly:
    """On a day of each month at a time of the county's clock; a day the month lacks is its last one."""

    day: int
    at: time


@dataclass(frozen=True, slots=True)
class Every:
    minutes: int


Schedule = Daily | Monthly | Every
