"""What the doctor finds: one check, good or not, named by the sentences that say so."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.control import Json

Ask = Callable[[str], Awaitable[Json]]
"""Has a job done where the database is (`bot.commands.reaching.reach`)."""


class Verdict(StrEnum):
    GOOD = "good"
    CARE = "care"  # works, but somebody should look
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. `key` names its sentences in the catalogue: doctor.<key>, and doctor.<key>_cure unless it is good."""

    key: str
    verdict: Verdict
    fields: dict[str, object]


def judged(key: str, good: bool, *, care: bool = False, **fields: object) -> Finding:
    return Finding(key, Verdict.GOOD if good else Verdict.CARE if care else Verdict.BAD, fields)
