"""How updates lie in the inbox: as they came, beside the account that got them, so that they can be read at any time."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from bot.chat.events import FromPlatform, Platform, Trouble
from bot.chat.platform import Raw
from bot.platforms.telegram.account import Account
from bot.platforms.telegram.ids import table
from bot.platforms.telegram.reading import chat_of, read_update, stamp_of


def raw_of(update: object, me: Account, at: datetime) -> Raw:
    """An update to be committed. One without an id is kept under its contents and set aside when it is read."""
    payload = json.dumps({"me": me.stored(), "update": update})  # ASCII, so any character can be stored
    body = table(update)
    number = body.get("update_id")
    if isinstance(number, int):
        # The bot and an instant beside it: ids begin anew at random after a quiet week (Bot API, Update).
        return Raw(f"{me.id}:{number}:{stamp_of(body)}", chat_of(body), payload, at)
    return Raw(f"{me.id}:odd:{hashlib.sha256(payload.encode()).hexdigest()[:32]}", "odd", payload, at)


def trouble(what: str, detail: str, me: Account, at: datetime) -> Raw:
    """What is wrong with the line, as an update of our own."""
    payload = json.dumps({"me": me.stored(), "trouble": [what, detail]})
    return Raw(f"{me.id}:trouble:{what}:{at.timestamp()}", "trouble", payload, at)


def read(raw: Raw) -> FromPlatform | None:
    """The event of a row.

    Raises:
        ValueError, LookupError, TypeError: it cannot be read.
    """
    kept = json.loads(raw.payload)
    if "trouble" in kept:
        what, detail = kept["trouble"]
        return Trouble(raw.event_id, Platform.TELEGRAM, what, detail, raw.at)
    if not isinstance(kept["update"], dict) or "update_id" not in kept["update"]:
        raise ValueError("no update")
    return read_update(cast("dict[str, Any]", kept["update"]), Account.read(kept["me"]), raw.event_id, raw.at)


def presses_in(updates: Sequence[object]) -> list[str]:
    """Ids of the presses among updates: each wants an answer within seconds."""
    ids = (table(table(update).get("callback_query")).get("id") for update in updates)
    return [found for found in ids if isinstance(found, str)]
