"""The point rules as a row: what an entry was booked by can be read years later."""

import hashlib
from datetime import datetime

from bot.domain.rulebook import Rulebook
from storage import rule_versions
from storage.database import Tx
from storage.rule_versions import written_rules


class RulesChanged(Exception):
    """The points file was changed without a new date; the message is one sentence with the cure."""


async def remember_rules(tx: Tx, rulebook: Rulebook, at: datetime) -> None:
    """Keep the rules of the file as a row. Idempotent; called at start, before the first event.

    Raises:
        RulesChanged: the content differs from what is kept for its `effective_from`.
    """
    rules = rulebook.points
    content = written_rules(rules)
    digest = hashlib.sha256(content.encode()).hexdigest()
    await rule_versions.insert(tx, rules.effective_from, digest, content, at)
    kept = await rule_versions.find(tx, rules.effective_from)
    if kept is None or kept.hash != digest:
        raise RulesChanged(
            f"points.toml → effective_from: the rules differ from those in force since {rules.effective_from};"
            " write the day from which the new ones hold"
        )
