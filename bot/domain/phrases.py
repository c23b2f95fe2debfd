"""The small language of the keyword file, and finding its phrases in a text."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

REACH = 8  # characters that may stand between two groups of one phrase: about one short clause
_SENTENCE_ENDS = frozenset("。!?;")

Tag = TypeVar("Tag")


@dataclass(frozen=True, slots=True)
class Phrase:
    """`路灯|灯杆~不亮|瞎`: one word of each group, in any order, at most `REACH` characters apart."""

    groups: tuple[tuple[str, ...], ...]
    against: bool = False  # written with a leading "-": its presence speaks against the category


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` up to, not including, `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """Characters."""
        return self.end - self.start

    def inside(self, other: "Span") -> bool:
        """Whether this is a true part of `other`."""
        return other.start <= self.start and self.end <= other.end and other.length > self.length


@dataclass(frozen=True, slots=True)
class Hit(Generic[Tag]):
    """A phrase that stands in a text, with one span for each of its groups."""

    tag: Tag
    phrase: Phrase
    spans: tuple[Span, ...]


def parse(entry: str) -> Phrase:
    """One entry of a keyword list.

    Raises:
        ValueError: a group or a word of it is empty.
    """
    groups = tuple(tuple(group.split("|")) for group in entry.removeprefix("-").split("~"))
    if not all(word.strip() for group in groups for word in group):
        raise ValueError(f"{entry!r} has an empty word")
    return Phrase(groups, against=entry.startswith("-"))


class PhraseIndex(Generic[Tag]):
    """All phrases of a rule book, made once; `hits` costs one walk over the text."""

    def __init__(self, phrases: Iterable[tuple[Tag, Phrase]]) -> None:
        self._by_first: dict[str, list[tuple[Tag, Phrase]]] = {}
        lengths: dict[str, set[int]] = {}
        for tag, phrase in phrases:
            for word in phrase.groups[0]:
                self._by_first.setdefault(word, []).append((tag, phrase))
            for word in (word for group in phrase.groups for word in group):
                lengths.setdefault(word[0], set()).add(len(word))
        self._words = {word for _, phrase in self._entries() for group in phrase.groups for word in group}
        self._lengths = {first: tuple(sorted(found)) for first, found in lengths.items()}

    def _entries(self) -> Iterator[tuple[Tag, Phrase]]:
        for entries in self._by_first.values():
            yield from entries

    def hits(self, text: str) -> list[Hit[Tag]]:
        """Every phrase that stands in `text`, each at its first place; in no order."""
        places = self._places(text)
        found: list[Hit[Tag]] = []
        seen: set[tuple[int, int]] = set()
        for word in places:
            for number, (tag, phrase) in enumerate(self._by_first.get(word, ())):
                spans = _joined(phrase, places, text, word)
                if spans and (hash(word), number) not in seen:
                    seen.add((hash(word), number))
                    found.append(Hit(tag, phrase, spans))
        return found

    def _places(self, text: str) -> dict[str, list[Span]]:
        places: dict[str, list[Span]] = {}
        for start, first in enumerate(text):
            for length in self._lengths.get(first, ()):
                word = text[start : start + length]
                if word in self._words:
                    places.setdefault(word, []).append(Span(start, start + length))
        return places


def _joined(phrase: Phrase, places: Mapping[str, list[Span]], text: str, first: str) -> tuple[Span, ...] | None:
    for span in places[first]:
        spans = _grown((span,), phrase.groups[1:], places, text)
        if spans:
            return spans
    return None


def _grown(
    spans: tuple[Span, ...], groups: tuple[tuple[str, ...], ...], places: Mapping[str, list[Span]], text: str
) -> tuple[Span, ...] | None:
    """`spans` with one near span for each of `groups`; None if a group has none."""
    if not groups:
        return spans
    for word in groups[0]:
        for span in places.get(word, ()):
            if _near(spans, span, text):
                grown = _grown((*spans, span), groups[1:], places, text)
                if grown:
                    return grown
    return None


def _near(spans: tuple[Span, ...], other: Span, text: str) -> bool:
    gaps = [(span.end, other.start) if span.start < other.start else (other.end, span.start) for span in spans]
    if any(end > start for end, start in gaps):  # they overlap
        return False
    end, start = min(gaps, key=lambda gap: gap[1] - gap[0])
    return start - end <= REACH and _SENTENCE_ENDS.isdisjoint(text[end:start])
