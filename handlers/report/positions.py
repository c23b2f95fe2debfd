"""A position that was sent by itself, just after a report was made."""

from datetime import timedelta

from bot.chat.events import Incoming
from bot.chat.feature import Work
from bot.chat.messages import Effects
from bot.domain.case import CORRECTABLE, Case
from bot.domain.recognise import recognise
from bot.domain.rulebook import Point
from handlers.report import corrections, in_place
from handlers.report.drafting import noted, said_about
from handlers.report.placing import located, sent_position
from storage import case_queries, drafts

_RECENT = 10  # of one's own cases are looked at, as open ones come first


async def of_recent(event: Incoming, work: Work) -> Effects | None:
    """The position belongs to the report that was just made there, or in private; None if there is none.

    Raises:
        Refused: it is not in the county.
    """
    case = await _just_made(event, work)
    if event.position is None or case is None:
        return None
    near = Point(event.position.lat, event.position.lon)
    corrections.check_inside(case, near, work)
    await said_about(event, case.id, work)
    found = recognise(case.description, work.town.rulebook, near)
    changes = located(work.town.rulebook, found, event.position)
    if case.place:
        changes["place"] = case.place  # what it was called by the rider
    return [*await in_place.store(case, changes, event, work), noted(event, case, "corrected")]


def is_alone(event: Incoming) -> bool:
    """Whether a message is a position and quotes nothing."""
    things = event.photos or event.media or event.text.strip() or event.answers
    return event.position is not None and not things


async def _just_made(event: Incoming, work: Work) -> Case | None:
    """One's newest report, if it is minutes old, may still be corrected and has no position that was sent."""
    where = event.where
    if await drafts.find_open(work.tx, where.platform, where.chat, work.actor.id) is not None:
        return None
    own = await case_queries.list_of_reporter(work.tx, work.actor.id, _RECENT)
    case = max(own, key=lambda one: one.opened_at, default=None)
    if case is None or case.opened_at < event.at - 2 * timedelta(minutes=work.town.draft_minutes):
        return None
    draft = await drafts.get(work.tx, case.id)
    elsewhere = not where.private and (draft is None or draft.chat != where.chat)
    if elsewhere or case.state not in CORRECTABLE or sent_position(case, work.town.rulebook) is not None:
        return None
    return case
