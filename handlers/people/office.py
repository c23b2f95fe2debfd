"""「找人」: a person at the office answers, and the bot only carries the words."""

from datetime import datetime, timedelta
from typing import Final

from bot.chat.events import Incoming, Pressed
from bot.chat.feature import Work
from bot.chat.messages import Acknowledge, Effects, Outgoing, Rank, answer
from bot.domain.people import MemberId, Role
from bot.domain.refusal import Refused
from handlers.people.declared import feature, text
from storage import dialogs, members

MOST_WORDS: Final = 200
_WAIT: Final = timedelta(minutes=30)
_KEEP_MINUTES: Final = 60 * 24 * 3


async def ask(event: Incoming, work: Work) -> Effects:
    """「找人」 alone asks what it is about; with words they are carried at once."""
    if event.rest.strip():
        return await _carry(event, work, event.rest)
    where = event.where
    await dialogs.start(work.tx, where.platform, where.chat, work.actor.id, "people.to_office", "", event.at + _WAIT)
    duty = await members.get(work.tx, await _on_duty(work, event.at))
    return [answer(event, text("office.ask", who=duty.name, hours=_hours(work)))]


async def take_words(event: Incoming, work: Work) -> Effects:
    await dialogs.end(work.tx, event.where.platform, event.where.chat, work.actor.id)
    return await _carry(event, work, event.text)


async def reply(event: Pressed, work: Work) -> Effects:
    """〔回复〕 on somebody's words: the next message goes to them."""
    where = event.where
    await dialogs.start(
        work.tx, where.platform, where.chat, work.actor.id, "people.answer", event.target, event.at + _WAIT
    )
    other = await members.get(work.tx, MemberId(int(event.target)))
    return [Acknowledge(event), Outgoing(where, text("office.reply_now", who=other.name))]


async def take_answer(event: Incoming, work: Work) -> Effects:
    where = event.where
    dialog = await dialogs.find(work.tx, where.platform, where.chat, work.actor.id, event.at)
    if dialog is None:
        raise Refused("core.button_stale")
    said = _words(event.text)
    await dialogs.end(work.tx, where.platform, where.chat, work.actor.id)
    to = MemberId(int(dialog.data))
    told = text("office.says", who=work.actor.name, words=said)
    button = feature.press("office_reply", "button.office_reply", target=str(work.actor.id), minutes=_KEEP_MINUTES)
    return [Outgoing(to, told, (button,)), answer(event, text("office.sent"))]


async def _carry(event: Incoming, work: Work, words: str) -> Effects:
    """To one person on duty: at once in working hours, at their start otherwise; the asker knows which."""
    said = _words(words)
    duty = await members.get(work.tx, await _on_duty(work, event.at))
    opens = work.town.calendar.next_working_instant(event.at)
    button = feature.press("office_reply", "button.office_reply", target=str(work.actor.id), minutes=_KEEP_MINUTES)
    note = Outgoing(
        duty.id, text("office.note", who=work.actor.name, words=said), (button,), rank=Rank.CARD, not_before=opens
    )
    if opens > event.at:
        return [note, answer(event, text("office.closed", who=duty.name, opens=opens))]
    return [note, answer(event, text("office.passed", who=duty.name, hours=_hours(work)))]


async def _on_duty(work: Work, at: datetime) -> MemberId:
    """The first dispatcher who is there and can be reached, else the first such admin.

    Raises:
        Refused: nobody is there.
    """
    for role in (Role.DISPATCHER, Role.ADMIN):
        for member in await members.holders(work.tx, role):
            away = await members.on_leave(work.tx, member, at)
            if member != work.actor.id and not away and await members.reachable(work.tx, member):
                return member
    raise Refused("people.office.nobody")


def _words(said: str) -> str:
    words = said.strip()[:MOST_WORDS]
    if not words:
        raise Refused("people.office.words_only")
    return words


def _hours(work: Work) -> str:
    """When the office works, e.g. 8:30–17:00."""
    spans = work.town.calendar.spans
    first, last = spans[0].start, spans[-1].end
    return f"{first.hour}:{first.minute:02d}–{last.hour}:{last.minute:02d}"
