"""The receipt: one message where the report was made, edited as the case moves."""

from datetime import datetime
from typing import Final

from bot.chat.events import Address, Platform
from bot.chat.feature import Work
from bot.chat.messages import Button, Effects, Lines, Outgoing, Text
from bot.domain.case import CORRECTABLE, FINAL, UNDO_WINDOW, Case, CaseState
from bot.domain.casenumber import spoken
from bot.domain.dispatching import tellable_at
from bot.domain.rulebook import Sensitive, Severity
from bot.domain.times import local_day
from handlers.report.declared import feature, text
from storage import drafts, members, timers

OVER: Final = FINAL | {CaseState.VERIFIED}


def slot(case: Case) -> str:
    return f"receipt:{case.id}"


async def of(case: Case, work: Work, at: datetime, *, settled: bool, first: bool = False) -> Effects:
    """The receipt as it reads now; the first one is sent, a later one only edits it."""
    draft = await drafts.get(work.tx, case.id)
    if draft is None:
        return []
    where = Address(Platform(draft.platform), draft.chat, private=draft.chat != case.home_chat)
    until = (case.filed_at or case.opened_at) + UNDO_WINDOW
    if first:
        await timers.set_timer(work.tx, f"{feature.name}.settle", case.id, until, case.id)
    return [
        Outgoing(
            where,
            Lines(await _lines(case, work, at)),
            () if settled or at >= until else _buttons(case),
            answers=draft.message,
            slot=slot(case),
            case=case.id,
            only_edit=not first,
        )
    ]


async def _lines(case: Case, work: Work, at: datetime) -> tuple[Text, ...]:
    category = work.town.rulebook.categories.get(case.category) if case.category else None
    number = spoken(case.number)
    if category is not None and category.sensitive is Sensitive.YES:
        return (text("receipt.first", number=number), text("receipt.sensitive"))
    danger = case.severity is Severity.P1 and case.state not in OVER
    what = text(
        "receipt.place_and_what" if case.place else "receipt.what",
        place=case.place,
        what=category.short if category else text("receipt.no_category"),
    )
    first = text("receipt.danger" if danger else "receipt.first", number=number)
    keep_away = (text("receipt.keep_away"),) if danger and case.state in CORRECTABLE else ()
    return (first, what, await _status(case, work, at), *keep_away)


async def _status(case: Case, work: Work, at: datetime) -> Text:
    agency = work.town.rulebook.agencies.get(case.agency_id) if case.agency_id else None
    contact = (await members.get(work.tx, case.contact_id)).name if case.contact_id else ""
    who = f"{agency.short if agency else ''} {contact}".strip()
    told_at = _tellable_at(case, work)
    if case.state is CaseState.DISPATCHED and told_at is not None and told_at > at:
        key = "later" if case.severity is not Severity.P4 else "listed"
        noon = (
            key == "later"
            and local_day(told_at, work.town.zone) == local_day(at, work.town.zone)
            and _has_begun(at, work)
        )
        return text(f"receipt.dispatched_{'noon' if noon else key}", who=who, at=told_at)
    if case.state is CaseState.DISPATCHED and case.accept_due is not None:
        return text("receipt.dispatched", who=who, due=case.accept_due)
    if case.state in (CaseState.ACCEPTED, CaseState.REWORK, CaseState.NEED_INFO, CaseState.ON_HOLD):
        return text("receipt.working", who=who, state=Text(f"state.{case.state}"))
    if case.state in (CaseState.HANDLED, CaseState.VERIFYING):
        return text("receipt.checking", who=who)
    if case.state in OVER:
        return Text(f"state.{case.state}")
    return text("receipt.finding")


def _has_begun(at: datetime, work: Work) -> bool:
    """Whether the day's first hours of work are over: then it is only a break."""
    return at.astimezone(work.town.zone).time() > work.town.calendar.spans[0].start


def _tellable_at(case: Case, work: Work) -> datetime | None:
    """When the contact of a case that can wait hears of it: in working hours, or with the morning list."""
    if case.is_urgent or case.dispatched_at is None:
        return None
    return tellable_at(case.severity, work.town.calendar, case.dispatched_at)


def _buttons(case: Case) -> tuple[Button, ...]:
    if case.state not in CORRECTABLE:
        return ()
    only, minutes = case.reporter_id, int(UNDO_WINDOW.total_seconds() // 60)
    return tuple(
        feature.press(action, f"button.{action}", case=case, only=only, minutes=minutes)
        for action in ("change_place", "change_category", "withdraw")
    )
