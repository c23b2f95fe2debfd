"""Rule 7: what is not spent by the end of March of the year after expires; a month before, the rider is reminded."""

from collections.abc import Sequence
from typing import Final

from bot.chat.events import Due
from bot.chat.feature import Work
from bot.chat.messages import Effects, Outgoing, Rank
from bot.domain.ledger import Step, entry_key
from bot.domain.people import SYSTEM, MemberId
from bot.domain.times import local_day
from handlers.points.declared import text
from storage import balances, points, timers
from storage.points import NewEntry

_MARCH: Final = 3
_APRIL: Final = 4
SLICE: Final = 20  # members an event; all of a large county must not be held up by it
EXPIRE: Final = "points.expire"
REMIND: Final = "points.remind_expiry"


async def begin(event: Due, work: Work) -> Effects:
    """On the first of a month, just after midnight: in April the points of the year before expire."""
    day = local_day(event.due_at, work.town.zone)
    if day.month == _APRIL:
        await timers.set_timer(work.tx, EXPIRE, f"{day.year} 0", event.due_at)
    return []


async def begin_reminding(event: Due, work: Work) -> Effects:
    """On the first of a month, in the morning: in March whoever has such points hears of it."""
    day = local_day(event.due_at, work.town.zone)
    if day.month == _MARCH:
        await timers.set_timer(work.tx, REMIND, f"{day.year} 0", event.due_at)
    return []


async def expire(event: Due, work: Work) -> Effects:
    """A slice of the members, by id; the next one is due at once."""
    year, after = event.key.split()
    holders = await balances.list_holders(work.tx, int(after), SLICE)
    for member in holders:
        await points.hold(work.tx, member)
        key = entry_key("", f"expired:{int(year) - 1}", member, 1)
        left = await balances.earned_before(work.tx, member, f"{year}-01")
        if left > 0 and await points.find(work.tx, key) is None:
            await points.add(work.tx, _row(key, member, left, event, work))
    await _go_on(EXPIRE, year, holders, event, work)
    return []


async def remind(event: Due, work: Work) -> Effects:
    """A slice of the members, by id, as in `expire`."""
    year, after = event.key.split()
    holders = await balances.list_holders(work.tx, int(after), SLICE)
    told: list[Outgoing] = []
    for member in holders:
        left = await balances.earned_before(work.tx, member, f"{year}-01")
        if left > 0:
            said = text("expiring", points=left, year=str(int(year) - 1))
            held = work.town.quiet.first_allowed(event.at)
            once = f"expiring:{year}:{member}"
            told.append(Outgoing(member, said, rank=Rank.REMINDER, not_before=held, once=once))
    await _go_on(REMIND, year, holders, event, work)
    return told


async def _go_on(name: str, year: str, holders: Sequence[MemberId], event: Due, work: Work) -> None:
    if len(holders) == SLICE:
        await timers.set_timer(work.tx, name, f"{year} {holders[-1]}", event.due_at)


def _row(key: str, member: MemberId, left: int, event: Due, work: Work) -> NewEntry:
    day = local_day(event.due_at, work.town.zone)
    return NewEntry(
        key=key,
        member_id=member,
        item="",
        delta=-left,
        step=Step.EXPIRED,
        case_id=None,
        actor_id=SYSTEM,
        rules_id=None,
        period=f"{day:%Y-%m}",
        day=day.isoformat(),
        at=event.at,
        spendable_only=True,
    )
