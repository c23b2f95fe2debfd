"""A case in words: in one line of a list, as a line of time, and as a sheet to work from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.chat.events import PhotoId
from bot.chat.feature import Work
from bot.chat.messages import Attachment, Button, Lines, Text, photo
from bot.domain.case import OPEN, REOPEN_WINDOW, UNDO_WINDOW, Case, CaseState, Move, Relation
from bot.domain.casenumber import spoken
from bot.domain.lifecycle import may
from bot.domain.rulebook import Category, Rulebook, Sensitive
from bot.domain.scrub import quoted, surname
from bot.domain.todo import WORKING, limit_of
from handlers.progress.declared import feature, text
from handlers.progress.rules import told
from storage import members, photos, timelines
from storage.photos import PhotoKind, PhotoState
from storage.timelines import Happened

_MOST_PHOTOS: Final = 9
_IN_HAND: Final = frozenset({Relation.CONTACT, Relation.DEPUTY, Relation.LEADER})
_OFFICE: Final = frozenset({Relation.DISPATCHER, Relation.ADMIN})


def what(case: Case, rulebook: Rulebook) -> str | Text:
    """The matter in a few characters."""
    category = _category(case, rulebook)
    return category.short if category else text("no_category")


def status(case: Case) -> Text:
    """How far it is and by when, in the words of people who wait."""
    limit = limit_of(case)
    if limit is not None:
        return text("due.answer" if case.state is CaseState.DISPATCHED else "due.mend", due=limit)
    match case.state:
        case CaseState.ON_HOLD if case.hold_until is not None:
            return text("due.hold", until=case.hold_until)
        case CaseState.HANDLED | CaseState.VERIFYING | CaseState.VERIFIED:
            return text("due.checking")
        case CaseState.REPORTED | CaseState.FILED | CaseState.RETURNED | CaseState.REOPENED:
            return text("due.finding")
        case _:
            return Text(f"state.{case.state}")


def case_button(action: str, label: str, case: Case, work: Work, row: int = 0) -> Button:
    """Opens a case; it names the number and not the round, so that it works however far the case has come."""
    shown = text(label, number=spoken(case.number), what=what(case, work.town.rulebook))
    return feature.press(action, shown, target=spoken(case.number), row=row)


async def timeline(case: Case, work: Work) -> Lines:
    """What happened and what comes next, in a few lines."""
    rulebook = work.town.rulebook
    head = text("head", number=spoken(case.number), what=what(case, rulebook), state=Text(f"state.{case.state}"))
    place = (text("place", place=case.place),) if case.place else ()
    steps = [_step(step, rulebook) for step in told(await timelines.list_of_case(work.tx, case.id))]
    limit = (status(case),) if limit_of(case) is not None or case.state is CaseState.ON_HOLD else ()
    return Lines((head, *place, *steps, *limit))


def _step(step: Happened, rulebook: Rulebook) -> Text:
    agency = rulebook.agencies.get(step.agency) if step.agency else None
    if step.move in (Move.DISPATCH, Move.REASSIGN):
        return text("step.dispatch", at=step.at, agency=agency.short if agency else "")
    return text("step.other", at=step.at, what=text(f"move.{step.move}"))


def reporter_buttons(case: Case, held: frozenset[Relation], at: datetime) -> Sequence[Button]:
    """What the reporter may still do: take it back, or have it done again."""
    if may(case, Move.REOPEN, held) and case.closed_at is not None:
        fresh = case.reopens == 0 and at - case.closed_at <= REOPEN_WINDOW
        return [_other("feedback.reopen", case)] if fresh and Relation.REPORTER in held else []
    early = case.state not in (CaseState.DISPATCHED, CaseState.RETURNED) or at - case.moved_at <= UNDO_WINDOW
    if may(case, Move.WITHDRAW, held) and Relation.REPORTER in held and early:
        return [_other("report.withdraw", case)]
    return []


async def sheet(case: Case, held: frozenset[Relation], work: Work) -> Lines:
    """All that is needed to act on a case, with how to answer."""
    rulebook, category = work.town.rulebook, _category(case, work.town.rulebook)
    grid = rulebook.grids.get(case.grid) if case.grid else None
    place = case.place or text("no_place")
    lines = [text("head", number=spoken(case.number), what=what(case, rulebook), state=Text(f"state.{case.state}"))]
    lines.append(text("place_in_grid", place=place, grid=grid.name) if grid else text("place", place=place))
    lines.append(text("reporter", who=await _reporter(case, category, work), at=case.opened_at))
    if case.description:
        lines.append(text("words", words=quoted(case.description)))
    if case.contact_id is not None and not held & {Relation.CONTACT}:
        lines.append(await _contact(case, work))
    if category is not None and case.state in WORKING:
        lines.append(text("done_when", condition=category.close_condition))
    if limit_of(case) is not None:
        lines.append(status(case))
    if held & _IN_HAND and may(case, Move.HANDLE, held):
        lines.append(text("how_to_answer"))
    if held & _OFFICE and case.state in OPEN:
        lines.append(text("how_to_assign", number=spoken(case.number)))
    return Lines(tuple(lines))


def sheet_buttons(case: Case, held: frozenset[Relation]) -> Sequence[Button]:
    """The same choices as on the card that was sent when the case was handed over."""
    buttons: list[Button] = []
    if may(case, Move.ACCEPT, held):
        buttons.append(_other("dispatch.accept", case))
    if may(case, Move.RETURN, held) and not case.binding:
        buttons.append(_other("dispatch.not_mine", case))
    if may(case, Move.HANDLE, held):
        buttons.append(_other("handle.handled", case, row=1))
    if case.state in WORKING and held & _IN_HAND:
        buttons.append(_other("handle.extend", case, row=1))
    return buttons


async def evidence(case: Case, work: Work) -> Sequence[Attachment]:
    """The photos of the report."""
    kept = await photos.list_of_case(work.tx, case.id, PhotoKind.REPORT, PhotoKind.SUPPLY)
    shown = [found for found in kept if found.state is not PhotoState.FAILED][:_MOST_PHOTOS]
    return [photo(PhotoId(found.id)) for found in shown]


def _other(action: str, case: Case, row: int = 0) -> Button:
    """A button that another feature answers, under the label it has there."""
    owner, name = action.split(".")
    return Button(action, Text(f"{owner}.button.{name}"), case.id, case.round, row=row)


async def _reporter(case: Case, category: Category | None, work: Work) -> Text:
    if category is not None and category.sensitive is Sensitive.YES:
        return text("anonymous")
    return Text("core.rider", {"surname": surname((await members.get(work.tx, case.reporter_id)).name)})


async def _contact(case: Case, work: Work) -> Text:
    agency = work.town.rulebook.agencies.get(case.agency_id) if case.agency_id else None
    name = (await members.get(work.tx, case.contact_id)).name if case.contact_id else ""
    return text("contact", agency=agency.short if agency else "", name=name)


def _category(case: Case, rulebook: Rulebook) -> Category | None:
    return rulebook.categories.get(case.category) if case.category else None
