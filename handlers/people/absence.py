"""What everybody is told about a leave: the one on leave, whoever stands in, the office where there is nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.chat.feature import Work
from bot.chat.messages import Button, Effects, Lines, Outgoing, Rank, Text
from bot.domain.case import CaseMoved
from bot.domain.casenumber import spoken
from bot.domain.dispatching import pick
from bot.domain.people import Member, MemberId, Role
from bot.domain.times import local_day
from bot.domain.todo import in_order
from handlers.people import lending
from handlers.people.declared import text
from handlers.people.lending import Lent, Share
from handlers.people.listing import MOST_LINES, buttons, listed, more, units, what
from storage import members, routes
from storage.leaves import Leave

StandIns = Mapping[MemberId | None, Sequence[str]]  # short names of agencies, by who takes their new cases


@dataclass(frozen=True, slots=True)
class Absence:
    """A leave with all that is said about it when it is noted and when it begins."""

    leave: Leave
    who: Member
    stand_ins: StandIns
    lent: Lent


@dataclass(frozen=True, slots=True)
class Home:
    """Somebody is back, and what had been lent with them. `slot`: of news of the leave that nobody has read yet."""

    who: Member
    shares: Mapping[MemberId, Share]
    lines: tuple[Sequence[Text], Sequence[Button]]
    slot: str | None
    tell_at: datetime

    @property
    def moves(self) -> list[CaseMoved]:
        return [moved for share in self.shares.values() for moved in share.back]

    def to_owner(self, head: Text) -> Outgoing:
        said, pressed = self.lines
        return self._tell(self.who.id, Lines((head, *said)), pressed)

    def to_deputies(self) -> list[Outgoing]:
        """One message for each who stood in."""
        return [
            self._tell(holder, Lines((text("leave.is_back", who=self.who.name), *_given(share))))
            for holder, share in self.shares.items()
        ]

    def _tell(self, to: MemberId, said: Lines, pressed: Sequence[Button] = ()) -> Outgoing:
        return Outgoing(to, said, tuple(pressed), slot=self.slot, rank=Rank.CARD, not_before=self.tell_at)


async def stand_ins_for(who: Member, work: Work, at: datetime) -> StandIns:
    """Who takes the new cases that would be `who`'s, and of which agencies nobody takes any."""
    found: dict[MemberId | None, list[str]] = {}
    for agency in sorted(who.agencies(Role.CONTACT)):
        candidates = await routes.candidates(work.tx, agency, at)
        usual = pick([replace(one, away=one.away and one.member != who.id) for one in candidates]).member
        now = pick([one for one in candidates if one.member != who.id]).member
        if now is None or usual == who.id:
            found.setdefault(now, []).append(work.town.rulebook.agencies[agency].short)
    return found


async def lines(absence: Absence, work: Work) -> list[Text]:
    """For the one on leave and whoever entered it: what goes to whom, and when it comes back."""
    said: list[Text] = []
    for deputy, names in absence.stand_ins.items():
        if deputy is None:
            said.append(text("leave.nobody", unit=units(names)))
        else:
            said.append(text("leave.deputy", who=(await members.get(work.tx, deputy)).name, unit=units(names)))
    moved = absence.lent.moves
    if moved:
        back = day(local_day(absence.leave.until_at, work.town.zone))
        said += [text("leave.lent", n=len(moved)), *await _handed(moved, work), text("leave.comes_back", until=back)]
    if absence.lent.kept:
        said.append(text("leave.kept", n=len(absence.lent.kept)))
    return said


async def to_owner(absence: Absence, head: Text, work: Work, at: datetime) -> Outgoing:
    said = Lines((head, *await lines(absence, work)))
    return Outgoing(absence.who.id, said, slot=_slot(absence.leave), rank=Rank.CARD, not_before=_morning(work, at))


async def to_others(absence: Absence, work: Work, at: datetime, *, begins: bool) -> Effects:
    """One message for each who stands in and for the office. `begins`: of open cases only, the rest was said before."""
    told: list[Outgoing] = []
    for deputy in dict.fromkeys((*absence.stand_ins, *absence.lent.moved)):
        if deputy is not None and (deputy in absence.lent.moved or not begins):
            told.append(_to_deputy(absence, deputy, work, at))
    if absence.lent.kept or (None in absence.stand_ins and not begins):
        told += await _to_office(absence, work)
    return told


async def come_home(leave: Leave, who: Member, work: Work, at: datetime) -> Home:
    """Give back what was lent. Who has not been told yet that the leave began is told of its end instead."""
    shares = await lending.give_back(who.id, work, at)
    back = in_order([moved.after for share in shares.values() for moved in share.back])
    stay, gone = sum(share.stay for share in shares.values()), sum(share.gone for share in shares.values())
    said = [text("leave.back", n=len(back)), *listed(back, work)] if back else []
    said += [text("leave.stay", n=stay)] if stay else []
    said += [text("leave.gone", n=gone)] if gone else []
    slot = _slot(leave) if _morning(work, leave.from_at) > at else None
    return Home(who, shares, (said, buttons(back)), slot, _morning(work, at))


def span(leave: Leave, work: Work) -> Text:
    """11月25日（周三）至11月28日（周六）."""
    first = local_day(leave.from_at, work.town.zone)
    last = local_day(leave.until_at - timedelta(milliseconds=1), work.town.zone)
    return days(first, last)


def days(first: date, last: date) -> Text:
    return day(first) if first == last else text("leave.span", first=day(first), last=day(last))


def day(named: date) -> Text:
    """11月25日（周三）."""
    month, weekday = Text(f"time.month{named.month}"), Text(f"time.weekday{named.isoweekday()}")
    return text("leave.day", month=month, day=named.day, weekday=weekday)


def _to_deputy(absence: Absence, deputy: MemberId, work: Work, at: datetime) -> Outgoing:
    """New cases in a line, open ones as a list; an urgent one has a card besides."""
    who, off = absence.who.name, span(absence.leave, work)
    share = [moved.after for moved in absence.lent.moved.get(deputy, ())]
    names = absence.stand_ins.get(deputy)
    said = [text("leave.stand_in", who=who, unit=units(names), span=off)] if names else []
    if share:
        n = len(share)
        said.append(text("leave.yours_too", n=n) if names else text("leave.yours", who=who, span=off, n=n))
    return Outgoing(
        deputy,
        Lines((*said, *listed(share, work))),
        buttons(share),
        slot=_slot(absence.leave) if share else None,
        rank=Rank.CARD,
        not_before=_morning(work, at),
    )


async def _to_office(absence: Absence, work: Work) -> list[Outgoing]:
    """At once, whatever the hour: from now on nobody answers."""
    kept, known = absence.lent.kept, work.town.rulebook.agencies
    of_cases = dict.fromkeys(known[case.agency_id].short for case in kept if case.agency_id)
    unit = units(absence.stand_ins.get(None) or tuple(of_cases))
    said = [text("leave.office", who=absence.who.name, unit=unit, span=span(absence.leave, work))]
    if kept:
        another = next(
            (one for one in known.values() if not one.lead and one.short not in of_cases), work.town.rulebook.lead
        )
        how = text("leave.assign", number=spoken(kept[0].number), unit=another.short)
        said += [text("leave.unheld", n=len(kept)), *listed(kept, work), how]
    office = await members.holders(work.tx, Role.DISPATCHER) or await members.holders(work.tx, Role.ADMIN)
    return [Outgoing(member, Lines(tuple(said)), buttons(kept), rank=Rank.CARD) for member in office]


async def _handed(moved: Sequence[CaseMoved], work: Work) -> list[Text]:
    """A line a case: which went to whom; and how many more."""
    shown: list[Text] = []
    for one in moved[:MOST_LINES]:
        to = await members.get(work.tx, one.after.contact_id) if one.after.contact_id else None
        case = one.after
        shown.append(text("leave.handed", number=spoken(case.number), what=what(case, work), who=to.name if to else ""))
    return [*shown, *more(len(moved))]


def _given(share: Share) -> list[Text]:
    """For whoever stood in: what went back, and what did not."""
    numbers = [spoken(moved.after.number) for moved in share.back]
    said: list[Text] = []
    if numbers:
        key = "leave.returned_more" if len(numbers) > MOST_LINES else "leave.returned"
        said.append(text(key, n=len(numbers), numbers="、".join(numbers[:MOST_LINES])))
    if share.stay:
        said.append(text("leave.stays_with_you", n=share.stay))
    if share.gone:
        said.append(text("leave.gone", n=share.gone))
    return said


def _slot(leave: Leave) -> str:
    return f"leave:{leave.id}"


def _morning(work: Work, at: datetime) -> datetime:
    """When a contact may be told what is not urgent."""
    return work.town.calendar.next_working_instant(at)
