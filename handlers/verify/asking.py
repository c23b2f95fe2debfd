"""Who is asked to look, in which order, and what they see."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.chat.events import PhotoId
from bot.chat.feature import Work
from bot.chat.messages import Button, Effects, Lines, Outgoing, Rank, Text, While, photo, tell
from bot.domain.case import UNDO_WINDOW, Case, CaseMoved, CaseState, Move, Relation, Resolution
from bot.domain.casenumber import spoken
from bot.domain.people import RIDERS, SYSTEM, Member, MemberId, Role
from bot.domain.rulebook import Sensitive, Severity, VerifyBy
from bot.domain.scrub import quoted, scrub
from handlers.verify.declared import feature, text
from handlers.verify.rules import Source, order
from storage import cases, members, photos, timers, verifying
from storage.photos import PhotoState

BEEN_SINCE: Final = timedelta(days=90)
BY_RULE_AFTER: Final = timedelta(hours=24)  # conversation design T10: then the contact's photo counts as proof
_MOST_RIDERS: Final = 20


async def ask_next(case: Case, work: Work, at: datetime) -> Effects:
    """Ask the next person who may look; if there is none, the office."""
    who = await _next(case, work, at)
    moved = await cases.move(work.tx, case, Move.ASK_VERIFICATION, await _system(work), at, verifier_id=who)
    photo_is_enough = not case.is_urgent and _by(case, work) is VerifyBy.CONTACT_PHOTO_ONLY
    if case.state is CaseState.HANDLED:
        wait = UNDO_WINDOW if photo_is_enough else BY_RULE_AFTER
        await timers.set_timer(work.tx, "verify.by_rule", case.id, at + wait, case.id)
    if photo_is_enough:
        return [moved]
    before: Effects = ()
    if case.state is CaseState.VERIFYING:
        before = await _over(case, "asked_another", work, at)
    if who is None:
        return [moved, *before, *await tell_office(moved.after, work, at)]
    return [moved, *before, *await request(moved.after, who, work, at)]


async def request(case: Case, who: MemberId, work: Work, at: datetime) -> Effects:
    """T10: the contact's words and photo, and three taps. Held in a rider's quiet hours unless life is in danger."""
    if who != case.reporter_id:
        await cases.relate(work.tx, case.id, who, Relation.VERIFIER, at)
    asked = await members.get(work.tx, who)
    not_before = _may_leave_at(case, asked, work, at)
    due = work.town.calendar.due(not_before, work.town.rulebook.verify_limits[case.severity])
    await timers.set_timer(work.tx, "verify.unanswered", case.id, due, case.id)
    shown = await photos.list_of_attempt(work.tx, case.id, case.handled_at)
    return [
        Outgoing(
            who,
            Lines(await _lines(case, who, work)),
            buttons(case),
            tuple(photo(PhotoId(one.id)) for one in shown[-3:] if one.state is not PhotoState.FAILED),
            slot=slot(case, who),
            case=case.id,
            rank=Rank.CARD,
            not_before=not_before,
            wait_photos_s=work.town.card_wait_s,
            valid=While(case.id, case.round, (CaseState.VERIFYING,)),
        )
    ]


def _may_leave_at(case: Case, asked: Member, work: Work, at: datetime) -> datetime:
    waits = (asked.is_any(RIDERS) or asked.id == case.reporter_id) and case.severity is not Severity.P1
    return work.town.quiet.first_allowed(at) if waits else at


async def _lines(case: Case, who: MemberId, work: Work) -> tuple[Text, ...]:
    number = spoken(case.number)
    handler = await members.get(work.tx, case.handler_id) if case.handler_id else None
    agency = work.town.rulebook.agencies.get(case.agency_id) if case.agency_id else None
    name = f"{agency.short if agency else ''} {handler.name if handler else ''}".strip()
    is_own = who == case.reporter_id
    lines = [_first(case, number, name, is_own=is_own)]
    if not is_own:
        category = work.town.rulebook.categories.get(case.category) if case.category else None
        lines.append(text("request.where", place=case.place or "—", what=category.short if category else ""))
    if case.repair_note:
        lines.append(text("request.words", words=quoted(scrub(case.repair_note)[0])))
    lines.append(text("request.look"))
    paid = _paid(work)
    if not is_own and paid and (await members.get(work.tx, who)).is_any(RIDERS):
        lines.append(text("request.photo_pays", points=paid))
    return tuple(lines)


def _paid(work: Work) -> int:
    """What a look with a photo earns by the county's book; 0 for nothing."""
    items = work.town.rulebook.points.items
    return next((item.points[0] for item in items if item.trigger == "verification.on_site"), 0)


def _first(case: Case, number: str, name: str, *, is_own: bool) -> Text:
    """What the contact says: that it is mended, or how else it ended."""
    if case.resolution in (None, Resolution.RESOLVED):
        return text(f"request.{'own' if is_own else 'other'}", number=number, who=name)
    how = text(f"how.{case.resolution}")
    return text(f"request.{'otherwise' if is_own else 'other_otherwise'}", number=number, who=name, how=how)


def slot(case: Case, who: MemberId) -> str:
    """One message each time somebody is asked: what is asked again must be noticed."""
    return f"verify:{case.id}:{who}:{case.round}"


def buttons(case: Case) -> tuple[Button, ...]:
    return (
        feature.press("mended", "button.mended", case=case),
        feature.press("not_mended", "button.not_mended", case=case),
        feature.press("not_there", "button.not_there", case=case, row=1),
    )


async def closed(moved: CaseMoved, work: Work) -> Effects:
    """The request loses its buttons: there is nothing to answer any more."""
    by_rule = moved.move is Move.CONFIRM and moved.actor == SYSTEM
    return await _over(moved.before, "by_rule" if by_rule else moved.move, work, moved.at)


async def _over(case: Case, why: str, work: Work, at: datetime) -> Effects:
    """A request that is still held is not mentioned: it is dropped, as it is about an older round."""
    if case.verifier_id is None:
        return []
    asked = await members.get(work.tx, case.verifier_id)
    if _may_leave_at(case, asked, work, case.moved_at) > at:
        return []
    told = text(f"over.{why}", number=spoken(case.number))
    return [Outgoing(case.verifier_id, told, slot=slot(case, case.verifier_id), case=case.id, only_edit=True)]


async def passed(case: Case, work: Work, at: datetime) -> None:
    """Whoever is asked now cannot look."""
    if case.verifier_id is not None:
        await cases.note_passed(work.tx, case.id, case.verifier_id, case.reworks, at)


async def tell_office(case: Case, work: Work, at: datetime) -> Effects:
    """Nobody is left: a dispatcher looks or sends somebody, in working hours unless the case is urgent."""
    office = await members.holders(work.tx, Role.DISPATCHER) or await members.holders(work.tx, Role.ADMIN)
    office = [who for who in office if who != case.handler_id]
    told = text("nobody", number=spoken(case.number))
    opens = at if case.is_urgent else work.town.calendar.next_working_instant(at)
    return [replace(tell(who, told, *buttons(case)[:2], case=case), not_before=opens) for who in office]


async def _next(case: Case, work: Work, at: datetime) -> MemberId | None:
    gone = set(await cases.passed(work.tx, case.id, case.reworks)) | {case.handler_id}
    for source in order(_by(case, work), urgent=case.is_urgent):
        if source is Source.RIDER and _is_sensitive(case, work):
            continue  # colleagues must not learn what was reported about whom
        for who in await _people(source, case, work, at):
            if who not in gone and (who != case.reporter_id or source is Source.REPORTER):
                return who
    return None


def _is_sensitive(case: Case, work: Work) -> bool:
    category = work.town.rulebook.categories.get(case.category) if case.category else None
    return category is None or category.sensitive is Sensitive.YES


def _by(case: Case, work: Work) -> VerifyBy:
    category = work.town.rulebook.categories.get(case.category) if case.category else None
    return category.verify_by if category else VerifyBy.REPORTER


async def _people(source: Source, case: Case, work: Work, at: datetime) -> Sequence[MemberId]:
    match source:
        case Source.REPORTER:
            return [case.reporter_id]
        case Source.RIDER:
            return await verifying.riders_of_grid(work.tx, case.grid, at - BEEN_SINCE, _MOST_RIDERS)
        case Source.COMMUNITY:
            return await verifying.verifiers_of(work.tx, case.community)


async def _system(work: Work) -> Member:
    return await members.get(work.tx, SYSTEM)
