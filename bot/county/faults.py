"""Mistakes in the county folder: collected, each one sentence with file, entry and cure, and raised together."""

from collections.abc import Iterable
from difflib import get_close_matches


class RulebookFault(Exception):
    """The county folder has mistakes; `lines` holds one sentence for each, in the order of the files."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


class Faults:
    """The mistakes found so far."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, file: str, entry: str, mistake: str, cure: str) -> None:
        """Note a mistake. `entry` may be empty where the whole file is meant; the same sentence is kept once."""
        where = f"{file} → {entry}" if entry else file
        line = f"{where}: {mistake}; {cure}"
        if line not in self.lines:
            self.lines.append(line)

    def stop_if_any(self) -> None:
        """Raise what was noted.

        Raises:
            RulebookFault: at least one mistake was noted.
        """
        if self.lines:
            raise RulebookFault(self.lines)


def nearest_word(word: str, known: Iterable[str]) -> str:
    """What was probably meant, as the end of a sentence: `did you mean "market_reg"?`, or the words there are."""
    words = list(known)
    close = get_close_matches(word, words, n=1, cutoff=0.7)
    if close:
        return f'did you mean "{close[0]}"?'
    if len(words) <= 8:
        return f"write one of {', '.join(words)}" if words else "there is none to choose from yet"
    return "use one that is there or add it first"
