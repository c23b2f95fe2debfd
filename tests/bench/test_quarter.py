"""The simulated quarter at a small size: every figure holds, and the oracle notices what is wrong."""

import ast
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bench.quarter import run
from bench.quarter.oracle import __file__ as oracle_file
from bench.quarter.oracle import county
from bench.quarter.oracle.facts import Reminder
from bench.quarter.oracle.worktime import Worktime
from bench.quarter.timeline import LANES, Story, telling
from bench.quarter.timeline_picture import draw
from bench.quarter.verdict import Figure, Judgement
from bot import holidays

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def played() -> Judgement:
    """Four weeks with sixty reports."""
    return run.judged(run.quarter(60, 4, 7, SHANGHAI, date(2026, 1, 5)), lambda _: None)


def judged(played: Judgement) -> tuple[dict[str, Figure], list[str]]:
    """What the oracle says now; it is asked anew after somebody has meddled with the facts."""
    again = Judgement(played.facts, played.county, played.almanac)
    return {figure.name.strip(): figure for figure in again.figures()}, again.faults


def meddled(played: Judgement) -> Judgement:
    return replace(played, facts=deepcopy(played.facts), faults=[])


def wrong(played: Judgement) -> set[str]:
    return {name for name, figure in judged(played)[0].items() if not figure.holds}


def some(played: Judgement, state: str) -> tuple[int, Reminder]:
    """A reminder about an ordinary case that ended so, and where it stands."""
    found = enumerate(played.facts.reminders)
    return next(
        (place, one) for place, one in found if one.state == state and played.facts.cases[one.case].severity == "P3"
    )


def test_every_figure_holds(played: Judgement) -> None:
    figures, faults = judged(played)
    assert faults == []
    assert all(figure.holds for figure in figures.values())
    assert figures["ladder rows due, a row for each person told"].value > 150
    assert figures["messages that left, changes of older ones apart"].value > 500


def test_a_zone_with_summer_time() -> None:
    settings = run.summer_time(20, 3)
    figures, faults = judged(run.judged(settings, lambda _: None))
    assert (faults, figures["cases"].value) == ([], 20)


def test_the_oracle_misses_a_reminder_that_is_not_there(played: Judgement) -> None:
    other = meddled(played)
    del other.facts.reminders[some(other, "told")[0]]
    assert "missed" in wrong(other)


def test_the_oracle_notices_a_reminder_that_nobody_was_due(played: Judgement) -> None:
    other = meddled(played)
    place, one = some(other, "told")
    other.facts.reminders[place] = replace(one, due_at=one.due_at + timedelta(minutes=1))
    assert {"missed", "that came and were not due"} <= wrong(other)


def test_the_oracle_notices_a_reminder_that_was_told_late(played: Judgement) -> None:
    other = meddled(played)
    place, one = some(other, "told")
    assert one.settled_at is not None
    other.facts.reminders[place] = replace(one, settled_at=one.settled_at + timedelta(minutes=3))
    assert "told at another instant than the first permitted one" in wrong(other)


def test_the_oracle_notices_a_message_in_quiet_hours_and_one_that_is_late(played: Judgement) -> None:
    other = meddled(played)
    place, letter = next(
        (place, letter)
        for place, letter in enumerate(other.facts.letters)
        if letter.keys[0] == "deadlines.list.evening" and letter.left_at is not None
    )
    assert letter.left_at is not None
    for later in (timedelta(hours=5), timedelta(minutes=10)):
        other.facts.letters[place] = replace(letter, left_at=letter.left_at + later)
        assert wrong(other) & {"in quiet hours, urgent and answers apart", "late after the first permitted instant"}


def test_the_oracle_notices_a_list_that_did_not_come_and_words_that_came_twice(played: Judgement) -> None:
    other = meddled(played)
    place = next(place for place, one in enumerate(other.facts.letters) if one.once.endswith(":morning"))
    other.facts.letters.append(replace(other.facts.letters[place], id=0, once="again"))
    assert "doubled" in wrong(other)
    del other.facts.letters[place]
    assert "of these missing, needless or at another hour" in wrong(other)


def test_the_holidays_of_the_notice_are_those_of_the_package() -> None:
    known = {day: works for day, works in holidays.days_of(2026).items() if day < date(2026, 6, 30)}
    typed = county.published_days()
    day = date(2026, 1, 1)
    while day < date(2026, 6, 30):
        usual = day.weekday() < 5
        assert typed.get(day, usual) is known.get(day, usual), day
        day += timedelta(days=1)


def test_working_time_counted_by_hand() -> None:
    days = Worktime(SHANGHAI, county.published_days(), date(2026, 2, 1), date(2026, 3, 10))

    def at(day: int, hour: int, minute: int = 0, month: int = 2) -> datetime:
        return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)

    assert days.add(at(13, 16), timedelta(hours=2)) == at(14, 9, 30)  # the Saturday makes up for the festival
    assert days.add(at(14, 16), timedelta(hours=2)) == at(24, 9, 30)
    assert days.add(at(12, 8, 30), timedelta(hours=3)) == at(12, 11, 30)
    assert days.back(at(24, 9, 30), timedelta(hours=2)) == at(14, 16)
    assert days.back(at(12, 14, 30), timedelta(hours=1)) == at(12, 13, 30)
    assert days.between(at(14, 16), at(24, 9, 30)) == timedelta(hours=2)
    assert days.opens(at(12, 12)) == at(12, 13, 30)
    assert days.opens(at(28, 17)) == at(2, 8, 30, month=3)


def test_the_oracle_imports_nothing_of_the_program() -> None:
    for path in Path(oracle_file).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            ours = [name for name in names if name.split(".")[0] in ("bot", "handlers", "storage", "tests", "bench")]
            assert all(name.startswith("bench.quarter.oracle") for name in ours), path.name


def test_a_timeline_is_drawn(played: Judgement, tmp_path: Path) -> None:
    story: Story = telling(played)
    assert len({mark.words for mark in story.marks}) > 4
    assert {lane for mark in story.marks for lane in mark.lanes} <= set(LANES)
    draw(story, tmp_path / "pictures" / "timeline.png")
    assert (tmp_path / "pictures" / "timeline.png").stat().st_size > 10_000
