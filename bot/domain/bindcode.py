"""One-time codes that bind an account: how they are written and what of them is kept."""

import unicodedata
from typing import Final

ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # base32 without 0, O, 1 and I, which phones confuse
TYPED: Final = 8  # 40 bits: short enough for a thumb, and wrong tries are counted
LINKED: Final = 13  # 65 bits: in a link nobody types it


def bare(typed: str) -> str | None:
    """A code as it was made, from what a person typed (spaces, hyphens, small letters); None if it is none."""
    kept = unicodedata.normalize("NFKC", typed).upper()
    letters = "".join(letter for letter in kept if letter not in " -_·\t\n")
    if len(letters) not in (TYPED, LINKED) or any(letter not in ALPHABET for letter in letters):
        return None
    return letters


def spaced(code: str) -> str:
    """A code in groups of four, as it is printed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def kept_as(code: str) -> str:
    """What the keyed hash is taken of: a binding code is worth nothing as another code."""
    return f"bind {code}"
