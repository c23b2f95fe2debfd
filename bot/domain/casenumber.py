"""Case numbers as they are spoken, written in full, and found in what people type."""

import re
import unicodedata
from datetime import date
from typing import Final

DIGITS = 4  # at least so many are spoken; the counter itself never ends

_FULL: Final = re.compile(r"[A-Z]{2,8}-?\d{8}-?(\d{4,9})", re.IGNORECASE)
_ALONE: Final = re.compile(
    r"(?:编号|单号|案件|工单)?[:]?(?:#(\d{1,9})|(\d{4,9})|(\d{1,9})号)(?:号?(?:案件|工单|单子|单|件|案)?)[。.!]?"
)
_BEGINS: Final = re.compile(r"[^\w#]*#?(\d{4,9})(?=\s|$)")
_INSIDE: Final = re.compile(r"(?<![\w#])#(\d{4,9})(?![\d\w-])|(?<![A-Z0-9])[A-Z]{2,8}-\d{8}-(\d{4,9})(?!\d)", re.ASCII)


def spoken(number: int) -> str:
    """`127` as people say it: `0127`; longer numbers as they are."""
    return f"{number:0{DIGITS}d}"


def full_number(code: str, day: date, number: int) -> str:
    """The number for documents: `WD-20261123-0127`; `day` is the county's day on which the case was opened."""
    return f"{code}-{day:%Y%m%d}-{spoken(number)}"


def case_number(text: str, alone_or_after_command: bool) -> int | None:
    """The case `text` names, None if it names none.

    Alone or after a command word `0127`, `#127`, `127号` and the full number are a case. Elsewhere only what cannot
    be anything else counts: `#0127` and the full number; never a house, a building or a grid. Zero is no case.
    """
    typed = unicodedata.normalize("NFKC", text).strip()
    if alone_or_after_command:
        whole = re.sub(r"\s+", "", typed)
        match = _FULL.fullmatch(whole) or _ALONE.fullmatch(whole)
    else:
        match = _INSIDE.search(typed)
    if match is None:
        return None
    digits = next(group for group in match.groups() if group)
    return int(digits) or None


def number_in_front(text: str) -> int | None:
    """The case a message of ours is about: its number stands in front, at most behind a sign. None if there is none."""
    match = _BEGINS.match(unicodedata.normalize("NFKC", text))
    return (int(match[1]) or None) if match else None


def after_command(text: str, words: tuple[str, ...]) -> int | None:
    """The case named after one of the command `words`: `办 0127`, `进度#127`, `查127号`."""
    typed = unicodedata.normalize("NFKC", text).strip()
    for word in sorted(words, key=len, reverse=True):
        if typed.startswith(word):
            return case_number(typed[len(word) :].lstrip(" :,"), alone_or_after_command=True)
    return None
