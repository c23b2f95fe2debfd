"""What a rider says later is passed on to whoever is at the case, when they may hear of it."""

from dataclasses import replace
from datetime import datetime

from bot.chat.feature import Work
from bot.chat.messages import Outgoing, Text, tell
from bot.domain.case import OPEN, Case


def tell_contact(case: Case, said: Text, work: Work, at: datetime, slot: str | None = None) -> list[Outgoing]:
    """A private message to the contact, in their working hours unless the case is urgent; none where nobody is at it."""
    if case.contact_id is None or case.state not in OPEN:
        return []
    opens = at if case.is_urgent else work.town.calendar.next_working_instant(at)
    return [replace(tell(case.contact_id, said, case=case), not_before=opens, slot=slot)]
