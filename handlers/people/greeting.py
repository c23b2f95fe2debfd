"""First contact: what happens to what a person sends, said once; and what they agree to, each for itself."""

from typing import Final

from bot.chat.events import Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Button, Effects, Outgoing, Text, answer
from bot.domain.people import HANDLERS, OFFICE, Role
from handlers.people.declared import feature, text
from storage import audit, consents, members
from storage.consents import PUBLIC_NAME

NOTICE: Final = "notice"
VERSION: Final = "2026-11"  # of both texts; changed together with their words, so that everybody is shown the new ones
SLOT: Final = f"notice:{VERSION}"
_STAFF: Final = HANDLERS | OFFICE  # they act on reports rather than send them
_AGREES: Final = frozenset({"同意", "agree", "yes"})
_REFUSES: Final = frozenset({"不同意", "disagree", "no"})


async def greet(event: Incoming | Pressed, work: Work) -> Effects:
    """The privacy notice, in private only, once for each person and version. One statement once it was shown."""
    where = event.where
    seen = await consents.seen(work.tx, where.platform, event.sender, NOTICE, VERSION)
    if where.private and not seen.reachable:
        await members.set_unreachable(work.tx, where.platform, event.sender, None)
    strange_in_group = not where.private and (Role.GUEST in work.actor.roles or not seen.reachable)
    if seen.shown or strange_in_group:
        return []
    await consents.show(work.tx, work.actor.id, NOTICE, VERSION, where.platform)
    key = "notice_staff" if work.actor.is_any(_STAFF) else "notice"
    said = text(key, bot=work.town.bot_name, town=work.town.name)
    button = feature.press("notice_read", "button.notice_read", minutes=60 * 24 * 30)
    return [
        Outgoing(
            where if where.private else work.actor.id,
            said,
            (button,),
            slot=SLOT,
            once=f"notice:{VERSION}:{work.actor.id}:{event.event_id}",
        )
    ]


async def notice_read(event: Pressed, work: Work) -> Effects:
    """The person has read it: kept with version, time and platform."""
    await consents.answer(work.tx, work.actor.id, NOTICE, VERSION, event.where.platform, event.at, agreed=True)
    await audit.note(
        work.tx, event.at, work.actor.id, "consent.given", f"member:{work.actor.id}", f"{NOTICE} {VERSION}"
    )
    return [Acknowledge(event, text("notice_kept"))]


async def public_name(event: Incoming, work: Work) -> Effects:
    """「公开姓名 同意」: the full name on posters and lists, or not; without a word both are offered."""
    said = event.rest.strip().lower()
    if said not in _AGREES | _REFUSES:
        return [answer(event, text("name.ask"), *_choices())]
    return [answer(event, await _decide(event, work, agreed=said in _AGREES))]


async def public_name_pressed(event: Pressed, work: Work) -> Effects:
    return [Acknowledge(event), Outgoing(event.where, await _decide(event, work, agreed=event.target == "yes"))]


def _choices() -> tuple[Button, ...]:
    return (
        feature.press("public_name", "button.agree", target="yes"),
        feature.press("public_name", "button.disagree", target="no"),
    )


async def _decide(event: Incoming | Pressed, work: Work, *, agreed: bool) -> Text:
    who = work.actor.id
    await consents.answer(work.tx, who, PUBLIC_NAME, VERSION, event.where.platform, event.at, agreed=agreed)
    action = "consent.given" if agreed else "consent.refused"
    await audit.note(work.tx, event.at, who, action, f"member:{who}", f"{PUBLIC_NAME} {VERSION}")
    return text("name.agreed" if agreed else "name.refused")
