"""Leave: 请假 and 销假, by the one it is about, or by the leader of the agency or an admin for them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from bot.chat.events import Due, Incoming
from bot.chat.feature import Work
from bot.chat.messages import Effects, Lines, Text, answer
from bot.domain.case import CaseMoved
from bot.domain.dispatching import Why
from bot.domain.people import Member, Role
from bot.domain.refusal import Refused
from handlers.people import absence, lending, posts, rules, welcome
from handlers.people.absence import Absence
from handlers.people.declared import text
from handlers.people.lending import Lent
from storage import audit, leaves, members, timers
from storage.leaves import Leave

BEGINS, ENDS = "people.leave_begins", "people.leave_ends"


async def go(event: Incoming, work: Work) -> Effects:
    """「请假 11月25日-28日」, or for somebody else 「请假 李四 11月25日-28日」."""
    named, words = rules.whose(event.rest)
    who = await _whose(named, work)
    first, last = _days(words, welcome.today(work, event.at))
    from_at, until_at = max(_midnight(first, work), event.at), _midnight(last + timedelta(days=1), work)
    ahead = await leaves.list_ahead(work.tx, who.id, event.at)
    for known in ahead:
        if known.from_at <= from_at and until_at <= known.until_at:
            return [answer(event, _already(known, who, work))]
    leave = await _noted(ahead, who, (from_at, until_at), work, event.at)
    await audit.note(work.tx, event.at, work.actor.id, "leave.noted", f"member:{who.id}", f"{first} {last}")
    begins = leave.covers(event.at) and not any(known.covers(event.at) for known in ahead)
    lent = await lending.lend(who.id, work, event.at) if begins else Lent()
    stand_ins = await absence.stand_ins_for(who, work, max(leave.from_at, event.at))
    noted = Absence(leave, who, stand_ins, lent)
    return [
        *lent.moves,
        *await _receipts(noted, event, work),
        *await absence.to_others(noted, work, event.at, begins=False),
    ]


async def come_back(event: Incoming, work: Work) -> Effects:
    """「销假」, or for somebody else 「销假 李四」: leaves that run or are to come are over, and cases come back."""
    who = await _whose(event.rest.strip(), work)
    own = who.id == work.actor.id
    ahead = await leaves.list_ahead(work.tx, who.id, event.at)
    if not ahead:
        raise Refused("people.leave.none") if own else Refused("people.leave.none_of", who=who.name)
    await leaves.end(work.tx, who.id, event.at)
    for leave in ahead:
        await _forget(leave, work)
    await audit.note(work.tx, event.at, work.actor.id, "leave.ended", f"member:{who.id}")
    home = await absence.come_home(ahead[0], who, work, event.at)
    if own:
        said, buttons = home.lines
        told = answer(event, Lines((text("leave.ended"), *said)), *buttons)
        return [*home.moves, replace(told, slot=home.slot), *home.to_deputies()]
    told = home.to_owner(text("leave.ended_by", by=work.actor.name))
    return [*home.moves, answer(event, text("leave.ended_of", who=who.name)), told, *home.to_deputies()]


async def begin(event: Due, work: Work) -> Effects:
    """The first day has come: open cases go to whoever stands in."""
    leave = await leaves.get(work.tx, int(event.key))
    if not leave.covers(event.at):
        return []  # the bot was away until it was over
    who = await members.get(work.tx, leave.member)
    lent = await lending.lend(who.id, work, event.at)
    if not lent.moved and not lent.kept:
        return []
    begun = Absence(leave, who, await absence.stand_ins_for(who, work, event.at), lent)
    head = text("leave.begun", span=absence.span(leave, work))
    return [
        *lent.moves,
        await absence.to_owner(begun, head, work, event.at),
        *await absence.to_others(begun, work, event.at, begins=True),
    ]


async def end(event: Due, work: Work) -> Effects:
    """The last day is over."""
    leave = await leaves.get(work.tx, int(event.key))
    if await members.on_leave(work.tx, leave.member, event.at):
        return []  # another one goes on, and gives back when it ends
    who = await members.get(work.tx, leave.member)
    home = await absence.come_home(leave, who, work, event.at)
    if not home.shares:
        return []
    return [*home.moves, home.to_owner(text("leave.over")), *home.to_deputies()]


async def hand_rework_on(moved: CaseMoved, work: Work) -> Effects:
    """What was being looked at when a leave began, and has to be done again, finds whoever stands in."""
    case = moved.after
    if case.contact_id is None or case.agency_id is None:
        return []
    ahead = await leaves.list_ahead(work.tx, case.contact_id, moved.at)
    if not ahead or not ahead[0].covers(moved.at):
        return []
    to = await lending.stand_in(case.agency_id, case.contact_id, work, moved.at)
    if to is not None:
        return [await lending.hand(case, case.contact_id, to, work, moved.at, note=Why.DEPUTY)]
    who = await members.get(work.tx, case.contact_id)
    return await absence.to_others(Absence(ahead[0], who, {}, Lent(kept=(case,))), work, moved.at, begins=True)


async def _whose(name: str, work: Work) -> Member:
    """Whom a leave is about.

    Raises:
        Refused: somebody else whose agency the actor does not lead, or who is no contact.
    """
    if name in ("", work.actor.name):
        return work.actor
    led, is_admin = work.actor.agencies(Role.LEADER), Role.ADMIN in work.actor.roles
    if not led and not is_admin:
        raise Refused("people.leave.not_yours")
    who = await posts.person_named(name, work)
    if not who.agencies(Role.CONTACT):
        raise Refused("people.leave.no_contact", name=who.name)
    if not is_admin and led.isdisjoint(who.agencies(Role.CONTACT)):
        raise Refused("people.leave.not_yours")
    return who


def _days(words: str, today: date) -> tuple[date, date]:
    days = rules.leave_days(words, today)
    if days is None:
        raise Refused("people.leave.past" if rules.is_past(words, today) else "people.leave.how")
    return days


async def _noted(
    ahead: Sequence[Leave], who: Member, span: tuple[datetime, datetime], work: Work, at: datetime
) -> Leave:
    """One leave of the new days and of those known that meet them: nothing comes back in between."""
    meeting = [known for known in ahead if known.from_at <= span[1] and span[0] <= known.until_at]
    from_at = min([span[0], *(known.from_at for known in meeting)])
    until_at = max([span[1], *(known.until_at for known in meeting)])
    for known in meeting[1:]:
        await leaves.change(work.tx, known.id, known.from_at, known.from_at)
    for known in meeting:
        await _forget(known, work)
    if meeting:
        leave = await leaves.change(work.tx, meeting[0].id, from_at, until_at)
    else:
        leave = await leaves.add(work.tx, who.id, from_at, until_at, at)
    if leave.from_at > at:
        await timers.set_timer(work.tx, BEGINS, leave.id, leave.from_at)
    await timers.set_timer(work.tx, ENDS, leave.id, leave.until_at)
    return leave


async def _forget(leave: Leave, work: Work) -> None:
    for name in (BEGINS, ENDS):
        await timers.cancel(work.tx, name, leave.id)


async def _receipts(noted: Absence, event: Incoming, work: Work) -> Effects:
    """An answer to whoever entered it, and a message to the one it is about if that is somebody else."""
    who, span = noted.who, absence.span(noted.leave, work)
    if who.id == work.actor.id:
        return [answer(event, Lines((text("leave.noted", span=span), *await absence.lines(noted, work))))]
    said = Lines((text("leave.noted_of", who=who.name, span=span), *await absence.lines(noted, work)))
    head = text("leave.noted_by", by=work.actor.name, span=span)
    return [answer(event, said), await absence.to_owner(noted, head, work, event.at)]


def _already(known: Leave, who: Member, work: Work) -> Text:
    span = absence.span(known, work)
    if who.id == work.actor.id:
        return text("leave.already", span=span)
    return text("leave.already_of", who=who.name, span=span)


def _midnight(day: date, work: Work) -> datetime:
    return datetime.combine(day, time(), work.town.zone)
