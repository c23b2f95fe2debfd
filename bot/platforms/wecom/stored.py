"""How what came lies in the inbox, whichever way it came."""

import json
from datetime import datetime
from typing import Final

from bot.chat.events import FromPlatform, Platform, Trouble
from bot.chat.platform import Raw
from bot.platforms.wecom import app_reading, reading
from bot.platforms.wecom.kinds import Channel

_OWN: Final = "own"


def trouble(what: str, detail: str, at: datetime) -> Raw:
    """What is wrong with a way, as an update of our own."""
    payload = json.dumps({"channel": _OWN, "trouble": [what, detail]})
    return Raw(f"{_OWN}:{what}:{at.timestamp()}", "trouble", payload, at)


def read(raw: Raw) -> FromPlatform | None:
    """The event of a row.

    Raises:
        ValueError, LookupError, TypeError: it cannot be read.
    """
    kept = json.loads(raw.payload)
    match kept["channel"]:
        case Channel.BOT:
            return reading.read(raw)
        case Channel.APP:
            return app_reading.read(raw)
        case _:
            what, detail = kept["trouble"]
            return Trouble(raw.event_id, Platform.WECOM, what, detail, raw.at)
