"""Cases in a list that fits a phone: a line each, how many more, and buttons that open the first ones."""

from collections.abc import Sequence
from typing import Final

from bot.chat.feature import Work
from bot.chat.messages import Button, Text
from bot.domain.case import Case
from bot.domain.casenumber import spoken
from bot.domain.todo import limit_of
from handlers.people.declared import text

MOST_LINES: Final = 8
_MOST_BUTTONS: Final = 3
_MOST_UNITS: Final = 3


def listed(cases: Sequence[Case], work: Work) -> list[Text]:
    """T07: number, matter and limit."""
    return [*(_line(index, case, work) for index, case in enumerate(cases[:MOST_LINES], 1)), *more(len(cases))]


def more(n: int) -> list[Text]:
    """How many of `n` there was no line for."""
    return [text("leave.more", n=n - MOST_LINES)] if n > MOST_LINES else []


def buttons(cases: Sequence[Case]) -> tuple[Button, ...]:
    """They name the number and not the round, so that they work however far a case has come."""
    return tuple(
        Button("progress.work_on", Text("progress.button.work_on", {"number": number}), target=number)
        for number in (spoken(case.number) for case in cases[:_MOST_BUTTONS])
    )


def what(case: Case, work: Work) -> str | Text:
    """The matter in a few characters."""
    category = work.town.rulebook.categories.get(case.category) if case.category else None
    return category.short if category else Text("progress.no_category")


def units(names: Sequence[str]) -> str | Text:
    """All names of agencies while they are few, else the first and how many."""
    if len(names) > _MOST_UNITS:
        return text("leave.units", unit=names[0], n=len(names))
    return "、".join(names)


def _line(index: int, case: Case, work: Work) -> Text:
    limit = limit_of(case)
    due = Text("progress.todo.by", {"due": limit}) if limit is not None else Text(f"state.{case.state}")
    number = spoken(case.number)
    return Text("progress.todo.line", {"index": index, "number": number, "what": what(case, work), "due": due})
