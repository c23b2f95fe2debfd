"""Who hears what while somebody is at a case."""

from dataclasses import replace
from datetime import datetime

from bot.chat.events import Incoming
from bot.chat.feature import Work
from bot.chat.messages import Button, Lines, Outgoing, Text, answer, tell
from bot.domain.case import Case
from bot.domain.people import MemberId
from bot.domain.rulebook import Severity


def tell_reporter(case: Case, said: Text | Lines, work: Work, at: datetime) -> Outgoing:
    """A private message to the reporter, held in a rider's quiet hours unless life is in danger."""
    held = at if case.severity is Severity.P1 else work.town.quiet.first_allowed(at)
    return replace(tell(case.reporter_id, said, case=case), not_before=held)


def tell_contact(case: Case, who: MemberId, said: Text | Lines, work: Work, at: datetime, *buttons: Button) -> Outgoing:
    """A private message to whoever is at it or above, in their working hours unless the case is urgent."""
    opens = at if case.is_urgent else work.town.calendar.next_working_instant(at)
    return replace(tell(who, said, *buttons, case=case), not_before=opens)


def reply(event: Incoming, case: Case, said: Text | Lines, work: Work, *buttons: Button) -> Outgoing:
    """An answer to whoever is at the case: in the chat with the bot, also if they wrote in the group."""
    if event.where.private:
        return answer(event, said, *buttons, case=case)
    return tell(work.actor.id, said, *buttons, case=case)
