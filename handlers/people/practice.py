"""〔试发一条〕: whoever is new sends one report for practice; what it would become is the matter of `report`."""

from datetime import timedelta
from typing import Final

from bot.chat.events import Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Button, Effects, Outgoing
from bot.domain.people import RIDERS, Member, Role
from handlers.people.declared import feature, text
from storage import dialogs, drafts

FOR: Final = RIDERS | {Role.GUEST}
_TIME: Final = timedelta(minutes=10)
_STEP: Final = "report.practice"  # a step of the feature that understands reports


def buttons(member: Member) -> tuple[Button, ...]:
    """The offer, to those who report."""
    if not member.is_any(FOR):
        return ()
    return (feature.press("practice", "button.practice", only=member.id, minutes=60 * 24 * 30),)


async def begin(event: Pressed, work: Work) -> Effects:
    """The next message is practice; not while a real report is being put together, whose answer is waited for."""
    where = event.where
    if await drafts.find_open(work.tx, where.platform, where.chat, work.actor.id) is not None:
        return [Acknowledge(event, text("practice.later"), alert=True)]
    await dialogs.start(work.tx, where.platform, where.chat, work.actor.id, _STEP, "", event.at + _TIME)
    return [Acknowledge(event), Outgoing(where, text("practice.begin"))]
