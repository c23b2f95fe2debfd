"""Which month is meant, and how figures are cut for a phone."""

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.recognise import normalise
from bot.domain.times import local_month

_MONTH: Final = re.compile(r"(20\d\d)(?:-|年)(0?[1-9]|1[0-2])月?")


def month_meant(words: str, at: datetime, zone: ZoneInfo) -> str | None:
    """`2026-10` for 「2026-10」 and 「2026年10月」, the running month without words; None for anything else."""
    said = normalise(words)
    if not said:
        return local_month(at, zone)
    found = _MONTH.fullmatch(said)
    return f"{found[1]}-{int(found[2]):02d}" if found else None
