"""One case of the quarter as a story: who was told what and when, and what became of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bench.quarter.oracle.clocks import Life
from bench.quarter.oracle.facts import Move, Reminder
from bench.quarter.verdict import Judgement
from bot.domain.rulebook import AgencyId, CategoryId
from tests.town import RULEBOOK

LANES: Final = {
    "lead_office": "牵头单位",
    "leader": "分管领导",
    "deputy": "替岗",
    "contact": "承办人",
    "reporter": "上报人",
}
_MOVES: Final = {
    "report": "上报", "dispatch": "转办", "reassign": "换人承办", "accept": "接收", "return": "退回", "ask": "问上报人",
    "supply": "上报人答复", "hold": "挂起", "resume": "恢复计时", "extend": "同意延期", "handle": "报处理结果",
    "ask_verification": "请人核实", "confirm": "核实：已修好", "dispute": "核实：没修好", "close": "办结", "reopen": "重开",
}  # fmt: skip
_OF_REPORTER: Final = ("report", "supply", "reopen")
_HOW: Final = {"morning": "早间清单", "list": "清单", "moved": "未发，已有进展", "overtaken": "未发，有更急的"}
_LONGEST: Final = timedelta(days=7)
_MARKS: Final = range(11, 19)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something on the line of time of some people. `kind`: move, told or dropped."""

    at: datetime
    lanes: tuple[str, ...]
    words: str
    kind: str


@dataclass(frozen=True, slots=True)
class Story:
    title: str
    under: str
    zone: ZoneInfo
    begins: datetime
    ends: datetime
    worked: tuple[tuple[datetime, datetime], ...]
    limits: tuple[tuple[datetime, str], ...]
    marks: tuple[Mark, ...]


def telling(judged: Judgement) -> Story:
    """The case that shows most of the ladder within a week."""
    by_case: dict[int, list[Reminder]] = {}
    for one in judged.facts.reminders:
        by_case.setdefault(one.case, []).append(one)
    told = max((life for life in judged.lives.values() if _fits(life)), key=lambda life: _worth(life, by_case))
    return _story(judged, told, by_case.get(told.case.id, []))


def _fits(life: Life) -> bool:
    over = life.standings[-1]
    return over.state == "closed" and over.since - life.case.opened_at <= _LONGEST and life.case.severity == "P3"


def _worth(life: Life, by_case: dict[int, list[Reminder]]) -> tuple[bool, int, int]:
    """By how many different things are seen, what was dropped counting little."""
    marks = [*_moves(life), *_reminded(by_case.get(life.case.id, []))]
    shown = {(mark.words, mark.lanes) for mark in marks if mark.kind != "dropped"}
    dropped = sum(mark.kind == "dropped" for mark in marks)
    return len(marks) in _MARKS and dropped in (1, 2), len(shown), -life.case.number


def _story(judged: Judgement, life: Life, reminders: Sequence[Reminder]) -> Story:
    zone, case = judged.facts.zone, life.case
    begins = case.opened_at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    over = life.standings[-1].since.astimezone(zone) + timedelta(days=1)
    ends = over.replace(hour=0, minute=0, second=0, microsecond=0)
    days = judged.almanac.at(case.opened_at)
    marks = sorted([*_moves(life), *_reminded(reminders)], key=lambda mark: mark.at)
    who = "、".join(_people(judged, life))
    return Story(
        title=f"{case.number:04d} {RULEBOOK.categories[CategoryId(case.category or 'other')].short}",
        under=f"一般事项，{who}。灰底是工作时间，红线是时限。",
        zone=zone,
        begins=begins,
        ends=ends,
        worked=tuple(span for span in days.stretches if span[0] < ends and span[1] > begins),
        limits=tuple(_limits(life)),
        marks=tuple(marks),
    )


def _people(judged: Judgement, life: Life) -> Iterator[str]:
    for contact in dict.fromkeys(now.contact for now in life.standings if now.contact is not None):
        person = judged.facts.people[contact]
        yield f"{RULEBOOK.agencies[AgencyId(person.agency)].short} {person.name}"


def _moves(life: Life) -> Iterator[Mark]:
    for move in life.case.moves:
        if move.name in _MOVES and not _is_aside(move, life):
            lane = "reporter" if move.name in _OF_REPORTER else "contact"
            yield Mark(move.at, (_actor(move, life) or lane,), _MOVES[move.name], "move")


def _is_aside(move: Move, life: Life) -> bool:
    """What happens in the same instant as something that says more."""
    last = [other for other in life.case.moves if other.at == move.at][-1]
    return move.name in ("confirm", "ask_verification") and last is not move


def _actor(move: Move, life: Life) -> str:
    if move.name in ("confirm", "dispute", "close") and move.actor == life.case.reporter:
        return "reporter"
    return "leader" if move.note == "leader" else "deputy" if move.note == "deputy_took" else ""


def _reminded(reminders: Sequence[Reminder]) -> Iterator[Mark]:
    """One mark for all who were told a step at once."""
    together: dict[tuple[str, str, datetime, str], list[str]] = {}
    for one in reminders:
        if one.settled_at is not None:
            how = "" if one.state == "told" else _HOW.get(one.reason, one.reason)
            lanes = together.setdefault((one.step, how, one.settled_at, one.state), [])
            lanes.append("contact" if one.part == "copy" else one.part)
    names = {step.id: step.name for step in RULEBOOK.ladder.steps}
    for (step, how, at, state), lanes in together.items():
        words = f"{names[step]}（{how}）" if how else names[step]
        order = tuple(lane for lane in LANES if lane in lanes)
        yield Mark(at, order, words, "dropped" if state == "dropped" else "told")


def _limits(life: Life) -> Iterator[tuple[datetime, str]]:
    """The limits as they stood; one that was moved is shown where it came to stand."""
    last = life.standings[-1]
    if last.accept_due is not None:
        yield last.accept_due, "接收时限"
    if last.resolve_due is not None:
        yield last.resolve_due, "办结时限"
