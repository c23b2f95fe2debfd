"""The lists: who should have had one in the morning or the evening, and whether the group should have heard of the day."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Final

from bench.quarter.oracle.clocks import MORNING, WITH_CONTACT, Life, Standing, morning
from bench.quarter.oracle.facts import Facts, Letter
from bench.quarter.oracle.worktime import MOMENT, Almanac, instant

EVENING: Final = time(16, 40)
DIGEST: Final = time(20, 30)
NIGHT: Final = time(22)
MOST_A_DAY: Final = 3
CALM: Final = 2  # the rank of what can wait
_LAST_EVENING: Final = time(17, 40)  # an hour late it is none any more


@dataclass(eq=False)
class Lists:
    facts: Facts
    almanac: Almanac
    lives: dict[int, Life]
    of_contact: dict[int, list[Life]] = field(default_factory=lambda: defaultdict(list))  # ever
    counted: dict[str, int] = field(default_factory=dict[str, int])

    def __post_init__(self) -> None:
        for life in self.lives.values():
            for member in {now.contact for now in life.standings if now.contact is not None}:
                self.of_contact[member].append(life)

    def open_cases(self, member: int, at: datetime) -> Iterator[tuple[Life, Standing]]:
        """What somebody has to do at an instant."""
        for life in self.of_contact[member]:
            now = life.at(at)
            if now is not None and now.contact == member and now.state in WITH_CONTACT:
                yield life, now

    def due_by(self, now: Standing, day: date) -> bool:
        return now.limit is not None and now.limit.astimezone(self.facts.zone).date() <= day

    def falls_due_tomorrow(self, member: int, at: datetime) -> bool:
        """After today, and until the end of the next working day."""
        today = at.astimezone(self.facts.zone).date()
        last = self.almanac.at(at).next_workday(today)
        return any(self.due_by(now, last) and not self.due_by(now, today) for _, now in self.open_cases(member, at))

    def evening_to_come(self, member: int, at: datetime) -> int:
        """1 while today's evening list is still to come."""
        local = at.astimezone(self.facts.zone)
        if local.time() >= EVENING or not self.almanac.at(at).is_workday(local.date()):
            return 0
        return int(self.falls_due_tomorrow(member, at))

    def wants_morning(self, member: int, at: datetime) -> bool:
        """Something falls due today, or came without a card of its own."""
        today = at.astimezone(self.facts.zone).date()
        return any(
            self.due_by(now, today) or self._is_new(life, now, today) for life, now in self.open_cases(member, at)
        )

    def _is_new(self, life: Life, now: Standing, today: date) -> bool:
        if life.case.severity_at(now.since) != "P4" or now.state != "dispatched" or now.dispatched_at is None:
            return False
        listed = morning(now.dispatched_at, self.almanac.at(now.dispatched_at))
        return listed.astimezone(self.facts.zone).date() == today

    def days(self) -> Iterator[date]:
        """Every day of the quarter, up to the last that is over."""
        day = min(life.case.opened_at for life in self.lives.values()).astimezone(self.facts.zone).date()
        while instant(day, DIGEST, self.facts.zone) <= self.facts.end:
            yield day
            day += timedelta(days=1)

    def comes_at(self, which: str, day: date) -> datetime | None:
        """When a list of that day comes; after an outage only while it still makes sense."""
        at = instant(day, {"morning": MORNING, "evening": EVENING, "digest": DIGEST}[which], self.facts.zone)
        back = self.facts.up(at)
        if back == at:
            return at
        days, latest = self.almanac.at(back), {"morning": EVENING, "evening": _LAST_EVENING, "digest": NIGHT}[which]
        when = days.opens(back) if which == "morning" else back
        return when if when < instant(day, latest, self.facts.zone) else None

    def faults(self) -> Iterator[str]:
        """Every list that came and should not, or should and did not; and those at another hour than theirs."""
        yield from self._lists("morning")
        yield from self._lists("evening")
        yield from self._digests()

    def _lists(self, which: str) -> Iterator[str]:
        got = {letter.once: letter for letter in self.facts.letters if letter.once.endswith(f":{which}")}
        self.counted[which] = len(got)
        for day in self.days():
            when = self.comes_at(which, day)
            for member, person in self.facts.people.items():
                letter = got.pop(f"list:{member}:{day}:{which}", None)
                if letter is not None and not _at(letter, when):
                    yield f"{which} list of {person.name} left at {letter.left_at}, not at {when}"
                wanted = when is not None and self._wanted(which, member, when)
                if wanted is not (letter is not None):
                    yield f"{which} list of {person.name} on {day}: {'came' if letter else 'did not come'}"
        yield from (f"{which} list of a day that is not over or that nobody knows: {once}" for once in got)

    def _wanted(self, which: str, member: int, when: datetime) -> bool:
        day = when.astimezone(self.facts.zone).date()
        if not self.almanac.at(when).is_workday(day):
            return False
        if which == "morning":
            return self.wants_morning(member, when) or (member, day) in self._folded
        had = [at for at in self._calm[member] if at < when and at.astimezone(self.facts.zone).date() == day]
        return len(had) < MOST_A_DAY and self.falls_due_tomorrow(member, when)

    @cached_property
    def _calm(self) -> dict[int, list[datetime]]:
        """When each person was written what can wait."""
        found: dict[int, list[datetime]] = defaultdict(list)
        for letter in self.facts.letters:
            if letter.rank == CALM and letter.member is not None and letter.state in ("sent", "queued"):
                found[letter.member].append(letter.born_at)
        return found

    @cached_property
    def _folded(self) -> set[tuple[int, date]]:
        """Whom a reminder was told in a morning list, and on which day."""
        told = [one for one in self.facts.reminders if one.reason == "morning"]
        return {(one.member, one.settled_at.astimezone(self.facts.zone).date()) for one in told if one.settled_at}

    def _digests(self) -> Iterator[str]:
        got = {letter.born_at: letter for letter in self.facts.letters if letter.once.startswith("digest:")}
        self.counted["digest"] = len(got)
        for day in self.days():
            when = self.comes_at("digest", day)
            letter = got.pop(when, None) if when else None
            if when is not None and (letter is not None) != self._changed(when):
                yield f"digest on {when}: {'came' if letter else 'did not come'}"
        yield from (f"digest at an odd hour: {when}" for when in got)

    def _changed(self, when: datetime) -> bool:
        """Whether a case of the group was reported or closed today."""
        day = when.astimezone(self.facts.zone).date()
        for life in self.lives.values():
            now = life.at(when)
            if now is None or not life.case.in_group:
                continue
            opened = life.case.opened_at.astimezone(self.facts.zone).date() == day and life.case.opened_at <= when
            if opened and now.state not in ("draft", "withdrawn", "rejected", "merged"):
                return True
            if now.state == "closed" and now.moved_at.astimezone(self.facts.zone).date() == day:
                return True
        return False


def _at(letter: Letter, when: datetime | None) -> bool:
    """Whether it left then, or once what came due in the same instant had been worked off."""
    return when is not None and letter.left_at is not None and timedelta() <= letter.left_at - when <= MOMENT
