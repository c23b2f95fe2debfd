"""Long texts in pieces: WeCom counts bytes of UTF-8, and cuts what is longer without a word."""

import unicodedata
from typing import Final

_JOINER: Final = "\u200d"
_SKINS: Final = range(0x1F3FB, 0x1F400)
_FLAGS: Final = range(0x1F1E6, 0x1F200)  # two of them make one flag
_ACTING: Final = "#>-+=*0123456789"  # markup at the start of a line, which a piece would make of them
_LOOK_BACK: Final = 64


def split(text: str, most_bytes: int) -> tuple[str, ...]:
    """`text` in pieces of at most `most_bytes` bytes, which joined are the text.

    It is cut after a paragraph, if that does not leave half of the room empty, else after a line, else inside one.
    """
    pieces: list[str] = []
    rest = text
    while len(rest.encode()) > most_bytes:
        cut = _cut(rest, most_bytes)
        pieces.append(rest[:cut])
        rest = rest[cut:]
    return (*pieces, rest) if rest else tuple(pieces)


def _cut(text: str, most_bytes: int) -> int:
    """Where the first piece ends, in characters."""
    room = len(text.encode()[:most_bytes].decode(errors="ignore"))
    paragraph = text.rfind("\n\n", 0, room) + 2
    if paragraph > 1 and 2 * paragraph >= room:
        return paragraph
    line = text.rfind("\n", 0, room) + 1
    if line:
        return line
    fit = (at for at in range(room, max(room - _LOOK_BACK, 0), -1) if _may_begin(text, at))
    return next(fit, max(room, 1))


def _may_begin(text: str, at: int) -> bool:
    """Whether a piece may begin there: not inside what is seen as one sign, and with nothing that acts."""
    before, char = text[at - 1], text[at]
    inside = _JOINER in (char, before) or unicodedata.category(char).startswith("M") or ord(char) in _SKINS
    flag = ord(before) in _FLAGS and ord(char) in _FLAGS
    return not (inside or flag or char.isspace() or char in _ACTING)
