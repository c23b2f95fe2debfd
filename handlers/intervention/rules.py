"""What of a message is the deed, and which month it counts in."""

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.scrub import scrub

MOST_WORDS: Final = 100
_COMMA: Final = re.compile(
    "(?<=[\u4e00-\u9fff]), ?"
)  # commands are read in half-width; between Han it was not typed so
PICKS: Final = ("red_light", "wrong_way", "no_helmet")  # texts of the catalogue


def note_of(words: str) -> str:
    """The rider's words as they are kept: no numbers of people, one line, at most `MOST_WORDS` characters."""
    return _COMMA.sub("\uff0c", " ".join(scrub(words)[0].split()))[:MOST_WORDS]


def note_of_pick(pick: str) -> str:
    """How a quick pick is kept, so that each reader sees it in their own language."""
    return f"pick:{pick}"


def is_spoken_to_us(text: str, words: tuple[str, ...]) -> bool:
    """Whether a command word stands by itself; in a group 「劝导员来了」 is people talking."""
    head = text.split(maxsplit=1)
    return bool(head) and head[0].lower() in words


def month_of(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """First instant of the county's month of `at`, and of the next month."""
    first = at.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (
        first.replace(year=first.year + 1, month=1) if first.month == 12 else first.replace(month=first.month + 1)
    )
    return first, following
