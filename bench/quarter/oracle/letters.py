"""Every message that left: whether it might leave just then, and whether it left as soon as it might."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final

from bench.quarter.oracle.clocks import URGENT
from bench.quarter.oracle.facts import Facts, Letter
from bench.quarter.oracle.worktime import MOMENT, Almanac, instant

NIGHT: Final = (time(22), time(7))
QUIET: Final = ((time(11), time(13, 30)), (time(17), time(19, 30)), NIGHT)  # of riders
JUST_NOW: Final = timedelta(minutes=10)  # a report that was begun so lately is still talked about
REPLY: Final = 0  # the rank of an answer
AT_ONCE: Final = frozenset(  # nobody is responsible, or it is the first of the month: the office hears whatever the day
    {"dispatch.unassigned", "dispatch.unassigned_again", "people.leave.office", "ranking.draft.ready"}
)
PHOTOS: Final = timedelta(seconds=20)  # so long a message may wait for its photos


@dataclass(frozen=True, slots=True)
class Verdict:
    """A message judged. `why` it might leave: free, urgent or answer; or the exception it falls under."""

    letter: Letter
    to: str  # rider | agency | office | community | group
    why: str
    permitted_at: datetime
    fault: str = ""


@dataclass(slots=True)
class Letters:
    facts: Facts
    almanac: Almanac
    roles: dict[str, str] = field(default_factory=dict[str, str])  # by account
    spoken: set[datetime] = field(default_factory=set[datetime])  # instants at which anybody did
    severities: dict[str, str] = field(default_factory=dict[str, str])  # of lists, by their key
    instants: dict[str, list[datetime]] = field(default_factory=dict[str, list[datetime]])  # when somebody spoke

    def __post_init__(self) -> None:
        kinds = {
            "contact": "agency",
            "leader": "agency",
            "dispatcher": "office",
            "admin": "office",
            "verifier": "community",
        }
        for person in self.facts.people.values():
            self.roles[person.account] = kinds.get(person.role, person.role)
        self.roles[self.facts.group] = "group"
        for one in self.facts.reminders:
            known = self.severities.get(one.told_in, "P4")
            self.severities[one.told_in] = min(known, self.facts.cases[one.case].severity_at(one.due_at))
        for chat, said in self.facts.said.items():
            self.instants[chat] = sorted(one.at for one in said)
            self.spoken |= set(self.instants[chat])

    def judge(self) -> Iterator[Verdict]:
        for letter in self.facts.letters:
            if letter.left_at is not None:
                yield self._judged(letter, letter.left_at)

    def _judged(self, letter: Letter, left_at: datetime) -> Verdict:
        to = self.roles.get(letter.chat, "rider")
        of_list = self.severities.get(letter.once, "") if letter.once else ""  # it is as urgent as its first line
        case = self.facts.cases.get(letter.case or 0)
        severity = case.severity_at(letter.born_at) if case is not None else of_list
        why = self.free(letter, to, severity, left_at)
        if not why and to == "office" and any(key in AT_ONCE for key in letter.keys):
            why = "exception"
        permitted = self.facts.up(self.permitted(letter, to, severity, letter.born_at))
        fault = "" if why else "in quiet hours"
        if not fault and left_at - permitted > PHOTOS + MOMENT:
            fault = "late"
        return Verdict(letter, to, why, permitted, fault)

    def free(self, letter: Letter, to: str, severity: str, at: datetime) -> str:
        """Why it may leave at that instant; "" if it may not."""
        if severity == "P1" or (severity in URGENT and to in ("agency", "office", "community")):
            return "urgent"
        if not self._is_quiet(to, at):
            return "free"
        return "answer" if self._answers(letter, at) else ""

    def permitted(self, letter: Letter, to: str, severity: str, at: datetime) -> datetime:
        """The first instant from `at` on at which it has to leave: an answer at once, anything else out of quiet hours."""
        while (why := self.free(letter, to, severity, at)) == "" or (why == "answer" and letter.rank > REPLY):
            at = self._ends(to, at)
        return at

    def out_of_quiet(self, to: str, at: datetime) -> datetime:
        """`at` itself, or when the quiet hours are over that run then."""
        while self._is_quiet(to, at):
            at = self._ends(to, at)
        return at

    def _answers(self, letter: Letter, at: datetime) -> bool:
        """Whether its reader has just spoken: in this instant, or about a report that is being put together."""
        said = self.instants.get(letter.chat, [])
        back = JUST_NOW if any(key.startswith("report.") for key in letter.keys) else timedelta()
        return (
            bisect_right(said, letter.born_at) > bisect_left(said, letter.born_at - back)
            and at - letter.born_at <= PHOTOS
        )

    def _is_quiet(self, to: str, at: datetime) -> bool:
        local = at.astimezone(self.facts.zone).time()
        match to:
            case "group":
                return _within(local, (NIGHT,))
            case "rider":
                return _within(local, QUIET)
            case _:
                return not self.almanac.at(at).is_working(at)

    def _ends(self, to: str, at: datetime) -> datetime:
        """When the quiet hours that run at `at` are over."""
        if to not in ("group", "rider"):
            return self.almanac.at(at).opens(at)
        spans = (NIGHT,) if to == "group" else QUIET
        local = at.astimezone(self.facts.zone)
        ends = [instant(local.date() + timedelta(days=day), end, self.facts.zone) for _, end in spans for day in (0, 1)]
        return min(end for end in ends if end > at)


def _within(at: time, spans: Sequence[tuple[time, time]]) -> bool:
    return any(begin <= at < end if begin < end else at >= begin or at < end for begin, end in spans)
