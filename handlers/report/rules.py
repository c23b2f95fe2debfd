"""What a report still lacks, and how urgent it is."""

from enum import StrEnum
from typing import Final

from bot.domain.geo import in_county
from bot.domain.recognise import Recognition
from bot.domain.rulebook import Category, Point, Rulebook, Severity


class Gap(StrEnum):
    """The one thing that is asked for, in this order."""

    OUTSIDE = "outside"  # a position that is not in the county
    PHOTO = "photo"
    PLACE = "place"
    CATEGORY = "category"


# What was chosen by button is noted beside the gap it fills: no words said before or after change it.
TAPPED: Final = {Gap.PLACE: "tapped_place", Gap.CATEGORY: "tapped_category"}


def first_gap(
    found: Recognition,
    category: Category | None,
    *,
    photos: int,
    has_place: bool,
    outside: bool,
    settled: frozenset[str],
) -> Gap | None:
    """What is missing before a report may file itself; None when it is complete.

    What the rider chose is not asked again. Without a category the strictest is assumed: a photo and a place.
    """
    if outside:
        return Gap.OUTSIDE
    photo_min = category.photo_min if category else 1
    if photos < photo_min and Gap.PHOTO not in settled:
        return Gap.PHOTO
    needs_place = category.location_required if category else True
    if needs_place and Gap.PLACE not in settled and not (has_place and (found.place_sure or not found.places)):
        return Gap.PLACE
    if Gap.CATEGORY not in settled and not found.category_sure:
        return Gap.CATEGORY
    return None


def is_outside(at: Point | None, rulebook: Rulebook) -> bool:
    """Whether a position was given that is not in the county; never where the county has no map."""
    if at is None or not (rulebook.boundary or rulebook.grids):
        return False
    return not in_county(at, rulebook.boundary, rulebook.grids.values())


def raised(category: Category | None, cue: Severity | None) -> Severity:
    """The category's severity, raised by danger words; never lowered."""
    own = category.severity if category else Severity.P3
    return min(own, cue) if cue else own
