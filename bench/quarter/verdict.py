"""The oracle's judgement of a run: figures with what they must be, and every fault in words."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bench.quarter.oracle import clocks
from bench.quarter.oracle.county import County
from bench.quarter.oracle.facts import Facts, Letter, Reminder
from bench.quarter.oracle.follow import Follow
from bench.quarter.oracle.ladder import Climb, Due
from bench.quarter.oracle.letters import Letters, Verdict
from bench.quarter.oracle.lists import CALM, MOST_A_DAY, Lists
from bench.quarter.oracle.telling import AT_ONCE, MOST_AT_ONCE, Fate, Telling
from bench.quarter.oracle.worktime import Almanac

MOST_IN_GROUP: Final = 2
KINDS: Final = (  # what a message is, by how its keys begin; the first that fits
    ("ladder: one reminder", ("deadlines.remind.", "deadlines.above.", "deadlines.order.ready")),
    ("ladder: a list", ("deadlines.list.",)),
    ("digest of the day", ("deadlines.digest.",)),
    ("urging, explanations, orders", ("deadlines.",)),
    ("cards and what becomes of them", ("dispatch.",)),
    ("receipts and questions about a report", ("report.", "duplicates.")),
    ("to look at a repair", ("verify.",)),
    ("closings, thanks, ratings", ("feedback.",)),
    ("results, extensions, holds", ("handle.",)),
    ("weekly brief, month's ranking", ("weekly.", "ranking.")),
    ("leaves, nights, days, first contact", ("people.", "calendar.")),
    ("answers about progress, and others", ("",)),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """`most`: what it may be at most; None where it is only told."""

    name: str
    value: int
    most: int | None = None

    @property
    def holds(self) -> bool:
        return self.most is None or self.value <= self.most

    def __str__(self) -> str:
        bar = "" if self.most is None else f"   at most {self.most}  {'ok' if self.holds else 'WRONG'}"
        return f"  {self.name:<58}{self.value:>8,}{bar}"


@dataclass
class Judgement:
    """All that is found about a run. `faults`: each with case, instant, what was to be and what was."""

    facts: Facts
    county: County
    almanac: Almanac
    faults: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        words: dict[int, list] = {}
        for deed in self.facts.deeds:
            words.setdefault(deed.case, []).append(deed)
        self.lives = {
            number: clocks.live(case, self.county, self.almanac, words.get(number, []))
            for number, case in self.facts.cases.items()
        }
        climbed = [Climb(life, self.facts, self.almanac).climb() for life in self.lives.values()]
        self.got = {_key(one): one for one in self.facts.reminders}
        self.due = {one.key: one for climb in climbed for one in climb.found}
        self.due |= {one.key: one for climb in climbed for one in climb.perhaps if one.key in self.got}
        self.letters = Letters(self.facts, self.almanac)
        self.lists = Lists(self.facts, self.almanac, self.lives)

    def figures(self) -> Iterator[Figure]:
        yield Figure("cases", len(self.facts.cases))
        yield Figure("moves of cases", sum(len(case.moves) for case in self.facts.cases.values()))
        yield Figure("events worked off", self.facts.events)
        yield from self._ladder()
        yield from self._other_rows()
        yield from self._lists()
        yield from self._messages()
        yield from self._manners()

    def _ladder(self) -> Iterator[Figure]:
        missed, surplus = self.due.keys() - self.got.keys(), self.got.keys() - self.due.keys()
        self.faults += [f"missed: {self.told(self.due[key])}" for key in sorted(missed, key=str)]
        self.faults += [f"not due: {self.told_row(self.got[key])}" for key in sorted(surplus, key=str)]
        yield Figure("ladder rows due, a row for each person told", len(self.due))
        yield Figure("  that came at their instant", len(self.due) - len(missed))
        yield Figure("  missed", len(missed), 0)
        yield Figure("  that came and were not due", len(surplus), 0)
        known = {self.got[key].id: due for key, due in self.due.items() if key in self.got}
        telling = Telling(self.facts, self.almanac, self.lists, known)
        fates = [telling.judge(one) for one in self.facts.reminders if one.id in known]
        counted = Counter(_fate(one) for one in fates)
        yield from (Figure(f"  {name}", counted[name]) for name in _FATES)
        wrong = [one for one in fates if one.fault]
        self.faults += [
            f"{one.fault}: {self.told_row(one.reminder)}, {one.why}, from {self.local(one.permitted_at)} on"
            for one in wrong
        ]
        yield Figure("  told at another instant than the first permitted one", len(wrong), 0)

    def _other_rows(self) -> Iterator[Figure]:
        follow = Follow(self.facts, self.almanac, self.county, self.lives, self.letters)
        faults = list(follow.faults())
        self.faults += faults
        for name, what in _OTHER_ROWS.items():
            yield Figure(what, follow.counted[name])
        yield Figure("  of these not at their instant", len(faults), 0)

    def _lists(self) -> Iterator[Figure]:
        faults = list(self.lists.faults())
        self.faults += faults
        for which in ("morning", "evening", "digest"):
            yield Figure(f"{which} lists" if which != "digest" else "digests in the group", self.lists.counted[which])
        yield Figure("  of these missing, needless or at another hour", len(faults), 0)

    def _messages(self) -> Iterator[Figure]:
        left = [letter for letter in self.facts.letters if letter.left_at is not None]
        yield Figure("messages that left, changes of older ones apart", len(left))
        counted = Counter(_kind(letter) for letter in left)
        yield from (Figure(f"  {kind}", counted[kind]) for kind, _ in KINDS)
        verdicts = list(self.letters.judge())
        for why, what in _WHYS.items():
            yield Figure(f"  {what}", sum(one.why == why for one in verdicts))
        for fault, what in (
            ("in quiet hours", "in quiet hours, urgent and answers apart"),
            ("late", "late after the first permitted instant"),
        ):
            wrong = [one for one in verdicts if one.fault == fault]
            self.faults += [self._of_letter(one) for one in wrong]
            yield Figure(f"  {what}", len(wrong), 0)
        doubled = self.facts.doubled + [
            f"doubled: {letter.keys[0]} to {letter.chat} at {letter.left_at}"
            for letter in _twice(left, self.letters.spoken)
        ]
        self.faults += doubled
        yield Figure("  doubled", len(doubled), 0)

    def _manners(self) -> Iterator[Figure]:
        left = [letter for letter in self.facts.letters if letter.left_at is not None]
        group = Counter(letter.case for letter in left if letter.chat == self.facts.group and letter.case is not None)
        yield Figure("messages in the group about one case, most", max(group.values(), default=0), MOST_IN_GROUP)
        staff = {one.id for one in self.facts.people.values() if one.role != "rider"}
        days = Counter(
            (letter.member, self._day(letter.born_at))
            for letter in left
            if letter.rank == CALM and letter.member in staff
        )
        yield Figure("messages that can wait, to one person in a day, most", max(days.values(), default=0), MOST_A_DAY)
        yield Figure("reminders of their own within 5 minutes, to one person, most", self._most_at_once(), MOST_AT_ONCE)
        self.faults += [
            f"{n} messages in the group about case {self.facts.cases[case].number}"
            for case, n in group.items()
            if n > MOST_IN_GROUP
        ]
        self.faults += [
            f"{n} messages that can wait to {self.facts.people[who].name} on {day}"
            for (who, day), n in days.items()
            if n > MOST_A_DAY and who
        ]

    def _most_at_once(self) -> int:
        """A danger to life apart, which waits for nothing."""
        told: dict[int, list[datetime]] = {}
        for one in self.facts.reminders:
            if one.state != "told" or one.settled_at is None:
                continue
            if self.facts.cases[one.case].severity_at(one.settled_at) != "P1":
                told.setdefault(one.member, []).append(one.settled_at)
        most = 0
        for instants in told.values():
            instants.sort()
            most = max(most, *(sum(at - AT_ONCE < other <= at for other in instants) for at in instants))
        return most

    def _of_letter(self, one: Verdict) -> str:
        case = self.facts.cases.get(one.letter.case or 0)
        about = f"case {case.number} ({case.severity})" if case else "no case"
        left = one.letter.left_at or one.letter.born_at
        return f"{one.fault}: {one.letter.keys[0]} to {one.to}, {about}, born {self.local(one.letter.born_at)}, permitted {self.local(one.permitted_at)}, left {self.local(left)}"

    def told(self, due: Due) -> str:
        return self._row(due.case, due.step, due.part, due.member, due.due_at)

    def told_row(self, one: Reminder) -> str:
        became = f"{one.state} {one.reason}".strip()
        when = self.local(one.settled_at) if one.settled_at else "waits"
        return f"{self._row(one.case, one.step, one.part, one.member, one.due_at)}: {became} {when}"

    def _row(self, case: int, step: str, part: str, member: int, due_at: datetime) -> str:
        known = self.facts.cases[case]
        who = self.facts.people[member].name
        return (
            f"case {known.number} ({known.severity} {known.category}) {step} to {part} {who}, due {self.local(due_at)}"
        )

    def local(self, at: datetime) -> str:
        return f"{at.astimezone(self.facts.zone):%m-%d %a %H:%M:%S}"

    def _day(self, at: datetime) -> str:
        return f"{at.astimezone(self.facts.zone).date()}"


_FATES: Final = (
    "told at the first permitted instant",
    "told later: another about the case 10 minutes before",
    "told later: several within 5 minutes",
    "told later: the person's day was full",
    "a line of the morning list",
    "a line of another list",
    "dropped: the case moved",
    "dropped: a later one said more",
    "still waiting when the quarter ends",
)
_OTHER_ROWS: Final = {
    "card": "cards due to contacts",
    "verification": "repairs that nobody looked at in time",
    "by rule": "repairs that nobody looked at for a day",
    "rating": "ratings asked for again",
}
_WHYS: Final = {
    "free": "outside quiet hours",
    "urgent": "urgent",
    "answer": "answers to whoever had just spoken",
    "exception": "to the office whatever the hour: nobody is responsible, a month's draft",
}


def _key(one: Reminder) -> tuple[int, str, int, str, int, datetime]:
    return one.case, one.step, one.moment, one.part, one.member, one.due_at


def _fate(one: Fate) -> str:
    why = one.why.removeprefix("bundled: ")
    match one.reminder.state:
        case "waiting":
            return _FATES[8]
        case "dropped":
            return _FATES[6 if why == "moved" else 7]
        case "bundled":
            return _FATES[4 if one.reminder.reason == "morning" else 5]
        case _:
            return _FATES[{"gap": 1, "several at once": 2, "day full": 3, "morning list": 3}.get(why, 0)]


def _kind(letter: Letter) -> str:
    return next(kind for kind, begins in KINDS if letter.keys[0].startswith(begins))


def _twice(left: Iterable[Letter], spoken: Container[datetime]) -> Iterator[Letter]:
    """Messages of the bot's own accord with the words of one that the same chat got a moment before."""
    last: dict[tuple[str, str], datetime] = {}
    for letter in sorted(left, key=lambda one: one.left_at or one.born_at):
        if letter.left_at is None or letter.born_at in spoken:
            continue
        before = last.get((letter.chat, letter.words))
        if before is not None and letter.left_at - before < timedelta(minutes=10):
            yield letter
        last[letter.chat, letter.words] = letter.left_at
