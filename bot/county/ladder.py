"""Checking the ladder of reminders: every step, clock, addressee and moment in it must be readable.

The rule book does not keep it: what runs it reads it again.
"""

import re

from bot.county.entry import Entry, as_table
from bot.county.files import Folder
from bot.domain.calendar import Limit, Span
from bot.domain.rulebook import Severity

FILE = "ladder.toml"
CLOCKS = ("accept", "secure", "accepted", "resolve", "verify", "rating")
_TO = (
    *("contact", "contact_a", "contact_b", "deputy", "leader", "lead_office"),
    *("group", "reporter", "next_rider", "community"),
)
_LEVELS = ("", "L1", "L2", "L3", "O1", "O2", "O3")
_AT_ONCE = ("now", "working", "digest", "limit")
_SHARE = re.compile(r"[1-9]\d?%")
_AROUND = re.compile(r"(?:limit[+-]|every )?(\S+)")
_HOW = 'write now, working, digest, 15m, 50%, limit, "limit+2wh", "limit-1h" or "every 6h"'


def check_ladder(folder: Folder) -> list[Entry]:
    """Note every mistake of the file; its steps as entries."""
    content = folder.table(FILE, known=["step", "spacing", "bundle", "quiet"])
    if not content:
        return []
    steps = folder.entries_of(FILE, "step", content)
    for entry in steps:
        _check_step(entry)
    tables = {name: _part(folder, content, name) for name in ("spacing", "bundle", "quiet")}
    tables["spacing"].limit("gap")
    tables["bundle"].number("more_than", least=1)
    tables["bundle"].limit("within")
    for written in tables["quiet"].texts("riders", optional=True):
        _check_span(tables["quiet"], written)
    for name in ("spacing", "quiet"):
        _check_levels(tables[name])
    for entry in tables.values():
        entry.finish()
    return steps


def verify_limits(steps: list[Entry]) -> dict[Severity, Limit]:
    """How long an unanswered verification waits before somebody else is asked."""
    waits = [entry for entry in steps if entry.has("id") and entry.text("id") == "verify_unanswered"]
    return {
        severity: Limit.parse(entry.texts(severity)[0])
        for entry in waits
        for severity in Severity
        if entry.has(severity)
    }


def _check_step(entry: Entry) -> None:
    entry.text("id")
    entry.text("name")
    entry.choice("clock", CLOCKS)
    entry.choice("level", _LEVELS, "")
    for name in entry.texts("to"):
        if name not in _TO:
            entry.fault(f'to "{name}" is nobody the ladder knows', f"write one of {', '.join(_TO)}")
    if not any(entry.has(severity) for severity in Severity):
        entry.fault("it happens at no severity", "write at least one of P1, P2, P3, P4")
    for severity in Severity:
        for moment in entry.texts(severity, optional=True):
            _check_moment(entry, severity, moment)
    entry.finish()


def _check_moment(entry: Entry, severity: str, moment: str) -> None:
    if moment in _AT_ONCE or _SHARE.fullmatch(moment):
        return
    around = _AROUND.fullmatch(moment)
    if around is None:
        entry.fault(f'{severity}: "{moment}" is no moment of the ladder', _HOW)
    else:
        entry.as_limit(severity, around[1])


def _part(folder: Folder, content: dict[str, object], name: str) -> Entry:
    return Entry(folder.faults, FILE, f"[{name}]", as_table(content.get(name)))


def _check_span(entry: Entry, written: str) -> None:
    try:
        Span.parse(written)
    except ValueError:
        entry.fault(f'riders: "{written}" is not a span of the day', 'write it like "11:00-13:30"')


def _check_levels(entry: Entry) -> None:
    for name in entry.texts("except", optional=True):
        if name not in tuple(Severity):
            entry.fault(f'except "{name}" is not a severity', "write P1, P2, P3 or P4")
