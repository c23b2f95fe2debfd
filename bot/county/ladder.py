"""Reading the ladder of reminders: every step, clock, addressee and moment in it must be readable."""

import re

from bot.county.entry import Entry, as_table
from bot.county.files import Folder
from bot.domain.calendar import Span
from bot.domain.ladder import VERIFY, Ladder, Leg, Moment, Step, To
from bot.domain.rulebook import Severity

FILE = "ladder.toml"
_PARTS = ("spacing", "bundle", "daily", "quiet")
_LEVELS = ("", "L1", "L2", "L3", "O1", "O2", "O3")
_AROUND = re.compile(r"(?:limit[+-]|every )?(\S+)")
_HOW = 'write now, working, digest, 15m, 50%, limit, "limit+2wh", "limit-1h" or "every 6h"'


def read_ladder(folder: Folder) -> tuple[Ladder, list[Entry]]:
    """The ladder, and its steps as entries; every mistake is noted."""
    content = folder.table(FILE, known=["step", *_PARTS])
    if not content:
        return Ladder(), []
    entries = folder.entries_of(FILE, "step", content)
    steps = tuple(_step(entry) for entry in entries)
    tables = {name: Entry(folder.faults, FILE, f"[{name}]", as_table(content.get(name))) for name in _PARTS}
    ladder = Ladder(
        steps=steps,
        gap=tables["spacing"].limit("gap"),
        gap_except=_severities(tables["spacing"]),
        bundle_more_than=tables["bundle"].number("more_than", least=1),
        bundle_within=tables["bundle"].limit("within"),
        quiet=_quiet(tables["quiet"]),
        most_a_day=tables["daily"].optional_number("most") or Ladder().most_a_day,
    )
    _severities(tables["quiet"])
    for entry in tables.values():
        entry.finish()
    _check_verification(folder, steps)
    return ladder, entries


def _step(entry: Entry) -> Step:
    step = Step(
        id=entry.text("id"),
        name=entry.text("name"),
        leg=entry.word("clock", Leg, Leg.ACCEPT),
        level=entry.choice("level", _LEVELS, ""),
        to=tuple(To(name) for name in entry.texts("to") if _is_known(entry, name)),
        moments={severity: _moments(entry, severity) for severity in Severity if entry.has(severity)},
    )
    if not step.moments:
        entry.fault("it happens at no severity", "write at least one of P1, P2, P3, P4")
    entry.finish()
    return step


def _is_known(entry: Entry, name: str) -> bool:
    if name in tuple(To):
        return True
    entry.fault(f'to "{name}" is nobody the ladder knows', f"write one of {', '.join(To)}")
    return False


def _moments(entry: Entry, severity: Severity) -> tuple[Moment, ...]:
    found = [_moment(entry, severity, written) for written in entry.texts(severity)]
    return tuple(moment for moment in found if moment is not None)


def _moment(entry: Entry, severity: Severity, written: str) -> Moment | None:
    try:
        return Moment.parse(written)
    except ValueError:
        around = _AROUND.fullmatch(written)
        if around is None:
            entry.fault(f'{severity}: "{written}" is no moment of the ladder', _HOW)
        else:
            entry.as_limit(severity, around[1])
        return None


def _severities(entry: Entry) -> frozenset[Severity]:
    """The severities a manner does not hold for."""
    written = entry.texts("except", optional=True)
    for name in written:
        if name not in tuple(Severity):
            entry.fault(f'except "{name}" is not a severity', "write P1, P2, P3 or P4")
    return frozenset(Severity(name) for name in written if name in tuple(Severity))


def _quiet(entry: Entry) -> tuple[Span, ...]:
    spans = [_span(entry, written) for written in entry.texts("riders", optional=True)]
    return tuple(span for span in spans if span is not None)


def _span(entry: Entry, written: str) -> Span | None:
    try:
        return Span.parse(written)
    except ValueError:
        entry.fault(f'riders: "{written}" is not a span of the day', 'write it like "11:00-13:30"')
        return None


def _check_verification(folder: Folder, steps: tuple[Step, ...]) -> None:
    """Whoever is asked to look is asked for so long, and not for ever."""
    for step in steps:
        if step.id == VERIFY and any(not moments or moments[0].length is None for moments in step.moments.values()):
            folder.faults.add(FILE, f"[[step]] {step.id}", "it has no length of time", 'write how long, such as "12h"')
