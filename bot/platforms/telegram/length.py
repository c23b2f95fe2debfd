"""Lengths as Telegram counts them: units of UTF-16, two for most emoji (Bot API, sendMessage and MessageEntity)."""

from typing import Final

MOST_TEXT: Final = 4096
MOST_CAPTION: Final = 1024
MOST_NOTICE: Final = 200
_MORE: Final = "…"


def units(text: str) -> int:
    """Length of `text` in UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)


def cut(text: str, most: int) -> str:
    """`text` of at most `most` units: whole lines where that costs at most half of it, else inside a line."""
    if units(text) <= most:
        return text
    kept, room = 0, most - units(_MORE)
    for char in text:
        room -= units(char)
        if room < 0:
            break
        kept += 1
    head = text[:kept]
    line = head.rfind("\n")
    return (head[:line] if line > kept // 2 else head.rstrip()) + _MORE
