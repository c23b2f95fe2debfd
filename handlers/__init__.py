"""Every feature, in order of precedence: the only registration."""

from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import bot.chat
from bot.chat.feature import Features
from bot.chat.texts import Texts, load
from handlers.admin import feature as admin
from handlers.calendar import feature as calendar
from handlers.deadlines import feature as deadlines
from handlers.dispatch import feature as dispatch
from handlers.duplicates import feature as duplicates
from handlers.feedback import feature as feedback
from handlers.groups import feature as groups
from handlers.handle import feature as handle
from handlers.help import over
from handlers.intervention import feature as intervention
from handlers.people import feature as people
from handlers.points import feature as points
from handlers.progress import feature as progress
from handlers.ranking import feature as ranking
from handlers.report import feature as report
from handlers.statistics import feature as statistics
from handlers.verify import feature as verify
from handlers.weekly import feature as weekly

_WITHOUT_HELP: Final[Features] = (
    progress,
    handle,
    verify,
    report,
    dispatch,
    duplicates,
    points,  # before feedback, whose thanks name the points that the same closing earns
    feedback,
    deadlines,
    admin,
    people,
    groups,
    calendar,
    intervention,
    weekly,
    statistics,
    ranking,
)
FEATURES: Final[Features] = (*_WITHOUT_HELP, over(_WITHOUT_HELP))


def catalogues(zone: ZoneInfo, overrides: Path | None) -> Texts:
    """Every sentence of the program, with a county's own in `overrides` on top.

    Raises:
        CatalogueFault: a catalogue is wrong; each fault is named.
    """
    here = Path(__file__).parent
    folders = [("", Path(bot.chat.__file__).parent), *((feature.name, here / feature.name) for feature in FEATURES)]
    return load(folders, zone, overrides)


# What the image worker makes, by name: pictures, and files by their ending.
DRAWINGS: Final = {
    "closing": "handlers.feedback.drawing:closing",
    "supervision": "handlers.deadlines.order_picture:supervision",
    "weekly": "handlers.weekly.drawing:weekly",
    "weekly.xlsx": "handlers.weekly.spreadsheet:weekly",
    "poster": "handlers.ranking.drawing:poster",
    "agency_page": "handlers.ranking.drawing:agency_page",
    "rider_card": "handlers.ranking.drawing:rider_card",
    "publicity.pdf": "handlers.ranking.drawing:publicity",
}
