"""The rating: asked with the thanks, asked once more, and then left alone; when is in the county's ladder."""

from datetime import datetime, timedelta
from typing import Final

from bot.chat.events import Due
from bot.chat.feature import Work
from bot.chat.messages import Effects, Outgoing, Rank, While
from bot.domain.case import Case, CaseId, CaseState
from bot.domain.casenumber import spoken
from bot.domain.ladder import RATING_ASKED, RATING_CLOSED, At
from bot.domain.rulebook import Severity
from handlers.feedback import closing
from handlers.feedback.declared import feature, text
from storage import cases, timers, verifying

_TIMER: Final = f"{feature.name}.rating"
_USUAL: Final = timedelta(days=3)


def ratable(work: Work) -> timedelta:
    """How long after closing a case may be rated."""
    step = work.town.rulebook.ladder.step(RATING_CLOSED)
    lengths = [moment.length for moments in (step.moments.values() if step else ()) for moment in moments]
    return max((length.length(work.town.calendar) for length in lengths if length is not None), default=_USUAL)


async def wait(case: Case, work: Work, at: datetime) -> None:
    """Set when the reporter is asked once more."""
    step = work.town.rulebook.ladder.step(RATING_ASKED)
    moments = step.moments.get(case.severity, ()) if step else ()
    for moment in moments:
        if moment.at is At.AFTER and moment.length is not None and not case.practice:
            await timers.set_timer(work.tx, _TIMER, case.id, work.town.calendar.due(at, moment.length), case.id)


async def stop(case: Case, work: Work) -> None:
    """The case goes on: nothing is rated yet."""
    await timers.cancel(work.tx, _TIMER, case.id)


async def ask_again(event: Due, work: Work) -> Effects:
    """Once, unless it was rated; held in a rider's quiet hours, and dropped when it may not be rated any more."""
    case = await cases.get(work.tx, CaseId(int(event.key)))
    if case.state is not CaseState.CLOSED or case.closed_at is None:
        return []
    if await verifying.was_rated(work.tx, case.id, case.reporter_id):
        return []
    leaves = event.at if case.severity is Severity.P1 else work.town.quiet.first_allowed(event.at)
    if leaves - case.closed_at > ratable(work):
        return []
    if leaves > event.at:  # whoever rates it meanwhile is not asked any more
        await timers.set_timer(work.tx, _TIMER, case.id, leaves, case.id)
        return []
    said = text("rate_again", number=spoken(case.number))
    return [
        Outgoing(
            case.reporter_id,
            said,
            closing.scores(case, case.reporter_id),
            case=case.id,
            rank=Rank.REMINDER,
            slot=_slot(case),
            once=f"case:{case.id}:rate:{case.round}",
            valid=While(case.id, case.round, (CaseState.CLOSED,)),
        )
    ]


def settled(case: Case) -> Outgoing:
    """The second question loses its buttons, whichever of the two was answered."""
    said = text("rated")
    return Outgoing(case.reporter_id, said, case=case.id, slot=_slot(case), only_edit=True)


def _slot(case: Case) -> str:
    return f"rate:{case.id}:{case.round}"
