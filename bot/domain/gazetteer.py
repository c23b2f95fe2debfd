"""Finding the county's named places in a text."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.geo import metres_to_place, nearest
from bot.domain.phrases import Span
from bot.domain.rulebook import Place, Point
from bot.domain.wording import meant, normalise

AROUND_M = 300  # a shared location names what lies within a short walk
FAR_M = 5_000  # a rider who stands farther off may mean another place of that name
_WIDE: Final = frozenset({"road", "bridge", "community"})  # kinds within which a more particular place may lie


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A place, and where in the text its name stands; `guessed` from the rider's location without any name."""

    place: Place
    span: Span
    guessed: bool = False


class Gazetteer:
    """All names and aliases of the county's places; the longest name that stands in the text wins."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._places: tuple[Place, ...] = tuple(places)
        self._by_name: dict[str, list[Place]] = {}
        for place in self._places:
            for name in dict.fromkeys((place.name, *place.aliases)):
                self._by_name.setdefault(meant(normalise(name)), []).append(place)
        self._lengths = sorted({len(name) for name in self._by_name}, reverse=True)

    def find(self, text: str, near: Point | None = None) -> list[NamedPlace]:
        """Places named in `text`, the most particular first; without any, those around `near`.

        A junction, shop or estate is more particular than a road or a community; of equal names the one nearest to `near` is first.
        """
        found = list(self._named(text))
        if not found and near is not None:
            around = nearest(near, self._places, within_m=AROUND_M)
            return [NamedPlace(place, Span(0, 0), guessed=True) for place, _ in around]
        return sorted(
            found, key=lambda one: (_is_wide(one.place), -one.span.length, _away(one.place, near), one.span.start)
        )

    def is_sure(self, found: Sequence[NamedPlace], near: Point | None = None) -> bool:
        """Whether the first of `found` is meant: named, the only one of its kind, and not far from the rider."""
        if not found or found[0].guessed or _away(found[0].place, near) > FAR_M:
            return False
        first = found[0].place
        rivals = {one.place.id for one in found if _is_wide(one.place) == _is_wide(first)}
        return len(rivals) == 1

    def _named(self, text: str) -> Iterator[NamedPlace]:
        start = 0
        while start < len(text):
            name = self._name_at(text, start)
            for place in self._by_name.get(name, ()):
                yield NamedPlace(place, Span(start, start + len(name)))
            start += len(name) or 1

    def _name_at(self, text: str, start: int) -> str:
        for length in self._lengths:
            name = text[start : start + length]
            if len(name) == length and name in self._by_name and not _goes_on(text, start, length):
                return name
        return ""


def _is_wide(place: Place) -> bool:
    return place.kind in _WIDE


def _away(place: Place, near: Point | None) -> float:
    return metres_to_place(near, place) if near else 0.0


def _goes_on(text: str, start: int, length: int) -> bool:
    """Whether a longer word stands there: 「红旗街道办」 is no street, 「其中一中」 is no school."""
    name, after = text[start : start + length], text[start + length : start + length + 2]
    if name.endswith("街") and after.startswith("道") and after != "道路":
        return True
    return name.isascii() and (text[start - 1 : start].isalnum() or after[:1].isalnum())
