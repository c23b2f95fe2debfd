"""The name by which people in a group call the bot, as it stands in the text they send."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_GAP: Final = "[ \t\u00a0\u2005]"


def without(text: str, names: Sequence[str], *, mentioned: bool = False) -> str:
    """`text` without any `@name` of the bot and the gap after it; others who are mentioned stay.

    `mentioned`: the bot was named for certain, so where none of its names is found the first mention is it.
    """
    pattern = _pattern(tuple(names))
    left, found = pattern.subn("", text) if pattern else (text, 0)
    if mentioned and not found:
        left = _FIRST.sub("", left)
    return left.strip()


_FIRST: Final = re.compile(rf"^\s*@[^\s@]{{1,40}}(?:{_GAP}+|$)")


@lru_cache(maxsize=16)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str] | None:
    known = sorted((name for name in names if name.strip()), key=len, reverse=True)
    if not known:
        return None
    # Not within an address, and not the beginning of somebody's longer name.
    return re.compile(rf"(?<![A-Za-z0-9])@(?:{'|'.join(map(re.escape, known))})(?:{_GAP}+|(?!\w))", re.IGNORECASE)
