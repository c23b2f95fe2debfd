"""What became of every row that came due: told at the first permitted instant, or why not."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from bench.quarter.oracle.clocks import URGENT, morning
from bench.quarter.oracle.facts import Facts, Letter, Reminder
from bench.quarter.oracle.ladder import GAP, Due
from bench.quarter.oracle.lists import CALM, MOST_A_DAY, Lists
from bench.quarter.oracle.worktime import MOMENT, Almanac

OWN: Final = ("contact", "copy")  # lines of one's own morning list
MOST_AT_ONCE: Final = 3
AT_ONCE: Final = timedelta(minutes=5)
SOON: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a row. `why`: on time, or the reason it was told later, bundled or dropped; "" if there is none."""

    due: Due
    reminder: Reminder
    why: str
    permitted_at: datetime
    fault: str = ""


@dataclass(slots=True)
class Telling:
    """Judges each row by what else the same person was told."""

    facts: Facts
    almanac: Almanac
    lists: Lists
    due: dict[int, Due]  # by reminder
    singles: dict[int, list[Reminder]] = field(default_factory=lambda: defaultdict(list))  # by person
    about: dict[tuple[int, int], list[Reminder]] = field(default_factory=lambda: defaultdict(list))  # case and person
    waits: dict[int, list[Reminder]] = field(default_factory=lambda: defaultdict(list))
    calm: dict[int, list[Letter]] = field(default_factory=lambda: defaultdict(list))  # messages that can wait
    letters: dict[str, Letter] = field(default_factory=dict[str, Letter])

    def __post_init__(self) -> None:
        for one in self.facts.reminders:
            self.waits[one.member].append(one)
            if one.settled_at is not None and one.state in ("told", "bundled"):
                self.about[one.case, one.member].append(one)
                if one.state == "told":
                    self.singles[one.member].append(one)
        for letter in self.facts.letters:
            self.letters[letter.once] = letter
            if letter.rank == CALM and letter.member is not None and letter.state in ("sent", "queued"):
                self.calm[letter.member].append(letter)

    def judge(self, one: Reminder) -> Fate:
        due = self.due[one.id]
        severity = self._severity(one, due.came_at)
        permitted, listed = self.permitted(severity, due.came_at)
        if due.overtaken:
            fault = "" if (one.state, one.reason) == ("dropped", "overtaken") else "a later step had come as well"
            return Fate(due, one, "overtaken", permitted, fault)
        until = one.settled_at or self.facts.end + timedelta(days=30)
        if severity == "P1":
            return self._critical(due, one, permitted)
        why, at = self._explained(one, severity, permitted, until, listed=listed)
        return self._judged(due, one, why, permitted, at)

    def _severity(self, one: Reminder, at: datetime) -> str:
        return self.facts.cases[one.case].severity_at(at)

    def permitted(self, severity: str, at: datetime) -> tuple[datetime, bool]:
        """When the person may first hear of it, and whether that is with their morning list."""
        if severity in URGENT:
            return at, False
        days = self.almanac.at(at)
        opens, listed = days.opens(at), morning(at, days)
        return (listed, True) if opens <= listed < opens + SOON else (opens, False)

    def _critical(self, due: Due, one: Reminder, permitted: datetime) -> Fate:
        fine = one.state == "told" and one.settled_at is not None and one.settled_at == permitted and self._left(one)
        return Fate(due, one, "on time", permitted, "" if fine else "a danger to life waits for nothing")

    def _explained(
        self, one: Reminder, severity: str, permitted: datetime, until: datetime, *, listed: bool
    ) -> tuple[str, datetime]:
        """From reason to reason, to the instant at which it may be told."""
        at, why = self._list_at(permitted) if listed else permitted, "morning list" if listed else "on time"
        while at <= until + MOMENT:
            later, reason = self._later(one, severity, at, listed=listed)
            if later is None:
                break
            why, listed = reason, reason == "day full"
            if not listed:  # it has to be a time at which the person works, again
                later, listed = self.permitted(severity, self.facts.up(later))
            at = self._list_at(later) if listed else later
        return why, at

    def _list_at(self, at: datetime) -> datetime:
        """When the first morning list from then on comes."""
        day = at.astimezone(self.facts.zone).date()
        while True:
            comes = self.lists.comes_at("morning", day)
            if comes is not None and comes >= at and self.almanac.at(at).is_workday(day):
                return comes
            day += timedelta(days=1)

    def _later(self, one: Reminder, severity: str, at: datetime, *, listed: bool) -> tuple[datetime | None, str]:
        """When it may be told instead, and why not now; a line of one's own list is told with it in any case."""
        if listed and one.part in OWN:
            return None, ""
        if not listed and (last := self._told_about(one, at)) is not None:
            return last + GAP, "gap"
        recent = [other for other in self.singles[one.member] if self._is_recent(other, at)]
        ready = [other for other in self.waits[one.member] if self._is_ready(other, one, at, listed=listed)]
        if recent and len(recent) + len(ready) > MOST_AT_ONCE:
            return min(other.settled_at or at for other in recent) + AT_ONCE, "several at once"
        if not listed and severity not in URGENT and self._is_full(one, at):
            return morning(at + MOMENT, self.almanac.at(at)), "day full"
        return None, ""

    def _is_recent(self, other: Reminder, at: datetime) -> bool:
        """Whether it was told just before; in the very instant only a danger to life comes first."""
        when = other.settled_at
        if when is None or not at - AT_ONCE < when <= at:
            return False
        return when < at or self._severity(other, when) == "P1"

    def _told_about(self, one: Reminder, at: datetime) -> datetime | None:
        """When the person was last reminded of the case, if that was a moment ago."""
        told = [other.settled_at for other in self.about[one.case, one.member] if other.id != one.id]
        return max((when for when in told if when is not None and at - GAP < when <= at), default=None)

    def _is_ready(self, other: Reminder, one: Reminder, at: datetime, *, listed: bool) -> bool:
        """Whether it could have been told together with `one` just then."""
        due, severity = self.due.get(other.id), self._severity(other, at)
        if other.id == one.id:
            return True
        if due is None or due.came_at > at or due.overtaken or severity == "P1":
            return False
        if (severity in URGENT) != (self._severity(one, at) in URGENT):
            return False
        if other.settled_at is not None and other.settled_at <= at and not other.told_in == one.told_in != "":
            return False
        if other.send_at > at and other.send_at != one.send_at:
            return False  # it had been put off before, for a reason of its own
        permitted, with_list = self.permitted(severity, due.came_at)
        if listed:  # it waited for this list, whatever had put it there
            return other.part not in OWN and (with_list or other.send_at == one.send_at)
        return not with_list and permitted <= at and self._told_about(other, at) is None

    def _is_full(self, one: Reminder, at: datetime) -> bool:
        """Whether the person has had what can wait for that day, with one kept for the evening."""
        now = one.settled_at is not None and one.settled_at - at <= MOMENT  # its own message does not count
        had = [letter for letter in self.calm[one.member] if self._day(letter.born_at) == self._day(at)]
        before = [letter for letter in had if letter.born_at < at or (letter.born_at == at and not now)]
        listed = [letter for letter in had if letter.once.endswith(":morning") and at <= letter.born_at <= at + MOMENT]
        kept = self.lists.evening_to_come(one.member, at) + len([one for one in listed if one not in before])
        return len(before) + kept >= MOST_A_DAY

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.facts.zone).date()

    def _judged(self, due: Due, one: Reminder, why: str, permitted: datetime, at: datetime) -> Fate:
        """Compare what became of it with when it could have been told."""
        late = one.settled_at is not None and one.settled_at > at + MOMENT
        early = one.settled_at is not None and one.settled_at < at and one.state in ("told", "bundled")
        fault = ""
        match one.state:
            case "waiting":
                fault = "" if at > self.facts.end else "never told"
            case "dropped" if one.reason == "moved":
                why, fault = "moved", self._moved(one, late=late)
            case "dropped":
                why, fault = "overtaken", self._newer(one, late=late)
            case _:
                fault = "told late" if late else "told too early" if early else self._missing(one)
        return Fate(due, one, f"bundled: {why}" if one.state == "bundled" else why, permitted, fault)

    def _moved(self, one: Reminder, *, late: bool) -> str:
        life = self.lists.lives[one.case]
        moved = any(now.since == one.settled_at and now.anew for now in life.standings)
        return "waited for no reason" if late else "" if moved else "dropped although the case had not moved"

    def _newer(self, one: Reminder, *, late: bool) -> str:
        """Dropped in favour of a newer one about the same case."""
        settled = one.settled_at or self.facts.end
        newer = any(
            (other.due_at, other.id) > (one.due_at, one.id)
            and other.due_at <= settled
            and (other.settled_at is None or other.settled_at >= settled)
            for other in self.waits[one.member]
            if other.case == one.case
        )
        return "waited for no reason" if late else "" if newer else "dropped although nothing newer came"

    def _missing(self, one: Reminder) -> str:
        return "" if self._left(one) else "noted as told, and nothing left"

    def _left(self, one: Reminder) -> bool:
        """Whether the message left when the row says so; one about a case that moved in that instant is void."""
        letter = self.letters.get(one.told_in)
        if letter is None or one.settled_at is None:
            return False
        if letter.state == "dropped":
            return letter.reason == "stale"
        return letter.left_at is not None and letter.left_at - one.settled_at <= MOMENT
