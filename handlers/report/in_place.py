"""Storing what turned out otherwise while nobody is at it: receipt and card change where they stand."""

from dataclasses import replace
from datetime import datetime

from bot.chat.events import Incoming
from bot.chat.feature import Work
from bot.chat.messages import Effects
from bot.domain.case import Case, CaseState, Changes
from bot.domain.dispatching import agency_for, clocks
from bot.domain.rulebook import AgencyId, Rulebook
from handlers.report import corrections, receipt
from storage import cases, timers


async def store(case: Case, changes: Changes, event: Incoming, work: Work) -> Effects:
    """Store it; a case that goes to another contact now, or is more urgent, is handed over anew.

    Raises:
        Refused: somebody is at it.
    """
    after = replace(case, **changes)
    if case.state is not CaseState.DISPATCHED or _is_handed_on(case, after, work):
        return await corrections.changed(case, changes, event, work)
    if after.category != case.category:
        changes = changes | _fresh_limits(after, event, work)
    after = await cases.amend(work.tx, case, **changes)
    await refresh_card(after, event.at, work)
    return await receipt.of(after, work, event.at, settled=False)


async def refresh_card(case: Case, at: datetime, work: Work) -> None:
    """The contact's card is another feature's: a timer that has come has it drawn as the case is now."""
    await timers.set_timer(work.tx, "dispatch.refresh", case.id, at, case.id)


def _is_handed_on(before: Case, after: Case, work: Work) -> bool:
    """Whether the contact changes, or has to be told at once what was not urgent before."""
    rulebook = work.town.rulebook
    return _agency_of(before, rulebook) != _agency_of(after, rulebook) or before.severity != after.severity


def _fresh_limits(case: Case, event: Incoming, work: Work) -> Changes:
    if case.category is None:
        return Changes()
    rulebook = work.town.rulebook
    category, level = rulebook.categories[case.category], rulebook.severities[case.severity]
    limits = clocks(category, case.severity, level, work.town.calendar, event.at)
    return Changes(accept_due=limits.accept_due, secure_due=limits.secure_due, resolve_due=limits.resolve_due)


def _agency_of(case: Case, rulebook: Rulebook) -> AgencyId | None:
    """Where a case goes by the rules; None as long as nobody knows what it is about."""
    category = rulebook.categories.get(case.category) if case.category else None
    if category is None:
        return None
    named = next((place.id for place in rulebook.places.values() if place.name == case.place), None)
    return agency_for(category, rulebook, place=named, grid=case.grid, community=case.community)[0]
