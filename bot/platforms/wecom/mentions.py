"""The name by which people in a group call the bot, as it stands in the text they send."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_GAP: Final = "[ \t\u00a0\u2005]"


def without(text: str, names: Sequence[str]) -> str:
    """`text` without any `@name` of the bot and the gap after it; others who are mentioned stay."""
    pattern = _pattern(tuple(names))
    return (pattern.sub("", text) if pattern else text).strip()


@lru_cache(maxsize=16)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str] | None:
    known = sorted((name for name in names if name.strip()), key=len, reverse=True)
    if not known:
        return None
    # Not within an address, and not the beginning of somebody's longer name.
    return re.compile(rf"(?<![A-Za-z0-9])@(?:{'|'.join(map(re.escape, known))})(?:{_GAP}+|(?!\w))", re.IGNORECASE)
