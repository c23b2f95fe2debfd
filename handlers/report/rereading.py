"""What a report says once one of its messages was changed: pure, of the words before and after."""

from dataclasses import dataclass

from bot.domain.case import Case, Changes
from bot.domain.recognise import Recognition, recognise
from bot.domain.rulebook import CategoryId, Rulebook
from handlers.report.placing import NOWHERE, located, sent_position, shown_place
from handlers.report.rules import TAPPED, Gap, raised


@dataclass(frozen=True, slots=True)
class Edit:
    """`old` words of one message of a case became `new` ones; `description` is what all of them say now.

    `settled` is what the rider chose while the report was put together.
    """

    case: Case
    settled: frozenset[str]
    old: str
    new: str
    description: str
    rulebook: Rulebook

    def read(self, words: str) -> Recognition:
        return recognise(words, self.rulebook)


def replaced(description: str, old: str, new: str, most: int) -> str:
    """`description` with the words of one message exchanged; `old` may have been cut off at its end.

    Words that never came into it are added.
    """
    if not old:
        return f"{description} {new}".strip()[:most]
    before, found, after = f" {description} ".partition(f" {old} ")
    if not found:
        before, found, after = description.partition(old)
    if not found and len(description) == most:
        start = next((at for at in range(most) if old.startswith(description[at:])), most)
        before, after = description[:start], ""
    elif not found:
        before = description
    return " ".join(part for part in (before.strip(), new, after.strip()) if part)[:most]


def anew(edit: Edit) -> Changes:
    """For a draft: everything worked out again from all words, but what was chosen stays."""
    found = edit.read(edit.description)
    changes = Changes(description=edit.description)
    changes.update(_place_anew(edit, found))
    category = edit.case.category
    if Gap.CATEGORY not in edit.settled:
        category = found.categories[0].category if found.categories else None
    elif _gave_category(edit) and (own := edit.read(edit.new).categories):
        category = own[0].category
    changes["category"] = category
    changes["severity"] = raised(edit.rulebook.categories.get(category) if category else None, found.danger)
    return changes


def surely(edit: Edit) -> Changes:
    """For a report that went out: only what the changed words say for sure, and differently from before."""
    was, now = edit.read(edit.case.description), edit.read(edit.description)
    changes = Changes(description=edit.description)
    changes.update(_place_surely(edit, was, now))
    category = _category_surely(edit, was, now)
    if category is not None and category != edit.case.category:
        changes["category"] = category
        changes["severity"] = raised(edit.rulebook.categories[category], now.danger)
    elif now.danger is not None and (was.danger is None or now.danger < was.danger):
        changes["severity"] = min(edit.case.severity, now.danger)
    return changes


def _place_anew(edit: Edit, found: Recognition) -> Changes:
    if Gap.PLACE in edit.settled:
        if not _gave_place(edit) or not edit.new:
            return Changes()
        changes = located(edit.rulebook, edit.read(edit.new), None)
        changes.setdefault("place", shown_place(edit.new))
        return NOWHERE | changes
    position = sent_position(edit.case, edit.rulebook)
    if position is not None and not found.place_text:
        return Changes()
    return located(edit.rulebook, found, position) if position else NOWHERE | located(edit.rulebook, found, None)


def _place_surely(edit: Edit, was: Recognition, now: Recognition) -> Changes:
    if Gap.PLACE in edit.settled:
        if not _gave_place(edit):
            return Changes()
        was, now = edit.read(edit.old), edit.read(edit.new)
    if not (now.place_sure or (now.place_text and not now.places)):
        return Changes()
    position = sent_position(edit.case, edit.rulebook)
    before, after = located(edit.rulebook, was, position), located(edit.rulebook, now, position)
    if before.get("place") == after.get("place"):
        return Changes()
    return after if position else NOWHERE | after


def _category_surely(edit: Edit, was: Recognition, now: Recognition) -> CategoryId | None:
    if Gap.CATEGORY in edit.settled:
        if not _gave_category(edit):
            return None
        was, now = edit.read(edit.old), edit.read(edit.new)
    if not now.category_sure or (was.categories and was.categories[0].category == now.categories[0].category):
        return None
    return now.categories[0].category


def _gave_place(edit: Edit) -> bool:
    """Whether the place of the case, which was asked for, was answered by the message that is changed now."""
    if TAPPED[Gap.PLACE] in edit.settled or not edit.old:
        return False
    said = located(edit.rulebook, edit.read(edit.old), None).get("place")
    return edit.case.place in (said, shown_place(edit.old))


def _gave_category(edit: Edit) -> bool:
    """The same of its category."""
    if TAPPED[Gap.CATEGORY] in edit.settled:
        return False
    own = edit.read(edit.old).categories
    return bool(own) and own[0].category == edit.case.category
