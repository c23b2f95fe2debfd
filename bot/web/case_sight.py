"""What one person sees of one case on its page: no more than the chat shows them, asked anew at every look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.chat.messages import Arg, Text
from bot.chat.work import Town
from bot.domain.case import CORRECTABLE, FINAL, Case, CaseId, CaseState, Move, Relation
from bot.domain.lifecycle import may
from bot.domain.people import Member, MemberId
from bot.domain.rulebook import Category, Point, Sensitive
from bot.domain.scrub import quoted, scrub, surname
from bot.domain.steps import HANDED_OVER, standing
from bot.domain.todo import limit_of
from storage import cases, members, photos, timelines
from storage.database import Tx
from storage.photos import PhotoKind, PhotoState, StoredPhoto
from storage.timelines import Happened

MOST_WORDS: Final = 60
AT_IT: Final = frozenset({Relation.CONTACT, Relation.DEPUTY, Relation.LEADER})
AT_WORK: Final = AT_IT | {Relation.DISPATCHER, Relation.ADMIN}
REPORTERS: Final = frozenset({Relation.REPORTER, Relation.CO_REPORTER})
IN_CHECK: Final = frozenset({CaseState.HANDLED, CaseState.VERIFYING})
OF_REPORT: Final = frozenset({PhotoKind.REPORT, PhotoKind.SUPPLY})


class Gone(Exception):
    """The page is closed: the case is over (`case`), or is not this person's any more (None)."""

    def __init__(self, member: Member, case: Case | None) -> None:
        super().__init__()
        self.member = member
        self.case = case


class Upload(StrEnum):
    """What the person may send on the page."""

    RESULT = "result"
    MORE = "more"  # further photos of what they have handled


@dataclass(frozen=True, slots=True)
class Tile:
    """A photo in its frame; `blob` is None while it is on its way, and where it could not be kept."""

    id: int
    blob: str | None
    failed: bool


@dataclass(frozen=True, slots=True)
class Step:
    """What happened, and the agency to which the case was handed, if it was."""

    at: datetime
    what: Text
    to: str


@dataclass(frozen=True, slots=True)
class Sight:
    """Everything the page shows. `facts` are (key of the label, value)."""

    case: Case
    member: Member
    category: Category | None
    facts: Sequence[tuple[str, Arg]]
    reported: Sequence[Tile]
    repaired: Sequence[Tile]
    steps: Sequence[Step]
    upload: Upload | None
    may_place: bool

    @property
    def tiles(self) -> Sequence[Tile]:
        return (*self.reported, *self.repaired)

    @property
    def point(self) -> Point | None:
        """Where it is, if that is known."""
        case = self.case
        return Point(case.lat, case.lon) if case.lat is not None and case.lon is not None else None

    @property
    def due(self) -> Text | None:
        """By when what is to be done; None while the clock stands still."""
        limit = limit_of(self.case)
        if limit is None:
            return None
        is_new = self.case.state is CaseState.DISPATCHED
        return Text("progress.due.answer" if is_new else "progress.due.mend", {"due": limit})


async def look(tx: Tx, case_id: CaseId, member_id: MemberId, town: Town) -> Sight:
    """The case as this person may see it now.

    Raises:
        Gone: it is over, or has nothing to do with them any more.
        LookupError: there is no such case or person.
    """
    case, member = await cases.get(tx, case_id), await members.get(tx, member_id)
    held = await cases.relations(tx, case, member)
    if member.left or held.isdisjoint(AT_WORK | REPORTERS):
        raise Gone(member, None)
    if case.state in FINAL:
        raise Gone(member, case)
    category = town.rulebook.categories.get(case.category) if case.category else None
    kept = await photos.list_of_case(tx, case.id)
    steps = standing(await timelines.list_of_case(tx, case.id))
    is_at_it = bool(held & AT_IT)
    return Sight(
        case=case,
        member=member,
        category=category,
        facts=await _facts(tx, case, category, held, town),
        reported=[_tile(one) for one in kept if _is_of_report(one, member, held)],
        repaired=[_tile(one) for one in kept if _is_of_repair(one, case, member, held)],
        steps=[_step(step, town) for step in steps],
        upload=_upload(case, member, held),
        may_place=Relation.REPORTER in held and not is_at_it and case.state in CORRECTABLE | {CaseState.DRAFT},
    )


async def _facts(
    tx: Tx, case: Case, category: Category | None, held: frozenset[Relation], town: Town
) -> Sequence[tuple[str, Arg]]:
    """As on the contact's card, or as the reporter is told."""
    grid = town.rulebook.grids.get(case.grid) if case.grid else None
    place: Arg = case.place or Text("progress.no_place")
    if grid is not None and held & AT_WORK and grid.name != case.place:
        place = f"{case.place} · {grid.name}" if case.place else grid.name
    facts: list[tuple[str, Arg]] = [("place", place)]
    words = quoted(scrub(case.description)[0])[:MOST_WORDS]
    if held & AT_WORK:
        facts.append(("reporter", await _reporter(tx, case, category)))
    if words and held & (AT_WORK | {Relation.REPORTER}):
        facts.append(("words", words))
    if category is not None and held & AT_WORK:
        facts.append(("wanted", category.close_condition))
    if agency := _agency(case.agency_id, town):
        facts.append(("agency", agency))
    return facts


async def _reporter(tx: Tx, case: Case, category: Category | None) -> Text:
    """Of sensitive cases nobody at work sees a name."""
    if category is not None and category.sensitive is Sensitive.YES:
        return Text("progress.anonymous")
    return Text("core.rider", {"surname": surname((await members.get(tx, case.reporter_id)).name)})


def _agency(agency: str | None, town: Town) -> str:
    known = {str(one.id): one.short for one in town.rulebook.agencies.values()}
    return known.get(agency or "", "")


def _step(step: Happened, town: Town) -> Step:
    to = _agency(step.agency, town) if step.move in HANDED_OVER else ""
    return Step(step.at, Text("state.dispatched") if to else Text(f"progress.move.{step.move}"), to)


def _is_of_report(photo: StoredPhoto, member: Member, held: frozenset[Relation]) -> bool:
    """At work people see all that was kept; whoever reported sees what they sent themselves."""
    if photo.kind not in OF_REPORT:
        return False
    if photo.member_id == member.id:
        return True
    return bool(held & AT_WORK) and photo.state is not PhotoState.FAILED


def _is_of_repair(photo: StoredPhoto, case: Case, member: Member, held: frozenset[Relation]) -> bool:
    """A reporter sees how it looks now when asked to compare, and only what was handed in for that."""
    if photo.kind is not PhotoKind.REPAIR:
        return False
    if held & AT_WORK:
        return photo.state is not PhotoState.FAILED or photo.member_id == member.id
    asked = case.verifier_id == member.id and case.handled_at is not None and photo.wanted_at >= case.handled_at
    return asked and photo.state is PhotoState.STORED


def _tile(photo: StoredPhoto) -> Tile:
    return Tile(photo.id, photo.blob, photo.state is PhotoState.FAILED)


def _upload(case: Case, member: Member, held: frozenset[Relation]) -> Upload | None:
    if held.isdisjoint(AT_IT):
        return None
    if case.state in IN_CHECK and case.handler_id == member.id:
        return Upload.MORE
    return Upload.RESULT if may(case, Move.HANDLE, held) else None
