"""What can be exported."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bot.export.agencies import export_agencies
from bot.export.asked import Asked
from bot.export.cases import export_cases
from bot.export.points import export_points
from bot.export.ranking import export_ranking

# What writes each kind; returns how many rows. Raises FileExistsError, OSError where it cannot write,
# or JobFailed where there is nothing of that month yet.
EXPORTS: Final[Mapping[str, Callable[[Asked], Awaitable[int]]]] = {
    "cases": export_cases,
    "points": export_points,
    "agencies": export_agencies,
    "ranking": export_ranking,
}
