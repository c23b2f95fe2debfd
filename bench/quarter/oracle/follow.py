"""The ladder's other rows: the card when a case is handed over, whoever is asked to look at a repair, the rating."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from bench.quarter.oracle.clocks import URGENT, Life, due, tellable
from bench.quarter.oracle.county import County
from bench.quarter.oracle.facts import Facts, Letter, Move
from bench.quarter.oracle.letters import Letters
from bench.quarter.oracle.worktime import Almanac

_HANDS: Final = ("dispatch", "reassign", "undo_return")
_AS_LIST: Final = ("leave", "back")  # a leave: both sides read one list
_BY_RULE: Final = timedelta(hours=24)
_RATABLE: Final = timedelta(days=3)
_UNDO: Final = timedelta(minutes=10)
_PHOTOS: Final = timedelta(seconds=20)


@dataclass(slots=True)
class Follow:
    """`counted`: how many instants of each kind came."""

    facts: Facts
    almanac: Almanac
    county: County
    lives: dict[int, Life]
    letters: Letters
    of_case: dict[int, list[Letter]] = field(default_factory=lambda: defaultdict(list))
    counted: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        for letter in self.facts.letters:
            if letter.case is not None:
                self.of_case[letter.case].append(letter)

    def faults(self) -> Iterator[str]:
        for life in self.lives.values():
            moves = [move for move in life.case.moves if move.name != "archive"]
            for move, following in zip(moves, [*moves[1:], None], strict=True):
                yield from self._after(life, move, following)

    def _after(self, life: Life, move: Move, following: Move | None) -> Iterator[str]:
        match move.name:
            case _ if move.name in _HANDS and move.contact is not None:
                yield from self._card(life, move, following)
            case "ask_verification":
                yield from self._unanswered(life, move, following)
            case "handle":
                yield from self._by_rule(life, move)
            case "close":
                yield from self._rating(life, move, following)
            case _:
                return

    def _card(self, life: Life, move: Move, following: Move | None) -> Iterator[str]:
        """At once, in working time, or as a line of the morning list, which has no card."""
        severity, days = life.case.severity_at(move.at), self.almanac.at(move.at)
        if severity not in URGENT and move.note in _AS_LIST:
            return
        if severity == "P4" and move.after == "dispatched":
            return
        waits = severity if move.after == "dispatched" else "P2" if severity in URGENT else "P3"
        at = self.facts.up(tellable(waits, move.at, days))
        if at > self.facts.end or (following is not None and following.at <= at):
            return
        self.counted["card"] += 1
        cards = [one for one in self.of_case[life.case.id] if one.born_at == move.at and one.member == move.contact]
        left = [
            one.left_at for one in cards if one.left_at and any(key.startswith("dispatch.card") for key in one.keys)
        ]
        if not left or not at <= min(left) <= at + _PHOTOS:
            yield f"card of {life.case.number} due at {at}: {left or 'never left'}"

    def _unanswered(self, life: Life, move: Move, following: Move | None) -> Iterator[str]:
        """Whoever was asked has so long; then somebody else is."""
        asked = [
            one
            for one in self.of_case[life.case.id]
            if one.born_at == move.at and any(key.startswith("verify.request.") for key in one.keys)
        ]
        if not asked or asked[0].member is None:
            return
        person, severity = self.facts.people[asked[0].member], life.case.severity_at(move.at)
        quiet = person.role == "rider" and severity != "P1"
        begins = self.letters.out_of_quiet("rider", move.at) if quiet else move.at
        limit = self.county.row("verify_unanswered").moments[severity][0].length
        assert limit is not None
        at = self.facts.up(due(begins, limit, self.almanac.at(move.at)))
        if (following is not None and following.at < at) or at > self.facts.end:
            return
        if following is not None and following.at == at and any(at == back for _, back in self.facts.outages):
            return  # the bot was away, and whoever was asked had answered meanwhile
        self.counted["verification"] += 1
        if following is None or following.at != at or following.name not in ("ask_verification", "confirm"):
            yield f"verification of {life.case.number} unanswered at {at}: {following and following.name}"

    def _by_rule(self, life: Life, move: Move) -> Iterator[str]:
        """Nobody looked for a day: the contact's photo counts, but never for what is urgent."""
        case = life.case
        photo_is_enough = (
            case.severity not in URGENT and self.county.verify_by[case.category or ""] == "contact_photo_only"
        )
        at = self.facts.up(move.at + (_UNDO if photo_is_enough else _BY_RULE))
        before = life.at(at - timedelta(milliseconds=1))
        if at > self.facts.end or before is None or before.state != "verifying" or before.handled_at != move.at:
            return
        self.counted["by rule"] += 1
        confirmed = any(one.at == at and one.name == "confirm" for one in case.moves)
        told = any(one.born_at == at and "verify.nobody" in one.keys for one in self.of_case[case.id])
        answered = any(one.at == at for one in case.moves)  # the bot was away, and somebody answered meanwhile
        if not (told if case.severity in URGENT else confirmed) and not answered:
            yield f"{case.number} was to be closed by rule at {at}"

    def _rating(self, life: Life, move: Move, following: Move | None) -> Iterator[str]:
        """Asked with the thanks, once more, and never again."""
        case, row = life.case, self.county.row("rating_asked")
        again = row.moments[case.severity][1].length
        assert again is not None
        at = self.facts.up(move.at + again.time)
        if case.severity_at(at) != "P1":
            at = self.facts.up(self.letters.out_of_quiet("rider", at))
        rated = any(rated == case.id and when <= at for rated, when in self.facts.ratings)  # a case is rated once
        asked = [one for one in self.of_case[case.id] if "feedback.rate_again" in one.keys]
        came = [one for one in asked if one.born_at == at]
        over = following is not None and following.at <= at
        wanted = at <= self.facts.end and not rated and not over and at - move.at <= _RATABLE
        self.counted["rating"] += int(wanted)
        if (wanted and not came) or (came and (rated or over)):
            yield f"rating of {case.number} to be asked again at {at}: {'came' if came else 'did not come'}"
