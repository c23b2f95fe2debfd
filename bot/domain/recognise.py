"""What a rider's words say: the kind of problem, the place, the danger, by keywords and gazetteer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.cues import is_feared, is_no_report, is_ruled_out
from bot.domain.gazetteer import Gazetteer, NamedPlace
from bot.domain.phrases import Hit, Phrase, PhraseIndex, Span, parse
from bot.domain.placephrase import PlacePhrase, find_place
from bot.domain.rulebook import CategoryId, PlaceId, Point, Rulebook, Sensitive, Severity
from bot.domain.scrub import Personal, scrub
from bot.domain.wording import meant, nearest_word, normalise

__all__ = ["Recogniser", "Recognition", "nearest_word", "normalise", "recognise"]

_REMEMBERED = 32
MOST = 3  # candidates offered: what fits beside each other as buttons
LONGEST = 600  # characters that are read; the rest of a longer text is kept but not searched

# Weights, tuned on the development messages so that a sure category is right more than 93 times in 100.
_STRONG: Final = 1.0
_PER_CHARACTER: Final = 0.05  # a longer word says more: "消防通道" beats "通道"
_MORE: Final = 0.3  # each further strong phrase
_WEAK: Final = 0.25
_AGAINST: Final = 0.6
_SHOWN: Final = 0.25  # below this a category is not offered
_SURE: Final = 1.0
_SURE_LEAD: Final = 0.3
_PLACE_ALONE: Final = 12  # characters: a message that is hardly more than a place is an answer to "where"
_ORDER: Final = (Severity.P4, Severity.P3, Severity.P2, Severity.P1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A category that fits, and how well; scores compare within one message only."""

    category: CategoryId
    score: float


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was understood of one message."""

    text: str  # normalised, without mention and command word: the description of the case
    categories: tuple[Candidate, ...]  # best first, at most three
    category_sure: bool
    places: tuple[PlaceId, ...]  # best first, at most three, of the gazetteer
    place_sure: bool  # the first of `places` is meant
    place_text: str  # the place as it was typed, "" if none was: "红旗街18号"
    danger: Severity | None  # P1 or P2 where a cue word stands; it raises the category's severity, never lowers it
    looks_like_report: bool  # a category or a place was recognised, and it is no question, command or answer
    sensitive: Sensitive  # the strictest of the categories that may be meant
    personal: frozenset[Personal]  # numbers that must be masked before a group sees the text

    def severity(self, usual: Severity) -> Severity:
        """`usual` of the category, raised by the cue."""
        return usual if self.danger is None else max(usual, self.danger, key=_ORDER.index)


def recognise(text: str, rulebook: Rulebook, near: Point | None = None) -> Recognition:
    """What `text` says, by the words of `rulebook`; `near` is where the rider is, if he shared it.

    Keep a `Recogniser` where many messages are read: building one costs some 20 ms. The last rule book is remembered.
    """
    if not _last or _last[0].rulebook is not rulebook:
        _last[:] = [Recogniser(rulebook)]
    return _last[0].read(text, near)


class Recogniser:
    """The words of one rule book, made ready for reading."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._read: dict[tuple[str, Point | None], Recognition] = {}  # one message is read at several of its steps
        self._gazetteer = Gazetteer(rulebook.places.values())
        self._categories = PhraseIndex(_category_phrases(rulebook))
        self._dangers = PhraseIndex(
            (severity, _as_read(entry)) for severity, entries in rulebook.danger_cues.items() for entry in entries
        )

    def read(self, text: str, near: Point | None = None) -> Recognition:
        """What `text` says; under a millisecond for an ordinary message. The last few answers are remembered."""
        known = self._read.get((text, near))
        if known is None:
            known = self._read[text, near] = self._fresh(text, near)
            if len(self._read) > _REMEMBERED:
                del self._read[next(iter(self._read))]
        return known

    def _fresh(self, text: str, near: Point | None) -> Recognition:
        said = normalise(text)
        known = meant(said[:LONGEST])
        named = self._gazetteer.find(known, near)
        # The words of a place's own name are no problem: 「消防队家属院」 is not about fire.
        hits = [hit for hit in self._hits(known) if not _of_a_name(hit, named)]
        categories = _ranked(hits)
        phrase = find_place(said[:LONGEST], lambda piece: _touched(piece, hits))
        return Recognition(
            text=said,
            categories=categories,
            category_sure=_is_sure(categories),
            places=tuple(dict.fromkeys(one.place.id for one in named))[:MOST],
            place_sure=self._gazetteer.is_sure(named, near),
            place_text=_place_text(said, named, phrase, bool(categories)),
            danger=_danger(known, self._dangers.hits(known)),
            looks_like_report=not is_no_report(known) and _is_report(said, categories, named, phrase),
            sensitive=self._strictest(categories),
            personal=scrub(said)[1],
        )

    def _hits(self, text: str) -> list[Hit["_Word"]]:
        hits = self._categories.hits(text)
        return [hit for hit in hits if not (hit.tag.critical and is_ruled_out(text, hit.spans[-1].start))]

    def _strictest(self, categories: Iterable[Candidate]) -> Sensitive:
        kinds = {self.rulebook.categories[candidate.category].sensitive for candidate in categories}
        return next((kind for kind in (Sensitive.YES, Sensitive.PLATE) if kind in kinds), Sensitive.NO)


_last: list[Recogniser] = []


@dataclass(frozen=True, slots=True)
class _Word:
    category: CategoryId
    strong: bool
    critical: bool  # "没有着火" rules out what is P1 by itself, while 「没有路灯」 is a report


def _category_phrases(rulebook: Rulebook) -> Iterable[tuple[_Word, Phrase]]:
    for category in rulebook.categories.values():
        critical = category.severity is Severity.P1
        for strong, entries in ((True, category.keywords), (False, category.weak)):
            for entry in entries:
                yield _Word(category.id, strong, critical), _as_read(entry)


def _as_read(entry: str) -> Phrase:
    """The phrase in the form in which texts are searched, so that entries may be written in any."""
    return parse(meant(entry))


def _ranked(hits: Sequence[Hit[_Word]]) -> tuple[Candidate, ...]:
    strongest = [span for hit in hits if hit.tag.strong for span in hit.spans]
    scores: dict[CategoryId, list[float]] = {}
    against: dict[CategoryId, float] = {}
    for hit in hits:
        category = hit.tag.category
        if hit.phrase.against:
            against[category] = against.get(category, 0) + _AGAINST
        elif hit.tag.strong and not _part_of_longer(hit, strongest):
            scores.setdefault(category, []).append(_STRONG + _PER_CHARACTER * sum(span.length for span in hit.spans))
        else:
            scores.setdefault(category, []).append(_WEAK)
    totals = [Candidate(one, round(_total(found) - against.get(one, 0), 3)) for one, found in scores.items()]
    fitting = [candidate for candidate in totals if candidate.score >= _SHOWN]
    return tuple(sorted(fitting, key=lambda candidate: (-candidate.score, candidate.category))[:MOST])


def _total(found: list[float]) -> float:
    """The best phrase counts in full; further ones help, at most three of each kind."""
    strong = sorted((score for score in found if score >= _STRONG), reverse=True)
    weak = len(found) - len(strong)
    best = strong[0] if strong else 0.0
    return best + _MORE * min(max(len(strong) - 1, 0), 3) + _WEAK * min(weak, 3)


def _part_of_longer(hit: Hit[_Word], spans: Sequence[Span]) -> bool:
    """Whether the phrase is only part of longer words: 「垃圾」 in 「建筑垃圾」."""
    return all(any(span.inside(longer) for longer in spans) for span in hit.spans)


def _is_sure(categories: Sequence[Candidate]) -> bool:
    if not categories or categories[0].score < _SURE:
        return False
    return len(categories) == 1 or categories[0].score - categories[1].score >= _SURE_LEAD


def _of_a_name(hit: Hit[_Word], named: Sequence[NamedPlace]) -> bool:
    names = [one.span for one in named if not one.guessed]
    return all(any(name.start <= span.start and span.end <= name.end for name in names) for span in hit.spans)


def _touched(piece: Span, hits: Sequence[Hit[_Word]]) -> bool:
    strong = (span for hit in hits if hit.tag.strong and not hit.phrase.against for span in hit.spans)
    return any(span.start < piece.end and piece.start < span.end for span in strong)


def _place_text(said: str, named: Sequence[NamedPlace], phrase: PlacePhrase | None, has_category: bool) -> str:
    typed = [one for one in named if not one.guessed]
    name = said[typed[0].span.start : typed[0].span.end] if typed else ""
    if phrase and (name in phrase.text if name else phrase.certain or has_category):
        return phrase.text
    return name


def _danger(text: str, hits: Iterable[Hit[Severity]]) -> Severity | None:
    worst: list[Severity] = []
    for hit in hits:
        start = min(span.start for span in hit.spans)
        end = max(span.end for span in hit.spans)
        if any(is_ruled_out(text, span.start) for span in hit.spans):
            continue
        worst.append(Severity.P2 if is_feared(text, start, end) else hit.tag)
    return max(worst, key=_ORDER.index, default=None)


def _is_report(
    said: str, categories: Sequence[Candidate], named: Sequence[NamedPlace], phrase: PlacePhrase | None
) -> bool:
    if categories and categories[0].score >= _STRONG:
        return True
    if any(not one.guessed for one in named):
        return True
    place = phrase is not None and phrase.certain
    return place and (bool(categories) or len(said) <= _PLACE_ALONE)
