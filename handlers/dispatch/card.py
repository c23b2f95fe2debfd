"""The contact's card: everything needed to act, in one private message that is edited as the case moves."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.chat.events import PhotoId, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Attachment, Button, CasePage, Effects, Lines, Outgoing, Rank, Text, While, photo
from bot.domain import dispatching
from bot.domain.case import OPEN, Case, CaseMoved, CaseState
from bot.domain.casenumber import spoken
from bot.domain.dispatching import Why
from bot.domain.rulebook import Category, Sensitive, Severity
from bot.domain.scrub import quoted, scrub, surname
from handlers.dispatch.declared import feature, text
from storage import cases, members, outbox, photos, timelines
from storage.photos import PhotoKind, PhotoState

_MOST_PHOTOS: Final = 9
_OF_REPORT: Final = (PhotoKind.REPORT, PhotoKind.SUPPLY)
_REASONS: Final = frozenset(Why) - {Why.NOBODY} | {
    *("suggested", "office", "reopened", "unreachable", "leave", "back", "leader", "deputy_took"),
}
_SHOWN: Final = tuple(sorted(OPEN))
_WORKING: Final = frozenset({CaseState.ACCEPTED, CaseState.REWORK})


async def slot(case: Case, contact: int, work: Work) -> str:
    """One message for each time a contact is given the case: what comes back must be noticed."""
    given = await timelines.handed(work.tx, case)
    return f"card:{case.id}:{contact}:{given}.{case.reworks}"


async def of(case: Case, work: Work, at: datetime, *, only_edit: bool = False) -> Effects:
    """The card as it reads now. A new one waits a little for its photos, and for working hours unless urgent."""
    if case.contact_id is None:
        return []
    if case.severity is Severity.P4 and case.state is CaseState.DISPATCHED and not only_edit:
        return []  # a line of the morning list
    urgent = case.severity is Severity.P1
    return [
        Outgoing(
            case.contact_id,
            Lines(await _lines(case, work)),
            _buttons(case),
            tuple(await _photos(case, work)),
            slot=await slot(case, case.contact_id, work),
            case=case.id,
            rank=Rank.CARD,
            not_before=tellable_at(case, work, (case.dispatched_at or at) if only_edit else at),
            wait_photos_s=0 if urgent or only_edit else work.town.card_wait_s,
            only_edit=only_edit,
            valid=While(case.id, case.round, _SHOWN) if case.state in OPEN else None,
            page=CasePage(case.id, text("button.page")) if case.state in OPEN else None,
        )
    ]


async def is_on(event: Pressed, case: Case, work: Work) -> bool:
    """Whether a press came from the card itself, and not from another message about the case."""
    where = event.where
    shown = await outbox.slot_shown(work.tx, where.platform, where.chat, await slot(case, work.actor.id, work))
    return not event.message or (shown is not None and event.message == shown.message)


async def taken_off(moved: CaseMoved, work: Work) -> Effects:
    """Tell the earlier contact; their card loses its buttons. One that was never shown is dropped by its round."""
    before, after = moved.before, moved.after
    if before.contact_id is None or is_held(before, work, moved.at):
        return []
    agency = work.town.rulebook.agencies.get(after.agency_id) if after.agency_id else None
    key = "taken_off" if agency and after.contact_id else "taken_back"
    told = text(key, number=spoken(before.number), agency=agency.short if agency else "")
    old = await slot(before, before.contact_id, work)
    opens = _opens(before, work, moved.at)
    return [Outgoing(before.contact_id, told, slot=old, case=before.id, rank=Rank.CARD, not_before=opens)]


def over(case: Case, work: Work, at: datetime) -> Effects:
    """Tell a contact who is at it that there is nothing to do any more."""
    if case.contact_id is None:
        return []
    told = text("over", number=spoken(case.number), state=Text(f"state.{case.state}"))
    return [Outgoing(case.contact_id, told, case=case.id, rank=Rank.CARD, not_before=_opens(case, work, at))]


def is_held(case: Case, work: Work, at: datetime) -> bool:
    """Whether the card still waits for working hours."""
    return case.dispatched_at is not None and tellable_at(case, work, case.dispatched_at) > at


def tellable_at(case: Case, work: Work, at: datetime) -> datetime:
    """When the contact may be told of the case, or of what has become of it."""
    if case.state is CaseState.DISPATCHED:
        return dispatching.tellable_at(case.severity, work.town.calendar, at)
    return _opens(case, work, at)


def _opens(case: Case, work: Work, at: datetime) -> datetime:
    """When a contact may hear of it: at once what is urgent, in working hours the rest."""
    return at if case.is_urgent else work.town.calendar.next_working_instant(at)


async def _lines(case: Case, work: Work) -> tuple[Text, ...]:
    category = work.town.rulebook.categories[case.category] if case.category else None
    number = spoken(case.number)
    first = text(_title_key(case), number=number, what=category.short if category else text("no_category"))
    lines = [first]
    if case.state in (CaseState.DISPATCHED, CaseState.ACCEPTED, CaseState.REWORK):
        lines += await _details(case, category, work)
    lines += _what_now(case)
    if case.state is CaseState.DISPATCHED:
        lines += await _why(case, category, work)
    return tuple(lines)


async def _why(case: Case, category: Category | None, work: Work) -> list[Text]:
    """The one line that says why it came here."""
    note = await cases.handed_note(work.tx, case.id)
    return [text(f"why.{note}", what=category.short if category else "")] if note in _REASONS else []


def _title_key(case: Case) -> str:
    if case.severity is Severity.P1:
        return "card.urgent"
    return "card.new" if case.state is CaseState.DISPATCHED else "card.title"


async def _details(case: Case, category: Category | None, work: Work) -> list[Text]:
    grid = work.town.rulebook.grids.get(case.grid) if case.grid else None
    place = case.place or text("no_place")
    lines = [text("card.place_in_grid", place=place, grid=grid.name) if grid else text("card.place", place=place)]
    lines.append(text("card.reporter", who=await _reporter(case, category, work), at=case.opened_at))
    if case.description:
        lines.append(text("card.words", words=quoted(scrub(case.description)[0])[:60]))
    lines += await _recordings(case, work)
    if category is not None and case.state is not CaseState.DISPATCHED:
        lines.append(text("card.done_when", condition=category.close_condition))
    return lines


async def _recordings(case: Case, work: Work) -> list[Text]:
    """One short line: voice and video of the report are kept, and never sent on."""
    kept = [one for one in await photos.recordings(work.tx, case.id) if one.kind in _OF_REPORT]
    counted = Counter(one.media for one in kept if one.state is PhotoState.STORED)
    shown = tuple(text(f"card.{media}", n=n) for media, n in sorted(counted.items(), key=str))
    return [text("card.recorded", what=Lines(shown, " · "))] if shown else []


async def _reporter(case: Case, category: Category | None, work: Work) -> Text:
    """A rider depends on the merchants they report: of sensitive cases the contact sees no name."""
    if category is not None and category.sensitive is Sensitive.YES:
        return text("anonymous")
    reporter = await members.get(work.tx, case.reporter_id)
    return Text("core.rider", {"surname": surname(reporter.name)})


def _what_now(case: Case) -> Sequence[Text]:
    match case.state:
        case CaseState.DISPATCHED if case.accept_due is not None:
            return (text("card.answer_by", due=case.accept_due),)
        case CaseState.ACCEPTED | CaseState.REWORK if case.resolve_due is not None:
            key = "card.rework" if case.state is CaseState.REWORK else "card.how_to_answer"
            return (text("card.resolve_by", due=case.resolve_due), text(key))
        case _:
            return (Text(f"state.{case.state}"),)


def _buttons(case: Case) -> tuple[Button, ...]:
    if case.state is CaseState.DISPATCHED:
        buttons = [feature.press("accept", "button.accept", case=case)]
        if not case.binding:
            buttons.append(feature.press("not_mine", "button.not_mine", case=case))
        return (*buttons, _handled(case, row=1))
    if case.state in _WORKING:
        undo = feature.press("undo_accept", "button.undo_accept", case=case, row=2, minutes=10)
        extend = Button("handle.extend", Text("handle.button.extend"), case.id, case.round, row=1)
        ask = Button("handle.ask", Text("handle.button.ask"), case.id, case.round, row=1)
        return (_handled(case), extend, ask, *((undo,) if case.state is CaseState.ACCEPTED else ()))
    return ()


def _handled(case: Case, row: int = 0) -> Button:
    """Answered by the feature that books what was done."""
    return Button("handle.handled", Text("handle.button.handled"), case.id, case.round, row=row)


async def _photos(case: Case, work: Work) -> Sequence[Attachment]:
    kept = await photos.list_of_case(work.tx, case.id, *_OF_REPORT)
    shown = [found for found in kept if found.state is not PhotoState.FAILED][:_MOST_PHOTOS]
    return [photo(PhotoId(found.id)) for found in shown]
