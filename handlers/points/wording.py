"""An item, an entry and why it stands as it does, in words."""

from typing import Final

from bot.chat.feature import Work
from bot.chat.messages import Text
from bot.domain.casenumber import spoken
from bot.domain.ledger import item_with
from bot.domain.rulebook import PointItem, PointRules
from bot.domain.scrub import quoted
from handlers.points.declared import text

_NOTE: Final = "\uff08"  # the full-width bracket after which an item's name in the book explains itself
# Reasons that are codes of this program; everything else was written by a person.
_CODES: Final = frozenset(
    {
        "reject",
        "withdraw",
        "merge",
        "undo_close",
        "undo_merge",
        "undo_reject",
        "not_counted",
        "undone",
        "persuasion_undone",
    }
)


def plain_name(name: str) -> str:
    """An item's name without what the book explains in brackets."""
    return name.split(_NOTE, maxsplit=1)[0]


def item_name(code: str, rules: PointRules) -> str | Text:
    """What an item is called; a row for no item of the book gives points back for learning."""
    if not code:
        return text("restored")
    item = item_with(code, rules)
    return plain_name(item.name) if item else code


def signed(points: int) -> str:
    return f"{points:+d}"


def number_of(case_number: int | None) -> str:
    """A case as it is spoken, "" where there is none."""
    return "" if case_number is None else spoken(case_number)


def why(reason: str) -> Text | None:
    """A reason as it is read; None where there is none."""
    if not reason:
        return None
    if reason in _CODES:
        return text(f"why.{reason}")
    if reason.startswith("restored "):
        _, how, code, _ = reason.split()
        return text(f"why.restored_{how}", code=code)
    return text("why.words", words=quoted(reason))


def coded(item: PointItem) -> str:
    """Code and name: 「A07 重大隐患或违法线索查实」."""
    return f"{item.code} {plain_name(item.name)}"


def about(case_number: int | None) -> Text:
    """A line that names the case; empty where there is none."""
    return (
        text("about_case", number=spoken(case_number)) if case_number is not None else Text("core.plain", {"words": ""})
    )


def rules_of(work: Work) -> PointRules:
    return work.town.rulebook.points
