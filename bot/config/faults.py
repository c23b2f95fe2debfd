"""What is wrong with a configuration, in lines an administrator can act on."""

import difflib
import re
import tomllib
from collections.abc import Iterable
from typing import Final

from bot.log import masked

_LONGEST_SHOWN = 300  # a path must be seen whole
_WHERE_IN_TOML: Final = re.compile(r"^(.*) \(at (?:line (\d+), column \d+|end of document)\)$", re.DOTALL)
# What a Chinese keyboard types where TOML wants ASCII.
_WIDE: Final = dict(zip("“”‘’＝，【】［］＃", "\"\"''=,[][]#", strict=True))


class ConfigFault(Exception):
    """The configuration cannot be used; the command line prints `lines` and ends with exit status 78.

    Each line names file and line number or environment variable, the key, what is wrong and the cure.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


def shown(value: object) -> str:
    """`value` in double quotes as a fault may show it: cut, without control characters, without secrets."""
    text = masked(str(value))
    cut = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
    return '"' + "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in cut) + '"'


def nearest(word: str, valid: Iterable[str]) -> str | None:
    """The valid word that `word` was probably meant to be."""
    known = {candidate.casefold(): candidate for candidate in valid}
    close = difflib.get_close_matches(word.casefold(), known, n=1, cutoff=0.6)
    return known[close[0]] if close else None


def syntax_fault(file: str, text: str, error: tomllib.TOMLDecodeError) -> str:
    """One line for text that is not TOML, with the usual cause where the line shows it."""
    found = _WHERE_IN_TOML.match(str(error))
    lines = text.split("\n")
    number = int(found[2]) if found and found[2] else len(lines)
    reason = masked(found[1] if found else str(error))
    line = lines[number - 1] if number <= len(lines) else ""
    return f"{file} line {number}: this is not TOML: {reason}. {_syntax_cure(line)}"


def _syntax_cure(line: str) -> str:
    wide = next((sign for sign in line if sign in _WIDE), None)
    if wide is not None:
        return f"The line has the full-width {wide}; type {_WIDE[wide]} instead."
    if "\\" in line:
        return r"A backslash in double quotes begins an escape; write paths with / or in single quotes."
    return 'A setting is written as: name = "text", port = 8090 or work = ["telegram:-1001"].'
