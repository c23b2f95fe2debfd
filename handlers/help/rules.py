"""Which commands a person is shown, and which one an unknown word was probably meant to be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.chat.feature import Command, Features
from bot.domain.people import EVERYONE, HANDLERS, OFFICE, RIDERS, Role
from bot.domain.wording import nearest_word

MOST_LINES: Final = 6  # and one line above them: what fits a phone on a handlebar
MOST_GUESSED: Final = 8  # characters; longer texts are sentences and not a slip of a command

# What each kind of reader needs first, by the Latin words; everything else is on the pages after.
FIRST: Final[Mapping[frozenset[Role], Sequence[str]]] = {
    OFFICE: ("unassigned", "find", "assign", "reject", "merge", "announce", "overview"),
    HANDLERS: ("todo", "work", "extend", "leave", "assign"),
    RIDERS: ("progress", "points", "human", "persuade"),
    frozenset({Role.GUEST}): ("bind", "progress", "human"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A command with the catalogue key of its one-line description."""

    command: Command
    key: str

    def shown(self, language: str) -> str:
        """What is typed: the example, or the word; to readers of other languages the Latin word."""
        if language != "zh-CN":
            return latin_word(self.command)
        return self.command.example or self.command.words[0]


def entries(features: Features) -> Sequence[Entry]:
    """Every listed command in order of declaration; its description is the text `<feature>.help.<latin word>`."""
    return [
        Entry(command, f"{feature.name}.help.{latin_word(command)}")
        for feature in features
        for command in feature.commands
        if command.listed
    ]


def latin_word(command: Command) -> str:
    """The first word of a command in Latin letters (and hyphens): it names the description.

    Raises:
        ValueError: a listed command has none.
    """
    for word in command.words:
        if word.isascii() and word.replace("-", "").isalpha():
            return word
    raise ValueError(f"the listed command {command.words[0]} has no word in Latin letters to name its description")


def for_roles(known: Iterable[Entry], roles: frozenset[Role]) -> Sequence[Entry]:
    """What these roles may use: what they need first, then the rest of their own, then what everybody has."""
    wanted = _wanted(roles)
    allowed = [entry for entry in known if not entry.command.roles.isdisjoint(roles)]
    return sorted(allowed, key=lambda entry: (wanted.get(latin_word(entry.command), len(wanted)), _shared(entry)))


def first_lines(allowed: Sequence[Entry], roles: frozenset[Role]) -> int:
    """How many commands the first page shows: what is needed first, or a full page where nothing is named."""
    wanted = _wanted(roles)
    return min(sum(latin_word(entry.command) in wanted for entry in allowed), MOST_LINES) or MOST_LINES


def _wanted(roles: frozenset[Role]) -> dict[str, int]:
    words = [word for group, first in FIRST.items() if not roles.isdisjoint(group) for word in first]
    return {word: place for place, word in enumerate(dict.fromkeys(words))}


def _shared(entry: Entry) -> bool:
    return entry.command.roles == EVERYONE


def page(known: Sequence[Entry], start: int, most: int = MOST_LINES) -> tuple[Sequence[Entry], int | None]:
    """The commands from `start` on that one message shows, and where the next message goes on."""
    end = start + most
    return known[start:end], end if end < len(known) else None


def guess(text: str, *words: Sequence[str]) -> str | None:
    """The command word that `text` is one slip away from, None if there is none or more than one.

    The first of several lists that holds such a word decides: the usual words before their other forms.
    """
    if len(text) > MOST_GUESSED:
        return None
    return next((near for some in words if (near := nearest_word(text, some))), None)
