"""What contacts do with a case: accept, hand on, ask, tell how it goes, ask for time, mend; each in their own way."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Final

from bench.quarter.cast import Colleague
from bench.quarter.moves import Seen
from bench.quarter.talk import open_case, press, quote

if TYPE_CHECKING:
    from bench.quarter.play import Play

_ANSWER: Final = frozenset({"dispatched"})
_WORK: Final = frozenset({"accepted", "rework"})
_PLANNED_ANEW: Final = frozenset(
    {"dispatch", "reassign", "undo_return", "undo_accept", "accept", "undo_handle", "resume", "supply", "dispute"}
)


@dataclass
class Contacts:
    """Plans of all contacts; a newer plan for a case makes the older one void."""

    play: "Play"
    plans: dict[int, int] = field(default_factory=dict[int, int])  # the number of the plan that counts, by case
    given: dict[int, int] = field(default_factory=dict[int, int])  # how many cases each contact has had
    forgotten: set[int] = field(default_factory=set[int])
    _numbered: int = 0

    def see(self, case: Seen) -> None:
        """A case has moved; whoever is at it decides what to do."""
        who = self.play.cast.contacts.get(case.contact or 0)
        if case.move not in _PLANNED_ANEW or who is None:
            return
        random = Random(f"{self.play.seed}:{case.number}:{case.version}")
        plan = self._plan(case)
        if case.state in _ANSWER:
            self._answer(case, who, plan, random)
        elif case.state in _WORK and case.number not in self.forgotten:
            self._work(case, who, plan, random)

    def prod(self, number: int) -> None:
        """A forgotten case is remembered when somebody above asks."""
        self.forgotten.discard(number)
        at = self.play.later(minutes=30 + self.play.random.random() * 600)
        self.play.agenda.add(at, lambda: self._remember(number))

    async def _remember(self, number: int) -> None:
        case = await self.play.moves.now(number)
        who = self.play.cast.contacts.get(case.contact or 0)
        if who is None or case.state not in _ANSWER | _WORK:
            return
        plan = self._plan(case)
        if case.state in _ANSWER:
            await self._accept(number, who, plan)
        else:
            self._work(case, who, plan, self.play.random)

    def _plan(self, case: Seen) -> int:
        self._numbered += 1
        self.plans[case.number] = self._numbered
        return self._numbered

    def _answer(self, case: Seen, who: Colleague, plan: int, random: Random) -> None:
        self.given[who.person.id] = self.given.get(who.person.id, 0) + (case.move == "dispatch")
        if who.habit.forgets and case.move == "dispatch" and self.given[who.person.id] % who.habit.forgets == 0:
            self.forgotten.add(case.number)
            return
        due = case.accept_due or self.play.later(hours=1)
        at = self._when(case, who, self._share(due, who.habit.accept, random))
        if case.returns == 0 and random.random() < who.habit.returns:
            self.play.agenda.add(at, lambda: self._return(case.number, who, plan))
        elif random.random() < who.habit.straight:
            self.play.agenda.add(at + timedelta(hours=2), lambda: self._mend(case.number, who, plan))
        else:
            self.play.agenda.add(at, lambda: self._accept(case.number, who, plan))

    def _work(self, case: Seen, who: Colleague, plan: int, random: Random) -> None:
        """The result at its time, and on the way whatever this contact is in the habit of."""
        due = case.resolve_due or self.play.later(hours=4)
        at = self._when(case, who, self._share(due, who.habit.mend, random))
        self.play.agenda.add(at, lambda: self._mend(case.number, who, plan))
        now = self.play.town.clock.now()
        habit = who.habit

        def meanwhile(chance: float, latest: float = 1.0) -> datetime | None:
            span = (min(at, due) - now) * random.random() * latest
            return self._when(case, who, now + span) if random.random() < chance and span > timedelta() else None

        if (then := meanwhile(habit.words)) is not None:
            self.play.agenda.add(then, lambda: self._tell(case.number, who, plan))
        if case.move == "accept" and (then := meanwhile(habit.asks, 0.5)) is not None:
            self.play.agenda.add(then, lambda: self._ask(case.number, who, plan))
        if case.severity != "P1" and (then := meanwhile(habit.extends)) is not None:
            days = random.choice((1, 2, 3))
            self.play.agenda.add(then, lambda: self._extend(case.number, who, plan, days))
        if case.move == "accept" and (then := meanwhile(habit.holds, 0.5)) is not None:
            self.play.agenda.add(then, lambda: self._hold(case.number, who, plan, random.randint(3, 9)))
        if case.move == "accept" and random.random() < 0.03:
            self.play.agenda.add(
                self.play.later(minutes=4), lambda: self._take_back(case.number, who, plan, "撤销接收")
            )

    def _share(self, due: datetime, shares: tuple[float, float], random: Random) -> datetime:
        now = self.play.town.clock.now()
        return now + max(due - now, timedelta(minutes=20)) * random.uniform(*shares)

    def _when(self, case: Seen, who: Colleague, at: datetime) -> datetime:
        """In the hours in which this contact looks; at any hour what is urgent."""
        if case.urgent:
            return at
        zone = self.play.zone
        local = at.astimezone(zone)
        opens, closes = who.habit.hours
        hour = local.hour + local.minute / 60
        minutes = self.play.random.random() * 50
        while hour >= closes or not self.play.works(local.date()):
            local = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), zone)
            hour = 0.0
        if hour < opens:
            return datetime.combine(local.date(), datetime.min.time(), zone) + timedelta(hours=opens, minutes=minutes)
        return local

    async def _still(self, number: int, plan: int, who: Colleague, *states: str) -> Seen | None:
        """The case, if this is still what is to be done with it."""
        if self.plans.get(number) != plan:
            return None
        case = await self.play.moves.now(number)
        return case if case.state in states and case.contact == who.person.id else None

    async def _accept(self, number: int, who: Colleague, plan: int) -> None:
        if await self._still(number, plan, who, "dispatched"):
            await press(self.play, who.person, number, "接收", opens=True)

    async def _return(self, number: int, who: Colleague, plan: int) -> None:
        case = await self._still(number, plan, who, "dispatched")
        if case is None or not await press(self.play, who.person, number, "不归我管", opens=True):
            return
        shown = quote(self.play, who.person, number, labelled="退回管理员")
        if shown is not None:
            label = shown.labels[0] if self.play.random.random() < 0.6 else "退回管理员"
            await press(self.play, who.person, number, label)

    async def _mend(self, number: int, who: Colleague, plan: int) -> None:
        case = await self._still(number, plan, who, "dispatched", "accepted", "rework")
        if case is None:
            return
        shown = await open_case(self.play, who.person, number)
        if shown is None:
            return
        words = "按要求处理好了" if self.play.random.random() < 0.8 else "已处理，现场看过"
        await who.person.says(words, photo=f"after-{number}-{case.version}.jpg", answers=shown)
        if self.play.random.random() < 0.03:
            self.play.agenda.add(self.play.later(minutes=3), lambda: self._undo(number, who))

    async def _undo(self, number: int, who: Colleague) -> None:
        if (await self.play.moves.now(number)).state == "verifying":
            await press(self.play, who.person, number, "撤销")

    async def _tell(self, number: int, who: Colleague, plan: int) -> None:
        if await self._still(number, plan, who, "accepted", "rework") is None:
            return
        shown = await open_case(self.play, who.person, number)
        if shown is None:
            return
        await who.person.says("班组在路上，下午到", answers=shown)
        self.play.did("words", number)

    async def _ask(self, number: int, who: Colleague, plan: int) -> None:
        if await self._still(number, plan, who, "accepted") and await press(self.play, who.person, number, "问骑手"):
            await who.person.says(f"在哪个门口？{number}")

    async def _extend(self, number: int, who: Colleague, plan: int, days: int) -> None:
        if await self._still(number, plan, who, "accepted", "rework"):
            await who.person.says(f"延期 {number:04d} {days}天 等配件")

    async def _hold(self, number: int, who: Colleague, plan: int, days: int) -> None:
        if await self._still(number, plan, who, "accepted"):
            day = self.play.town.clock.now().astimezone(self.play.zone).date() + timedelta(days=days)
            await who.person.says(f"挂起 {number:04d} {day.month}月{day.day}日 等材料")

    async def _take_back(self, number: int, who: Colleague, plan: int, label: str) -> None:
        if await self._still(number, plan, who, "accepted"):
            await press(self.play, who.person, number, label)
