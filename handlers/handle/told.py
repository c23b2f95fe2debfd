"""What the reporter hears while somebody is at their case."""

from dataclasses import replace
from datetime import datetime

from bot.chat.feature import Work
from bot.chat.messages import Lines, Outgoing, Text, tell
from bot.domain.case import Case
from bot.domain.rulebook import Severity


def tell_reporter(case: Case, said: Text | Lines, work: Work, at: datetime) -> Outgoing:
    """A private message to the reporter, held in a rider's quiet hours unless life is in danger."""
    held = at if case.severity is Severity.P1 else work.town.quiet.first_allowed(at)
    return replace(tell(case.reporter_id, said, case=case), not_before=held)
