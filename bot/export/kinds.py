"""What can be exported."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bot.export.agencies import export_agencies
from bot.export.asked import Asked
from bot.export.cases import export_cases
from bot.export.points import export_points

# What writes each kind; returns how many rows. Raises FileExistsError, or OSError where it cannot write.
EXPORTS: Final[Mapping[str, Callable[[Asked], Awaitable[int]]]] = {
    "cases": export_cases,
    "points": export_points,
    "agencies": export_agencies,
}
