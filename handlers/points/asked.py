"""What an admin asks for in one line: who, which item, about which case, why."""

from dataclasses import dataclass
from typing import Final

from bot.chat.events import Incoming
from bot.chat.feature import Work
from bot.domain.case import Case
from bot.domain.casenumber import case_number
from bot.domain.people import RIDERS, Member
from bot.domain.refusal import Refused
from bot.domain.rulebook import PointItem, PointRules
from bot.domain.scrub import scrub
from handlers.points.wording import plain_name
from storage import cases, people, photos
from storage.photos import PhotoKind, PhotoState

MOST_REASON: Final = 60
MOST_RIDERS: Final = 10
_SIGNS: Final = "+-−"


@dataclass(frozen=True, slots=True)
class Asked:
    """`grade`: which of the item's figures; `number`: the case's, if one is named."""

    names: tuple[str, ...]
    item: PointItem
    grade: int
    number: int | None
    reason: str

    @property
    def points(self) -> int:
        return self.item.points[self.grade]


def read(words: str, rules: PointRules, example: str) -> Asked:
    """「赵强、李晓梅 A07 0127 理由」; the item by its code or by its name, its figure after it where it has several.

    `example`: key of the text that shows how it is said.

    Raises:
        Refused: nobody or no item is named, one of several figures is not, or the reason is missing.
    """
    named, _, rest = words.strip().partition(" ")
    names = tuple(dict.fromkeys(name for name in named.replace(",", "、").split("、") if name))
    if not names or not rest:
        raise Refused(example)
    if len(names) > MOST_RIDERS:
        raise Refused("points.asked.too_many", most=MOST_RIDERS)
    item, rest = item_named(rest.strip(), rules)
    if item is None:
        raise Refused("points.asked.which_item", words=rest[:20])
    grade, rest = _grade(item, rest)
    first, _, after = rest.partition(" ")
    number = case_number(first, alone_or_after_command=True)
    reason = scrub(after if number is not None else rest)[0].strip()[:MOST_REASON]
    if not reason:
        raise Refused("points.asked.why", code=item.code)
    return Asked(names, item, grade, number, reason)


def item_named(words: str, rules: PointRules) -> tuple[PointItem | None, str]:
    """The item that words begin with, and what follows: by code, by name, or by a part of one name only."""
    first, _, rest = words.partition(" ")
    for item in rules.items:
        if first.upper() == item.code:
            return item, rest.strip()
    for item in sorted(rules.items, key=lambda item: -len(plain_name(item.name))):
        if words.startswith(plain_name(item.name)):
            return item, words.removeprefix(plain_name(item.name)).strip()
    near = [item for item in rules.items if first in plain_name(item.name)]
    return (near[0], rest.strip()) if len(near) == 1 and len(first) > 1 else (None, words)


def _grade(item: PointItem, words: str) -> tuple[int, str]:
    if len(item.points) == 1:
        return 0, words
    first, _, rest = words.partition(" ")
    said = first.strip(_SIGNS).removesuffix("分")
    figures = [str(abs(points)) for points in item.points]
    if said not in figures:
        raise Refused("points.asked.which_figure", code=item.code, figures="、".join(figures))
    return figures.index(said), rest.strip()


async def rider_named(name: str, work: Work) -> Member:
    """The rider in office with this name, or with the number that tells namesakes apart.

    Raises:
        Refused: there is none, there are several, or it is the one who asks.
    """
    if name.isascii() and name.isdecimal() and len(name) <= 9:
        found = [member for member in await people.by_number(work.tx, int(name)) if not member.left]
    else:
        found = list(await people.by_name(work.tx, name))
    riders = [member for member in found if member.is_any(RIDERS)]
    if not riders:
        raise Refused("points.asked.no_rider", name=name[:20])
    if len(riders) > 1:
        raise Refused("points.asked.several", name=name, numbers="、".join(str(rider.id) for rider in riders[:5]))
    if riders[0].id == work.actor.id:
        raise Refused("points.asked.oneself")
    return riders[0]


async def case_of(event: Incoming, number: int | None, work: Work) -> Case | None:
    """The case that is named, else the one that is quoted.

    Raises:
        Refused: there is no such case.
    """
    if number is None:
        return None if event.about is None else await cases.get(work.tx, event.about)
    found = await cases.find_number(work.tx, number)
    if found is None:
        raise Refused("case.unknown", number=number)
    return found


async def evidence(event: Incoming, case: Case | None, work: Work) -> int | None:
    """The photo sent with the words, or the newest one of the case that is quoted."""
    about = case.id if case else None
    wanted = [
        await photos.want(
            work.tx, work.actor.id, PhotoKind.EVIDENCE, event.where.platform, sent.ref, event.at, case=about
        )
        for sent in event.photos
    ]
    if wanted or event.about is None:
        return wanted[0] if wanted else None
    kept = await photos.list_of_case(work.tx, event.about)
    return next((photo.id for photo in reversed(kept) if photo.state is not PhotoState.FAILED), None)
