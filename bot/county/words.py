"""Reading the words by which categories and danger are recognised."""

from bot.county.entry import Entry, as_table
from bot.county.files import Folder
from bot.domain.rulebook import Severity

FILE = "keywords.toml"
_RAISED_TO = (Severity.P1, Severity.P2)


def keywords(folder: Folder, content: dict[str, object]) -> dict[str, tuple[Entry, tuple[str, ...], tuple[str, ...]]]:
    """Entry, strong and weak words by category id."""
    found: dict[str, tuple[Entry, tuple[str, ...], tuple[str, ...]]] = {}
    for name, value in as_table(content.get("keywords")).items():
        entry = Entry(folder.faults, FILE, f"[keywords.{name}]", as_table(value))
        found[name] = (entry, entry.texts("strong"), entry.texts("weak", optional=True))
        entry.finish()
    return found


def danger(folder: Folder, content: dict[str, object]) -> dict[Severity, tuple[str, ...]]:
    """The words that raise a report to a severity."""
    if not content:
        return {}
    entry = Entry(folder.faults, FILE, "[danger]", as_table(content.get("danger")))
    cues = {level: entry.texts(level.value) for level in _RAISED_TO}
    entry.finish()
    return cues
