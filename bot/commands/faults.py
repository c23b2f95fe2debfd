"""Faults a person can do something about: what to say, and with which status the command ends (sysexits.h)."""

from collections.abc import Sequence
from typing import Final

from bot.app.app import CannotListen
from bot.chat.platform import Unusable
from bot.chat.texts import CatalogueFault
from bot.commands.wording import say
from bot.config import ConfigFault
from bot.control import JobFailed, NotAnswering
from bot.county import RulebookFault
from handlers.points.versions import RulesChanged
from storage.backup import BackupFault
from storage.blobs import BlobsUnusable
from storage.database import DatabaseUnusable, Unknown

FAILED: Final = 1
UNAVAILABLE: Final = 69
CANNOT_LISTEN: Final = 71
RESTART: Final = 75
CONFIG: Final = 78
INTERRUPTED: Final = 130


KNOWN: Final = (
    ConfigFault,
    RulebookFault,
    CatalogueFault,
    RulesChanged,
    BlobsUnusable,
    DatabaseUnusable,
    Unknown,
    CannotListen,
    Unusable,
    BackupFault,
    JobFailed,
    KeyboardInterrupt,
)


def told(fault: BaseException) -> tuple[int, Sequence[str]]:
    """Exit status, and the lines to show."""
    match fault:
        case ConfigFault() | RulebookFault() | CatalogueFault():
            return CONFIG, [say("fault.config"), *fault.lines]
        case RulesChanged() | BlobsUnusable():
            return CONFIG, [say("fault.config"), str(fault)]
        case Unknown():
            return RESTART, [say("fault.restart")]
        case DatabaseUnusable():
            return UNAVAILABLE, [str(fault)]
        case JobFailed():
            status = UNAVAILABLE if isinstance(fault, NotAnswering) else FAILED
            return status, [say(fault.key, **fault.fields)]
        case Unusable():
            return CONFIG, [say(f"fault.{fault.platform}")]
        case CannotListen():
            return CANNOT_LISTEN, [say("fault.listen", host=fault.host, port=fault.port, why=fault.why)]
        case KeyboardInterrupt():
            return INTERRUPTED, [say("fault.interrupted")]
        case _:
            return FAILED, [str(fault)]
